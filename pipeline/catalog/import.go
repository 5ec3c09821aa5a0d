package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/youtube"
)

// An import counts as a whole, and may be large: one transaction of a hundred
// thousand rows takes a minute, in which no vote is written. So the rows wait in
// a bucket of their own, written in transactions of importBatch rows; one small
// transaction then notes that they count; and from there they are brought in
// batch by batch, each leaving the bucket in the transaction that brings it in.
// Rows that wait without the note are those of an import that was cut off: they
// are dropped. Rows with it are brought in by the next Open or Import.

// importBatch is how many rows share a transaction.
const importBatch = 250

// keyImport is set while the rows that wait count.
var keyImport = []byte("import")

// ImportRow is one row of an import: what it says of a video, and its votes.
type ImportRow struct {
	Sighting Sighting
	Changes  []VoteChange
}

// storedImport is an ImportRow that waits.
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
	GuildID      string     `json:"guild"`
	VideoID      string     `json:"video"`
	PostID       string     `json:"post,omitempty"`
	MemberID     string     `json:"member"`
	Up           bool       `json:"up,omitempty"`
	Set          bool       `json:"set,omitempty"`
	Source       VoteSource `json:"source"`
	At           time.Time  `json:"at,omitzero"`
	OrderUnknown bool       `json:"unordered,omitempty"`
	Since        time.Time  `json:"since,omitzero"`
}

func storeImport(row ImportRow) storedImport {
	s := row.Sighting
	stored := storedImport{
		ID: s.Video.ID, Video: packVideo(Video{Video: s.Video}), Status: s.Status, At: s.At,
		Guild: s.GuildID, Query: s.Query, SeededBy: s.SeededBy, Detailed: s.Detailed,
	}
	for _, ch := range row.Changes {
		stored.Changes = append(stored.Changes, storedChange(ch))
	}
	return stored
}

func (s storedImport) row() (ImportRow, error) {
	v, err := unpackVideo(s.ID, s.Video)
	if err != nil {
		return ImportRow{}, fmt.Errorf("a row of an import cannot be read: %w", err)
	}
	row := ImportRow{Sighting: Sighting{
		Video: v.Video, Status: s.Status, At: s.At,
		GuildID: s.Guild, Query: s.Query, SeededBy: s.SeededBy, Detailed: s.Detailed,
	}}
	for _, ch := range s.Changes {
		row.Changes = append(row.Changes, VoteChange(ch))
	}
	return row, nil
}

// Import takes in the sightings and votes of rows, all or none, in transactions
// that are small enough for votes to be written between them. If rows returns an
// error, or ctx ends before all rows are queued on the disk, nothing changes. If
// Import returns nil, all rows are on the disk. If it could not write the last of
// them, because the disk is full, the error is an [UnfinishedImportError], and the
// next Open or Import writes them. It returns how many videos are new. One import
// is made at a time.
func (c *Catalog) Import(ctx context.Context, rows iter.Seq2[ImportRow, error]) (added int, err error) {
	select {
	case c.importing <- struct{}{}:
		defer func() { <-c.importing }()
	case <-ctx.Done():
		return 0, fmt.Errorf("nothing was imported, as another import was going on: %w", ctx.Err())
	}
	if err := c.finishImport(); err != nil {
		return 0, err
	}
	if err := c.stage(ctx, rows); err != nil {
		return 0, errors.Join(err, c.dropStaged())
	}
	err = c.update("import", large, func(tx *bolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(keyImport, []byte{1})
	})
	if err != nil {
		return 0, errors.Join(err, c.dropStaged())
	}
	added, err = c.unstage()
	if err != nil {
		return added, &UnfinishedImportError{Cause: err}
	}
	return added, nil
}

// stage writes rows to where they wait.
func (c *Catalog) stage(ctx context.Context, rows iter.Seq2[ImportRow, error]) error {
	batch := make([]storedImport, 0, importBatch)
	write := func() error {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("nothing was imported: %w", err)
		}
		err := c.update("stage", large, func(tx *bolt.Tx) error {
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
		if err := checkChanges(row.Changes); err != nil {
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

// unstage brings in what waits and then takes the note away that it counts. A row
// that cannot be read is left out: it would hold up all others for good.
func (c *Catalog) unstage() (added int, err error) {
	for more := true; more; {
		var o observing
		var unread []error
		err := c.update("unstage", small, func(tx *bolt.Tx) error {
			o, more = observing{cut: map[string]int{}}, false
			staged := tx.Bucket(bucketStaged)
			var keys [][]byte
			var sightings []Sighting
			var changes []VoteChange
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

// finishImport brings in or drops what an import left that was cut off.
func (c *Catalog) finishImport() error {
	waits, counts := false, false
	err := c.view(func(tx *bolt.Tx) error {
		k, _ := tx.Bucket(bucketStaged).Cursor().First()
		waits, counts = k != nil, tx.Bucket(bucketMeta).Get(keyImport) != nil
		return nil
	})
	switch {
	case err != nil:
		return err
	case counts:
		added, err := c.unstage()
		if err == nil {
			c.log.Info("an import that was cut off was brought to its end", "new_videos", added)
		}
		return err
	case waits:
		c.log.Warn("an import was cut off before it counted, and changed nothing; import the file again")
		return c.dropStaged()
	}
	return nil
}

// dropStaged drops the rows that wait. It frees their pages without reading them.
func (c *Catalog) dropStaged() error {
	return c.update("unstage", small, func(tx *bolt.Tx) error {
		if err := tx.DeleteBucket(bucketStaged); err != nil {
			return err
		}
		_, err := tx.CreateBucket(bucketStaged)
		return err
	})
}
