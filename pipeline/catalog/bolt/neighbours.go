package bolt

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"strings"
	"sync"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// The neighbours of videos (the suggestions on their watch pages) are kept in
// a pool (pool.go), which stores each video and channel once, however many pages
// show it. A channel's text is "c", its name and a zero byte; a video's is "v",
// its id, a zero byte, its channel's number and its title. The page's video
// stores the numbers of its neighbours. The pool's size is limited in proportion
// to the number of videos; new texts that do not fit are dropped.

// keepNeighbours adds the neighbours of a page, which are within the limits, to the pool and
// returns their numbers, delta-encoded, to be stored with the page's video. It tells show
// each text's number.
func keepNeighbours(p pool, neighbours []youtube.Neighbour, show func(n uint64)) (string, error) {
	var refs []byte
	last := int64(0)
	for _, b := range neighbours {
		channel, err := p.add("c"+poolName(b.Channel)+"\x00", "")
		if err != nil {
			return "", err
		}
		rest := string(binary.AppendUvarint(nil, channel)) + poolName(b.Title)
		n, err := p.add("v"+b.ID+"\x00", rest)
		if err != nil {
			return "", err
		}
		if n != 0 && channel != 0 {
			show(n)
			show(channel)
			refs = binary.AppendVarint(refs, int64(n)-last)
			last = int64(n)
		}
	}
	return string(refs), nil
}

// poolName removes zero bytes, which separate fields in the pool.
func poolName(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// neighbourNumbers decodes the numbers that keepNeighbours returned.
func neighbourNumbers(refs string) (numbers []uint64, ok bool) {
	last := int64(0)
	for rest := []byte(refs); len(rest) > 0; {
		difference, n := binary.Varint(rest)
		if last += difference; n <= 0 || last <= 0 {
			return nil, false
		}
		numbers = append(numbers, uint64(last))
		rest = rest[n:]
	}
	return numbers, true
}

// neighbourText parses the pool's text of a video.
func neighbourText(text string) (b youtube.Neighbour, channel uint64, ok bool) {
	id, rest, found := strings.Cut(text, "\x00")
	id, isVideo := strings.CutPrefix(id, "v")
	channel, n := binary.Uvarint([]byte(rest))
	if !found || !isVideo || n <= 0 {
		return b, 0, false
	}
	return youtube.Neighbour{ID: id, Title: rest[n:]}, channel, true
}

// channelText parses the pool's text of a channel.
func channelText(text string) (name string, ok bool) {
	name, isChannel := strings.CutPrefix(strings.TrimSuffix(text, "\x00"), "c")
	return name, isChannel
}

func (c *Catalog) Neighbours(ctx context.Context, id string) (neighbours []youtube.Neighbour, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		data := tx.Bucket(bucketVideos).Get(key(id))
		if data == nil {
			return nil
		}
		refs, err := catalog.UnpackNeighbours(data)
		numbers, ok := neighbourNumbers(refs)
		p := openPool(tx)
		for i := 0; i < len(numbers) && err == nil; i++ {
			var b youtube.Neighbour
			b, err = p.neighbour(numbers[i])
			neighbours = append(neighbours, b)
		}
		if err != nil || !ok {
			return fmt.Errorf("the neighbours of the video %s cannot be read: %w", id, errPool)
		}
		return nil
	})
	return neighbours, err
}

// neighbour returns the video with the given number.
func (p pool) neighbour(n uint64) (youtube.Neighbour, error) {
	text, err := p.text(n)
	b, channel, ok := neighbourText(text)
	if err == nil && ok {
		text, err = p.text(channel)
		b.Channel, ok = channelText(text)
	}
	if err == nil && !ok {
		err = errPool
	}
	return b, err
}

// idleNeighbours are the numbers of texts that no video of the catalogue refers to, in
// order.
func idleNeighbours(tx *bolt.Tx) (idle []uint64, err error) {
	p := openPool(tx)
	wanted := make([]bool, p.rows.Sequence()+1)
	want := func(n uint64) {
		if n < uint64(len(wanted)) {
			wanted[n] = true
		}
	}
	if len(wanted) == 1 {
		return nil, nil
	}
	err = tx.Bucket(bucketVideos).ForEach(func(_, data []byte) error {
		refs, err := catalog.UnpackNeighbours(data)
		numbers, _ := neighbourNumbers(refs)
		for _, n := range numbers {
			want(n)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var there []uint64
	err = p.rows.ForEach(func(k, v []byte) error {
		row, err := unpackRow(v)
		for i, text := range row {
			n := number(k)*poolRow + uint64(i)
			if text == "" {
				continue
			}
			there = append(there, n)
			if _, channel, ok := neighbourText(text); ok && n < uint64(len(wanted)) && wanted[n] {
				want(channel)
			}
		}
		return err
	})
	for _, n := range there {
		if n >= uint64(len(wanted)) || !wanted[n] {
			idle = append(idle, n)
		}
	}
	return idle, err
}

// shownAgain notes which texts pages show while pruneNeighbours works, which has read the
// videos before.
type shownAgain struct {
	mu    sync.Mutex
	found map[uint64]bool // nil while nobody prunes
}

func (s *shownAgain) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = map[uint64]bool{}
}

func (s *shownAgain) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = nil
}

// note is called in the transaction that stores a page.
func (s *shownAgain) note(n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.found != nil {
		s.found[n] = true
	}
}

// since are the texts that were shown, with the channels of the videos among them.
func (s *shownAgain) since(p pool) (map[uint64]bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := maps.Clone(s.found)
	for n := range s.found {
		text, err := p.text(n)
		if err != nil {
			return nil, err
		}
		if _, channel, ok := neighbourText(text); ok {
			all[channel] = true
		}
	}
	return all, nil
}

// walkNeighbours checks the pool: each text is readable, there once and found by the
// index, and every number that a video or neighbour refers to exists.
func (r walk) walkNeighbours(tx *bolt.Tx) error {
	p := openPool(tx)
	texts, seen, used := map[uint64]string{}, map[string]bool{}, uint64(0)
	err := p.rows.ForEach(func(k, v []byte) error {
		row, err := unpackRow(v)
		if err != nil {
			r.Problem("the row %d: %v", number(k), err)
		}
		used += uint64(len(v))
		for i, text := range row {
			if text == "" {
				continue
			}
			n := number(k)*poolRow + uint64(i)
			name, _, _ := strings.Cut(text, "\x00")
			if texts[n] = text; seen[name] {
				r.Problem("the neighbour %q is stored twice", name)
			}
			if found, err := p.find(name + "\x00"); err != nil || found != n {
				r.Problem("the neighbour %q is not in the index", name)
			}
			seen[name] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	used += 8 * uint64(len(texts))
	if said := number(p.meta.Get(keyBeside)); said != used {
		r.Problem("the neighbours of videos take %d bytes, not %d", used, said)
	}
	for _, text := range texts {
		if b, channel, ok := neighbourText(text); ok {
			if _, ok := channelText(texts[channel]); !ok {
				r.Problem("the neighbour %s has lost its channel", b.ID)
			}
		}
	}
	return tx.Bucket(bucketVideos).ForEach(func(k, data []byte) error {
		refs, err := catalog.UnpackNeighbours(data)
		if err != nil {
			return nil // reported by the walk of the videos
		}
		numbers, ok := neighbourNumbers(refs)
		for _, n := range numbers {
			_, _, there := neighbourText(texts[n])
			ok = ok && there
		}
		if !ok {
			r.Problem("the neighbours of the video %s are lost", k)
		}
		return nil
	})
}
