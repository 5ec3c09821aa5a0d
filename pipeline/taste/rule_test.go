package taste

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

func rule(t testing.TB, videos []catalog.Video, labels []Label, queries ...string) *Rule {
	t.Helper()
	r, err := NewRule(feature.NewCache(feature.Options{}), videos, queries).Learn(videos, labels)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// upload is a video of a song, found by a query.
func upload(id, title, artist, query string) catalog.Video {
	return catalog.Video{Video: youtube.Video{ID: id, Title: title}, Queries: []string{query},
		Song: song.Song{Artists: []string{artist}, Title: title, Confidence: 0.95}}
}

func TestRuleBeginsWithWhatUsuallyPleases(t *testing.T) {
	seconds, views, likes := int64(200), int64(250_000), int64(10_000)
	v := catalog.Video{Video: youtube.Video{ID: "good", Category: "Music", DurationSeconds: &seconds, Views: &views, Likes: &likes}}
	v.Published.Time = now.Add(-24 * time.Hour)
	gaming, unknown, short := v, catalog.Video{Video: youtube.Video{ID: "unknown"}}, v
	gaming.ID, gaming.Category = "gaming", "Gaming"
	short.ID, short.Short = "short", true
	r := rule(t, nil, nil)
	s := r.Score([]catalog.Video{v, gaming, unknown, short}, now)
	if s[0].Raw-s[1].Raw != facts[factMusic].mean {
		t.Errorf("another category costs %.2f, want %.2f", s[0].Raw-s[1].Raw, facts[factMusic].mean)
	}
	if s[0].Raw <= s[2].Raw || s[2].Raw <= s[3].Raw-2 || s[3].Raw >= s[0].Raw {
		t.Errorf("scores %+v", s)
	}
	reasons := r.Explain(v, now).Reasons
	if len(reasons) == 0 || reasons[0].Kind != catalog.ReasonRule || !strings.Contains(fmt.Sprint(reasons), "music") {
		t.Errorf("reasons %v", reasons)
	}
}

// Two likes of one query raise its other videos, those of the artist more, and leave
// those of other queries below.
func TestRuleLearnsFromTheFirstVote(t *testing.T) {
	videos := []catalog.Video{
		upload("a", "Iron Gate", "Grendel", "metal"), upload("b", "Rust", "Ottar", "metal"),
		upload("c", "Ember", "Grendel", "metal"), upload("d", "Anvil", "Haldor", "metal"),
		upload("e", "Lagoon", "Palma", "house"), upload("f", "Tide", "Marisol", "house"),
	}
	queries := []string{"metal", "house"}
	before := rule(t, videos, nil, queries...).Score(videos, now)
	r := rule(t, videos, []Label{{VideoID: "a", Share: 1, Weight: 1}, {VideoID: "b", Share: 1, Weight: 1}, {VideoID: "e", Share: 0, Weight: 0.35}}, queries...)
	after := r.Score(videos, now)
	if !(after[2].Raw > after[3].Raw && after[3].Raw > after[5].Raw) {
		t.Errorf("same artist %.2f, same query %.2f, other query %.2f", after[2].Raw, after[3].Raw, after[5].Raw)
	}
	if after[3].Raw <= before[3].Raw {
		t.Errorf("two likes of metal moved metal from %.2f to %.2f", before[3].Raw, after[3].Raw)
	}
	if !after[0].OutOfFold || after[3].OutOfFold {
		t.Error("what has a label is not scored without it")
	}
	if named := fmt.Sprint(r.Explain(videos[3], now).Reasons); !strings.Contains(named, "query [metal]") {
		t.Errorf("the reasons do not name the query: %s", named)
	}
}

// A song's own label says nothing of its own score: liked or not, it is the same.
func TestRuleScoresWithoutTheOwnLabel(t *testing.T) {
	videos, labels := crate(40, 12, 5)
	labels[3].Share = 1
	liked := rule(t, videos, labels).Score(videos[3:4], now)[0]
	labels[3].Share = 0
	disliked := rule(t, videos, labels).Score(videos[3:4], now)[0]
	whole := rule(t, videos, append(labels[:3:3], labels[4:]...)).Score(videos[3:4], now)[0]
	// The approximation is made around other log-odds, so they are close, not equal.
	if math.Abs(liked.Raw-disliked.Raw) > 0.2 || math.Abs(liked.Raw-whole.Raw) > 0.2 {
		t.Errorf("liked %.3f, disliked %.3f, without the label %.3f", liked.Raw, disliked.Raw, whole.Raw)
	}
}

// What is explained is what ranks, by the rule, beside a model and by a model.
func TestExplanationsAddUpToTheScore(t *testing.T) {
	videos, labels := crate(120, 60, 3)
	queries := []string{"q0", "q1", "q2", "q3", "q4", "q5", "q6"}
	r := rule(t, videos, labels, queries...)
	m := train(t, videos, labels, Options{Seed: 1, SkipImportances: true})
	byModel, err := m.Score(t.Context(), videos, now)
	if err != nil {
		t.Fatal(err)
	}
	byRule := r.Score(videos, now)
	for _, trust := range []float64{0, 0.4, 1} {
		for _, i := range []int{2, 100} { // with a label and without
			mx, err := m.Explain(videos[i], now)
			if err != nil {
				t.Fatal(err)
			}
			x, want := BlendExplanations(mx, r.Explain(videos[i], now), trust), Blend(byModel[i], byRule[i], trust)
			sum := x.Base
			for _, p := range x.Parts {
				sum += p.Weight
			}
			if math.Abs(sum-x.Raw) > 1e-6 || math.Abs(x.Raw-want.Raw) > 1e-9 || x.OutOfFold != (i == 2) {
				t.Errorf("trust %.1f, video %d: parts add up to %.6f, explained %.6f, ranked %.6f", trust, i, sum, x.Raw, want.Raw)
			}
		}
	}
	if m.Trust() <= 0 || m.Trust() >= 1 || Trust(0) != 0 || Trust(fullTrust) != 1 || Trust(20) >= Trust(21) {
		t.Errorf("trust in 60 labels is %.2f", m.Trust())
	}
}
