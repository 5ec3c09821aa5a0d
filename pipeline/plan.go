package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
)

// scrapeLead is how long before a post its search starts, unless the guild has
// its own schedule for searches.
const scrapeLead = time.Hour

// staleAfter is the age of a guild's newest scrape from which a post waits for
// another one.
const staleAfter = 20 * time.Hour

// Outlet is where the work of a slot goes when it is done here. Without one, as for
// one person who has no Discord, videos are searched and models trained on
// schedule, and nothing is posted.
type Outlet struct {
	// Deliver sends what the outbox holds for a guild; nil where nothing is posted.
	Deliver func(ctx context.Context, guildID string) error
	// Recap sums up a guild's week; nil with Deliver.
	Recap func(ctx context.Context, slot catalog.Slot) error
	// Duel asks a guild which of two songs it likes better; nil with Deliver.
	Duel func(ctx context.Context, slot catalog.Slot) error
}

// Jobs returns a guild's scheduled jobs. A guild that the bot has left, that is
// paused or that has no channel to post in has none, so nothing is made up for when it
// comes back. The error names the cron lines that are refused; the other jobs
// are returned with it.
func (l *Loop) Jobs(guild catalog.Guild, outlet Outlet) ([]schedule.Job, error) {
	posting := outlet.Deliver != nil
	if !guild.LeftAt.IsZero() || guild.Paused || posting && guild.ChannelID == "" {
		return nil, nil
	}
	var problems []error
	parse := func(what, spec string) (schedule.Schedule, bool) {
		s, err := schedule.Parse(spec, guild.Zone)
		if err != nil {
			problems = append(problems, fmt.Errorf("guild %s, %s: %w", guild.ID, what, err))
		}
		return s, err == nil
	}
	job := func(kind catalog.RunKind, run func(context.Context, catalog.Slot) error, times ...schedule.Schedule) schedule.Job {
		return schedule.Job{GuildID: guild.ID, Kind: kind, Schedules: times, Run: run}
	}
	var jobs []schedule.Job

	posts, scrapes := times(guild, parse)
	if posting && len(posts) > 0 {
		post := job(catalog.RunPost, func(ctx context.Context, slot catalog.Slot) error {
			err := errors.Join(l.post(ctx, slot), outlet.Deliver(ctx, slot.GuildID))
			l.prepareNext(ctx, slot.GuildID, catalog.BySchedule)
			return err
		}, posts...)
		post.Place, post.Turn = l.posting, l.dailyTurn
		jobs = append(jobs, post)
	}
	if len(scrapes) > 0 {
		scrape := job(catalog.RunScrape, func(ctx context.Context, slot catalog.Slot) error {
			_, err := l.Scrape(ctx, slot.GuildID, catalog.BySchedule, slot.Key, nil)
			return unlessBusy(err)
		}, scrapes...)
		scrape.Place, scrape.Turn = l.reading, l.dailyTurn
		jobs = append(jobs, scrape)
	}
	if guild.Retrain != "" {
		if s, ok := parse("retrain", guild.Retrain); ok {
			train := job(catalog.RunRetrain, func(ctx context.Context, slot catalog.Slot) error {
				_, err := l.Retrain(ctx, slot.GuildID, catalog.BySchedule, slot.Key, nil)
				return unlessBusy(err)
			}, s)
			train.Place, train.Turn = l.training, l.trainingTurn
			jobs = append(jobs, train)
		}
	}
	if posting && guild.Recap != "" {
		if s, ok := parse("recap", guild.Recap); ok {
			jobs = append(jobs, job(catalog.RunRecap, outlet.Recap, s))
		}
	}
	if posting && guild.Duels != "" {
		if s, ok := parse("duels", guild.Duels); ok {
			jobs = append(jobs, job(catalog.RunDuel, outlet.Duel, s))
		}
	}
	return jobs, errors.Join(problems...)
}

// times are when a guild's posts and its searches are due, as far as parse takes their
// lines.
func times(guild catalog.Guild, parse func(what, spec string) (schedule.Schedule, bool)) (posts, scrapes []schedule.Schedule) {
	for _, spec := range guild.Schedule {
		if s, ok := parse("schedule", spec); ok {
			posts = append(posts, s)
			scrapes = append(scrapes, s.Earlier(scrapeLead))
		}
	}
	if guild.Scrape == "" {
		return posts, scrapes
	}
	if s, ok := parse("scrape", guild.Scrape); ok {
		return posts, []schedule.Schedule{s}
	}
	return posts, nil
}

// dailyTurn is a slot's turn among the posts, or the searches: of one minute the guilds in
// an order that changes daily.
func (l *Loop) dailyTurn(_ context.Context, slot catalog.Slot) schedule.Turn {
	return schedule.Turn{Rank: slot.At.Unix(), Lot: schedule.Lot(l.seed, slot.GuildID, slot.At)}
}

// atOnce is the turn of what a person waits for.
var atOnce = schedule.Turn{Rank: math.MinInt64}

// post does the work of a post's slot. It searches first if the last search is
// old, because the bot was down when one was due, and trains first if the model
// cannot be read, because the program was updated since. Others post meanwhile.
func (l *Loop) post(ctx context.Context, slot catalog.Slot) error {
	defer l.posting.Leave(ctx)
	if err := l.Freshen(ctx, slot.GuildID); err != nil && ctx.Err() != nil {
		return err
	} // the run records what went wrong; pick from the videos already known
	guild, err := l.guild(ctx, slot.GuildID)
	if err != nil {
		return err
	}
	held, err := l.store.Held(ctx, slot.GuildID)
	if err == nil && len(held) >= guild.Picks {
		// Nothing is ranked, or if a pick fell, by what there is.
	} else if _, err := l.loadChampion(ctx, slot.GuildID); err != nil {
		l.posting.Leave(ctx)
		if _, err := l.Retrain(ctx, slot.GuildID, catalog.BySchedule, "", nil); err != nil && ctx.Err() != nil {
			return err
		} // the run records what went wrong; rank by the rule
	}
	_, err = l.Prepare(ctx, slot, catalog.BySchedule, nil)
	return unlessBusy(err)
}

// Freshen searches now when the guild's newest search is older than twenty hours,
// or there was none. Of those that are on schedule only the first few go before it.
func (l *Loop) Freshen(ctx context.Context, guildID string) error {
	if fresh, err := l.fresh(ctx, guildID); fresh || err != nil {
		return err
	}
	l.posting.Leave(ctx) // others need not wait for the pages
	ctx, leave, err := l.reading.Enter(ctx, atOnce)
	if err != nil {
		return err
	}
	defer leave()
	if fresh, err := l.fresh(ctx, guildID); fresh || err != nil {
		return err // its own search had its turn meanwhile
	}
	_, err = l.Scrape(ctx, guildID, catalog.BySchedule, "", nil)
	return unlessBusy(err)
}

// fresh reports whether a guild's newest search is younger than twenty hours.
func (l *Loop) fresh(ctx context.Context, guildID string) (bool, error) {
	runs, err := l.store.Runs(ctx, guildID, 50)
	if err != nil {
		return false, fmt.Errorf("earlier runs could not be read: %w", err)
	}
	return slices.ContainsFunc(runs, func(r catalog.Run) bool {
		return r.Kind == catalog.RunScrape && (r.Outcome == catalog.OutcomeOK || r.Outcome == catalog.OutcomeDegraded) && l.now().Sub(r.Started) < staleAfter
	}), nil
}

// unlessBusy drops a *BusyError: somebody has just started the same work.
func unlessBusy(err error) error {
	var busy *BusyError
	if errors.As(err, &busy) {
		return nil
	}
	return err
}
