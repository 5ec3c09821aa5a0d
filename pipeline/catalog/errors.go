package catalog

import (
	"errors"
	"fmt"
)

// ErrNotFound is wrapped by errors about a row that does not exist.
var ErrNotFound = errors.New("not in the catalogue")

// BusyError says that another process has the file open.
type BusyError struct{ Path string }

func (e *BusyError) Error() string {
	return fmt.Sprintf("the catalogue %s is held by another process; is cratedigger already running? stop it, or choose another data folder", e.Path)
}

// LostError says that the catalogue that was here is gone: the file is missing,
// empty, or belongs to another installation.
type LostError struct {
	Path   string
	Backup string // the newest backup, "" when there is none
	Other  bool   // the file is another installation's
}

func (e *LostError) Error() string {
	what := "is missing or empty, though its marker says that it was in use; a new one would forget every vote"
	if e.Other {
		what = "belongs to another installation than its marker says"
	}
	next := "there is no backup; " + anew(e.Path)
	if e.Backup != "" {
		next = "put the newest backup in its place with: cratedigger restore " + e.Backup
	}
	return fmt.Sprintf("the catalogue %s %s; %s", e.Path, what, next)
}

// anew says how to go on without a backup.
func anew(path string) string {
	return "to begin anew, delete the marker " + MarkerPath(path) + ", and read posts and reactions from Discord again with: cratedigger recover"
}

// CorruptError says that the file is damaged.
type CorruptError struct {
	Path   string
	Aside  string // where the file was moved, "" when it is still in place
	Backup string // the newest good backup, "" when there is none
	Cause  error
}

func (e *CorruptError) Error() string {
	s := fmt.Sprintf("the catalogue %s is damaged (%v)", e.Path, e.Cause)
	if e.Aside == "" {
		return s
	}
	s += "; it was set aside as " + e.Aside
	if e.Backup == "" {
		return s + "; there is no good backup: " + anew(e.Path)
	}
	return s + "; put the newest good backup in its place with: cratedigger restore " + e.Backup
}

func (e *CorruptError) Unwrap() error { return e.Cause }

// NewerError says that the file was written by a newer Cratedigger.
type NewerError struct {
	Path         string
	Have, Newest uint64
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the catalogue %s has schema %d, and this Cratedigger knows schemas up to %d: it was written by a newer version; run that version, or restore a backup from before the upgrade (nothing was changed)",
		e.Path, e.Have, e.Newest)
}

// SpaceError says that nothing is written because the disk is nearly full.
type SpaceError struct {
	Path       string
	Free, Need uint64
}

func (e *SpaceError) Error() string {
	return fmt.Sprintf("the disk of %s is nearly full: %d MB are free, %d MB are wanted; nothing was written, reading goes on, and so does writing when there is space again",
		e.Path, e.Free>>20, e.Need>>20)
}

// UnfinishedImportError says that an import counts, though not all of its rows
// could be brought to their places. The next Open or Import does.
type UnfinishedImportError struct{ Cause error }

func (e *UnfinishedImportError) Error() string {
	return fmt.Sprintf("the import counts, but not all of its rows are in their places yet; the next start or import brings them there: %v", e.Cause)
}

func (e *UnfinishedImportError) Unwrap() error { return e.Cause }

// NotEmptyError says that a guild is not recovered because the catalogue has posts or
// votes of it.
type NotEmptyError struct {
	GuildID      string
	Posts, Votes int
}

func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("guild %s has %d posts and %d votes here; only a guild without any is read from Discord again, and nothing was changed", e.GuildID, e.Posts, e.Votes)
}
