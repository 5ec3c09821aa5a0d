package pipeline_test

import (
	"strconv"
	"strings"
	"testing"

	"cratedigger/pipeline/catalog"
)

// What is said of a pick names its artist with how many songs of theirs were liked,
// where the artist is sure; and the taste lists them.
func TestReasonsNameSureArtists(t *testing.T) {
	b := songBench(t, nil, records...)
	b.observe(record{"unsure-0001", "Otto Venn", "Crate Uploads", 10, nil})
	b.label("901", true, "ottovenn-01", "together-01", "ilsemarr-01")
	b.label("902", false, "ilsemarr-01")
	b.label("901", false, "stranger-01")
	said := map[string]catalog.Reason{}
	keep := func(id string, reasons []catalog.Reason) {
		for _, r := range reasons {
			if r.Kind == catalog.ReasonArtist {
				said[id] = r
			}
		}
	}
	ranked, err := b.Rank(t.Context(), guildID, "902", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range ranked {
		keep(r.Video.ID, r.Reasons)
	}
	// Mara Quill has one of the songs that were liked, Otto Venn two, one of them his
	// reason for the other, and Ilse Marrow one that one member liked and one did not.
	for id, want := range map[string]string{"official-01": "Mara Quill 1", "covering-01": "Otto Venn 2", "together-01": "Otto Venn 1", "stranger-01": " 0", "ilsemarr-01": " 0", "unsure-0001": " 0"} {
		if got := strings.Join(said[id].Words, "") + " " + strconv.Itoa(int(said[id].Number)); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	clear(said)
	_, posts := b.prepare()
	for _, p := range posts {
		keep(p.VideoID, p.Reasons)
	}
	for id, r := range said {
		if want := map[string]float64{"Mara Quill": 1, "Otto Venn": 2}[r.Words[0]]; r.Number != want || want == 0 {
			t.Errorf("the post of %s says %+v", id, r)
		}
	}
	if len(said) == 0 {
		t.Errorf("no post of %+v names an artist", posts)
	}
	taste, err := b.Taste(t.Context(), guildID)
	if err != nil || len(taste.Artists) != 3 || taste.Artists[0].Name != "Otto Venn" || taste.Artists[0].Liked != 2 || taste.Artists[2].Liked+taste.Artists[2].Disliked != 1 {
		t.Errorf("taste: %+v, %v", taste.Artists, err)
	}
}
