package bolt

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"github.com/google/renameio/v2/maybe"
)

// Opening a catalogue starts a process that checks every page and row, which
// takes most of the time of a start. A clean close leaves a mark with the
// checksum of the whole file; while the checksum matches, the check is skipped.
// After a crash, a torn write, an incomplete copy or a flipped bit it does not
// match.
//
// The checksum cannot reveal damage from before the close. The check of the daily
// backup finds that, and a mark is valid only for a while after the last check of
// either kind.

// believed is how long a mark is valid after the last check.
const believed = 7 * 24 * time.Hour

func cleanPath(path string) string { return path + ".clean" }

// cleanSince reports whether the file at path is exactly as the last clean close
// left it, and when it was last checked.
func cleanSince(path string, now time.Time) (checked time.Time, ok bool) {
	mark, err := os.ReadFile(cleanPath(path))
	if err != nil {
		return time.Time{}, false
	}
	var sum uint32
	var size, seconds int64
	if _, err := fmt.Sscanf(string(mark), cleanFormat, &sum, &size, &seconds); err != nil {
		return time.Time{}, false
	}
	checked = time.Unix(seconds, 0)
	if age := now.Sub(checked); age < -time.Minute || age > believed {
		return time.Time{}, false
	}
	haveSum, haveSize, err := sumOf(path)
	return checked, err == nil && haveSum == sum && haveSize == size
}

// cleanFormat is the format of the mark; the time is in seconds since 1970.
const cleanFormat = "crc32c %08x of %d bytes, checked at %d\n"

// markClean writes the mark of the open file. If that fails, the next start only
// takes longer.
func (c *Catalog) markClean() {
	checked := c.checked.Load()
	if checked == nil || c.path == "" {
		return
	}
	var sum uint32
	var size int64
	err := c.transact(func() error {
		// An empty write transaction waits for the last write and blocks others.
		tx, err := c.file.db().Begin(true)
		if err != nil {
			return err
		}
		want := tx.Size()
		if sum, size, err = sumOf(c.path); err == nil && size < want {
			err = fmt.Errorf("it was cut from %d bytes to %d", want, size)
		}
		return errors.Join(err, tx.Rollback())
	})
	if err == nil {
		err = maybe.WriteFile(cleanPath(c.path), fmt.Appendf(nil, cleanFormat, sum, size, checked.Unix()), 0o600)
	}
	if err != nil {
		c.log.Debug("the next start checks the whole catalogue, for its clean close could not be noted", "error", err)
	}
}

// distrust removes the mark, so that the next opening checks the file.
func (c *Catalog) distrust() {
	c.checked.Store(nil)
	if c.path != "" {
		_ = os.Remove(cleanPath(c.path))
	}
}

// sumOf returns the CRC-32C checksum, which processors compute in hardware, and
// the length of a file.
func sumOf(path string) (sum uint32, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	hash := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	size, err = io.Copy(hash, f)
	return hash.Sum32(), size, err
}
