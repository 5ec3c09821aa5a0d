package labels

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cratedigger/internal/reference"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/youtube"
)

var now = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)

func open(t testing.TB) *bolt.Catalog {
	t.Helper()
	c, err := bolt.Open(filepath.Join(t.TempDir(), "catalog.db"), bolt.Options{Now: func() time.Time { return now }, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func importText(t testing.TB, c *bolt.Catalog, text string) (Report, error) {
	t.Helper()
	return Import(t.Context(), c, strings.NewReader(text), ImportOptions{GuildID: "g1", Now: now})
}

// videos is how many videos there are.
func videos(t testing.TB, c *bolt.Catalog) int {
	t.Helper()
	n, err := c.VideoCount(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// values are the votes of the guild by video.
func values(t testing.TB, c *bolt.Catalog) map[string]int {
	t.Helper()
	votes, err := c.Votes(t.Context(), "g1")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, v := range votes {
		if v.MemberID != catalog.ImportVoter || v.PostID != "" {
			t.Errorf("a vote of somebody else: %+v", v)
		}
		got[v.VideoID] = v.Value
	}
	return got
}

func TestImportForms(t *testing.T) {
	want := map[string]int{"-aaaaaaaaaa": 1, "bbbbbbbbbbb": -1}
	for name, text := range map[string]string{
		"plain":         "video_id,title,y\n-aaaaaaaaaa,One,1\nbbbbbbbbbbb,Two,0\nccccccccccc,Three,\n",
		"ids alone":     "video_id,y\n-aaaaaaaaaa,1\nbbbbbbbbbbb,0\nccccccccccc,\n",
		"spreadsheet":   "\ufeffy;title;video_id\r\nTRUE;One;'-aaaaaaaaaa\r\nFALSE;\"Two; or two\";bbbbbbbbbbb\r\n;Three;ccccccccccc\r\n",
		"tabs, thumbs":  "y\tvideo_id\ttitle\n👍\t-aaaaaaaaaa\tOne\n👎\tbbbbbbbbbbb\tTwo\n\tccccccccccc\tThree\n",
		"words, shares": "Video_ID,Title,Y,mood\n-aaaaaaaaaa,One,0.75,calm\nbbbbbbbbbbb,Two,no,wild\nccccccccccc,Three,,\n",
		"twice":         "video_id,title,y\n-aaaaaaaaaa,One,\n-aaaaaaaaaa,One,1\n-aaaaaaaaaa,One,1\nbbbbbbbbbbb,Two,0\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			report, err := importText(t, c, text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, values(t, c)); diff != "" {
				t.Error("votes (-want +got):\n", diff)
			}
			if report.Liked != 1 || report.Disliked != 1 {
				t.Errorf("report: %+v", report)
			}
			if _, err := importText(t, c, text); err != nil { // and again
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, values(t, c)); diff != "" {
				t.Error("votes of the second time (-want +got):\n", diff)
			}
		})
	}
}

func TestImportRefusesWhole(t *testing.T) {
	for name, tt := range map[string]struct {
		text  string
		lines []int
	}{
		"no id":         {"video_id,title,y\naaaaaaaaaaa,One,1\n,Two,0\n\nbbbbbbbbbbb,Three,1\n,Four,\n", []int{3, 6}},
		"no id column":  {"title,y\nOne,1\nTwo,0\n", []int{2, 3}},
		"bad y":         {"video_id,title,y\naaaaaaaaaaa,One,maybe\nbbbbbbbbbbb,Two,1\n", []int{2}},
		"bad id":        {"video_id,title,y\naaaaaaaaaaa,One,1\n#NAME?,Two,1\n", []int{3}},
		"bad date":      {"video_id,title,published,y\naaaaaaaaaaa,One,yesterday,1\n", []int{2}},
		"two minds":     {"video_id,title,y\naaaaaaaaaaa,One,1\nbbbbbbbbbbb,Two,1\naaaaaaaaaaa,One,0\n", []int{4}},
		"quoted breaks": {"video_id,title,y\naaaaaaaaaaa,\"One\nand a half\",1\n,Two,1\n", []int{4}},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			_, err := importText(t, c, tt.text)
			if err == nil {
				t.Fatal("imported")
			}
			for _, line := range tt.lines {
				if !strings.Contains(err.Error(), fmt.Sprintf("line %d", line)) {
					t.Errorf("line %d is not named: %v", line, err)
				}
			}
			if got := values(t, c); len(got) != 0 || videos(t, c) != 0 {
				t.Errorf("half of the file was imported: %v, %d videos", got, videos(t, c))
			}
		})
	}
	for _, text := range []string{"", "video_id,title,y\n", "name\nx\n"} {
		if _, err := importText(t, open(t), text); err == nil {
			t.Errorf("%q was imported", text)
		}
	}
}

// endless is a label file that goes on for ever, and how much of it was read.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, "video_id,y\n")
	if e.read > 0 {
		n = copy(p, strings.Repeat("aaaaaaaaaaa,1\n", 1+len(p)/14))
	}
	e.read += n
	return n, nil
}

func TestImportRefusesLargeFiles(t *testing.T) {
	c, file := open(t), &endless{}
	_, err := Import(t.Context(), c, file, ImportOptions{GuildID: "g1", Now: now})
	if err == nil || !strings.Contains(err.Error(), "larger than 64 MB") {
		t.Error(err)
	}
	if file.read != 64<<20+1 {
		t.Errorf("%d bytes were read", file.read)
	}
	if votes := values(t, c); len(votes) != 0 {
		t.Errorf("%d votes", len(votes))
	}
}

func TestImportNamesLinesUpToALimit(t *testing.T) {
	_, err := importText(t, open(t), "video_id,title,y\n"+strings.Repeat(",A title,1\n", 1000))
	if err == nil || len(err.Error()) > 10_000 || !strings.Contains(err.Error(), "950 more") {
		t.Errorf("error: %.200v", err)
	}
}

func TestImportDryRunChangesNothing(t *testing.T) {
	c := open(t)
	report, err := Import(t.Context(), c, strings.NewReader("video_id,title,y\naaaaaaaaaaa,One,1\n"), ImportOptions{GuildID: "g1", Now: now, DryRun: true})
	if err != nil || report.Liked != 1 || report.New != 1 {
		t.Fatal(report, err)
	}
	if videos(t, c) != 0 || len(values(t, c)) != 0 {
		t.Error("a dry run changed the catalogue")
	}
}

func TestImportChangesMind(t *testing.T) {
	c := open(t)
	for i, step := range []struct {
		y    string
		want int
	}{{"1", 1}, {"0", -1}, {"", -1}, {"1", 1}} {
		if _, err := importText(t, c, "video_id,title,y\naaaaaaaaaaa,One,"+step.y+"\n"); err != nil {
			t.Fatal(err)
		}
		if got := values(t, c)["aaaaaaaaaaa"]; got != step.want {
			t.Errorf("step %d: %d, want %d", i, got, step.want)
		}
	}
}

func TestImportKeepsWhatTheCatalogueKnowsBetter(t *testing.T) {
	c := open(t)
	views := int64(5000)
	_, err := c.Observe(t.Context(), []catalog.Sighting{{Detailed: true, At: now.Add(-time.Hour), Status: youtube.StatusOK, Video: youtube.Video{ID: "aaaaaaaaaaa", Title: "Right", Views: &views}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := importText(t, c, "video_id,title,views,likes,scraped,y\naaaaaaaaaaa,Wrong,10,7,2019-11-26,1\n"); err != nil {
		t.Fatal(err)
	}
	v, _, err := c.Video(t.Context(), "aaaaaaaaaaa")
	if err != nil {
		t.Fatal(err)
	}
	if v.Title != "Right" || *v.Views != 5000 || *v.Likes != 7 {
		t.Errorf("%q, %d views, %d likes", v.Title, *v.Views, *v.Likes)
	}
}

func TestExportIsSafeForSpreadsheets(t *testing.T) {
	c := open(t)
	hostile := []string{"=cmd|'/C calc'!A0", "+1", "-2", "@SUM(A1)", "\tx", "'=x", "''=x", "'Round Midnight", "x;=cmd|'/C calc'!A0", "x; \"@SUM(A1)\"", "＝1+1", "a\t=b", "plain", `quo"te, comma`}
	var all []catalog.Sighting
	for i, title := range hostile {
		all = append(all, catalog.Sighting{At: now, GuildID: "g1", Query: "=q", Video: youtube.Video{
			ID: fmt.Sprintf("-video%05d", i), Title: title, Channel: title, Description: title + "\nsecond line", Tags: []string{title, "a|b"}}})
	}
	if _, err := c.Observe(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	rows, err := Export(t.Context(), c, &file, "g1", true)
	if err != nil || rows != len(hostile) {
		t.Fatal(rows, err)
	}
	text := file.String()
	records, err := csv.NewReader(&file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		for i, field := range record {
			for cell := range strings.FieldsFuncSeq(field, func(r rune) bool { return strings.ContainsRune(";\t\n", r) }) {
				if cell = strings.TrimLeft(cell, "\" "); cell != "" && strings.ContainsRune("=＝+-@\t\r", []rune(cell)[0]) {
					t.Errorf("column %s has a formula: %q", records[0][i], field)
				}
			}
		}
	}
	// Imported into another catalogue, every text is the same.
	to := open(t)
	if _, err := importText(t, to, text); err != nil {
		t.Fatal(err)
	}
	for i, title := range hostile {
		v, found, err := to.Video(t.Context(), fmt.Sprintf("-video%05d", i))
		if err != nil || !found {
			t.Fatal(found, err)
		}
		if v.Title != title || v.Channel != title {
			t.Errorf("%q came back as %q of %q", title, v.Title, v.Channel)
		}
	}
}

func TestSpreadsheetWorkflow(t *testing.T) {
	c := open(t)
	var all []catalog.Sighting
	for i := range 4 {
		all = append(all, catalog.Sighting{At: now, GuildID: "g1", Video: youtube.Video{ID: fmt.Sprintf("video%06d", i), Title: fmt.Sprint("Title ", i)}})
	}
	if _, err := c.Observe(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for i, up := range []bool{true, false} { // two members disagree over the first
		_, err := c.Vote(t.Context(), catalog.VoteChange{GuildID: "g1", VideoID: "video000000", PostID: "p", MemberID: fmt.Sprint("m", i), Up: up, Set: true, Source: catalog.SourceReaction, At: now})
		if err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	if rows, err := Export(t.Context(), c, &file, "g1", true); err != nil || rows != 3 {
		t.Fatal(rows, err)
	}
	records, err := csv.NewReader(&file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Columns, records[0]); diff != "" {
		t.Error("header:\n", diff)
	}
	y := 16
	records[1][y], records[2][y] = "x", "0"
	records[1][y] = "1"
	var edited bytes.Buffer
	w := csv.NewWriter(&edited)
	w.Comma, w.UseCRLF = ';', true
	if err := w.WriteAll(records); err != nil {
		t.Fatal(err)
	}
	report, err := importText(t, c, "\ufeff"+edited.String())
	if err != nil || report.Liked != 1 || report.Disliked != 1 || report.Unlabelled != 1 || report.New != 0 {
		t.Fatal(report, err)
	}
	file.Reset()
	if rows, err := Export(t.Context(), c, &file, "g1", false); err != nil || rows != 3 {
		t.Fatal(rows, err)
	}
	labelled, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	var got []float64
	for _, row := range labelled.Rows {
		got = append(got, *row.Y)
	}
	if diff := cmp.Diff([]float64{0.5, 1, 0}, got); diff != "" {
		t.Error("y:\n", diff)
	}
}

func TestExportStopsWhenAsked(t *testing.T) {
	c := open(t)
	if _, err := c.Observe(t.Context(), []catalog.Sighting{{At: now, GuildID: "g1", Video: youtube.Video{ID: "aaaaaaaaaaa"}}}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Export(ctx, c, &bytes.Buffer{}, "g1", true); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestRealLabels takes the reference labels through the catalogue and back.
func TestRealLabels(t *testing.T) {
	data, err := os.ReadFile(reference.File(t, "labels/maioli.csv"))
	if err != nil {
		t.Fatal(err)
	}
	c := open(t)
	report, err := Import(t.Context(), c, bytes.NewReader(data), ImportOptions{GuildID: "g1", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if report.Liked != 125 || report.Disliked != 1164-125 || report.New != 1164 {
		t.Errorf("report: %+v", report)
	}
	before, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if rows, err := Export(t.Context(), c, &file, "g1", false); err != nil || rows != 1164 {
		t.Fatal(rows, err)
	}
	after, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]Row{}
	for _, row := range after.Rows {
		byID[row.Video.ID] = row
	}
	for _, row := range before.Rows {
		got := byID[row.Video.ID]
		if *got.Y != *row.Y || !got.Scraped.Equal(row.Scraped) {
			t.Fatalf("%s: y %v, scraped %v; want %v, %v", row.Video.ID, *got.Y, got.Scraped, *row.Y, row.Scraped)
		}
		if diff := cmp.Diff(row.Video.Video, got.Video.Video); diff != "" {
			t.Fatalf("%s (-file +export):\n%s", row.Video.ID, diff)
		}
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte("video_id,title,y\naaaaaaaaaaa,One,1\n"))
	f.Add([]byte("\ufeffy;title;video_id\r\nTRUE;One;'-aaaaaaaaaa\r\n"))
	f.Add([]byte("video_id\ty\naaaaaaaaaaa\t👍\naaaaaaaaaaa\t👎\n"))
	f.Add([]byte("sep=;\nvideo_id;published;y\n'=aaaaaaaaaa;26.11.2019;0,5\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := open(t)
		report, err := Import(t.Context(), c, bytes.NewReader(data), ImportOptions{GuildID: "g1", Now: now})
		if got := values(t, c); err != nil && (len(got) != 0 || videos(t, c) != 0) {
			t.Fatalf("refused, and yet imported: %v", got)
		} else if err == nil && len(got) != report.Liked+report.Disliked {
			t.Fatalf("%d votes, report %+v", len(got), report)
		}
	})
}

func TestImportKeepsOldDates(t *testing.T) {
	c := open(t)
	if _, err := importText(t, c, "video_id,title,published,y\naaaaaaaaaaa,One,1965-08-06,1\n"); err != nil {
		t.Fatal(err)
	}
	v, _, err := c.Video(t.Context(), "aaaaaaaaaaa")
	if err != nil || v.Published.Time.Format(time.DateOnly) != "1965-08-06" {
		t.Errorf("published %v, %v", v.Published.Time, err)
	}
}
