package bolt

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

var update = flag.Bool("update", false, "write the fixtures of old schemas anew")

// writeSchema1 writes a file of schema 1, without the index of pending rows and
// the number of videos. It uses none of today's types, which may change.
func writeSchema1(path string) error {
	db, err := bolt.Open(path, 0o600, &bolt.Options{PageSize: 4096})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Update(func(tx *bolt.Tx) error {
		rows := []struct{ bucket, key, value string }{
			{"meta", "schema", "\x00\x00\x00\x00\x00\x00\x00\x01"},
			{"meta", "install", "FIXTURE1"},
			{"guilds", "g1", `{"name":"Crate","joined":"2026-11-01T10:00:00Z","channel":"c1","queries":[{"text":"soul 45","pages":2}],"schedule":["0 18 * * *"],"zone":"Europe/Lisbon","picks":5}`},
			{"finds", "g1\x00aaaaaaaaaaa", `{"q":["soul 45"],"fs":"2026-11-01T17:00:00Z"}`},
			{"votes", "g1\x00postpostpostpost\x00m1", `{"video":"aaaaaaaaaaa","post":"postpostpostpost","up":{"r":"2026-11-01T19:00:00Z"},"value":1,"at":"2026-11-01T19:00:00Z"}`},
			{"posts", "postpostpostpost", `{"guild":"g1","channel":"c1","message":"m100","video":"aaaaaaaaaaa","slot":"g1/post/2026-11-01T18:00","position":0,"score":0.5,"policy":"rule","propensity":1,"observation":[1793552400,1000,-1,-1,-1,0],"state":"sent","created":"2026-11-01T18:00:00Z","sent":"2026-11-01T18:00:01Z"}`},
			{"byguild", "g1\x00" + string(bytes8(uint64(time.Date(2026, 11, 1, 18, 0, 0, 0, time.UTC).UnixNano()))) + "\x00postpostpostpost", ""},
			{"bymessage", "m100", "postpostpostpost"},
			{"outbox", "g1/post/2026-11-01T18:00/000", `{"guild":"g1","channel":"c1","slot":"g1/post/2026-11-01T18:00","kind":"heading","nonce":"n","state":"sent","message":"m99","created":"2026-11-01T18:00:00Z"}`},
			{"outbox", "g1/post/2026-11-01T18:00/001", `{"guild":"g1","channel":"c1","slot":"g1/post/2026-11-01T18:00","kind":"pick","post":"postpostpostpost","nonce":"n","state":"sent","message":"m100","reactions":"pending","created":"2026-11-01T18:00:00Z"}`},
			{"outbox", "notice/1", `{"guild":"g1","channel":"c1","kind":"notice","text":"Hello.","nonce":"n","state":"pending","created":"2026-11-01T18:00:05Z"}`},
			{"slots", "g1/post/2026-11-01T18:00", `{"guild":"g1","kind":"post","at":"2026-11-01T18:00:00Z","posted":true,"done":true}`},
			{"models", "g1\x00" + string(bytes8(1)), `{"created":"2026-11-01T03:00:00Z","card":"e30="}`},
			{"blobs", "g1\x00" + string(bytes8(1)), "model"},
			{"champions", "g1", `{"version":1,"last":1}`},
			{"counters", "api/2026-11-01", "\x00\x00\x00\x00\x00\x00\x00\x07"},
		}
		for i := range 12 {
			id := fmt.Sprintf("video%06d", i)
			if i == 0 {
				id = "aaaaaaaaaaa"
			}
			rows = append(rows, struct{ bucket, key, value string }{"videos", id, fmt.Sprintf(`{"t":"Title %d","c":"Crates","v":%d,"fs":"2026-11-01T17:00:00Z","ls":"2026-11-01T17:00:00Z","q":["soul 45"],"o":[[1793552400,%d,-1,-1,-1,0]]}`, i, 100*i, 100*i)})
		}
		for _, row := range rows {
			b, err := tx.CreateBucketIfNotExists([]byte(row.bucket))
			if err != nil {
				return err
			}
			if err := b.Put([]byte(row.key), []byte(row.value)); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestMigrateFixtures opens a file of every schema there has been.
func TestMigrateFixtures(t *testing.T) {
	fixture := filepath.Join("testdata", "schema1.db")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		os.Remove(fixture)
		if err := writeSchema1(fixture); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "catalog.db")
	if err := copyFixture(fixture, path); err != nil {
		t.Fatal(err)
	}
	o := testOptions(t, func(o *Options) { o.Verify = verifyInChild })
	c, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	if must(c.VideoCount(t.Context()))(t) != 12 || c.Install() != "FIXTURE1" {
		t.Errorf("%d videos, install %q", must(c.VideoCount(t.Context()))(t), c.Install())
	}
	v, _, err := c.Video(t.Context(), "aaaaaaaaaaa")
	if err != nil || v.Title != "Title 0" || *v.Views != 0 || len(v.Observations) != 1 || v.Observations[0].Likes != nil {
		t.Errorf("video: %+v, %v", v, err)
	}
	pending := must(c.Pending(t.Context(), "g1"))(t)
	if len(pending) != 2 || pending[0].PostID != "postpostpostpost" || pending[1].Kind != catalog.OutboxNotice {
		t.Errorf("left to do: %+v", pending)
	}
	votes := must(c.PostVotes(t.Context(), "postpostpostpost"))(t)
	if len(votes) != 1 || votes[0].Value != 1 || votes[0].MemberID != "m1" {
		t.Errorf("votes: %+v", votes)
	}
	if g, found, err := c.Guild(t.Context(), "g1"); err != nil || !found || g.Queries[0].Text != "soul 45" || g.Picks != 5 {
		t.Errorf("guild: %+v, %v", g, err)
	}
	if m, found, err := c.Champion(t.Context(), "g1"); err != nil || !found || string(m.Blob) != "model" || string(m.Card) != "{}" {
		t.Errorf("champion: %+v, %v", m, err)
	}
	if n := must(c.Counter(t.Context(), "api/2026-11-01"))(t); n != 7 {
		t.Errorf("counter %d", n)
	}
	if fresh := must(c.BeginSlot(t.Context(), catalog.Slot{Key: "g1/post/2026-11-01T18:00"}))(t); fresh {
		t.Error("a slot that was posted before the migration would be posted again")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	report := must(Check(path))(t)
	if report.Schema != newestSchema {
		t.Errorf("schema %d", report.Schema)
	}
	if kept, err := Walk(path + ".schema1"); err != nil || kept.Schema != 1 {
		t.Errorf("the copy from before: %+v, %v", kept, err)
	}
	if c, err = Open(path, o); err != nil { // and it is not migrated twice
		t.Fatal(err)
	}
	c.Close()
}

// TestMigrateFixtureIsWhatItsWriterWrites keeps fixture and writer in step.
func TestMigrateFixtureIsWhatItsWriterWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "schema1.db")
	if err := writeSchema1(path); err != nil {
		t.Fatal(err)
	}
	dump := func(path string) (rows []string) {
		db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		err = db.View(func(tx *bolt.Tx) error {
			return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
				return b.ForEach(func(k, v []byte) error {
					rows = append(rows, fmt.Sprintf("%s %q %q", name, k, v))
					return nil
				})
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	want, got := dump(filepath.Join("testdata", "schema1.db")), dump(path)
	if fmt.Sprint(want) != fmt.Sprint(got) {
		t.Error("run this test with -update after a change of writeSchema1, which should never change")
	}
}

func TestMigrationThatCannotKeepACopyIsNotDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	if err := copyFixture(filepath.Join("testdata", "schema1.db"), path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path+".schema1", 0o700); err != nil { // in the way
		t.Fatal(err)
	}
	if _, err := Open(path, testOptions(t)); err == nil {
		t.Fatal("migrated without a copy")
	}
	if report, err := Walk(path); err != nil || report.Schema != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestMigrationWithoutRoomForACopy goes on, and says so.
func TestMigrationWithoutRoomForACopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	must(0, copyFixture(filepath.Join("testdata", "schema6.db"), path))(t)
	var log bytes.Buffer
	c := must(Open(path, testOptions(t, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
		o.MinFree = 1 << 20
		o.Free = func(string) (uint64, error) { return 1<<20 + 1000, nil } // the file has 128 kB
	})))(t)
	if m, found, err := c.Champion(t.Context(), "g1"); err != nil || !found || m.Version != 2 {
		t.Errorf("champion %d, %v, %v", m.Version, found, err)
	}
	if report := checked(t, c, path); report.Schema != newestSchema {
		t.Errorf("schema %d", report.Schema)
	}
	if _, err := os.Stat(path + ".schema6"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(log.String(), "without a copy of the old one") {
		t.Errorf("a copy was made (%v), or the log does not say that there is none:\n%s", err, log.String())
	}
}

func copyFixture(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}
