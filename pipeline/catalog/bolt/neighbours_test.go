package bolt

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// neighbour returns the i-th of many neighbours; some channels have several.
func neighbour(i int) youtube.Neighbour {
	return youtube.Neighbour{ID: fmt.Sprintf("near%07d", i), Title: fmt.Sprintf("Title %d", i), Channel: fmt.Sprintf("Channel %d", i/3)}
}

// neighbourPage is a watch page that shows some neighbours.
func neighbourPage(id string, at time.Time, of ...int) catalog.Sighting {
	s := watch(id, at)
	for _, i := range of {
		s.Neighbours = append(s.Neighbours, neighbour(i))
	}
	return s
}

// poolTexts returns the texts of the pool.
func poolTexts(t *testing.T, c *Catalog) (texts []string) {
	t.Helper()
	err := c.view(t.Context(), func(tx *bolt.Tx) error {
		return tx.Bucket(bucketBeside).ForEach(func(_, v []byte) error {
			row, err := unpackRow(v)
			texts = append(texts, slices.DeleteFunc(row, func(s string) bool { return s == "" })...)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func checkNeighbours(t *testing.T, c *Catalog, id string, of ...int) {
	t.Helper()
	var want []youtube.Neighbour
	for _, i := range of {
		want = append(want, neighbour(i))
	}
	if got, err := c.Neighbours(t.Context(), id); err != nil || !slices.Equal(got, want) {
		t.Errorf("beside %s: %v, %v; want %v", id, got, err, want)
	}
}

// checkWhole closes the catalogue and walks its file.
func checkWhole(t *testing.T, c *Catalog) {
	t.Helper()
	path := c.path
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := Walk(path); err != nil {
		t.Error(r.Problems, err)
	}
}

func TestANeighbourIsKeptOnce(t *testing.T) {
	c := openTest(t)
	count := func(from, n int) (of []int) {
		for i := range n {
			of = append(of, from+i)
		}
		return of
	}
	first, second := count(0, 20), append(count(10, 10), count(40, 10)...)
	must(c.Observe(t.Context(), []catalog.Sighting{neighbourPage("aaaaaaaaaaa", start, first...), neighbourPage("bbbbbbbbbbb", start, second...)}))(t)
	checkNeighbours(t, c, "aaaaaaaaaaa", first...)
	checkNeighbours(t, c, "bbbbbbbbbbb", second...)
	// Neither a result row nor a page that shows nothing takes away what is
	// known; a newer page does.
	must(c.Observe(t.Context(), []catalog.Sighting{sighting("aaaaaaaaaaa"), neighbourPage("aaaaaaaaaaa", start.Add(time.Hour)), neighbourPage("bbbbbbbbbbb", start.Add(time.Hour), 7)}))(t)
	checkNeighbours(t, c, "aaaaaaaaaaa", first...)
	checkNeighbours(t, c, "bbbbbbbbbbb", 7)
	if got, err := c.Neighbours(t.Context(), "zzzzzzzzzzz"); got != nil || err != nil {
		t.Errorf("beside a video from nowhere: %v, %v", got, err)
	}
	texts := poolTexts(t, c)
	if len(texts) != 30+11 { // 30 videos of the channels 0 to 6 and 13 to 16
		t.Errorf("%d texts: %q", len(texts), texts)
	}
	for i, text := range texts {
		if slices.Contains(texts[:i], text) {
			t.Errorf("%q is kept twice", text)
		}
	}
	// Invalid ids are left out and long texts cut.
	odd := neighbourPage("ccccccccccc", start, 1)
	odd.Neighbours = append(odd.Neighbours, youtube.Neighbour{ID: "x\x00y", Title: "no id"}, youtube.Neighbour{ID: "odd00000000", Title: "a\x00b\xff" + strings.Repeat("c", 2000), Channel: "\x00"})
	for i := range 40 {
		odd.Neighbours = append(odd.Neighbours, neighbour(100+i))
	}
	must(c.Observe(t.Context(), []catalog.Sighting{odd}))(t)
	got, err := c.Neighbours(t.Context(), "ccccccccccc")
	if err != nil || len(got) != catalog.MaxNeighbours-1 || len(got[1].Title) > catalog.MaxTitle+2 || !strings.HasPrefix(got[1].Title, "ab\ufffdccc") || got[1].Channel != "" {
		t.Errorf("%d neighbours, %v: %+v", len(got), err, got)
	}
	checkWhole(t, c)
}

func TestPruneDropsWhatNoPageShows(t *testing.T) {
	c := openTest(t)
	var pages []catalog.Sighting
	for i := range 40 {
		pages = append(pages, neighbourPage(fmt.Sprintf("page%07d", i), start, i, i+1, i+2, 500+i))
	}
	must(c.Observe(t.Context(), pages))(t)
	all := len(poolTexts(t, c))
	prune := func() []string {
		t.Helper()
		must(c.Prune(t.Context(), time.Time{}, time.Time{}))(t)
		return poolTexts(t, c)
	}
	if left := prune(); len(left) != all {
		t.Errorf("%d of %d texts are left while every page is kept", len(left), all)
	}
	// Forgetting members and guilds changes nothing of it.
	must(c.ForgetMember(t.Context(), "", "m1"))(t)
	if err := c.ForgetGuild(t.Context(), "g1"); err != nil {
		t.Fatal(err)
	}
	if left := prune(); len(left) != all {
		t.Errorf("%d of %d texts are left after a guild was forgotten", len(left), all)
	}
	checkNeighbours(t, c, "page0000003", 3, 4, 5, 503)
	var gone []string
	for i := range 40 {
		if i != 3 && i != 30 {
			gone = append(gone, fmt.Sprintf("page%07d", i))
		}
	}
	must(c.DropVideos(t.Context(), gone...))(t)
	if left := prune(); len(left) != 8+4 { // the videos' channels are 1 and 167, 10 and 176
		t.Errorf("%d texts are left: %q", len(left), left)
	}
	checkNeighbours(t, c, "page0000003", 3, 4, 5, 503)
	checkNeighbours(t, c, "page0000030", 30, 31, 32, 530)
	// What was dropped may come again.
	must(c.Observe(t.Context(), []catalog.Sighting{neighbourPage("page0000009", start, 9, 3, 510)}))(t)
	checkNeighbours(t, c, "page0000009", 9, 3, 510)
	must(c.DropVideos(t.Context(), "page0000003", "page0000030", "page0000009"))(t)
	if left := prune(); len(left) != 0 {
		t.Errorf("an empty catalogue keeps %q", left)
	}
	must(c.Observe(t.Context(), []catalog.Sighting{neighbourPage("page0000009", start, 9)}))(t)
	checkNeighbours(t, c, "page0000009", 9)
	checkWhole(t, c)
}

// fillNeighbours writes n pages with titles as long as YouTube's to a new file,
// with or without their neighbours, and returns its used size. As on recorded
// pages, seven of twenty neighbours are new to the catalogue after a thousand
// pages.
func fillNeighbours(t *testing.T, n int, with bool) (size int64, c *Catalog) {
	t.Helper()
	tube, err := fakeyoutube.New(fakeyoutube.Options{Seed: 1, Videos: 12_000})
	if err != nil {
		t.Fatal(err)
	}
	tube.Close()
	world := tube.Videos()
	path := filepath.Join(t.TempDir(), "catalog.db")
	c, err = Open(path, testOptions(t, func(o *Options) { o.NoSync = true }))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range n {
		v := world[random.IntN(len(world))]
		s := watch(v.ID, start)
		s.Video.Title, s.Video.Channel, s.Video.Description = v.Title, v.Channel, v.Description
		for range 20 {
			// Some are shown on many pages, most on one.
			b := world[int(float64(len(world))*random.Float64()*random.Float64())]
			if with {
				s.Neighbours = append(s.Neighbours, youtube.Neighbour{ID: b.ID, Title: b.Title + " " + b.Description[:min(20, len(b.Description))], Channel: b.Channel})
			}
		}
		must(c.Observe(t.Context(), []catalog.Sighting{s}))(t)
	}
	if err := c.view(t.Context(), func(tx *bolt.Tx) error { size = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	stats := c.file.db().Stats()
	return size - int64(stats.FreePageN+stats.PendingPageN)*int64(os.Getpagesize()), c
}

func TestBesideCostsLittle(t *testing.T) {
	const pages = 1000
	without, bare := fillNeighbours(t, pages, false)
	with, c := fillNeighbours(t, pages, true)
	texts := poolTexts(t, c)
	titles, bytes := 0, 0
	for _, text := range texts {
		if text[0] == 'v' {
			titles++
			bytes += len(text)
		}
	}
	t.Logf("%d pages: %d bytes without, %d more with %d neighbours of %d bytes on average", pages, without, with-without, titles, bytes/titles)
	if with-without > 500_000 {
		t.Errorf("%d bytes more for %d videos", with-without, pages)
	}
	checkWhole(t, bare)
	checkWhole(t, c)
}

// When the pool is full, known neighbours are still stored and new ones dropped.
func TestNeighboursAreBounded(t *testing.T) {
	c := openTest(t)
	random := rand.New(rand.NewPCG(1, 1))
	noise := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('!' + random.IntN(90))
		}
		return string(b)
	}
	for i := range 60 {
		s := neighbourPage(fmt.Sprintf("page%07d", i), start, 1, 2)
		for j := range 23 {
			s.Neighbours = append(s.Neighbours, youtube.Neighbour{ID: fmt.Sprintf("new%04d%04d", i, j), Title: noise(900), Channel: noise(60)})
		}
		must(c.Observe(t.Context(), []catalog.Sighting{s}))(t)
	}
	last, err := c.Neighbours(t.Context(), "page0000059")
	if err != nil || len(last) != 2 || last[0] != neighbour(1) {
		t.Errorf("%v, %+v", err, last)
	}
	used := uint64(0)
	if err := c.view(t.Context(), func(tx *bolt.Tx) error { used = number(tx.Bucket(bucketMeta).Get(keyBeside)); return nil }); err != nil {
		t.Fatal(err)
	}
	if most := uint64(poolPerVideo * poolLeast); used > most || used < most*9/10 {
		t.Errorf("%d bytes are used of %d", used, most)
	}
	checkWhole(t, c)
}

func TestDamagedNeighboursAreTold(t *testing.T) {
	for name, damage := range map[string]func(tx *bolt.Tx) error{
		"row":      func(tx *bolt.Tx) error { return tx.Bucket(bucketBeside).Put(bytes8(0), []byte("not deflated")) },
		"lost row": func(tx *bolt.Tx) error { return tx.Bucket(bucketBeside).Delete(bytes8(0)) },
		"twice":    func(tx *bolt.Tx) error { b := tx.Bucket(bucketBeside); return b.Put(bytes8(9), b.Get(bytes8(0))) },
		"lost index": func(tx *bolt.Tx) error {
			k, _ := tx.Bucket(bucketBesideIndex).Cursor().First()
			return tx.Bucket(bucketBesideIndex).Delete(k)
		},
		"wrong size": func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyBeside, bytes8(1)) },
		"wrong number": func(tx *bolt.Tx) error {
			b := tx.Bucket(bucketVideos)
			return b.Put(key("aaaaaaaaaaa"), catalog.PackNeighbours(catalog.PackVideo(catalog.Video{}), "\x7f"))
		},
		"cut number": func(tx *bolt.Tx) error {
			b := tx.Bucket(bucketVideos)
			return b.Put(key("aaaaaaaaaaa"), catalog.PackNeighbours(catalog.PackVideo(catalog.Video{}), "\xff"))
		},
	} {
		c := openTest(t)
		must(c.Observe(t.Context(), []catalog.Sighting{neighbourPage("aaaaaaaaaaa", start, 1, 2, 3)}))(t)
		if err := c.update(t.Context(), "damage", small, damage); err != nil {
			t.Fatal(err)
		}
		_, err := c.Neighbours(t.Context(), "aaaaaaaaaaa")
		reads := map[string]bool{"twice": true, "lost index": true, "wrong size": true}[name]
		if reads != (err == nil) {
			t.Errorf("%s: read with %v", name, err)
		}
		path := c.path
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if r, err := Walk(path); err == nil || len(r.Problems) == 0 {
			t.Errorf("%s: nothing is found", name)
		}
	}
}

func FuzzPool(f *testing.F) {
	row, err := packRow([]string{"cBand\x00", "vaaaaaaaaaaa\x00\x01Title", ""})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(row, "\x04\x02")
	f.Fuzz(func(t *testing.T, row []byte, refs string) {
		texts, _ := unpackRow(row) // an error is an answer too
		for _, text := range texts {
			b, _, isVideo := neighbourText(text)
			name, isChannel := channelText(text)
			if isVideo && isChannel || len(b.Title) > len(text) || len(name) > len(text) {
				t.Errorf("%q is %+v and %q", text, b, name)
			}
		}
		if numbers, ok := neighbourNumbers(refs); ok && len(numbers) > len(refs) {
			t.Errorf("%q is %v", refs, numbers)
		}
		_, _ = catalog.UnpackNeighbours(row) // an error is an answer too
	})
}
