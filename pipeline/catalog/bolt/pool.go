package bolt

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"io"
	"slices"
	"strings"
	"sync"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// A pool stores short texts, each once, numbered in the order of their arrival. It is
// the store of neighbours (neighbours.go); its buckets are called beside and
// besideindex in the file. A text is a key, which ends with a zero byte, and a value.
// Eight texts share a row, because together they deflate to little more than half
// their size; text n is in row n/8.
//
// The index finds a text by a digest of its key. The digest modulo 1,024 is the row of
// the index. A row has eight bytes for each of its texts: the upper half of the
// digest, and the text's number.
type pool struct {
	rows, index, meta *bolt.Bucket
	most              uint64 // how many bytes rows and index may take together
}

const (
	poolRow      = 8       // texts in a row
	poolIndex    = 1 << 10 // rows of the index
	poolPerVideo = 280     // bytes that each video adds to the limit; with bbolt's overhead and the videos' references, under 500
	poolLeast    = 1000    // with fewer videos, the limit is as large as with 1,000
)

func openPool(tx *bolt.Tx) pool {
	meta := tx.Bucket(bucketMeta)
	p := pool{tx.Bucket(bucketBeside), tx.Bucket(bucketBesideIndex), meta, poolPerVideo * max(poolLeast, number(meta.Get(keyVideos)))}
	p.rows.FillPercent = 0.9 // rows are appended
	return p
}

var errPool = errors.New("a row of the pool of neighbours is damaged")

// text returns the text with a number, or "" if there is none.
func (p pool) text(n uint64) (string, error) {
	row, err := unpackRow(p.rows.Get(bytes8(n / poolRow)))
	if at := n % poolRow; err == nil && at < uint64(len(row)) {
		return row[at], nil
	}
	return "", err
}

// find returns the number of the text with a key, or 0 if there is none.
func (p pool) find(key string) (uint64, error) {
	k, mark := poolDigest(key)
	for _, e := range indexEntries(p.index.Get(k)) {
		if e>>32 != mark {
			continue
		}
		n := e & (1<<32 - 1)
		text, err := p.text(n)
		if err != nil || strings.HasPrefix(text, key) {
			return n, err
		}
	}
	return 0, nil
}

// add returns the number of the text with a key, and adds the text if it is new. It
// returns 0 if the pool is full.
func (p pool) add(key, rest string) (uint64, error) {
	n, err := p.find(key)
	if n != 0 || err != nil {
		return n, err
	}
	n = p.rows.Sequence() + 1
	old := p.rows.Get(bytes8(n / poolRow))
	row, err := unpackRow(old)
	if err != nil {
		return 0, err
	}
	for uint64(len(row)) < n%poolRow {
		row = append(row, "")
	}
	packed, err := packRow(append(row, key+rest))
	if err != nil {
		return 0, err
	}
	used := number(p.meta.Get(keyBeside)) + uint64(len(packed)-len(old)) + 8
	if used > p.most || n > 1<<32-1 {
		return 0, nil
	}
	k, mark := poolDigest(key)
	entries := append(indexEntries(p.index.Get(k)), mark<<32|n)
	return n, errors.Join(
		p.rows.Put(bytes8(n/poolRow), packed), p.index.Put(k, packEntries(entries)),
		p.rows.SetSequence(n), p.meta.Put(keyBeside, bytes8(used)))
}

// drop deletes a text and its entry in the index.
func (p pool) drop(n uint64) error {
	at := bytes8(n / poolRow)
	old := p.rows.Get(at)
	row, err := unpackRow(old)
	if err != nil || n%poolRow >= uint64(len(row)) || row[n%poolRow] == "" {
		return err
	}
	name, _, _ := strings.Cut(row[n%poolRow], "\x00")
	k, mark := poolDigest(name + "\x00")
	all := indexEntries(p.index.Get(k))
	left := slices.DeleteFunc(slices.Clone(all), func(e uint64) bool { return e == mark<<32|n })
	used := number(p.meta.Get(keyBeside)) - uint64(len(old)) - 8*uint64(len(all)-len(left))
	if len(left) == 0 {
		err = p.index.Delete(k)
	} else {
		err = p.index.Put(k, packEntries(left))
	}
	if err != nil {
		return err
	}
	row[n%poolRow] = ""
	if !slices.ContainsFunc(row, func(text string) bool { return text != "" }) {
		err = p.rows.Delete(at)
	} else {
		var packed []byte
		if packed, err = packRow(row); err == nil {
			used += uint64(len(packed))
			err = p.rows.Put(at, packed)
		}
	}
	if err != nil {
		return err
	}
	return p.meta.Put(keyBeside, bytes8(used))
}

// poolDigest returns a key's row in the index, and the part of the digest that is
// stored there.
func poolDigest(key string) (k []byte, mark uint64) {
	h := fnv.New64a()
	_, _ = io.WriteString(h, key)
	sum := h.Sum64()
	return binary.BigEndian.AppendUint16(nil, uint16(sum%poolIndex)), sum >> 32
}

func indexEntries(v []byte) []uint64 {
	entries := make([]uint64, 0, len(v)/8+1)
	for ; len(v) >= 8; v = v[8:] {
		entries = append(entries, binary.BigEndian.Uint64(v))
	}
	return entries
}

func packEntries(entries []uint64) (v []byte) {
	for _, e := range entries {
		v = binary.BigEndian.AppendUint64(v, e)
	}
	return v
}

// Compressors are reused, because their tables are large.
var (
	deflaters = sync.Pool{New: func() any {
		w, _ := flate.NewWriter(nil, flate.BestCompression) // fails only for an invalid level
		return w
	}}
	inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}
)

// The first byte of a row says whether the rest is deflated. The last row, which
// still grows, is plain.
const (
	rowPlain = iota
	rowDeflated
)

// packRow makes the stored form of a row: each text preceded by its length.
func packRow(texts []string) ([]byte, error) {
	plain := []byte{rowPlain}
	for _, text := range texts {
		plain = binary.AppendUvarint(plain, uint64(len(text)))
		plain = append(plain, text...)
	}
	if len(texts) < poolRow {
		return plain, nil
	}
	packed := bytes.NewBuffer([]byte{rowDeflated})
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(packed)
	_, err := w.Write(plain[1:])
	if err == nil {
		err = w.Close()
	}
	return packed.Bytes(), err
}

// maxPoolText bounds a text of the pool.
const maxPoolText = 2 * catalog.MaxTitle

// unpackRow reads the stored form of a row.
func unpackRow(packed []byte) (texts []string, err error) {
	if len(packed) == 0 {
		return nil, nil
	}
	plain := packed[1:]
	if packed[0] == rowDeflated {
		r := inflaters.Get().(io.ReadCloser)
		defer inflaters.Put(r)
		if err := r.(flate.Resetter).Reset(bytes.NewReader(plain), nil); err != nil {
			return nil, errPool
		}
		if plain, err = io.ReadAll(io.LimitReader(r, poolRow*maxPoolText)); err != nil {
			return nil, errPool
		}
	}
	if packed[0] > rowDeflated {
		return nil, errPool
	}
	for at := 0; at < len(plain); {
		length, n := binary.Uvarint(plain[at:])
		if n <= 0 || length > uint64(len(plain)-at-n) || len(texts) == poolRow {
			return nil, errPool
		}
		at += n
		texts = append(texts, string(plain[at:at+int(length)]))
		at += int(length)
	}
	return texts, nil
}
