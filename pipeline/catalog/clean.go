package catalog

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"github.com/google/renameio/v2/maybe"
)

// The check before an opening starts a process that reads every page and row:
// most of the time that a start takes. The mark of a clean close spares it
// where the file's bytes are those that the last session left. It holds the
// checksum of all of them, not a date or a size, so it cannot be stale: a
// crash, a torn write, a copy cut short or a flipped bit since then make
// another sum, and the file is checked.
//
// What the sum cannot tell is damage done while the file was open, before it
// was summed. The daily backup meets that, for it is a copy that is checked;
// and a mark is believed for a time only since the last check of either kind.

// believed is how long after its last check a file's mark is believed.
const believed = 7 * 24 * time.Hour

func cleanPath(path string) string { return path + ".clean" }

// cleanSince tells whether the file at path is, byte for byte, as a clean close
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

// cleanFormat is the mark: the checksum, the length, and the time of the last
// check in seconds since 1970.
const cleanFormat = "crc32c %08x of %d bytes, checked at %d\n"

// markClean leaves the mark beside the open file. Without it the next opening
// takes longer; nothing else is lost.
func (c *Catalog) markClean() {
	checked := c.checked.Load()
	if checked == nil || c.path == "" {
		return
	}
	var sum uint32
	var size int64
	err := c.transact(func() error {
		// A write transaction that writes nothing: it waits for the last one
		// and keeps others out.
		tx, err := c.db.Begin(true)
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

// distrust has the next opening check the file, whatever comes.
func (c *Catalog) distrust() {
	c.checked.Store(nil)
	if c.path != "" {
		_ = os.Remove(cleanPath(c.path))
	}
}

// sumOf is the checksum (CRC-32C, which processors have an instruction for) and
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
