package taste

import (
	"slices"
	"strings"
	"testing"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// openSongs are songs by artists, one letter each: a capital is sure, a small letter a
// guess, "." nobody. The channel of a song is "x" after a colon.
func openSongs(spec string) (videos []catalog.Video) {
	for _, word := range strings.Fields(spec) {
		names, channel, _ := strings.Cut(word, ":")
		v := catalog.Video{Video: youtube.Video{Channel: channel}}
		for _, name := range strings.Trim(names, ".") {
			v.Song.Artists, v.Song.Confidence = append(v.Song.Artists, string(name)), song.Sure
			if name >= 'a' {
				v.Song.Confidence = song.Sure - 0.1
			}
		}
		videos = append(videos, v)
	}
	return videos
}

func TestAskBeginsWithWhomMostSongsAreBy(t *testing.T) {
	for _, tt := range []struct {
		why, open, asked, want string
	}{
		{"artists with most songs first, then in the order given", ". A B A B C B C A A D", "", "A B C . A"},
		{"one with very many comes again before the others", ". B B A A A A A A A A A A A A", "", "A A B A ."},
		{"who was asked about waits", "C A A A B B", "A", "B C"},
		{"in the order given where nobody has several", "D C . A B", "", "D C . A B"},
		{"a song of two tells of both", "E AC B B A A C D D", "", "AC B D E"},
		{"a guess is nobody", "B a a a", "", "B a a a"},
		{"but a channel is somebody", "B a:x c:x .:x .", "", "a:x B c:x"},
		{"a sure artist goes before the channel", "A:x B:x C:x D D", "", "D A:x"},
		{"no more than there are", "A", "", "A"},
		{"none", "", "A", ""},
	} {
		t.Run(tt.why, func(t *testing.T) {
			open, want := openSongs(tt.open), strings.Fields(tt.want)
			n := len(want)
			if tt.why == "no more than there are" {
				n = 9
			}
			var got []string
			for _, i := range Ask(open, openSongs(tt.asked), n) {
				got = append(got, strings.Fields(tt.open)[i])
			}
			if !slices.Equal(got, want) {
				t.Errorf("asks %v, want %v", got, want)
			}
		})
	}
}

// Asking for many is asking for one, many times, so that every door asks the same.
func TestAskForManyIsAskingForOneManyTimes(t *testing.T) {
	all := openSongs(strings.Repeat("A B . AC C a:x b:x D E A F .:y ", 3))
	many := Ask(all, nil, len(all))
	left := make([]int, len(all))
	for i := range left {
		left[i] = i
	}
	var asked []catalog.Video
	for k, want := range many {
		videos := make([]catalog.Video, len(left))
		for j, i := range left {
			videos[j] = all[i]
		}
		next := Ask(videos, asked, 1)
		if len(next) != 1 || left[next[0]] != want {
			t.Fatalf("question %d is of %v, of all at once %d", k, next, want)
		}
		asked = append(asked, all[want])
		left = slices.Delete(left, next[0], next[0]+1)
	}
	if slices.Sort(many); !slices.Equal(slices.Compact(many), many) || len(many) != len(all) {
		t.Errorf("asks %v of %d", many, len(all))
	}
}
