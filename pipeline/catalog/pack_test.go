package catalog

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

func fullSighting(id string, at time.Time) Sighting {
	yes := true
	return Sighting{
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

func TestStoredVideoKeepsAll(t *testing.T) {
	// Every exported field must survive: a field that was forgotten in
	// pack.go shows here when it is added to the sample.
	s := fullSighting("aaaaaaaaaaa", start)
	v := Video{Video: s.Video, Status: "ok", Queries: []string{"q"}}
	v.Live, v.Upcoming, v.Short, v.ViewsApproximate, v.Viewers, v.StartsAt = true, true, true, true, n64(3), start
	v.FirstSeen, v.LastSeen, v.DetailedAt = start, start, start
	v.Observations = []Observation{{At: start, Views: n64(0)}, {At: start, Detailed: true}}
	v.Song = song.Read(song.Upload{Title: "Mara Quill x Otto Venn - Paper Lanterns (Lumo Remix)", Channel: "Mara Quill"}, nil)
	v.Song.Also, v.Song.Original = []string{"Мара", "Quill"}, "Somebody"
	got, err := UnpackVideo(v.ID, PackVideo(v))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, got); diff != "" {
		t.Error(diff)
	}
	// A reader of today passes over what a later writer adds.
	later := packer(PackVideo(v))
	later.number(1000, 7)
	later.text(1001, "from the future")
	if got, err = UnpackVideo(v.ID, later); err != nil || !cmp.Equal(v, got) {
		t.Error("unknown fields:", err)
	}
}

func FuzzUnpackVideo(f *testing.F) {
	f.Add(PackVideo(Video{Video: fullSighting("aaaaaaaaaaa", start).Video}))
	f.Add(PackVideo(Video{Song: song.Song{Rules: 1, Artists: []string{"A", "B"}, Also: []string{"C"}, Title: "T", Margin: 1}}))
	f.Add(PackVideo(Video{Video: youtube.Video{Music: []youtube.Credit{{Song: "S", Artist: "A"}, {Artist: "B"}}}}))
	f.Add([]byte{packing, byte(fieldMusic<<1 | 1), 1, 200})
	f.Add([]byte{packing, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add([]byte{packing, fieldTitle<<1 | 1, 200})
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := UnpackVideo("aaaaaaaaaaa", data)
		if err != nil {
			return
		}
		again, err := UnpackVideo("aaaaaaaaaaa", PackVideo(v))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(PackVideo(v), PackVideo(again)); diff != "" {
			t.Fatal(diff)
		}
	})
}
