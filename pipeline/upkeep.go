package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
)

// upkeepStore is what upkeep asks of the catalogue.
type upkeepStore interface {
	Guilds(context.Context) ([]catalog.Guild, error)
	Prune(ctx context.Context, votesBefore, logsBefore time.Time) (votes int, err error)
	ForgetGuild(ctx context.Context, guildID string) error
	ReadSongs(ctx context.Context) (changed int, err error)
	SongsCurrent(context.Context) (bool, error)
}

// Backups makes the daily backups of the catalogue, and keeps its file small.
type Backups interface {
	// BackupDaily makes the day's backup and drops the oldest beyond keep.
	BackupDaily(ctx context.Context, keep int) (path string, err error)
	// Compact gives free space of the file back if that pays, and returns how many bytes.
	Compact(ctx context.Context) (given int64, err error)
}

// Upkeep configures the daily retention and backup of the installation.
type Upkeep struct {
	Hour    int // of each day, UTC
	Backups int // daily backups to keep; 0, or without Options.Backups: none are made

	// Retention times; 0 means for ever.
	Votes, Runs, LeftGuilds time.Duration
	// Refresh is the age from which a video is read again; 0 means never.
	Refresh time.Duration
}

// refreshMost is how many videos are read again in a day at most: 1,000 calls of
// the official API.
const refreshMost = 50_000

// AllGuilds stands for a guild in the jobs that concern all of them.
const AllGuilds = "all"

// Upkeep returns the jobs of the whole installation: retention and the daily
// backup.
func (l *Loop) Upkeep(u Upkeep) ([]schedule.Job, error) {
	daily, err := schedule.Parse(fmt.Sprintf("30 %d * * *", u.Hour), "UTC")
	if err != nil {
		return nil, fmt.Errorf("the hour of the daily backup: %w", err)
	}
	return []schedule.Job{{
		GuildID: AllGuilds, Kind: catalog.RunBackup, Schedules: []schedule.Schedule{daily},
		Run: func(ctx context.Context, slot catalog.Slot) error { return l.tidy(ctx, slot, u) },
	}}, nil
}

// tidy deletes what is past its retention and then makes the backup, so that the
// backup does not keep what was to be deleted. Then it gives free space back, and reads
// what people told of.
func (l *Loop) tidy(ctx context.Context, slot catalog.Slot, u Upkeep) error {
	run := catalog.Run{Kind: catalog.RunBackup, Slot: slot.Key, By: catalog.BySchedule}
	_, err := l.runs.do(ctx, run, func(ctx context.Context, run *catalog.Run) error {
		if u.Refresh > 0 {
			if _, err := l.Refresh(ctx, u.Refresh, refreshMost); err != nil {
				l.log.WarnContext(ctx, "data of the YouTube API is read again tomorrow", "error", err)
			}
		}
		songs, err := l.store.ReadSongs(ctx)
		run.Counts["songs"] = songs
		if err != nil {
			l.log.WarnContext(ctx, "songs are read again tomorrow", "error", err)
		}
		forgotten, err := l.forget(ctx, u)
		run.Counts["votes_forgotten"] = forgotten
		if u.Backups > 0 && l.opts.Backups != nil {
			path, berr := l.opts.Backups.BackupDaily(ctx, u.Backups)
			if berr == nil {
				run.Counts["backups"] = 1
				l.log.InfoContext(ctx, "the catalogue was backed up", "file", path)
			}
			err = errors.Join(err, berr)
		}
		l.compact(ctx)
		// Last, for it may take minutes.
		told, terr := l.readTold(ctx)
		run.Counts["told"] = told
		if terr != nil {
			l.log.WarnContext(ctx, "videos that people told of are read tomorrow", "error", terr)
		}
		return err
	})
	return err
}

// compact gives the free space of the catalogue's file back when that pays.
func (l *Loop) compact(ctx context.Context) {
	if l.opts.Backups == nil {
		return
	}
	switch given, err := l.opts.Backups.Compact(ctx); {
	case err != nil:
		l.log.WarnContext(ctx, "free space of the catalogue's file is given back another day", "error", err)
	case given != 0:
		l.log.InfoContext(ctx, "free space of the catalogue's file was given back", "mb", given>>20)
	}
}

// RenewSongs reads the songs of all videos anew if an earlier program kept them.
// Meanwhile every row is read by today's rules, only slower.
func (l *Loop) RenewSongs(ctx context.Context) error {
	current, err := l.store.SongsCurrent(ctx)
	if err != nil || current {
		return err
	}
	changed, err := l.store.ReadSongs(ctx)
	if err == nil {
		l.log.InfoContext(ctx, "the songs of all videos were read", "changed", changed)
	}
	return err
}

// forget deletes votes, runs and left guilds that are past their retention.
func (l *Loop) forget(ctx context.Context, u Upkeep) (votes int, err error) {
	now := l.now()
	before := func(keep time.Duration) time.Time {
		if keep <= 0 {
			return time.Time{}
		}
		return now.Add(-keep)
	}
	votes, err = l.store.Prune(ctx, before(u.Votes), before(u.Runs))
	return votes, errors.Join(err, l.forgetLeft(ctx, before(u.LeftGuilds)))
}

// forgetLeft deletes the guilds that the bot left before since; a zero since
// deletes none.
func (l *Loop) forgetLeft(ctx context.Context, since time.Time) error {
	guilds, err := l.store.Guilds(ctx)
	for _, g := range guilds {
		if !g.LeftAt.IsZero() && g.LeftAt.Before(since) {
			l.log.InfoContext(ctx, "the data of a guild that was left long ago is dropped", "guild", g.ID, "left", g.LeftAt)
			err = errors.Join(err, l.store.ForgetGuild(ctx, g.ID))
		}
	}
	return err
}
