package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cratedigger/pipeline/catalog"

	"golang.org/x/sys/unix"
)

func init() {
	children["tmpfs"] = fillTmpfs
	children["readonly"] = writeReadOnly
	children["compact on a full disk"] = compactOnFullDisk
}

// exitNoMount is the exit code of a child that may not mount.
const exitNoMount = 77

// onDiskOfItsOwn runs a child in its own mount namespace.
func onDiskOfItsOwn(t *testing.T, name string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], name, t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		t.Log(strings.TrimSpace(string(out)))
	case !ended || exit.ExitCode() == exitNoMount:
		t.Skipf("this machine lets no test mount a file system of its own: %v %s", err, out)
	default:
		t.Fatalf("%v: %s", err, out)
	}
}

// mountTmpfs puts a disk of a few megabytes in memory at dir.
func mountTmpfs(dir, size string) {
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == nil {
		err = unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(exitNoMount)
	}
}

// leave sizes the ballast so that so many bytes stay free.
func leave(ballast string, bytes int) error {
	_ = os.Remove(ballast)
	free, err := freeSpace(filepath.Dir(ballast))
	if err != nil || int(free) <= bytes {
		return err
	}
	return os.WriteFile(ballast, make([]byte, int(free)-bytes), 0o600)
}

// TestDiskFull fills a real disk.
func TestDiskFull(t *testing.T) { onDiskOfItsOwn(t, "tmpfs") }

// fillTmpfs writes until there is no space left, again and again, with and
// without the guard.
func fillTmpfs(dir string) error {
	mountTmpfs(dir, "12m")
	path, ballast := filepath.Join(dir, "catalog.db"), filepath.Join(dir, "ballast")
	c, err := Open(path, Options{})
	if err != nil {
		return err
	}
	kept, votes, full := 0, 0, 0
	round := func(n int) error {
		for i := range 400 { // until a write fails
			var batch []catalog.Sighting
			for j := range 20 {
				batch = append(batch, watch(fmt.Sprintf("v%02d%03d%05d", n, i, j), start))
			}
			if _, err := c.Observe(context.Background(), batch); err != nil {
				if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "as it was before") {
					return fmt.Errorf("round %d: %w", n, err)
				}
				full++
				break
			}
			kept += len(batch)
		}
		if got, err := c.VideoCount(context.Background()); err != nil || got != kept {
			return fmt.Errorf("round %d: %d videos are counted and %d were acknowledged", n, got, kept)
		}
		for _, err := range c.Videos(context.Background()) { // reading goes on
			if err != nil {
				return fmt.Errorf("round %d: %w", n, err)
			}
		}
		return nil
	}
	for n := range 4 {
		if err := leave(ballast, 300<<10); err != nil {
			return err
		}
		if err := round(n); err != nil {
			return err
		}
		if err := os.Remove(ballast); err != nil {
			return err
		}
		ch := change(true, true, catalog.SourceReaction, n)
		ch.MemberID = fmt.Sprint("m", n)
		if _, err := c.Vote(context.Background(), ch); err != nil {
			return fmt.Errorf("round %d: there is space again: %w", n, err)
		}
		votes++
	}
	if full < 4 {
		return fmt.Errorf("the disk was full %d times: the test tests nothing", full)
	}
	if err := c.Close(); err != nil {
		return err
	}
	report, err := Check(path)
	if err != nil || report.Rows["videos"] != kept || report.Rows["votes"] != votes {
		return fmt.Errorf("%d videos and %d votes are kept, %d and %d were acknowledged: %w", report.Rows["videos"], report.Rows["votes"], kept, votes, err)
	}
	fmt.Println(full, "times no space,", kept, "videos and", votes, "votes kept")
	return guardTmpfs(path, ballast)
}

// guardTmpfs lets the guard ask the system itself.
func guardTmpfs(path, ballast string) error {
	c, err := Open(path, Options{MinFree: 2 << 20})
	if err != nil {
		return err
	}
	defer c.Close()
	for _, tt := range []struct {
		leave       int // bytes
		video, vote bool
	}{{3 << 20, true, true}, {1 << 20, false, true}, {256 << 10, false, false}, {3 << 20, true, true}} {
		if err := leave(ballast, tt.leave); err != nil {
			return err
		}
		c.space.failed(syscall.ENOSPC) // ask now, not in ten seconds
		_, video := c.Observe(context.Background(), []catalog.Sighting{sighting("aaaaaaaaaaa")})
		_, vote := c.Vote(context.Background(), change(true, true, catalog.SourceButton, tt.leave))
		if (video == nil) != tt.video || (vote == nil) != tt.vote {
			return fmt.Errorf("%d KB free: video %w, vote %w", tt.leave>>10, video, vote)
		}
	}
	return nil
}

// TestDiskReadOnly opens a catalogue on a file system that is read-only, which
// binds root too.
func TestDiskReadOnly(t *testing.T) { onDiskOfItsOwn(t, "readonly") }

func writeReadOnly(dir string) error {
	mountTmpfs(dir, "64m")
	path := filepath.Join(dir, "catalog.db")
	o := Options{Verify: verifyInChild}
	c, err := Open(path, o)
	if err != nil {
		return err
	}
	if _, err := c.Vote(context.Background(), change(true, true, catalog.SourceReaction, 1)); err != nil {
		return err
	}
	backup, err := c.BackupDaily(context.Background(), 1)
	if err != nil {
		return err
	}
	if err := c.Close(); err != nil {
		return err
	}
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		return err
	}
	o.Restore = true // not a reason to restore
	if _, err = Open(path, o); !errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("open: %w", err)
	}
	if _, damaged := errors.AsType[*catalog.CorruptError](err); damaged {
		return fmt.Errorf("a read-only disk is taken for a damaged file: %w", err)
	}
	fmt.Println("open:", err)
	if _, err := Check(path); err != nil { // reading is all that it needs
		return fmt.Errorf("check: %w", err)
	}
	if _, err := Restore(context.Background(), backup, path, o); !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "nothing was changed") {
		return fmt.Errorf("restore: %w", err)
	}
	if _, err := Open(filepath.Join(dir, "new", "catalog.db"), o); !errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("a new one: %w", err)
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT, ""); err != nil {
		return err
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		return fmt.Errorf("the file was changed: %w", err)
	}
	if c, err = Open(path, o); err != nil {
		return fmt.Errorf("writable again: %w", err)
	}
	if _, err := c.Vote(context.Background(), change(false, true, catalog.SourceReaction, 2)); err != nil {
		return fmt.Errorf("writable again: %w", err)
	}
	return c.Close()
}

// TestCompactOnAFullDisk has no room for the copy, as the guard sees or as the system says
// in the middle.
func TestCompactOnAFullDisk(t *testing.T) { onDiskOfItsOwn(t, "compact on a full disk") }

func compactOnFullDisk(dir string) error {
	mountTmpfs(dir, "40m")
	path, ballast := filepath.Join(dir, "catalog.db"), filepath.Join(dir, "ballast")
	c, err := Open(path, Options{})
	if err != nil {
		return err
	}
	c.leastFree = 1
	for g := range byte(4) {
		if _, err := c.SaveModel(context.Background(), fmt.Sprint("g", g), nil, [][]byte{noise(g, 4_000_000)}, true); err != nil {
			return err
		}
	}
	if err := errors.Join(c.ForgetGuild(context.Background(), "g1"), c.ForgetGuild(context.Background(), "g2")); err != nil {
		return err
	}
	for _, tt := range []struct {
		name    string
		minFree uint64
		full    error // nil: a SpaceError
	}{{"guard", 1 << 20, nil}, {"in the middle", 0, syscall.ENOSPC}} {
		if err := leave(ballast, 5<<20); err != nil {
			return err
		}
		c.space.need = tt.minFree
		_, err := c.Compact(context.Background())
		if tt.full == nil && !errors.As(err, new(*catalog.SpaceError)) || tt.full != nil && (!errors.Is(err, tt.full) || !strings.Contains(err.Error(), "as it was before")) {
			return fmt.Errorf("%s: %w", tt.name, err)
		}
		if parts, _ := filepath.Glob(filepath.Join(dir, copies)); len(parts) > 0 {
			return fmt.Errorf("%s: %q are left", tt.name, parts)
		}
		if _, err := c.Vote(context.Background(), voteOf("g0", 1, tt.full == nil)); err != nil {
			return fmt.Errorf("%s: %w", tt.name, err)
		}
	}
	if err := os.Remove(ballast); err != nil {
		return err
	}
	given, err := c.Compact(context.Background())
	if err != nil || given < 8_000_000 {
		return fmt.Errorf("there is space again: %d bytes were given back: %w", given, err)
	}
	if err := c.Close(); err != nil {
		return err
	}
	_, err = Check(path)
	return err
}
