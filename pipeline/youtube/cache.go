package youtube

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2/maybe"
)

// maxAge is the context key of Fresh.
type maxAge struct{}

// Fresh returns a context in which the cache returns no page older than age, for
// the check just before a video is posted.
func Fresh(ctx context.Context, age time.Duration) context.Context {
	return context.WithValue(ctx, maxAge{}, age)
}

// freshEnough reports whether a page fetched at at may be used now.
func freshEnough(ctx context.Context, at, now time.Time) bool {
	age, limited := ctx.Value(maxAge{}).(time.Duration)
	return !limited || now.Sub(at) <= age
}

// pageCache keeps the pages of a day on disk, so that none is fetched twice in
// a day, and a scrape that was killed continues where it stopped. Each day has
// a folder with one gzip file for each page, whose header holds the time of the
// fetch.
type pageCache struct{ dir string }

// get returns a page fetched on the day of now, and when that was.
func (c pageCache) get(key string, now time.Time) (body []byte, at time.Time, ok bool) {
	if c.dir == "" {
		return nil, time.Time{}, false
	}
	f, err := os.Open(c.path(key, now))
	if err != nil {
		return nil, time.Time{}, false
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, time.Time{}, false
	}
	body, err = io.ReadAll(io.LimitReader(z, maxBody+1))
	if err != nil || len(body) > maxBody {
		return nil, time.Time{}, false
	}
	return body, z.ModTime.UTC(), true
}

// put stores a page and deletes those of other days.
func (c pageCache) put(key string, body []byte, now time.Time) error {
	if c.dir == "" {
		return nil
	}
	path := c.path(key, now)
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		c.dropOtherDays(now)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return writeGzip(path, body, now)
}

func (c pageCache) path(key string, now time.Time) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(c.dir, now.UTC().Format(time.DateOnly), hex.EncodeToString(sum[:16])+".gz")
}

func (c pageCache) dropOtherDays(now time.Time) {
	today := now.UTC().Format(time.DateOnly)
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if _, err := time.Parse(time.DateOnly, e.Name()); err == nil && e.IsDir() && e.Name() != today {
			os.RemoveAll(filepath.Join(c.dir, e.Name()))
		}
	}
}

func writeGzip(path string, body []byte, at time.Time) error {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return err
	}
	z.ModTime = at.UTC().Truncate(time.Second)
	if _, err := z.Write(body); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return maybe.WriteFile(path, packed.Bytes(), 0o600)
}

// rawPages keeps the last pages that were not understood, to help adapt the
// parser.
type rawPages struct{ dir string }

// maxRaw is how many raw pages are kept at most.
const maxRaw = 20

// keep stores a page and returns its path, "" if no folder is set.
func (r rawPages) keep(kind string, body []byte, now time.Time) (string, error) {
	if r.dir == "" {
		return "", nil
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	end := "-" + kind + "-" + hex.EncodeToString(sum[:4]) + ".gz"
	if same, err := filepath.Glob(filepath.Join(r.dir, "*Z"+end)); err == nil && len(same) > 0 {
		return same[0], nil // the same page was stored before
	}
	name := now.UTC().Format("20060102T150405Z") + end
	path := filepath.Join(r.dir, name)
	if err := writeGzip(path, body, now); err != nil {
		return "", err
	}
	kept, err := filepath.Glob(filepath.Join(r.dir, "*Z-*-*.gz"))
	if err != nil {
		return path, err
	}
	for len(kept) > maxRaw { // Glob sorts, and the names begin with the time
		if err := os.Remove(kept[0]); err != nil {
			return path, err
		}
		kept = kept[1:]
	}
	return path, nil
}
