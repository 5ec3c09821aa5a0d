package pipeline

import (
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

func TestScoresOfQuietGuildsAreLetGo(t *testing.T) {
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	held := func(age time.Duration) *ranker {
		return &ranker{scoredAt: now.Add(-age), videos: make([]catalog.Video, 3), scores: make([]taste.Score, 3)}
	}
	l := &Loop{now: func() time.Time { return now }, rankers: map[string]*ranker{
		"old": held(scoresKeep), "young": held(scoresKeep - time.Second), "in use": held(2 * scoresKeep),
	}}
	l.rankers["in use"].mu.Lock()
	l.dropStale()
	for name, kept := range map[string]bool{"old": false, "young": true, "in use": true} {
		if r := l.rankers[name]; (r.videos != nil) != kept || (r.scores != nil) != kept {
			t.Errorf("%s: videos and scores are held: %v, %v", name, r.videos != nil, r.scores != nil)
		}
	}
}
