package taste

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// singers are videos of twelve artists, of whom every second one is liked: five each
// with labels, and one without, the last of which is a guess. Their titles tell
// nothing.
func singers() (videos []catalog.Video, labels []Label) {
	words := []string{"paper", "lantern", "river", "window", "garden", "engine", "mirror"}
	for i := range 72 {
		artist := i % 12
		v := catalog.Video{Video: youtube.Video{ID: fmt.Sprintf("singer%05d", i), Title: words[i%7] + " " + words[i/7%7]}}
		v.Song = song.Song{Artists: []string{fmt.Sprintf("Singer %c", 'A'+artist)}, Title: v.Title, Confidence: 0.97}
		videos = append(videos, v)
		if i < 60 {
			labels = append(labels, Label{VideoID: v.ID, Share: float64(artist % 2), Weight: 1, Voters: 1})
		}
	}
	videos[71].Song.Confidence = 0.7
	return videos, labels
}

func TestTheArtistsRecordCountsAndIsNamed(t *testing.T) {
	videos, labels := singers()
	videos[70].Song.Artists = append(videos[70].Song.Artists, "Singer B", "Nobody Heard")
	m := train(t, videos, labels, Options{Seed: 1})
	if !m.Learned() {
		t.Fatalf("the rule ranks: %s", m.card.Rule)
	}
	artists := func(i int) (names []string, weight float64) {
		x, err := m.Explain(videos[i], now)
		if err != nil {
			t.Fatal(err)
		}
		sum := x.Base
		for _, p := range x.Parts {
			sum += p.Weight
			if p.Kind == PartArtist {
				names, weight = append(names, p.Name), weight+p.Weight
			}
		}
		if math.Abs(sum-x.Raw) > 1e-9 {
			t.Errorf("video %d: parts and base add up to %v, the score is %v", i, sum, x.Raw)
		}
		for _, r := range x.Reasons {
			if r.Kind == catalog.ReasonArtist && !slices.Contains(names, r.Words[0]) {
				t.Errorf("video %d: reason %+v is no part", i, r)
			}
		}
		slices.Sort(names)
		return names, weight
	}
	if names, w := artists(61); !slices.Equal(names, []string{"Singer B"}) || w < 0.3 {
		t.Errorf("of an artist who is liked: %v, %v", names, w)
	}
	if names, w := artists(60); !slices.Equal(names, []string{"Singer A"}) || w > -0.3 {
		t.Errorf("of an artist who is not liked: %v, %v", names, w)
	}
	if names, _ := artists(70); !slices.Equal(names, []string{"Singer B", "Singer K"}) {
		t.Errorf("of two artists and one whom nobody has heard: %v", names)
	}
	if names, _ := artists(71); len(names) > 0 {
		t.Errorf("a guess is told as a fact: %v", names)
	}
	s, err := m.Score(t.Context(), videos, now)
	if err != nil {
		t.Fatal(err)
	}
	if a, b, guess := s[60].Raw, s[61].Raw, s[71].Raw; !(b > a+1 && guess > a && guess < b) {
		t.Errorf("scores of an artist who is not liked %v, one who is %v, and one who may be %v", a, b, guess)
	}
}
