package bolt

import (
	"bytes"
	"context"
	"cratedigger/pipeline/catalog"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestBackupWhileWorkGoesOn(t *testing.T) {
	folder := t.TempDir()
	c := openAt(t, filepath.Join(folder, "catalog.db"), func(o *Options) { o.NoSync = true })
	stop := make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := c.Observe(t.Context(), []catalog.Sighting{watch(fmt.Sprintf("v%010d", i), start)}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 3 {
		path := must(c.CheckedCopy(t.Context()))(t)
		if _, err := Check(path); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	work.Wait()
}

func TestBackupsArePruned(t *testing.T) {
	clock := &testClock{start}
	folder := t.TempDir()
	c := openAt(t, filepath.Join(folder, "catalog.db"), func(o *Options) { o.Now = clock.now })
	other := filepath.Join(folder, "backups", "notes.txt")
	var last string
	for range 5 {
		last = must(c.BackupDaily(t.Context(), 3))(t)
		clock.t = clock.t.Add(24 * time.Hour)
		if err := os.WriteFile(other, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if path, err := c.BackupDaily(t.Context(), 0); path != "" || err != nil {
		t.Errorf("to keep none made %q, %v", path, err)
	}
	all := Backups(filepath.Join(folder, "backups"))
	if len(all) != 3 || all[0] != last {
		t.Errorf("backups: %q", all)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error("a file that is no backup was pruned:", err)
	}
}

func TestBackupThatFailsItsCheckIsThrownAway(t *testing.T) {
	bad := errors.New("a bad sector")
	folder := t.TempDir()
	fail := false
	c := openAt(t, filepath.Join(folder, "catalog.db"), func(o *Options) {
		o.Verify = func(context.Context, string) error {
			if fail {
				return bad
			}
			return nil
		}
	})
	good := must(c.BackupDaily(t.Context(), 1))(t)
	fail = true
	if _, err := c.BackupDaily(t.Context(), 1); !errors.Is(err, bad) {
		t.Errorf("error: %v", err)
	}
	left, err := os.ReadDir(filepath.Join(folder, "backups"))
	if err != nil || len(left) != 1 || left[0].Name() != filepath.Base(good) {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestBackupsTakeTurns: backups of all forms at once are all whole, and leave
// nothing else behind.
func TestBackupsTakeTurns(t *testing.T) {
	clock := &testClock{start}
	folder := t.TempDir()
	going, most := 0, 0
	var mu sync.Mutex
	c := openAt(t, filepath.Join(folder, "catalog.db"), func(o *Options) {
		o.Now = clock.now
		o.Verify = func(_ context.Context, path string) error {
			mu.Lock()
			going++
			most = max(most, going)
			mu.Unlock()
			_, err := Check(path)
			mu.Lock()
			going--
			mu.Unlock()
			return err
		}
	})
	var sightings []catalog.Sighting
	for i := range 2000 {
		sightings = append(sightings, watch(fmt.Sprintf("v%010d", i), start))
	}
	must(c.Observe(t.Context(), sightings))(t)
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			path := must(c.BackupDaily(t.Context(), 3))(t)
			if report, err := Check(path); err != nil || report.Rows["videos"] != 2000 {
				t.Errorf("%s: %v %v", path, report.Rows, err)
			}
		})
		for _, form := range []func(context.Context) (string, error){c.CheckedCopy, c.Copy} {
			work.Go(func() {
				path := must(form(t.Context()))(t)
				if report, err := Check(path); err != nil || report.Rows["videos"] != 2000 {
					t.Errorf("%s: %v %v", path, report.Rows, err)
				}
				if err := os.Remove(path); err != nil {
					t.Error(err)
				}
			})
		}
	}
	work.Wait()
	if most != 1 {
		t.Errorf("%d backups were checked at once", most)
	}
	parts, _ := filepath.Glob(filepath.Join(folder, "*", "*.part"))
	if beside, _ := filepath.Glob(filepath.Join(folder, "*.part")); len(parts)+len(beside) != 0 {
		t.Errorf("left: %q %q", parts, beside)
	}
	if all := Backups(filepath.Join(folder, "backups")); len(all) != 1 { // of one second
		t.Errorf("%q", all)
	}
}

// TestBackupOfAClockSetBack: the copy just made stays, though others seem newer.
func TestBackupOfAClockSetBack(t *testing.T) {
	clock := &testClock{start}
	c := openTest(t, func(o *Options) { o.Now = clock.now })
	must(c.BackupDaily(t.Context(), 1))(t)
	clock.t = clock.t.Add(-24 * time.Hour)
	made := must(c.BackupDaily(t.Context(), 1))(t)
	if _, err := os.Stat(made); err != nil {
		t.Error(err)
	}
}

// TestCutOffCopyIsDropped: what a crash left of a copy goes at the next start.
func TestCutOffCopyIsDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	must(0, openAt(t, path).Close())(t)
	part := filepath.Join(filepath.Dir(path), "copy-123.db.part")
	must(0, os.WriteFile(part, []byte("half"), 0o600))(t)
	openAt(t, path)
	if _, err := os.Stat(part); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a copy stays: %v", err)
	}
}

// TestRestoresAtOnce: each brings a whole file, whichever comes last.
func TestRestoresAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	o := filled(t, path)
	backup := Backups(filepath.Join(filepath.Dir(path), "backups"))[0]
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() { _, _ = Restore(t.Context(), backup, path, o) })
	}
	work.Wait()
	if report, err := Check(path); err != nil || report.Rows["videos"] != 500 {
		t.Errorf("%v, %v", report.Rows, err)
	}
}

func TestBackupCancelled(t *testing.T) {
	c := openTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.write(ctx, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	c.copying <- struct{}{} // another goes on
	if _, err := c.CheckedCopy(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a backup that waits for its turn: %v", err)
	}
	<-c.copying
}

// TestRestoreForgetsAgain: who asked to be forgotten after a backup was made is not in
// what is restored, nor read in again; what others and a later member did is.
func TestRestoreForgetsAgain(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "catalog.db")
	clock := &testClock{start}
	o := Options{Now: clock.now, NoSync: true}
	c := must(Open(path, o))(t)
	seeded := sighting("aaaaaaaaaaa")
	seeded.GuildID, seeded.SeededBy = "g1", "member3"
	must(c.Observe(t.Context(), []catalog.Sighting{seeded}))(t)
	vote := func(member string) catalog.VoteChange {
		return catalog.VoteChange{GuildID: "g1", VideoID: "aaaaaaaaaaa", MemberID: member, Up: true, Set: true, Source: catalog.SourceImport, At: clock.t}
	}
	told := catalog.Preference{GuildID: "g1", MemberID: "member2", Source: catalog.FromCSV, Batch: "b1", Artist: "Otto Venn", At: clock.t}
	must(c.Vote(t.Context(), vote("member1"), vote("member4"), vote("member5")))(t)
	must(c.AddPreferences(t.Context(), told))(t)
	must(c.ForgetMember(t.Context(), "", "member5"))(t) // before the backup: what came after counts
	clock.t = clock.t.Add(time.Hour)
	must(c.Vote(t.Context(), vote("member5")))(t)
	backup := must(c.BackupDaily(t.Context(), 3))(t)
	clock.t = clock.t.Add(time.Hour)
	for _, member := range []string{"member1", "member2", "member3", "member6"} { // m6 has no row
		must(c.ForgetMember(t.Context(), "", member))(t)
	}
	must(0, c.Close())(t)
	clock.t = clock.t.Add(time.Hour)
	must(Restore(t.Context(), backup, path, o))(t)
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}

	c = must(Open(path, o))(t)
	defer c.Close()
	votes := must(c.Votes(t.Context(), "g1"))(t)
	if len(votes) != 2 || votes[0].MemberID != "member4" || votes[1].MemberID != "member5" {
		t.Errorf("votes: %+v", votes)
	}
	for _, member := range []string{"member1", "member2", "member3"} {
		if rows := rowsThatHold(t, c, member); len(rows) > 0 {
			t.Errorf("%s stands in %q", member, rows)
		}
	}
	told.At, told.MemberID = start.Add(time.Hour), "member6"
	if n := must(c.AddPreferences(t.Context(), told))(t); n != 0 {
		t.Error("what a forgotten member told before is taken again")
	}
}

func TestRestoreKeepsWhatWasThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	o := filled(t, path)
	backup := Backups(filepath.Join(filepath.Dir(path), "backups"))[0]
	var asides []string
	for range 2 {
		asides = append(asides, must(Restore(t.Context(), backup, path, o))(t))
	}
	if asides[0] == asides[1] || slices.Contains(asides, "") {
		t.Errorf("set aside: %q", asides)
	}
	report := must(Check(asides[0]))(t)
	if report.Rows["videos"] != 500 {
		t.Errorf("%v", report.Rows)
	}
	if _, err := Restore(t.Context(), filepath.Join(filepath.Dir(path), "nothing.db"), path, o); err == nil {
		t.Error("nothing was restored")
	}
	letter := filepath.Join(filepath.Dir(path), "letter.db")
	if err := os.WriteFile(letter, []byte(strings.Repeat("Dear Sir. ", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), letter, path, o); err == nil {
		t.Error("a letter was restored")
	}
	c, err := Open(path, o)
	if err != nil {
		t.Fatal("a refused restore changed something:", err)
	}
	c.Close()
}
