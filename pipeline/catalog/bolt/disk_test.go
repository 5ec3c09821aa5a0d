//go:build unix

package bolt

import (
	"context"
	"cratedigger/pipeline/catalog"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func init() { children["full"] = fillUnderLimit }

// fillUnderLimit writes until the file may not grow, then until it may again,
// in a process of its own: the limit is the process's.
func fillUnderLimit(path string) error {
	signal.Ignore(syscall.SIGXFSZ) // the write fails instead
	c, err := Open(path, Options{})
	if err != nil {
		return err
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	failed, kept := 0, 0
	for step := range 40 { // the limit falls on another write each time
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		limit := before
		limit.Cur = uint64(info.Size()) + uint64(step*1024)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
		for i := range 30 {
			var batch []catalog.Sighting
			for j := range 10 {
				batch = append(batch, watch(fmt.Sprintf("v%02d%02d%06d", step, i, j), start))
			}
			if _, err := c.Observe(context.Background(), batch); err != nil {
				failed++
				break
			}
			kept += len(batch)
		}
		if n, err := c.VideoCount(context.Background()); err != nil || n != kept {
			return fmt.Errorf("step %d: %d videos are counted and %d were acknowledged", step, n, kept)
		}
		for _, err := range c.Videos(context.Background()) { // reading goes on
			if err != nil {
				return err
			}
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			return err
		}
		id := fmt.Sprintf("member%d", step)
		ch := change(true, true, catalog.SourceReaction, 1)
		ch.MemberID = id
		if _, err := c.Vote(context.Background(), ch); err != nil { // there is space again
			return fmt.Errorf("step %d: %w", step, err)
		}
	}
	if failed == 0 {
		return errors.New("no write failed: the test tests nothing")
	}
	if err := c.Close(); err != nil {
		return err
	}
	report, err := Check(path)
	if err == nil && (report.Rows["videos"] != kept || report.Rows["votes"] != 40) {
		err = fmt.Errorf("%d videos and %d votes are kept, %d and 40 were acknowledged", report.Rows["videos"], report.Rows["votes"], kept)
	}
	fmt.Println(failed, "writes failed,", kept, "videos kept")
	return err
}

func TestDiskFullAtEachWrite(t *testing.T) {
	out, err := child(t.Context(), "full", filepath.Join(t.TempDir(), "catalog.db"))
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Log(strings.TrimSpace(out))
}

func TestDiskReadOnlyFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("root may write anywhere; the folder is replaced by a file")
		file := filepath.Join(t.TempDir(), "data")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(filepath.Join(file, "catalog.db"), testOptions(t)); err == nil {
			t.Error("a catalogue was opened inside a file")
		}
		return
	}
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(folder, 0o700)
	_, err := Open(filepath.Join(folder, "catalog.db"), testOptions(t))
	if !errors.Is(err, os.ErrPermission) {
		t.Errorf("error: %v", err)
	}
}

// TestDiskSpaceNotLookedAt: a MinFree of 0 is no guard, however full the disk is.
func TestDiskSpaceNotLookedAt(t *testing.T) {
	c := openAt(t, filepath.Join(t.TempDir(), "catalog.db"), func(o *Options) {
		o.MinFree = 0
		o.Free = func(string) (uint64, error) { return 0, nil }
	})
	if _, err := c.Observe(t.Context(), []catalog.Sighting{sighting("aaaaaaaaaaa")}); err != nil {
		t.Error(err)
	}
	if _, restricted, _ := c.Space(); restricted {
		t.Error("writing is said to be restricted")
	}
}

func TestDiskSpaceGuard(t *testing.T) {
	free := uint64(1 << 30)
	asked := 0
	clock := &testClock{start}
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := openAt(t, path, func(o *Options) {
		o.MinFree, o.Now = 64<<20, clock.now
		o.Free = func(string) (uint64, error) { asked++; return free, nil }
	})
	video := func() error {
		_, err := c.Observe(t.Context(), []catalog.Sighting{sighting("aaaaaaaaaaa")})
		return err
	}
	minute := 0
	vote := func() error {
		minute++
		_, err := c.Vote(t.Context(), change(minute%2 == 0, true, catalog.SourceButton, minute))
		return err
	}
	for _, tt := range []struct {
		free       uint64
		video      bool
		vote       bool
		restricted bool
	}{
		{1 << 30, true, true, false},
		{40 << 20, false, true, true},
		{10 << 20, false, false, true},
		{40 << 20, false, true, true},
		{100 << 20, true, true, false}, // writing resumes by itself
	} {
		free = tt.free
		clock.t = clock.t.Add(spaceEvery)
		for name, got := range map[string]error{"video": video(), "vote": vote()} {
			want := map[string]bool{"video": tt.video, "vote": tt.vote}[name]
			_, full := errors.AsType[*catalog.SpaceError](got)
			if (got == nil) != want || full == want {
				t.Errorf("%d MB free: %s: %v", free>>20, name, got)
			}
		}
		if _, restricted, ok := c.Space(); restricted != tt.restricted || !ok {
			t.Errorf("%d MB free: restricted %v, known %v", free>>20, restricted, ok)
		}
		if _, err := c.Votes(t.Context(), "g1"); err != nil {
			t.Errorf("%d MB free: reading: %v", free>>20, err)
		}
	}
	part := filepath.Join(filepath.Dir(path), "backups", "catalog-20261101T030000Z.db.part") // of a crash
	if err := errors.Join(os.Mkdir(filepath.Dir(part), 0o700), os.WriteFile(part, []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	free = 64<<20 + 1000 // a copy would not leave enough
	clock.t = clock.t.Add(spaceEvery)
	if _, err := c.BackupDaily(t.Context(), 1); !errors.As(err, new(*catalog.SpaceError)) {
		t.Errorf("a backup that would fill the disk: %v", err)
	}
	for name, form := range map[string]func(context.Context) (string, error){"copy": c.Copy, "checked copy": c.CheckedCopy} {
		if path, err := form(t.Context()); !errors.As(err, new(*catalog.SpaceError)) {
			t.Errorf("a %s that would fill the disk: %q, %v", name, path, err)
		}
	}
	free = 1 << 30
	clock.t = clock.t.Add(spaceEvery)
	if _, err := c.BackupDaily(t.Context(), 1); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(part); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a backup stays for ever: %v", err)
	}
	before := asked
	for range 100 {
		if err := vote(); err != nil {
			t.Fatal(err)
		}
	}
	if asked != before {
		t.Errorf("the file system was asked %d times in one moment", asked-before)
	}
}
