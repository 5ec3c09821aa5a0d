package pipeline

import (
	"context"
	"math"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"
)

// Hits is how a guild took to the picks of some days.
type Hits struct {
	From  time.Time // seven days a week; zero for a sum
	Picks int       // that were sent
	Liked int       // of these with more 👍 than 👎
	Voted int       // of these with any vote
}

// Rate is the hit rate: the share of picks that were liked, 0 without any.
func (h Hits) Rate() float64 { return float64(h.Liked) / float64(max(1, h.Picks)) }

// SumHits adds weeks up.
func SumHits(weeks []Hits) (sum Hits) {
	for _, w := range weeks {
		sum.Picks, sum.Liked, sum.Voted = sum.Picks+w.Picks, sum.Liked+w.Liked, sum.Voted+w.Voted
	}
	return sum
}

// HitsByWeek returns the weeks from a guild's first post on, oldest first. Each has seven
// days, and the last ends now. It is empty before the first post.
func HitsByWeek(history catalog.History, now time.Time) (weeks []Hits) {
	const week = 7 * 24 * time.Hour
	sums, voted := history.Sums(), catalog.History{Votes: history.Votes}.LabelledBy("")
	for _, p := range history.Posts {
		if p.SentAt.IsZero() || p.SentAt.After(now) {
			continue
		}
		ago := int(now.Sub(p.SentAt) / week)
		for len(weeks) <= ago { // the newest first, until the end
			weeks = append(weeks, Hits{From: now.Add(-week * time.Duration(len(weeks)+1))})
		}
		w := &weeks[ago]
		w.Picks++
		if sums[p.VideoID] > 0 {
			w.Liked++
		}
		if voted[p.VideoID] {
			w.Voted++
		}
	}
	slices.Reverse(weeks)
	return weeks
}

// Week is how a guild took to the picks of the last seven days, and how many of as many
// random candidates its model expects to be liked, if members voted on as many of them.
type Week struct {
	Picks, Liked        int     // posted; of these with more 👍 than 👎
	Expected, Deviation float64 // of as many random candidates; 0 while the rule ranks
	Votes               int     // of the guild so far
	Random              float64 // chance of a random candidate to be liked once it is voted on, by the model; 0 while the rule ranks
	Candidates          int     // songs that are up next
}

// OfRandom is the share of random candidates that would have been liked in the place of
// some picks, if members voted on as many; 0 where that is not known.
func (w Week) OfRandom(h Hits) float64 {
	if w.Votes < WeekVotes {
		return 0
	}
	return w.Random * float64(h.Voted) / float64(max(1, h.Picks))
}

// WeekVotes is from how many votes on a week is compared with random candidates: with
// fewer, the model's own expectation says little.
const WeekVotes = 50

// Compared reports whether a week can be compared with random candidates.
func (w Week) Compared() bool { return w.Picks > 0 && w.Votes >= WeekVotes && w.Expected > 0 }

// Week sums up a guild's last seven days.
func (l *Loop) Week(ctx context.Context, guildID string) (Week, error) {
	guild, history, err := l.guildHistory(ctx, guildID)
	if err != nil {
		return Week{}, err
	}
	var last Hits
	if weeks := HitsByWeek(history, l.now()); len(weeks) > 0 {
		last = weeks[len(weeks)-1]
	}
	w := Week{Votes: history.Cast(), Picks: last.Picks, Liked: last.Liked}
	r, err := l.candidates(ctx, guild, history)
	if err != nil {
		return w, err
	}
	w.Candidates = len(l.upNext(ctx, r, catalog.ImportVoter))
	mean, n := 0.0, 0.0
	for _, c := range r.list {
		if !c.Posted && c.ModelVersion > 0 {
			mean, n = mean+c.Score, n+1
		}
	}
	if n > 0 {
		w.Random = mean / n
		w.Expected, w.Deviation = w.Random*float64(last.Voted), math.Sqrt(w.Random*(1-w.Random)*float64(last.Voted))
	}
	return w, nil
}
