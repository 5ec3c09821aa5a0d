package taste

import (
	"slices"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
)

// askAgain is by how much a question about an artist lowers what the next is worth:
// after k of them an artist's open songs are divided by 1 + askAgain·k. Of 1, 2, 4 and 9
// it was the best on most label files when it was chosen on the others.
const askAgain = 4

// Ask chooses up to n candidates to ask about and returns their indices, in the order
// of asking. An answer says something of the artist's other songs too, so those go
// first whose artist has most songs open; once asked about, an artist waits until the
// others have had their turn (askAgain). Where nobody has several, candidates are asked
// about in the order in which they are given, which should be random.
//
// asked are the videos that have a label or were asked about. Whom an answer tells of
// are the artists where they are sure, otherwise the channel. Neither scores nor answers
// count: questions that follow them taught less (docs/how-it-learns.md). So to ask for n
// is to ask for one, n times.
func Ask(candidates, asked []catalog.Video, n int) []int {
	open, known := map[string]float64{}, map[string]float64{} // songs, by whom a label tells of
	for _, v := range asked {
		for _, who := range tellsOf(v) {
			known[who]++
		}
	}
	of := make([][]string, len(candidates))
	for i, v := range candidates {
		of[i] = tellsOf(v)
		for _, who := range of[i] {
			open[who]++
		}
	}
	out := make([]int, 0, min(n, len(candidates)))
	taken := make([]bool, len(candidates))
	for len(out) < cap(out) {
		best, most := -1, 0.0
		for i := range candidates {
			if taken[i] {
				continue
			}
			worth := 1.0 // the song's own
			for _, who := range of[i] {
				worth = max(worth, open[who]/(1+askAgain*known[who]))
			}
			if worth > most {
				best, most = i, worth
			}
		}
		taken[best] = true
		out = append(out, best)
		for _, who := range of[best] {
			open[who]--
			known[who]++
		}
	}
	return out
}

// tellsOf is whom a label of a video tells of: the keys of its artists where these are
// sure, otherwise its channel, nobody where that is unknown too.
func tellsOf(v catalog.Video) (who []string) {
	if v.Song.Sure() {
		for _, name := range v.Song.Artists {
			if key := v.Song.KeyOf(name); key != "" && !slices.Contains(who, key) {
				who = append(who, key)
			}
		}
	}
	if channel := feature.ChannelKey(v); len(who) == 0 && channel != "" {
		who = []string{channel}
	}
	return who
}
