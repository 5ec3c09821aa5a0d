package bolt

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// someRows are rows of an import: a video and a vote each.
func someRows(n int) iter.Seq2[catalog.ImportRow, error] {
	return func(yield func(catalog.ImportRow, error) bool) {
		for i := range n {
			s := watch(fmt.Sprintf("v%010d", i), start)
			s.GuildID = "g1"
			ch := catalog.VoteChange{GuildID: "g1", VideoID: s.Video.ID, MemberID: catalog.ImportVoter, Up: i%2 == 0, Set: true, Source: catalog.SourceImport, At: start}
			if !yield(catalog.ImportRow{Sighting: s, Changes: []catalog.VoteChange{ch}}, nil) {
				return
			}
		}
	}
}

// imported is how many videos, finds and votes a catalogue holds, and how many
// rows wait.
func imported(t *testing.T, c *Catalog) [4]int {
	t.Helper()
	path := must(c.Copy(t.Context()))(t)
	defer os.Remove(path)
	rows := must(Check(path))(t).Rows
	if rows["videos"] != must(c.VideoCount(t.Context()))(t) {
		t.Errorf("%d videos, and %d counted", rows["videos"], must(c.VideoCount(t.Context()))(t))
	}
	return [4]int{rows["videos"], rows["finds"], rows["votes"], rows["staged"]}
}

// TestImportCountsAsAWhole kills an import after each of its transactions: until
// the one that makes it count nothing has changed, and from then on nothing is
// lost.
func TestImportCountsAsAWhole(t *testing.T) {
	const rows = 3*importBatch + 10
	folder := t.TempDir()
	var cuts []string // copies of the file, as a kill at each point would leave it
	counts := -1      // the first of them after the import counts
	path := filepath.Join(folder, "catalog.db")
	tracing := false
	c := openAt(t, path, func(o *Options) {
		o.Trace = func(point string) {
			if !tracing || !strings.HasSuffix(point, ":done") || strings.HasPrefix(point, "vote") {
				return
			}
			cut := filepath.Join(folder, fmt.Sprintf("cut%d.db", len(cuts)))
			if err := copyFixture(path, cut); err != nil {
				t.Error(err)
			}
			if point == "import:done" {
				counts = len(cuts)
			}
			cuts = append(cuts, cut)
		}
	})
	tracing = true
	added := must(c.Import(t.Context(), someRows(rows)))(t)
	tracing = false
	whole := [4]int{rows, rows, rows, 0}
	if got := imported(t, c); added != rows || got != whole {
		t.Fatalf("%d added, in the catalogue %v", added, got)
	}
	if len(cuts) < 8 || counts < 4 {
		t.Fatalf("%d transactions, of which number %d made it count", len(cuts), counts)
	}
	for i, cut := range cuts {
		want := [4]int{}
		if i >= counts {
			want = whole
		}
		if got := imported(t, openAt(t, cut)); got != want {
			t.Errorf("cut off after transaction %d: %v, want %v", i, got, want)
		}
	}
}

// TestImportLetsVotesIn: a vote is written between the parts of an import, and
// no part is large.
func TestImportLetsVotesIn(t *testing.T) {
	var c *Catalog
	voted, failed := 0, error(nil)
	c = openTest(t, func(o *Options) {
		o.NoSync = true
		o.Trace = func(point string) {
			if c == nil || point != "stage:done" && point != "unstage:done" {
				return
			}
			voted++ // no transaction is open: this would hang
			_, failed = c.Vote(context.Background(), change(voted%2 == 0, true, catalog.SourceButton, voted))
		}
	})
	must(c.Import(t.Context(), someRows(10*importBatch)))(t)
	if voted < 20 || failed != nil {
		t.Errorf("%d votes between the parts, %v", voted, failed)
	}
}

// TestImportThatFailsChangesNothing: by a row, by its end, or by a full disk.
func TestImportThatFailsChangesNothing(t *testing.T) {
	bad := errors.New("a bad row")
	ctx, cancel := context.WithCancel(t.Context())
	for name, rows := range map[string]iter.Seq2[catalog.ImportRow, error]{
		"an error": func(yield func(catalog.ImportRow, error) bool) {
			for row := range someRows(2 * importBatch) {
				if !yield(row, nil) {
					return
				}
			}
			yield(catalog.ImportRow{}, bad)
		},
		"a bad vote": func(yield func(catalog.ImportRow, error) bool) {
			for row := range someRows(2 * importBatch) {
				row.Changes[0].Source = "dream"
				if !yield(row, nil) {
					return
				}
			}
		},
		"the end": func(yield func(catalog.ImportRow, error) bool) {
			for row := range someRows(2 * importBatch) {
				if !yield(row, nil) {
					return
				}
			}
			cancel()
		},
	} {
		c := openTest(t, func(o *Options) { o.NoSync = true })
		if _, err := c.Import(ctx, rows); err == nil {
			t.Errorf("%s: imported", name)
		}
		if got := imported(t, c); got != [4]int{} {
			t.Errorf("%s left %v", name, got)
		}
		// The next one is not in the way of what is left.
		if n, err := c.Import(t.Context(), someRows(3)); n != 3 || err != nil {
			t.Errorf("after %s: %d, %v", name, n, err)
		}
	}
}

// TestImportsTakeTurns: the rows of two do not mix.
func TestImportsTakeTurns(t *testing.T) {
	c := openTest(t, func(o *Options) { o.NoSync = true })
	done := make(chan error)
	for range 3 {
		go func() {
			_, err := c.Import(t.Context(), someRows(2*importBatch))
			done <- err
		}()
	}
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := imported(t, c); got != [4]int{2 * importBatch, 2 * importBatch, 2 * importBatch, 0} {
		t.Errorf("%v", got)
	}
}

// TestImportThatCountsIsNotRefused: when its last part fails, the error says that
// the import counts, and the next start brings the rows in, but for one that
// cannot be read.
func TestImportThatCountsIsNotRefused(t *testing.T) {
	const rows = importBatch + 10
	for name, bad := range map[string]string{
		"all can be read": "", "one is no JSON": "{", "one holds no video": `{"id":"v0000000003","video":"AAAA"}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "catalog.db")
			var c *Catalog
			c = openAt(t, path, func(o *Options) {
				o.NoSync = true
				o.Trace = func(point string) {
					if point != "import:done" {
						return
					}
					if err := c.file.db().Update(func(tx *bolt.Tx) error {
						if bad == "" {
							return nil
						}
						return tx.Bucket(bucketStaged).Put(bytes8(3), []byte(bad))
					}); err != nil {
						t.Error(err)
					}
					c.Close() // the file cannot be written from here on
				}
			})
			_, err := c.Import(t.Context(), someRows(rows))
			if _, ok := errors.AsType[*catalog.UnfinishedImportError](err); !ok {
				t.Fatalf("the error is %v", err)
			}
			want, log := rows, new(strings.Builder)
			if bad != "" {
				want--
			}
			// Otherwise a start would set the whole file aside.
			if report, err := Check(path); err != nil || report.Unread != rows-want {
				t.Errorf("its check: %d cannot be read, %v", report.Unread, err)
			}
			c = openAt(t, path, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(log, nil)) })
			if got := imported(t, c); got != [4]int{want, want, want, 0} {
				t.Errorf("after the next start %v, want %d", got, want)
			}
			if strings.Contains(log.String(), "left out") != (bad != "") {
				t.Errorf("the log says %s", log)
			}
			if n, err := c.Import(t.Context(), someRows(rows)); n != rows-want || err != nil {
				t.Errorf("imported again: %d, %v", n, err)
			}
		})
	}
}
