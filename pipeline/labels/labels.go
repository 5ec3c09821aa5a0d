// Package labels reads and writes label files, CSV files that spreadsheets can
// edit, and imports them into the catalogue and exports them from it. [Read]
// lists the formats that it accepts.
package labels

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"cratedigger/pipeline/catalog"
)

// Importer writes videos and votes, all or none. The catalogue implements it.
type Importer interface {
	Import(ctx context.Context, sightings []catalog.Sighting, changes []catalog.VoteChange) (added int, err error)
	Video(id string) (catalog.Video, bool, error)
}

// Report says what an import changed, or would change.
type Report struct {
	Rows       int      // in the file
	Liked      int      // rows that became 👍
	Disliked   int      // rows that became 👎
	Unlabelled int      // rows with an empty y, which change no vote
	New        int      // videos that are new to the catalogue
	Ignored    []string // unknown columns
}

// ImportOptions say whose labels a file holds and when it is read.
type ImportOptions struct {
	GuildID string
	Now     time.Time
	DryRun  bool // only report
}

// maxRefusals is how many refused lines an error names at most.
const maxRefusals = 50

// Import reads a label file into a guild, whole or not at all. Labels become
// votes of [catalog.ImportVoter] without a post and replace its earlier votes;
// a row with an empty y changes none. Values that the catalogue has read from
// YouTube are kept. The error names the lines that are refused, one [LineError]
// each.
func Import(ctx context.Context, to Importer, r io.Reader, o ImportOptions) (Report, error) {
	file, err := Read(r)
	if file == nil {
		return Report{}, err
	}
	report := Report{Rows: len(file.Rows), Ignored: file.Ignored}
	problems := refuse(file)
	if err != nil || len(problems) > 0 {
		return report, refusal(err, problems)
	}
	if len(file.Rows) == 0 {
		return report, errors.New("the label file has a header and no rows: nothing was imported")
	}
	var sightings []catalog.Sighting
	var changes []catalog.VoteChange
	seen := map[string]bool{}
	for _, row := range file.Rows {
		known, found, err := to.Video(row.Video.ID)
		if err != nil {
			return report, err
		}
		if !found && !seen[row.Video.ID] {
			report.New++
		}
		sightings = append(sightings, sighting(row, known, found, o))
		if row.Y == nil {
			report.Unlabelled++
		} else if !seen[row.Video.ID] {
			up := *row.Y >= 0.5
			if up {
				report.Liked++
			} else {
				report.Disliked++
			}
			changes = append(changes, vote(row, up, o)...)
		}
		seen[row.Video.ID] = seen[row.Video.ID] || row.Y != nil
	}
	if o.DryRun {
		return report, nil
	}
	_, err = to.Import(ctx, sightings, changes)
	return report, err
}

// refuse finds the rows that cannot be imported.
func refuse(file *File) (problems []error) {
	first := map[string]Row{}
	for _, row := range file.Rows {
		id := row.Video.ID
		if id == "" {
			problems = append(problems, &LineError{Line: row.Line, Column: "video_id", Text: "there is no video_id, and without one the row names no video"})
			continue
		}
		before, twice := first[id]
		if twice && before.Y != nil && row.Y != nil && (*before.Y >= 0.5) != (*row.Y >= 0.5) {
			problems = append(problems, &LineError{Line: row.Line, Column: "y", Text: fmt.Sprintf("video %s has the other label on line %d", id, before.Line)})
		}
		if !twice || before.Y == nil {
			first[id] = row
		}
	}
	return problems
}

// refusal joins the errors of reading and of the rows into one.
func refusal(read error, problems []error) error {
	if more := len(problems) - maxRefusals; more > 0 {
		problems = append(problems[:maxRefusals:maxRefusals], fmt.Errorf("and %d more lines like these", more))
	}
	return fmt.Errorf("nothing was imported, because of these lines:\n%w", errors.Join(append([]error{read}, problems...)...))
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
