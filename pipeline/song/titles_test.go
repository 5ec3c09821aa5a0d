package song_test

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cratedigger/model/linear"
	"cratedigger/model/matrix"
	"cratedigger/pipeline/song"
)

type row struct{ title, channel, description, artist, song, kind, checked, source string }

// titles reads the labelled titles, or skips.
func titles(t testing.TB) []row { return read(t, "music", "titles.dev.csv") }

// read reads a file of shared data; columns that it has not stay empty.
func read(t testing.TB, path ...string) []row {
	t.Helper()
	f, err := os.Open(filepath.Join(append([]string{cmp.Or(os.Getenv("CRATEDIGGER_TESTDATA"), "../../../shared")}, path...)...))
	if err != nil {
		t.Skipf("the labelled titles are not there (set CRATEDIGGER_TESTDATA): %v", err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, r := range records[1:] {
		of := func(column string) string {
			if i := slices.Index(records[0], column); i >= 0 {
				return r[i]
			}
			return ""
		}
		rows = append(rows, row{of("title"), of("channel"), of("description"), of("artist"), of("song"), of("kind"), of("checked"), of("source")})
	}
	return rows
}

// TestLibraries reads two people's libraries, of which the rules were not made. Their
// channels are the artists' Topic channels, which are the truth, and are hidden.
func TestLibraries(t *testing.T) {
	for _, name := range []string{"geo.csv", "mlh_1.csv"} {
		var rows []row
		for _, r := range read(t, "labels", "music", name) {
			artist, isTopic := strings.CutSuffix(r.channel, " - Topic")
			if song, ok := strings.CutPrefix(r.title, artist+" - "); ok && isTopic {
				rows = append(rows, row{title: r.title, artist: artist, song: song})
			}
		}
		var all share
		for i, s := range readAll(t, rows) {
			main, _, _ := strings.Cut(rows[i].artist, ", ")
			all.add(artistRight(rows[i].artist, strings.Join(s.Artists, ";")) || artistRight(main, strings.Join(s.Artists, ";")), s.Confidence >= song.Sure)
			if !s.Kind.IsSong() || s.Kind == song.Karaoke {
				t.Errorf("%q is called %s", rows[i].title, s.Kind)
			}
		}
		if t.Logf("%s: %s", name, &all); all.n < 1000 || of(all.right, all.n) < 97 || of(all.sureRight, all.sure) < 99.5 || of(all.sure, all.n) < 55 {
			t.Errorf("%s: %s", name, &all)
		}
	}
}

func readAll(t testing.TB, rows []row) []song.Song {
	t.Helper()
	uploads := make([]song.Upload, len(rows))
	for i, r := range rows {
		uploads[i] = song.Upload{Title: r.title, Channel: r.channel, Description: r.description}
	}
	songs, err := song.ReadAll(t.Context(), uploads)
	if err != nil {
		t.Fatal(err)
	}
	return songs
}

// A share counts what is right.
type share struct{ n, right, sure, sureRight int }

func (s *share) add(right, sure bool) {
	s.n++
	if right {
		s.right++
	}
	if sure {
		s.sure++
		if right {
			s.sureRight++
		}
	}
}

func (s *share) String() string {
	return fmt.Sprintf("%5d, right %5.1f %%, said surely %5.1f %%, of these right %5.1f %%", s.n, of(s.right, s.n), of(s.sure, s.n), of(s.sureRight, s.sure))
}

func of(a, b int) float64 { return 100 * float64(a) / float64(max(b, 1)) }

// TestTitles holds what is read of the labelled titles above what was reached,
// and prints it by source, kind and check (-v).
func TestTitles(t *testing.T) {
	rows := titles(t)
	songs := readAll(t, rows)
	shares := map[string]*share{}
	count := func(group string, right, sure bool) {
		if shares[group] == nil {
			shares[group] = new(share)
		}
		shares[group].add(right, sure)
	}
	for i, r := range rows {
		right, sure := r.right(songs[i]), songs[i].Confidence >= song.Sure
		if !r.isSong() {
			count("not a song", right, sure)
			count("not a song, recognised", songs[i].Title == "" || !songs[i].Kind.IsSong(), sure)
			continue
		}
		count("songs", right, sure)
		count("source "+r.source, right, sure)
		count("kind "+r.kind, right, sure)
		count("checked "+r.checked, right, sure)
	}
	for _, group := range slices.Sorted(maps.Keys(shares)) {
		t.Logf("%-70s %s", group, shares[group])
	}
	for group, floor := range map[string]float64{"songs": 84, "checked channel": 99, "source " + pages: 96, "not a song, recognised": 88} {
		if got := of(shares[group].right, shares[group].n); got < floor {
			t.Errorf("%s: %.1f %% are right, want %.0f", group, got, floor)
		}
	}
	if s := shares["songs"]; of(s.sureRight, s.sure) < 97 || of(s.sure, s.n) < 60 {
		t.Errorf("what is said surely: %s; 97.5 %% right of 60.7 %% were reached", s)
	}
}

const pages = "YouTube pages recorded in public tests, labelled here"

// TestConfidence fits the weights of the evidence on three quarters of the sources,
// and of the artists, and judges them on the fourth, in turn. With -v it prints the weights
// fitted on all, which stand in weights.go, and how reliable they are.
func TestConfidence(t *testing.T) {
	rows := titles(t)
	songs := readAll(t, rows)
	var answered []int
	for i, s := range songs {
		if s.Confidence > 0 && s.Evidence&song.Credited == 0 && (rows[i].isSong() || s.Title != "") {
			answered = append(answered, i)
		}
	}
	for by, part := range map[string]func(row) int{"source": quarter, "artist": artistQuarter} {
		fitted, lone, bins := outOfFold(t, rows, songs, answered, part)
		t.Logf("out of fold by %s: %s", by, &fitted)
		for i, b := range bins {
			t.Logf("by %s, said %3d to %3d %%: %4d, right %5.1f %%", by, 10*i, 10*i+10, b.n, of(b.right, b.n))
		}
		if of(fitted.sureRight, fitted.sure) < 97 || of(fitted.sure, fitted.n) < 59 {
			t.Errorf("out of fold by %s: %s; want 97 %% right and 60 %% said", by, &fitted)
		}
		if t.Logf("out of fold by %s, signed and the only upload: %s", by, &lone); of(lone.sureRight, lone.sure) < 97 || of(lone.sure, lone.n) < 92 {
			t.Errorf("out of fold by %s, signed and the only upload: %s; want 97 %% right and 92 %% said", by, &lone)
		}
	}
	all := fit(t, rows, songs, answered)
	for i, w := range all.Weights {
		t.Logf("\t%.2f, // %s", w, song.FeatureName(i))
	}
	t.Logf("constant = %.2f", all.Intercept)
	for i, s := range songs {
		if s.Confidence > 0 && s.Evidence&song.Credited == 0 && s.Kind.IsSong() {
			if got, want := s.Confidence, chance(t, all, s); got-want > .02 || want-got > .02 {
				t.Fatalf("%q: confidence is %.3f, the fit says %.3f; put the weights that -v prints into weights.go", rows[i].title, got, want)
			}
		}
	}
}

// outOfFold judges each of four parts by weights fitted on the other three, and
// counts what is right by how sure it is, in tenths. lone are titles that begin with the
// channel's name, read without any other upload.
func outOfFold(t *testing.T, rows []row, songs []song.Song, answered []int, part func(row) int) (fitted, lone share, bins [10]share) {
	for fold := range 4 {
		m := fit(t, rows, songs, slices.DeleteFunc(slices.Clone(answered), func(i int) bool { return part(rows[i]) == fold }))
		for _, i := range answered {
			if part(rows[i]) == fold {
				p, right := chance(t, m, songs[i]), rows[i].right(songs[i])
				fitted.add(right, p >= song.Sure)
				bins[min(int(p*10), 9)].add(right, true)
				r := rows[i]
				if s := song.Read(song.Upload{Title: r.title, Channel: r.channel, Description: r.description}, nil); s.Evidence&song.Signed != 0 {
					lone.add(r.right(s), chance(t, m, s) >= song.Sure)
				}
			}
		}
	}
	return fitted, lone, bins
}

// quarter deals sources into four; the large one goes by channel.
func quarter(r row) int {
	h := fnv.New32a()
	h.Write([]byte(r.source))
	if r.channel != "" && r.source[:3] == "SHS" {
		h.Write([]byte(r.channel))
	}
	return int(h.Sum32()>>3) % 4
}

// artistQuarter deals the artists into four.
func artistQuarter(r row) int {
	h := fnv.New32a()
	h.Write([]byte(fold(bare(r.artist))))
	return int(h.Sum32()>>3) % 4
}

func fit(t testing.TB, rows []row, songs []song.Song, at []int) *linear.Model {
	t.Helper()
	var x, y, w []float64
	for _, i := range at {
		x = append(x, songs[i].Features()...)
		right := 0.0
		if rows[i].right(songs[i]) {
			right = 1
		}
		y, w = append(y, right), append(w, 1)
	}
	m, err := matrix.FromDense(len(x)/len(y), x)
	if err != nil {
		t.Fatal(err)
	}
	p := linear.Defaults()
	p.C, p.FromZero = .4, true // the lowest log loss out of fold, by source and by artist, of .1 to 2
	model, err := linear.Train(t.Context(), m, y, w, p)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func chance(t testing.TB, m *linear.Model, s song.Song) float64 {
	t.Helper()
	f := s.Features()
	x, err := matrix.FromDense(len(f), f)
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Probability(x)
	if err != nil {
		t.Fatal(err)
	}
	return p[0]
}
