package fakeyoutube_test

import (
	"strings"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
)

// TestWorldOfSongs: songs have several uploads by several channels, which sound the same,
// and versions that do not.
func TestWorldOfSongs(t *testing.T) {
	server, _, c := serve(t, fakeyoutube.Options{Seed: 5, Songs: true, Plain: true})
	other, _, later := serve(t, fakeyoutube.Options{Seed: 5, Songs: true, Plain: true})
	server.Videos() // looking in between changes nothing
	c.advance(5 * 24 * time.Hour)
	later.advance(5 * 24 * time.Hour)
	videos, again := server.Videos(), other.Videos()
	uploads, channels, formats, artists := map[string]int{}, map[string]map[string]bool{}, map[string]int{}, map[string]bool{}
	words := map[string]int{} // of artists' names
	covers, songs, topics := 0, map[string]bool{}, 0
	for i, v := range videos {
		if again[i].ID != v.ID || again[i].Title != v.Title {
			t.Fatalf("video %d of the same seed is another: %s, %s", i, v.Title, again[i].Title)
		}
		r := v.Traits
		formats[r.Format]++
		if r.Song == "" != (r.Format == "mix" || r.Format == "stream") || r.Song == "" != (r.Recording == "") {
			t.Errorf("%s is of the song %q, recording %q", v.Title, r.Song, r.Recording)
		}
		if r.Song == "" {
			continue
		}
		if !artists[r.Artist] {
			for _, word := range strings.Fields(strings.TrimPrefix(r.Artist, "The ")) {
				words[word]++
			}
		}
		songs[r.Song], artists[r.Artist] = true, true
		by, name, _ := strings.Cut(r.Song, "/")
		if !strings.Contains(strings.ToLower(v.Title), strings.ToLower(name)) {
			t.Errorf("%q does not name the song %s", v.Title, r.Song)
		}
		if r.Format == "cover" {
			if covers++; r.Artist == by {
				t.Errorf("%s covers a song of their own: %s", by, v.Title)
			}
		}
		if strings.HasSuffix(v.Channel, " - Topic") && v.Channel == by+" - Topic" && v.Title == name {
			topics++
		}
		if uploads[r.Recording]++; channels[r.Recording] == nil {
			channels[r.Recording] = map[string]bool{}
		}
		channels[r.Recording][v.ChannelID] = true
	}
	shared := 0
	for _, n := range words {
		shared += n * (n - 1)
	}
	if others := float64(shared) / float64(len(artists)); others > 0.4 { // real ones: 0.13
		t.Errorf("an artist's name shares a word with %.2f others", others)
	}
	several := 0
	for recording, n := range uploads {
		if n > 1 && len(channels[recording]) > 1 {
			several++
		}
	}
	if len(artists) < 80 || len(songs) < 400 || len(songs) > 800 || several < 200 || covers < 80 || topics < 200 {
		t.Errorf("%d artists, %d songs, %d recordings uploaded by several channels, %d covers, %d Topic tracks", len(artists), len(songs), several, covers, topics)
	}
	for _, format := range []string{"video", "audio", "lyrics", "live", "acoustic", "cover", "remix", "mix", "karaoke", "reaction", "short", "stream"} {
		if formats[format] < 5 {
			t.Errorf("%d of %d videos are of the format %s", formats[format], len(videos), format)
		}
	}
}
