package youtube

import (
	"fmt"
	"maps"
	"slices"
)

// Thresholds that tell drift from chance.
const (
	driftRuns       = 3    // earlier runs needed for a comparison
	driftVideos     = 20   // videos a run needs to be judged
	driftFall       = 0.25 // a larger fall of a field's coverage is drift, …
	driftCommon     = 0.2  // … if the coverage was above this
	driftUnknown    = 0.1  // unknown items for each video that are reported
	driftUnknownMin = 3
)

// Drift compares a run's pages of one kind with the median of the runs before
// it (oldest first) and returns, in sentences, what has changed beyond chance:
// a field that fewer videos have, unknown item kinds, no videos at all.
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

// unknownItems reports unknown item kinds if there are many.
func unknownItems(kind string, s PageStats) (alarms []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Unknown)) {
		n := s.Unknown[name]
		if n >= driftUnknownMin && float64(n) > driftUnknown*float64(s.Videos) {
			alarms = append(alarms, fmt.Sprintf("%d items of the unknown kind %q on %s pages", n, short(name), kind))
		}
	}
	return alarms
}

// share is the share of the videos that have a field.
func (s PageStats) share(field string) float64 {
	if s.Videos == 0 {
		return 0
	}
	return float64(s.Fields[field]) / float64(s.Videos)
}

// typically is the median of a figure over runs, 0 if there are none.
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

// expected are the fields of practically every row of a result page.
var expected = []string{"title", "channel", "views", "duration_seconds", "published"}

// pageAlarms judges a single result page: it reports an expected field that most
// rows lack, and many unknown items.
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
