package conform

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// forgottenMember: nothing of a forgotten member is left, and neither work in progress nor
// a comparison with Discord brings anything back.
func forgottenMember(t *testing.T, b *bench) {
	slot, posts, rows := postSlot(22)
	posts[0].Reasons = []catalog.Reason{{Kind: catalog.ReasonSeed, Words: []string{m1}}}
	rows[0].Text = "Of <@" + m1 + "> and 177."
	seeded := sighting(g1, songA)
	seeded.SeededBy = m1
	must(b.Observe(b.ctx, []catalog.Sighting{seeded}))(t)
	must(b.CreatePosts(b.ctx, slot, posts, rows))(t)
	reaction := press(true, true, catalog.SourceReaction, 0)
	reaction.PostID = posts[0].ID
	other := reaction
	other.MemberID = m2
	must(b.Vote(b.ctx, reaction, other))(t)
	must(b.AddPreferences(b.ctx, told(m1, "b1", "Low Tide")))(t)
	duel := catalog.Duel{GuildID: g1, A: songA, B: songB, MemberID: m1, Choice: catalog.ChoseA, At: start}
	do(t, b.Duel(b.ctx, duel), b.SetUnnamed(b.ctx, m1, true), b.SetState(b.ctx, "asked/"+m1, []byte("x")), b.SetState(b.ctx, "note", []byte(`["77","177"]`)),
		b.SaveGuild(b.ctx, catalog.Guild{ID: g1, BlockedArtists: []catalog.BlockedArtist{{Name: "Otto Venn", By: m1}}}))

	b.clock.step(time.Minute)
	want(t, "votes forgotten", 1, must(b.ForgetMember(b.ctx, "", m1))(t))
	b.reopen(t)
	h := must(b.History(b.ctx, g1))(t)
	want(t, "left", []int{1, 0, 0}, []int{len(h.Votes), len(h.Preferences), len(h.Duels)})
	want(t, "the reason", []string{string(catalog.ByForgotten)}, h.Posts[0].Reasons[0].Words)
	want(t, "the message", "Of <@forgotten> and 177.", must(b.Pending(b.ctx, g1))(t)[0].Text)
	g, _, err := b.Guild(b.ctx, g1)
	want(t, "the block", []any{"", nil}, []any{g.BlockedArtists[0].By, err})
	note, _, err := b.State(b.ctx, "note")
	want(t, "the note", []any{`["forgotten","177"]`, nil}, []any{string(note), err})
	if _, found, err := b.State(b.ctx, "asked/"+m1); found || err != nil {
		t.Error("a state is named after the member", err)
	}
	want(t, "the wish", false, must(b.Unnamed(b.ctx, m1))(t))
	want(t, "forgotten since", []bool{true, false}, []bool{must(b.Forgotten(b.ctx, g2, m1, start))(t), must(b.Forgotten(b.ctx, g2, m1, start.Add(time.Hour)))(t)})

	// What is older than that stays away.
	found, label := reaction, reaction
	found.OrderUnknown, label.PostID, label.Source = true, "", catalog.SourceImport
	late := sighting(g1, songB)
	late.SeededBy = m1
	for _, v := range must(b.Vote(b.ctx, found, label))(t) {
		want(t, "what comes late", catalog.Vote{}, v)
	}
	want(t, "preferences that come late", 0, must(b.AddPreferences(b.ctx, told(m1, "b1", "Low Tide")))(t))
	must(b.Observe(b.ctx, []catalog.Sighting{late}))(t)
	next, picks, outbox := postSlot(23)
	picks[1].Reasons = posts[0].Reasons
	must(b.CreatePosts(b.ctx, next, picks, outbox))(t)
	do(t, b.Duel(b.ctx, duel))
	for what, v := range look(t, b) {
		if what != "messages" && !strings.Contains(what, m1) && named(m1).MatchString(fmt.Sprintf("%+v", v)) {
			t.Errorf("%s names the member: %+v", what, v)
		}
	}

	// What they do from now on counts, as a press does on a post of any age.
	b.clock.step(time.Minute)
	label.At, duel.At = b.clock.now(), b.clock.now()
	pressed := reaction
	pressed.At = b.clock.now()
	must(b.Vote(b.ctx, label, pressed))(t)
	do(t, b.Duel(b.ctx, duel))
	want(t, "votes from now on", 2, len(must(b.MemberVotes(b.ctx, g1, m1))(t)))
	want(t, "duels from now on", 1, len(must(b.Duels(b.ctx, g1))(t)))
}

// forgottenGuild: nothing of it is left but its members' wishes to be forgotten; nothing of
// another guild goes.
func forgottenGuild(t *testing.T, b *bench) {
	for _, w := range writes {
		if w.name == "ForgetMember" {
			break
		}
		do(t, w.do(b.ctx, b.Store))
	}
	slot, posts, _ := postSlot(25)
	must(b.Hold(b.ctx, slot, []catalog.Held{{Post: posts[1]}}))(t)
	must(b.ForgetMember(b.ctx, g1, "9"))(t)
	do(t, b.SetState(b.ctx, "note", []byte("of "+g1)), b.SetState(b.ctx, "recap/local/"+g2, []byte("of 11001")))
	before := look(t, b)
	do(t, b.ForgetGuild(b.ctx, g1))
	b.reopen(t)
	after := look(t, b)
	for what, v := range after {
		switch {
		case strings.Contains(what, g1) && what != "forgotten "+g1+"9" && what != "recoverable "+g1:
			nothing(t, what, v)
		case strings.Contains(what, g2), strings.HasPrefix(what, "video"), strings.HasPrefix(what, "unnamed"):
			want(t, what, before[what], v)
		}
	}
	want(t, "a member's wish", true, after["forgotten "+g1+"9"].(bool) || must(b.Forgotten(b.ctx, g1, "9", start))(t))
	want(t, "pending", 0, len(must(b.Pending(b.ctx, ""))(t)))
	if _, found, err := b.PostByMessage(b.ctx, "301"); found || err != nil {
		t.Error("a message leads to a post of the guild", err)
	}
	want(t, "begun anew", true, must(b.BeginSlot(b.ctx, firstSlot))(t))
}

// imports: all rows or none, and votes may be written between them.
func imports(t *testing.T, b *bench) {
	rows := some(600, func(i int) catalog.ImportRow {
		ch := press(true, true, catalog.SourceImport, 0)
		ch.PostID, ch.VideoID = "", fmt.Sprintf("v%010d", i)
		return catalog.ImportRow{Sighting: sighting(g1, ch.VideoID), Changes: []catalog.VoteChange{ch}}
	})
	none := func(why string) {
		t.Helper()
		want(t, why, []int{0, 0}, []int{must(b.VideoCount(b.ctx))(t), len(must(b.Votes(b.ctx, g1))(t))})
	}
	if _, err := b.Import(b.ctx, each(rows, true)); err == nil {
		t.Error("a broken file was imported")
	}
	none("after a broken file")
	bad := append(rows[:len(rows):len(rows)], catalog.ImportRow{Changes: []catalog.VoteChange{{}}})
	if _, err := b.Import(b.ctx, each(bad, false)); err == nil {
		t.Error("a row that cannot be was imported")
	}
	none("after a bad row")
	added, err := 0, error(nil)
	for left := 0; added == 0; left++ {
		if added, err = b.Import(newFuse(b.ctx, left), each(rows, false)); err != nil && added == 0 {
			none("after an import that was cut off")
			b.reopen(t)
			none("opened again after an import that was cut off")
		}
	}
	want(t, "imported", []any{len(rows), nil}, []any{added, err})
	b.reopen(t)
	want(t, "kept", []int{len(rows), len(rows), len(rows)}, []int{must(b.VideoCount(b.ctx))(t), len(must(b.Votes(b.ctx, g1))(t)), len(must(b.Finds(b.ctx, g1))(t))})
	want(t, "imported again", 0, must(b.Import(b.ctx, each(rows, false)))(t))
}

// pieces: what is deleted in pieces may be cut off anywhere, keeps what is to be kept and
// goes on the next time.
func pieces(t *testing.T, b *bench) {
	var changes []catalog.VoteChange
	for i := range 2_500 {
		ch := press(true, true, catalog.SourceImport, i%2*60*24)
		ch.PostID, ch.MemberID = fmt.Sprintf("post%04d", i), fmt.Sprint("8", i%7)
		changes = append(changes, ch)
	}
	must(b.Vote(b.ctx, changes...))(t)
	must(b.AddCounter(b.ctx, "pages/2026-11-22", 1))(t)
	run := must(b.StartRun(b.ctx, catalog.Run{GuildID: g1, Kind: catalog.RunScrape, Outcome: catalog.OutcomeOK}))(t)
	pruned, cut := 0, 0
	for left := 0; ; left++ {
		n, err := b.Prune(newFuse(b.ctx, left), start.Add(time.Hour), start.Add(48*time.Hour))
		pruned += n
		if votes := len(must(b.Votes(b.ctx, g1))(t)); votes != len(changes)-pruned {
			t.Fatalf("%d votes were pruned, and %d are left", pruned, votes)
		}
		if err == nil {
			break
		}
		cut++
	}
	want(t, "pruned", []any{len(changes) / 2, true}, []any{pruned, cut > 0})
	want(t, "logs", []any{0, uint64(0)}, []any{len(must(b.Runs(b.ctx, g1, 0))(t)), must(b.Counter(b.ctx, "pages/2026-11-22"))(t)})
	do(t, b.FinishRun(b.ctx, run)) // it is gone

	do(t, b.SaveGuild(b.ctx, catalog.Guild{ID: g1}))
	for left := 0; b.ForgetGuild(newFuse(b.ctx, left), g1) != nil; left++ {
		if _, found, err := b.Guild(b.ctx, g1); !found || err != nil {
			t.Fatal("the guild is gone before all of it is", err)
		}
	}
	_, found, err := b.Guild(b.ctx, g1)
	want(t, "forgotten", []any{false, nil, 0}, []any{found, err, len(must(b.Votes(b.ctx, g1))(t))})
}

// generations: a guild's grows when a video that it has found is added, changes or goes,
// and not by what others do.
func generations(t *testing.T, b *bench) {
	ages := map[string]uint64{g1: must(b.Generation(b.ctx, g1))(t), g2: must(b.Generation(b.ctx, g2))(t)}
	step := func(what string, of ...string) {
		t.Helper()
		for _, g := range []string{g1, g2} {
			age := must(b.Generation(b.ctx, g))(t)
			grown := false
			for _, changed := range of {
				grown = grown || changed == g
			}
			if age < ages[g] || grown != (age > ages[g]) {
				t.Errorf("%s: the generation of %s went from %d to %d", what, g, ages[g], age)
			}
			ages[g] = age
		}
	}
	see := func(s ...catalog.Sighting) { t.Helper(); must(b.Observe(b.ctx, s))(t) }
	see(sighting(g1, songA))
	step("found by one", g1)
	see(sighting(g2, songB))
	step("found by the other", g2)
	see(sighting(g2, songA))
	step("found by both", g1, g2)
	changed := sighting("", songB)
	changed.Video.Title, changed.At = "Otto Venn - Low Tide", start.Add(time.Hour)
	see(changed)
	step("changed for all", g2)
	must(b.Vote(b.ctx, press(true, true, catalog.SourceButton, 1)))(t)
	do(t, b.SaveGuild(b.ctx, catalog.Guild{ID: g1}))
	must(b.Prune(b.ctx, start, start))(t)
	step("nothing of videos")
	do(t, b.ForgetGuild(b.ctx, g2))
	if age := must(b.Generation(b.ctx, g2))(t); age <= ages[g2] {
		t.Error("a forgotten guild's videos seem to be as they were")
	}
	must(b.DropVideos(b.ctx, songA))(t)
	if age := must(b.Generation(b.ctx, g1))(t); age <= ages[g1] {
		t.Error("a dropped video seems to be there")
	}
}

// fieldLimits: texts that are too long are cut, and what cannot be is left out.
func fieldLimits(t *testing.T, b *bench) {
	s := sighting(g1, songA)
	s.Video.Title, s.Query, s.Detailed = strings.Repeat("é", 600), strings.Repeat("x", 600), true
	s.Video.Tags, s.Video.ThumbnailURL = make([]string, 300), strings.Repeat("u", 2001)
	negative := int64(-1)
	s.Video.Views = &negative
	for i := range 30 {
		s.Neighbours = append(s.Neighbours, youtube.Neighbour{ID: fmt.Sprintf("v%010d", 30-i), Title: "T", Channel: "C"})
	}
	want(t, "added", 1, must(b.Observe(b.ctx, []catalog.Sighting{s, sighting(g1, strings.Repeat("v", 65))}))(t))
	v, found, err := b.Video(b.ctx, songA)
	want(t, "the video", []any{strings.Repeat("é", 500), 200, "", true, true, nil}, []any{v.Title, len(v.Tags), v.ThumbnailURL, v.Views == nil, found, err})
	f, _, err := b.Find(b.ctx, g1, songA)
	want(t, "the query", []any{[]string{s.Query[:500]}, nil}, []any{f.Queries, err})
	beside := must(b.Neighbours(b.ctx, songA))(t)
	want(t, "neighbours", s.Neighbours[:25], beside)
	must(b.Observe(b.ctx, []catalog.Sighting{sighting(g1, songA)}))(t)
	want(t, "neighbours after a result row", s.Neighbours[:25], must(b.Neighbours(b.ctx, songA))(t))
	for i := range 250 {
		s.Query = fmt.Sprintf("query %03d", i)
		s.Neighbours = nil
		must(b.Observe(b.ctx, []catalog.Sighting{s}))(t)
	}
	f, _, err = b.Find(b.ctx, g1, songA)
	want(t, "queries", []any{200, nil}, []any{len(f.Queries), err})
}
