package bot

import (
	"strings"
	"testing"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
)

// TestChartsTellWhatTheyCannotDraw: what stands as a number in a picture has its
// name in the message and in the picture's description.
func TestChartsTellWhatTheyCannotDraw(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	parts := []pipeline.Part{{Kind: "word", Name: "夜に駆ける", Weight: 0.9}, {Kind: "word", Name: "acoustic", Weight: 0.8}, {Kind: "channel", Name: "여자친구 **", Weight: -0.7}}
	w.stages.taste = pipeline.Taste{ModelVersion: 4, Votes: 131, Words: parts[:2], Channels: parts[2:]}
	w.stages.explain = func(id string) (pipeline.Explanation, error) {
		return pipeline.Explanation{Ranked: pipeline.Ranked{Video: video(id, "Song", "Artist"), Score: 0.84, ModelVersion: 4}, Parts: parts}, nil
	}
	for _, in := range []fakediscord.Interaction{
		{Command: "taste"}, {Command: "predict", Options: map[string]any{"link": "vid-0000001"}},
	} {
		m := w.do(in).Answer()
		if len(m.Files) != 1 {
			t.Fatalf("%s: %d files", in.Command, len(m.Files))
		}
		if want := "In the picture: [1] ‘夜に駆ける’, [2] 여자친구 \\*\\*"; !strings.Contains(m.Content, want) {
			t.Errorf("%s: the message lacks %q:\n%s", in.Command, want, m.Content)
		}
		for _, want := range []string{"[1] ‘夜に駆ける’", "[2] 여자친구 **", "‘acoustic’ +0.8"} {
			if !strings.Contains(m.Files[0].Description, want) {
				t.Errorf("%s: the description lacks %q: %s", in.Command, want, m.Files[0].Description)
			}
		}
	}
}
