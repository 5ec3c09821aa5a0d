package feature

import (
	"hash/maphash"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"cratedigger/pipeline/catalog"
)

// Cache caches what was read of videos' texts; numbers depend on the time and
// are read each time. It also keeps the newest space, which is fitted again
// only when many videos are new. Its methods may be called concurrently.
type Cache struct {
	mu     sync.Mutex
	reader *Reader
	seed   maphash.Seed
	texts  map[string]cachedText

	space *Space // the newest, or nil
}

type cachedText struct {
	sum  uint64
	text *Text
}

// NewCache returns an empty cache.
func NewCache(o Options) *Cache {
	return &Cache{reader: NewReader(o), seed: maphash.MakeSeed(), texts: map[string]cachedText{}}
}

// CacheOf returns a cache without texts that has a loaded space, its options and its
// lexicon.
func CacheOf(s *Space) *Cache {
	r := &Reader{opts: s.opts, packaging: NewPackaging(s.opts.Packaging), lexicon: s.lexicon}
	return &Cache{reader: r, seed: maphash.MakeSeed(), texts: map[string]cachedText{}, space: s}
}

// Len is how many videos' texts are kept.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.texts)
}

// Options are the cache's settings of text.
func (c *Cache) Options() Options { return c.reader.opts }

// With returns a cache with other settings: this one if they are equal, a copy
// of it if only MinDocs or Factors differ, otherwise an empty one.
func (c *Cache) With(o Options) *Cache {
	o = o.filled()
	p := c.reader.opts
	switch {
	case p.WordGrams != o.WordGrams || p.CharLow != o.CharLow || p.CharHigh != o.CharHigh || !slices.Equal(p.Packaging, o.Packaging):
		return NewCache(o)
	case p.MinDocs == o.MinDocs && p.Factors == o.Factors:
		return c
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return &Cache{
		reader: &Reader{opts: o, packaging: c.reader.packaging, lexicon: c.reader.lexicon.clone()},
		seed:   c.seed, texts: maps.Clone(c.texts),
	}
}

// Documents reads each video as it was known at the time at[i]; a nil slice
// means as in the newest observations.
func (c *Cache) Documents(videos []catalog.Video, at []time.Time) []*Document {
	when := func(i int) time.Time {
		if at == nil {
			return time.Time{}
		}
		return at[i]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]*Document, len(videos))
	// Cached videos are looked up in parallel. New ones are read in the order
	// of the videos, which decides the ids of their terms in the lexicon.
	var readers sync.WaitGroup
	share := len(videos)/runtime.GOMAXPROCS(0) + 1
	for low := 0; low < len(videos); low += share {
		readers.Go(func() {
			for i := low; i < min(low+share, len(videos)); i++ {
				out[i] = c.known(&videos[i], when(i))
			}
		})
	}
	readers.Wait()
	for i, d := range out {
		if d == nil {
			out[i] = c.document(&videos[i], when(i))
		}
	}
	return out
}

// known returns the document of a video from the cached text, or nil if there
// is none or the text has changed.
func (c *Cache) known(v *catalog.Video, at time.Time) *Document {
	t, ok := c.texts[v.ID]
	if !ok || v.ID == "" || t.sum != c.textSum(v) {
		return nil
	}
	return &Document{VideoID: v.ID, Text: t.text, nums: readNumbers(*v, t.text, at)}
}

func (c *Cache) document(v *catalog.Video, at time.Time) *Document {
	if d := c.known(v, at); d != nil {
		return d
	}
	d := c.reader.Read(*v, at)
	c.texts[v.ID] = cachedText{c.textSum(v), d.Text}
	return d
}

// textSum is a hash of everything that terms are made of.
func (c *Cache) textSum(v *catalog.Video) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seed)
	write := func(s string) {
		h.WriteString(s)
		h.WriteByte(0)
	}
	write(v.Title)
	write(v.Description)
	write(v.Channel)
	write(v.ChannelID)
	write(v.Category)
	for _, t := range v.Tags {
		write(t)
	}
	h.WriteByte(1)
	for _, q := range v.Queries {
		write(q)
	}
	h.WriteByte(1)
	for _, c := range v.Music {
		write(c.Song)
		write(c.Artist)
	}
	h.WriteByte(1)
	for _, a := range v.Song.Artists {
		write(a)
	}
	for _, key := range v.Song.Keys {
		write(key)
	}
	write(string(v.Song.Kind))
	maphash.WriteComparable(&h, v.Song.Confidence)
	return h.Sum64()
}

// Space returns a space fitted to the documents of these videos, or the last
// one if it still fits.
func (c *Cache) Space(videos []catalog.Video, seed uint64) (*Space, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.space != nil && c.space.fits(videos) {
		return c.space, nil
	}
	docs := make([]*Document, len(videos))
	for i := range videos {
		docs[i] = c.document(&videos[i], time.Time{})
	}
	s, err := c.reader.Fit(docs, seed)
	if err != nil {
		return nil, err
	}
	c.space = s
	return s, nil
}
