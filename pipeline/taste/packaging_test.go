package taste_test

import (
	"math"
	"os"
	"slices"
	"testing"

	"cratedigger/internal/reference"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/taste"
)

// A model that reads packaging learns it. On the real titles of each set, for
// each phrasing, at least half of the scores must not change noticeably.
func TestPackagingDoesNotMoveTheScore(t *testing.T) {
	forms := []string{" (Official Music Video)", " [Official Video] [4K Remastered]", " - Official Audio", " | Lyric Video", " M/V", " (Clipe Oficial)", " (Visualizer)",
		" OFFICIAL MUSIC VIDEO HD", " 【MV】", " (Audio)", " (Official Animated Video 2021)", " (Официальный клип)", " [가사]", " 公式ミュージックビデオ",
		" _Official_Video_", " (Dir. by Cole Bennett)", " (Directed by Andrew Ng)", " [Shot & Edited by Python Films]", " (Official Video - Filmed by Data School)"}
	for _, set := range []string{"maioli", "oliv", "music/nat_t"} {
		r, err := os.Open(reference.File(t, "labels/"+set+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		f, err := labels.Read(r)
		if err != nil {
			t.Fatal(err)
		}
		f.Rows = f.Rows[:min(len(f.Rows), 400)]
		videos, known := f.Labelled()
		m, err := taste.Train(t.Context(), videos, known, taste.Options{Seed: 1, SkipImportances: true})
		if err != nil {
			t.Fatal(err)
		}
		videos = videos[:min(len(videos), 120)] // one in twenty are six
		if err := catalog.SetSongs(t.Context(), videos); err != nil {
			t.Fatal(err)
		}
		plain, err := m.Predict(t.Context(), videos)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range forms {
			packed := slices.Clone(videos)
			for i := range packed {
				packed[i].Title += form
				packed[i].Description = "Official Music Video. " + packed[i].Description
				packed[i].Tags = append([]string{"official video"}, packed[i].Tags...)
			}
			if err := catalog.SetSongs(t.Context(), packed); err != nil {
				t.Fatal(err)
			}
			moved, err := m.Predict(t.Context(), packed)
			if err != nil {
				t.Fatal(err)
			}
			change := make([]float64, len(videos))
			for i := range change {
				change[i] = math.Abs(plain.Probability[i] - moved.Probability[i])
			}
			slices.Sort(change)
			median, most := change[len(change)/2], change[len(change)*19/20]
			if median > 0.01 || most > 0.03 {
				t.Errorf("%s, %q: median change %.4f, of one in twenty more than %.4f", set, form, median, most)
			}
			t.Logf("%s, %q: median %.6f, 95 %% below %.6f, largest %.6f", set, form, median, most, change[len(change)-1])
		}
	}
}
