package dashboard

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cratedigger/bot/text"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
)

// functions are what the templates call.
func (s *Server) functions() template.FuncMap {
	return template.FuncMap{
		"number": number, "counted": counted, "ago": s.ago, "join": strings.Join,
		"length": length, "date": date, "local": local, "percent": percent, "points": points, "figure": figure,
		"scorebar": scoreBar, "reasons": s.reasonLine, "fit": fit, "outcome": outcomeMark, "took": took, "hiddenLocal": func() []string { return withoutDiscord },
		"thumbnail": func(id string) string { return strings.ReplaceAll(s.Thumbnails, "{id}", id) },
		"likesForm": func(from catalog.PreferenceSource) string {
			return s.Text.For(text.English).Say("import.from." + string(from))
		},
		"unblocking": func(guildID, videoID string, b block) blockedView { return blockedView{guildID, videoID, b} },
		"loginpage":  func() page { return page{Title: "Log in"} },
	}
}

// counted writes how many there are of something: 1 vote, 12 votes.
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// number writes a count as people do: 950, 12.4k, 3.1M.
func number(n int64) string {
	f := float64(n)
	switch {
	case n >= 1e9:
		return strconv.FormatFloat(f/1e9, 'f', 1, 64) + "B"
	case n >= 1e6:
		return strconv.FormatFloat(f/1e6, 'f', 1, 64) + "M"
	case n >= 1e4:
		return strconv.FormatFloat(f/1e3, 'f', 0, 64) + "k"
	case n >= 1e3:
		return strconv.FormatFloat(f/1e3, 'f', 1, 64) + "k"
	}
	return strconv.FormatInt(n, 10)
}

// length writes a duration as players do.
func length(seconds int64) string {
	switch {
	case seconds <= 0:
		return ""
	case seconds >= 3600:
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

// age says how long ago something was, in its largest unit.
func age(d time.Duration) string {
	days := int(d.Hours() / 24)
	unit := func(n int, name string) string { return counted(n, name) + " ago" }
	switch {
	case d < 0:
		return "to come"
	case days == 0:
		return "today"
	case days < 31:
		return unit(days, "day")
	case days < 365:
		return unit(days/30, "month")
	}
	return unit(days/365, "year")
}

// ago says how long ago something was, with the moment for whoever points at it.
func (s *Server) ago(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	said, unit := "", time.Duration(0)
	switch d := s.Now().Sub(t); {
	case d < 0 && d > -time.Minute, d >= 0 && d < time.Minute:
		said = "just now"
	case d < 0:
		said = moment(t)
	case d < time.Hour:
		said, unit = "minute", time.Minute
	case d < 24*time.Hour:
		said, unit = "hour", time.Hour
	case d < 48*time.Hour:
		said = "yesterday"
	default:
		said = age(d)
	}
	if unit > 0 {
		said = counted(int(s.Now().Sub(t)/unit), said) + " ago"
	}
	// Numbers and our own words only: nothing here comes from outside.
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `" title="` + moment(t) + ` UTC">` + said + `</time>`)
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2 Jan 2006")
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 Jan 2006 15:04")
}

// local is a moment in a guild's zone, which it names.
func local(t time.Time, zone string) string {
	return schedule.In(t, zone).Format("2 Jan 2006 15:04 MST")
}

// points writes the rule's score: percent would read as a chance.
func points(v float64) string { return strconv.FormatFloat(100*v, 'f', 0, 64) }

// percent writes a share with its sign on the same line.
func percent(v float64) string { return strconv.FormatFloat(100*v, 'f', 0, 64) + "\u00a0%" }

// figure writes a measure with three digits, or a dash when it is not finite.
func figure(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// took is how long a run took, "" while it goes on.
func took(r catalog.Run) string {
	if r.Ended.IsZero() {
		return ""
	}
	d := r.Ended.Sub(r.Started)
	switch {
	case d < time.Millisecond:
		return ""
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return d.Round(time.Second).String()
}

// outcomeMark is the sign beside the word for a run's outcome.
func outcomeMark(outcome catalog.Outcome) string {
	switch outcome {
	case catalog.OutcomeOK:
		return "✓"
	case catalog.OutcomeRunning:
		return "…"
	case catalog.OutcomeDegraded:
		return "!"
	case catalog.OutcomeCancelled:
		return "–"
	}
	return "✗"
}

// scoreBar draws a score with whiskers of two standard deviations.
func scoreBar(score, deviation float64) template.HTML {
	score = min(max(score, 0), 1)
	low, high := min(max(score-2*deviation, 0), 1), min(max(score+2*deviation, 0), 1)
	whisker := ""
	if high > low {
		whisker = fmt.Sprintf(`<path class="whisker" d="M%.1f 6H%.1fM%.1f 2v8M%.1f 2v8"/>`, 100*low, 100*high, 100*low, 100*high)
	}
	// Numbers only: nothing here comes from outside.
	return template.HTML(fmt.Sprintf(`<svg class="score" viewBox="0 0 100 12" width="100" height="12" aria-hidden="true"><rect class="track" y="3" width="100" height="6" rx="3"/><rect class="fill" y="3" width="%.1f" height="6" rx="3"/>%s</svg>`, 100*score, whisker))
}

// reasonLine puts the first reasons for a video into one line.
func (s *Server) reasonLine(reasons []catalog.Reason) string {
	return strings.Join(s.reasonWords(reasons), " · ")
}

// reasonWords puts the first reasons for a video into words, each by itself.
func (s *Server) reasonWords(reasons []catalog.Reason) (said []string) {
	for _, r := range reasons {
		words := s.Text.For(text.English).Reason(r, asItIs, func(string) string { return "a member" })
		if words != "" && !slices.Contains(said, words) && len(said) < 3 {
			said = append(said, words)
		}
	}
	return said
}

// partName names what moved a score.
func (s *Server) partName(p pipeline.Part) string { return s.Text.For(text.English).Part(p, asItIs) }

// asItIs shows a name from outside: templates and charts escape it.
func asItIs(name string, _ int) string { return name }

// escaped is how many bytes a text has in a page.
func escaped(text string) (n int) {
	for _, r := range text {
		n += escapedRune(r)
	}
	return n
}

func escapedRune(r rune) int {
	switch r {
	case '"', '\'', '&', '+':
		return len("&#34;")
	case '<', '>':
		return len("&lt;")
	case 0:
		return len("\ufffd")
	}
	return utf8.RuneLen(r)
}

// fit shortens a text to so many bytes as it has in a page, and says with … that it did.
func fit(text string, n int) string {
	if escaped(text) <= n {
		return text
	}
	n -= len("…")
	for i, r := range text {
		if n -= escapedRune(r); n < 0 {
			return strings.TrimSpace(text[:i]) + "…"
		}
	}
	return text
}
