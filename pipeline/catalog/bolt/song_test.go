package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// titled is a sighting of a video with a title on a channel.
func titled(id, title, channel string) catalog.Sighting {
	s := sighting(id)
	s.Video.Title, s.Video.Channel = title, channel
	return s
}

// A sighting brings its video's song, and another title or description another one.
func TestSongOfASighting(t *testing.T) {
	c := openTest(t)
	must(c.Observe(t.Context(), []catalog.Sighting{titled("aaaaaaaaaaa", "Mara Quill - Paper Lanterns (Live at Halle 3)", "Mara Quill")}))(t)
	v, _, err := c.Video(t.Context(), "aaaaaaaaaaa")
	if s := v.Song; err != nil || !s.Sure() || s.Artist() != "Mara Quill" || s.Title != "Paper Lanterns" || s.Kind != song.Live || s.Rules != song.Version {
		t.Fatalf("%+v, %v", s, err)
	}
	later := titled("aaaaaaaaaaa", "Mara Quill - Winter Road (Official Video)", "")
	later.At = start.Add(48 * 3600e9)
	must(c.Observe(t.Context(), []catalog.Sighting{later}))(t)
	for _, read := range []func() ([]catalog.Video, error){
		func() ([]catalog.Video, error) { return c.GuildVideos(t.Context(), "g1") },
		func() ([]catalog.Video, error) {
			m, err := c.VideosByID(t.Context(), []string{"aaaaaaaaaaa"})
			return []catalog.Video{m["aaaaaaaaaaa"]}, err
		},
	} {
		videos := must(read())(t)
		if s := videos[0].Song; s.Title != "Winter Road" || s.Kind != song.Video {
			t.Errorf("after the title changed: %+v", s)
		}
	}
}

// The music section of a watch page counts as soon as the page is seen, and a result
// row without it takes nothing away.
func TestSongOfAMusicSection(t *testing.T) {
	c := openTest(t)
	row := titled("aaaaaaaaaaa", "Paper Lanterns - Mara Quill", "somebody")
	must(c.Observe(t.Context(), []catalog.Sighting{row}))(t)
	page := row
	page.Detailed, page.Video.Music = true, []youtube.Credit{{Song: "Paper Lanterns", Artist: "Mara Quill"}}
	for i, s := range []catalog.Sighting{row, page, row} {
		s.At = start.Add(time.Duration(i) * time.Hour)
		must(c.Observe(t.Context(), []catalog.Sighting{s}))(t)
		v, _, err := c.Video(t.Context(), "aaaaaaaaaaa")
		if err != nil {
			t.Fatal(err)
		}
		if credited := v.Song.Evidence&song.Credited != 0; credited != (i > 0) || credited && (v.Song.Artist() != "Mara Quill" || !v.Song.Sure()) {
			t.Errorf("after sighting %d: %+v", i, v.Song)
		}
	}
}

// ReadSongs reads each title with what the others tell of names, keeps nothing twice,
// and a title that has not changed keeps what was found.
func TestReadSongsKnowsTheOthers(t *testing.T) {
	c := openTest(t)
	var seen []catalog.Sighting
	for i := range 3 {
		seen = append(seen, titled(fmt.Sprintf("known%06d", i), fmt.Sprintf("Weather Report Two - Nine %c", 'a'+i), "Weather Report Two"))
	}
	turned := titled("turned00000", "Turnstile Sky - Weather Report Two", "someone")
	must(c.Observe(t.Context(), append(seen, turned)))(t)
	artist := func() string {
		v, _, err := c.Video(t.Context(), "turned00000")
		if err != nil {
			t.Fatal(err)
		}
		return v.Song.Artist()
	}
	if artist() != "Turnstile Sky" {
		t.Fatalf("by its own words it is by %q", artist())
	}
	before := must(c.Generation(t.Context(), "g1"))(t)
	if n := must(c.ReadSongs(t.Context()))(t); n == 0 || artist() != "Weather Report Two" || must(c.Generation(t.Context(), "g1"))(t) == before {
		t.Errorf("%d changed, it is by %q", n, artist())
	}
	before = must(c.Generation(t.Context(), "g1"))(t)
	if n := must(c.ReadSongs(t.Context()))(t); n != 0 || must(c.Generation(t.Context(), "g1"))(t) != before {
		t.Errorf("the second time %d changed", n)
	}
	must(c.Observe(t.Context(), []catalog.Sighting{turned}))(t)
	if artist() != "Weather Report Two" {
		t.Errorf("seen again it is by %q", artist())
	}
}

// TestSongsOfAnEarlierProgram opens a catalogue of the program that knew no songs.
// All songs are there at once, and are kept in pieces, wherever the work is cut off.
func TestSongsOfAnEarlierProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	if err := copyFixture(filepath.Join("testdata", "schema4.db"), path); err != nil {
		t.Fatal(err)
	}
	kept := func() (n int) { // rows that hold a song of today's rules
		c := must(Open(path, testOptions(t)))(t)
		defer c.Close()
		err := c.view(t.Context(), func(tx *bolt.Tx) error {
			return tx.Bucket(bucketVideos).ForEach(func(k, data []byte) error {
				v, err := catalog.UnpackVideo(string(k), data)
				if v.Song.Rules == song.Version {
					n++
				}
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := kept(); n != 0 {
		t.Fatalf("the fixture has %d songs", n)
	}
	pieces := 0
	for cut := 0; ; cut++ { // cut off after so many pieces
		ctx, stop := context.WithCancel(t.Context())
		written := 0
		c := must(Open(path, testOptions(t, func(o *Options) {
			o.Trace = func(point string) {
				if point == "songs:done" {
					if written++; written > cut {
						stop()
					}
				}
			}
		})))(t)
		current := must(c.SongsCurrent(ctx))(t)
		for v, err := range c.Videos(ctx) {
			if want := strings.TrimPrefix(v.Title, "Mara Quill - "); err != nil || v.Song.Title != want || v.Song.Artist() != "Mara Quill" || *v.Views != 7 {
				t.Fatalf("cut %d: %q is %+v, %v", cut, v.Title, v.Song, err)
			}
		}
		_, err := c.ReadSongs(ctx)
		stop()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if current != (err == nil && written == 1) {
			t.Errorf("cut %d: current %v, %d writes, %v", cut, current, written, err)
		}
		if err == nil && current {
			break
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if n := kept(); n < pieces || n > 600 {
			t.Errorf("cut %d: %d rows have a song, before %d", cut, n, pieces)
		} else {
			pieces = n
		}
		if cut > 10 {
			t.Fatal("it never ends")
		}
	}
	if n := kept(); n != 600 {
		t.Errorf("%d of 600 rows hold their song", n)
	}
	if _, err := Check(path); err != nil {
		t.Error(err)
	}
}

// The songs of a file's videos and those of a catalogue are the same.
func TestSetSongsIsReadSongs(t *testing.T) {
	c := openTest(t)
	var seen []catalog.Sighting
	var videos []catalog.Video
	for i, title := range []string{"Lumen - Ether", "Orrin - Basalt", "Lumen & Orrin - Slate", "Ether - Lumen", "Deep House Mix 2026 | Chill Vibes | Summer Music"} {
		s := titled(fmt.Sprintf("video%06d", i), title, "someone")
		seen, videos = append(seen, s), append(videos, catalog.Video{Video: youtube.Video{Title: title, Channel: "someone"}})
	}
	must(c.Observe(t.Context(), seen))(t)
	must(c.ReadSongs(t.Context()))(t)
	if err := catalog.SetSongs(t.Context(), videos); err != nil {
		t.Fatal(err)
	}
	for i, v := range must(c.GuildVideos(t.Context(), "g1"))(t) {
		if !v.Song.Same(videos[i].Song) {
			t.Errorf("%q: %+v and %+v", v.Title, v.Song, videos[i].Song)
		}
	}
}

// A video is named by song and artists where they are sure, with what makes it another
// version, and by title and channel where they are not or nobody of them sings.
func TestNamed(t *testing.T) {
	quill := []string{"Mara Quill"}
	for _, tt := range []struct {
		song     song.Song
		channel  string
		name, by string
		own      bool
	}{
		{song.Song{Artists: quill, Title: "Slate", Confidence: 0.9}, "Mara Quill - Topic", "Slate", "Mara Quill", true},
		{song.Song{Artists: quill, Title: "Slate", Confidence: 0.899}, "Mara Quill", "T", "Mara Quill", false},
		{song.Song{Artists: []string{"Mara Quill", "Otto Venn"}, Title: "Slate", Kind: song.Video, Confidence: 1}, "OttoVennVEVO", "Slate", "Mara Quill, Otto Venn", true},
		{song.Song{Artists: quill, Also: []string{"Мара"}, Title: "Slate", Confidence: 1}, "Мара", "Slate", "Mara Quill", true},
		{song.Song{Artists: quill, Title: "Slate", Kind: song.Live, Version: "Live at Halle 3", Confidence: 1}, "Lumo", "Slate (Live at Halle 3)", "Mara Quill", false},
		{song.Song{Artists: quill, Title: "Slate", Kind: song.Cover, Confidence: 1}, "", "Slate (cover)", "Mara Quill", false},
		{song.Song{Artists: quill, Title: "Slate", Kind: song.Karaoke, Confidence: 1}, "Mara Quill", "T", "Mara Quill", false},
		{song.Song{Artists: quill, Title: "Slate", Kind: song.Album, Confidence: 1}, "Lumo", "T", "Lumo", false},
		{song.Song{Artists: quill, Kind: song.Mix, Confidence: 1}, "Lumo", "T", "Lumo", false},
	} {
		v := catalog.Video{Video: youtube.Video{Title: "T", Channel: tt.channel}, Song: tt.song}
		if name, by := v.Named(); name != tt.name || by != tt.by || v.OwnChannel() != tt.own {
			t.Errorf("%+v on %q: %q by %q, own channel %v", tt.song, tt.channel, name, by, v.OwnChannel())
		}
	}
}
