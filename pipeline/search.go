package pipeline

import (
	"context"
	"encoding/json"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/taste"
)

// A training searches for parameters again once a week if there are at least tuneLabels
// labels. With fewer, a search finds nothing better than the defaults. Each guild has its
// own day of the week, so that many do not search in one night.
const (
	tuneLabels = 200
	tuneApart  = 84 * time.Hour // at least, so that a search that was late is followed on its day
)

// tuneShare is how much of a day searches may take together: one begins only as long as
// those of the day took less. A search uses the processors that training may use, so a
// share of the time is one of the processors. It is no setting: who sees searches wait has
// too few processors, and the guilds with the most new votes search first.
const tuneShare = 24 * time.Hour / 10

// trainingTurn is a guild's turn among those that train: the most votes first that its
// champion has not learned from, and of equal ones in an order that changes daily.
func (l *Loop) trainingTurn(ctx context.Context, slot catalog.Slot) schedule.Turn {
	turn := schedule.Turn{Lot: schedule.Lot(l.seed, slot.GuildID, slot.At)}
	champion, found, err := l.store.ChampionCard(ctx, slot.GuildID)
	if err != nil {
		return turn // the training tells of it
	}
	ranker, err := taste.RankerOf(champion, found)
	if err != nil {
		ranker = taste.Ranker{}
	}
	history, err := l.history(ctx, slot.GuildID)
	if err != nil {
		return turn
	}
	votes := history.Cast()
	if ranker.Champion > 0 {
		votes -= ranker.Learned(votes)
	}
	turn.Rank = -int64(max(0, votes))
	return turn
}

// tuneDue is when a guild is to search again after its last search: on its day of the
// week (UTC).
func tuneDue(guildID string, last time.Time) time.Time {
	const day = 24 * 60 * 60
	due := last.Add(tuneApart).Unix() / day
	due += ((int64(hash(guildID)%7)-due)%7 + 7) % 7
	return time.Unix(due*day, 0).UTC()
}

// searches reports whether a training that may search for parameters does. One before a
// post never does, for the post waits.
func (l *Loop) searches(ctx context.Context, run *catalog.Run, champion *taste.Model) bool {
	if run.By == catalog.BySchedule && run.Slot == "" || l.opts.Learning.TuneTrials == 0 {
		return false
	}
	var last time.Time
	if champion != nil {
		last = champion.TunedAt()
	}
	if !last.IsZero() {
		models, err := l.store.Models(ctx, run.GuildID)
		if err != nil {
			l.log.Warn("earlier searches for parameters could not be looked up", "guild", run.GuildID, "error", err)
		}
		for _, m := range models { // that did not become champion
			if card, err := taste.ReadCard(m.Card); err == nil && card.Tuning != nil && card.Tuning.At.After(last) {
				last = card.Tuning.At
			}
		}
	}
	return l.mayTune(ctx, run.GuildID, last)
}

// mayTune reports whether a guild's search after that of a time, zero for the first, is due
// and the day has time left for it.
func (l *Loop) mayTune(ctx context.Context, guildID string, last time.Time) bool {
	if !last.IsZero() && l.now().Before(tuneDue(guildID, last)) {
		return false
	}
	if took := l.tuned(ctx).Took; took >= tuneShare {
		l.log.Info("the search for parameters waits for another night: today's have taken their share of the processors", "guild", guildID, "took", took)
		return false
	}
	return true
}

// tunedState is the name of the stored time that a day's searches took.
const tunedState = "tuned"

// dayTuned is how long the searches of a day (UTC) took.
type dayTuned struct {
	Day  string
	Took time.Duration
}

// tuned is what today's searches took.
func (l *Loop) tuned(ctx context.Context) (t dayTuned) {
	today := l.now().UTC().Format(time.DateOnly)
	data, found, err := l.store.State(ctx, tunedState)
	if err != nil || !found || json.Unmarshal(data, &t) != nil || t.Day != today {
		return dayTuned{Day: today}
	}
	return t
}

// noteTuned adds a search that began at a time to the day's.
func (l *Loop) noteTuned(ctx context.Context, begun time.Time) {
	ctx, release := catalog.Accepted(ctx)
	defer release()
	t := l.tuned(ctx)
	t.Took += max(0, l.now().Sub(begun))
	data, err := json.Marshal(t)
	if err == nil {
		err = l.store.SetState(ctx, tunedState, data)
	}
	if err != nil {
		l.log.Warn("a search for parameters does not count towards the day's share", "error", err)
	}
}
