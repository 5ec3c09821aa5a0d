package bolt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// watch is a sighting with every field that a watch page may give.
func watch(id string, at time.Time) catalog.Sighting {
	yes := true
	return catalog.Sighting{
		Detailed: true, At: at, Status: youtube.StatusOK, GuildID: "g1", Query: "soul 45",
		Video: youtube.Video{
			ID: id, Title: "Soul 45s, all vinyl", Channel: "Crates", ChannelID: "UCbbbbbbbbbbbbbbbbbbbbbb",
			Subscribers: n64(12_000), Views: n64(1234), Likes: n64(99), Dislikes: n64(1), DurationSeconds: n64(240), Width: n64(1280), Height: n64(720),
			Published: youtube.Date{Time: start.Add(-48 * time.Hour)}, PublishedText: "2 days ago",
			Tags: []string{"soul", "funk"}, Category: "Music", Description: "All of it.", ThumbnailURL: "https://i.ytimg.com/vi/x/hq.jpg",
			Embeddable: &yes, ArtistChannel: true, Language: "pt-BR",
		},
	}
}

func TestVideoRoundTrip(t *testing.T) {
	c := openTest(t)
	s := watch("aaaaaaaaaaa", start)
	s.Video.StartsAt = start.Add(time.Hour)
	if n := must(c.Observe(t.Context(), []catalog.Sighting{s}))(t); n != 1 {
		t.Errorf("%d added", n)
	}
	got, found, err := c.Video(t.Context(), "aaaaaaaaaaa")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	want := catalog.Video{
		Video: s.Video, Status: youtube.StatusOK, FirstSeen: start, LastSeen: start, DetailedAt: start, Queries: []string{"soul 45"},
		Song:         song.Read(catalog.Upload(s.Video), nil),
		Observations: []catalog.Observation{{At: start, Views: n64(1234), Likes: n64(99), Dislikes: n64(1), Subscribers: n64(12_000), Detailed: true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("video (-want +got):\n", diff)
	}
	if _, found, err := c.Video(t.Context(), "zzzzzzzzzzz"); found || err != nil {
		t.Error("a video from nowhere", err)
	}
}

func TestObserveMerges(t *testing.T) {
	row := func(at time.Time, change func(*youtube.Video)) catalog.Sighting {
		s := catalog.Sighting{At: at, GuildID: "g1", Query: "funk", Video: youtube.Video{ID: "aaaaaaaaaaa", Title: "Another title", Views: n64(1300), Published: youtube.Date{Time: start.Add(-72 * time.Hour), Precision: 24 * time.Hour}}}
		if change != nil {
			change(&s.Video)
		}
		return s
	}
	page := watch("aaaaaaaaaaa", start)
	tests := []struct {
		name string
		seen []catalog.Sighting
		want func(*youtube.Video)
	}{
		{"a page fills what a row left", []catalog.Sighting{row(start.Add(-time.Minute), nil), page}, nil},
		{"a row of the same visit changes nothing", []catalog.Sighting{page, row(start.Add(time.Minute), nil)}, nil},
		{"a row read before the page, told after it", []catalog.Sighting{page, row(start.Add(-time.Hour), nil)}, nil},
		{"a row of a later visit brings counts", []catalog.Sighting{page, row(start.Add(24*time.Hour), nil)}, func(v *youtube.Video) { v.Views = n64(1300) }},
		{"a truncated count below the exact one is no news", []catalog.Sighting{page, row(start.Add(24*time.Hour), func(v *youtube.Video) { v.Views, v.ViewsApproximate = n64(1200), true })}, nil},
		{"a truncated count above it is", []catalog.Sighting{page, row(start.Add(24*time.Hour), func(v *youtube.Video) { v.Views, v.ViewsApproximate = n64(2000), true })}, func(v *youtube.Video) { v.Views, v.ViewsApproximate = n64(2000), true }},
		{"a bare later page erases nothing", []catalog.Sighting{page, {Detailed: true, At: start.Add(24 * time.Hour), Status: youtube.StatusRemoved, Video: youtube.Video{ID: "aaaaaaaaaaa"}}}, nil},
		{"a later page wins", []catalog.Sighting{page, {Detailed: true, At: start.Add(24 * time.Hour), Status: youtube.StatusOK, Video: youtube.Video{ID: "aaaaaaaaaaa", Title: "New", Likes: n64(150)}}},
			func(v *youtube.Video) { v.Title, v.Likes = "New", n64(150) }},
		{"zero is a value", []catalog.Sighting{page, {Detailed: true, At: start.Add(24 * time.Hour), Status: youtube.StatusOK, Video: youtube.Video{ID: "aaaaaaaaaaa", Views: n64(0)}}},
			func(v *youtube.Video) { v.Views = n64(0) }},
		{"a short stays one", []catalog.Sighting{row(start.Add(-time.Minute), func(v *youtube.Video) { v.Short = true }), page}, func(v *youtube.Video) { v.Short = true }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := openTest(t)
			for _, s := range tt.seen {
				must(c.Observe(t.Context(), []catalog.Sighting{s}))(t)
			}
			got, _, err := c.Video(t.Context(), "aaaaaaaaaaa")
			if err != nil {
				t.Fatal(err)
			}
			want := page.Video
			if tt.want != nil {
				tt.want(&want)
			}
			if diff := cmp.Diff(want, got.Video); diff != "" {
				t.Error("video (-want +got):\n", diff)
			}
		})
	}
}

func TestObserveRemembersQueriesAndGuilds(t *testing.T) {
	c := openTest(t)
	a, b := sighting("aaaaaaaaaaa"), sighting("aaaaaaaaaaa")
	b.Query = "funk"
	other := sighting("bbbbbbbbbbb")
	other.GuildID, other.Query, other.SeededBy = "g2", "", "m9"
	before := must(c.Generation(t.Context(), "g1"))(t)
	if n := must(c.Observe(t.Context(), []catalog.Sighting{a, b, other, a}))(t); n != 2 {
		t.Errorf("%d added", n)
	}
	if must(c.Generation(t.Context(), "g1"))(t) <= before {
		t.Error("the generation did not grow")
	}
	v, _, _ := c.Video(t.Context(), "aaaaaaaaaaa")
	if !slices.Equal(v.Queries, []string{"funk", "soul 45"}) {
		t.Errorf("queries: %q", v.Queries)
	}
	mine := must(c.GuildVideos(t.Context(), "g1"))(t)
	if len(mine) != 1 || mine[0].ID != "aaaaaaaaaaa" {
		t.Errorf("videos of g1: %+v", mine)
	}
	want := []catalog.Find{{GuildID: "g2", VideoID: "bbbbbbbbbbb", SeededBy: "m9", FirstSeen: start}}
	if diff := cmp.Diff(want, must(c.Finds(t.Context(), "g2"))(t)); diff != "" {
		t.Error("finds (-want +got):\n", diff)
	}
}

func TestVideosInPieces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := openAt(t, path, func(o *Options) { o.NoSync = true })
	const n = 2*readBatch + 7
	var all []catalog.Sighting
	for i := range n {
		all = append(all, sighting(fmt.Sprintf("video%06d", i)))
	}
	must(c.Observe(t.Context(), all))(t)
	count, last := 0, ""
	for v, err := range c.Videos(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if v.ID <= last {
			t.Fatalf("%s after %s", v.ID, last)
		}
		last = v.ID
		if count++; count == 3 { // writing while reading does not wait for the reader
			must(c.Observe(t.Context(), all[:1]))(t)
		}
	}
	if count != n || must(c.VideoCount(t.Context()))(t) != n {
		t.Errorf("%d videos read, %d counted, want %d", count, must(c.VideoCount(t.Context()))(t), n)
	}
	for range c.Videos(t.Context()) {
		break
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = openAt(t, path)
	if must(c.VideoCount(t.Context()))(t) != n {
		t.Errorf("after a restart: %d videos, want %d", must(c.VideoCount(t.Context()))(t), n)
	}
}

func TestHostileVideoIsCut(t *testing.T) {
	var logged bytes.Buffer
	c := openTest(t, func(o *Options) { o.Log = slog.New(slog.NewJSONHandler(&logged, nil)) })
	s := sighting("aaaaaaaaaaa")
	s.Video.Title = strings.Repeat("é", 1_000_000)
	s.Video.Description = strings.Repeat("x", 10<<20)
	s.Video.Tags = make([]string, 100_000)
	for i := range s.Video.Tags {
		s.Video.Tags[i] = strings.Repeat("tag", 1000)
	}
	s.Video.Music = slices.Repeat([]youtube.Credit{{Song: strings.Repeat("song", 1000), Artist: strings.Repeat("name", 1000)}}, 1000)
	s.Video.Channel = "bad \xff bytes"
	s.Video.ThumbnailURL = strings.Repeat("u", 1<<20)
	s.Video.Likes = n64(-5)
	s.Video.Published.Time = time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC)
	bad := sighting("zero\x00byte")
	if n := must(c.Observe(t.Context(), []catalog.Sighting{s, bad, sighting(strings.Repeat("i", 10_000))}))(t); n != 1 {
		t.Errorf("%d added", n)
	}
	v, _, err := c.Video(t.Context(), "aaaaaaaaaaa")
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Title) != catalog.MaxTitle || len(v.Description) != 20_000 || len(v.Tags) != 200 || len(v.Tags[0]) > 200 {
		t.Errorf("title %d, description %d, %d tags of %d", len(v.Title), len(v.Description), len(v.Tags), len(v.Tags[0]))
	}
	if len(v.Music) != 50 || len(v.Music[0].Song) != catalog.MaxName || len(v.Music[0].Artist) != catalog.MaxName {
		t.Errorf("%d songs of the music section, the first %d and %d bytes", len(v.Music), len(v.Music[0].Song), len(v.Music[0].Artist))
	}
	if v.Likes != nil || v.ThumbnailURL != "" || v.Published.Known() || v.Channel != "bad \uFFFD bytes" {
		t.Errorf("%+v", v)
	}
	var line struct{ Cut map[string]int }
	if err := json.Unmarshal(logged.Bytes(), &line); err != nil {
		t.Fatalf("the log of cuts: %v: %s", err, logged.Bytes())
	}
	cuts := line.Cut
	for _, name := range []string{"title", "description", "tags", "tag", "music", "channel", "thumbnail", "negative number", "date", "bad id"} {
		if cuts[name] == 0 {
			t.Errorf("%s was cut without being counted: %v", name, cuts)
		}
	}
	if cuts["bad id"] != 2 {
		t.Errorf("bad ids: %d", cuts["bad id"])
	}
	if len(s.Video.Tags[0]) != 3000 || len(s.Video.Music[0].Song) != 4000 {
		t.Error("the caller's tags or music were changed")
	}
}

// TestEveryFieldReachesTheStoredVideo: what a reader fills in must be merged, packed
// and unpacked. A new field of youtube.Video fails here until the sample has it, and
// then until merge, packVideo and setNumber or setText know it.
func TestEveryFieldReachesTheStoredVideo(t *testing.T) {
	s := watch("aaaaaaaaaaa", start)
	v := &s.Video
	v.Live, v.Upcoming, v.Short, v.ViewsApproximate, v.Viewers, v.StartsAt = true, true, true, true, n64(3), start
	v.Published.Precision = time.Hour
	v.Music = []youtube.Credit{{Song: "First, of vinyl", Artist: "A Band"}, {Song: "Second"}, {Artist: "a third"}}
	for field, value := range reflect.ValueOf(s.Video).Fields() {
		if value.IsZero() {
			t.Errorf("the sample has no %s", field.Name)
		}
	}
	c := openTest(t)
	must(c.Observe(t.Context(), []catalog.Sighting{s}))(t)
	got, _, err := c.Video(t.Context(), s.Video.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Video, got.Video); diff != "" {
		t.Error("video (-read +stored):\n", diff)
	}
}

// manyVideos opens a catalogue of n videos with ordinary texts.
func manyVideos(b *testing.B, n int) *Catalog {
	b.Helper()
	c := openTest(b, func(o *Options) { o.NoSync = true })
	var batch []catalog.Sighting
	for i := range n {
		s := watch(fmt.Sprintf("v%010d", i), start)
		s.Video.Description = strings.Repeat("A line of words about a record. ", 25)
		s.Video.Tags = []string{"soul", "funk", "vinyl", "45s", "northern soul", "rare groove"}
		s.GuildID = fmt.Sprintf("g%d", i%20)
		batch = append(batch, s)
	}
	must(c.Observe(b.Context(), batch))(b)
	return c
}

func BenchmarkVideos(b *testing.B) {
	c := manyVideos(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range c.Videos(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/10_000, "µs/video")
}

func BenchmarkReadSongs(b *testing.B) {
	c := manyVideos(b, 10_000)
	for b.Loop() {
		must(c.ReadSongs(b.Context()))(b)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/10_000, "µs/video")
}

func BenchmarkGuildVideos(b *testing.B) {
	c := manyVideos(b, 10_000)
	for b.Loop() {
		if got := must(c.GuildVideos(b.Context(), "g3"))(b); len(got) != 500 {
			b.Fatal(len(got))
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	c := manyVideos(b, 10_000)
	var batch []catalog.Sighting
	for i := range 500 {
		batch = append(batch, sighting(fmt.Sprintf("v%010d", i*17)))
	}
	for b.Loop() {
		must(c.Observe(b.Context(), batch))(b)
	}
}
