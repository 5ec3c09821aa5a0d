package pick

import (
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

// Allows reports whether a video may be posted, and if not, why. Unknown values do
// not count against a video.
func (f Floor) Allows(v catalog.Video) (ok bool, why Refusal) {
	switch v.Status {
	case "", youtube.StatusOK:
	case youtube.StatusLive, youtube.StatusUpcoming:
		return false, Refusal{Bar: BarLive}
	default:
		return false, Refusal{Bar: BarStatus, Status: v.Status}
	}
	switch {
	case v.Live || v.Upcoming:
		return false, Refusal{Bar: BarLive}
	case v.Embeddable != nil && !*v.Embeddable:
		return false, Refusal{Bar: BarPlayer}
	case f.channels[v.ChannelID] && v.ChannelID != "":
		return false, Refusal{Bar: BarChannel}
	case v.Channel != "" && f.channels[strings.Join(feature.Words(v.Channel), " ")]:
		return false, Refusal{Bar: BarChannel}
	case f.guild.MusicOnly && v.Category != "" && !taste.IsMusic(v.Category):
		return false, Refusal{Bar: BarCategory}
	case len(f.guild.Languages) > 0 && !accepts(f.guild.Languages, v):
		return false, Refusal{Bar: BarLanguage}
	}
	if d := v.DurationSeconds; d != nil {
		if f.guild.MinSeconds > 0 && *d < int64(f.guild.MinSeconds) {
			return false, Refusal{Bar: BarShort}
		}
		if f.guild.MaxSeconds > 0 && *d > int64(f.guild.MaxSeconds) {
			return false, Refusal{Bar: BarLong}
		}
	}
	if len(f.words) > 0 {
		for _, text := range append([]string{v.Title, v.Channel}, v.Tags...) {
			ws := feature.Words(text)
			for _, phrase := range f.words {
				if containsRun(ws, phrase) {
					return false, Refusal{Bar: BarWord, Word: strings.Join(phrase, " ")}
				}
			}
		}
	}
	return true, Refusal{}
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
