package bolt

import (
	"os"
	"runtime"
	"strconv"
	"sync"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// file is the catalogue's open file, which a compaction replaces by another.
type file struct {
	mu  sync.Mutex
	now *handle
}

// handle is an open file with the number of its users, so that it is closed when the
// last of them is done.
type handle struct {
	db     *bolt.DB
	mapped int64         // bytes that bbolt mapped at least when it opened the file
	users  int           // guarded by file.mu
	idle   chan struct{} // closed when the file was replaced and has no users any more; nil before
}

// canReplace says whether an open file can be replaced by another. Windows does not
// rename over it, and with 32 bits there are no addresses to spare for mapAhead.
const canReplace = runtime.GOOS != "windows" && strconv.IntSize == 64

// mapAhead is how many bytes bbolt should map of a file that is opened. A write that needs
// more waits until every reader is done, and readers that come wait for it; with addresses
// to spare that does not happen while a backup or a compaction reads for minutes.
func mapAhead(path string) int64 {
	if !canReplace {
		return 0
	}
	size := int64(0)
	if info, err := os.Stat(path); err == nil {
		size = info.Size()
	}
	return size + size/2 + 512<<20
}

// room is by how many bytes a file of the given size may grow before bbolt maps it anew.
// Beyond what was mapped at first bbolt maps whole gigabytes.
func (h *handle) room(size int64) int64 {
	const whole = 1 << 30
	return max(h.mapped, (size/whole+1)*whole) - size
}

func (f *file) take() *handle {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.users++
	return f.now
}

func (f *file) give(h *handle) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h.users--; h.users == 0 && h.idle != nil {
		close(h.idle)
	}
}

// db is the open file of this moment.
func (f *file) db() *bolt.DB {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now.db
}

// replace puts another file in the place of the open one. It returns a channel that is
// closed when no transaction uses the old one.
func (f *file) replace(next *handle) (idle <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.now
	f.now, old.idle = next, make(chan struct{})
	if old.users == 0 {
		close(old.idle)
	}
	return old.idle
}

// read runs fn in a read transaction.
func (f *file) read(fn func(*bolt.Tx) error) error {
	h := f.take()
	defer f.give(h)
	return h.db.View(fn)
}

// write runs fn in a write transaction.
func (f *file) write(fn func(*bolt.Tx) error) error {
	for {
		if moved, err := f.writeTo(f.take(), fn); !moved {
			return err
		}
	}
}

// writeTo is write to the file that was taken. It does nothing and returns true if that
// was replaced while the transaction waited for its turn.
func (f *file) writeTo(h *handle, fn func(*bolt.Tx) error) (moved bool, err error) {
	defer f.give(h)
	err = h.db.Update(func(tx *bolt.Tx) error {
		if moved = f.db() != h.db; moved {
			return berrors.ErrDatabaseNotOpen
		}
		return fn(tx)
	})
	return moved, err
}
