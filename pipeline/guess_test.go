package pipeline

import (
	"slices"
	"testing"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// An artist whom the model names is a reason where the artist is sure, with how many of
// their other songs were liked, and stands for the artist's own channel.
func TestReasonsOfGuesses(t *testing.T) {
	model := []catalog.Reason{{Kind: catalog.ReasonWords, Words: []string{"slate"}}, {Kind: catalog.ReasonArtist, Words: []string{"Mara Quill"}}, {Kind: catalog.ReasonChannel, Words: []string{"Mara Quill"}}}
	records := []ArtistRecord{{Name: "Mara Quill", Liked: 3, Disliked: 1}}
	for _, tt := range []struct {
		confidence float64
		channel    string
		want       []catalog.ReasonKind
	}{
		{0.89, "Mara Quill", []catalog.ReasonKind{catalog.ReasonWords, catalog.ReasonChannel}},
		{0.9, "Mara Quill", []catalog.ReasonKind{catalog.ReasonWords, catalog.ReasonArtist}},
		{0.9, "Lumo Records", []catalog.ReasonKind{catalog.ReasonWords, catalog.ReasonArtist, catalog.ReasonChannel}},
	} {
		v := catalog.Video{Video: youtube.Video{Channel: tt.channel}, Song: song.Song{Artists: []string{"Mara Quill"}, Title: "Slate", Confidence: tt.confidence}}
		var kinds []catalog.ReasonKind
		for _, r := range withArtists(model, v, records, 1) {
			if kinds = append(kinds, r.Kind); r.Kind == catalog.ReasonArtist && r.Number != 2 {
				t.Errorf("%v liked, want the 2 others", r.Number)
			}
		}
		if !slices.Equal(kinds, tt.want) {
			t.Errorf("at %v on %s: %q", tt.confidence, tt.channel, kinds)
		}
	}
	if model[1].Number != 0 {
		t.Error("the model's reasons were changed")
	}
}
