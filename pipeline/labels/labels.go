// Package labels reads and writes label files, CSV files that spreadsheets can
// edit, and imports them into the catalogue and exports them from it. [Read]
// lists the formats that it accepts. [ReadLikes] reads files that name what somebody
// likes, as other programs write them too.
package labels

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"cratedigger/pipeline/catalog"
)

// Importer writes videos and votes, all or none, and preferences. The catalogue
// implements it.
type Importer interface {
	Import(ctx context.Context, rows iter.Seq2[catalog.ImportRow, error]) (added int, err error)
	Video(ctx context.Context, id string) (catalog.Video, bool, error)
	AddPreferences(ctx context.Context, all ...catalog.Preference) (added int, err error)
}

// Report says what an import changed, or would change.
type Report struct {
	Rows       int      // in the file
	Liked      int      // rows that became 👍
	Disliked   int      // rows that became 👎
	Unlabelled int      // rows with an empty y, which change no vote
	New        int      // videos, or preferences, that are new to the catalogue
	Ignored    []string // unknown columns

	// Likes is set for a file of likes, and says what it holds.
	Likes *Likes
}

// String says in words what the file holds.
func (r Report) String() string {
	if r.Likes != nil {
		return r.Likes.String()
	}
	return fmt.Sprintf("%d labels (%d liked, %d not) from %d rows; %d rows have no label, %d videos are new", r.Liked+r.Disliked, r.Liked, r.Disliked, r.Rows, r.Unlabelled, r.New)
}

// ImportOptions say whose labels a file holds and when it is read.
type ImportOptions struct {
	GuildID string
	Now     time.Time
	DryRun  bool // only report
}

// Import reads a label file into a guild, whole or not at all. Labels become
// votes of [catalog.ImportVoter] without a post and replace its earlier votes;
// a row with an empty y changes none. Values that the catalogue has read from
// YouTube are kept. The error names the lines that are refused, one [LineError]
// each. A file of likes ([ReadLikes]) becomes preferences of the guild's own.
func Import(ctx context.Context, to Importer, r io.Reader, o ImportOptions) (Report, error) {
	in := bufio.NewReaderSize(r, likesHead)
	head, err := in.Peek(likesHead)
	if err != nil && err != io.EOF {
		return Report{}, fmt.Errorf("the label file cannot be read: %w", err)
	}
	if holdsLikes(head) {
		return importLikes(ctx, to, in, o)
	}
	file, err := Read(in)
	if file == nil {
		return Report{}, fmt.Errorf("%w; without video_id, these are taken: %s", err, likesForms)
	}
	report := Report{Rows: len(file.Rows), Ignored: file.Ignored}
	refused := refuse(file)
	if !slices.Contains(file.Columns, "video_id") {
		refused = append(refused, errors.New("without a column video_id, these are taken: "+likesForms))
	}
	if err != nil || len(refused) > 0 {
		return report, fmt.Errorf("nothing was imported, because of these lines:\n%w", errors.Join(append([]error{err}, refused...)...))
	}
	if len(file.Rows) == 0 {
		return report, errors.New("the label file has a header and no rows: nothing was imported")
	}
	rows := report.rows(ctx, to, file, o)
	if o.DryRun {
		for _, err := range rows {
			if err != nil {
				return report, err
			}
		}
		return report, nil
	}
	_, err = to.Import(ctx, rows)
	return report, err
}

// importLikes keeps what a file of likes says as the guild's own preferences.
func importLikes(ctx context.Context, to Importer, r io.Reader, o ImportOptions) (Report, error) {
	likes, err := ReadLikes(r)
	if err != nil {
		return Report{}, fmt.Errorf("nothing was imported: %w", err)
	}
	report := Report{Rows: likes.Rows, Disliked: likes.Disliked(), Likes: likes}
	report.Liked = len(likes.Preferences) - report.Disliked
	if !o.DryRun {
		report.New, err = to.AddPreferences(ctx, likes.Of(o.GuildID, "", o.Now)...)
	}
	return report, err
}

// rows yields the rows of a file as the catalogue takes them, in the order of
// video ids, in which it keeps them, and counts them in the report.
func (r *Report) rows(ctx context.Context, to Importer, file *File, o ImportOptions) iter.Seq2[catalog.ImportRow, error] {
	order := make([]int, len(file.Rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(file.Rows[a].Video.ID, file.Rows[b].Video.ID) })
	return func(yield func(catalog.ImportRow, error) bool) {
		labelled, before := false, "" // of the row before
		for _, i := range order {
			row := file.Rows[i]
			again := row.Video.ID == before
			labelled, before = again && labelled, row.Video.ID
			known, found, err := to.Video(ctx, row.Video.ID)
			if err != nil {
				yield(catalog.ImportRow{}, err)
				return
			}
			if !found && !again {
				r.New++
			}
			out := catalog.ImportRow{Sighting: sighting(row, known, found, o)}
			if row.Y == nil {
				r.Unlabelled++
			} else if !labelled {
				up := *row.Y >= 0.5
				if up {
					r.Liked++
				} else {
					r.Disliked++
				}
				labelled, out.Changes = true, vote(row, up, o)
			}
			if !yield(out, nil) {
				return
			}
		}
	}
}

// refuse finds the rows that cannot be imported.
func refuse(file *File) []error {
	var refused problems
	first := make(map[string]int, len(file.Rows)) // their places in the file
	for i, row := range file.Rows {
		id := row.Video.ID
		if id == "" {
			refused.add(&LineError{Line: row.Line, Column: "video_id", Text: "there is no video_id, and without one the row names no video"})
			continue
		}
		at, twice := first[id]
		if !twice {
			first[id] = i
			continue
		}
		before := file.Rows[at]
		if before.Y == nil {
			first[id] = i
		} else if row.Y != nil && (*before.Y >= 0.5) != (*row.Y >= 0.5) {
			refused.add(&LineError{Line: row.Line, Column: "y", Text: fmt.Sprintf("video %s has the other label on line %d", id, before.Line)})
		}
	}
	return refused.list("lines")
}

// sighting makes a sighting of a row. If the catalogue knows the video, the row
// only adds missing values.
func sighting(row Row, known catalog.Video, found bool, o ImportOptions) catalog.Sighting {
	v := row.Video.Video
	s := catalog.Sighting{Video: v, At: row.Scraped, GuildID: o.GuildID}
	if s.At.IsZero() || s.At.After(o.Now) {
		s.At = o.Now
	}
	// Such a row comes from a watch page, which need not be read again.
	s.Detailed = !found && (v.Description != "" || v.Category != "" || v.Likes != nil)
	if found && !known.LastSeen.Before(s.At) {
		s.At = known.LastSeen.Add(-time.Second) // so that the catalogue's values win
	}
	if len(row.Video.Queries) > 0 {
		s.Query = row.Video.Queries[0]
	}
	return s
}

// vote sets one flag of the import voter and removes the other.
func vote(row Row, up bool, o ImportOptions) []catalog.VoteChange {
	at := row.VotedAt
	if at.IsZero() || at.After(o.Now) {
		at = o.Now
	}
	ch := catalog.VoteChange{
		GuildID: o.GuildID, VideoID: row.Video.ID, MemberID: catalog.ImportVoter,
		Up: !up, Set: false, Source: catalog.SourceImport, At: at,
	}
	set := ch
	set.Up, set.Set = up, true
	return []catalog.VoteChange{ch, set}
}
