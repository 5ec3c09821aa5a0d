package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// Walk reads every row of the catalogue at path and checks that rows and indexes
// agree. Nobody may have the file open for writing.
func Walk(path string) (catalog.Report, error) { return check(path, false) }

// Check is Walk after bbolt's own check of its pages. On a damaged file bbolt may
// crash the process beyond recovery, so call it in a separate process.
func Check(path string) (catalog.Report, error) { return check(path, true) }

func check(path string, pages bool) (catalog.Report, error) {
	r := catalog.Report{Path: path, Rows: map[string]int{}}
	info, err := os.Stat(path)
	if err != nil {
		return r, fmt.Errorf("the catalogue cannot be checked: %w", err)
	}
	if info.Size() == 0 {
		return r, &catalog.CorruptError{Path: path, Cause: errors.New("it is empty")}
	}
	if pages {
		if err := checkLengths(path, info.Size()); err != nil {
			return r, err
		}
	}
	db, err := openFile(path, 800*time.Millisecond, true)
	if err != nil {
		return r, err
	}
	err = guard(path, func() error {
		return db.View(func(tx *bolt.Tx) error {
			if pages {
				for err := range tx.Check() {
					r.Problem("%v", err)
				}
			}
			return walk{&r}.all(tx)
		})
	})
	if err != nil {
		return r, err // closing could wait for ever on bbolt's locks; the process ends soon
	}
	_ = guard(path, db.Close)
	return r, r.Err()
}

// checkLengths returns a CorruptError if a page says that it goes on beyond the file's end.
// bbolt's check believes it, and notes billions of pages in memory.
func checkLengths(path string, size int64) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("the catalogue cannot be checked: %w", err)
	}
	defer file.Close()
	page := int64(os.Getpagesize())
	var header [16]byte // the page's number, kind, count of rows, and pages beyond the first
	for n := int64(2); (n+1)*page <= size; n++ {
		if _, err := file.ReadAt(header[:], n*page); err != nil {
			return fmt.Errorf("the catalogue cannot be checked: %w", err)
		}
		kind := binary.NativeEndian.Uint16(header[8:])
		if binary.NativeEndian.Uint64(header[:]) != uint64(n) || kind != 1 && kind != 2 {
			continue // bbolt refuses it where it expects rows
		}
		more := int64(binary.NativeEndian.Uint32(header[12:]))
		if (n+1+more)*page > size {
			return &catalog.CorruptError{Path: path, Cause: fmt.Errorf("page %d says that it goes on for %d pages, beyond the end of the file", n, more)}
		}
	}
	return nil
}

// walk is a check under way.
type walk struct{ *catalog.Report }

// all checks the rows.
func (r walk) all(tx *bolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	if k, _ := tx.Cursor().First(); k == nil { // nothing has been written yet
		return nil
	}
	if meta == nil {
		return &catalog.CorruptError{Path: r.Path, Cause: errors.New("it is not a catalogue: it has no meta bucket")}
	}
	r.Schema = number(meta.Get(keySchema))
	if r.Schema > newestSchema {
		return &catalog.NewerError{Path: r.Path, Have: r.Schema, Newest: newestSchema}
	}
	if len(meta.Get(keyInstall)) == 0 {
		r.Problem("there is no install id")
	}
	if r.Schema < newestSchema { // rows of older schemas are not checked, only the pages were
		return nil
	}
	for _, name := range buckets {
		b := tx.Bucket(name)
		if b == nil {
			r.Problem("the bucket %s is missing", name)
			return nil
		}
		err := b.ForEach(func(k, _ []byte) error { r.Rows[string(name)]++; return nil })
		if err != nil {
			return err
		}
	}
	if have, said := r.Rows["videos"], number(meta.Get(keyVideos)); uint64(have) != said {
		r.Problem("there are %d videos, not %d", have, said)
	}
	err := tx.Bucket(bucketVideos).ForEach(func(k, v []byte) error {
		if _, err := catalog.UnpackVideo(string(k), v); err != nil {
			r.Problem("the video %s cannot be read: %v", k, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.walkNeighbours(tx); err != nil {
		return err
	}
	rows(r, tx, bucketFinds, func(k []byte, _ storedFind) {
		_, video := split(k)
		r.refers(tx, bucketVideos, "a find", video)
	})
	rows(r, tx, bucketVotes, func(k []byte, v storedVote) {
		if v.Value < -1 || v.Value > 1 {
			r.Problem("the vote %q counts %d", k, v.Value)
		}
	})
	rows(r, tx, bucketPreferences, func(k []byte, p storedPreference) {
		if _, _, batch := preferenceOwner(k); batch == "" || p.Artist == "" && p.Video == "" {
			r.Problem("the preference %q is about nothing, or came with nothing", k)
		}
	})
	rows(r, tx, bucketDuels, func(k []byte, row storedDuel) {
		if d, ok := duelOf(k); !ok || (d.MemberID == "") != (row.Choice == "") {
			r.Problem("the duel %q is not a choice between two videos", k)
		}
	})
	held := map[string]bool{} // posts that an outbox row holds
	_ = each(tx.Bucket(bucketOutbox), nil, func(k, v []byte) error {
		if o, err := decode[storedOutbox](k, v); err == nil && catalog.State(o.State) == catalog.StateHeld {
			held[o.Post] = true
		}
		return nil
	})
	rows(r, tx, bucketPosts, func(k []byte, p storedPost) {
		if waits := catalog.State(p.State) == catalog.StateHeld; waits != held[string(k)] {
			r.Problem("the post %s and the outbox disagree on whether it is held", k)
		} else if waits {
			return
		}
		if tx.Bucket(bucketByGuild).Get(byGuildKey(p.Guild, p.Created, string(k))) == nil {
			r.Problem("the post %s is not in its guild's order", k)
		}
		if p.Message != "" && string(tx.Bucket(bucketByMessage).Get(key(p.Message))) != string(k) {
			r.Problem("the message %s does not lead to its post", p.Message)
		}
		if catalog.State(p.State) == catalog.StateSent && p.Message == "" {
			r.Problem("the post %s is sent without a message", k)
		}
	})
	rows(r, tx, bucketOutbox, func(k []byte, o storedOutbox) {
		left := catalog.State(o.State) == catalog.StatePending || catalog.State(o.State) == catalog.StateHeld || catalog.State(o.State) == catalog.StateSent && catalog.State(o.Reactions) == catalog.StatePending
		if left != has(tx.Bucket(bucketPending), key(o.Guild, string(k))) {
			r.Problem("the outbox row %s and the index of what is left to do disagree", k)
		}
		if o.Post != "" {
			r.refers(tx, bucketPosts, "an outbox row", o.Post)
		}
	})
	// What waits to be imported belongs to nothing yet, so it is no damage.
	_ = each(tx.Bucket(bucketStaged), nil, func(k, v []byte) error {
		s, err := decode[storedImport](k, v)
		if err == nil {
			_, err = s.row()
		}
		if err != nil {
			r.Unread++
		}
		return nil
	})
	rows[storedSlot](r, tx, bucketSlots, nil)
	rows[storedJob](r, tx, bucketJobs, nil)
	rows[storedRun](r, tx, bucketRuns, nil)
	rows[storedGuild](r, tx, bucketGuilds, nil)
	r.walkModels(tx)
	rows(r, tx, bucketChampions, func(k []byte, c storedChampion) {
		if c.Version != 0 && !has(tx.Bucket(bucketModels), modelKey(string(k), c.Version)) {
			r.Problem("the champion %d of guild %s is missing", c.Version, k)
		}
	})
	return nil
}

// walkModels checks that each model has all of its pieces, and each piece a model.
func (r walk) walkModels(tx *bolt.Tx) {
	named := map[string]bool{} // what the keys of pieces begin with
	rows(r, tx, bucketModels, func(k []byte, _ storedModel) {
		if !has(tx.Bucket(bucketBlobs), k) {
			r.Problem("the model %q has lost its bytes", k)
			return
		}
		parts, _, err := partsOf(tx.Bucket(bucketBlobs).Get(k))
		if err != nil {
			r.Problem("the model %q cannot be read: %v", k, err)
		}
		guildID, _ := split(k)
		for _, p := range parts {
			pre, size := piecePrefix(guildID, p), 0
			named[string(pre)] = true
			_ = each(tx.Bucket(bucketPieces), pre, func(_, piece []byte) error { size += len(piece); return nil })
			if size != int(p.packed) {
				r.Problem("the model %q has lost bytes: %d of %d are there", k, size, p.packed)
			}
		}
	})
	_ = each(tx.Bucket(bucketPieces), nil, func(k, _ []byte) error {
		if !named[string(k[:max(0, len(k)-2)])] {
			r.Problem("the piece %x belongs to no model", k)
		}
		return nil
	})
}

// has reports whether a key exists, even without a value.
func has(b *bolt.Bucket, k []byte) bool {
	found, _ := b.Cursor().Seek(k)
	return found != nil && string(found) == string(k)
}

// refers checks that the row that another row refers to exists.
func (r walk) refers(tx *bolt.Tx, bucket []byte, what, id string) {
	if !has(tx.Bucket(bucket), key(id)) {
		r.Problem("%s speaks of %q, which is not in %s", what, id, bucket)
	}
}

// rows decodes each row of a bucket and passes it to look.
func rows[T any](r walk, tx *bolt.Tx, bucket []byte, look func(k []byte, row T)) {
	_ = each(tx.Bucket(bucket), nil, func(k, v []byte) error {
		row, err := decode[T](k, v)
		switch {
		case err != nil:
			r.Problem("%v", err)
		case look != nil:
			look(k, row)
		}
		return nil
	})
}
