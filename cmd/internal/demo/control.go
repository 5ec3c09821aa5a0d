package demo

import (
	"cmp"
	"context"
	"math"
	"slices"

	"cratedigger/internal/demopage"
	"cratedigger/internal/simguild"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

// update changes the state that the page shows, and has the page show it.
func (w *world) update(change func(*demopage.State)) {
	w.mu.Lock()
	w.state.Now, w.state.Posts = w.clock.Now(), w.posts
	change(&w.state)
	w.mu.Unlock()
	if w.page != nil {
		w.page.Changed()
	}
}

// State implements demopage.Control.
func (w *world) State(ctx context.Context) demopage.State {
	votes, counted := w.cast(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	if counted {
		w.state.Votes = votes
	}
	s, p := w.state, w.pace.shown()
	s.Paused, s.Rested, s.Speed, s.SkipFrom, s.SkipTo = p.paused, p.rested, p.perMinute, p.from, p.to
	s.SkipOffer = w.skipTarget(s.Day)
	s.Rates, s.Marks = slices.Clone(s.Rates), slices.Clone(s.Marks)
	return s
}

// cast is how many votes count so far, the visitor's too, as the dashboard counts them.
// It fails before the bot has begun.
func (w *world) cast(ctx context.Context) (votes int, counted bool) {
	if w.service == nil {
		return 0, false
	}
	history, err := w.service.Catalog.History(ctx, w.guild)
	return history.Cast(), err == nil
}

// skipDays is how far a skip goes: to its next multiple.
const skipDays = 20

// skipTarget is the day that a skip on the given day goes to, 0 for none.
func (w *world) skipTarget(day int) int {
	to := (day/skipDays + 1) * skipDays
	if w.days != 0 {
		to = min(to, w.days)
	}
	if to <= day {
		return 0
	}
	return to
}

// Voted implements demopage.Control.
func (w *world) Voted(ctx context.Context) {
	if w.discord.Settle(ctx) == nil && w.service.Bot.Settle(ctx) == nil {
		w.update(func(*demopage.State) {})
	}
}

// Pause implements demopage.Control.
func (w *world) Pause(paused bool) {
	w.pace.set(func(p *pacer) { p.paused, p.rested, p.until, p.skip = paused, false, 0, false })
}

// NextDay implements demopage.Control.
func (w *world) NextDay(ctx context.Context) {
	day := w.State(ctx).Day
	w.pace.set(func(p *pacer) { p.rested, p.until, p.skip = false, day+1, false })
}

// Skip implements demopage.Control.
func (w *world) Skip(ctx context.Context) {
	day := w.State(ctx).Day
	to := w.skipTarget(day)
	if to == 0 {
		return
	}
	w.pace.set(func(p *pacer) {
		if p.rested { // who skips wants to go on
			p.paused, p.rested = false, false
		}
		p.until, p.skip, p.from = to, true, day
	})
}

// SetSpeed implements demopage.Control.
func (w *world) SetSpeed(daysPerMinute float64) {
	w.pace.set(func(p *pacer) { p.perMinute = max(0, daysPerMinute) })
}

// mostMarks is how many picks' marks are kept, as many as the page shows and more.
const mostMarks = 200

// reveal marks the day's picks with what the members' hidden taste says of them.
func (w *world) reveal(day int, posts []catalog.Post) {
	w.update(func(s *demopage.State) {
		for _, p := range posts {
			s.Marks = append(s.Marks, demopage.Mark{Message: p.MessageID, Liked: w.likes(day, p.VideoID)})
		}
		s.Marks = slices.Clone(s.Marks[max(0, len(s.Marks)-mostMarks):])
	})
}

// The page lists so many likes and dislikes of the members, and as many that the
// bot believes in.
const shownLikes, shownDislikes = 5, 3

// secrets are what the members like and dislike most today, in words.
func (w *world) secrets() (likes, dislikes []string) {
	tastes := w.members.Tastes()
	for _, t := range strongest(tastes, 1, shownLikes) {
		likes = append(likes, inWords(t))
	}
	for _, t := range strongest(tastes, -1, shownDislikes) {
		dislikes = append(dislikes, inWords(t))
	}
	return likes, dislikes
}

// strongest are the first n of ordered likings in one direction, 1 or -1. There are many
// more artists than other traits, so at most half are artists.
func strongest(all []simguild.Liking, direction float64, n int) (out []simguild.Liking) {
	artists := 0
	for _, t := range all {
		if t.Weight*direction <= 0 || t.Kind == "artist" && artists == n/2 {
			continue
		}
		if len(out) == n {
			break
		}
		if t.Kind == "artist" {
			artists++
		}
		out = append(out, t)
	}
	return out
}

// traitWords say in words what some traits mean; the others' names say it.
var traitWords = map[string]string{
	"era:now": "songs of today", "era:80s": "the 80s", "era:90s": "the 90s", "era:2000s": "the 2000s",
	"language:en": "English titles", "language:pt": "Portuguese titles", "language:es": "Spanish titles", "language:fr": "French titles",
	"language:de": "German titles", "language:ja": "Japanese titles", "language:ko": "Korean titles", "language:ru": "Russian titles",
	"language:hi": "Hindi titles", "language:ar": "Arabic titles",
	"format:live":     "live recordings",
	"format:acoustic": "acoustic versions", "format:cover": "covers", "format:remix": "remixes", "format:mix": "long mixes",
	"format:short": "shorts", "format:stream": "live radio", "format:studio": "studio recordings", "format:reaction": "reactions",
}

// inWords names a trait.
func inWords(t simguild.Liking) string {
	words := cmp.Or(traitWords[t.Kind+":"+t.Name], t.Name)
	switch t.Kind {
	case "mood":
		words += " songs"
	case "artist":
		words = "songs by " + words
	}
	return words
}

// Beliefs are fitted in so many sweeps, with a prior as if so many more candidates
// showed that a trait makes no difference.
const beliefSweeps, beliefPrior = 15, 8

// beliefs are what the bot thinks of the same traits, in the same words: how much each
// moves the scores of the candidates, in log-odds, beside their other traits
// (backfitting, Friedman and Stuetzle 1981). Without a model it thinks nothing yet.
func (w *world) beliefs(ranked []pipeline.Ranked) (believed, doubted []demopage.Belief) {
	if len(ranked) == 0 || ranked[0].ModelVersion == 0 {
		return nil, nil
	}
	having := map[string][]int{} // rows by trait
	left := make([]float64, 0, len(ranked))
	mean := 0.0
	for _, r := range ranked {
		shown, ok := w.youtube.Traits(r.Video.ID)
		if !ok {
			continue
		}
		t := traits(shown)
		for _, name := range []string{"genre:" + t.Genre, "mood:" + t.Mood, "era:" + t.Era, "language:" + t.Language, "format:" + t.Format, "artist:" + t.Artist} {
			having[name] = append(having[name], len(left))
		}
		p := min(max(r.Score, 0.01), 0.99)
		left = append(left, math.Log(p/(1-p)))
		mean += left[len(left)-1] / float64(len(ranked))
	}
	for i := range left {
		left[i] -= mean
	}
	tastes := w.members.Tastes()
	thought := slices.Clone(tastes)
	for i := range thought {
		thought[i].Weight = 0
	}
	for range beliefSweeps {
		for i := range thought {
			l := &thought[i]
			rows := having[l.Kind+":"+l.Name]
			weight := 0.0
			for _, row := range rows {
				weight += (left[row] + l.Weight) / (float64(len(rows)) + beliefPrior)
			}
			for _, row := range rows {
				left[row] += l.Weight - weight
			}
			l.Weight = weight
		}
	}
	slices.SortStableFunc(thought, func(a, b simguild.Liking) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	say := func(direction float64, n int) (said []demopage.Belief) {
		secret := strongest(tastes, direction, n)
		for _, l := range strongest(thought, direction, n) {
			said = append(said, demopage.Belief{Words: inWords(l), Right: strongAs(tastes, secret, l, direction)})
		}
		return said
	}
	return say(1, shownLikes), say(-1, shownDislikes)
}

// strongAs reports whether the members like a trait at least as much as the last of
// their secrets that the page lists.
func strongAs(tastes, secret []simguild.Liking, l simguild.Liking, direction float64) bool {
	at := slices.IndexFunc(tastes, func(t simguild.Liking) bool { return t.Kind == l.Kind && t.Name == l.Name })
	return at >= 0 && len(secret) > 0 && tastes[at].Weight*direction >= secret[len(secret)-1].Weight*direction
}
