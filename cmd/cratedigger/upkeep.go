package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

// upkeep is the jobs of the installation as a whole: the daily backup and the
// end of what is kept for a time.
func (s *service) upkeep() []schedule.Job {
	daily, err := schedule.Parse(fmt.Sprintf("30 %d * * *", s.cfg.Backup.Hour), "UTC")
	if err != nil {
		s.log.Error("no backups are made", "error", err)
		return nil
	}
	return []schedule.Job{{
		GuildID: "all", Kind: "backup", Schedules: []schedule.Schedule{daily},
		Run: func(ctx context.Context, slot catalog.Slot) error { return s.tidy(ctx, slot) },
	}}
}

// tidy forgets what the retention says, then backs up what is left, so that a
// backup does not keep what was to be forgotten.
func (s *service) tidy(ctx context.Context, slot catalog.Slot) error {
	run, err := s.store.StartRun(catalog.Run{Kind: "backup", Slot: slot.Key, By: "schedule"})
	if err != nil {
		return fmt.Errorf("the backup could not be noted: %w", err)
	}
	run.Counts = map[string]int{}
	if configuredSource(s.cfg) == sourceAPI {
		// Two days before its age is reached, and 1,000 of a day's calls at most.
		if _, err := s.loop.Refresh(ctx, youtube.APIMaxAge-48*time.Hour, 50_000); err != nil {
			s.log.Warn("data of the YouTube API is read again tomorrow", "error", err)
		}
	}
	forgotten, err := s.forget()
	run.Counts["votes_forgotten"] = forgotten
	if s.cfg.Backup.Keep > 0 {
		path, berr := s.catalog.BackupDaily(ctx, s.cfg.Backup.Keep)
		if berr == nil {
			run.Counts["backups"] = 1
			s.log.Info("the catalogue was backed up", "file", path)
		}
		err = errors.Join(err, berr)
	}
	run.Ended, run.Outcome = s.clock.Now().UTC(), "ok"
	if err != nil {
		run.Outcome, run.Error = "failed", err.Error()
	}
	return errors.Join(err, s.store.FinishRun(run))
}

// forget drops what is older than the retention.
func (s *service) forget() (votes int, err error) {
	r, now := s.cfg.Retention, s.clock.Now()
	before := func(keep time.Duration) time.Time {
		if keep <= 0 {
			return time.Time{}
		}
		return now.Add(-keep)
	}
	votes, err = s.catalog.Prune(before(r.Votes), before(r.Runs))
	return votes, errors.Join(err, s.forgetLeft(before(r.LeftGuilds)))
}

// forgetLeft drops the guilds that the bot has not been in since a time; the
// zero time drops none.
func (s *service) forgetLeft(since time.Time) error {
	guilds, err := s.catalog.Guilds()
	for _, g := range guilds {
		if !g.LeftAt.IsZero() && g.LeftAt.Before(since) {
			s.log.Info("the data of a guild that was left long ago is dropped", "guild", g.ID, "left", g.LeftAt)
			err = errors.Join(err, s.catalog.ForgetGuild(g.ID))
		}
	}
	return err
}
