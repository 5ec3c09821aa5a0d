package bolt

import (
	"cratedigger/pipeline/catalog"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func preference(member, batch, artist, title string, like bool, minute int) catalog.Preference {
	return catalog.Preference{GuildID: "g1", MemberID: member, Source: catalog.FromCSV, Batch: batch,
		Artist: artist, Title: title, Like: like, At: start.Add(time.Duration(minute) * time.Minute)}
}

// told are an owner's preferences as "batch artist title like".
func told(all []catalog.Preference) (lines []string) {
	for _, p := range all {
		lines = append(lines, strings.TrimSpace(fmt.Sprint(p.MemberID, " ", p.Batch, " ", p.Artist, p.Title, p.VideoID, " ", p.Like)))
	}
	slices.Sort(lines)
	return lines
}

func TestPreferencesAreKeptByBatch(t *testing.T) {
	c := openTest(t)
	path := c.Path()
	first := []catalog.Preference{preference("m1", "b1", "Otto Venn", "Blue Stairs", true, 1), preference("m1", "b1", "Mára", "", true, 1),
		{GuildID: "g1", MemberID: "m1", Source: catalog.FromTakeout, Batch: "b1", VideoID: "aaaaaaaaaaa", Like: true}}
	if n := must(c.AddPreferences(t.Context(), first...))(t); n != 3 {
		t.Fatalf("%d kept", n)
	}
	// The same press twice.
	if n := must(c.AddPreferences(t.Context(), first...))(t); n != 0 {
		t.Errorf("the same batch again: %d more", n)
	}
	must(c.AddPreferences(t.Context(), preference("m1", "b2", "otto venn", "blue stairs", false, 2)))(t)
	must(c.AddPreferences(t.Context(), preference("m2", "b2", "Otto Venn", "Blue Stairs", true, 2)))(t)
	must(c.AddPreferences(t.Context(), preference("", "f", "Otto Venn", "", true, 2)))(t)
	other := preference("m1", "b1", "Otto Venn", "", true, 2)
	other.GuildID = "g2"
	must(c.AddPreferences(t.Context(), other))(t)

	h := must(c.History(t.Context(), "g1"))(t)
	want := []string{"f Otto Venn true", "m1 b1 Mára true", "m1 b1 aaaaaaaaaaa true", "m1 b2 otto vennblue stairs false", "m2 b2 Otto VennBlue Stairs true"}
	if got := told(h.Preferences); !slices.Equal(got, want) {
		t.Errorf("what stands is %q, want %q", got, want)
	}
	if h.Preferences[0].MemberID != "" || !h.Preferences[1].At.Equal(start.Add(time.Minute)) && !h.Preferences[2].At.Equal(start.Add(time.Minute)) {
		t.Errorf("%+v", h.Preferences)
	}
	if mine := must(c.Preferences(t.Context(), "g1", "m1"))(t); len(mine) != 4 {
		t.Errorf("m1 told %q", told(mine))
	}
	// What is taken back leaves what was told before.
	if n := must(c.RemovePreferences(t.Context(), "g1", "m1", "b2"))(t); n != 1 {
		t.Errorf("%d taken back", n)
	}
	want[3] = "m1 b1 Otto VennBlue Stairs true"
	slices.Sort(want)
	if got := told(must(c.History(t.Context(), "g1"))(t).Preferences); !slices.Equal(got, want) {
		t.Errorf("after taking back %q, want %q", got, want)
	}
	if n := must(c.RemovePreferences(t.Context(), "g1", "", ""))(t); n != 1 {
		t.Errorf("%d of the guild's own taken back", n)
	}
	if n := must(c.RemovePreferences(t.Context(), "g1", "m1", ""))(t); n != 3 {
		t.Errorf("%d of m1 taken back", n)
	}
	if left := told(must(c.History(t.Context(), "g1"))(t).Preferences); len(left) != 1 {
		t.Errorf("left are %q", left)
	}
	must(0, c.Close())(t)
	if r := must(Check(path))(t); r.Rows["preferences"] != 2 {
		t.Errorf("%d rows", r.Rows["preferences"])
	}
}

func TestPreferenceRefusals(t *testing.T) {
	c := openTest(t)
	good := preference("m1", "b1", "Otto Venn", "Blue Stairs", true, 1)
	for name, spoil := range map[string]func(*catalog.Preference){
		"no guild":      func(p *catalog.Preference) { p.GuildID = "" },
		"no batch":      func(p *catalog.Preference) { p.Batch = "" },
		"zero byte":     func(p *catalog.Preference) { p.MemberID = "m\x001" },
		"long member":   func(p *catalog.Preference) { p.MemberID = string(make([]byte, 300)) },
		"no source":     func(p *catalog.Preference) { p.Source = "" },
		"bad source":    func(p *catalog.Preference) { p.Source = "dream" },
		"about nothing": func(p *catalog.Preference) { p.Artist, p.Title = " ", "" },
		"title alone":   func(p *catalog.Preference) { p.Artist, p.VideoID = "", "aaaaaaaaaaa" },
		"no video id":   func(p *catalog.Preference) { p.VideoID = "https://youtu.be/aaaaaaaaaaa" },
		"far future":    func(p *catalog.Preference) { p.At = time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC) },
		"other member":  func(p *catalog.Preference) { p.MemberID = "m2" },
		"other batch":   func(p *catalog.Preference) { p.Batch = "b2" },
		"other guild":   func(p *catalog.Preference) { p.GuildID = "g2" },
	} {
		bad := good
		spoil(&bad)
		if _, err := c.AddPreferences(t.Context(), good, bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if kept := must(c.Preferences(t.Context(), "g1", "m1"))(t); len(kept) != 0 {
		t.Errorf("half of a refused call was kept: %+v", kept)
	}
	if _, err := c.RemovePreferences(t.Context(), "g1", "m\x001", ""); err == nil {
		t.Error("a member with a zero byte was taken")
	}
	// A computer whose clock has stopped.
	early := preference("m2", "b1", "Otto Venn", "", true, 1)
	early.At = time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)
	if n := must(c.AddPreferences(t.Context(), early))(t); n != 1 {
		t.Error("what was told in 1960 counts as told before somebody was forgotten who never was")
	}
	long := preference("m1", "b1", strings.Repeat("ü", 10_000), strings.Repeat("\xff", 10_000), true, 1)
	long.At = time.Time{}
	must(c.AddPreferences(t.Context(), long))(t)
	kept := must(c.Preferences(t.Context(), "g1", "m1"))(t)[0]
	if len(kept.Artist) > 300 || strings.Trim(kept.Artist, "ü") != "" || strings.Contains(kept.Title, "\xff") || !kept.At.Equal(start) {
		t.Errorf("%d bytes of artist, title %.20q, at %v", len(kept.Artist), kept.Title, kept.At)
	}
}

// TestPreferencesAreBounded: no member and no guild can fill the catalogue.
func TestPreferencesAreBounded(t *testing.T) {
	c := openTest(t, func(o *Options) { o.NoSync = true })
	many := func(member, batch string, n int) []catalog.Preference {
		all := make([]catalog.Preference, n)
		for i := range all {
			all[i] = preference(member, batch, fmt.Sprintf("Artist %s %d", batch, i), "", true, 1)
		}
		return all
	}
	if n := must(c.AddPreferences(t.Context(), many("m0", "b1", catalog.MemberPreferences-10)...))(t); n != catalog.MemberPreferences-10 {
		t.Fatalf("%d kept", n)
	}
	if n := must(c.AddPreferences(t.Context(), many("m0", "b2", 20)...))(t); n != 10 {
		t.Errorf("%d kept beyond the member's limit", n)
	}
	all := must(c.Preferences(t.Context(), "g1", "m0"))(t)
	if len(all) != catalog.MemberPreferences || !slices.ContainsFunc(all, func(p catalog.Preference) bool { return p.Artist == "Artist b2 0" }) {
		t.Errorf("%d are kept of the member, not the first of the last call", len(all))
	}
	if n := must(c.RemovePreferences(t.Context(), "g1", "m0", "b1"))(t); n != catalog.MemberPreferences-10 {
		t.Errorf("%d taken back", n)
	}
	total := 10
	for i := 1; i <= catalog.GuildPreferences/catalog.MemberPreferences+1; i++ {
		total += must(c.AddPreferences(t.Context(), many(fmt.Sprint("m", i), "b1", catalog.MemberPreferences+5)...))(t)
	}
	if n := len(must(c.History(t.Context(), "g1"))(t).Preferences); n != catalog.GuildPreferences || total != n {
		t.Errorf("the guild has %d preferences, %d were said to be kept", n, total)
	}
	own := many("", "f", 1)
	if n := must(c.AddPreferences(t.Context(), own...))(t); n != 0 {
		t.Errorf("%d of the guild's own are kept beyond its limit", n)
	}
	own[0].GuildID = "g2"
	if n := must(c.AddPreferences(t.Context(), own...))(t); n != 1 {
		t.Errorf("another guild: %d", n)
	}
}

// TestPreferencesAreForgotten with their member, in one guild or all, and with
// their guild; and when votes are too old.
func TestPreferencesAreForgotten(t *testing.T) {
	c := openTest(t)
	add := func() {
		for _, guild := range []string{"g1", "g2"} {
			for _, member := range []string{"m1", "m2", ""} {
				for i, batch := range []string{"b1", "b2"} {
					p := preference(member, batch, "Otto Venn", batch, true, 100*i+1)
					p.GuildID = guild
					must(c.AddPreferences(t.Context(), p))(t)
				}
			}
		}
	}
	left := func(guild string) string {
		return strings.Join(told(must(c.History(t.Context(), guild))(t).Preferences), "; ")
	}
	add()
	must(c.Prune(t.Context(), start.Add(50*time.Minute), time.Time{}))(t)
	if got, want := left("g1"), "b1 Otto Vennb1 true; b2 Otto Vennb2 true; m1 b2 Otto Vennb2 true; m2 b2 Otto Vennb2 true"; got != want {
		t.Errorf("after the retention there is %q, want %q", got, want)
	}
	must(c.ForgetMember(t.Context(), "g1", "m1"))(t)
	if got, other := left("g1"), left("g2"); strings.Contains(got, "m1") || !strings.Contains(got, "m2") || !strings.Contains(other, "m1") {
		t.Errorf("forgotten in g1: %q, and in g2 %q", got, other)
	}
	must(c.ForgetMember(t.Context(), "", "m1"))(t)
	if got := left("g2"); strings.Contains(got, "m1") || !strings.Contains(got, "m2") {
		t.Errorf("forgotten in all: %q", got)
	}
	must(0, c.ForgetGuild(t.Context(), "g1"))(t)
	if got, other := left("g1"), left("g2"); got != "" || other == "" {
		t.Errorf("the forgotten guild has %q, the other %q", got, other)
	}
}

func TestTakeOverBringsPreferences(t *testing.T) {
	c := openTest(t)
	for _, id := range []string{catalog.LocalGuild, "g1"} {
		must(0, c.SaveGuild(t.Context(), catalog.Guild{ID: id}))(t)
	}
	mine, theirs := preference("", "b1", "Otto Venn", "", true, 1), preference("", "b2", "Mára", "", true, 1)
	mine.GuildID = catalog.LocalGuild
	must(c.AddPreferences(t.Context(), mine))(t)
	must(c.AddPreferences(t.Context(), theirs))(t)
	for range 2 {
		must(c.TakeOver(t.Context(), catalog.LocalGuild, "g1"))(t)
	}
	if got := told(must(c.History(t.Context(), "g1"))(t).Preferences); !slices.Equal(got, []string{"b1 Otto Venn true", "b2 Mára true"}) {
		t.Errorf("the guild has %q", got)
	}
}

// TestPreferencesFollowTheirSong: two uploads of a song are one subject.
func TestPreferencesFollowTheirSong(t *testing.T) {
	video := func(id string, like bool, minute int) catalog.Preference {
		return catalog.Preference{GuildID: "g1", MemberID: "m1", Batch: "b", VideoID: id, Like: like, At: start.Add(time.Duration(minute) * time.Minute)}
	}
	h := catalog.History{Preferences: []catalog.Preference{video("aaaaaaaaaaa", true, 2), video("bbbbbbbbbbb", false, 1), video("ccccccccccc", true, 1), preference("m1", "b", "Otto Venn", "", true, 1)}}
	joined := h.BySong(func(id string) string { return strings.ReplaceAll(id, "b", "a") })
	if got := told(joined.Preferences); !slices.Equal(got, []string{"m1 b Otto Venn true", "m1 b aaaaaaaaaaa true", "m1 b ccccccccccc true"}) {
		t.Errorf("joined they are %q", got)
	}
	if h.Preferences[1].VideoID != "bbbbbbbbbbb" {
		t.Error("the history itself was changed")
	}
}
