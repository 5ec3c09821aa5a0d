package bolt

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

func duel(a, b, member string, choice catalog.DuelChoice, minute int) catalog.Duel {
	return catalog.Duel{GuildID: "g1", A: a, B: b, MemberID: member, Choice: choice, At: start.Add(time.Duration(minute) * time.Minute)}
}

// fought are duels as "A/B member choice".
func fought(all []catalog.Duel) (lines []string) {
	for _, d := range all {
		lines = append(lines, fmt.Sprintf("%.1s/%.1s %s %s", d.A, d.B, d.MemberID, d.Choice))
	}
	return lines
}

func TestDuelsAreKeptByPairAndMember(t *testing.T) {
	c := openTest(t)
	a, b, x := "aaaaaaaaaaa", "bbbbbbbbbbb", "xxxxxxxxxxx"
	for _, d := range []catalog.Duel{
		duel(b, a, "", "", 0), duel(b, a, "m1", catalog.ChoseA, 1), duel(a, b, "m2", catalog.ChoseBoth, 2), duel(a, x, "m1", catalog.ChoseNeither, 3),
		duel(a, b, "m2", catalog.ChoseB, 4),                          // the later press replaces the earlier one
		duel(a, b, "m3", catalog.ChoseA, 5), duel(b, a, "m3", "", 6), // taken back
	} {
		must(0, c.Duel(t.Context(), d))(t)
	}
	want := []string{"a/b  ", "a/b m1 b", "a/b m2 b", "a/x m1 neither"}
	if got := fought(must(c.Duels(t.Context(), "g1"))(t)); !slices.Equal(got, want) {
		t.Errorf("kept %q, want %q", got, want)
	}
	for _, bad := range []catalog.Duel{duel(a, a, "m1", catalog.ChoseA, 1), duel(a, "../x", "m1", catalog.ChoseA, 1), duel(a, b, "m1", "c", 1), duel(a, b, "m\x00", catalog.ChoseA, 1)} {
		if c.Duel(t.Context(), bad) == nil {
			t.Errorf("%+v was kept", bad)
		}
	}
	// x holds the song of b; what a member said of the two songs last stands.
	h := must(c.History(t.Context(), "g1"))(t).BySong(func(id string) string { return map[string]string{a: "y", b: "c", x: "c"}[id] })
	if got, want := fought(h.Duels), []string{"c/y  ", "c/y m1 neither", "c/y m2 a"}; !slices.Equal(got, want) {
		t.Errorf("by song %q, want %q", got, want)
	}
	if h.BySong(func(string) string { return "one" }).Duels != nil {
		t.Error("a song fights itself")
	}

	must(0, c.SaveGuild(t.Context(), catalog.Guild{ID: "g1"}))(t)
	must(0, c.SaveGuild(t.Context(), catalog.Guild{ID: "g2"}))(t)
	mine := duel(a, b, "m2", catalog.ChoseNeither, 1)
	mine.GuildID = "g2"
	must(0, c.Duel(t.Context(), mine))(t)
	must(c.TakeOver(t.Context(), "g1", "g2"))(t)
	if got, want := fought(must(c.Duels(t.Context(), "g2"))(t)), []string{"a/b  ", "a/b m1 b", "a/b m2 neither", "a/x m1 neither"}; !slices.Equal(got, want) {
		t.Errorf("taken over %q, want %q", got, want)
	}
	must(c.Prune(t.Context(), start.Add(3*time.Minute), time.Time{}))(t)
	if got, want := fought(must(c.Duels(t.Context(), "g1"))(t)), []string{"a/b m2 b", "a/x m1 neither"}; !slices.Equal(got, want) {
		t.Errorf("after the retention %q, want %q", got, want)
	}
}

// A member cannot fill the catalogue: the oldest answers make room.
func TestDuelsAreBounded(t *testing.T) {
	c := openTest(t)
	must(0, c.update(t.Context(), "test", small, func(tx *bolt.Tx) error {
		for i := range catalog.MemberDuels {
			d := duel("aaaaaaaaaaa", fmt.Sprintf("b%010d", i), "m1", catalog.ChoseA, i)
			if err := put(tx.Bucket(bucketDuels), duelKey(d), storedDuel{Choice: d.Choice, At: d.At}); err != nil {
				return err
			}
		}
		return nil
	}))(t)
	must(0, c.Duel(t.Context(), duel("aaaaaaaaaaa", "ccccccccccc", "m2", catalog.ChoseA, 0)))(t)
	must(0, c.Duel(t.Context(), duel("aaaaaaaaaaa", "ccccccccccc", "m1", catalog.ChoseA, catalog.MemberDuels)))(t)
	all := must(c.Duels(t.Context(), "g1"))(t)
	if len(all) != catalog.MemberDuels+1 || all[0].B != "b0000000001" {
		t.Errorf("%d duels, the first with %s", len(all), all[0].B)
	}
	path := c.Path()
	must(0, c.update(t.Context(), "test", small, func(tx *bolt.Tx) error {
		return put(tx.Bucket(bucketDuels), key("g1", "zzzzzzzzzzz/aaaaaaaaaaa", "m1"), storedDuel{Choice: catalog.ChoseA})
	}))(t)
	must(0, c.Close())(t)
	if r, err := Check(path); err == nil || len(r.Problems) != 1 {
		t.Errorf("a duel out of order is no problem: %v", r.Problems)
	}
}
