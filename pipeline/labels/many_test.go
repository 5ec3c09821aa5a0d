//go:build linux

package labels

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
)

// writeMany writes a label file of so many rows with descriptions of so many words.
func writeMany(w io.Writer, rows, long int) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "video_id,title,channel_id,channel,published,scraped,views,likes,tags,description,duration_seconds,y")
	words := strings.Fields("garden copper live session harbour night river slow paper glass morning hall quiet field engine")
	for i := range rows {
		word := func(n int) string { return words[(i*7+n*n*3+n)%len(words)] }
		id := strings.NewReplacer("+", "-", "/", "_").Replace(fmt.Sprintf("%011s", strconv.FormatUint(uint64(i+1)*0x9e3779b97f4a7c15%(1<<55), 36)))
		fmt.Fprintf(out, "%s,%s %s %d,UC%022d,%s %s,2025-%02d-%02d,2026-03-01,%d,%d,%s|%s|%s,", id[len(id)-11:], word(1), word(2), i, i%5000, word(3), word(4), 1+i%12, 1+i%28, i*13%100000, i*3%5000, word(5), word(6), word(7))
		for n := range long {
			out.WriteString(word(n) + " ")
		}
		fmt.Fprintf(out, ",%d,%d\n", 60+i%600, i%2)
	}
	return out.Flush()
}

// TestImportMany imports as many rows as CRATEDIGGER_IMPORT says while votes come,
// and prints what it takes.
func TestImportMany(t *testing.T) {
	rows, err := strconv.Atoi(os.Getenv("CRATEDIGGER_IMPORT"))
	if err != nil {
		t.Skip("takes long; set CRATEDIGGER_IMPORT to a number of rows")
	}
	file := filepath.Join(t.TempDir(), "many.csv")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeMany(f, rows, min(35, 3_500_000/rows)); err != nil {
		t.Fatal(err)
	}
	f.Seek(0, io.SeekStart)
	c, err := bolt.Open(filepath.Join(t.TempDir(), "catalog.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	stop, stopped := make(chan struct{}), make(chan struct{})
	var longest time.Duration
	votes := 0
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
			begun := time.Now()
			_, err := c.Vote(t.Context(), catalog.VoteChange{GuildID: "g1", VideoID: "aaaaaaaaaaa", MemberID: "m1", Up: votes%2 == 0, Set: true, Source: catalog.SourceButton, At: begun})
			if err != nil {
				t.Error(err)
			}
			votes++
			longest = max(longest, time.Since(begun))
		}
	}()
	var before, after syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	begun := time.Now()
	report, err := Import(t.Context(), c, f, ImportOptions{GuildID: "g1", Now: begun})
	took := time.Since(begun)
	syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	close(stop)
	<-stopped
	if err != nil || report.Rows != rows || report.New != rows {
		t.Fatalf("%+v, %v", report, err)
	}
	cpu := func(u syscall.Rusage) time.Duration { return time.Duration(u.Utime.Nano() + u.Stime.Nano()) }
	size, _ := f.Stat()
	stored, _ := os.Stat(c.Path())
	t.Logf("%d rows of %d MB: %.1f s, %.1f s of processor, %d MB at most, a file of %d MB; of %d votes meanwhile the slowest took %d ms",
		rows, size.Size()>>20, took.Seconds(), (cpu(after) - cpu(before)).Seconds(), after.Maxrss>>10, stored.Size()>>20, votes, longest.Milliseconds())
}
