package bolt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"cratedigger/pipeline/catalog"

	"github.com/google/renameio/v2/maybe"
	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Options say how to open a catalogue. The zero value is usable.
type Options struct {
	Timeout time.Duration    // wait for another process to let go of the file; 0 means 800 ms
	Now     func() time.Time // nil means time.Now
	Log     *slog.Logger     // nil logs nothing

	// MinFree is the free space in bytes below which nothing large is written;
	// below a quarter of it nothing is written at all. 0 disables the check.
	MinFree uint64
	// Free returns the free bytes of the file system that holds path; nil means
	// that of the operating system.
	Free func(path string) (uint64, error)

	// Verify checks the file before it is opened, and each backup, in another
	// process: on a damaged page bbolt may panic or fault in a goroutine of its
	// own, where nothing can recover it. A file that has not changed since a
	// clean close is not checked again. Nil skips the check of the file, and
	// walks backups in this process.
	Verify func(ctx context.Context, path string) error
	// Backups is the folder of the backups; "" means "backups" in the file's
	// folder.
	Backups string
	// Restore makes Open replace a damaged file by the newest good backup.
	Restore bool

	// Trace, if not nil, is called at three points of a write, for example
	// "vote:begin", "vote:commit" and "vote:done": before the transaction, at its
	// end just before the commit, and after; and at those of a compaction, "compact:begin"
	// to "compact:done". Crash tests use it.
	Trace func(point string)
	// NoSync skips the fsync of each transaction, for catalogues that are thrown
	// away, such as the demo's.
	NoSync bool
}

// Catalog is an open catalogue. Its methods may be called from any goroutine.
type Catalog struct {
	file    file
	path    string
	install string
	opts    Options
	log     *slog.Logger
	now     func() time.Time

	videos    atomic.Int64
	changes   changes
	broken    atomic.Pointer[catalog.CorruptError]
	checked   atomic.Pointer[time.Time] // when the file was last found good; nil if it is not known to be
	damaged   chan struct{}             // closed when broken is set
	shown     shownAgain
	runs      runIndex
	space     spaceGuard
	copying   chan struct{} // a semaphore: one copy of the file at a time
	importing chan struct{} // a semaphore: one import at a time

	leastFree  int64           // bytes; a compaction of a file with fewer free ones does not pay
	compacting sync.Mutex      // held by a compaction
	closing    context.Context // ends when Close begins, and a compaction with it
	close      context.CancelFunc
}

func newCatalog(path string, h *handle, o Options) *Catalog {
	c := &Catalog{
		file: file{now: h}, path: path, opts: o, log: o.Log, now: func() time.Time { return o.Now().UTC() },
		damaged: make(chan struct{}), runs: runIndex{ids: map[string][]string{}},
		copying: make(chan struct{}, 1), importing: make(chan struct{}, 1), leastFree: leastFree,
	}
	c.space = newSpaceGuard(path, o)
	// It ends with the catalogue.
	c.closing, c.close = context.WithCancel(context.Background())
	return c
}

// Open opens the catalogue at path, or creates it if there has never been one.
// Its errors include [catalog.BusyError], [catalog.LostError], [catalog.CorruptError] and
// [catalog.NewerError].
func Open(path string, o Options) (*Catalog, error) {
	if o.Timeout == 0 {
		o.Timeout = 800 * time.Millisecond
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Backups == "" {
		o.Backups = defaultBackups(path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("the folder of the catalogue cannot be made: %w", err)
	}
	if err := private(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		o.Log.Warn("others can read the catalogue, and that could not be changed", "file", path, "error", err)
	}
	c, err := open(path, o)
	var corrupt *catalog.CorruptError
	if !errors.As(err, &corrupt) {
		return c, err
	}
	restored, err := setAside(corrupt, o)
	if err != nil || !restored {
		return nil, err
	}
	return open(path, o)
}

// open is Open without setting a damaged file aside.
func open(path string, o Options) (*Catalog, error) {
	marker, err := readMarker(path)
	if err != nil {
		return nil, err
	}
	var checked *time.Time
	if o.Verify != nil {
		checked = new(o.Now())
	}
	begun, err := begun(path, marker, o.Backups)
	switch {
	case err != nil:
		return nil, err
	case begun && o.Verify != nil:
		if at, ok := cleanSince(path, o.Now()); ok {
			checked = &at
		} else if err := o.Verify(context.Background(), path); err != nil { // an opening is not interrupted
			return nil, err
		}
	}
	h := &handle{mapped: mapAhead(path)}
	if h.db, err = openFile(path, o.Timeout, false); err != nil {
		return nil, err
	}
	h.db.NoSync = o.NoSync
	c := newCatalog(path, h, o)
	c.checked.Store(checked)
	// What an opening begins, such as a migration, it ends.
	if err := c.begin(context.Background(), marker); err != nil {
		c.abandon()
		return nil, err
	}
	return c, nil
}

// Begun reports whether there is a non-empty catalogue at path. The error is a
// [catalog.LostError] if there is none but its marker says that there was one.
func Begun(path string) (bool, error) {
	marker, err := readMarker(path)
	if err != nil {
		return false, err
	}
	return begun(path, marker, defaultBackups(path))
}

func begun(path, marker, backups string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("the catalogue cannot be read: %w", err)
	case err == nil && info.Size() > 0:
		return true, nil
	case marker != "":
		return false, &catalog.LostError{Path: path, Backup: newestBackup(backups)}
	}
	return false, nil
}

func defaultBackups(path string) string { return filepath.Join(filepath.Dir(path), "backups") }

// openFile opens the bbolt file and turns all of bbolt's failures into errors.
func openFile(path string, timeout time.Duration, readOnly bool) (db *bolt.DB, err error) {
	var opened *os.File
	ahead := 0
	if !readOnly {
		ahead = int(mapAhead(path))
	}
	err = guard(path, func() (err error) {
		db, err = bolt.Open(path, 0o600, &bolt.Options{
			Timeout:         timeout,
			ReadOnly:        readOnly,
			InitialMmapSize: ahead,
			OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
				opened, err = os.OpenFile(name, flag, mode)
				return opened, err
			},
			// The list of free pages grows with the guilds. Writing it with each
			// transaction made a vote as large as the list; see saveFreelist.
			NoFreelistSync: true,
			FreelistType:   bolt.FreelistMapType,
		})
		return err
	})
	switch {
	case err == nil && !inPlace(opened, path):
		_ = guard(path, db.Close)
		return nil, &catalog.BusyError{Path: path}
	case err == nil:
		db.AllocSize = growthOf(opened)
		return db, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, &catalog.BusyError{Path: path}
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return nil, &catalog.CorruptError{Path: path, Cause: err}
	}
	if corrupt, ok := errors.AsType[*catalog.CorruptError](err); ok {
		return nil, corrupt
	}
	if errors.Is(err, syscall.EROFS) {
		return nil, fmt.Errorf("the disk of the catalogue %s is read-only, and nothing was changed; make it writable, and start again: %w", path, err)
	}
	// bbolt has no error type for a file that is too short.
	if info, statErr := os.Stat(path); statErr == nil && info.Size() > 0 && strings.Contains(err.Error(), "file size too small") {
		return nil, &catalog.CorruptError{Path: path, Cause: err}
	}
	return nil, fmt.Errorf("the catalogue %s cannot be opened: %w", path, err)
}

// growthOf is by how many bytes more than needed an open file grows at a time. With little
// mapped bbolt itself doubles small files, with much it adds 16 MB to them.
func growthOf(opened *os.File) int {
	info, err := opened.Stat()
	if err != nil {
		return 16 << 20
	}
	return int(min(max(info.Size()/8, 128<<10), 16<<20))
}

// inPlace reports whether an open file is the one at path. While it waited for the lock,
// a compaction may have put another there.
func inPlace(opened *os.File, path string) bool {
	have, err := opened.Stat()
	there, errThere := os.Stat(path)
	return err == nil && errThere == nil && os.SameFile(have, there)
}

// begin gives a new file its install id, or checks that of an existing one, and
// migrates it to the newest schema.
func (c *Catalog) begin(ctx context.Context, marker string) error {
	fresh := false
	err := c.view(ctx, func(tx *bolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if meta == nil {
			fresh = true
			return nil
		}
		c.install = string(meta.Get(keyInstall))
		return nil
	})
	switch {
	case err != nil:
		return err
	case fresh && marker != "":
		return &catalog.LostError{Path: c.path, Backup: newestBackup(c.opts.Backups)}
	case !fresh && marker != "" && marker != c.install:
		return &catalog.LostError{Path: c.path, Backup: newestBackup(c.opts.Backups), Other: true}
	}
	if fresh {
		c.install = rand.Text()
	}
	if err := c.migrate(ctx, fresh); err != nil {
		return err
	}
	if marker == "" && c.path != "" { // a catalogue in memory has no marker
		if err := writeMarker(c.path, c.install); err != nil {
			return err
		}
	}
	if c.path != "" {
		dropParts(filepath.Dir(c.path), copies)
	}
	return c.load(ctx)
}

// load reads what is cached in memory and ends the runs that a crash interrupted.
func (c *Catalog) load(ctx context.Context) error {
	err := c.view(ctx, func(tx *bolt.Tx) error {
		c.videos.Store(int64(number(tx.Bucket(bucketMeta).Get(keyVideos))))
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.finishImport(ctx); err != nil {
		c.log.Error("an import that was cut off waits for the next start", "error", err)
	}
	return c.indexRuns(ctx)
}

// Close waits for running transactions and closes the catalogue.
func (c *Catalog) Close() error {
	c.close()
	if c.broken.Load() == nil {
		c.compacting.Lock()
		defer c.compacting.Unlock()
	}
	c.saveFreelist()
	c.markClean()
	if c.broken.Load() != nil { // bbolt's locks may be held for ever
		return nil
	}
	if err := guard(c.path, c.file.db().Close); err != nil {
		return fmt.Errorf("the catalogue did not close: %w", err)
	}
	return nil
}

// saveFreelist writes the list of free pages once, so that the next opening need not
// look at every page for it.
func (c *Catalog) saveFreelist() {
	err := c.transact(func() error {
		return c.file.write(func(tx *bolt.Tx) error {
			tx.DB().NoFreelistSync = c.path == ""
			return nil
		})
	})
	if err != nil {
		c.log.Debug("the next start looks for the free pages of the catalogue, for their list could not be written", "error", err)
	}
}

// abandon closes the file after begin has failed.
func (c *Catalog) abandon() {
	if c.broken.Load() == nil {
		_ = guard(c.path, c.file.db().Close)
	}
}

// Damaged returns a channel that is closed when the open file turns out to be
// damaged. From then on every call returns an error; the next Open sets the file
// aside.
func (c *Catalog) Damaged() <-chan struct{} { return c.damaged }

// Damage returns the damage that was found, or nil.
func (c *Catalog) Damage() error {
	if broken := c.broken.Load(); broken != nil {
		return broken
	}
	return nil
}

// Path is the catalogue's file.
func (c *Catalog) Path() string { return c.path }

// Install is the random id that the catalogue was given when it was created.
func (c *Catalog) Install() string { return c.install }

// readMarker returns the install id kept beside the file, "" when there is none.
func readMarker(path string) (string, error) {
	b, err := os.ReadFile(catalog.MarkerPath(path))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("the catalogue's marker cannot be read: %w", err)
	}
	id := strings.TrimSpace(string(b))
	if id == "" { // an empty marker still says that there was a catalogue
		id = "lost"
	}
	return id, nil
}

func writeMarker(path, id string) error {
	if err := maybe.WriteFile(catalog.MarkerPath(path), []byte(id+"\n"), 0o600); err != nil {
		return fmt.Errorf("the catalogue's marker cannot be written: %w", err)
	}
	return nil
}
