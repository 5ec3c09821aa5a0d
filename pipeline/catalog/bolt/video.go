package bolt

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

const (
	// observeBatch is how many sightings are written in one transaction.
	observeBatch = 500
	// readBatch is how many videos are read in one transaction.
	readBatch = 512
)

func (c *Catalog) Observe(ctx context.Context, sightings []catalog.Sighting) (added int, err error) {
	for batch := range slices.Chunk(sightings, observeBatch) {
		if err := ctx.Err(); err != nil {
			return added, fmt.Errorf("not all videos were kept: %w", err)
		}
		n, err := c.observe(ctx, batch)
		if err != nil {
			return added, err
		}
		added += n
	}
	return added, nil
}

func (c *Catalog) observe(ctx context.Context, batch []catalog.Sighting) (added int, err error) {
	var o observing
	err = c.update(ctx, "observe", large, func(tx *bolt.Tx) error {
		o = observing{cut: map[string]int{}, show: c.shown.note}
		return o.write(tx, c.now(), batch)
	})
	if err != nil {
		return 0, err
	}
	c.observed(o)
	return o.added, nil
}

// observing collects what writing sightings has changed.
type observing struct {
	added int
	seen  []string // ids of the videos
	cut   map[string]int
	show  func(n uint64) // told the number of each neighbour; see shownAgain
}

func (o *observing) write(tx *bolt.Tx, now time.Time, batch []catalog.Sighting) (err error) {
	videos, finds := tx.Bucket(bucketVideos), tx.Bucket(bucketFinds)
	for _, s := range batch {
		if catalog.CheckIDs(s.Video.ID) != nil || len(s.Video.ID) > 64 || s.GuildID != "" && catalog.CheckIDs(s.GuildID) != nil {
			o.cut["bad id"]++
			continue
		}
		s.Limit(now, o.cut)
		k := key(s.Video.ID)
		v, refs := catalog.Video{Video: youtube.Video{ID: s.Video.ID}}, ""
		data := videos.Get(k)
		if data == nil {
			o.added++
		} else if v, err = (rawVideo{s.Video.ID, data}).video(); err != nil {
			return err
		} else if refs, err = catalog.UnpackNeighbours(data); err != nil {
			return err
		}
		v.Merge(s)
		if len(s.Neighbours) > 0 {
			if refs, err = keepNeighbours(openPool(tx), s.Neighbours, o.show); err != nil {
				return err
			}
		}
		// Guilds with the same query find the same rows: what is known is not written again.
		if packed := catalog.PackNeighbours(catalog.PackVideo(v), refs); !bytes.Equal(packed, data) {
			if err := videos.Put(k, packed); err != nil {
				return err
			}
		}
		o.seen = append(o.seen, s.Video.ID)
		if s.GuildID != "" {
			if at := forgottenAt(tx, s.GuildID, s.SeededBy); at != 0 && uint64(max(0, s.At.UnixNano())) <= at {
				s.SeededBy = nobody
			}
			if err := addFind(finds, s); err != nil {
				return err
			}
		}
	}
	meta := tx.Bucket(bucketMeta)
	return meta.Put(keyVideos, bytes8(number(meta.Get(keyVideos))+uint64(o.added)))
}

// observed updates what is cached in memory and logs what was cut.
func (c *Catalog) observed(o observing) {
	c.videos.Add(int64(o.added))
	if len(o.seen) > 0 {
		c.changes.note(o.seen)
	}
	if len(o.cut) > 0 {
		c.log.Warn("values were cut to the size that the catalogue takes", "cut", o.cut)
	}
}

// addFind records that a guild may be shown a video.
func addFind(finds *bolt.Bucket, s catalog.Sighting) error {
	k := key(s.GuildID, s.Video.ID)
	f, known, err := get[storedFind](finds, k)
	if err != nil {
		return err
	}
	queries := catalog.AddQuery(f.Queries, s.Query)
	if known && len(queries) == len(f.Queries) && (s.SeededBy == "" || f.SeededBy != "") {
		return nil
	}
	f.Queries = queries
	if f.SeededBy == "" {
		f.SeededBy = s.SeededBy
	}
	if !known {
		f.FirstSeen = s.At
	}
	return put(finds, k, f)
}

func (c *Catalog) Video(ctx context.Context, id string) (v catalog.Video, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		data := tx.Bucket(bucketVideos).Get(key(id))
		if data == nil {
			return nil
		}
		found = true
		v, err = rawVideo{id, data}.video() // copies the data
		return err
	})
	if err != nil {
		return catalog.Video{}, false, err
	}
	return v, found, nil
}

func (c *Catalog) VideosByID(ctx context.Context, ids []string) (map[string]catalog.Video, error) {
	raws := make([]rawVideo, 0, len(ids))
	err := c.view(ctx, func(tx *bolt.Tx) error {
		for _, id := range ids {
			if data := tx.Bucket(bucketVideos).Get(key(id)); data != nil {
				raws = append(raws, rawVideo{id, slices.Clone(data)})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	videos := make(map[string]catalog.Video, len(raws))
	for _, raw := range raws {
		if videos[raw.id], err = raw.video(); err != nil {
			return nil, err
		}
	}
	return videos, nil
}

func (c *Catalog) Videos(ctx context.Context) iter.Seq2[catalog.Video, error] {
	return func(yield func(catalog.Video, error) bool) {
		var next []byte
		for {
			batch, after, err := c.readVideos(ctx, next)
			if err != nil {
				yield(catalog.Video{}, err)
				return
			}
			for _, raw := range batch {
				v, err := raw.video()
				if !yield(v, err) || err != nil {
					return
				}
			}
			if after == nil {
				return
			}
			next = after
		}
	}
}

// rawVideo is a row copied out of its transaction.
type rawVideo struct {
	id   string
	data []byte
}

// video reads the row. A song that other rules gave, or nobody has read yet, is
// read from the video's own words.
func (r rawVideo) video() (catalog.Video, error) {
	v, err := catalog.UnpackVideo(r.id, r.data)
	if err != nil {
		return catalog.Video{}, fmt.Errorf("the video %s of the catalogue cannot be read: %w", r.id, err)
	}
	if v.Song.Rules != song.Version {
		v.Song = song.Read(catalog.Upload(v.Video), nil)
	}
	return v, nil
}

// readVideos copies a batch of rows, starting at the key from (nil: the first),
// and returns the key of the next batch, nil at the end.
func (c *Catalog) readVideos(ctx context.Context, from []byte) (batch []rawVideo, after []byte, err error) {
	batch = make([]rawVideo, 0, readBatch)
	err = c.view(ctx, func(tx *bolt.Tx) error {
		cur := tx.Bucket(bucketVideos).Cursor()
		k, v := cur.First()
		if from != nil {
			k, v = cur.Seek(from)
		}
		for ; k != nil; k, v = cur.Next() {
			if len(batch) == readBatch {
				after = slices.Clone(k)
				return nil
			}
			batch = append(batch, rawVideo{string(k), slices.Clone(v)})
		}
		return nil
	})
	return batch, after, err
}

func (c *Catalog) GuildVideos(ctx context.Context, guildID string) ([]catalog.Video, error) {
	var raws []rawVideo
	err := c.view(ctx, func(tx *bolt.Tx) error {
		videos := tx.Bucket(bucketVideos)
		return each(tx.Bucket(bucketFinds), prefix(guildID), func(k, _ []byte) error {
			id := k[len(guildID)+1:]
			if data := videos.Get(id); data != nil {
				raws = append(raws, rawVideo{string(id), slices.Clone(data)})
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	all := make([]catalog.Video, 0, len(raws))
	for _, raw := range raws {
		v, err := raw.video()
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

func (c *Catalog) Finds(ctx context.Context, guildID string) (finds []catalog.Find, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		return each(tx.Bucket(bucketFinds), prefix(guildID), func(k, data []byte) error {
			row, err := decode[storedFind](k, data)
			if err != nil {
				return err
			}
			finds = append(finds, catalog.Find{
				GuildID: guildID, VideoID: string(k[len(guildID)+1:]),
				Queries: row.Queries, SeededBy: row.SeededBy, FirstSeen: row.FirstSeen,
			})
			return nil
		})
	})
	return finds, err
}

func (c *Catalog) Find(ctx context.Context, guildID, videoID string) (f catalog.Find, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		row, ok, err := get[storedFind](tx.Bucket(bucketFinds), key(guildID, videoID))
		if found = ok; ok {
			f = catalog.Find{GuildID: guildID, VideoID: videoID, Queries: row.Queries, SeededBy: row.SeededBy, FirstSeen: row.FirstSeen}
		}
		return err
	})
	return f, found, err
}

func (c *Catalog) VideoCount(ctx context.Context) (int, error) {
	return int(c.videos.Load()), ctx.Err()
}
