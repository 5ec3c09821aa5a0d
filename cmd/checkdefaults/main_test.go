package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A number that decides the ranking of a file is seen to matter, and one that
// scales nothing there is left out.
func TestNumbersAreTriedOnBothHalves(t *testing.T) {
	var b strings.Builder
	b.WriteString("title,y\n")
	for i := range 48 {
		word, y := "drums", 0
		if i%3 == 0 {
			word, y = "piano", 1
		}
		if i%7 == 0 { // no words tell
			y = 1 - y
		}
		fmt.Fprintf(&b, "song %d with %s,%d\n", i*31%97, word, y)
	}
	path := filepath.Join(t.TempDir(), "labels.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	halves, err := deal(t.Context(), path, 1)
	if err != nil {
		t.Fatal(err)
	}
	for side, h := range halves {
		h.seeds, h.inForce = h.seeds[:3], h.inForce[:3]
		none, err := h.gains(t.Context(), map[string]float64{"start of linear": 1})
		if err != nil || fmt.Sprint(none) != "[0 0 0]" {
			t.Errorf("side %d: by one times the number G grows %v, %v", side, none, err)
		}
		off := map[string]float64{}
		for _, n := range numbers {
			if strings.HasPrefix(n.name, "start of ") {
				off[n.name] = 0
			}
		}
		off["start of forest"] = 1
		if tags, err := h.gains(t.Context(), map[string]float64{"tags": 2}); err != nil || tags != nil {
			t.Errorf("side %d: the tags of a file without tags changed G by %v, %v", side, tags, err)
		}
		if words, err := h.gains(t.Context(), off); err != nil || fmt.Sprint(words) == "[0 0 0]" {
			t.Errorf("side %d: with other learners G is the same: %v, %v", side, words, err)
		}
	}
	before, p := halves[0].pool.Rows.Views["text"], *halves[0].pool
	if matters, err := columns("word:")(&p, 0.5); err != nil || !matters {
		t.Fatal(matters, err)
	}
	after, halved := p.Rows.Views["text"], 0
	for i := range before.Rows() {
		cols, was := before.Sparse(i)
		_, is := after.Sparse(i)
		for k, j := range cols {
			factor := 1.0
			if strings.HasPrefix(before.Name(int(j)), "word:") {
				factor = 0.5
				halved++
			}
			if is[k] != was[k]*factor {
				t.Fatalf("row %d, %s: %v became %v", i, before.Name(int(j)), was[k], is[k])
			}
		}
	}
	if halved == 0 {
		t.Error("no title has words")
	}
	if err := run(t.Context(), nil, 1); err == nil {
		t.Error("no file was refused")
	}
}
