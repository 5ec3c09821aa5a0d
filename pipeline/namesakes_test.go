package pipeline_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// Two artists of one name, told apart by their Topic channels, have records of their own
// in what the model learns and in what is shown of it; a name in two scripts has one.
func TestNamesakesAreLearnedApart(t *testing.T) {
	b := songBench(t, nil)
	see := func(id, title, channel, channelID string) string {
		v := youtube.Video{ID: id, Title: title, Channel: channel, ChannelID: channelID, Category: "Music"}
		if _, err := b.catalog.Observe(t.Context(), []catalog.Sighting{{GuildID: guildID, Query: "jazz", At: b.now, Detailed: true, Status: youtube.StatusOK, Video: v}}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	see("bothscript1", "Ирина Лес (Irina Les) - Снег (Official Video)", "Ирина Лес", "UCirina")
	for i := range 12 {
		name := func(kind string) string { return fmt.Sprintf("%s-%05d", kind, i) }
		song := fmt.Sprintf("Window %c", 'A'+i)
		liked, disliked := see(name("loved"), song, "Nova - Topic", "UCnovaone"), see(name("hated"), song, "Nova - Topic", "UCnovatwo")
		cyrillic := see(name("irina"), "Ирина Лес - "+song+" (Audio)", fmt.Sprint("Uploads ", i), fmt.Sprint("UCup", i))
		other := see(name("junia"), "Junia Holt - "+song+" (Audio)", fmt.Sprint("Strangers ", i), fmt.Sprint("UCstr", i))
		if i < 11 {
			b.label("901", true, liked, cyrillic)
			b.label("901", false, disliked, other)
		}
	}
	latin := see("latinname01", "Irina Les - Window X (Audio)", "Another Uploads", "UCother")
	if run, err := b.Retrain(t.Context(), guildID, "test", "", nil); err != nil || run.Counts["promoted"] != 1 {
		t.Fatalf("training gave %+v, %v", run, err)
	}
	ranked, err := b.Rank(t.Context(), guildID, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		id, name string
		sign     float64
		liked    int
	}{{"loved-00011", "Nova", 1, 11}, {"hated-00011", "Nova", -1, 0}, {latin, "Irina Les", 1, 11}} {
		x, err := b.Explain(t.Context(), guildID, tt.id)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(x.Parts, func(p pipeline.Part) bool { return p.Kind == pipeline.PartArtist && p.Name == tt.name })
		if at < 0 || x.Parts[at].Weight*tt.sign <= 0 {
			t.Errorf("%s: the artist's part is not %+v: %+v", tt.id, tt.sign, x.Parts)
		}
		row := slices.IndexFunc(ranked, func(r pipeline.Ranked) bool { return r.Video.ID == tt.id })
		if row < 0 || math.Abs(ranked[row].Score-x.Score) > 1e-9 {
			t.Errorf("%s: explained with %v, and listed with another score (place %d)", tt.id, x.Score, row)
		}
		if row >= 0 && row < 50 && (len(ranked[row].Artists) != 1 || ranked[row].Artists[0].Liked != tt.liked) {
			t.Errorf("%s: shown as %+v", tt.id, ranked[row].Artists)
		}
	}
}
