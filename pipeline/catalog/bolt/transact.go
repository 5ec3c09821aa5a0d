package bolt

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

var (
	bucketMeta        = []byte("meta")
	bucketVideos      = []byte("videos")
	bucketFinds       = []byte("finds")
	bucketVotes       = []byte("votes")
	bucketPosts       = []byte("posts")
	bucketByGuild     = []byte("byguild")
	bucketByMessage   = []byte("bymessage")
	bucketOutbox      = []byte("outbox")
	bucketPending     = []byte("pending")
	bucketSlots       = []byte("slots")
	bucketJobs        = []byte("jobs")
	bucketRuns        = []byte("runs")
	bucketGuilds      = []byte("guilds")
	bucketModels      = []byte("models")
	bucketBlobs       = []byte("blobs")
	bucketPieces      = []byte("pieces")
	bucketChampions   = []byte("champions")
	bucketCounters    = []byte("counters")
	bucketStates      = []byte("states")
	bucketStaged      = []byte("staged")
	bucketBeside      = []byte("beside")
	bucketBesideIndex = []byte("besideindex")
	bucketPreferences = []byte("preferences")
	bucketDuels       = []byte("duels")

	keySchema  = []byte("schema")
	keyInstall = []byte("install")
	keyVideos  = []byte("videos")
	keyBeside  = []byte("beside")
	keySongs   = []byte("songs")
)

// buckets are all buckets of the newest schema.
var buckets = [][]byte{
	bucketMeta, bucketVideos, bucketFinds, bucketVotes, bucketPosts, bucketByGuild, bucketByMessage,
	bucketOutbox, bucketPending, bucketSlots, bucketJobs, bucketRuns, bucketGuilds,
	bucketModels, bucketBlobs, bucketChampions, bucketCounters, bucketStates, bucketStaged, bucketBeside, bucketBesideIndex,
	bucketPreferences, bucketDuels, bucketPieces,
}

// size says how much a write may add. It decides how much free space it needs.
type size int

const (
	small size = iota
	large
)

// guard runs f and returns a panic or a page fault in it, which is how bbolt
// reacts to a damaged page, as a CorruptError.
func guard(path string, f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = &catalog.CorruptError{Path: path, Cause: fmt.Errorf("%v", r)}
		}
	}()
	return f()
}

// transact runs f under guard. After a panic bbolt's locks may be held for
// ever, so every later call returns the same error.
func (c *Catalog) transact(f func() error) error {
	if broken := c.broken.Load(); broken != nil {
		return broken
	}
	err := guard(c.path, f)
	var corrupt *catalog.CorruptError
	if errors.As(err, &corrupt) && c.broken.CompareAndSwap(nil, corrupt) {
		c.log.Error("the catalogue is damaged; stop, and start again to set it aside", "file", c.path, "error", corrupt.Cause)
		close(c.damaged)
	}
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return fmt.Errorf("the catalogue %s is closed: %w", c.path, err)
	}
	return err
}

// begin runs f unless ctx has ended. A transaction that has begun is not interrupted, so
// it is written whole or not at all.
func begin(ctx context.Context, f func(*bolt.Tx) error) func(*bolt.Tx) error {
	return func(tx *bolt.Tx) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return f(tx)
	}
}

// view runs f in a read transaction. Bytes from the transaction are invalid after
// it.
func (c *Catalog) view(ctx context.Context, f func(*bolt.Tx) error) error {
	return c.transact(func() error { return c.file.read(begin(ctx, f)) })
}

// update runs f in a write transaction, which is on the disk when update returns
// without an error. It may wait for another; ctx counts until the transaction begins.
func (c *Catalog) update(ctx context.Context, name string, s size, f func(*bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.space.allow(s); err != nil {
		return err
	}
	c.trace(name, "begin")
	var inner error
	err := c.transact(func() error {
		return c.file.write(func(tx *bolt.Tx) error {
			if inner = begin(ctx, f)(tx); inner == nil {
				c.trace(name, "commit")
			}
			return inner
		})
	})
	if err == nil {
		c.trace(name, "done")
		return nil
	}
	if inner == nil {
		c.space.failed(err)
		if _, ok := errors.AsType[*catalog.CorruptError](err); !ok {
			return fmt.Errorf("the catalogue could not be written, and is as it was before: %w", err)
		}
	}
	return err
}

func (c *Catalog) trace(name, point string) {
	if c.opts.Trace != nil {
		c.opts.Trace(name + ":" + point)
	}
}

// key joins the parts of a key.
func key(parts ...string) []byte { return []byte(strings.Join(parts, "\x00")) }

// prefix is the common start of all keys whose first parts are these.
func prefix(parts ...string) []byte { return append(key(parts...), 0) }

// bytes8 and number encode and decode a number; a missing value is 0.
func bytes8(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func number(b []byte) uint64 {
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// put stores v as JSON.
func put(b *bolt.Bucket, k []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("a row cannot be written: %w", err)
	}
	return b.Put(k, data)
}

// get reads a row.
func get[T any](b *bolt.Bucket, k []byte) (row T, found bool, err error) {
	data := b.Get(k)
	if data == nil {
		return row, false, nil
	}
	row, err = decode[T](k, data)
	return row, err == nil, err
}

func decode[T any](k, data []byte) (row T, err error) {
	if err := json.Unmarshal(data, &row); err != nil {
		return row, fmt.Errorf("the row %q of the catalogue cannot be read: %w", k, err)
	}
	return row, nil
}
