package bolt

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
)

func (c *Catalog) ReadSongs(ctx context.Context) (changed int, err error) {
	var known song.Memory
	for v, err := range c.Videos(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return 0, fmt.Errorf("no song was read anew: %w", err)
		}
		known.Add(catalog.Upload(v.Video))
	}
	var next []byte
	for more := true; more; more = next != nil {
		var batch []rawVideo
		batch, next, err = c.readVideos(ctx, next)
		n := 0
		if err == nil {
			n, err = c.readSongs(ctx, batch, &known)
		}
		changed += n
		if err != nil {
			return changed, fmt.Errorf("not all songs were read anew, and the next time does the rest: %w", err)
		}
	}
	return changed, c.update(ctx, "songs", small, func(tx *bolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(keySongs, bytes8(song.Version))
	})
}

func (c *Catalog) SongsCurrent(ctx context.Context) (current bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		current = number(tx.Bucket(bucketMeta).Get(keySongs)) == song.Version
		return nil
	})
	return current, err
}

// readSongs is ReadSongs of one piece.
func (c *Catalog) readSongs(ctx context.Context, batch []rawVideo, known *song.Memory) (changed int, err error) {
	type renewed struct{ id, old, new []byte }
	var rows []renewed
	for _, raw := range batch {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		v, err := catalog.UnpackVideo(raw.id, raw.data)
		if err != nil {
			continue // check tells of it
		}
		refs, err := catalog.UnpackNeighbours(raw.data)
		if err != nil {
			continue
		}
		if s := known.Read(catalog.Upload(v.Video)); !s.Same(v.Song) {
			v.Song = s
			rows = append(rows, renewed{key(raw.id), raw.data, catalog.PackNeighbours(catalog.PackVideo(v), refs)})
		}
	}
	if len(rows) == 0 {
		return 0, nil
	}
	var ids []string
	err = c.update(ctx, "songs", large, func(tx *bolt.Tx) error {
		videos := tx.Bucket(bucketVideos)
		ids = nil
		for _, r := range rows {
			if !bytes.Equal(videos.Get(r.id), r.old) {
				continue // it was seen meanwhile
			}
			if err := videos.Put(r.id, r.new); err != nil {
				return err
			}
			ids = append(ids, string(r.id))
		}
		return nil
	})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	c.changes.note(ids)
	return len(ids), nil
}
