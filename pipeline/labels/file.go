package labels

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
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
	"url", "duration_seconds", "subscribers", "short", "embeddable", "queries", "voted_at",
}

// maxRows bounds the rows of a file: each takes about half a kilobyte of memory,
// however short it is.
const maxRows = 500_000

// maxProblems is how many lines an error names at most.
const maxProblems = 50

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
//   - a link instead of an id, or in the column url where there is no id, and an apostrophe before what looks like a formula
//
// Several tags (and queries) are joined by "|". A file needs a column title,
// video_id or url, and has at most half a million rows. The error joins one *LineError for each line that cannot be read,
// at most fifty, in file order; the other rows are returned with it.
func Read(r io.Reader) (*File, error) {
	data, err := decode(r)
	if err != nil {
		return nil, fmt.Errorf("the label file cannot be read: %w", err)
	}
	cr, skipped := newReader(data)
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
	if !slices.ContainsFunc([]string{"title", "video_id", "url"}, func(name string) bool { return slices.Contains(file.Columns, name) }) {
		return nil, fmt.Errorf("the label file has no column title, video_id or url (its header reads %q)", strings.Join(header, string(cr.Comma)))
	}

	// Rows are large, so the file is read twice: first to count them and to see
	// in which order its dates have day and month, then to keep them.
	dates := dateReader{}
	rows, last, lastLine := 0, "", 0
	err = eachRecord(cr, func(record []string, line int) error {
		if rows++; rows > maxRows {
			return fmt.Errorf("the label file has more than %d rows: split it", maxRows)
		}
		dates.note(record, at)
		last, lastLine = record[len(record)-1], line+skipped
		return nil
	})
	if err != nil {
		return nil, err
	}
	// A quote that is never closed swallows all lines after it; with
	// LazyQuotes the CSV reader does not report it.
	if strings.ContainsAny(last, "\r\n") && !bytes.HasSuffix(bytes.TrimSpace(data), []byte(`"`)) {
		return nil, &LineError{Line: lastLine, Text: "a quotation mark opens a field and none closes it"}
	}
	file.Rows = make([]Row, 0, rows)
	cr, _ = newReader(data)
	if _, err := cr.Read(); err != nil { // the header
		return nil, fmt.Errorf("the label file's header cannot be read: %w", err)
	}
	var bad problems
	err = eachRecord(cr, func(record []string, line int) error {
		p := rowParser{record: record, at: at, dates: dates, line: line + skipped}
		file.Rows = append(file.Rows, p.row())
		for _, err := range p.errs {
			bad.add(err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return file, errors.Join(bad.list("problems")...)
}

// newReader reads the records of a label file, of any number of fields.
func newReader(data []byte) (records *csv.Reader, skipped int) {
	records, skipped = sheet.NewReader(data)
	records.FieldsPerRecord, records.LazyQuotes, records.ReuseRecord = -1, true, true
	return records, skipped
}

// eachRecord calls do for each record that is not blank, with the line at which
// it begins. The slice is valid until do returns.
func eachRecord(cr *csv.Reader, do func(record []string, line int) error) error {
	for {
		record, err := cr.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the label file cannot be read further: %w", err)
		}
		if blank(record) {
			continue
		}
		line, _ := cr.FieldPos(0)
		if err := do(record, line); err != nil {
			return err
		}
	}
}

// problems are the first maxProblems errors of a file and the number of the others.
type problems struct {
	first []error
	more  int
}

func (p *problems) add(err error) {
	if len(p.first) == maxProblems {
		p.more++
		return
	}
	p.first = append(p.first, err)
}

// list returns the errors and, last, how many more there are of what.
func (p *problems) list(what string) []error {
	if p.more == 0 {
		return p.first
	}
	return append(slices.Clip(p.first), fmt.Errorf("and %d more %s like these", p.more, what))
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
// which joins label and video. Their songs are read as a catalogue's are, each
// with what the other titles, labelled or not, tell of names.
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
	_ = catalog.SetSongs(context.Background(), videos) // fails only when its context ends
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
