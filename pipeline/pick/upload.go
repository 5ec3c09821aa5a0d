package pick

import (
	"cmp"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
)

// BestUploads marks the best upload of each song among the videos, and every video
// whose song is not sure.
func BestUploads(videos []catalog.Video, songs Songs) []bool {
	best := make([]bool, len(videos))
	of := map[string]int{} // the best so far, by song
	for i, v := range videos {
		key := ""
		if songs != nil {
			key = songs.Song(v)
		}
		if at, known := of[key]; known && key != "" {
			if Better(videos[at], v) >= 0 {
				continue
			}
			best[at] = false
		}
		best[i], of[key] = true, i
	}
	return best
}

// The lengths that uploads of a single song have; others have an introduction, a
// second song or a loop.
const (
	leastSong = 90
	mostSong  = 12 * 60
)

// Better compares two uploads of a song, above 0 if a is the better one: that of the
// artist's own channel, then one that is known to play in Discord, then one of a
// song's length, then the one with more views, then the lower id.
func Better(a, b catalog.Video) int {
	yes := func(a, b bool) int {
		switch {
		case a == b:
			return 0
		case a:
			return 1
		}
		return -1
	}
	plays := func(v catalog.Video) bool { return v.Embeddable != nil && *v.Embeddable }
	ofLength := func(v catalog.Video) bool {
		return v.DurationSeconds != nil && *v.DurationSeconds >= leastSong && *v.DurationSeconds <= mostSong
	}
	views := func(v catalog.Video) int64 {
		if v.Views == nil {
			return -1
		}
		return *v.Views
	}
	return cmp.Or(
		yes(official(a), official(b)), yes(plays(a), plays(b)), yes(ofLength(a), ofLength(b)),
		cmp.Compare(views(a), views(b)), cmp.Compare(b.ID, a.ID))
}

// official reports whether a video is on its artist's own channel.
func official(v catalog.Video) bool {
	return v.ArtistChannel || v.Song.Evidence&(song.OwnChannel|song.ChannelIs) != 0
}
