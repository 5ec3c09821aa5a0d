package pipeline_test

import (
	"testing"

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
	if err != nil || len(jobs) != 2 || jobs[0].Kind != catalog.RunScrape || jobs[1].Kind != catalog.RunRetrain {
		t.Errorf("jobs %+v, %v", jobs, err)
	}
	guild.Paused = true
	if jobs, err := b.Jobs(guild, pipeline.Outlet{}); err != nil || len(jobs) != 0 {
		t.Errorf("paused, its jobs are %+v, %v", jobs, err)
	}
}
