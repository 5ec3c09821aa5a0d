package labels

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"cratedigger/internal/reference"
)

func TestReadLabelsToleratesSpreadsheets(t *testing.T) {
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
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := ReadLabels(strings.NewReader(text))
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
func TestReadLabelsKnowsTheFormsOfDates(t *testing.T) {
	for _, form := range []string{"2021-01-05", "2021-01-05T12:34:56Z", "2021-01-05 12:34:56", "2021-01-05 12:34:56.25+00:00", "2021-01-05T12:34:56+0200",
		"2021-01-05 12:34:56 UTC", "2021/01/05", "20210105", "05.01.2021", "Jan 5, 2021", "5 January 2021"} {
		f, err := ReadLabels(strings.NewReader("title;published;y\na;" + form + ";1\n"))
		if err != nil || f.Rows[0].Video.Published.Time.Format(time.DateOnly) != "2021-01-05" {
			t.Errorf("%s: %v", form, err)
		}
	}
	f, err := ReadLabels(strings.NewReader("video_id,y\nhttps://youtu.be/Yr1mOzC93xs?t=4,1\n"))
	if err != nil || f.Rows[0].Video.ID != "Yr1mOzC93xs" {
		t.Errorf("a link in place of an id: %v, %v", f, err)
	}
}

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestReadLabelsNamesEachBadLine(t *testing.T) {
	f, err := ReadLabels(strings.NewReader("video_id,title,views,published,y\nshort,a,1,2018-02-08,1\n,\"b\nb\",many,soon,1\n,c,5,,maybe\n,d,5,2020-01-01,\n"))
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
		if _, err := ReadLabels(strings.NewReader(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestReadReferenceLabels(t *testing.T) {
	for name, want := range map[string][2]int{"maioli": {1164, 125}, "oliv": {295, 98}} {
		r, err := os.Open(reference.File(t, "labels/"+name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		f, err := ReadLabels(r)
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

func FuzzReadLabels(f *testing.F) {
	f.Add("title,y\na,1\n")
	f.Add("sep=;\ntitle;published;views;y\n\"a\n;\";1/2/2020;3,5;👍\n")
	f.Add(utf16le("title\ty\nü\tTRUE\n"))
	f.Fuzz(func(t *testing.T, text string) {
		file, err := ReadLabels(strings.NewReader(text))
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
