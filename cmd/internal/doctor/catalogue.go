package doctor

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/taste"
)

// store is what is examined of the catalogue.
type store interface {
	VideoCount(context.Context) (int, error)
	Guilds(context.Context) ([]catalog.Guild, error)
	Slot(ctx context.Context, slotKey string) (catalog.Slot, bool, error)
	LastSent(ctx context.Context, guildID string) (catalog.Slot, bool, error)
	Runs(ctx context.Context, guildID string, limit int) ([]catalog.Run, error)
	ChampionCard(ctx context.Context, guildID string) (catalog.Model, bool, error)
	History(ctx context.Context, guildID string) (catalog.History, error)
	Refused(ctx context.Context, guildID string) ([]catalog.Outbox, error)
	Pending(ctx context.Context, guildID string) ([]catalog.Outbox, error)
	Counter(ctx context.Context, name string) (uint64, error)
}

// catalogue examines the contents of the catalogue.
func (d *doctor) catalogue(c store) {
	const area = "catalogue"
	videos, err := c.VideoCount(d.ctx)
	if err == nil {
		_, err = c.Guilds(d.ctx)
	}
	if err != nil {
		d.fail(area, catalogueFix(err), "The catalogue cannot be read: %v.", err)
		return
	}
	size := "an unknown size"
	path := filepath.Join(d.cfg.DataDir, app.CatalogueFile)
	if info, err := os.Stat(path); err == nil {
		size = megabytes(info.Size())
	}
	d.ok(area, "The catalogue holds %d videos in %s, and its schema is this version's.", videos, size)
	if file, err := d.parts.File(); err != nil {
		d.ok("data folder", "The catalogue is not kept there: the disk of its server is not looked at.")
	} else if free, restricted, ok := file.Space(); ok && restricted {
		d.fail("data folder", "Free some space, or move the folder (docs/operating.md).", "Only %s are free on its disk: nothing but votes is written.", megabytes(int64(free)))
	} else if ok {
		d.ok("data folder", "%s are free on its disk.", megabytes(int64(free)))
	}
	d.backups()
	guilds := d.guilds()
	if left := d.left(); len(guilds) == 0 && len(left) > 0 {
		d.warn("guilds", "Invite it again (docs/getting-started.md).", "The bot is in no guild any more; the last to remove it was %s.",
			nameOf(slices.MaxFunc(left, func(a, b catalog.Guild) int { return a.LeftAt.Compare(b.LeftAt) })))
	} else if len(guilds) == 0 {
		d.warn("guilds", "Invite the bot (docs/getting-started.md) and let it run.", "The bot is in no guild yet.")
	}
	for _, g := range guilds {
		d.guild(c, g)
		d.runs(c, g)
		d.model(c, g)
		d.votes(c, g)
		d.refused(c, g)
	}
	d.outbox(c)
	d.pages(c, "UTC")
}

func megabytes(n int64) string {
	if n >= 10<<30 {
		return fmt.Sprintf("%d GB", n>>30)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// backups looks at the age of the newest backup.
func (d *doctor) backups() {
	const area = "backups"
	if _, err := d.parts.File(); err != nil {
		d.ok(area, "The catalogue is not kept in one file: its server's own tools back it up.")
		return
	}
	if d.cfg.Backup.Keep == 0 {
		d.warn(area, "Set backup.keep to 7, or be sure that something else copies the data folder.", "No backups are made: backup.keep is 0.")
		return
	}
	const fix = "Look for \"backup\" in the log; `cratedigger backup` makes one now and says what is in the way."
	const late = 49 * time.Hour // two daily backups were missed
	now := d.Now()
	all := app.Backups(d.cfg)
	if len(all) == 0 {
		// The file catalogue.id is as old as the catalogue.
		info, err := os.Stat(filepath.Join(d.cfg.DataDir, app.CatalogueFile+".id"))
		if err == nil && now.Sub(info.ModTime()) > late {
			d.warn(area, fix, "There is no backup, and the catalogue is %s old.", days(now.Sub(info.ModTime())))
			return
		}
		d.ok(area, "There is no backup yet; the first is made within a day.")
		return
	}
	info, err := os.Stat(all[0])
	if err != nil {
		d.warn(area, fix, "The newest backup cannot be read: %v.", err)
		return
	}
	if age := now.Sub(info.ModTime()); age > late {
		d.warn(area, fix, "The newest backup is %s old: %s.", days(age), filepath.Base(all[0]))
		return
	}
	d.ok(area, "The newest backup is %s; kept: %d.", filepath.Base(all[0]), len(all))
}

// days writes a duration for people.
func days(age time.Duration) string {
	if age < 48*time.Hour {
		return fmt.Sprintf("%d hours", int(age.Hours()))
	}
	return fmt.Sprintf("%d days", int(age.Hours()/24))
}

// guild looks at one guild's settings and when its schedule fires next.
func (d *doctor) guild(c store, g catalog.Guild) {
	const area = "guilds"
	name := nameOf(g)
	if g.Paused {
		d.warn(area, d.do("An administrator resumes with /cratedigger pause, once the reason is gone.", "Resume on the dashboard's page Settings."), "%s is paused: %s", name, cmp.Or(g.PauseReason, "no reason was given."))
	}
	if g.ChannelID == "" && !d.local {
		d.warn(area, "An administrator of the server runs /setup.", "%s has no channel yet.", name)
	}
	if len(g.Queries) == 0 {
		d.warn(area, d.do("An administrator adds some with /setup or /cratedigger queries.", "Write some on the dashboard's page Settings, or set defaults.queries."), "%s has no queries, so nothing is found.", name)
	}
	failed := false
	for _, spec := range g.Schedule {
		if _, err := schedule.Parse(spec, g.Zone); err != nil {
			d.fail("schedule", d.do("Correct it with /cratedigger schedule.", "Correct it on the dashboard's page Settings."), "%s: %v.", name, err)
			failed = true
		}
	}
	next, err := pipeline.NextPosts(d.ctx, g, d.Now(), 3, c.Slot)
	if err != nil {
		d.fail("schedule", catalogueFix(err), "%s: %v.", name, err)
		failed = true
	}
	for kind, spec := range map[string]string{"search": g.Scrape, "training": g.Retrain, "recap": g.Recap, "duels": g.Duels} {
		if spec == "" {
			continue
		}
		if _, err := schedule.Parse(spec, g.Zone); err != nil {
			d.fail("schedule", d.do("Correct it with /cratedigger schedule.", "Correct it on the dashboard's page Settings."), "%s, %s: %v.", name, kind, err)
			failed = true
		}
	}
	switch {
	case failed || d.local: // nothing is posted
	case len(next) == 0:
		d.warn("schedule", "Set a time with /cratedigger schedule.", "%s has no schedule, so nothing is posted by itself.", name)
	default:
		var times []string
		for _, slot := range next {
			times = append(times, schedule.In(slot.At, g.Zone).Format("Mon 2 Jan 15:04 MST"))
		}
		d.ok("schedule", "%s posts next on %s.", name, strings.Join(times, ", "))
	}
	d.late(c, g)
}

// late says whether a guild's newest post came later than its minute.
func (d *doctor) late(c store, g catalog.Guild) {
	const area = "schedule"
	late, err := pipeline.Late(d.ctx, c, g.ID, func(at time.Time) (int, error) {
		if d.sharing == nil {
			d.sharing = map[time.Time]int{}
		}
		if _, known := d.sharing[at]; !known {
			d.sharing[at] = pipeline.Sharing(d.guilds(), at)
		}
		return d.sharing[at], nil
	})
	n := late.Minutes()
	minutes := fmt.Sprintf("%d minutes", n)
	if n == 1 {
		minutes = "1 minute"
	}
	switch {
	case err != nil:
		d.fail(area, catalogueFix(err), "%s: %v.", nameOf(g), err)
	case late.Sharing > 0:
		d.warn(area, "Choose another minute with /cratedigger schedule.", "%s: the last post came %s late: %d servers share this minute.", nameOf(g), minutes, late.Sharing)
	case late.By > 0:
		d.warn(area, "See the log for what was in the way; a post that is missed while the bot does not run is made up for within six hours.", "%s: the last post came %s late.", nameOf(g), minutes)
	}
}

// do chooses the advice about a guild: for Discord, or for a guild without it.
func (d *doctor) do(inDiscord, local string) string {
	if d.local {
		return local
	}
	return inDiscord
}

// runs looks at the newest scrape of a guild.
func (d *doctor) runs(c store, g catalog.Guild) {
	const area = "searches"
	runs, err := c.Runs(d.ctx, g.ID, 50)
	if err != nil {
		d.fail(area, catalogueFix(err), "The runs of %s cannot be read: %v.", nameOf(g), err)
		return
	}
	for _, run := range runs {
		if run.Kind != catalog.RunScrape || run.Ended.IsZero() {
			continue
		}
		when := schedule.In(run.Ended, g.Zone).Format("2 Jan 15:04 MST")
		switch {
		case run.Outcome == catalog.OutcomeFailed:
			d.warn(area, "The next search tries again; `cratedigger doctor` says whether YouTube can be reached, and what helps.", "%s: the search of %s failed: %s", nameOf(g), when, run.Error)
		case len(run.Alarms) > 0:
			d.warn(area, "YouTube has probably changed its pages: install the newest version, or use the official API (youtube.api_key).",
				"%s: the search of %s found pages that have changed: %s", nameOf(g), when, strings.Join(run.Alarms, "; "))
		case d.Now().Sub(run.Ended) > 3*24*time.Hour && !g.Paused:
			d.warn(area, "See whether the bot runs and its schedule fires.", "%s: the newest search is %s old.", nameOf(g), days(d.Now().Sub(run.Ended)))
		case run.Counts[catalog.CountShort] > 0:
			d.warn(area, "They come on the next days. youtube.pages_per_day changes how many pages are read, and the official API (youtube.api_key) needs none.",
				"%s: the search of %s left %d videos unread, as the day's pages of YouTube are shared by all servers.", nameOf(g), when, run.Counts[catalog.CountShort])
		default:
			d.ok(area, "%s: the search of %s ended %s.", nameOf(g), when, run.Outcome)
		}
		return
	}
	d.ok(area, "%s: nothing was searched yet.", nameOf(g))
}

// model looks at the champion of a guild.
func (d *doctor) model(c store, g catalog.Guild) {
	const area = "models"
	m, found, err := c.ChampionCard(d.ctx, g.ID)
	if err != nil {
		d.fail(area, "cratedigger train trains a new one.", "The model of %s cannot be read: %v.", nameOf(g), err)
		return
	}
	if !found {
		d.ok(area, "%s: %s", nameOf(g), taste.Ranker{})
		return
	}
	card, err := taste.ReadCard(m.Card)
	if err != nil {
		d.fail(area, "cratedigger train trains a new one.", "%s: %v.", nameOf(g), err)
		return
	}
	disliked := card.Labels - card.Liked
	switch {
	case card.Labels > 0 && (card.Liked == 0 || disliked == 0):
		d.warn(area, "Ask members for both 👍 and 👎 (/label asks for both).",
			"%s: all of the %d labels are of one class, so nothing can be told apart.", nameOf(g), card.Labels)
	case card.Rule != "":
		d.ok(area, "%s: %s %d labels so far.", nameOf(g), taste.Ranker{Champion: m.Version, Rule: card.Rule}, card.Labels)
	case card.Ensemble != nil && card.Prior != nil && card.Ensemble.LogLoss > card.Prior.LogLoss:
		d.warn(area, "More votes help most; `cratedigger evaluate` shows the learners one by one.",
			"%s: version %d ranks better than chance, but its probabilities are no better than guessing the base rate (log loss %.3f against %.3f on %d labels).",
			nameOf(g), m.Version, card.Ensemble.LogLoss, card.Prior.LogLoss, card.Labels)
	case d.Now().Sub(m.CreatedAt) > 14*24*time.Hour && !g.Paused:
		d.warn(area, "See \"retrain\" in the log, or run `cratedigger train`.", "%s: the model is %s old.", nameOf(g), days(d.Now().Sub(m.CreatedAt)))
	default:
		text := fmt.Sprintf("%s: version %d, %d labels (%d liked, %d not)", nameOf(g), m.Version, card.Labels, card.Liked, disliked)
		if f := card.Ensemble; f != nil {
			text += fmt.Sprintf(", average precision %.3f, ROC AUC %.3f, log loss %.3f", f.AveragePrecision, f.ROCAUC, f.LogLoss)
		}
		d.ok(area, "%s.", text)
	}
}

// votes says how many votes a guild has cast, and how it took to its last picks.
func (d *doctor) votes(c store, g catalog.Guild) {
	const area = "votes"
	history, err := c.History(d.ctx, g.ID)
	if err != nil {
		d.fail(area, catalogueFix(err), "The votes of %s cannot be read: %v.", nameOf(g), err)
		return
	}
	votes := "votes"
	if history.Cast() == 1 {
		votes = "vote"
	}
	text := fmt.Sprintf("%s: %d %s", nameOf(g), history.Cast(), votes)
	if weeks := pipeline.HitsByWeek(history, d.Now()); len(weeks) > 0 && weeks[len(weeks)-1].Picks > 0 {
		last := weeks[len(weeks)-1]
		text += fmt.Sprintf("; of the last seven days %d of %d picks were liked", last.Liked, last.Picks)
	}
	d.ok(area, "%s.", text)
}

// refused looks for messages of a guild that Discord did not take.
func (d *doctor) refused(c store, g catalog.Guild) {
	const area = "outbox"
	rows, err := c.Refused(d.ctx, g.ID)
	switch {
	case err != nil:
		d.fail(area, catalogueFix(err), "The outbox of %s cannot be read: %v.", nameOf(g), err)
	case len(rows) > 0:
		last := rows[len(rows)-1]
		d.warn(area, "See the channel's permissions below; an administrator chooses another channel with /setup.",
			"%s: %d messages were not sent, the last of %s: %s", nameOf(g), len(rows), schedule.In(last.CreatedAt, g.Zone).Format("2 Jan 15:04 MST"), last.Error)
	}
}

// outbox looks for messages that do not get out.
func (d *doctor) outbox(c store) {
	const area = "outbox"
	pending, err := c.Pending(d.ctx, "")
	if err != nil {
		d.fail(area, catalogueFix(err), "The outbox cannot be read: %v.", err)
		return
	}
	stuck, reason := 0, ""
	for _, row := range pending {
		if d.Now().Sub(row.CreatedAt) > time.Hour {
			stuck++
			if row.Error != "" {
				reason = " The last error: " + row.Error
			}
		}
	}
	if stuck > 0 {
		d.warn(area, "Messages are sent while the bot runs; see the channels' permissions below and the log.",
			"%d messages wait for more than an hour to be sent.%s", stuck, reason)
		return
	}
	d.ok(area, "%d messages wait to be sent.", len(pending))
}
