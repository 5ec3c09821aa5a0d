package bolt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// noise are bytes that cannot be compressed.
func noise(seed byte, n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

// pieces is how many bytes of models' pieces a guild has, with those of all for "".
func pieces(t *testing.T, c *Catalog, guildID string) (size int) {
	t.Helper()
	err := c.view(t.Context(), func(tx *bolt.Tx) error {
		var pre []byte
		if guildID != "" {
			pre = prefix(guildID)
		}
		return each(tx.Bucket(bucketPieces), pre, func(_, v []byte) error { size += len(v); return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// TestVersionsShareEqualParts: a part that several versions of a guild have is stored
// once, and goes with the last of them.
func TestVersionsShareEqualParts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := must(Open(path, testOptions(t)))(t)
	const large, own = 200_000, 30_000
	model := func(space, version byte) [][]byte {
		return [][]byte{{version}, noise(space, large), noise(version, own)}
	}
	for v := byte(1); v <= 8; v++ {
		must(c.SaveModel(t.Context(), "g1", []byte("{}"), model(100+v/8, v), v == 2))(t) // only the last has another space
	}
	must(c.SaveModel(t.Context(), "g2", []byte("{}"), model(100, 3), true))(t)
	// Six versions are kept: the five newest, 4 to 8, and the champion.
	if have := pieces(t, c, "g1"); have < 2*large+6*own || have > 2*large+6*own+5000 {
		t.Errorf("six versions with two spaces take %d bytes", have)
	}
	if have := pieces(t, c, "g2"); have < large+own || have > large+own+1000 {
		t.Errorf("another guild's model takes %d bytes", have)
	}
	for _, v := range []int{2, 4, 7, 8} {
		want := bytes.Join(model(100+byte(v)/8, byte(v)), nil)
		if m, found, err := c.Model(t.Context(), "g1", v); err != nil || !found || !bytes.Equal(m.Blob, want) {
			t.Errorf("version %d: %d bytes, %v, %v", v, len(m.Blob), found, err)
		}
	}
	for v := byte(9); v <= 14; v++ {
		must(c.SaveModel(t.Context(), "g1", nil, model(101, v), true))(t)
	}
	if have := pieces(t, c, "g1"); have > large+5*own+5000 {
		t.Errorf("five versions with one space take %d bytes", have)
	}
	must(0, c.ForgetGuild(t.Context(), "g1"))(t)
	if pieces(t, c, "g1") != 0 || pieces(t, c, "g2") == 0 {
		t.Error("forgetting a guild left its models, or took another's")
	}
	checked(t, c, path)
}

// TestMigrateSchema6 opens a file whose models are whole rows.
func TestMigrateSchema6(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	must(0, copyFixture(filepath.Join("testdata", "schema6.db"), path))(t)
	c := must(Open(path, testOptions(t)))(t)
	for v := 1; v <= 3; v++ {
		m, found, err := c.Model(t.Context(), "g1", v)
		if err != nil || !found || !bytes.Equal(m.Blob, bytes.Repeat([]byte{byte(v)}, 5000)) || m.Champion != (v == 2) {
			t.Errorf("version %d: %d bytes, %v, %v", v, len(m.Blob), found, err)
		}
	}
	for v := 4; v <= 9; v++ {
		if n := must(c.SaveModel(t.Context(), "g1", nil, [][]byte{noise(byte(v), 4000)}, v == 9))(t); n != v {
			t.Errorf("the new version has the number %d", n)
		}
	}
	if models := must(c.Models(t.Context(), "g1"))(t); len(models) != 5 || models[4].Version != 5 {
		t.Errorf("%d versions are kept", len(models))
	}
	if m, _, err := c.Champion(t.Context(), "g2"); err != nil || len(m.Blob) != 5000 {
		t.Errorf("another guild's champion: %d bytes, %v", len(m.Blob), err)
	}
	if report := checked(t, c, path); report.Schema != newestSchema {
		t.Errorf("schema %d", report.Schema)
	}
}

// TestSmallWritesStaySmall: neither more guilds nor thousands of free pages make a vote or
// the save of a model larger.
func TestSmallWritesStaySmall(t *testing.T) {
	vote, save := map[int]int64{}, map[int]int64{}
	for _, guilds := range []int{10, 40} {
		path := filepath.Join(t.TempDir(), "catalog.db")
		c := must(Open(path, testOptions(t, func(o *Options) { o.NoSync = true })))(t)
		for v := range byte(8) { // the first versions leave free pages
			for g := range guilds {
				must(c.SaveModel(t.Context(), fmt.Sprint("g", g), nil, [][]byte{noise(byte(g), 20_000), noise(8*byte(g)+v, 100_000)}, true))(t)
			}
		}
		allocated := func(f func()) int64 {
			before := c.file.db().Stats().TxStats
			f()
			after := c.file.db().Stats().TxStats
			return after.GetPageAlloc() - before.GetPageAlloc()
		}
		must(c.SaveModel(t.Context(), "gone", nil, [][]byte{noise(255, 200_000*guilds)}, true))(t)
		must(0, c.ForgetGuild(t.Context(), "gone"))(t)
		must(c.AddCounter(t.Context(), "a", 1))(t)
		vote[guilds] = allocated(func() { must(c.AddCounter(t.Context(), "a", 1))(t) })
		save[guilds] = allocated(func() {
			must(c.SaveModel(t.Context(), "g5", nil, [][]byte{noise(5, 20_000), noise(200, 100_000)}, true))(t)
		})
		stats, info := c.file.db().Stats(), c.file.db().Info()
		t.Logf("%d guilds: a count writes %d kB, a model of 120 kB %d kB; %d pages of %d B are free", guilds, vote[guilds]>>10, save[guilds]>>10, stats.FreePageN, info.PageSize)
		checked(t, c, path)
	}
	if vote[40] > 2*4096 || 2*save[40] > 3*save[10] {
		t.Errorf("with 40 guilds a count writes %d bytes and a model %d, with 10 %d and %d", vote[40], save[40], vote[10], save[10])
	}
}

// TestFreePagesAreKnownAfterACrash: their list is written at a clean close only; after a
// crash it is found again, and the file does not grow by what was free.
func TestFreePagesAreKnownAfterACrash(t *testing.T) {
	dir := t.TempDir()
	path, crashed := filepath.Join(dir, "catalog.db"), filepath.Join(dir, "crashed.db")
	c := must(Open(path, testOptions(t)))(t)
	for v := range byte(9) {
		must(c.SaveModel(t.Context(), "g1", nil, [][]byte{noise(v, 300_000)}, true))(t)
	}
	must(c.AddCounter(t.Context(), "a", 1))(t) // frees what the last transaction had to keep
	free := c.file.db().Stats().FreePageN
	must(0, copyFixture(path, crashed))(t)
	must(0, c.Close())(t)
	for name, path := range map[string]string{"a clean close": path, "a crash": crashed} {
		c := must(Open(path, testOptions(t)))(t)
		if have := c.file.db().Stats().FreePageN; free < 50 || have < free-20 {
			t.Errorf("after %s %d pages are free, before it were %d", name, have, free)
		}
		must(c.SaveModel(t.Context(), "g1", nil, [][]byte{noise(20, 300_000)}, true))(t)
		checked(t, c, path)
	}
}

// TestDamagedPieceIsAnError, and no panic.
func TestDamagedPieceIsAnError(t *testing.T) {
	for name, damage := range map[string]func(k, v []byte, b *bolt.Bucket) error{
		"a flipped byte": func(k, v []byte, b *bolt.Bucket) error {
			v = bytes.Clone(v)
			v[len(v)/2] ^= 1
			return b.Put(k, v)
		},
		"a cut piece":  func(k, v []byte, b *bolt.Bucket) error { return b.Put(k, bytes.Clone(v[:len(v)/2])) },
		"a lost piece": func(k, _ []byte, b *bolt.Bucket) error { return b.Delete(k) },
		"another frame": func(k, _ []byte, b *bolt.Bucket) error {
			packed, err := packParts([][]byte{make([]byte, 10<<20)})
			if err != nil {
				return err
			}
			return b.Put(k, packed[0].data)
		},
	} {
		c := must(Open(filepath.Join(t.TempDir(), "catalog.db"), testOptions(t)))(t)
		must(c.SaveModel(t.Context(), "g1", nil, [][]byte{[]byte("card"), noise(1, 50_000)}, true))(t)
		must(0, c.update(t.Context(), "test", small, func(tx *bolt.Tx) error {
			b := tx.Bucket(bucketPieces)
			k, v := b.Cursor().Last()
			return damage(bytes.Clone(k), v, b)
		}))(t)
		if m, _, err := c.Champion(t.Context(), "g1"); err == nil {
			t.Errorf("%s: %d bytes were read", name, len(m.Blob))
		}
		must(0, c.Close())(t)
	}
}
