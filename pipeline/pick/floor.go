package pick

import (
	"fmt"
	"strings"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// Floor holds the conditions that a video must meet to be posted in one guild.
type Floor struct {
	guild    catalog.Guild
	channels map[string]bool // blocked ids and folded names
	words    [][]string      // blocked words and phrases
}

// NewFloor returns the floor of a guild's settings.
func NewFloor(g catalog.Guild) Floor {
	f := Floor{guild: g, channels: map[string]bool{}}
	for _, c := range g.BlockedChannels {
		if c.ID != "" {
			f.channels[c.ID] = true
		} else if name := feature.Words(c.Name); len(name) > 0 {
			f.channels[strings.Join(name, " ")] = true
		}
	}
	for _, phrase := range g.BlockedWords {
		if ws := feature.Words(phrase); len(ws) > 0 {
			f.words = append(f.words, ws)
		}
	}
	return f
}

// Allows reports whether a video may be posted, and if not, why, in a short
// clause ("its channel is blocked"). Unknown values do not count against a
// video.
func (f Floor) Allows(v catalog.Video) (ok bool, why string) {
	switch v.Status {
	case "", youtube.StatusOK:
	default:
		return false, fmt.Sprintf("YouTube says it is %s", strings.ReplaceAll(string(v.Status), "_", " "))
	}
	switch {
	case v.Live || v.Upcoming:
		return false, "it is a live stream or has not begun"
	case v.Embeddable != nil && !*v.Embeddable:
		return false, "its player may not be shown elsewhere"
	case f.channels[v.ChannelID] && v.ChannelID != "":
		return false, "its channel is blocked"
	case v.Channel != "" && f.channels[strings.Join(feature.Words(v.Channel), " ")]:
		return false, "its channel is blocked"
	case f.guild.MusicOnly && v.Category != "" && !taste.IsMusic(v.Category):
		return false, "it is not music"
	case len(f.guild.Languages) > 0 && !accepts(f.guild.Languages, v):
		return false, "it is in another language"
	}
	if d := v.DurationSeconds; d != nil {
		if f.guild.MinSeconds > 0 && *d < int64(f.guild.MinSeconds) {
			return false, "it is too short"
		}
		if f.guild.MaxSeconds > 0 && *d > int64(f.guild.MaxSeconds) {
			return false, "it is too long"
		}
	}
	if len(f.words) > 0 {
		for _, text := range append([]string{v.Title, v.Channel}, v.Tags...) {
			ws := feature.Words(text)
			for _, phrase := range f.words {
				if containsRun(ws, phrase) {
					return false, fmt.Sprintf("it holds the blocked word %q", strings.Join(phrase, " "))
				}
			}
		}
	}
	return true, ""
}

func containsRun(ws, phrase []string) bool {
	for i := 0; i+len(phrase) <= len(ws); i++ {
		match := true
		for j, w := range phrase {
			if ws[i+j] != w {
				match = false
				break
			}
		}
		if match {
			return true
		}
	}
	return false
}
