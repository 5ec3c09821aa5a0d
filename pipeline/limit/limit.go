// Package limit holds what a guild may choose: one table of limits for the
// settings of [catalog.Guild]. Slash commands, the set-up, the dashboard and the
// defaults in the configuration ask it, and each words what it answers.
//
// The table says what may be chosen from now on. A guild that was stored under
// other limits keeps what it has: [Table.Check] lets pass what was broken before.
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

// Form says what a value looks like.
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
	ID       Form = "id"       // an id of Discord's
)

// Limit is what one setting of a guild may be.
type Limit struct {
	// Setting is its name: for a default, its key below defaults in the
	// configuration. A dot leads to a part of each item of a list.
	Setting string
	Form    Form
	Min     float64
	Max     float64
	Choices []string
	Empty   bool // it may be left empty
	Most    int  // items; 0: it is no list

	values func(g catalog.Guild) []string
}

// Broken says that a setting is outside its limit.
type Broken struct {
	Limit  Limit
	Index  int    // of the item in the list; -1: the setting as a whole
	Value  string // what was asked for; of a list as a whole, how many items
	Reason error  // a sentence that says more; nil when the limit says all
}

// Many reports whether it is the number of items that is outside the limit.
func (b Broken) Many() bool { return b.Limit.Most > 0 && b.Index < 0 }

// Error names the setting and the value; the doors have better words.
func (b Broken) Error() string {
	return fmt.Sprintf("the setting %s is outside its limit: %q", b.Limit.Setting, b.Value)
}

// Table is the limits of all settings.
type Table []Limit

// one is the value of a setting that is no list.
func one(value func(catalog.Guild) string) func(catalog.Guild) []string {
	return func(g catalog.Guild) []string { return []string{value(g)} }
}

func whole(value func(catalog.Guild) int) func(catalog.Guild) []string {
	return one(func(g catalog.Guild) string { return strconv.Itoa(value(g)) })
}

// each is one value of each item of a list.
func each[T any](items func(catalog.Guild) []T, value func(T) string) func(catalog.Guild) []string {
	return func(g catalog.Guild) (values []string) {
		for _, it := range items(g) {
			values = append(values, value(it))
		}
		return values
	}
}

// longest is a day: the longest length of a video that can be asked for.
const longest = 24 * 60 * 60

// New returns the table. languages are those that the bot speaks.
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
		{Setting: "zone", Form: Zone, values: one(func(g catalog.Guild) string { return g.Zone })},
		{Setting: "picks", Form: Whole, Min: 1, Max: 10, values: whole(func(g catalog.Guild) int { return g.Picks })},
		{Setting: "exploration", Form: Number, Max: 1, values: one(func(g catalog.Guild) string { return strconv.FormatFloat(g.Exploration, 'g', -1, 64) })},
		{Setting: "votes", Form: Choice, Choices: []string{"reactions", "buttons", "both"}, values: one(func(g catalog.Guild) string { return g.Votes })},
		{Setting: "language", Form: Choice, Choices: languages, Empty: true, values: one(func(g catalog.Guild) string { return g.Language })},
		{Setting: "min_seconds", Form: Whole, Max: longest, values: whole(func(g catalog.Guild) int { return g.MinSeconds })},
		{Setting: "max_seconds", Form: Whole, Max: longest, values: whole(func(g catalog.Guild) int { return g.MaxSeconds })},
		{Setting: "languages", Form: Language, Most: 20, values: func(g catalog.Guild) []string { return g.Languages }},
		{Setting: "role", Form: ID, Empty: true, values: one(func(g catalog.Guild) string { return g.MentionRole })},
		{Setting: "blocked_words", Form: Text, Min: 1, Max: 100, Most: 500, values: func(g catalog.Guild) []string { return g.BlockedWords }},
		{Setting: "blocked_channels", Form: Text, Min: 1, Max: 200, Most: 500, values: each(
			func(g catalog.Guild) []catalog.BlockedChannel { return g.BlockedChannels }, func(c catalog.BlockedChannel) string { return c.Name + c.ID })},
	}
}

// Of is the limit of a setting. Asking for one that there is not is a mistake in
// the program.
func (t Table) Of(setting string) Limit {
	i := slices.IndexFunc(t, func(l Limit) bool { return l.Setting == setting })
	if i < 0 {
		panic("limit: there is no setting " + setting)
	}
	return t[i]
}

// Check returns what is outside the limits in a guild's settings, in the order of
// the table. What was broken before and got no worse passes: nobody who changes
// one setting has to mend another.
func (t Table) Check(g catalog.Guild, before ...Broken) []Broken {
	var all []Broken
	add := func(b Broken) {
		if !slices.ContainsFunc(before, b.noWorse) {
			all = append(all, b)
		}
	}
	for _, l := range t {
		if l.Setting == "min_seconds" && g.MaxSeconds > 0 { // 0: no longest
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

// noWorse reports whether what is broken was broken before, as much or more.
func (b Broken) noWorse(old Broken) bool {
	if b.Limit.Setting != old.Limit.Setting || b.Many() != old.Many() {
		return false
	}
	if b.Many() {
		return len(b.Value) < len(old.Value) || len(b.Value) == len(old.Value) && b.Value <= old.Value // counts, as texts
	}
	return b.Value == old.Value
}

// Number reads a number that somebody typed, whatever its size. It is not ok when
// the text is none, or has a fraction where a whole number is wanted.
func (l Limit) Number(text string) (n float64, ok bool) {
	if l.Form == Whole {
		whole, err := strconv.Atoi(text)
		return float64(whole), err == nil
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// takes reports whether a value is within the limit; the reason says more than
// the limit does.
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
			zone = "" // which is the zone's fault, not the line's
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
