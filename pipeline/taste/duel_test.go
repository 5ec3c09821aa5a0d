package taste

import (
	"math"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
)

func TestDuelsBecomeLabels(t *testing.T) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	o := VoteOptions{Now: at.Add(day), HalfLife: 1000 * day}
	votes := []catalog.Vote{{VideoID: "a", MemberID: "m1", Value: 1, At: at}, {VideoID: "b", MemberID: "m1", Value: -1, At: at}}
	labels := Labels(votes, nil, o)
	answer := func(a, b, member string, choice catalog.DuelChoice) catalog.Duel {
		return catalog.Duel{A: a, B: b, MemberID: member, Choice: choice, At: at.Add(time.Hour)}
	}
	of := func(duels ...catalog.Duel) map[string]Label {
		all := map[string]Label{}
		for _, l := range WithDuels(labels, duels, votes, o) {
			all[l.VideoID] = l
		}
		return all
	}
	before := of(answer("c", "d", "", "")) // the guild was asked
	if len(before) != 2 {
		t.Fatalf("%+v", before)
	}

	got := of(answer("c", "d", "m2", catalog.ChoseA))
	if c, d := got["c"], got["d"]; c.Share < 0.8 || d.Share > 0.2 || c.Voters != 1 || !c.VotedAt.Equal(at.Add(time.Hour)) ||
		math.Abs(c.Weight-duelWeight) > 0.01 || math.Abs(d.Weight-duelWeight) > 0.01 {
		t.Errorf("%+v %+v", c, d)
	}
	got = of(answer("c", "d", "m2", catalog.ChoseBoth), answer("e", "f", "m2", catalog.ChoseNeither))
	for video, liked := range map[string]bool{"c": true, "d": true, "e": false, "f": false} {
		if (got[video].Share > 0.5) != liked {
			t.Errorf("%s: %+v", video, got[video])
		}
	}
	// m1 has voted on a, so their answer says nothing of it; m2's does.
	if got := of(answer("a", "c", "m1", catalog.ChoseB)); got["a"] != before["a"] || got["c"].Share < 0.8 {
		t.Errorf("%+v", got)
	}
	if got := of(answer("a", "c", "m2", catalog.ChoseB)); got["a"].Share >= before["a"].Share || got["a"].Weight <= before["a"].Weight {
		t.Errorf("%+v", got["a"])
	}
	// A weak negative that somebody chose is none any more.
	weak := WithDuels([]Label{{VideoID: "w", Weak: true, Weight: weakWeight}}, []catalog.Duel{answer("w", "x", "m2", catalog.ChoseA)}, nil, o)
	if l := weak[0]; l.VideoID == "w" && (l.Weak || l.Share < 0.5) {
		t.Errorf("%+v", weak)
	}
}

// However many duels one member answers, the answers of all others weigh as much.
func TestOneMembersDuelsAreBounded(t *testing.T) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	var duels []catalog.Duel
	id := func(i int) string { return string(rune('a'+i%26)) + string(rune('a'+i/26)) }
	for i := range 300 {
		duels = append(duels, catalog.Duel{A: id(2 * i), B: id(2*i + 1), MemberID: "busy", Choice: catalog.ChoseA, At: at})
	}
	duels = append(duels, catalog.Duel{A: "x", B: "y", MemberID: "quiet", Choice: catalog.ChoseA, At: at})
	busy := 0.0
	for _, l := range WithDuels(nil, duels, nil, VoteOptions{Now: at, HalfLife: time.Hour}) {
		if l.VideoID != "x" && l.VideoID != "y" {
			busy += l.Weight
		}
	}
	if want := 2 * memberCap * duelWeight; math.Abs(busy-want) > 1e-9 {
		t.Errorf("300 answers weigh %v, want %v", busy, want)
	}
}
