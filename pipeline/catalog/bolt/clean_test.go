package bolt

import (
	"context"
	"cratedigger/pipeline/catalog"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// watched is a catalogue whose checks are counted.
type watched struct {
	t      *testing.T
	path   string
	clock  *testClock
	checks int
	refuse bool // the check of a backup
}

func (w *watched) open() *Catalog {
	w.t.Helper()
	c, err := Open(w.path, w.options())
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *watched) options() Options {
	return Options{Now: w.clock.now, Verify: func(ctx context.Context, path string) error {
		if path != w.path {
			if w.refuse {
				return &catalog.CorruptError{Path: path, Cause: errors.New("seeded")}
			}
			return nil
		}
		w.checks++
		return verifyInChild(ctx, path)
	}}
}

func newWatched(t *testing.T) *watched {
	w := &watched{t: t, path: filepath.Join(t.TempDir(), "catalog.db"), clock: &testClock{start}}
	c := w.open()
	must(c.Observe(t.Context(), []catalog.Sighting{sighting("aaaaaaaaaaa"), sighting("bbbbbbbbbbb")}))(t)
	w.close(c)
	if w.checks != 0 {
		t.Fatal("a file that was not there was checked")
	}
	return w
}

func (w *watched) close(c *Catalog) {
	w.t.Helper()
	if err := c.Close(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *watched) read() []byte {
	w.t.Helper()
	return must(os.ReadFile(w.path))(w.t)
}

func (w *watched) write(data []byte) {
	w.t.Helper()
	if err := os.WriteFile(w.path, data, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// TestCleanCloseSparesTheCheck: start after start, with votes between them.
func TestCleanCloseSparesTheCheck(t *testing.T) {
	w := newWatched(t)
	for i := range 5 {
		c := w.open()
		must(c.Vote(t.Context(), change(i%2 == 0, true, catalog.SourceReaction, i)))(t)
		w.close(c)
	}
	if w.checks != 0 {
		t.Errorf("%d checks", w.checks)
	}
	// A copy elsewhere is as good as the original when its bytes are.
	data, mark := w.read(), must(os.ReadFile(cleanPath(w.path)))(t)
	w.path = filepath.Join(t.TempDir(), "moved.db")
	w.write(data)
	if err := os.WriteFile(cleanPath(w.path), mark, 0o600); err != nil {
		t.Fatal(err)
	}
	w.close(w.open())
	if w.checks != 0 {
		t.Error("the moved file was checked")
	}
}

// TestUncleanFilesAreChecked: everything else than a clean close.
func TestUncleanFilesAreChecked(t *testing.T) {
	for name, harm := range map[string]func(w *watched){
		"killed": func(w *watched) {
			c := w.open()
			must(c.Vote(w.t.Context(), change(true, true, catalog.SourceReaction, 1)))(w.t)
			data, mark := w.read(), must(os.ReadFile(cleanPath(w.path)))(w.t)
			w.close(c)
			w.write(data) // as it was before the close
			if err := os.WriteFile(cleanPath(w.path), mark, 0o600); err != nil {
				w.t.Fatal(err)
			}
		},
		"an older file": func(w *watched) {
			data := w.read()
			c := w.open()
			must(c.Vote(w.t.Context(), change(true, true, catalog.SourceReaction, 1)))(w.t)
			w.close(c)
			w.write(data)
		},
		"grown":       func(w *watched) { w.write(append(w.read(), make([]byte, os.Getpagesize())...)) },
		"no mark":     func(w *watched) { must(0, os.Remove(cleanPath(w.path)))(w.t) },
		"empty mark":  func(w *watched) { must(0, os.WriteFile(cleanPath(w.path), nil, 0o600))(w.t) },
		"a long time": func(w *watched) { w.clock.t = w.clock.t.Add(believed + time.Hour) },
		"clock set back": func(w *watched) {
			w.clock.t = w.clock.t.Add(-time.Hour)
		},
		"a backup that was not good": func(w *watched) {
			c := w.open()
			w.refuse = true
			if _, err := c.BackupDaily(w.t.Context(), 3); err == nil {
				w.t.Fatal("the backup passed")
			}
			w.close(c)
		},
		"opened without a check": func(w *watched) {
			o := w.options()
			o.Verify = nil
			c := must(Open(w.path, o))(w.t)
			must(c.Vote(w.t.Context(), change(true, true, catalog.SourceReaction, 1)))(w.t)
			w.close(c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatched(t)
			harm(w)
			w.close(w.open())
			if w.checks != 1 {
				t.Errorf("%d checks", w.checks)
			}
			w.close(w.open())
			if w.checks != 1 {
				t.Error("checked again after it was found good")
			}
		})
	}
}

// TestDamageAfterACleanCloseIsFound: whichever bit flips and wherever the file
// is cut, the mark does not hide it from the check.
func TestDamageAfterACleanCloseIsFound(t *testing.T) {
	w := newWatched(t)
	good := w.read()
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		bad := append([]byte(nil), good...)
		if random.IntN(10) == 0 {
			bad = bad[:random.IntN(len(bad))]
		} else {
			bad[random.IntN(len(bad))] ^= 1 << random.IntN(8)
		}
		w.write(bad)
		if _, ok := cleanSince(w.path, w.clock.now()); ok {
			t.Fatal("a damaged file passes for clean")
		}
	}
	w.write(good)
	if _, ok := cleanSince(w.path, w.clock.now()); !ok {
		t.Error("the good file does not")
	}
}

// TestFileCutWhileOpen: a file that lost its end while it was open is not marked,
// even if the close touched no page of that end.
func TestFileCutWhileOpen(t *testing.T) {
	w := newWatched(t)
	c := w.open()
	if err := os.Truncate(w.path, int64(3*os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	w.close(c)
	if _, err := Open(w.path, w.options()); w.checks != 1 {
		t.Errorf("%d checks; %v", w.checks, err)
	} else if _, ok := errors.AsType[*catalog.CorruptError](err); !ok {
		t.Errorf("opened with %v", err)
	}
}

// TestBackupRenewsTheMark: a file that stays open for months, and whose backups
// are checked every day, need not be checked after its close.
func TestBackupRenewsTheMark(t *testing.T) {
	w := newWatched(t)
	c := w.open()
	w.clock.t = w.clock.t.Add(100 * 24 * time.Hour)
	must(c.BackupDaily(t.Context(), 3))(t)
	w.close(c)
	w.close(w.open())
	if w.checks != 0 {
		t.Errorf("%d checks", w.checks)
	}
}
