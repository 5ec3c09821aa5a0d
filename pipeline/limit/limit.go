// Package limit has one table of the values that a guild may choose for the
// settings of [catalog.Guild]. Slash commands, the set-up, the dashboard and
// the configuration's defaults all check against it and report violations in
// their own words.
//
// A guild that was stored under other limits keeps its values: [Table.Check]
// ignores violations that existed before.
package limit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

// Form is the kind of a value.
type Form string

// The forms of values.
const (
	Whole    Form = "whole"    // a whole number from Min to Max
	Number   Form = "number"   // a number from Min to Max
	Text     Form = "text"     // a text of Min to Max characters
	Choice   Form = "choice"   // one of Choices
	Cron     Form = "cron"     // a cron line in the guild's zone
	Zone     Form = "zone"     // the IANA name of a time zone
	Language Form = "language" // the code of a language
	Channel  Form = "channel"  // the id of a YouTube channel
	ID       Form = "id"       // a Discord id
)

// Limit says which values one setting of a guild may have.
type Limit struct {
	// Setting is the setting's name: its key below defaults in the
	// configuration. A dot leads to a field of each item of a list.
	Setting string
	Form    Form
	Min     float64
	Max     float64
	Choices []string
	Empty   bool // it may be left empty
	Most    int  // items; 0: it is not a list
	// Percent says that people see and choose a number from 0 to 100 where the guild and
	// the configuration have one from 0 to 1.
	Percent bool

	values func(g catalog.Guild) []string
}

// Broken says that a setting is outside its limit.
type Broken struct {
	Limit  Limit
	Index  int    // of the item in the list; -1: the whole setting
	Value  string // the rejected value, or the number of items of a whole list
	Reason error  // a sentence that says more than the limit, or nil
}

// Many reports whether the number of items is outside the limit.
func (b Broken) Many() bool { return b.Limit.Most > 0 && b.Index < 0 }

// Error names the setting and the value; callers have better words.
func (b Broken) Error() string {
	return fmt.Sprintf("the setting %s is outside its limit: %q", b.Limit.Setting, b.Value)
}

// Table is the limits of all settings.
type Table []Limit

// one reads the value of a setting that is not a list.
func one(value func(catalog.Guild) string) func(catalog.Guild) []string {
	return func(g catalog.Guild) []string { return []string{value(g)} }
}

func whole(value func(catalog.Guild) int) func(catalog.Guild) []string {
	return one(func(g catalog.Guild) string { return strconv.Itoa(value(g)) })
}

// each reads one value of each item of a list.
func each[T any](items func(catalog.Guild) []T, value func(T) string) func(catalog.Guild) []string {
	return func(g catalog.Guild) (values []string) {
		for _, it := range items(g) {
			values = append(values, value(it))
		}
		return values
	}
}

// longest is the highest limit for the length of a video, a day in seconds.
const longest = 24 * 60 * 60

// New returns the table. languages are the languages of the bot.
func New(languages []string) Table {
	queries := func(g catalog.Guild) []youtube.Query { return g.Queries }
	return Table{
		{Setting: "queries", Form: Text, Min: 1, Max: youtube.MaxText, Most: 100, values: each(queries, func(q youtube.Query) string { return q.Text + q.Channel })},
		{Setting: "queries.channel", Form: Channel, Empty: true, values: each(queries, func(q youtube.Query) string { return q.Channel })},
		{Setting: "queries.upload", Form: Choice, Choices: youtube.Uploads, Empty: true, values: each(queries, func(q youtube.Query) string { return q.Upload })},
		{Setting: "queries.length", Form: Choice, Choices: youtube.Lengths, Empty: true, values: each(queries, func(q youtube.Query) string { return q.Length })},
		{Setting: "queries.pages", Form: Whole, Min: 1, Max: youtube.MaxPages, Empty: true, values: each(queries, func(q youtube.Query) string {
			if q.Pages == 0 { // the default
				return ""
			}
			return strconv.Itoa(q.Pages)
		})},
		{Setting: "schedule", Form: Cron, Most: 24, values: func(g catalog.Guild) []string { return g.Schedule }},
		{Setting: "scrape", Form: Cron, Empty: true, values: one(func(g catalog.Guild) string { return g.Scrape })},
		{Setting: "retrain", Form: Cron, Empty: true, values: one(func(g catalog.Guild) string { return g.Retrain })},
		{Setting: "recap", Form: Cron, Empty: true, values: one(func(g catalog.Guild) string { return g.Recap })},
		{Setting: "duels", Form: Cron, Empty: true, values: one(func(g catalog.Guild) string { return g.Duels })},
		{Setting: "zone", Form: Zone, values: one(func(g catalog.Guild) string { return g.Zone })},
		{Setting: "picks", Form: Whole, Min: 1, Max: 10, values: whole(func(g catalog.Guild) int { return g.Picks })},
		{Setting: "exploration", Form: Number, Max: 1, Percent: true, values: one(func(g catalog.Guild) string { return strconv.FormatFloat(g.Exploration, 'g', -1, 64) })},
		{Setting: "votes", Form: Choice, Choices: []string{"reactions", "buttons", "both"}, values: one(func(g catalog.Guild) string { return g.Votes })},
		{Setting: "language", Form: Choice, Choices: languages, Empty: true, values: one(func(g catalog.Guild) string { return g.Language })},
		{Setting: "min_seconds", Form: Whole, Max: longest, values: whole(func(g catalog.Guild) int { return g.MinSeconds })},
		{Setting: "max_seconds", Form: Whole, Max: longest, values: whole(func(g catalog.Guild) int { return g.MaxSeconds })},
		{Setting: "languages", Form: Language, Most: 20, values: func(g catalog.Guild) []string { return g.Languages }},
		{Setting: "kinds", Form: Choice, Choices: pick.Kinds, Most: len(pick.Kinds), values: func(g catalog.Guild) []string { return g.Kinds }},
		{Setting: "same_song_days", Form: Whole, Max: 3650, values: whole(func(g catalog.Guild) int { return g.SameSongDays })},
		{Setting: "role", Form: ID, Empty: true, values: one(func(g catalog.Guild) string { return g.MentionRole })},
		{Setting: "blocked_words", Form: Text, Min: 1, Max: 100, Most: 500, values: func(g catalog.Guild) []string { return g.BlockedWords }},
		{Setting: "blocked_songs", Form: Text, Min: 1, Max: 1000, Most: 500, values: each(
			func(g catalog.Guild) []catalog.BlockedSong { return g.BlockedSongs }, func(s catalog.BlockedSong) string { return s.Artist + s.Title + s.VideoID })},
		{Setting: "blocked_artists", Form: Text, Min: 1, Max: 200, Most: 500, values: each(
			func(g catalog.Guild) []catalog.BlockedArtist { return g.BlockedArtists }, func(a catalog.BlockedArtist) string { return a.Name })},
		{Setting: "blocked_channels", Form: Text, Min: 1, Max: 200, Most: 500, values: each(
			func(g catalog.Guild) []catalog.BlockedChannel { return g.BlockedChannels }, func(c catalog.BlockedChannel) string { return c.Name + c.ID })},
	}
}

// Of returns the limit of a setting. It panics if there is none, which is a
// mistake in the program.
func (t Table) Of(setting string) Limit {
	i := slices.IndexFunc(t, func(l Limit) bool { return l.Setting == setting })
	if i < 0 {
		panic("limit: there is no setting " + setting)
	}
	return t[i]
}

// Check returns a guild's settings that are outside their limits, in the order
// of the table. It ignores those that were so before and got no worse, so that
// changing one setting does not require repairing another.
func (t Table) Check(g catalog.Guild, before ...Broken) []Broken {
	var all []Broken
	add := func(b Broken) {
		if !slices.ContainsFunc(before, b.noWorse) {
			all = append(all, b)
		}
	}
	for _, l := range t {
		if l.Setting == "min_seconds" && g.MaxSeconds > 0 { // 0: no maximum
			l.Max = min(l.Max, float64(g.MaxSeconds))
		}
		values := l.values(g)
		if l.Most > 0 && len(values) > l.Most {
			add(Broken{Limit: l, Index: -1, Value: strconv.Itoa(len(values))})
		}
		for i, value := range values {
			if l.Most == 0 && !strings.Contains(l.Setting, ".") {
				i = -1
			}
			if ok, reason := l.takes(value, g.Zone); !ok {
				add(Broken{l, i, value, reason})
			}
		}
	}
	return all
}

// noWorse reports whether old is the same violation or a worse one.
func (b Broken) noWorse(old Broken) bool {
	if b.Limit.Setting != old.Limit.Setting || b.Many() != old.Many() {
		return false
	}
	if b.Many() {
		return len(b.Value) < len(old.Value) || len(b.Value) == len(old.Value) && b.Value <= old.Value // compares decimal numbers
	}
	return b.Value == old.Value
}

// Number parses a number, whether or not it is within the limit. It is not ok
// if the text is not a number, or has a fraction where a whole number is
// required.
func (l Limit) Number(text string) (n float64, ok bool) {
	if l.Form == Whole {
		whole, err := strconv.Atoi(text)
		return float64(whole), err == nil
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// Typed parses a number that somebody typed, as [Limit.Number] does, and converts it to
// the guild's scale.
func (l Limit) Typed(text string) (n float64, ok bool) {
	n, ok = l.Number(text)
	return n / l.scale(), ok
}

// Shown writes a number of the guild's as people see it, with at most four digits where
// it is a percentage.
func (l Limit) Shown(n float64) string {
	if l.Percent {
		return strconv.FormatFloat(l.scale()*n, 'g', 4, 64)
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// People returns the limit on the scale that people see.
func (l Limit) People() Limit {
	l.Min, l.Max = l.Min*l.scale(), l.Max*l.scale()
	return l
}

// scale is by how much the number that people see is larger than the guild's.
func (l Limit) scale() float64 {
	if l.Percent {
		return 100
	}
	return 1
}

// takes reports whether a value is within the limit. reason is for Broken.Reason.
func (l Limit) takes(value, zone string) (ok bool, reason error) {
	if value == "" && l.Empty {
		return true, nil
	}
	switch l.Form {
	case Whole, Number:
		n, ok := l.Number(value)
		return ok && n >= l.Min && n <= l.Max, nil // false for NaN
	case Text:
		n := float64(utf8.RuneCountInString(strings.TrimSpace(value)))
		return n >= l.Min && n <= l.Max, nil
	case Choice:
		return slices.Contains(l.Choices, value), nil
	case Cron:
		if schedule.CheckZone(zone) != nil {
			zone = "" // a bad zone is reported for its own setting
		}
		_, err := schedule.Parse(value, zone)
		return err == nil, err
	case Zone:
		return schedule.CheckZone(value) == nil, nil
	case Language:
		return pick.IsLanguage(value), nil
	case Channel:
		return youtube.ValidChannelID(value), nil
	case ID:
		n, err := strconv.ParseUint(value, 10, 64)
		return err == nil && n > 0, nil
	}
	return true, nil
}
