package taste

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// frequent are the commonest words of a crate: ones that have a meaning.
var frequent = strings.Fields(`love night blue piano song heart live summer dance guitar rain jazz
	moon soul fire blues dream rock river house light trumpet dark morning gold street`)

// crate makes a catalogue of n videos, with titles of words by Zipf's law, and
// labels for the first of them by a hidden taste for some words and channels.
func crate(n, labelled int, seed uint64) ([]catalog.Video, []Label) {
	rng := rand.New(rand.NewPCG(seed, 3))
	zipf := rand.NewZipf(rng, 1.3, 8, 6000)
	word := func() string {
		k := zipf.Uint64()
		if k < uint64(len(frequent)) {
			return frequent[k]
		}
		var b strings.Builder
		for range 2 + k%3 {
			b.WriteString([]string{"ba", "lo", "mi", "ter", "so", "ran", "ku", "vel", "dri", "na", "pho", "ess"}[k%12])
			k = k*2654435761/7 + 3
		}
		return b.String()
	}
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	videos := make([]catalog.Video, n)
	var labels []Label
	for i := range videos {
		var title, description []string
		for range 4 + rng.IntN(6) {
			title = append(title, word())
		}
		for range 10 + rng.IntN(20) {
			description = append(description, word())
		}
		channel := rng.IntN(n/8 + 1)
		views, likes, seconds := int64(rng.ExpFloat64()*1e5), int64(rng.ExpFloat64()*1e3), int64(60+rng.IntN(500))
		v := youtube.Video{ID: fmt.Sprintf("v%010d", i), Title: strings.Join(title, " "), Description: strings.Join(description, " "),
			Channel: fmt.Sprint("channel ", channel), ChannelID: fmt.Sprintf("UC%022d", channel), Category: "Music",
			Tags: []string{title[0], title[1]}, Views: &views, Likes: &likes, DurationSeconds: &seconds,
			Published: youtube.Date{Time: now.Add(-time.Duration(rng.IntN(5000)) * time.Hour)}}
		videos[i] = catalog.Video{Video: v, Song: song.Song{Artists: []string{fmt.Sprint("artist ", channel)}, Confidence: 0.95}, Status: youtube.StatusOK, DetailedAt: now, Queries: []string{"q" + fmt.Sprint(i%7)},
			Observations: []catalog.Observation{{At: now, Views: &views, Likes: &likes}}}
		if i < labelled {
			like := 0.0
			if strings.Contains(v.Title, "lo") != (rng.Float64() < 0.2) && channel%3 == 0 {
				like = 1
			}
			labels = append(labels, Label{VideoID: v.ID, Share: like, Weight: 1, Voters: 1, KnownAt: now})
		}
	}
	return videos, labels
}

// BenchmarkRetrain is a retraining without tuning as the bot does it nightly:
// 1,000 labels, a catalogue of 10,000 that it has seen before, of which some
// videos are new.
func BenchmarkRetrain(b *testing.B) {
	videos, labels := crate(10_000, 1_000, 1)
	cache := feature.NewCache(feature.Options{})
	if _, err := Train(b.Context(), videos[:9_900], labels, Options{Seed: 1, Cache: cache}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Train(b.Context(), videos, labels, Options{Seed: 1, Cache: cache}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirstTrain is the same with nothing cached.
func BenchmarkFirstTrain(b *testing.B) {
	videos, labels := crate(10_000, 1_000, 1)
	for b.Loop() {
		if _, err := Train(b.Context(), videos, labels, Options{Seed: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScore scores 10,000 videos that the model scored before, as the bot
// does each time that the catalogue or the hour has changed.
func BenchmarkScore(b *testing.B) {
	videos, labels := crate(10_000, 1_000, 1)
	m, err := Train(b.Context(), videos, labels, Options{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)
	if _, err := m.Score(b.Context(), videos, now); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := m.Score(b.Context(), videos, now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirstScore is the first scoring by a new model, of videos that were
// read in training.
func BenchmarkFirstScore(b *testing.B) {
	videos, labels := crate(10_000, 1_000, 1)
	m, err := Train(b.Context(), videos, labels, Options{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		m.kept = nil
		if _, err := m.Score(b.Context(), videos, now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkYoungRule learns and scores by a rule beside a young model as the bot does
// after each vote: 20,000 videos, 60 labels.
func BenchmarkYoungRule(b *testing.B) {
	videos, labels := crate(20_000, 60, 1)
	usual := NewRule(feature.NewCache(feature.Options{}), videos, []string{"q0", "q1", "q2", "q3"})
	now := time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		r, err := usual.Learn(videos, labels)
		if err != nil {
			b.Fatal(err)
		}
		r.Score(videos, now)
	}
}

// BenchmarkYoungModel scores the same videos by a model of the same labels, which is what
// a ranking takes beside the rule.
func BenchmarkYoungModel(b *testing.B) {
	videos, labels := crate(20_000, 60, 1)
	m, err := Train(b.Context(), videos, labels, Options{Seed: 1, SkipImportances: true})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		m.kept = nil
		if _, err := m.Score(b.Context(), videos, now); err != nil {
			b.Fatal(err)
		}
	}
}
