package demopage

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"slices"

	"cratedigger/bot/chart"
)

// sideView is the panel beside the channel.
type sideView struct {
	State       State
	Date, Clock string
	Chart       template.HTML
	HasRates    bool
	Bot, Random string // hit rates of the last seven days, in words
	Times       string // how many times as often the bot hits, "" where that says nothing
	Weeks       []weekView
	Skipping    bool
	SkipDone    int // percent
}

// weekView is the hit rate of a week.
type weekView struct {
	Week        int
	Bot, Random string
}

// recentMarks are sent with each panel: those of some days, because days may pass
// faster than the panel is drawn.
const recentMarks = 60

// speeds are the speeds that the page offers: some round ones, and the present one.
func speeds(ctx context.Context, c Control) []float64 {
	all := []float64{2, 6, 30, 60}
	if c == nil {
		return all
	}
	if now := c.State(ctx).Speed; now > 0 && !slices.Contains(all, now) {
		all = append(all, now)
		slices.Sort(all)
	}
	return all
}

// sendSide sends the side panel, and the marks of the newest picks.
func (p *Page) sendSide(ctx context.Context, send func(string, any) bool) bool {
	if p.control == nil {
		return true
	}
	v := p.side(ctx)
	html := map[string]string{}
	for _, name := range []string{"world", "strip"} {
		var b bytes.Buffer
		if err := p.templates.ExecuteTemplate(&b, name, v); err != nil {
			p.log.Error("the side panel could not be drawn", "error", err)
			return true
		}
		html[name] = b.String()
	}
	s := v.State
	return send("side", map[string]any{
		"html": html["world"], "strip": html["strip"], "paused": s.Paused, "ended": s.Ended, "speed": s.Speed,
		"offer": s.SkipOffer, "skipping": v.Skipping, "marks": markNames(s.Marks[max(0, len(s.Marks)-recentMarks):]),
	})
}

// markNames are the marks by message.
func markNames(marks []Mark) map[string]string {
	names := make(map[string]string, len(marks))
	for _, m := range marks {
		names[m.Message] = "other"
		if m.Liked {
			names[m.Message] = "liked"
		}
	}
	return names
}

// side prepares the side panel.
func (p *Page) side(ctx context.Context) sideView {
	if p.control == nil {
		return sideView{}
	}
	s := p.control.State(ctx)
	v := sideView{State: s, Date: s.Now.Format("Monday, 2 January 2006"), Clock: s.Now.Format("15:04"), HasRates: len(s.Rates) > 0}
	if s.SkipTo > s.SkipFrom {
		v.Skipping, v.SkipDone = true, 100*(s.Day-s.SkipFrom)/(s.SkipTo-s.SkipFrom)
	}
	if !v.HasRates {
		return v
	}
	bot, random := mean(s.Rates[max(0, len(s.Rates)-7):])
	v.Bot, v.Random = percent(bot), percent(random)
	if random > 0 && bot > 1.05*random {
		v.Times = fmt.Sprintf("%.1f", bot/random)
	}
	byWeek := map[int][]Rate{}
	for _, r := range s.Rates {
		byWeek[(r.Day-1)/7+1] = append(byWeek[(r.Day-1)/7+1], r)
	}
	const shown = 4 // whole weeks
	last := s.Rates[len(s.Rates)-1].Day / 7
	for week := max(1, last-shown+1); week <= last; week++ {
		if days := byWeek[week]; len(days) > 0 {
			bot, random := mean(days)
			v.Weeks = append(v.Weeks, weekView{week, percent(bot), percent(random)})
		}
	}
	if len(s.Rates) >= firstDay {
		v.Chart = rateChart(s).Inline()
	}
	return v
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// mean is the hit rate of some days' picks, and of random ones.
func mean(days []Rate) (bot, random float64) {
	n := 0.0
	for _, d := range days {
		bot += d.Bot * float64(d.Picks)
		random += d.Random * float64(d.Picks)
		n += float64(d.Picks)
	}
	return bot / n, random / n
}

// firstDay is the first day that rateChart draws: a mean of fewer days tells nothing.
const firstDay = 3

// rateChart draws the hit rates over the days, each the mean of the last seven
// days so that the course shows.
func rateChart(state State) *chart.Chart {
	var day, bot, random []float64
	for i, rate := range state.Rates {
		if i+1 < firstDay {
			continue
		}
		b, r := mean(state.Rates[max(0, i-6) : i+1])
		day, bot, random = append(day, float64(rate.Day)), append(bot, b), append(random, r)
	}
	return chart.Lines(chart.Plot{
		Title: "Mean of the last seven days", About: "Share of posted picks that the members secretly like, mean of seven days.",
		X:      chart.Axis{Label: "day", Format: chart.Integer, Min: 1, Max: 7},
		Y:      chart.Axis{Format: chart.Percent, Min: 0, Max: 0.6},
		Series: []chart.Series{{Name: "the bot", X: day, Y: bot}, {Name: "random picks", X: day, Y: random}},
		Size:   chart.Size{Width: 330, Height: 230},
	})
}
