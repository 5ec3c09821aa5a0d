package labels

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"cratedigger/internal/reference"
	"cratedigger/model/sheet"
)

func TestReadToleratesSpreadsheets(t *testing.T) {
	plain := "video_id,title,published,views,tags,y\n" +
		"Yr1mOzC93xs,\"A, \"\"quoted\"\"\nline\",2018-02-08,37182,a|b,1\n" +
		",Nothing known,,,,0\n"
	tests := map[string]string{
		"plain":         plain,
		"bom and crlf":  "\xef\xbb\xbf" + strings.ReplaceAll(plain, "\n", "\r\n"),
		"semicolons":    "Video_ID;Title;published;views;tags;Y;mine\nYr1mOzC93xs;\"A, \"\"quoted\"\"\nline\";08.02.2018;37.182;a|b;WAHR;x\n;Nothing known;;;;0\n;;;;;\n",
		"sep line":      "sep=;\nvideo_id;title;published;views;tags;y\nYr1mOzC93xs;\"A, \"\"quoted\"\"\nline\";2018-02-08T00:00:00Z;3.7182E+04;a | b;1.0\n;Nothing known;;;;FALSE\n",
		"tabs":          "video_id\ttitle\tpublished\tviews\ttags\ty\n'Yr1mOzC93xs\t\"A, \"\"quoted\"\"\nline\"\t2018-02-08\t37,182\ta|b\t👍\n\tNothing known\t\t\t\tno\n",
		"other columns": "y,title,views,shoe_size,tags,published,video_id\n1,\"A, \"\"quoted\"\"\nline\",37182.0,44,a|b,2/8/2018,Yr1mOzC93xs\n0,Nothing known\n",
		"utf-16":        utf16le(plain),
		"cr alone":      strings.ReplaceAll(strings.ReplaceAll(plain, "\n", "\r"), "\rline", "\nline"),
		"cr and sep":    "sep=;\rvideo_id;title;published;views;tags;y\rYr1mOzC93xs;\"A, \"\"quoted\"\"\nline\";2018-02-08;37182;a|b;1\r;Nothing known;;;;0\r",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := Read(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Rows) != 2 {
				t.Fatalf("%d rows, want 2", len(f.Rows))
			}
			v := f.Rows[0].Video
			if v.ID != "Yr1mOzC93xs" || v.Title != "A, \"quoted\"\nline" {
				t.Errorf("id %q, title %q", v.ID, v.Title)
			}
			if v.Views == nil || *v.Views != 37182 {
				t.Errorf("views %v, want 37182", v.Views)
			}
			if want := time.Date(2018, 2, 8, 0, 0, 0, 0, time.UTC); !v.Published.Time.Equal(want) {
				t.Errorf("published %v, want %v", v.Published.Time, want)
			}
			if len(v.Tags) != 2 || v.Tags[0] != "a" || v.Tags[1] != "b" {
				t.Errorf("tags %q", v.Tags)
			}
			if y := f.Rows[0].Y; y == nil || *y != 1 {
				t.Errorf("y %v, want 1", y)
			}
			if y := f.Rows[1].Y; y == nil || *y != 0 {
				t.Errorf("second y %v, want 0", y)
			}
			if f.Rows[1].Video.Views != nil {
				t.Error("an empty field became a number")
			}
		})
	}
}

// Dates as spreadsheets and other programs write them, all of one day.
func TestReadKnowsTheFormsOfDates(t *testing.T) {
	for _, form := range []string{"2021/1/5", "2021. 1. 5.", "2021.01.05", "2021年1月5日", "5.1.21", "2021-01-05", "2021-01-05T12:34:56Z", "2021-01-05 12:34:56", "2021-01-05 12:34:56.25+00:00", "2021-01-05T12:34:56+0200",
		"2021-01-05 12:34:56 UTC", "2021/01/05", "20210105", "05.01.2021", "Jan 5, 2021", "5 January 2021"} {
		f, err := Read(strings.NewReader("title;published;y\na;" + form + ";1\n"))
		if err != nil || f.Rows[0].Video.Published.Time.Format(time.DateOnly) != "2021-01-05" {
			t.Errorf("%s: %v", form, err)
		}
	}
	f, err := Read(strings.NewReader("video_id,y\nhttps://youtu.be/Yr1mOzC93xs?t=4,1\n"))
	if err != nil || f.Rows[0].Video.ID != "Yr1mOzC93xs" {
		t.Errorf("a link in place of an id: %v, %v", f, err)
	}
	f, err = Read(strings.NewReader("video_id,url,y\n,https://youtu.be/Yr1mOzC93xs,1\nYr1mOzC93xt,https://youtu.be/Yr1mOzC93xs,1\n,https://youtu.be/none,1\n"))
	if err != nil || f.Rows[0].Video.ID != "Yr1mOzC93xs" || f.Rows[1].Video.ID != "Yr1mOzC93xt" || f.Rows[2].Video.ID != "" {
		t.Errorf("links beside ids: %v, %v", f, err)
	}
	if f, err = Read(strings.NewReader("url,y\nhttps://youtu.be/Yr1mOzC93xs,1\n")); err != nil || f.Rows[0].Video.ID != "Yr1mOzC93xs" {
		t.Errorf("links alone: %v, %v", f, err)
	}
}

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestReadNamesEachBadLine(t *testing.T) {
	f, err := Read(strings.NewReader("video_id,title,views,published,y\nshort,a,1,2018-02-08,1\n,\"b\nb\",many,soon,1\n,c,5,,maybe\n,d,5,2020-01-01,\n"))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"line 2, column video_id", "line 3, column views", "line 3, column published", "line 5, column y"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
	if e, ok := errors.AsType[*LineError](err); !ok || e.Line != 2 {
		t.Errorf("first line error %+v", e)
	}
	if len(f.Rows) != 4 || f.Rows[3].Y != nil {
		t.Errorf("rows %d; an empty y must be unlabelled", len(f.Rows))
	}
	for name, text := range map[string]string{"empty": "", "no title or id": "views,y\n5,1\n", "twice": "title,Title\na,b\n", "binary": "PK\x03\x04\x00\x00"} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Labels and numbers as people and spreadsheets of many languages write them.
func TestReadKnowsTheFormsOfValues(t *testing.T) {
	for form, want := range map[string]float64{
		"👍": 1, "👍🏽": 1, "👎🏿": 0, "👍\ufe0f": 1, "👎\ufe0e": 0, "👍🏻\ufe0f": 1, "+1": 1, "１": 1, "0,75": 0.75, "0.25": 0.25,
		"WAHR": 1, "FALSCH": 0, "VERDADERO": 1, "FALSO": 0, "WAAR": 1, "ONWAAR": 0, "PRAWDA": 1, "FAŁSZ": 0, "ИСТИНА": 1, "ЛОЖЬ": 0,
		"DOĞRU": 1, "YANLIŞ": 0, "Ναι": -1, "👌": -1, "🏽": -1, "1.5": -1,
	} {
		f, err := Read(strings.NewReader("title;y\na;" + form + "\n"))
		if want < 0 {
			if err == nil {
				t.Errorf("%q is the label %v", form, *f.Rows[0].Y)
			}
			continue
		}
		if err != nil || *f.Rows[0].Y != want {
			t.Errorf("%q: %v, want %v", form, err, want)
		}
	}
	for form, want := range map[string]int64{
		"1234567": 1234567, "1,234,567": 1234567, "1.234.567": 1234567, "1 234 567": 1234567, "1\u00a0234\u00a0567": 1234567, "1\u202f234\u202f567": 1234567,
		"1\u2009234\u2009567": 1234567, "1'234'567": 1234567, "1’234’567": 1234567, "12,34,567": 1234567, "1.234.567,00": 1234567, "1,234,567.00": 1234567,
		"1\u202f234\u202f567,0": 1234567, "1’234’567.0": 1234567, "1,234567E+06": 1234567, "1234567.0": 1234567, "1234567,0": 1234567, "37.182": 37182,
		"１２３": 123, "1,2,3": -1, "12 34": -1, "1 234.567.890": -1, "many": -1, "-5": -1, "1’23": -1,
	} {
		f, err := Read(strings.NewReader("title\tviews\ty\na\t" + form + "\t1\n"))
		if want < 0 {
			if err == nil {
				t.Errorf("%q is the number %v", form, *f.Rows[0].Video.Views)
			}
			continue
		}
		if err != nil || *f.Rows[0].Video.Views != want {
			t.Errorf("%q: %v, want %v", form, err, want)
		}
	}
}

// Dates from before there were video sites are valid: people label old
// recordings.
func TestOldDates(t *testing.T) {
	f, err := Read(strings.NewReader("title,published,y\na,1969-12-31T12:00:00Z,1\nb,31.12.85,0\nc,1971-05-01,1\nd,1888-01-01,0\ne,1970-01-01,1\nf,1989-12-31,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"1969-12-31", "1985-12-31", "1971-05-01", "1888-01-01", "1970-01-01", "1989-12-31"} {
		if got := f.Rows[i].Video.Published; !got.Known() || got.Time.Format(time.DateOnly) != want {
			t.Errorf("row %d: %v, want %s", i, got.Time, want)
		}
	}
	if _, err := Read(strings.NewReader("title,published,y\na,0012-01-01,1\n")); err == nil {
		t.Error("the year 12 was read")
	}
}

func TestReadRefusesOtherAlphabetsInOldEncodings(t *testing.T) {
	_, err := Read(strings.NewReader("title;y\n\xcc\xf3\xe7\xfb\xea\xe0;1\n"))
	if !errors.Is(err, sheet.ErrEncoding) {
		t.Errorf("Windows-1251: %v", err)
	}
}

// TestReportedLabels reads label files that were misread once.
func TestReportedLabels(t *testing.T) {
	for name, want := range map[string]struct {
		titles []string
		y      []float64
		views  int64
	}{
		"09-labels-cr-line-ends":   {[]string{"One", "Two"}, []float64{1, 0}, -1},
		"10-labels-thumb-variants": {[]string{"One", "Two", "Three"}, []float64{1, 0, 1}, -1},
		"11-labels-windows-1252":   {[]string{"Artist – “Song” €"}, []float64{1}, -1},
		"12-labels-narrow-space":   {[]string{"One"}, []float64{1}, 1234567},
		"13-labels-utf16-no-bom":   {[]string{"One"}, []float64{1}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := os.Open(reference.File(t, "reports/inputs/"+name+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			f, err := Read(r)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Rows) != len(want.y) {
				t.Fatalf("%d rows, want %d", len(f.Rows), len(want.y))
			}
			for i, row := range f.Rows {
				if row.Video.Title != want.titles[i] || row.Y == nil || *row.Y != want.y[i] || !strings.HasPrefix(row.Video.ID, "abcdefghi0") {
					t.Errorf("row %d: %q, %q, %v", i, row.Video.ID, row.Video.Title, row.Y)
				}
			}
			if v := f.Rows[0].Video.Views; want.views >= 0 && (v == nil || *v != want.views) {
				t.Errorf("views %v, want %d", v, want.views)
			}
		})
	}
}

func TestReadReferenceLabels(t *testing.T) {
	for name, want := range map[string][2]int{"maioli": {1164, 125}, "oliv": {295, 98}} {
		r, err := os.Open(reference.File(t, "labels/"+name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		videos, labels := f.Labelled()
		liked := 0
		for _, l := range labels {
			liked += int(l.Share)
		}
		if len(videos) != want[0] || len(labels) != want[0] || liked != want[1] {
			t.Errorf("%s: %d videos, %d labels, %d liked, want %v", name, len(videos), len(labels), liked, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("title,y\na,1\n")
	f.Add("sep=;\ntitle;published;views;y\n\"a\n;\";1/2/2020;3,5;👍\n")
	f.Add(utf16le("title\ty\nü\tTRUE\n"))
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Read(strings.NewReader(text))
		if err == nil {
			videos, labels := file.Labelled()
			seen := map[string]bool{}
			for _, v := range videos {
				if seen[v.ID] {
					t.Fatalf("id %q twice", v.ID)
				}
				seen[v.ID] = true
			}
			for _, l := range labels {
				if !(l.Share >= 0 && l.Share <= 1) || !seen[l.VideoID] {
					t.Fatalf("label %+v", l)
				}
			}
		}
	})
}

// TestReadKeepsLittle: a file of very many short rows takes the memory of its
// rows, once, and one of more rows than that is refused.
func TestReadKeepsLittle(t *testing.T) {
	const rows = 400_000
	data := "video_id,y\n" + strings.Repeat("aaaaaaaaaaa,1\n", rows)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	file, err := Read(strings.NewReader(data))
	runtime.ReadMemStats(&after)
	if err != nil || len(file.Rows) != rows {
		t.Fatal(err)
	}
	took := (after.TotalAlloc - before.TotalAlloc) >> 20 // with what was freed meanwhile: an upper bound
	if t.Logf("%d MB", took); took > 350 {
		t.Errorf("reading %d rows allocates %d MB", rows, took)
	}
	file, err = Read(strings.NewReader(data + strings.Repeat("aaaaaaaaaaa,1\n", maxRows-rows+1)))
	if file != nil || err == nil || !strings.Contains(err.Error(), "more than 500000 rows: split it") {
		t.Errorf("too many rows: %v", err)
	}
}
