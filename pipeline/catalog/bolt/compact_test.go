package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/catalog"
)

// holey is a catalogue whose file is mostly free pages, and which has some guilds with
// votes and a model each.
func holey(t testing.TB, path string, change ...func(*Options)) *Catalog {
	t.Helper()
	if !canReplace {
		t.Skip("an open file cannot be replaced here")
	}
	c := openAt(t, path, change...)
	c.leastFree = 1
	fill(t, c)
	return c
}

func fill(t testing.TB, c *Catalog) {
	t.Helper()
	for g := range byte(6) {
		id := fmt.Sprint("g", g)
		must(0, c.SaveGuild(t.Context(), catalog.Guild{ID: id, Zone: "UTC"}))(t)
		must(c.SaveModel(t.Context(), id, []byte("{}"), [][]byte{noise(g, 100_000)}, true))(t)
		for i := range 20 {
			must(c.Vote(t.Context(), voteOf(id, i, true)))(t)
		}
	}
	must(c.Observe(t.Context(), []catalog.Sighting{watch("aaaaaaaaaaa", start), watch("bbbbbbbbbbb", start)}))(t)
	for g := 1; g < 5; g++ {
		must(0, c.ForgetGuild(t.Context(), fmt.Sprint("g", g)))(t)
	}
}

func voteOf(guildID string, member int, up bool) catalog.VoteChange {
	ch := change(up, true, catalog.SourceReaction, 1)
	ch.GuildID, ch.MemberID = guildID, fmt.Sprint("member", member)
	return ch
}

// contents are all rows and sequences of a state.
func contents(tx *bolt.Tx) (map[string]string, error) {
	all := map[string]string{}
	err := tx.ForEach(func(name []byte, b *bolt.Bucket) error {
		all[string(name)] = fmt.Sprint(b.Sequence())
		return b.ForEach(func(k, v []byte) error { all[string(name)+"\x00"+string(k)] = string(v); return nil })
	})
	return all, err
}

func contentsOf(t testing.TB, db *bolt.DB) (all map[string]string) {
	t.Helper()
	err := db.View(func(tx *bolt.Tx) (err error) {
		all, err = contents(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// noRemains fails if a copy was left in the folder of a catalogue.
func noRemains(t testing.TB, path string) {
	t.Helper()
	if parts, _ := filepath.Glob(filepath.Join(filepath.Dir(path), copies)); len(parts) > 0 {
		t.Errorf("remains: %q", parts)
	}
}

func TestCompactGivesFreePagesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := holey(t, path, func(o *Options) { o.Verify = verifyInChild })
	want, before := contentsOf(t, c.file.db()), c.length()
	given := must(c.Compact(t.Context()))(t)
	if after := c.length(); given < before/2 || after != before-given {
		t.Errorf("%d bytes of %d were given back; the file has %d", given, before, after)
	}
	if !maps.Equal(want, contentsOf(t, c.file.db())) {
		t.Error("not the same rows")
	}
	if again := must(c.Compact(t.Context()))(t); again != 0 {
		t.Errorf("%d bytes were given back again", again)
	}
	if info := must(os.Stat(path))(t); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	noRemains(t, path)
	must(c.Vote(t.Context(), voteOf("g0", 100, true)))(t)
	checked(t, c, path)
	// The close after it is a clean one.
	opened := openAt(t, path, func(o *Options) {
		o.Verify = func(context.Context, string) error { return errors.New("checked again") }
	})
	if votes := must(opened.Votes(t.Context(), "g0"))(t); len(votes) != 21 {
		t.Errorf("%d votes", len(votes))
	}
}

// TestCompactOnlyWhenItPays: nor beside a backup or an import, nor in a catalogue in
// memory, nor after the close.
func TestCompactOnlyWhenItPays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := holey(t, path)
	none := func(what string) {
		t.Helper()
		if given, err := c.Compact(t.Context()); given != 0 || err != nil {
			t.Errorf("%s: %d bytes, %v", what, given, err)
		}
	}
	size, live, err := c.sizes()
	if err != nil {
		t.Fatal(err)
	}
	c.leastFree = size - live + 1
	none("little is free")
	c.leastFree = size - live
	c.copying <- struct{}{}
	none("a backup goes on")
	<-c.copying
	c.importing <- struct{}{}
	none("an import goes on")
	<-c.importing
	if given := must(c.Compact(t.Context()))(t); given == 0 {
		t.Error("now it pays")
	}
	must(c.SaveModel(t.Context(), "g9", nil, [][]byte{noise(9, 300_000)}, true))(t)
	must(c.SaveModel(t.Context(), "g8", nil, [][]byte{noise(8, 50_000)}, true))(t)
	must(0, c.ForgetGuild(t.Context(), "g8"))(t)
	c.leastFree = 1
	none("less than a third is free")
	must(0, c.ForgetGuild(t.Context(), "g9"))(t)
	must(0, c.Close())(t)
	none("closed")
	if memory, err := OpenMemory(testOptions(t)); err == nil { // on Linux
		c = memory
		c.leastFree = -1 << 40
		none("in memory")
		must(0, c.Close())(t)
	}
}

// TestCompactWhileOthersWrite: what the new file holds when it is put in its place is what
// the old one holds, and every acknowledged vote is kept.
func TestCompactWhileOthersWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := holey(t, path, func(o *Options) { o.NoSync = true })
	var mu sync.Mutex
	kept := map[string]bool{}
	member := 1000
	vote := func() {
		mu.Lock()
		member++
		n := member
		mu.Unlock()
		ch := voteOf("g0", n, true)
		if _, err := c.Vote(context.Background(), ch); err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		kept[ch.MemberID] = true
		mu.Unlock()
	}
	var old, renamed map[string]string
	c.opts.Trace = func(point string) {
		switch point {
		case "compact:copied": // much is changed while it is checked
			for i := range 300 {
				vote()
				if i%50 == 0 {
					must(c.SaveModel(t.Context(), "g7", nil, [][]byte{noise(byte(i), 50_000)}, true))(t)
				}
			}
			must(0, c.ForgetGuild(t.Context(), "g5"))(t)
		case "compact:checked":
			vote()
		case "compact:renamed": // nobody writes
			old = contentsOf(t, c.file.db())
			still := filepath.Join(t.TempDir(), "still.db")
			must(0, os.WriteFile(still, must(os.ReadFile(path))(t), 0o600))(t)
			db := must(openFile(still, 0, true))(t)
			defer db.Close()
			renamed = contentsOf(t, db)
		}
	}
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					vote()
				}
			}
		})
	}
	if given := must(c.Compact(t.Context()))(t); given == 0 {
		t.Error("nothing was given back")
	}
	close(stop)
	writers.Wait()
	if len(old) == 0 || !maps.Equal(old, renamed) {
		t.Errorf("%d rows in the old file, %d in the new one", len(old), len(renamed))
	}
	stored := map[string]bool{}
	for _, v := range must(c.Votes(t.Context(), "g0"))(t) {
		stored[v.MemberID] = true
	}
	for who := range kept {
		if !stored[who] {
			t.Errorf("the vote of %s is lost", who)
		}
	}
	t.Logf("%d votes meanwhile", len(kept))
	noRemains(t, path)
	checked(t, c, path)
}

// TestCatchUp changes a file at random, with rows of all lengths, and compares what its
// copy holds after each time.
func TestCatchUp(t *testing.T) {
	for seed := range uint64(3) {
		path := filepath.Join(t.TempDir(), "catalog.db")
		c := openAt(t, path, func(o *Options) { o.NoSync = true })
		k := copyOf(t, c)
		random := rand.New(rand.NewPCG(seed, 4))
		for round := range 25 {
			err := c.file.write(func(tx *bolt.Tx) error { return changeAtRandom(tx, random, round) })
			if err != nil {
				t.Fatal(err)
			}
			if _, err := k.catchUp(t.Context()); err != nil {
				t.Fatalf("seed %d, round %d: %v", seed, round, err)
			}
			if !maps.Equal(contentsOf(t, c.file.db()), contentsOf(t, k.copy.db)) {
				t.Fatalf("seed %d, round %d: the copy is another", seed, round)
			}
		}
	}
}

// copyOf is a compaction of a catalogue that has begun with an empty copy.
func copyOf(t testing.TB, c *Catalog) *compaction {
	t.Helper()
	f := must(os.Open(c.path))(t)
	k := &compaction{
		c: c, old: c.file.now, source: &pages{file: f, size: os.Getpagesize()},
		part: filepath.Join(t.TempDir(), "part.db"), have: &snapshot{},
	}
	must(0, k.open())(t)
	t.Cleanup(func() { k.end(); f.Close() })
	return k
}

func changeAtRandom(tx *bolt.Tx, random *rand.Rand, round int) error {
	names := []string{"one", "two", "three"}
	name := []byte(names[random.IntN(len(names))])
	if random.IntN(10) == 0 && tx.Bucket(name) != nil {
		return tx.DeleteBucket(name)
	}
	b, err := tx.CreateBucketIfNotExists(name)
	if err != nil {
		return err
	}
	if _, err := b.NextSequence(); err != nil {
		return err
	}
	some := []int{0, 1, 3, 3, 100, 2000}[random.IntN(6)]
	for range some {
		k := fmt.Appendf(nil, "%0*d", 1+random.IntN(40), random.IntN(20_000))
		v := noise(byte(round), []int{0, 5, 50, 80, 9000 / (1 + some/100)}[random.IntN(5)]/(1+random.IntN(3)))
		if err := b.Put(k, v); err != nil {
			return err
		}
	}
	if random.IntN(3) > 0 {
		return nil
	}
	var keys [][]byte
	from, most := fmt.Appendf(nil, "%d", random.IntN(10)), []int{1, 50, 100_000}[random.IntN(3)]
	cur := b.Cursor()
	for k, _ := cur.Seek(from); k != nil && len(keys) < most; k, _ = cur.Next() {
		keys = append(keys, slices.Clone(k))
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// TestCatchUpCostsWhatWasChanged: one row among 50,000 is a few pages to compare.
func TestCatchUpCostsWhatWasChanged(t *testing.T) {
	c := openTest(t, func(o *Options) { o.NoSync = true })
	write := func(from, to int) {
		err := c.file.write(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("many"))
			for i := from; i < to && err == nil; i++ {
				err = b.Put(fmt.Appendf(nil, "%08d", i), noise(1, 60))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	k := copyOf(t, c)
	write(0, 50_000)
	whole := must(k.catchUp(t.Context()))(t)
	write(20_000, 20_001)
	now, _, leaves, err := k.changes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now.close()
	if whole < 500 || leaves > 8 {
		t.Errorf("%d pages at first, then %d", whole, leaves)
	}
	// A copy whose rows came in order has full pages.
	if stats := must(bucketStats(k.copy.db, "many"))(t); stats.LeafInuse < stats.LeafAlloc*9/10 {
		t.Errorf("%d of %d bytes are used", stats.LeafInuse, stats.LeafAlloc)
	}
}

func bucketStats(db *bolt.DB, name string) (s bolt.BucketStats, err error) {
	err = db.View(func(tx *bolt.Tx) error { s = tx.Bucket([]byte(name)).Stats(); return nil })
	return s, err
}

// TestWriterThatWaitedForACompaction writes to the new file, though it came for the old.
func TestWriterThatWaitedForACompaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := holey(t, path)
	voted := make(chan error, 1)
	c.opts.Trace = func(point string) {
		if point != "compact:commit" {
			return
		}
		go func() {
			_, err := c.Vote(context.Background(), voteOf("g0", 500, true))
			voted <- err
		}()
		until(t, c, func() bool { return c.file.now.users > 0 })
	}
	must(c.Compact(t.Context()))(t)
	must(0, <-voted)(t)
	if votes := must(c.Votes(t.Context(), "g0"))(t); len(votes) != 21 {
		t.Errorf("%d votes in the open file", len(votes))
	}
	checked(t, c, path)
	if votes := must(openAt(t, path).Votes(t.Context(), "g0"))(t); len(votes) != 21 {
		t.Errorf("%d votes", len(votes))
	}
}

// until waits for a state of the catalogue's file.
func until(t testing.TB, c *Catalog, reached func() bool) {
	for t.Context().Err() == nil {
		c.file.mu.Lock()
		yes := reached()
		c.file.mu.Unlock()
		if yes {
			return
		}
		runtime.Gosched()
	}
}

// TestReaderOutlivesItsFile: who reads the old file goes on with it, may begin another
// transaction meanwhile, and holds nobody up.
func TestReaderOutlivesItsFile(t *testing.T) {
	c := holey(t, filepath.Join(t.TempDir(), "catalog.db"))
	want := len(contentsOf(t, c.file.db()))
	old := c.file.now
	compacted := make(chan error, 1)
	err := c.view(t.Context(), func(tx *bolt.Tx) error {
		go func() {
			_, err := c.Compact(context.Background())
			compacted <- err
		}()
		until(t, c, func() bool { return c.file.now != old })
		if _, err := c.Vote(t.Context(), voteOf("g0", 500, true)); err != nil {
			return err
		}
		if votes, err := c.Votes(t.Context(), "g0"); err != nil || len(votes) != 21 {
			return fmt.Errorf("%d votes beside: %w", len(votes), err)
		}
		have, err := contents(tx)
		if len(have) != want {
			err = fmt.Errorf("%d rows, not %d", len(have), want)
		}
		return err
	})
	if err := errors.Join(err, <-compacted); err != nil {
		t.Error(err)
	}
}

// TestReaderDoesNotHoldUpGrowth: a write that makes the file much larger does not wait for
// a reader, as bbolt's own map would.
func TestReaderDoesNotHoldUpGrowth(t *testing.T) {
	if !canReplace {
		t.Skip("bbolt maps no more than the file here")
	}
	c := openTest(t, func(o *Options) { o.NoSync = true })
	written := make(chan error, 1)
	err := c.view(t.Context(), func(*bolt.Tx) error {
		go func() {
			_, err := c.SaveModel(t.Context(), "g1", nil, [][]byte{noise(1, 8<<20)}, true)
			written <- err
		}()
		return <-written // for ever if it waits
	})
	if err != nil {
		t.Error(err)
	}
	if size := c.length(); size > 10<<20 {
		t.Errorf("8 MB take %d bytes: the file grows in too large steps", size)
	}
}

// TestReplacedFileIsNotOpened: a process that waited for the lock of the file before it
// was replaced does not write to that.
func TestReplacedFileIsNotOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := holey(t, path)
	before := must(os.Open(path))(t)
	defer before.Close()
	if !inPlace(before, path) {
		t.Error("the file is not the one that was opened")
	}
	must(c.Compact(t.Context()))(t)
	if inPlace(before, path) {
		t.Error("the replaced file passes for the catalogue")
	}
	if _, err := Open(path, testOptions(t)); !errors.As(err, new(*catalog.BusyError)) {
		t.Errorf("the new file can be opened twice: %v", err)
	}
}

// TestCloseEndsACompaction at each point where it may be.
func TestCloseEndsACompaction(t *testing.T) {
	for _, at := range []string{"begin", "copied", "checked"} {
		path := filepath.Join(t.TempDir(), "catalog.db")
		c := holey(t, path)
		closed := make(chan error, 1)
		c.opts.Trace = func(point string) {
			if point == "compact:"+at {
				go func() { closed <- c.Close() }()
				<-c.closing.Done()
			}
		}
		given, err := c.Compact(t.Context())
		if given != 0 || err == nil || !strings.Contains(err.Error(), "as it was before: the catalogue is closed") {
			t.Errorf("at %s: %d bytes, %v", at, given, err)
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
		noRemains(t, path)
		must(Check(path))(t)
	}
}

// TestCompactIsCancelled: the catalogue goes on.
func TestCompactIsCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := holey(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	c.opts.Trace = func(point string) {
		if point == "compact:begin" {
			cancel()
		}
	}
	if _, err := c.Compact(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error: %v", err)
	}
	noRemains(t, path)
	must(c.Vote(t.Context(), voteOf("g0", 500, true)))(t)
	if given := must(c.Compact(t.Context()))(t); given == 0 {
		t.Error("the next one gives nothing back")
	}
}

// TestCompactBesideTooMuchGrowth: before bbolt had to map the file anew, the compaction
// ends, so that nobody waits for it.
func TestCompactBesideTooMuchGrowth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := holey(t, path)
	f := must(os.Open(path))(t)
	defer f.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := watchGrowth(ctx, f, c.length()+1, cancel)
	must(c.SaveModel(t.Context(), "g9", nil, [][]byte{noise(9, 3_000_000)}, true))(t)
	<-stopped
	if err := context.Cause(ctx); err == nil || !strings.Contains(err.Error(), "grows too fast") {
		t.Errorf("error: %v", err)
	}
}

// TestBadCopyIsThrownAway: a copy that does not pass its check replaces nothing.
func TestBadCopyIsThrownAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := holey(t, path, func(o *Options) {
		o.Verify = func(_ context.Context, part string) error {
			return &catalog.CorruptError{Path: part, Cause: errors.New("seeded")}
		}
	})
	want := contentsOf(t, c.file.db())
	if _, err := c.Compact(t.Context()); err == nil || !strings.Contains(err.Error(), "seeded") {
		t.Errorf("error: %v", err)
	}
	if c.Damage() != nil || !maps.Equal(want, contentsOf(t, c.file.db())) {
		t.Error("the catalogue is taken for damaged, or changed:", c.Damage())
	}
	noRemains(t, path)
}

// TestDamagedPageEndsACompaction: wherever a page is damaged, the file stays where it is,
// and is what the next start sets aside.
func TestDamagedPageEndsACompaction(t *testing.T) {
	first := filepath.Join(t.TempDir(), "catalog.db")
	must(0, holey(t, first, func(o *Options) { o.NoSync = true }).Close())(t)
	good := must(os.ReadFile(first))(t)
	page := os.Getpagesize()
	found := 0
	for n := 2; n < len(good)/page && found < 4; n++ {
		if kind := good[n*page+8]; kind != kindLeaf && kind != kindBranch {
			continue
		}
		path := filepath.Join(t.TempDir(), "catalog.db")
		must(0, os.WriteFile(path, good, 0o600))(t)
		c := must(Open(path, testOptions(t, func(o *Options) { o.NoSync = true })))(t)
		c.leastFree = 1
		f := must(os.OpenFile(path, os.O_WRONLY, 0))(t)
		must(f.WriteAt(bytes.Repeat([]byte{0x55}, 40), int64(n*page)))(t)
		must(0, f.Close())(t)
		_, err := c.Compact(t.Context())
		noRemains(t, path)
		if err != nil { // else the page was free, and is not in the new file
			found++
			if damage, ok := errors.AsType[*catalog.CorruptError](err); !ok || damage.Path != path || c.Damage() == nil {
				t.Errorf("page %d: %v; damage %v", n, err, c.Damage())
			}
		}
		_ = c.Close()
		if _, err := Check(path); (err != nil) != (c.Damage() != nil) {
			t.Errorf("page %d: the file in its place: %v", n, err)
		}
	}
	if found < 4 {
		t.Errorf("%d damaged pages were met: the test tests nothing", found)
	}
}

func init() { children["compact"] = killedCompacting }

// killedCompacting ends without ado at the point that the environment names, after it has
// told which votes it took.
func killedCompacting(path string) error {
	c, err := Open(path, Options{})
	if err != nil {
		return err
	}
	c.leastFree = 1
	for i := range 5 {
		if _, err := c.Vote(context.Background(), voteOf("g0", 200+i, true)); err != nil {
			return err
		}
		fmt.Println("member" + fmt.Sprint(200+i))
	}
	c.opts.Trace = func(point string) {
		if point == os.Getenv("COMPACT_KILL") {
			os.Exit(9)
		}
	}
	_, err = c.Compact(context.Background())
	return err
}

// TestCompactIsKilled at each of its points: the next start has a whole file with every
// vote, the new one or the old one, and nothing beside it.
func TestCompactIsKilled(t *testing.T) {
	first := filepath.Join(t.TempDir(), "catalog.db")
	must(0, holey(t, first, func(o *Options) { o.NoSync = true }).Close())(t)
	file, marker := must(os.ReadFile(first))(t), must(os.ReadFile(catalog.MarkerPath(first)))(t)
	for _, at := range []string{"begin", "copied", "checked", "locked", "commit", "renamed", "replaced", "done"} {
		path := filepath.Join(t.TempDir(), "catalog.db")
		must(0, errors.Join(os.WriteFile(path, file, 0o600), os.WriteFile(catalog.MarkerPath(path), marker, 0o600)))(t)
		cmd := exec.CommandContext(t.Context(), os.Args[0], "compact", path)
		cmd.Env = append(os.Environ(), "COMPACT_KILL=compact:"+at)
		out, err := cmd.Output()
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 9 {
			t.Fatalf("it did not die at %s: %v %s", at, err, out)
		}
		parts, _ := filepath.Glob(filepath.Join(filepath.Dir(path), copies))
		if left := len(parts) > 0; left != slices.Contains([]string{"copied", "checked", "locked", "commit"}, at) {
			t.Errorf("at %s: %q are left", at, parts)
		}
		next := must(Open(path, testOptions(t, func(o *Options) { o.Verify = verifyInChild })))(t)
		noRemains(t, path)
		if small := next.length() < int64(len(file)/2); small != slices.Contains([]string{"renamed", "replaced", "done"}, at) {
			t.Errorf("at %s: the file has %d bytes, %d before", at, next.length(), len(file))
		}
		stored := map[string]bool{}
		for _, v := range must(next.Votes(t.Context(), "g0"))(t) {
			stored[v.MemberID] = true
		}
		for who := range strings.Lines(string(out)) {
			if !stored[strings.TrimSpace(who)] {
				t.Errorf("at %s: the vote of %s is lost", at, who)
			}
		}
		if len(stored) != 25 {
			t.Errorf("at %s: %d votes", at, len(stored))
		}
		checked(t, next, path)
	}
}

// TestPiecesFillTheirPages: pieces of models take no more pages than their bytes need.
func TestPiecesFillTheirPages(t *testing.T) {
	for _, guild := range []string{"1", "123456789012345678", strings.Repeat("g", 90)} {
		c := openTest(t, func(o *Options) { o.NoSync = true })
		must(c.SaveModel(t.Context(), guild, nil, [][]byte{noise(1, 3<<20)}, true))(t)
		stats := must(bucketStats(c.file.db(), string(bucketPieces)))(t)
		if stats.LeafAlloc > stats.LeafInuse*101/100+os.Getpagesize() {
			t.Errorf("guild %s: pieces of %d bytes take %d", guild, stats.LeafInuse, stats.LeafAlloc)
		}
	}
}
