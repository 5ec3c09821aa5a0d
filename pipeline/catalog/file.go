package catalog

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// File is what a store in one file has besides. Another store has tools of its own.
type File interface {
	// Copy copies the open file and returns the copy's path; the caller deletes it.
	Copy(ctx context.Context) (path string, err error)
	// CheckedCopy is Copy, and checks the copy.
	CheckedCopy(ctx context.Context) (path string, err error)
	// BackupDaily makes the day's backup and drops the oldest beyond keep.
	BackupDaily(ctx context.Context, keep int) (path string, err error)
	// Compact gives free space of the file back if that pays, while others read and write,
	// and returns how many bytes.
	Compact(ctx context.Context) (given int64, err error)
	// Space is the free space of the disk in bytes. With restricted nothing large is
	// written. ok is false where it is not known.
	Space() (free uint64, restricted, ok bool)
	// Damaged is closed when the open file turns out to be damaged. From then on every
	// call returns an error; the next opening sets the file aside.
	Damaged() <-chan struct{}
	// Damage is the damage that was found, or nil.
	Damage() error
}

// Report is what a check of a catalogue found.
type Report struct {
	Path     string
	Schema   uint64         // 0: nothing has been written to the file yet
	Rows     map[string]int // by bucket
	Problems []string       // sentences, empty when all is well
	Unread   int            // rows of an import that was cut off, which the next start leaves out
}

// maxProblems is how many problems a report lists at most.
const maxProblems = 50

// Problem adds a problem to the report.
func (r *Report) Problem(format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}

// Err is nil when the report holds no problem, else a CorruptError.
func (r *Report) Err() error {
	if len(r.Problems) == 0 {
		return nil
	}
	return &CorruptError{Path: r.Path, Cause: errors.New(strings.Join(r.Problems, "; "))}
}

// MarkerPath is the marker of the catalogue's file at path: it says that there was one.
func MarkerPath(path string) string { return path + ".id" }
