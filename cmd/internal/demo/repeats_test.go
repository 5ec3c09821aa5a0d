package demo

import (
	"io"
	"os"
	"testing"

	"cratedigger/cmd/internal/app"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
)

// TestNothingIsPostedTwice lives in worlds of songs with several uploads each. By what
// the worlds know, no video and no song comes twice. With CRATEDIGGER_LONG=1 it takes
// four weeks of eight worlds, else ten days of one.
func TestNothingIsPostedTwice(t *testing.T) {
	seeds, days := []uint64{1}, 10
	if os.Getenv("CRATEDIGGER_LONG") != "" {
		seeds, days = []uint64{1, 2, 3, 4, 5, 6, 7, 8}, Days
	}
	for _, seed := range seeds {
		r, err := run(t.Context(), Options{Seed: seed, Days: days, Headless: true, Out: io.Discard, ErrOut: io.Discard})
		if err != nil {
			t.Fatal(err)
		}
		for _, again := range r.Repeats {
			t.Errorf("seed %d: %s came again as %s (sure: %v)", seed, again.First, again.Again, again.Sure)
		}
		if r.Posts < 4*days {
			t.Errorf("seed %d: only %d posts", seed, r.Posts)
		}
	}
}

// TestRepeatsAreFound: a second upload of a recording is a repeat, a version is not.
func TestRepeatsAreFound(t *testing.T) {
	w := &world{seed: 7, clock: schedule.NewStepped(firstMorning), heard: map[string]string{}, print: io.Discard}
	if err := w.open(false); err != nil {
		t.Fatal(err)
	}
	defer w.close()
	p, err := w.parts(t.Context(), Options{ErrOut: io.Discard}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if w.service, err = app.NewService(t.Context(), p, nil); err != nil {
		t.Fatal(err)
	}
	first, found := map[string]string{}, 0 // video by recording
	for _, v := range w.youtube.Videos() {
		again := v.Traits.Recording != "" && first[v.Traits.Recording] != ""
		if v.Traits.Recording != "" && !again {
			first[v.Traits.Recording] = v.ID
		}
		if again {
			found++
		}
		if err := w.listen(t.Context(), []catalog.Post{{VideoID: v.ID}}); err != nil {
			t.Fatal(err)
		}
		if len(w.repeats) != found {
			t.Fatalf("after %s (%s) there are %d repeats, want %d", v.Title, v.Traits.Recording, len(w.repeats), found)
		}
	}
	if found < 200 {
		t.Errorf("only %d repeats in the world", found)
	}
}
