package labels

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"cratedigger/internal/reference"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// lovedSongs are the songs in each sample of Last.fm.
var lovedSongs = []string{"Daft Punk – Harder, Better, Faster, Stronger", "Björk – Jóga", "Simon & Garfunkel – Mrs. Robinson", "椎名林檎 – 丸ノ内サディスティック",
	"BTS – 봄날 (Spring Day)", "Кино – Группа крови", "Sigur Rós – Svefn-g-englar", "Earth, Wind & Fire – September", "Burial – Archangel", "Mariya Takeuchi – Plastic Love",
	"Rosalía – MALAMENTE (Cap.1: Augurio)", "Fairuz – Li Beirut", "!!! – Me and Giuliani Down by the School Yard (A True Story)", "AC/DC – Thunderstruck"}

// said is each preference in words.
func said(l *Likes) (all []string) {
	for _, p := range l.Preferences {
		text := p.VideoID
		if text == "" {
			text = p.Artist + " – " + p.Title
		}
		if !p.Like {
			text = "not " + text
		}
		all = append(all, text)
	}
	return all
}

// TestReadLikesOfSamples reads every sample whole and cut off after every byte: the
// songs of three formats, and of a part never one that the whole does not have. All
// other samples are refused.
func TestReadLikesOfSamples(t *testing.T) {
	dir := reference.File(t, "music/exports")
	taken := map[string]struct {
		source catalog.PreferenceSource
		n      int
	}{
		"lastfm/backup-cli.csv": {catalog.FromLastFM, 14}, "lastfm/benjaminbenben.csv": {catalog.FromLastFM, 14}, "lastfm/ghan.csv": {catalog.FromLastFM, 14}, "lastfm/lastfmstats.csv": {catalog.FromLastFM, 14},
		"youtube-takeout/playlists/Liked videos.csv": {catalog.FromTakeout, 14}, "youtube-takeout/playlists/Liked videos.old-format.csv": {catalog.FromTakeout, 10},
	}
	read := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		want, ok := taken[filepath.ToSlash(name)]
		whole, err := ReadLikes(bytes.NewReader(data))
		if !ok {
			if !errors.Is(err, ErrLikesForm) || !strings.Contains(err.Error(), "artist and title") {
				t.Errorf("%s: %v", name, err)
			}
			for n := 0; n < len(data); n += 97 {
				if l, err := ReadLikes(bytes.NewReader(data[:n])); err == nil {
					t.Errorf("%s is taken after %d bytes: %q", name, n, said(l))
				}
			}
			return nil
		}
		read++
		if err != nil || whole.Source != want.source || whole.Rows != want.n || len(whole.Skipped) > 0 || whole.Left != 0 || whole.Disliked() != 0 {
			t.Errorf("%s: %+v, %v", name, whole, err)
			return nil
		}
		songs := said(whole)
		if want.source == catalog.FromLastFM && !slices.Equal(songs, lovedSongs) || len(songs) != want.n {
			t.Errorf("%s: %q", name, songs)
		}
		if want.source == catalog.FromTakeout && (songs[0] != "FGAffqEV0Gw" || songs[9] != "86vaOUEjWzM") {
			t.Errorf("%s: %q", name, songs)
		}
		most := 0
		for n := range data {
			part, err := ReadLikes(bytes.NewReader(data[:n]))
			if err != nil {
				continue
			}
			got := said(part)
			if !slices.Equal(got, songs[:min(len(got), len(songs))]) {
				t.Fatalf("%s, %d bytes: %q", name, n, got)
			}
			most = max(most, len(got))
			if len(got)+len(part.Skipped) < part.Rows {
				t.Fatalf("%s, %d bytes: %d of %d rows, %+v", name, n, len(got), part.Rows, part.Skipped)
			}
		}
		if most < want.n-1 {
			t.Errorf("%s, cut off: %d at most", name, most)
		}
		large := append(slices.Clone(data), bytes.Repeat(data, MaxLikes/len(data)+1)...)
		if _, err := ReadLikes(bytes.NewReader(large)); !errors.Is(err, ErrLikesLarge) {
			t.Errorf("%s, too large: %v", name, err)
		}
		return nil
	})
	if err != nil || read != len(taken) {
		t.Errorf("%d samples were read, %v", read, err)
	}
}

func TestReadLikes(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want []string
		skip []Skipped
	}{
		"a table":         {"artist,title,y\nBjörk,Jóga,1\nBurial,Archangel,no\nFairuz,Li Beirut,\n", []string{"Björk – Jóga", "not Burial – Archangel", "Fairuz – Li Beirut"}, nil},
		"other order":     {"\ufeffyear;Song;mine;ARTIST\r\n1997;Jóga;x;Björk\r\n", []string{"Björk – Jóga"}, nil},
		"another tongue":  {"Interpret;Titel;y\nBjörk;Jóga;nein\n", []string{"not Björk – Jóga"}, nil},
		"no end":          {"artist,title\nBjörk,Jóga", []string{"Björk – Jóga"}, nil},
		"UTF-16":          {utf16le("artist\ttrack\nBjörk\tJóga\n"), []string{"Björk – Jóga"}, nil},
		"what is missing": {"artist,title,y\n,Jóga,1\nBjörk,,1\nBjörk\nBjörk,Jóga,maybe\nBjörk,Jóga,1\n", []string{"Björk – Jóga"}, []Skipped{{SkipUnnamed, 3, 2}, {SkipLabel, 1, 5}}},
		"said twice":      {"artist,title,y\nBjörk,Jóga,1\nbjörk,JÓGA,0\n", []string{"not Björk – Jóga"}, []Skipped{{SkipTwice, 1, 3}}},
		"an open quote":   {"artist,title\nBjörk,Jóga\nBurial,\"Archangel\nFairuz,Li Beirut\n", []string{"Björk – Jóga"}, []Skipped{{SkipCut, 1, 3}}},
		"a book":          {"artist,title\nBjörk,Jóga\nBurial," + strings.Repeat("é", 200) + "\n", []string{"Björk – Jóga"}, []Skipped{{SkipLong, 1, 3}}},
		"formulas":        {"artist,title\n'=cmd(),\"'+1\"\n!!!,\"a\u001b[31mb\"\n", []string{"=cmd() – +1", "!!! – a[31mb"}, nil},
		"Takeout, German": {"Video-ID,Zeitstempel der Erstellung\n FGAffqEV0Gw,2024-03-09T18:30:00+00:00\n'-GTwLxaGdHI,2024-03-10T01:43:00+00:00\ngone,2024-03-10T01:43:00+00:00\n",
			[]string{"FGAffqEV0Gw", "-GTwLxaGdHI"}, []Skipped{{SkipNoVideo, 1, 4}}},
		"Takeout, case counts": {"FGAffqEV0Gw,2024-03-09T18:30:00+00:00\nfgAffqEV0Gw,2024-03-10T01:43:00+00:00\n", []string{"FGAffqEV0Gw", "fgAffqEV0Gw"}, nil},
		"Last.fm, now playing": {"Björk,,Jóga,\nBurial,,Archangel,01 Jan 1970 00:00\nBurial,,Archangel,12 Mar 2024 04:14\n", []string{"Björk – Jóga", "Burial – Archangel"}, []Skipped{{SkipTwice, 1, 3}}},
		"Last.fm, cut off":     {"Björk,,Jóga,10 Mar 2024 01:43\nBurial,,Archang", []string{"Björk – Jóga"}, []Skipped{{SkipCut, 1, 2}}},
	} {
		l, err := ReadLikes(strings.NewReader(c.file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := said(l); !slices.Equal(got, c.want) || !slices.Equal(l.Skipped, c.skip) {
			t.Errorf("%s: %q, skipped %+v; want %q, %+v", name, got, l.Skipped, c.want, c.skip)
		}
	}
	for _, refused := range []string{"", "\n\n", "artist\nBjörk\n", "video_id,y\nFGAffqEV0Gw,1\n", "PK\x03\x04\x00\x00", "[{\"artist\":\"Björk\",\"title\":\"Jóga\"}]", "a,b,c,d\n1,2,3,4\n",
		"artist,title,release_id\nBjörk,Homogenic,7\n", "video_id,y,title,published\nvideo000000,0,One,2024-01-01\nvideo000001,1,Two,2024-01-02\n", "Evanescence,Fallen\nEvanescence,The Open Door\n"} {
		if l, err := ReadLikes(strings.NewReader(refused)); !errors.Is(err, ErrLikesForm) {
			t.Errorf("%q: %+v, %v", refused, l, err)
		}
	}
}

// TestReadLikesIsBounded: as many are kept as the catalogue keeps of a member, and the
// file is read no further than its limit.
func TestReadLikesIsBounded(t *testing.T) {
	var file strings.Builder
	file.WriteString("artist,title\n")
	for i := range catalog.MemberPreferences + 5 {
		fmt.Fprintf(&file, "Artist,Song %d\n", i)
	}
	l, err := ReadLikes(strings.NewReader(file.String()))
	if err != nil || len(l.Preferences) != catalog.MemberPreferences || l.Left != 5 {
		t.Errorf("%d kept, %d left, %v", len(l.Preferences), l.Left, err)
	}
	for _, row := range []string{strings.Repeat(",", MaxLikes), strings.Repeat("\"\n\",", MaxLikes/4)} { // all in one record
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := ReadLikes(strings.NewReader(row)); !errors.Is(err, ErrLikesLarge) {
			t.Errorf("a row of millions of cells: %v", err)
		}
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 12*MaxLikes {
			t.Errorf("a row of millions of cells takes %d MB", (after.TotalAlloc-before.TotalAlloc)>>20)
		}
	}
	bottomless := &bottomless{}
	if _, err := ReadLikes(bottomless); !errors.Is(err, ErrLikesLarge) || bottomless.read > MaxLikes+1<<20 {
		t.Errorf("%d bytes were read: %v", bottomless.read, err)
	}
}

// TestImportTakesLikes: the operator's door knows the file by what is in it.
func TestImportTakesLikes(t *testing.T) {
	c := open(t)
	own := func() []string {
		t.Helper()
		all, err := c.Preferences(t.Context(), "g1", "")
		if err != nil {
			t.Fatal(err)
		}
		return said(&Likes{Preferences: all})
	}
	take := func(file string, dry bool, new int) {
		t.Helper()
		report, err := Import(t.Context(), c, strings.NewReader(file), ImportOptions{GuildID: "g1", Now: now, DryRun: dry})
		if err != nil || report.Likes == nil || report.Liked != 1 || report.Disliked != 1 || report.New != new {
			t.Errorf("%+v, %v", report, err)
		}
	}
	const file = "artist,title,y\nBjörk,Jóga,1\nBurial,Archangel,0\n,Nobody,1\n"
	take(file, true, 0)
	if got := own(); len(got) != 0 {
		t.Errorf("a dry run kept %q", got)
	}
	take(file, false, 2)
	take(file, false, 0)
	if got := own(); len(got) != 2 || !slices.Contains(got, "not Burial – Archangel") {
		t.Errorf("%q", got)
	}
	l, err := ReadLikes(strings.NewReader(file))
	if want := "2 preferences (1 liked, 1 not) from 3 rows of a table of songs; skipped: 1 rows without an artist or a title (the first is line 4)"; err != nil || l.String() != want {
		t.Errorf("%q, %v", l, err)
	}
	if n, err := c.RemovePreferences(t.Context(), "g1", "", l.Batch); err != nil || n != 2 {
		t.Errorf("%d were taken back: %v", n, err)
	}

	dir := reference.File(t, "music/exports")
	for _, name := range []string{"discogs/ex4mpleuser-collection-20240320-0830.csv", "deezer/deezer-data_0000000000.xlsx", "spotify/YourLibrary.json", "librefm/librefm.csv"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Import(t.Context(), c, bytes.NewReader(data), ImportOptions{GuildID: "g1", Now: now}); err == nil || !strings.Contains(err.Error(), "artist and title") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// bottomless is a file without end.
type bottomless struct{ read int }

func (e *bottomless) Read(p []byte) (int, error) {
	e.read += len(p)
	return copy(p, bytes.Repeat([]byte("a,b\n"), len(p)/4+1)), nil
}

func FuzzReadLikes(f *testing.F) {
	f.Add([]byte("artist,title,y\nBjörk,Jóga,1\n"))
	f.Add([]byte("Video ID,Time Added\nFGAffqEV0Gw,2024-03-09 18:30:00 UTC\n"))
	f.Add([]byte("Björk,,Jóga,10 Mar 2024 01:43\n"))
	f.Add([]byte("2024-03-10,01:43:00,Björk,Jóga\n\"Artist\";\"Track\";\"Date#x\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ReadLikes(bytes.NewReader(data))
		if err != nil {
			return
		}
		skipped, seen := 0, map[string]bool{}
		for _, s := range l.Skipped {
			skipped += s.Rows
		}
		if len(l.Preferences)+skipped+l.Left != l.Rows {
			t.Fatalf("%d preferences, %d skipped and %d left of %d rows", len(l.Preferences), skipped, l.Left, l.Rows)
		}
		for _, p := range l.Preferences {
			id, ok := youtube.ParseID(p.VideoID)
			named := p.Artist != "" && p.Title != "" && len(p.Artist) <= 300 && len(p.Title) <= 300 && !strings.ContainsAny(p.Artist+p.Title, "\r\n\x00")
			if (p.VideoID != "") == named || p.VideoID != "" && (!ok || id != p.VideoID) || !utf8.ValidString(p.Artist+p.Title) || seen[p.VideoID+"\x00"+p.Artist+"\x00"+p.Title] {
				t.Fatalf("%+v", p)
			}
			seen[p.VideoID+"\x00"+p.Artist+"\x00"+p.Title] = true
		}
		all := slices.Clone(l.Preferences)
		for i := range all {
			all[i].GuildID, all[i].MemberID, all[i].Batch = "g1", "m1", l.Batch
		}
		c := open(t)
		if n, err := c.AddPreferences(t.Context(), all...); err != nil || n > len(all) {
			t.Fatalf("the catalogue does not take them: %d, %v", n, err)
		}
	})
}
