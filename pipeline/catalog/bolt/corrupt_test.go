package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// damages are ways to damage or lose a good file.
var damages = map[string]func(data []byte) []byte{
	"truncated":   func(data []byte) []byte { return data[:len(data)/2+100] },
	"cut to meta": func(data []byte) []byte { return data[:2*os.Getpagesize()] },
	"flipped bits": func(data []byte) []byte {
		for i := 4 * os.Getpagesize(); i < len(data); i += 97 {
			data[i] ^= 0x55
		}
		return data
	},
	"both metas": func(data []byte) []byte {
		for _, page := range []int{0, 1} {
			for i := range 64 {
				data[page*os.Getpagesize()+16+i] = 0xAA
			}
		}
		return data
	},
	"zero pages": func(data []byte) []byte {
		clear(data[3*os.Getpagesize():])
		return data
	},
	"not a catalogue": func(data []byte) []byte { return []byte(strings.Repeat("This is a letter. ", 1000)) },
}

// filled makes a catalogue with a backup at path, closed, and returns the
// options to open it with.
func filled(t testing.TB, path string) Options {
	t.Helper()
	o := testOptions(t, func(o *Options) { o.Verify, o.NoSync = verifyInChild, true })
	c, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		var batch []catalog.Sighting
		for j := range 100 {
			batch = append(batch, watch(fmt.Sprintf("v%04d%06d", i, j), start))
		}
		must(c.Observe(t.Context(), batch))(t)
	}
	must(c.Vote(t.Context(), change(true, true, catalog.SourceReaction, 1)))(t)
	must(c.BackupDaily(t.Context(), 3))(t)
	must(c.Vote(t.Context(), change(false, true, catalog.SourceReaction, 2)))(t) // after the backup
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestCorruptFileIsSetAside(t *testing.T) {
	for name, damage := range damages {
		for _, restore := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restore %v", name, restore), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "catalog.db")
				o := filled(t, path)
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				data = damage(data)
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
				o.Restore = restore
				c, err := Open(path, o)
				aside, _ := filepath.Glob(path + ".corrupt-*")
				if len(aside) != 1 {
					t.Fatalf("set aside: %q (%v)", aside, err)
				}
				if kept, err := os.ReadFile(aside[0]); err != nil || string(kept) != string(data) {
					t.Error("the damaged file was changed", err)
				}
				if !restore {
					corrupt, ok := errors.AsType[*catalog.CorruptError](err)
					if !ok || corrupt.Backup == "" || !strings.Contains(err.Error(), "cratedigger restore "+corrupt.Backup) {
						t.Fatalf("error: %v", err)
					}
					if _, err = Open(path, o); err == nil {
						t.Fatal("the second start began a new catalogue")
					}
					if lost, ok := errors.AsType[*catalog.LostError](err); !ok || lost.Backup != corrupt.Backup {
						t.Fatalf("the second start: %v", err)
					}
					if _, err := Restore(t.Context(), corrupt.Backup, path, o); err != nil {
						t.Fatal(err)
					}
					c, err = Open(path, o)
				}
				if err != nil {
					t.Fatal(err)
				}
				votes := must(c.Votes(t.Context(), "g1"))(t)
				if len(votes) != 1 || votes[0].Value != 1 || must(c.VideoCount(t.Context()))(t) != 500 {
					t.Errorf("%d videos, votes %+v", must(c.VideoCount(t.Context()))(t), votes)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestCorruptFileWithoutBackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	o := filled(t, path)
	if err := os.RemoveAll(filepath.Join(filepath.Dir(path), "backups")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(3*os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	o.Restore = true
	_, err := Open(path, o)
	if err == nil || !strings.Contains(err.Error(), "no good backup") {
		t.Fatal(err)
	}
}

func TestCorruptBackupIsPassedOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	o := filled(t, path)
	newest := filepath.Join(filepath.Dir(path), "backups", "catalog-20991231T000000Z.db")
	if err := os.WriteFile(newest, []byte("half a ba"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(3*os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path, o)
	corrupt, ok := errors.AsType[*catalog.CorruptError](err)
	if !ok || corrupt.Backup == "" || corrupt.Backup == newest {
		t.Fatalf("offered: %v", err)
	}
}

func TestCorruptUnderTheOpenCatalogue(t *testing.T) {
	// The file is cut while it is open, so that touching its lost pages is a
	// fault. It must become an error, for this call and all later ones.
	path := filepath.Join(t.TempDir(), "catalog.db")
	o := filled(t, path)
	c, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(2*os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var failure error
		for _, err := range c.Videos(t.Context()) {
			failure = err
		}
		if _, ok := errors.AsType[*catalog.CorruptError](failure); !ok {
			t.Fatalf("reading: %v", failure)
		}
	}
	if _, err := c.Vote(t.Context(), change(true, true, catalog.SourceButton, 3)); err == nil {
		t.Error("a vote was taken by a damaged catalogue")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestCorruptOneMetaSurvives(t *testing.T) {
	for page := range 2 {
		path := filepath.Join(t.TempDir(), "catalog.db")
		o := filled(t, path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		clear(data[page*os.Getpagesize()+16 : page*os.Getpagesize()+80])
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Open(path, o)
		if err != nil {
			t.Fatalf("meta page %d: %v", page, err)
		}
		if must(c.VideoCount(t.Context()))(t) != 500 {
			t.Errorf("%d videos", must(c.VideoCount(t.Context()))(t))
		}
		c.Close()
	}
}

func TestCorruptRowsAreFound(t *testing.T) {
	spoil := map[string]func(tx *bolt.Tx) error{
		"not JSON":            func(tx *bolt.Tx) error { return tx.Bucket(bucketVideos).Put([]byte("aaaaaaaaaaa"), []byte("{")) },
		"count":               func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyVideos, bytes8(77)) },
		"lost pending":        func(tx *bolt.Tx) error { return deleteIf(tx.Bucket(bucketPending), nil, every) },
		"lost post":           func(tx *bolt.Tx) error { return deleteIf(tx.Bucket(bucketPosts), nil, every) },
		"lost order":          func(tx *bolt.Tx) error { return deleteIf(tx.Bucket(bucketByGuild), nil, every) },
		"lost message":        func(tx *bolt.Tx) error { return deleteIf(tx.Bucket(bucketByMessage), nil, every) },
		"lost blob":           func(tx *bolt.Tx) error { return deleteIf(tx.Bucket(bucketBlobs), nil, every) },
		"lost pieces":         func(tx *bolt.Tx) error { return deleteIf(tx.Bucket(bucketPieces), nil, every) },
		"a piece of no model": func(tx *bolt.Tx) error { return tx.Bucket(bucketPieces).Put([]byte("g1\x00abc"), []byte("x")) },
		"lost model":          func(tx *bolt.Tx) error { return deleteIf(tx.Bucket(bucketModels), nil, every) },
		"lost video":          func(tx *bolt.Tx) error { return tx.Bucket(bucketVideos).Delete([]byte("bbbbbbbbbbb")) },
		"lost bucket":         func(tx *bolt.Tx) error { return tx.DeleteBucket(bucketStates) },
		"lost install":        func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Delete(keyInstall) },
		"lost meta":           func(tx *bolt.Tx) error { return tx.DeleteBucket(bucketMeta) },
		"senseless vote":      func(tx *bolt.Tx) error { return put(tx.Bucket(bucketVotes), key("g1", "p", "m"), storedVote{Value: 9}) },
	}
	for name, f := range spoil {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "catalog.db")
			c, err := Open(path, testOptions(t))
			if err != nil {
				t.Fatal(err)
			}
			must(c.Observe(t.Context(), []catalog.Sighting{sighting("aaaaaaaaaaa"), sighting("bbbbbbbbbbb")}))(t)
			slot, posts, rows := samplePosts()
			must(c.CreatePosts(t.Context(), slot, posts, rows))(t)
			if err := c.MarkSent(t.Context(), slot.Key+"/001", "m1", start); err != nil {
				t.Fatal(err)
			}
			must(c.SaveModel(t.Context(), "g1", nil, [][]byte{{1}}, true))(t)
			c.Close()
			if _, err := Check(path); err != nil {
				t.Fatal("before:", err)
			}
			db, err := bolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Update(f); err != nil {
				t.Fatal(err)
			}
			db.Close()
			if _, err := Check(path); err == nil {
				t.Error("not found")
			}
		})
	}
}

func TestCorruptEmptiedCatalogueIsRefused(t *testing.T) {
	for name, lose := range map[string]func(path string) error{
		"deleted":     os.Remove,
		"zero length": func(path string) error { return os.Truncate(path, 0) },
		"replaced by a new one": func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			db, err := bolt.Open(path, 0o600, nil)
			if err != nil {
				return err
			}
			return db.Close()
		},
		"another's": func(path string) error {
			c, err := Open(filepath.Join(filepath.Dir(path), "other.db"), Options{})
			if err != nil {
				return err
			}
			if err := c.Close(); err != nil {
				return err
			}
			return os.Rename(c.Path(), path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "catalog.db")
			o := filled(t, path)
			if err := lose(path); err != nil {
				t.Fatal(err)
			}
			_, err := Open(path, o)
			lost, ok := errors.AsType[*catalog.LostError](err)
			if !ok || lost.Backup == "" || !strings.Contains(err.Error(), "cratedigger restore") {
				t.Fatalf("error: %v", err)
			}
			if _, err := Restore(t.Context(), lost.Backup, path, o); err != nil {
				t.Fatal(err)
			}
			c, err := Open(path, o)
			if err != nil {
				t.Fatal(err)
			}
			if must(c.VideoCount(t.Context()))(t) != 500 {
				t.Errorf("%d videos after the restore", must(c.VideoCount(t.Context()))(t))
			}
			c.Close()
		})
	}
}

func TestMarkerIsWrittenAgain(t *testing.T) {
	// A marker that was lost, or a crash before it was written: the file is
	// whole, and is marked again.
	path := filepath.Join(t.TempDir(), "catalog.db")
	o := filled(t, path)
	if err := os.Remove(catalog.MarkerPath(path)); err != nil {
		t.Fatal(err)
	}
	c, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if id, err := readMarker(path); err != nil || id != c.Install() {
		t.Errorf("marker %q, install %q, %v", id, c.Install(), err)
	}
}

func TestDiskDoubleStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	openAt(t, path)
	begin := time.Now()
	_, err := Open(path, testOptions(t, func(o *Options) { o.Timeout = 50 * time.Millisecond }))
	if _, ok := errors.AsType[*catalog.BusyError](err); !ok || !strings.Contains(err.Error(), "already running") {
		t.Fatal(err)
	}
	if waited := time.Since(begin); waited > 30*time.Second {
		t.Errorf("waited %v", waited)
	}
	if _, err := Check(path); err == nil {
		t.Error("a held file was checked")
	}
	if _, err := Restore(t.Context(), path, path, testOptions(t)); err == nil {
		t.Error("a held file was replaced")
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	o := filled(t, path)
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put(keySchema, bytes8(newestSchema+1)) }); err != nil {
		t.Fatal(err)
	}
	db.Close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	o.Verify, o.Restore = nil, true
	_, err = Open(path, o)
	if _, ok := errors.AsType[*catalog.NewerError](err); !ok || !strings.Contains(err.Error(), "newer version") {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("a refused file was changed")
	}
	if _, err := Check(path); err == nil {
		t.Error("a newer file was checked")
	}
}

// TestPageBeyondTheFile: a page that claims to go on for a billion pages is found at once.
func TestPageBeyondTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	filled(t, path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	for n := 2; n < len(data)/page; n++ {
		header := data[n*page:]
		if kind := binary.NativeEndian.Uint16(header[8:]); binary.NativeEndian.Uint64(header) == uint64(n) && kind == 2 {
			binary.NativeEndian.PutUint32(header[12:], 1<<30)
			break
		}
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var corrupt *catalog.CorruptError
	if _, err := Check(path); !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "goes on for 1073741824 pages") {
		t.Errorf("the check says %v", err)
	}
}
