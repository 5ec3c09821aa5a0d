package bolt

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// An import is all or nothing, and may be large. In one transaction a hundred thousand
// rows would take a minute, in which no vote can be written. So Import works in
// three steps:
//
//  1. It writes the rows to the bucket "staged", importBatch rows a transaction.
//  2. One small transaction sets keyImport: from now on the rows count.
//  3. It moves the rows to their places, importBatch rows a transaction.
//
// If it is interrupted before step 2, the next Open or Import drops the staged rows;
// after step 2, it moves the rest.

// importBatch is how many rows share a transaction.
const importBatch = 250

// keyImport is set while the staged rows count.
var keyImport = []byte("import")

// storedImport is a staged ImportRow.
type storedImport struct {
	ID       string         `json:"id"`
	Video    []byte         `json:"video"` // packed
	Status   youtube.Status `json:"status,omitempty"`
	At       time.Time      `json:"at,omitzero"`
	Guild    string         `json:"guild,omitempty"`
	Query    string         `json:"query,omitempty"`
	SeededBy string         `json:"by,omitempty"`
	Detailed bool           `json:"detailed,omitempty"`
	Changes  []storedChange `json:"changes,omitempty"`
}

type storedChange struct {
	GuildID      string             `json:"guild"`
	VideoID      string             `json:"video"`
	PostID       string             `json:"post,omitempty"`
	MemberID     string             `json:"member"`
	Up           bool               `json:"up,omitempty"`
	Set          bool               `json:"set,omitempty"`
	Source       catalog.VoteSource `json:"source"`
	At           time.Time          `json:"at,omitzero"`
	OrderUnknown bool               `json:"unordered,omitempty"`
	Since        time.Time          `json:"since,omitzero"`
}

func storeImport(row catalog.ImportRow) storedImport {
	s := row.Sighting
	stored := storedImport{
		ID: s.Video.ID, Video: catalog.PackVideo(catalog.Video{Video: s.Video}), Status: s.Status, At: s.At,
		Guild: s.GuildID, Query: s.Query, SeededBy: s.SeededBy, Detailed: s.Detailed,
	}
	for _, ch := range row.Changes {
		stored.Changes = append(stored.Changes, storedChange(ch))
	}
	return stored
}

func (s storedImport) row() (catalog.ImportRow, error) {
	v, err := catalog.UnpackVideo(s.ID, s.Video)
	if err != nil {
		return catalog.ImportRow{}, fmt.Errorf("a row of an import cannot be read: %w", err)
	}
	row := catalog.ImportRow{Sighting: catalog.Sighting{
		Video: v.Video, Status: s.Status, At: s.At,
		GuildID: s.Guild, Query: s.Query, SeededBy: s.SeededBy, Detailed: s.Detailed,
	}}
	for _, ch := range s.Changes {
		row.Changes = append(row.Changes, catalog.VoteChange(ch))
	}
	return row, nil
}

func (c *Catalog) Import(ctx context.Context, rows iter.Seq2[catalog.ImportRow, error]) (added int, err error) {
	select {
	case c.importing <- struct{}{}:
		defer func() { <-c.importing }()
	case <-ctx.Done():
		return 0, fmt.Errorf("nothing was imported, as another import was going on: %w", ctx.Err())
	}
	if err := c.finishImport(ctx); err != nil {
		return 0, err
	}
	if err := c.stage(ctx, rows); err != nil {
		return 0, errors.Join(err, c.dropStaged(context.WithoutCancel(ctx)))
	}
	err = c.update(ctx, "import", large, func(tx *bolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(keyImport, []byte{1})
	})
	if err != nil {
		return 0, errors.Join(err, c.dropStaged(context.WithoutCancel(ctx)))
	}
	added, err = c.unstage(context.WithoutCancel(ctx)) // the rows count: all of them now, or at the next opening
	if err != nil {
		return added, &catalog.UnfinishedImportError{Cause: err}
	}
	return added, nil
}

// stage writes rows to the bucket "staged".
func (c *Catalog) stage(ctx context.Context, rows iter.Seq2[catalog.ImportRow, error]) error {
	batch := make([]storedImport, 0, importBatch)
	write := func() error {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("nothing was imported: %w", err)
		}
		err := c.update(ctx, "stage", large, func(tx *bolt.Tx) error {
			b := tx.Bucket(bucketStaged)
			b.FillPercent = 1 // keys only grow
			for _, row := range batch {
				n, err := b.NextSequence()
				if err != nil {
					return err
				}
				if err := put(b, bytes8(n), row); err != nil {
					return err
				}
			}
			return nil
		})
		batch = batch[:0]
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		if err := catalog.CheckChanges(row.Changes); err != nil {
			return err
		}
		batch = append(batch, storeImport(row))
		if len(batch) == importBatch {
			if err := write(); err != nil {
				return err
			}
		}
	}
	return write()
}

// unstage moves the staged rows to their places and then deletes keyImport. It skips
// a row that cannot be read, which would otherwise block all others for good.
func (c *Catalog) unstage(ctx context.Context) (added int, err error) {
	for more := true; more; {
		var o observing
		var unread []error
		err := c.update(ctx, "unstage", small, func(tx *bolt.Tx) error {
			o, more = observing{cut: map[string]int{}, show: c.shown.note}, false
			staged := tx.Bucket(bucketStaged)
			var keys [][]byte
			var sightings []catalog.Sighting
			var changes []catalog.VoteChange
			cur := staged.Cursor()
			for k, v := cur.First(); k != nil; k, v = cur.Next() {
				if more = len(keys) == importBatch; more {
					break
				}
				keys = append(keys, slices.Clone(k))
				stored, err := decode[storedImport](k, v)
				if err != nil {
					unread = append(unread, err)
					continue
				}
				row, err := stored.row()
				if err != nil {
					unread = append(unread, err)
					continue
				}
				sightings, changes = append(sightings, row.Sighting), append(changes, row.Changes...)
			}
			if err := o.write(tx, c.now(), sightings); err != nil {
				return err
			}
			if _, err := writeVotes(tx, c.now(), changes); err != nil {
				return err
			}
			for _, k := range keys {
				if err := staged.Delete(k); err != nil {
					return err
				}
			}
			if more {
				return nil
			}
			return tx.Bucket(bucketMeta).Delete(keyImport)
		})
		if err != nil {
			return added, err
		}
		for _, err := range unread {
			c.log.Error("a row of an import was left out; import the file again", "error", err)
		}
		c.observed(o)
		added += o.added
	}
	return added, nil
}

// finishImport moves or drops the staged rows of an interrupted import.
func (c *Catalog) finishImport(ctx context.Context) error {
	waits, counts := false, false
	err := c.view(ctx, func(tx *bolt.Tx) error {
		k, _ := tx.Bucket(bucketStaged).Cursor().First()
		waits, counts = k != nil, tx.Bucket(bucketMeta).Get(keyImport) != nil
		return nil
	})
	switch {
	case err != nil:
		return err
	case counts:
		added, err := c.unstage(ctx)
		if err == nil {
			c.log.Info("an import that was cut off was brought to its end", "new_videos", added)
		}
		return err
	case waits:
		c.log.Warn("an import was cut off before it counted, and changed nothing; import the file again")
		return c.dropStaged(ctx)
	}
	return nil
}

// dropStaged drops the staged rows. It frees their pages without reading them.
func (c *Catalog) dropStaged(ctx context.Context) error {
	return c.update(ctx, "unstage", small, func(tx *bolt.Tx) error {
		if err := tx.DeleteBucket(bucketStaged); err != nil {
			return err
		}
		_, err := tx.CreateBucket(bucketStaged)
		return err
	})
}
