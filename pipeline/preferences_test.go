package pipeline_test

import (
	"maps"
	"testing"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// An artist who was told is ranked higher before any vote, and one who is unwanted lower.
// What was told is no vote, and forgetting it takes its effect away.
func TestWhatIsToldTeachesBeforeAnyVote(t *testing.T) {
	b := songBench(t, nil, records...)
	scores := func() map[string]float64 {
		t.Helper()
		ranked, err := b.Rank(t.Context(), guildID, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]float64{}
		for _, r := range ranked {
			out[r.Video.ID] = r.Score
			if r.Known {
				t.Errorf("%s counts as voted on", r.Video.ID)
			}
		}
		return out
	}
	before := scores()
	told := func(member, artist, title string, like bool) {
		t.Helper()
		p := catalog.Preference{GuildID: guildID, MemberID: member, Source: catalog.FromCSV, Batch: "b" + artist, Artist: artist, Title: title, Like: like, At: b.now}
		if n, err := b.catalog.AddPreferences(t.Context(), p); err != nil || n != 1 {
			t.Fatal(n, err)
		}
	}
	told("901", "Otto Venn", "", true)
	told("901", "Junia Holt", "Kerosene", false)
	told("901", "Nobody Known", "", true)
	after := scores()
	if after["ottovenn-01"] <= before["ottovenn-01"] || after["ottovenn-01"]-before["ottovenn-01"] <= after["ilsemarr-01"]-before["ilsemarr-01"] {
		t.Errorf("a favourite's song went from %.3f to %.3f, another's from %.3f to %.3f", before["ottovenn-01"], after["ottovenn-01"], before["ilsemarr-01"], after["ilsemarr-01"])
	}
	x, err := b.Explain(t.Context(), guildID, "covering-01")
	if err != nil || x.Score != after["covering-01"] {
		t.Errorf("%.6f is explained (%v), and %.6f ranks", x.Score, err, after["covering-01"])
	}
	_, labels, err := b.TrainingData(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]taste.Label{}
	for _, l := range labels {
		of[l.VideoID] = l
	}
	if l := of["ottovenn-01"]; !l.Told || l.Share != 1 || l.Weight != 0.5 {
		t.Errorf("the favourite's song has the label %+v", l)
	}
	if l := of["stranger-01"]; !l.Told || l.Share != 0 {
		t.Errorf("the unwanted song has the label %+v", l)
	}
	sum, err := b.Taste(t.Context(), guildID)
	if err != nil || sum.Votes != 0 || sum.Missing != 10 {
		t.Errorf("what was told counts as %d votes, and %d labels are missing (%v)", sum.Votes, sum.Missing, err)
	}
	b.label("901", false, "ottovenn-01") // a vote says more
	_, labels, err = b.TrainingData(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range labels {
		if l.VideoID == "ottovenn-01" && (l.Told || l.Share > 0.5) {
			t.Errorf("the member's vote does not stand: %+v", l)
		}
	}
	if _, err := b.catalog.ForgetMember(t.Context(), guildID, "901"); err != nil {
		t.Fatal(err)
	}
	if got := scores(); !maps.Equal(got, before) {
		t.Errorf("after forgetting %v, before %v", got, before)
	}
}
