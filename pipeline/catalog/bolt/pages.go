package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/catalog"
)

// bbolt never changes a page: it writes the changed rows to other pages, and the rows
// above them too. So of two states of a bucket, while the older is held by a read
// transaction, only pages with other numbers can hold other rows, and finding them costs
// what was changed, not what is there. bbolt has no interface for that.

// pages reads the pages of an open file.
type pages struct {
	file  *os.File
	size  int   // bytes of a page
	count int64 // pages of the file
}

const (
	pageHeader  = 16 // bytes: number, kind, count of rows, pages beyond the first
	pageElement = 16 // bytes that say where a row is
	kindBranch  = 1
	kindLeaf    = 2
	rowBucket   = 1  // the flag of a row that is a bucket
	deepest     = 64 // levels that no tree has
)

// page is a page of a tree, with those that it goes on for.
type page struct {
	kind, rows int
	data       []byte
}

func (p *pages) corrupt(id uint64, format string, args ...any) error {
	return &catalog.CorruptError{Path: p.file.Name(), Cause: fmt.Errorf("page %d %s", id, fmt.Sprintf(format, args...))}
}

// stat notes how long the file is.
func (p *pages) stat() error {
	info, err := p.file.Stat()
	if err == nil {
		p.count = info.Size() / int64(p.size)
	}
	return err
}

func (p *pages) read(id uint64) (page, error) {
	if id < 2 || id >= uint64(p.count) {
		return page{}, p.corrupt(id, "is not in the file, which has %d", p.count)
	}
	data := make([]byte, p.size)
	if err := p.fill(data, id, 0); err != nil {
		return page{}, err
	}
	kind, rows := int(binary.NativeEndian.Uint16(data[8:])), int(binary.NativeEndian.Uint16(data[10:]))
	more := int64(binary.NativeEndian.Uint32(data[12:]))
	switch {
	case binary.NativeEndian.Uint64(data) != id:
		return page{}, p.corrupt(id, "says that it is page %d", binary.NativeEndian.Uint64(data))
	case kind != kindBranch && kind != kindLeaf:
		return page{}, p.corrupt(id, "holds no rows")
	case int64(id)+more >= p.count:
		return page{}, p.corrupt(id, "says that it goes on for %d pages, beyond the end of the file", more)
	}
	if more > 0 {
		data = append(data, make([]byte, more*int64(p.size))...)
		if err := p.fill(data[p.size:], id, int64(p.size)); err != nil {
			return page{}, err
		}
	}
	if pageHeader+rows*pageElement > len(data) {
		return page{}, p.corrupt(id, "is too short for %d rows", rows)
	}
	return page{kind, rows, data}, nil
}

// fill reads bytes of a page from an offset in it.
func (p *pages) fill(data []byte, id uint64, offset int64) error {
	_, err := p.file.ReadAt(data, int64(id)*int64(p.size)+offset)
	if errors.Is(err, io.EOF) {
		return p.corrupt(id, "was cut off")
	}
	return err
}

// row is the i-th row of a leaf. Its bytes are the page's.
func (p page) row(i int) (k, v []byte, ok bool) {
	at := pageHeader + i*pageElement
	element := p.data[at:]
	from := at + int(binary.NativeEndian.Uint32(element[4:]))
	mid := from + int(binary.NativeEndian.Uint32(element[8:]))
	to := mid + int(binary.NativeEndian.Uint32(element[12:]))
	if to > len(p.data) || binary.NativeEndian.Uint32(element)&rowBucket != 0 {
		return nil, nil, false
	}
	return p.data[from:mid:mid], p.data[mid:to:to], true
}

// below are the pages under those of one level, in the order of their keys.
func (p *pages) below(level []uint64) ([]uint64, error) {
	var all []uint64
	for _, id := range level {
		pg, err := p.read(id)
		if err != nil {
			return nil, err
		}
		if pg.kind != kindBranch {
			return nil, p.corrupt(id, "holds rows where others of its level do not")
		}
		for i := range pg.rows {
			all = append(all, binary.NativeEndian.Uint64(pg.data[pageHeader+i*pageElement+8:]))
		}
		if int64(len(all)) > p.count {
			return nil, p.corrupt(id, "leads to more pages than there are")
		}
	}
	return all, nil
}

// height is how many levels are above the leaves of a tree; 0 for no tree.
func (p *pages) height(root uint64) (int, error) {
	for id, levels := root, 0; levels < deepest; levels++ {
		if root == 0 {
			return 0, nil
		}
		pg, err := p.read(id)
		if err != nil {
			return 0, err
		}
		if pg.kind == kindLeaf {
			return levels, nil
		}
		if pg.rows == 0 {
			return 0, p.corrupt(id, "leads nowhere")
		}
		id = binary.NativeEndian.Uint64(pg.data[pageHeader+8:])
	}
	return 0, p.corrupt(root, "has no end")
}

// apart are the leaves of two trees, given by their roots, that only one of them has, in
// the order of their keys. A root of 0 is no tree.
func (p *pages) apart(oldRoot, newRoot uint64) (gone, come []uint64, err error) {
	above, err := p.height(oldRoot)
	if err != nil {
		return nil, nil, err
	}
	aboveNew, err := p.height(newRoot)
	if err != nil {
		return nil, nil, err
	}
	gone, come = some(oldRoot), some(newRoot)
	for {
		if above == aboveNew {
			gone, come = without(gone, come), without(come, gone)
		}
		top := max(above, aboveNew)
		if top == 0 {
			return gone, come, nil
		}
		if above == top {
			if gone, err = p.below(gone); err != nil {
				return nil, nil, err
			}
			above--
		}
		if aboveNew == top {
			if come, err = p.below(come); err != nil {
				return nil, nil, err
			}
			aboveNew--
		}
	}
}

func some(root uint64) []uint64 {
	if root == 0 {
		return nil
	}
	return []uint64{root}
}

// without is what is in a and not in b.
func without(a, b []uint64) []uint64 {
	if len(a) == 0 || len(b) == 0 {
		return a
	}
	in := make(map[uint64]bool, len(b))
	for _, id := range b {
		in[id] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(id uint64) bool { return in[id] })
}

// snapshot is a state of all buckets, held by a read transaction while pages are compared.
type snapshot struct {
	tx      *bolt.Tx // nil: nothing was there
	buckets map[string]bucketState
}

type bucketState struct {
	root     uint64 // page; 0: the rows are in the row of the bucket
	sequence uint64
	rows     []row // if root is 0
}

type row struct{ k, v []byte }

// snap begins a snapshot of a file. The caller closes it.
func snap(db *bolt.DB) (*snapshot, error) {
	tx, err := db.Begin(false)
	if err != nil {
		return nil, err
	}
	s := &snapshot{tx: tx, buckets: map[string]bucketState{}}
	err = tx.ForEach(func(name []byte, b *bolt.Bucket) error {
		state := bucketState{root: uint64(b.Root()), sequence: b.Sequence()}
		if state.root == 0 {
			err := b.ForEach(func(k, v []byte) error {
				if v == nil {
					return fmt.Errorf("the bucket %s holds another", name)
				}
				state.rows = append(state.rows, row{bytes.Clone(k), bytes.Clone(v)})
				return nil
			})
			if err != nil {
				return err
			}
		}
		s.buckets[string(name)] = state
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return s, nil
}

func (s *snapshot) close() {
	if s.tx != nil {
		_ = s.tx.Rollback()
	}
}

// rowReader reads rows in the order of their keys: those given, then those of leaves.
type rowReader struct {
	pages  *pages
	given  []row
	leaves []uint64

	leaf page
	id   uint64 // of leaf
	next int    // row of leaf
}

// read returns the next row, or none at the end.
func (r *rowReader) read() (k, v []byte, ok bool, err error) {
	if len(r.given) > 0 {
		k, v, r.given = r.given[0].k, r.given[0].v, r.given[1:]
		return k, v, true, nil
	}
	for r.next == r.leaf.rows {
		if len(r.leaves) == 0 {
			return nil, nil, false, nil
		}
		r.id, r.leaves, r.next = r.leaves[0], r.leaves[1:], 0
		if r.leaf, err = r.pages.read(r.id); err != nil {
			return nil, nil, false, err
		}
		if r.leaf.kind != kindLeaf {
			return nil, nil, false, r.pages.corrupt(r.id, "holds no rows where others of its level do")
		}
	}
	if k, v, ok = r.leaf.row(r.next); !ok {
		return nil, nil, false, r.pages.corrupt(r.id, "has a row beyond its end, or a bucket among its rows")
	}
	r.next++
	return k, v, true, nil
}
