package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

const (
	backupPrefix = "catalog-"
	backupSuffix = ".db"
	stampLayout  = "20060102T150405Z"
)

// write writes a snapshot of the catalogue to w; others may read and write meanwhile.
func (c *Catalog) write(ctx context.Context, w io.Writer) error {
	err := c.view(ctx, func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(writerFunc(func(p []byte) (int, error) {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			return w.Write(p)
		}))
		return err
	})
	if ctx.Err() != nil {
		err = ctx.Err() // bbolt's error does not wrap it
	}
	if err != nil {
		return fmt.Errorf("the backup was not finished: %w", err)
	}
	return nil
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// alone waits until no other copy of the catalogue is being made. Each needs much time
// and space on the disk, and how much space is left is known only when it is done.
func (c *Catalog) alone(ctx context.Context) (done func(), err error) {
	select {
	case c.copying <- struct{}{}:
		return func() { <-c.copying }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("no backup was made while another one went on: %w", ctx.Err())
	}
}

// copyInto writes a copy to a new file in a folder, named by a pattern of
// [os.CreateTemp]. It first checks that the disk has room for as many copies as the
// caller will write. The caller holds the turn of alone.
func (c *Catalog) copyInto(ctx context.Context, dir, pattern string, times int) (part string, err error) {
	size := int64(0)
	if info, err := os.Stat(c.path); err == nil { // a catalogue in memory has no file
		size = info.Size()
	}
	if err := c.space.room(uint64(size) * uint64(times)); err != nil {
		return "", fmt.Errorf("no backup was made: %w", err)
	}
	f, err := os.CreateTemp(dir, pattern) // mode 0600
	if err != nil {
		return "", fmt.Errorf("the backup cannot be written: %w", err)
	}
	if err := errors.Join(c.write(ctx, f), f.Sync(), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// check reads every row of a copy, which also checks the catalogue itself. It deletes a
// bad copy.
func (c *Catalog) check(ctx context.Context, part string) error {
	c.distrust()
	if err := verify(ctx, part, c.opts); err != nil {
		_ = os.Remove(part)
		return fmt.Errorf("the backup was thrown away, for it did not pass its check: %w", err)
	}
	if c.opts.Verify != nil {
		c.checked.Store(new(c.now()))
	}
	return nil
}

// copies is the pattern of temporary copies in the catalogue's folder; Open deletes
// those that a crash has left.
const copies = "copy-*.db.part"

// folder is the catalogue's folder; "", the system's folder for temporary files, if it
// is in memory.
func (c *Catalog) folder() string {
	if c.path == "" {
		return ""
	}
	return filepath.Dir(c.path)
}

// Copy makes an unchecked copy in the catalogue's folder. The caller deletes it.
func (c *Catalog) Copy(ctx context.Context) (path string, err error) {
	done, err := c.alone(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return c.copyInto(ctx, c.folder(), copies, 1)
}

// CheckedCopy makes a checked copy in the catalogue's folder, for a caller who copies it
// elsewhere and deletes it.
func (c *Catalog) CheckedCopy(ctx context.Context) (path string, err error) {
	done, err := c.alone(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	if path, err = c.copyInto(ctx, c.folder(), copies, 2); err != nil {
		return "", err
	}
	return path, c.check(ctx, path)
}

// BackupDaily writes a backup into the folder of backups, checks it by opening it, and
// then deletes all but the newest keep. If the check fails, it deletes the new backup
// and keeps the older ones. Backups are made one at a time; of two within one second
// the later replaces the other. If keep is 0, it does nothing and path is "".
func (c *Catalog) BackupDaily(ctx context.Context, keep int) (path string, err error) {
	if keep == 0 {
		return "", nil
	}
	done, err := c.alone(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	dir := c.opts.Backups
	dropParts(dir, backupPrefix+"*"+backupSuffix+"*.part")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("the folder of backups cannot be made: %w", err)
	}
	path = filepath.Join(dir, backupPrefix+c.now().Format(stampLayout)+backupSuffix)
	if err := c.backupTo(ctx, path); err != nil {
		return "", err
	}
	// Keep the new one also if the clock was set back, so that others seem newer.
	others := slices.DeleteFunc(Backups(dir), func(other string) bool { return other == path })
	for _, old := range others[min(keep-1, len(others)):] {
		if err := os.Remove(old); err != nil {
			return path, fmt.Errorf("the backup %s is good, but an old one stays: %w", path, err)
		}
	}
	return path, nil
}

// dropParts deletes the partial files that a crash in the middle of a copy has left.
func dropParts(dir, pattern string) {
	parts, _ := filepath.Glob(filepath.Join(dir, pattern))
	for _, part := range parts {
		_ = os.Remove(part)
	}
}

// backupTo writes one checked backup; the file appears at path when it is complete.
func (c *Catalog) backupTo(ctx context.Context, path string) error {
	part, err := c.copyInto(ctx, filepath.Dir(path), filepath.Base(path)+".*.part", 1)
	if err != nil {
		return err
	}
	if err := c.check(ctx, part); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		_ = os.Remove(part)
		return fmt.Errorf("the backup cannot be put in its place: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename durable. Windows cannot sync folders.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, os.ErrInvalid) {
		return err
	}
	return nil
}

// verify checks a file that nobody has open, in another process when Options
// say how.
func verify(ctx context.Context, path string, o Options) error {
	if o.Verify != nil {
		return o.Verify(ctx, path)
	}
	_, err := Walk(path)
	return err
}

// Backups returns the backups in a folder, newest first.
func Backups(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, backupPrefix) && strings.HasSuffix(name, backupSuffix) && e.Type().IsRegular() {
			all = append(all, filepath.Join(dir, name))
		}
	}
	slices.Sort(all)
	slices.Reverse(all)
	return all
}

func newestBackup(dir string) string {
	if all := Backups(dir); len(all) > 0 {
		return all[0]
	}
	return ""
}

// Restore replaces the catalogue at path, which nobody may have open, by a checked copy
// of a backup. It keeps the old catalogue under another name and returns that, "" if
// there was none. Who asked the old catalogue to be forgotten is forgotten in the new
// one too, unless the old one cannot be read.
func Restore(ctx context.Context, backup, path string, o Options) (aside string, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := verify(ctx, backup, o); err != nil {
		return "", fmt.Errorf("the backup is not good, and nothing was changed: %w", err)
	}
	if err := checkFree(path); err != nil {
		return "", err
	}
	id, err := installOf(backup)
	if err != nil {
		return "", fmt.Errorf("the backup cannot be read, and nothing was changed: %w", err)
	}
	gone := forgottenIn(path, id)
	part, err := copyFile(backup, path+".restore-*.part")
	if err != nil {
		return "", fmt.Errorf("the backup cannot be copied, and nothing was changed: %w", err)
	}
	if err := forgetAgain(ctx, part, gone, o); err != nil {
		_ = os.Remove(part)
		return "", fmt.Errorf("who asked to be forgotten cannot be taken out of the backup, and nothing was changed: %w", err)
	}
	if _, err := os.Lstat(path); err == nil {
		aside = unused(path + ".before-restore-" + o.Now().UTC().Format(stampLayout))
		if err := rename(path, aside); err != nil {
			return "", fmt.Errorf("the old catalogue cannot be set aside, and nothing was changed: %w", err)
		}
	}
	if err := os.Rename(part, path); err != nil {
		return aside, fmt.Errorf("the backup cannot be put in its place: %w", err)
	}
	if err := writeMarker(path, id); err != nil {
		return aside, err
	}
	return aside, syncFolder(filepath.Dir(path))
}

// checkFree returns a BusyError when a process has the catalogue at path open.
func checkFree(path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return nil // opening it would create a catalogue
	}
	db, err := openFile(path, 500*time.Millisecond, true)
	if _, busy := errors.AsType[*catalog.BusyError](err); busy {
		return err
	}
	if err == nil {
		_ = guard(path, db.Close)
	}
	return nil // a damaged catalogue may be replaced by a backup
}

// IsBackupOf reports whether a file is a copy of the catalogue at path, of any age. It
// changes nothing, and is false for a file that is not a catalogue.
func IsBackupOf(file, path string) (bool, error) {
	marker, err := readMarker(path)
	if err != nil {
		return false, err
	}
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		return false, err // opening an empty file would create a catalogue in it
	}
	id, err := installOf(file)
	if _, busy := errors.AsType[*catalog.BusyError](err); busy {
		return false, err
	}
	return err == nil && id == marker, nil
}

// installOf reads the install id of a file.
func installOf(path string) (id string, err error) {
	db, err := openFile(path, time.Second, true)
	if err != nil {
		return "", err
	}
	err = guard(path, func() error {
		defer db.Close()
		return db.View(func(tx *bolt.Tx) error {
			if meta := tx.Bucket(bucketMeta); meta != nil {
				id = string(meta.Get(keyInstall))
			}
			if id == "" {
				return fmt.Errorf("%s is not a catalogue", path)
			}
			return nil
		})
	})
	return id, err
}

// copyFile copies a file to a new one that is named by a pattern.
func copyFile(from, pattern string) (to string, err error) {
	in, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(pattern), filepath.Base(pattern))
	if err != nil {
		return "", err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		_ = os.Remove(out.Name())
		return "", err
	}
	return out.Name(), nil
}

// rename renames a catalogue that is replaced. It makes the file private first, because
// people's votes are in it under any name.
func rename(path, aside string) error {
	_ = private(path) // the rename is still right if the file belongs to another user
	return os.Rename(path, aside)
}

// private makes a file readable by its owner only, like the files that the catalogue
// creates. A file that somebody copied into the folder may be readable by others.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return os.Chmod(path, info.Mode().Perm()&^0o077)
}

// unused returns path, or path with a number if path exists.
func unused(path string) string {
	name := path
	for i := 2; ; i++ {
		if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
			return name
		}
		name = fmt.Sprintf("%s-%d", path, i)
	}
}

// setAside renames a damaged file and looks for the newest good backup. If Options say
// so, it restores that. Otherwise a person must decide: it returns corrupt with the
// names of both files.
func setAside(corrupt *catalog.CorruptError, o Options) (restored bool, err error) {
	ctx := context.Background() // an opening is not interrupted
	aside := unused(corrupt.Path + ".corrupt-" + o.Now().UTC().Format(stampLayout))
	for _, backup := range Backups(o.Backups) {
		if err := verify(ctx, backup, o); err == nil {
			corrupt.Backup = backup
			break
		} else {
			o.Log.Warn("a backup is passed over", "file", backup, "error", err)
		}
	}
	if err := rename(corrupt.Path, aside); err != nil {
		return false, errors.Join(corrupt, fmt.Errorf("it cannot be set aside: %w", err))
	}
	corrupt.Aside = aside
	if !o.Restore || corrupt.Backup == "" {
		return false, corrupt
	}
	o.Log.Error("the catalogue is damaged and was set aside", "file", corrupt.Path, "aside", aside, "backup", corrupt.Backup, "error", corrupt.Cause)
	if _, err := Restore(ctx, corrupt.Backup, corrupt.Path, o); err != nil {
		return false, errors.Join(corrupt, err)
	}
	o.Log.Error("the newest good backup was restored: what came after it is lost", "backup", corrupt.Backup)
	return true, nil
}
