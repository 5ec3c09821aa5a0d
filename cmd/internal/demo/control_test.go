package demo

import (
	"slices"
	"testing"

	"cratedigger/internal/simguild"
)

// TestArtistsAmongTastes: the page names artists beside other traits, not in their place.
func TestArtistsAmongTastes(t *testing.T) {
	tastes := []simguild.Liking{{Kind: "artist", Name: "Kelo", Weight: 1}, {Kind: "artist", Name: "Mara", Weight: 0.9}, {Kind: "artist", Name: "Vintu", Weight: 0.8},
		{Kind: "genre", Name: "jazz", Weight: 0.7}, {Kind: "artist", Name: "Zo", Weight: -0.6}, {Kind: "mood", Name: "dark", Weight: -0.5}, {Kind: "format", Name: "live", Weight: 0.4},
		{Kind: "artist", Name: "Lir", Weight: -0.3}, {Kind: "era", Name: "80s", Weight: 0.2}}
	words := func(all []simguild.Liking) (out []string) {
		for _, l := range all {
			out = append(out, inWords(l))
		}
		return out
	}
	likes, dislikes := strongest(tastes, 1, 5), strongest(tastes, -1, 3)
	if got := words(likes); !slices.Equal(got, []string{"songs by Kelo", "songs by Mara", "jazz", "live recordings", "the 80s"}) {
		t.Errorf("likes %q", got)
	}
	if got := words(dislikes); !slices.Equal(got, []string{"songs by Zo", "dark songs"}) {
		t.Errorf("dislikes %q", got)
	}
	for name, right := range map[string]bool{"Vintu": true, "Zo": false} { // not listed, and liked as much
		if got := strongAs(tastes, likes, simguild.Liking{Kind: "artist", Name: name}, 1); got != right {
			t.Errorf("a belief in %s is right: %v", name, got)
		}
	}
}
