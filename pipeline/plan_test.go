package pipeline_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

// TestJobsWithoutAnOutlet: where nothing is posted a guild needs no channel, and is
// searched for and learned from all the same.
func TestJobsWithoutAnOutlet(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{}, nil)
	guild := catalog.Guild{ID: catalog.LocalGuild, Schedule: []string{"0 18 * * *"}, Retrain: "0 4 * * *", Recap: "0 12 * * 0", Zone: "UTC"}
	jobs, err := b.Jobs(guild, pipeline.Outlet{})
	if err != nil || len(jobs) != 2 || jobs[0].Kind != catalog.RunScrape || jobs[1].Kind != catalog.RunRetrain || jobs[1].Place == nil {
		t.Errorf("jobs %+v, %v", jobs, err)
	}
	guild.Paused = true
	if jobs, err := b.Jobs(guild, pipeline.Outlet{}); err != nil || len(jobs) != 0 {
		t.Errorf("paused, its jobs are %+v, %v", jobs, err)
	}
}

// Duels are asked only where the guild wants them.
func TestDuelsAreOffUntilSwitchedOn(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{}, nil)
	guild := catalog.Guild{ID: guildID, ChannelID: "7", Zone: "Europe/Lisbon"}
	asked := ""
	outlet := pipeline.Outlet{
		Deliver: func(context.Context, string) error { return nil },
		Duel:    func(_ context.Context, slot catalog.Slot) error { asked = slot.Key; return nil },
	}
	if jobs, err := b.Jobs(guild, outlet); err != nil || len(jobs) != 0 {
		t.Errorf("jobs %+v, %v", jobs, err)
	}
	guild.Duels = "0 19 * * 3"
	jobs, err := b.Jobs(guild, outlet)
	if err != nil || len(jobs) != 1 || jobs[0].Kind != catalog.RunDuel {
		t.Fatalf("jobs %+v, %v", jobs, err)
	}
	times := jobs[0].Schedules[0].NextN(b.now, 2)
	if err := jobs[0].Run(t.Context(), catalog.Slot{Key: "x"}); err != nil || asked != "x" || times[1].Sub(times[0]) != 7*24*time.Hour {
		t.Errorf("asked %q at %v, %v", asked, times, err)
	}
}

// TestPostsOfOneMinute: posts of guilds that share a minute are prepared within their
// places, and wait for no other's delivery: all are delivered at the same time.
func TestPostsOfOneMinute(t *testing.T) {
	const guilds = 9 // more than there are places
	b := newBench(t, fakeyoutube.Options{Seed: 3, Videos: 40}, nil)
	b.scrape()
	g, _, err := b.catalog.Guild(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	videos, err := b.catalog.GuildVideos(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	clock := schedule.NewStepped(b.now)
	runner := schedule.NewRunner(clock, b.catalog, nil)
	all := make(chan struct{})
	var mu sync.Mutex
	var at []string // delivering
	deliver := func(ctx context.Context, id string) error {
		mu.Lock()
		if at = append(at, id); len(at) == guilds {
			close(all)
		}
		mu.Unlock()
		select {
		case <-all:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	for i := range guilds {
		if i > 0 {
			g.ID = fmt.Sprint(700000000000000100 + i)
			if err := b.catalog.SaveGuild(t.Context(), g); err != nil {
				t.Fatal(err)
			}
			var found []catalog.Sighting
			for _, v := range videos {
				found = append(found, catalog.Sighting{GuildID: g.ID, Query: "jazz", At: b.now, Video: v.Video})
			}
			if _, err := b.catalog.Observe(t.Context(), found); err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 { // the others search before they post
				run, err := b.catalog.StartRun(t.Context(), catalog.Run{GuildID: g.ID, Kind: catalog.RunScrape, Started: b.now, Outcome: catalog.OutcomeRunning})
				if err != nil {
					t.Fatal(err)
				}
				run.Ended, run.Outcome = b.now, catalog.OutcomeOK
				if err := b.catalog.FinishRun(t.Context(), run); err != nil {
					t.Fatal(err)
				}
			}
		}
		jobs, err := b.Jobs(g, pipeline.Outlet{Deliver: deliver})
		if err != nil {
			t.Fatal(err)
		}
		runner.SetJobs(g.ID, jobs[:1]) // the post
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	ended := make(chan error)
	go func() { ended <- runner.Run(ctx) }()
	<-runner.Ready()
	if err := clock.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	clock.Set(b.now.Add(time.Hour))
	err = clock.Settle(ctx)
	stop()
	<-ended
	if err != nil || len(at) != guilds {
		t.Errorf("%d of %d guilds are delivered at the same time: %v", len(at), guilds, err)
	}
	for _, id := range at {
		if posts, err := b.catalog.Posts(t.Context(), id, b.now.Add(-time.Hour)); err != nil || len(posts) == 0 {
			t.Errorf("%d posts, %v", len(posts), err)
		}
	}
}

// crowdedSource counts who searches at the same time.
type crowdedSource struct {
	slowSource
	mu        sync.Mutex
	all       int
	now, most int
}

func (s *crowdedSource) Search(ctx context.Context, _ youtube.Query) (youtube.Results, error) {
	s.mu.Lock()
	s.all++
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.now--
	}()
	select {
	case <-s.answer:
	case <-ctx.Done():
	}
	return youtube.Results{}, ctx.Err()
}

func (s *crowdedSource) Read(context.Context, []string, func(youtube.Page) error) error { return nil }

// TestOverdueSearchesTakeTurns: of many guilds whose searches are overdue at a start a few
// search at a time, also where a post waits for its search, and all come to it.
func TestOverdueSearchesTakeTurns(t *testing.T) {
	const guilds, atOnce = 24, 4
	b := holdBench(t, nil)
	source := &crowdedSource{slowSource: slowSource{answer: make(chan struct{})}}
	b.options.Source, b.options.PrepareAhead = source, false
	var err error
	if b.Loop, err = pipeline.New(b.options); err != nil {
		t.Fatal(err)
	}
	clock := schedule.NewStepped(b.now)
	runner := schedule.NewRunner(clock, b.catalog, nil)
	g, _, err := b.catalog.Guild(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	g.Queries = g.Queries[:1]
	var searches *schedule.Place
	for i := range guilds {
		g.ID = fmt.Sprint(700000000000000100 + i)
		if i%4 == 0 {
			g.Scrape, g.Schedule = "0 3 * * *", []string{"30 12 * * *"} // a post that searches first
		} else {
			g.Scrape, g.Schedule = "0 12 * * *", nil
		}
		if err := b.catalog.SaveGuild(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		jobs, err := b.Jobs(g, pipeline.Outlet{Deliver: func(context.Context, string) error { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range jobs {
			if j.Kind == catalog.RunScrape {
				searches = j.Place
			}
		}
		runner.SetJobs(g.ID, jobs)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	ended := make(chan error)
	go func() { ended <- runner.Run(ctx) }()
	<-runner.Ready()
	if err := clock.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	clock.Set(b.now.AddDate(0, 0, 1))
	until(t, func() bool { return searches.Waiting() == guilds-atOnce })
	close(source.answer)
	err = clock.Settle(ctx)
	stop()
	<-ended
	source.mu.Lock()
	defer source.mu.Unlock()
	if err != nil || source.most != atOnce || source.all != guilds {
		t.Errorf("%d of %d guilds searched, %d at the same time (%v), want %d", source.all, guilds, source.most, err, atOnce)
	}
}
