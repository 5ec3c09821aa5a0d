package demo

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"cratedigger/cmd/internal/terminal"
	"cratedigger/internal/demopage"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// printPosts prints what the bot has posted, and whether the members' hidden tastes
// like it.
func (w *world) printPosts(ctx context.Context, day int, posts []catalog.Post, candidates, liked int) error {
	fmt.Fprintf(w.print, "\nDay %d, %s: %d posts from %d candidates, of which the server secretly likes %.0f %%\n",
		day, w.clock.Now().Format("Monday 2 January"), len(posts), candidates, percentOf(liked, candidates))
	for _, p := range posts {
		v, ok, err := w.service.Catalog.Video(ctx, p.VideoID)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		secret := "·"
		if w.likes(day, p.VideoID) {
			secret = "♥"
		}
		wild := ""
		if p.Wildcard {
			wild = " 🎲"
		}
		fmt.Fprintf(w.print, "  %s %.2f %s — %s%s\n", secret, p.Score, terminal.Clip(terminal.OneLine(v.Title), 58), terminal.Clip(terminal.OneLine(v.Channel), 24), wild)
	}
	return nil
}

// printReactions prints who reacted to what.
func (w *world) printReactions(posts []catalog.Post, all []reaction) {
	names := w.members.Names()
	var parts []string
	for i, p := range posts {
		var said []string
		for _, r := range all {
			if r.post.ID != p.ID {
				continue
			}
			switch {
			case r.Remove:
				said = append(said, names[r.Index]+" takes it back")
			case r.Up:
				said = append(said, names[r.Index]+" 👍")
			default:
				said = append(said, names[r.Index]+" 👎")
			}
		}
		if len(said) > 0 {
			parts = append(parts, fmt.Sprintf("%d: %s", i+1, strings.Join(said, ", ")))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nobody reacts"}
	}
	fmt.Fprintf(w.print, "  reactions: %s\n", strings.Join(parts, "; "))
}

// night prints what the night's training did.
func (w *world) night(ctx context.Context, day int) error {
	models, err := w.service.Catalog.Models(ctx, w.guild)
	if err != nil {
		return err
	}
	who, err := taste.RankerAmong(models)
	if err != nil {
		return err
	}
	w.update(func(s *demopage.State) { s.Model, s.Ranks = who.Model(), who.String() })
	runs, err := w.service.Catalog.Runs(ctx, w.guild, 20)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.Kind != catalog.RunRetrain || r.By != catalog.BySchedule || r.Started.Before(firstMorning.AddDate(0, 0, day-1)) {
			continue
		}
		line := fmt.Sprintf("%d labels from %d votes", r.Counts["labels"], r.Counts["votes"])
		switch {
		case r.Outcome != catalog.OutcomeOK:
			line += ": " + string(r.Outcome) + " " + r.Error
		case r.Counts["promoted"] > 0:
			line += ": " + cmp.Or(r.Said, fmt.Sprintf("model %d serves", r.Counts["model"]))
		case r.Counts["model"] > 0:
			line += fmt.Sprintf(": model %d was not better", r.Counts["model"])
		default:
			line += ": too few yet, the rule ranks"
		}
		fmt.Fprintf(w.print, "  training: %s\n", line)
		w.update(func(s *demopage.State) { s.Labels = r.Counts["labels"] })
		break
	}
	return nil
}

// weekRate is a row of the result.
type weekRate struct {
	Week   int     `json:"week"`
	Bot    float64 `json:"bot"`
	Random float64 `json:"random"`
}

// Result is the last line of demo --json.
type Result struct {
	Weeks []weekRate `json:"weeks"`
	Posts int        `json:"posts"`
	Votes int        `json:"votes"`

	Repeats []Repeat `json:"repeats"`
}

// result sums up the days by weeks.
func (w *world) result() Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := Result{Weeks: []weekRate{}, Posts: w.posts, Votes: w.votes, Repeats: append([]Repeat{}, w.repeats...)}
	for start := 0; start < len(w.rates); start += 7 {
		bot, random := meanRate(w.rates[start:min(start+7, len(w.rates))])
		r.Weeks = append(r.Weeks, weekRate{start/7 + 1, bot, random})
	}
	return r
}

// meanRate is the hit rate of some days' picks and of random ones, 0 without any.
func meanRate(days []dayRate) (bot, random float64) {
	var hits, picks int
	for _, d := range days {
		hits += d.hits
		picks += d.picks
		random += d.random * float64(d.picks)
	}
	if picks == 0 {
		return 0, 0
	}
	return float64(hits) / float64(picks), random / float64(picks)
}

// ending says in one sentence how far the demo came; stopped if a person ended it.
func (w *world) ending(stopped bool) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	day := max(1, w.state.Day)
	how := fmt.Sprintf("The %d days are over", day)
	switch {
	case stopped:
		how = fmt.Sprintf("Stopped on day %d", day)
	case day == 1:
		how = "The day is over"
	}
	if w.posts == 0 {
		return how + ", before the first picks."
	}
	bot, random := meanRate(w.rates[max(0, len(w.rates)-7):])
	return fmt.Sprintf("%s: of the bot's picks of the last seven days the members secretly like %.0f %%, of random picks %.0f %%.", how, 100*bot, 100*random)
}

// table prints the hit rates and what the members did.
func (w *world) table() {
	r := w.result()
	if r.Posts == 0 {
		return
	}
	fmt.Fprintf(w.print, "\nHit rate: the share of picks that the server's hidden taste likes\n\n")
	t := tabwriter.NewWriter(w.print, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "week\tbot\trandom\tbot / random\t")
	for _, week := range r.Weeks {
		ratio := "–"
		if week.Random > 0 {
			ratio = fmt.Sprintf("%.1f", week.Bot/week.Random)
		}
		fmt.Fprintf(t, "%d\t%.0f %%\t%.0f %%\t%s\t\n", week.Week, 100*week.Bot, 100*week.Random, ratio)
	}
	t.Flush()
	songs := "No song was posted twice."
	if n := len(r.Repeats); n > 0 {
		songs = fmt.Sprintf("%d of the posts brought a song again, as another upload.", n)
	}
	a := w.members.Tally()
	fmt.Fprintf(w.print, "\n%d posts, %d of them with no vote or one; %d votes, %d of them 👎, %d by chance (%.0f %%), %d taken back. %s\n",
		a.Posts, a.Quiet, a.Votes, a.Down, a.Noise, percentOf(a.Noise, a.Votes), a.Taken, songs)
}

// percentOf is part of whole in percent, 0 of nothing.
func percentOf(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// joinAnd lists words for people.
func joinAnd(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
