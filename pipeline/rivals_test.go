package pipeline

import (
	"strings"
	"testing"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

func TestRivalsAreCloseAndDifferent(t *testing.T) {
	song := func(id string, score float64, channel, artist string) Ranked {
		return Ranked{Video: catalog.Video{Video: youtube.Video{ID: id, ChannelID: channel, Title: artist}}, Score: score}
	}
	for _, tt := range []struct {
		why, want string
		songs     []Ranked
	}{
		{"the closest", "bc", []Ranked{song("a", 0.9, "1", "x"), song("b", 0.5, "2", "y"), song("c", 0.4, "3", "z")}},
		{"not of one channel", "ac", []Ranked{song("a", 0.5, "1", "x"), song("b", 0.5, "1", "y"), song("c", 0.45, "3", "z")}},
		{"not by one artist", "bc", []Ranked{song("a", 0.5, "1", "x"), song("b", 0.51, "2", "x"), song("c", 0.6, "3", "z")}},
		{"unsure artists may be different", "ab", []Ranked{song("a", 0.5, "1", ""), song("b", 0.5, "2", "")}},
		{"none", "", []Ranked{song("a", 0.5, "1", "x"), song("b", 0.5, "2", "x")}},
	} {
		got := ""
		for _, r := range rivals(tt.songs, func(v catalog.Video) []string { return strings.Fields(v.Title) }) {
			got += r.Video.ID
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.why, got, tt.want)
		}
	}
}
