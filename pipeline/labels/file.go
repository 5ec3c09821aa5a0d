package labels

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"cratedigger/model/sheet"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// Columns are the columns of a label file, in the order in which they are
// written: those that such files have always had, then ours.
var Columns = []string{
	"video_id", "title", "channel_id", "channel", "published", "scraped", "views", "likes", "dislikes",
	"width", "height", "tags", "category", "description", "thumb_width", "thumb_height", "y",
	"duration_seconds", "subscribers", "short", "embeddable", "queries", "voted_at",
}

// Row is one row of a label file.
type Row struct {
	Line  int           // of the file, from 1, at which the row begins
	Video catalog.Video // ID is "" where the file has none; one observation, at Scraped
	Y     *float64      // 1 liked, 0 not, or a share between them; nil if unlabelled

	Scraped                 time.Time // UTC; zero if the file does not say
	ThumbWidth, ThumbHeight *int64
	VotedAt                 time.Time // zero if the file does not say
}

// File is a label file.
type File struct {
	Rows    []Row
	Columns []string // its known columns, in the file's order
	Ignored []string // its unknown columns, in the file's order
}

// LineError is what is wrong with one line of a label file.
type LineError struct {
	Line   int
	Column string
	Text   string // a sentence
}

func (e *LineError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Text)
	}
	return fmt.Sprintf("line %d, column %s: %s", e.Line, e.Column, e.Text)
}

// Read reads a label file: CSV with a header line. An empty field is a missing
// value, never a zero. It accepts the changes that spreadsheets make to such a
// file:
//
//   - encodings, separators and line ends as package sheet reads them
//   - quoted line breaks, columns in any order and letter case, missing and unknown
//     columns, short and blank lines
//   - 37182.0, 3.7E+04, 37,182 or 37’182,0 for 37182
//   - dates as 2019-11-26 (with or without a time), as 26.11.2019, or with slashes, in the
//     order of day and month that fits all dates of the column
//   - words for true and false in many languages and thumbs of any skin tone for 1 and 0
//   - a link instead of an id, and an apostrophe before what looks like a formula
//
// Several tags (and queries) are joined by "|". A file needs a column title or
// video_id. The error joins one *LineError for each line that cannot be read,
// at most fifty, in file order; the other rows are returned with it.
func Read(r io.Reader) (*File, error) {
	data, err := decode(r)
	if err != nil {
		return nil, fmt.Errorf("the label file cannot be read: %w", err)
	}
	cr, skipped := sheet.NewReader(data)
	cr.FieldsPerRecord = -1
	cr.LazyQuotes = true

	header, err := cr.Read()
	if err == io.EOF {
		return nil, errors.New("the label file is empty: it needs a header line with at least the column title or video_id")
	}
	if err != nil {
		return nil, fmt.Errorf("the label file's header cannot be read: %w", err)
	}
	file := &File{}
	at := make(map[string]int, len(header))
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case name == "":
		case !isColumn(name):
			file.Ignored = append(file.Ignored, name)
		default:
			if _, twice := at[name]; twice {
				return nil, fmt.Errorf("the label file has the column %s twice", name)
			}
			at[name] = i
			file.Columns = append(file.Columns, name)
		}
	}
	_, titled := at["title"]
	if _, named := at["video_id"]; !titled && !named {
		return nil, fmt.Errorf("the label file has no column title or video_id (its header reads %q)", strings.Join(header, string(cr.Comma)))
	}

	var records [][]string
	var lines []int
	var bad []error
	for {
		record, err := cr.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the label file cannot be read further: %w", err)
		}
		if blank(record) {
			continue
		}
		line, _ := cr.FieldPos(0)
		records, lines = append(records, record), append(lines, line+skipped)
	}
	if n := len(records); n > 0 {
		// A quote that is never closed swallows all lines after it; with
		// LazyQuotes the CSV reader does not report it.
		last := records[n-1]
		if strings.ContainsAny(last[len(last)-1], "\r\n") && !bytes.HasSuffix(bytes.TrimSpace(data), []byte(`"`)) {
			return nil, &LineError{Line: lines[n-1], Text: "a quotation mark opens a field and none closes it"}
		}
	}
	dates := newDateReader(records, at)
	for i, record := range records {
		p := rowParser{record: record, at: at, dates: dates, line: lines[i]}
		row := p.row()
		bad = append(bad, p.errs...)
		file.Rows = append(file.Rows, row)
	}
	if len(bad) > 50 {
		more := len(bad) - 50
		bad = append(bad[:50:50], fmt.Errorf("and %d more problems like these", more))
	}
	return file, errors.Join(bad...)
}

// Count returns how many rows have a label, and how many of those are liked.
func (f *File) Count() (labelled, liked int) {
	for _, r := range f.Rows {
		if r.Y != nil {
			labelled++
			if *r.Y >= 0.5 {
				liked++
			}
		}
	}
	return labelled, liked
}

// Labelled returns the videos of all rows and the labels of those that have
// one. A row without an id of its own gets one made of its number ("row:12"),
// which joins label and video.
func (f *File) Labelled() ([]catalog.Video, []taste.Label) {
	videos := make([]catalog.Video, len(f.Rows))
	var labels []taste.Label
	taken := map[string]bool{}
	for i, row := range f.Rows {
		videos[i] = row.Video
		if row.Video.ID == "" || taken[row.Video.ID] {
			videos[i].ID = fmt.Sprintf("row:%d", i)
		}
		taken[videos[i].ID] = true
		if row.Y != nil {
			labels = append(labels, taste.Label{VideoID: videos[i].ID, Share: *row.Y, Weight: 1, Voters: 1, KnownAt: row.Scraped, VotedAt: row.VotedAt})
		}
	}
	return videos, labels
}

func isColumn(name string) bool {
	for _, c := range Columns {
		if c == name {
			return true
		}
	}
	return false
}

func blank(record []string) bool {
	for _, f := range record {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}

// rowVideo makes a video of the catalogue from the fields of a row.
func rowVideo(v youtube.Video, scraped time.Time, queries []string) catalog.Video {
	out := catalog.Video{Video: v, FirstSeen: scraped, LastSeen: scraped, Queries: queries}
	if v.Views != nil || v.Likes != nil || v.Dislikes != nil || v.Subscribers != nil {
		out.Observations = []catalog.Observation{{At: scraped, Views: v.Views, Likes: v.Likes,
			Dislikes: v.Dislikes, Subscribers: v.Subscribers, Detailed: true}}
	}
	return out
}
