package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/catalog"
)

// What is deleted leaves free pages in the file, which later writes use; the file itself
// never shrinks. A compaction copies the rows to a new file while the catalogue is read and
// written, and then puts that in the place of the old one:
//
//   - it copies a snapshot, page by page, and checks the copy as a backup is checked;
//   - it brings the copy up to date, and again, as long as much was changed meanwhile;
//   - it lets no write begin, brings over what is left, and renames the copy.
//
// A crash leaves the old file, or, once it is renamed, the new one; both have every
// acknowledged write. Open deletes what is left of a copy.
const (
	leastFree    = 64 << 20 // bytes; fewer free ones are not worth a compaction
	leastRoom    = 64 << 20 // bytes that the old file can still grow, see [handle.room]
	copyBatch    = 4 << 20  // bytes that are written to the copy at a time
	lastLeaves   = 500      // changed pages that are brought over while writers wait
	mostRounds   = 50
	growthWatch  = 100 * time.Millisecond
	compactedBy  = "compact" // the name of its points
	appendedFill = 1         // of a page, when rows come in the order of their keys
)

// Compact gives the free pages of the file back to the disk if they are at least a third
// of it and so many that it pays. Others read and write meanwhile. It returns by how many
// bytes the file became smaller: 0 if it does not pay, while a backup or an import goes on,
// and on systems where an open file cannot be replaced. After an error the catalogue is as
// it was before, and open.
func (c *Catalog) Compact(ctx context.Context) (given int64, err error) {
	if !canReplace || c.path == "" {
		return 0, nil
	}
	select {
	case c.copying <- struct{}{}:
		defer func() { <-c.copying }()
	default:
		return 0, nil
	}
	c.compacting.Lock()
	defer c.compacting.Unlock()
	if len(c.importing) > 0 || c.broken.Load() != nil || c.closing.Err() != nil {
		return 0, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.closing, func() { cancel(errors.New("the catalogue is closed")) })()

	size, live, err := c.sizes()
	if err != nil || size-live < c.leastFree || 2*(size-live) < live {
		return 0, err
	}
	old := c.file.now // only a compaction changes it
	if old.room(size) < leastRoom {
		return 0, nil // not before the next start
	}
	if err := c.space.room(uint64(live)); err != nil {
		return 0, fmt.Errorf("the catalogue was not compacted: %w", err)
	}
	defer c.space.forget()
	c.trace(compactedBy, "begin")
	err = c.compact(ctx, cancel, old, size)
	if damage, ok := errors.AsType[*catalog.CorruptError](err); ok && damage.Path == c.path {
		return 0, c.transact(func() error { return damage })
	}
	if err == nil {
		c.trace(compactedBy, "done")
		return size - c.length(), nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return 0, fmt.Errorf("the catalogue was not compacted, and is as it was before: %w", err)
}

// length is the file's length in bytes, 0 if it cannot be told.
func (c *Catalog) length() int64 {
	info, err := os.Stat(c.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// sizes are the bytes of the file, and how many of them are not free.
func (c *Catalog) sizes() (size, live int64, err error) {
	stats, page := c.file.db().Stats(), int64(c.file.db().Info().PageSize)
	info, err := os.Stat(c.path)
	if err != nil {
		return 0, 0, fmt.Errorf("the catalogue's length cannot be read: %w", err)
	}
	return info.Size(), info.Size() - int64(stats.FreePageN+stats.PendingPageN)*page, nil
}

// compaction is a compaction that goes on.
type compaction struct {
	c      *Catalog
	old    *handle
	source *pages
	part   string  // path of the copy
	copy   *handle // nil while it is checked
	have   *snapshot
}

func (c *Catalog) compact(ctx context.Context, cancel context.CancelCauseFunc, old *handle, size int64) error {
	f, err := os.Open(c.path)
	if err != nil {
		return err
	}
	defer f.Close()
	watching, enough := context.WithCancel(ctx)
	stopped := watchGrowth(watching, f, size+old.room(size)/2, cancel)
	defer func() { enough(); <-stopped }()

	part, err := os.CreateTemp(c.folder(), copies) // mode 0600
	if err != nil {
		return err
	}
	if err := part.Close(); err != nil {
		return err
	}
	k := &compaction{c: c, old: old, source: &pages{file: f, size: old.db.Info().PageSize}, part: part.Name(), have: &snapshot{}}
	defer k.end()
	if err := k.open(); err != nil {
		return err
	}
	if _, err := k.catchUp(ctx); err != nil {
		return err
	}
	c.trace(compactedBy, "copied")
	if err := k.check(ctx); err != nil {
		return err
	}
	c.trace(compactedBy, "checked")
	for range mostRounds {
		leaves, err := k.catchUp(ctx)
		if err != nil {
			return err
		}
		if leaves > lastLeaves {
			continue
		}
		if err := k.hurry(ctx); err != nil {
			return err
		}
		if done, err := k.replace(ctx); done || err != nil {
			return err
		}
	}
	return errors.New("it changes faster than it is copied")
}

// watchGrowth ends the compaction when the old file becomes longer than most. Free pages
// that a snapshot holds are not used again, so the file may grow; before bbolt has to map
// it anew, for which the snapshot would have to end, the compaction gives up.
func watchGrowth(ctx context.Context, f *os.File, most int64, cancel context.CancelCauseFunc) (stopped <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(growthWatch)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if info, err := f.Stat(); err != nil || info.Size() > most {
				cancel(errors.Join(errors.New("it grows too fast"), err))
				return
			}
		}
	}()
	return done
}

func (k *compaction) open() error {
	h := &handle{mapped: mapAhead(k.part)}
	db, err := openFile(k.part, k.c.opts.Timeout, false)
	if err != nil {
		return err
	}
	h.db = db
	k.copy = h
	db.NoSync = k.c.opts.NoSync
	return nil
}

// check closes the copy, has it checked as a backup, and opens it again.
func (k *compaction) check(ctx context.Context) error {
	db := k.copy.db
	k.copy = nil
	if err := guard(k.part, db.Close); err != nil {
		return err
	}
	if err := verify(ctx, k.part, k.c.opts); err != nil {
		if ctx.Err() == nil {
			k.c.distrust()
		}
		return fmt.Errorf("its copy did not pass the check: %w", err)
	}
	return k.open()
}

// end lets the snapshot go, and deletes the copy unless it is the catalogue now.
func (k *compaction) end() {
	k.have.close()
	if k.copy != nil && k.copy.db == k.c.file.db() {
		return
	}
	if k.copy != nil {
		_ = guard(k.part, k.copy.db.Close)
	}
	_ = os.Remove(k.part)
}

// catchUp writes to the copy what was changed since the snapshot that it holds, which is
// everything at first. It returns how many pages with rows had been changed.
func (k *compaction) catchUp(ctx context.Context) (leaves int, err error) {
	now, changes, leaves, err := k.changes(ctx)
	if err != nil {
		return 0, err
	}
	if err := k.write(ctx, changes); err != nil {
		now.close()
		return 0, err
	}
	k.have.close()
	k.have = now
	return leaves, nil
}

// hurry is catchUp without waiting for the disk, so that next to nothing is changed
// meanwhile. What it wrote is brought to the disk with the next that waits.
func (k *compaction) hurry(ctx context.Context) error {
	k.copy.db.NoSync = true
	_, err := k.catchUp(ctx)
	k.copy.db.NoSync = k.c.opts.NoSync
	return err
}

// bucketChange is what was changed in a bucket.
type bucketChange struct {
	name       string
	gone, come rowReader // rows of the pages that only the older or only the newer state has
	sequence   uint64
	dropped    bool // there is no such bucket any more
}

// changes takes a snapshot and finds what was changed since the one that the copy holds.
func (k *compaction) changes(ctx context.Context) (now *snapshot, changes []bucketChange, leaves int, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, 0, err
	}
	err = k.c.transact(func() (err error) {
		now, err = snap(k.old.db)
		return err
	})
	if err != nil {
		return nil, nil, 0, err
	}
	if changes, leaves, err = k.compare(now); err != nil {
		now.close()
	}
	return now, changes, leaves, err
}

// compare finds what was changed between the snapshot that the copy holds and a newer one.
func (k *compaction) compare(now *snapshot) (changes []bucketChange, leaves int, err error) {
	if err := k.source.stat(); err != nil {
		return nil, 0, err
	}
	for _, name := range slices.Sorted(maps.Keys(now.buckets)) {
		before, state := k.have.buckets[name], now.buckets[name]
		gone, come, err := k.source.apart(before.root, state.root)
		if err != nil {
			return nil, 0, err
		}
		leaves += len(gone) + len(come)
		changes = append(changes, bucketChange{
			name: name, sequence: state.sequence,
			gone: rowReader{pages: k.source, given: before.rows, leaves: gone},
			come: rowReader{pages: k.source, given: state.rows, leaves: come},
		})
	}
	for name := range k.have.buckets {
		if _, ok := now.buckets[name]; !ok {
			changes = append(changes, bucketChange{name: name, dropped: true})
		}
	}
	return changes, leaves, nil
}

// write writes changes to the copy, in transactions of copyBatch bytes.
func (k *compaction) write(ctx context.Context, changes []bucketChange) error {
	return guard(k.part, func() error {
		w := copyWriter{ctx: ctx, db: k.copy.db, fill: bolt.DefaultFillPercent}
		if k.have.tx == nil {
			w.fill = appendedFill
		}
		for i := range changes {
			if err := w.change(&changes[i]); err != nil {
				return errors.Join(err, w.rollback())
			}
		}
		return w.commit()
	})
}

// copyWriter writes to a copy.
type copyWriter struct {
	ctx   context.Context
	db    *bolt.DB
	fill  float64
	tx    *bolt.Tx // nil: none has begun
	bytes int
}

func (w *copyWriter) bucket(name string) (b *bolt.Bucket, err error) {
	if w.tx == nil {
		if w.tx, err = w.db.Begin(true); err != nil {
			return nil, err
		}
	}
	b, err = w.tx.CreateBucketIfNotExists([]byte(name))
	if err == nil {
		b.FillPercent = w.fill
	}
	return b, err
}

func (w *copyWriter) commit() error {
	if w.tx == nil {
		return nil
	}
	tx := w.tx
	w.tx, w.bytes = nil, 0
	return tx.Commit()
}

func (w *copyWriter) rollback() error {
	if w.tx == nil {
		return nil
	}
	return w.tx.Rollback()
}

// change makes a bucket's rows those of the newer state.
func (w *copyWriter) change(c *bucketChange) error {
	b, err := w.bucket(c.name)
	if err != nil {
		return err
	}
	if c.dropped {
		return w.tx.DeleteBucket([]byte(c.name))
	}
	if b.Sequence() != c.sequence {
		if err := b.SetSequence(c.sequence); err != nil {
			return err
		}
	}
	oldK, oldV, isOld, err := c.gone.read()
	if err != nil {
		return err
	}
	newK, newV, isNew, err := c.come.read()
	if err != nil {
		return err
	}
	for isOld || isNew {
		order := bytes.Compare(oldK, newK)
		switch {
		case !isNew:
			order = -1
		case !isOld:
			order = 1
		}
		switch {
		case order < 0:
			err = b.Delete(oldK)
			w.bytes += len(oldK)
		case order > 0 || !bytes.Equal(oldV, newV):
			err = b.Put(newK, newV)
			w.bytes += len(newK) + len(newV)
		}
		if err == nil && order <= 0 {
			oldK, oldV, isOld, err = c.gone.read()
		}
		if err == nil && order >= 0 {
			newK, newV, isNew, err = c.come.read()
		}
		if err == nil && w.bytes >= copyBatch {
			if err = errors.Join(w.ctx.Err(), w.commit()); err == nil {
				b, err = w.bucket(c.name)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// replace puts the copy in the place of the catalogue's file, while no write can begin.
// It does nothing and returns false if too much was changed since the copy was brought up
// to date.
func (k *compaction) replace(ctx context.Context) (done bool, err error) {
	c := k.c
	var lock *bolt.Tx
	err = c.transact(func() (err error) {
		lock, err = k.old.db.Begin(true)
		return err
	})
	if err != nil {
		return false, err
	}
	c.trace(compactedBy, "locked")
	idle, err := k.swap(ctx)
	_ = c.transact(lock.Rollback) // writers go on, in the new file if idle is not nil
	if idle == nil || err != nil {
		return false, err
	}
	c.trace(compactedBy, "replaced")
	k.have.close()
	k.have = &snapshot{}
	<-idle
	if err := guard(c.path, k.old.db.Close); err != nil {
		c.log.Warn("the space that the catalogue gives back is free after the next start, for its old file did not close", "error", err)
	}
	return true, nil
}

// swap is replace with the lock held. It returns when the old file has no users, nil if
// the old file stays.
func (k *compaction) swap(ctx context.Context) (idle <-chan struct{}, err error) {
	c := k.c
	now, changes, leaves, err := k.changes(ctx)
	if err != nil {
		return nil, err
	}
	defer now.close()
	if leaves > lastLeaves {
		return nil, nil
	}
	k.copy.db.NoSync = true // once, below
	if err := k.write(ctx, changes); err != nil {
		return nil, err
	}
	k.copy.db.NoSync = c.opts.NoSync
	if !c.opts.NoSync {
		if err := k.copy.db.Sync(); err != nil {
			return nil, err
		}
	}
	c.trace(compactedBy, "commit")
	if err := os.Rename(k.part, c.path); err != nil {
		return nil, err
	}
	c.trace(compactedBy, "renamed")
	if err := syncFolder(c.folder()); err != nil {
		c.log.Warn("the compacted catalogue is in its place, but after a power failure the old one may be there", "error", err)
	}
	if c.opts.Verify != nil {
		c.checked.Store(new(c.now()))
	}
	return c.file.replace(k.copy), nil
}
