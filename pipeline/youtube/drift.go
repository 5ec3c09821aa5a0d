package youtube

import (
	"fmt"
	"maps"
	"slices"
)

// Numbers by which drift is told from chance.
const (
	driftRuns       = 3    // runs that make a norm
	driftVideos     = 20   // videos that a run needs to be judged
	driftFall       = 0.25 // a field's coverage may fall by this much, …
	driftCommon     = 0.2  // … if it was on more pages than this at all
	driftUnknown    = 0.1  // unknown items for each video, from which on they are reported
	driftUnknownMin = 3
)

// Drift compares what a run read of one page kind with the runs before it
// (the oldest first) and returns, in sentences, what has changed beyond
// chance: a field that fewer videos have than the norm, item kinds that
// nobody knows, no videos at all. A norm is the median of the runs before.
func Drift(kind string, history []PageStats, now PageStats) []string {
	var alarms []string
	if now.Pages > 0 && now.Videos == 0 && typically(history, func(s PageStats) float64 { return float64(s.Videos) }) > 0 {
		alarms = append(alarms, fmt.Sprintf("no video on %d %s pages, where there were some before", now.Pages, kind))
	}
	alarms = append(alarms, unknownItems(kind, now)...)
	var judged []PageStats
	for _, s := range history {
		if s.Videos >= driftVideos {
			judged = append(judged, s)
		}
	}
	if now.Videos < driftVideos || len(judged) < driftRuns {
		return alarms
	}
	fields := map[string]bool{}
	for _, s := range judged {
		for field := range s.Fields {
			fields[field] = true
		}
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		norm := typically(judged, func(s PageStats) float64 { return s.share(field) })
		if share := now.share(field); norm > driftCommon && norm-share > driftFall*max(norm, 0.5) {
			alarms = append(alarms, fmt.Sprintf("%s is on %.0f %% of the videos of %s pages, %.0f %% was usual", field, 100*share, kind, 100*norm))
		}
	}
	return alarms
}

// unknownItems reports item kinds that nobody knows, when there are many.
func unknownItems(kind string, s PageStats) (alarms []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Unknown)) {
		n := s.Unknown[name]
		if n >= driftUnknownMin && float64(n) > driftUnknown*float64(s.Videos) {
			alarms = append(alarms, fmt.Sprintf("%d items of the unknown kind %q on %s pages", n, short(name), kind))
		}
	}
	return alarms
}

// share is the part of the videos that have a field.
func (s PageStats) share(field string) float64 {
	if s.Videos == 0 {
		return 0
	}
	return float64(s.Fields[field]) / float64(s.Videos)
}

// typically is the median of a number over runs, 0 without any.
func typically(history []PageStats, of func(PageStats) float64) float64 {
	var values []float64
	for _, s := range history {
		values = append(values, of(s))
	}
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// expected are the fields that practically every row of a result page has.
var expected = []string{"title", "channel", "views", "duration_seconds", "published"}

// pageAlarms judges one result page without any history: a field that no
// longer is on most of many rows, or unknown items in volume.
func pageAlarms(kind string, s PageStats) []string {
	alarms := unknownItems(kind, s)
	if s.Videos < 8 {
		return alarms
	}
	for _, field := range expected {
		if share := s.share(field); share < 0.5 {
			alarms = append(alarms, fmt.Sprintf("%s is on %.0f %% of the videos of a %s page", field, 100*share, kind))
		}
	}
	return alarms
}
