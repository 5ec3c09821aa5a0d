package song_test

import (
	"testing"

	"cratedigger/pipeline/song"
)

// said are the words of an upload with its own reading.
func said(title, channel string, seconds int64) (song.Words, song.Song) {
	u := song.Upload{Title: title, Channel: channel}
	s := song.Read(u, nil)
	return song.WordsOf(u, s, seconds), s
}

// What is likely the same recording, and what is not, in both directions.
func TestLikely(t *testing.T) {
	type upload struct {
		title, channel string
		seconds        int64
	}
	for _, test := range []struct {
		a, b upload
		want bool
	}{
		// A guess names the artist and the song, in any order, with little else.
		{upload{"Vuve Revota Fogo", "Glass Pilots Uploads", 0}, upload{"Vuve Revota - Fogo (Official 4K Video)", "VUVE REVOTA", 0}, true},
		{upload{"Fogo", "Vuve Revota - Topic", 0}, upload{"Fogo - Vuve Revota | shoegaze", "Glass Pilots Uploads", 0}, true},
		{upload{"Fogo", "Vuve Revota - Topic", 0}, upload{"VUVE REVOTA FOGO HQ", "Glass Pilots Uploads", 0}, true},
		{upload{"Mara Quill & Oro - Slate", "Lumo Records", 0}, upload{"Mara Quill x Oro Slate", "somebody", 0}, true},
		{upload{"Mara Quill, Oro - Slate", "Lumo Records", 0}, upload{"Mara Quill - Slate (feat. Oro)", "Mara Quill", 0}, true},
		{upload{"Slate - Mara Quill", "somebody", 0}, upload{"Mara Quill - Slate", "somebody else", 0}, true},
		{upload{"Mara Quill - Slate (Acoustic)", "Mara Quill", 0}, upload{"Mara Quill - Slate (Unplugged)", "Mara Quill", 0}, true},
		// A title alone says too little, unless the lengths agree.
		{upload{"Fogo", "Vuve Revota - Topic", 200}, upload{"Fogo (Official Video) | riff", "Lumo Records", 206}, true},
		{upload{"Fogo", "Vuve Revota - Topic", 200}, upload{"Fogo (Official Video) | riff", "Lumo Records", 226}, false},
		{upload{"Fogo", "Vuve Revota - Topic", 0}, upload{"Fogo (Official Video) | riff", "Lumo Records", 206}, false},
		// On one channel it says enough where an upload names no artist.
		{upload{"Fogo (Official Music Video)", "Lumo Records", 206}, upload{"Vuve Revota - Fogo [Lyric Video]", "Lumo Records", 240}, true},
		{upload{"Blue Aurora (Official Music Video)", "Lumo Records", 206}, upload{"Lade Sedal - Blue Aurora [Lyric Video]", "Lumo Records", 240}, true},
		{upload{"Vuve Revota - Fogo (Official Video)", "Lumo Records", 206}, upload{"Mara Quill - Fogo (Official Video)", "Lumo Records", 240}, false},
		{upload{"Fogo (Official Music Video)", "Lumo Records", 206}, upload{"Vuve Revota - Fogo (Live)", "Lumo Records", 240}, false},
		// Sure songs of one name by two artists, and other songs of one artist.
		{upload{"Fogo", "Vuve Revota - Topic", 200}, upload{"Fogo", "Mara Quill - Topic", 200}, false},
		{upload{"Mara Quill - Slate", "Mara Quill", 0}, upload{"Mara Quill - Basalt", "Mara Quill", 0}, false},
		{upload{"Mara Quill - Slate", "Mara Quill", 0}, upload{"Mara Quill Basalt", "somebody", 0}, false},
		{upload{"Mara Quill - Slate", "Mara Quill", 0}, upload{"Mara Quill Slate Over The Grey Northern Harbours", "somebody", 0}, false},
		// Versions of a song, and what is no song.
		{upload{"Mara Quill - Slate", "Mara Quill", 0}, upload{"Mara Quill Slate (Live)", "somebody", 0}, false},
		{upload{"Mara Quill - Slate", "Mara Quill", 0}, upload{"Slate (Mara Quill cover)", "somebody", 0}, false},
		{upload{"Mara Quill - Slate (Oro Remix)", "Mara Quill", 0}, upload{"Mara Quill - Slate (Vane Remix)", "Mara Quill", 0}, false},
		{upload{"Deep House Mix 2026 | Chill Vibes", "Mixes", 0}, upload{"Deep House Mix 2026 | Chill Vibes", "Mixes", 0}, false},
	} {
		a, read := said(test.a.title, test.a.channel, test.a.seconds)
		b, other := said(test.b.title, test.b.channel, test.b.seconds)
		if a.Likely(b) != test.want || b.Likely(a) != test.want {
			t.Errorf("%+v and %+v: %v and %v, want %v (%q by %q %.2f, %q by %q %.2f)", test.a, test.b, a.Likely(b), b.Likely(a), test.want, read.Title, read.Artists, read.Confidence, other.Title, other.Artists, other.Confidence)
		}
	}
	if (song.Words{}).Likely(song.Words{}) {
		t.Error("nothing is likely the same as nothing")
	}
}
