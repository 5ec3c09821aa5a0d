package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

// refreshAfter is the age of a watch page from which a video is read in full
// again when a query finds it.
const refreshAfter = 14 * 24 * time.Hour

// scrapeStore is what scraping asks of the catalogue.
type scrapeStore interface {
	Observe(ctx context.Context, sightings []catalog.Sighting) (added int, err error)
	GuildVideos(ctx context.Context, guildID string) ([]catalog.Video, error)
	Guild(ctx context.Context, id string) (catalog.Guild, bool, error)
}

// Scrape searches YouTube for every query of a guild and reads the watch pages
// of new videos, the most promising first, within the guild's share of the day's
// pages. slot is "" unless the schedule started it. Pages read before an error are
// kept. A run whose pages look changed ends degraded. After a search the picks of the
// next post are prepared ahead (see prepareNext).
func (l *Loop) Scrape(ctx context.Context, guildID string, by catalog.Asker, slot string, progress Progress) (catalog.Run, error) {
	run, err := l.scrape(ctx, guildID, by, slot, 0, progress)
	if err == nil {
		l.prepareNext(ctx, guildID, by)
	}
	return run, err
}

// scrape is Scrape. If quick > 0 it reads one result page a query and at most
// quick watch pages.
func (l *Loop) scrape(ctx context.Context, guildID string, by catalog.Asker, slot string, quick int, progress Progress) (catalog.Run, error) {
	guild, err := l.guild(ctx, guildID)
	if err != nil {
		return catalog.Run{}, err
	}
	if len(guild.Queries) == 0 {
		return catalog.Run{}, errors.New("the guild has no queries yet: choose some with /setup or /cratedigger queries, or on the dashboard's page Settings; without Discord, set defaults.queries in the configuration")
	}
	run := catalog.Run{GuildID: guildID, Kind: catalog.RunScrape, By: by, Slot: slot}
	progress = l.runs.follow(run.Kind, guildID, progress)
	return l.runs.do(ctx, run, func(ctx context.Context, run *catalog.Run) error {
		l.log.InfoContext(ctx, "a search begins", "searches", len(guild.Queries), "pause", l.opts.Pause)
		s := scraping{Loop: l, guild: guild, run: run, progress: progress, found: map[string]bool{}}
		if err := s.search(ctx, quick > 0); err != nil {
			return err
		}
		return s.read(ctx, quick)
	})
}

// scraping is one run of Scrape.
type scraping struct {
	*Loop
	guild    catalog.Guild
	run      *catalog.Run
	progress Progress
	found    map[string]bool // ids on this run's result pages
}

// degrade records problems that do not end the run.
func (s *scraping) degrade(alarms ...string) {
	if len(alarms) > 0 {
		s.run.Outcome = catalog.OutcomeDegraded
		s.run.Alarms = append(s.run.Alarms, alarms...)
	}
}

// search reads the result pages of all queries and keeps their rows.
func (s *scraping) search(ctx context.Context, onePage bool) error {
	failed := 0
	var last error
	for i, query := range s.guild.Queries {
		s.progress.report("searching", i, len(s.guild.Queries))
		if onePage {
			query.Pages = 1
		}
		results, err := s.source.Search(ctx, query)
		s.run.Counts["pages"] += results.Pages
		for _, kind := range sortedKeys(results.Coverage) {
			s.cover(kind, results.Coverage[kind])
		}
		if len(results.Alarms) > 0 {
			// Values from a page that has changed are not trusted, and not kept.
			s.degrade(results.Alarms...)
		} else if err := s.keepRows(ctx, query, results.Videos); err != nil {
			return err
		}
		if err == nil {
			continue
		}
		last = fmt.Errorf("query %q: %w", queryName(query), err)
		if stopsScrape(ctx, err) {
			if len(s.found) == 0 || ctx.Err() != nil {
				return last
			}
			s.degrade(last.Error())
			return nil // go on with what was read so far
		}
		if !errors.Is(err, youtube.ErrNoFeed) { // a feed may be missing for weeks
			failed++
		}
		s.degrade(last.Error())
	}
	s.progress.report("searching", len(s.guild.Queries), len(s.guild.Queries))
	if failed == len(s.guild.Queries) {
		return fmt.Errorf("every query failed, the last with %w; the videos known from before were kept", last)
	}
	return nil
}

// keepRows writes the result rows of one query to the catalogue.
func (s *scraping) keepRows(ctx context.Context, query youtube.Query, videos []youtube.Video) error {
	sightings := make([]catalog.Sighting, len(videos))
	for i, v := range videos {
		s.found[v.ID] = true
		sightings[i] = catalog.Sighting{Video: v, At: s.now().UTC(), GuildID: s.guild.ID, Query: queryName(query)}
	}
	added, err := s.store.Observe(ctx, sightings)
	if err != nil {
		return fmt.Errorf("what query %q found could not be kept: %w", queryName(query), err)
	}
	s.run.Counts["found"] += len(videos)
	s.run.Counts["new"] += added
	return nil
}

// read reads the watch pages of the found videos that need it.
func (s *scraping) read(ctx context.Context, quick int) error {
	ids, err := s.toRead(ctx)
	if err != nil {
		return err
	}
	wanted := len(ids)
	if quick > 0 {
		wanted = min(wanted, quick)
	}
	limit := s.shares.share(ctx, s.guild.ID, wanted)
	s.run.Counts["left_for_later"] = len(ids) - limit
	if short := wanted - limit; short > 0 {
		s.run.Counts[catalog.CountShort] = short
	}
	ids = ids[:limit]

	done := 0
	if len(ids) > 0 {
		s.log.InfoContext(ctx, "the pages of videos are read now", "pages", len(ids), "about", (time.Duration(len(ids)) * s.opts.Pause).Round(time.Second))
	}
	s.progress.report("reading", 0, len(ids))
	err = s.source.Read(ctx, ids, func(page youtube.Page) error {
		done++
		s.progress.report("reading", done, len(ids))
		s.cover(page.Kind(), page.Stats())
		s.run.Counts["read"]++
		if page.Status != youtube.StatusOK {
			s.run.Counts["status_"+string(page.Status)]++
		}
		return s.keepPage(ctx, page, catalog.Sighting{})
	})
	if err != nil {
		if ctx.Err() != nil || done == 0 && s.run.Counts["found"] == 0 {
			return fmt.Errorf("reading watch pages: %w", err)
		}
		s.degrade(err.Error()) // what was read before is kept
	}
	alarms, err := s.drift(ctx)
	s.degrade(alarms...)
	return err
}

// toRead returns the ids of the videos whose watch page is to be read: first those that
// were found and never read, by the rule's score of their result rows, then those that a
// recovery brought back, then those read long ago.
func (s *scraping) toRead(ctx context.Context) ([]string, error) {
	history, err := s.history(ctx, s.guild.ID)
	if err != nil {
		return nil, err
	}
	turn := schedule.Turn{Rank: s.run.Started.Unix(), Lot: schedule.Lot(s.seed, s.guild.ID, s.run.Started)}
	if s.run.By != catalog.BySchedule {
		turn = atOnce
	}
	ctx, leave, err := s.ahead.Enter(ctx, turn) // many guilds may search at once
	if err != nil {
		return nil, err
	}
	defer leave()
	r, err := s.candidates(ctx, s.guild, history)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var fresh, stale []Ranked
	for _, r := range r.list {
		switch v := r.Video; {
		case !s.found[v.ID]:
		case v.DetailedAt.IsZero():
			fresh = append(fresh, r)
		case now.Sub(v.DetailedAt) > refreshAfter && !r.Posted:
			stale = append(stale, r)
		}
	}
	slices.SortStableFunc(stale, func(a, b Ranked) int { return cmp.Compare(b.Score, a.Score) })
	recovered, err := s.recovered(ctx, history)
	if err != nil {
		return nil, err
	}
	var ids []string
	listed := map[string]bool{}
	add := func(id string) {
		if !listed[id] {
			listed[id] = true
			ids = append(ids, id)
		}
	}
	for _, r := range fresh {
		add(r.Video.ID)
	}
	for _, id := range recovered {
		add(id)
	}
	for _, r := range stale {
		add(r.Video.ID)
	}
	return ids, nil
}

// recovered returns the videos of posts that were read from Discord again, and of which
// little more than the title is known until their page is read: the newest first.
func (s *scraping) recovered(ctx context.Context, history catalog.History) (ids []string, err error) {
	for _, p := range slices.Backward(history.Posts) {
		if p.Policy == catalog.PolicyRecovered {
			ids = append(ids, p.VideoID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	videos, err := s.store.VideosByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("the videos of recovered posts could not be read: %w", err)
	}
	return slices.DeleteFunc(ids, func(id string) bool { return !videos[id].DetailedAt.IsZero() }), nil
}

// keepPage writes a watch page to the catalogue. sighting names the guild and the
// member it was read for.
func (l *Loop) keepPage(ctx context.Context, page youtube.Page, sighting catalog.Sighting) error {
	sighting.Status, sighting.At, sighting.Detailed, sighting.Neighbours = page.Status, l.now().UTC(), true, page.Neighbours
	if page.Video != nil {
		sighting.Video = *page.Video
	}
	if sighting.Video.ID == "" {
		sighting.Video.ID = page.ID // the video is gone: keep its new status
	}
	if _, err := l.store.Observe(ctx, []catalog.Sighting{sighting}); err != nil {
		return fmt.Errorf("what the page of video %s says could not be kept: %w", page.ID, err)
	}
	return nil
}

// queryName is the name of a query in the catalogue's finds.
func queryName(q youtube.Query) string {
	return cmp.Or(q.Text, q.Channel)
}

// stopsScrape reports whether err ends the whole scrape and not only one query:
// YouTube refuses us, the day's pages are used up, or ctx ended.
func stopsScrape(ctx context.Context, err error) bool {
	var blocked *youtube.BlockedError
	return ctx.Err() != nil || errors.As(err, &blocked) || errors.Is(err, youtube.ErrQuota) || errors.Is(err, youtube.ErrConsent)
}
