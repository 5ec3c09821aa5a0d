package pipeline_test

import (
	"context"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
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
