package bolt

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// TestMemory: a catalogue in memory takes and gives like one on a disk, grows,
// and leaves no file behind.
func TestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("files in memory are Linux's")
	}
	t.Chdir(t.TempDir())
	c, err := OpenMemory(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var sightings []catalog.Sighting
	for i := range 2000 { // more than bbolt's first pages hold
		sightings = append(sightings, catalog.Sighting{At: time.Now(), Video: youtube.Video{
			ID: fmt.Sprintf("video-%05d", i), Title: "A title", Description: fmt.Sprint("A description of some length, number ", i),
		}})
	}
	if _, err := c.Observe(context.Background(), sightings); err != nil {
		t.Fatal(err)
	}
	v, found, err := c.Video(t.Context(), "video-01234")
	if err != nil || !found || v.Description != "A description of some length, number 1234" {
		t.Errorf("%v, %v, %v", v, found, err)
	}
	if n := must(c.VideoCount(t.Context()))(t); n != 2000 {
		t.Errorf("%d videos", n)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("it left %v behind (%v)", left, err)
	}
}
