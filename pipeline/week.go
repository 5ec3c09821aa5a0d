package pipeline

import (
	"context"
	"math"
	"time"
)

// Week is how a guild took to the picks of the last seven days, and how many of as many
// random candidates its model expects to be liked.
type Week struct {
	Picks, Liked        int     // posted; of these with more 👍 than 👎
	Expected, Deviation float64 // of as many random candidates; 0 while the rule ranks
	Votes               int     // of the guild so far
}

// WeekVotes is from how many votes on a week is compared with random candidates: with
// fewer, the model's own expectation says little.
const WeekVotes = 50

// Compared reports whether a week can be compared with random candidates.
func (w Week) Compared() bool { return w.Picks > 0 && w.Votes >= WeekVotes && w.Expected > 0 }

// Week sums up a guild's last seven days.
func (l *Loop) Week(ctx context.Context, guildID string) (Week, error) {
	guild, history, err := l.guildHistory(guildID)
	if err != nil {
		return Week{}, err
	}
	w, sums := Week{Votes: history.Cast()}, history.Sums()
	for _, p := range history.Posts {
		if p.SentAt.IsZero() || l.now().Sub(p.SentAt) > 7*24*time.Hour {
			continue
		}
		w.Picks++
		if sums[p.VideoID] > 0 {
			w.Liked++
		}
	}
	r, err := l.candidates(ctx, guild, history)
	if err != nil || w.Picks == 0 {
		return w, err
	}
	mean, n := 0.0, 0.0
	for _, c := range r.list {
		if !c.Posted && c.ModelVersion > 0 {
			mean, n = mean+c.Score, n+1
		}
	}
	if n > 0 {
		mean /= n
		w.Expected, w.Deviation = mean*float64(w.Picks), math.Sqrt(mean*(1-mean)*float64(w.Picks))
	}
	return w, nil
}
