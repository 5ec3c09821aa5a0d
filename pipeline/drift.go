package pipeline

import (
	"context"
	"fmt"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// driftHistory is how many earlier scrapes a run is compared with.
const driftHistory = 30

// cover adds a page's coverage to the run.
func (s *scraping) cover(kind string, stats youtube.PageStats) {
	if s.run.Coverage == nil {
		s.run.Coverage = map[string]catalog.Coverage{}
	}
	sum := youtube.PageStats(s.run.Coverage[kind])
	sum.Add(stats)
	s.run.Coverage[kind] = catalog.Coverage(sum)
}

// drift compares the run's coverage with that of earlier successful scrapes of
// all guilds, since all guilds read the same kinds of pages.
func (s *scraping) drift(ctx context.Context) ([]string, error) {
	runs, err := s.store.Runs(ctx, "", 10*driftHistory)
	if err != nil {
		return nil, fmt.Errorf("earlier runs could not be read: %w", err)
	}
	var alarms []string
	for _, kind := range sortedKeys(s.run.Coverage) {
		var history []youtube.PageStats
		for _, r := range runs {
			if c, ok := r.Coverage[kind]; ok && r.Kind == catalog.RunScrape && r.Outcome == catalog.OutcomeOK && len(history) < driftHistory {
				history = append(history, youtube.PageStats(c))
			}
		}
		alarms = append(alarms, youtube.Drift(kind, history, youtube.PageStats(s.run.Coverage[kind]))...)
	}
	return alarms, nil
}
