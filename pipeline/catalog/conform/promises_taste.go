package conform

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
)

// voteMerging: the flag that was set later counts, whoever set it, and what is taken back
// leaves what was there before.
func voteMerging(t *testing.T, b *bench) {
	const up, down, set, clear = true, false, true, false
	reaction, button := catalog.SourceReaction, catalog.SourceButton
	found := func(ch catalog.VoteChange, since int) catalog.VoteChange {
		if ch.OrderUnknown = true; since > 0 {
			ch.Since = start.Add(time.Duration(since) * time.Minute)
		}
		return ch
	}
	for i, tt := range []struct {
		name    string
		changes []catalog.VoteChange
		want    int
	}{
		{"up", []catalog.VoteChange{press(up, set, reaction, 1)}, 1},
		{"down", []catalog.VoteChange{press(down, set, reaction, 1)}, -1},
		{"the later wins", []catalog.VoteChange{press(up, set, reaction, 1), press(down, set, reaction, 2)}, -1},
		{"the later wins, the other way", []catalog.VoteChange{press(down, set, reaction, 1), press(up, set, button, 2)}, 1},
		{"taking it back leaves the other", []catalog.VoteChange{press(up, set, reaction, 1), press(down, set, button, 2), press(down, clear, button, 3)}, 1},
		{"taking the earlier back changes nothing", []catalog.VoteChange{press(up, set, reaction, 1), press(down, set, reaction, 2), press(up, clear, reaction, 3)}, -1},
		{"both taken back", []catalog.VoteChange{press(up, set, reaction, 1), press(down, set, reaction, 2), press(up, clear, reaction, 3), press(down, clear, reaction, 4)}, 0},
		{"nothing to take back", []catalog.VoteChange{press(up, clear, reaction, 1)}, 0},
		{"a reaction told twice", []catalog.VoteChange{press(up, set, reaction, 1), press(down, set, reaction, 2), press(up, set, reaction, 3)}, -1},
		{"a button pressed again", []catalog.VoteChange{press(up, set, button, 1), press(down, set, reaction, 2), press(up, set, button, 3)}, 1},
		{"two sources of one flag", []catalog.VoteChange{press(up, set, reaction, 1), press(up, set, button, 2), press(up, clear, reaction, 3)}, 1},
		{"the later source taken back", []catalog.VoteChange{press(up, set, reaction, 1), press(down, set, reaction, 2), press(up, set, button, 3), press(up, clear, button, 4)}, -1},
		{"the clock set back", []catalog.VoteChange{press(up, set, reaction, 99), press(down, set, reaction, 1)}, -1},
		{"the clock set back, then taken back", []catalog.VoteChange{press(up, set, reaction, 99), press(down, set, reaction, 1), press(up, set, button, 2), press(up, clear, button, 3)}, -1},
		{"found alone", []catalog.VoteChange{found(press(down, set, reaction, 1), 0)}, -1},
		{"found beside a known one", []catalog.VoteChange{press(up, set, reaction, 1), found(press(down, set, reaction, 2), 0)}, 1},
		{"found beside one that was there first", []catalog.VoteChange{press(up, set, reaction, 1), found(press(down, set, reaction, 5), 3)}, -1},
		{"found, perhaps before a known one", []catalog.VoteChange{press(up, set, reaction, 4), found(press(down, set, reaction, 5), 3)}, 1},
		{"found, then the known one taken back", []catalog.VoteChange{press(up, set, reaction, 1), found(press(down, set, reaction, 2), 0), press(up, clear, reaction, 3)}, -1},
		{"found, then a press", []catalog.VoteChange{press(up, set, reaction, 1), found(press(down, set, reaction, 2), 0), press(down, set, button, 3)}, -1},
	} {
		post := fmt.Sprint("post", i)
		var got catalog.Vote
		for _, ch := range tt.changes {
			ch.PostID = post
			got = must(b.Vote(b.ctx, ch))(t)[0]
		}
		if got.Value != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got.Value, tt.want)
		}
		kept := slices.ContainsFunc(must(b.Votes(b.ctx, g1))(t), func(v catalog.Vote) bool { return v.PostID == post })
		if kept != (tt.want != 0) {
			t.Errorf("%s: kept %v", tt.name, kept)
		}
	}
}

// votesTogether: the changes of one call are one transaction, whose answer is each vote as
// it is after all of them.
func votesTogether(t *testing.T, b *bench) {
	good, bad := press(true, true, catalog.SourceButton, 1), press(true, true, catalog.SourceButton, 1)
	bad.Source = ""
	if _, err := b.Vote(b.ctx, good, bad); err == nil {
		t.Error("a vote of no source was taken")
	}
	want(t, "after a refusal", 0, len(must(b.Votes(b.ctx, g1))(t)))
	got := must(b.Vote(b.ctx, good, press(false, true, catalog.SourceReaction, 2)))(t)
	if len(got) != 2 || got[0].Value != -1 || got[1].Value != -1 {
		t.Errorf("the answers are %+v", got)
	}
	// Found together, nobody knows which came first: what stood before stands.
	other := func(up bool) catalog.VoteChange {
		ch := press(up, true, catalog.SourceReaction, 3)
		ch.MemberID, ch.OrderUnknown = m2, true
		return ch
	}
	if got := must(b.Vote(b.ctx, other(true), other(false)))(t); got[0].Value != 0 || got[1].Value != 0 {
		t.Errorf("found together: %+v", got)
	}
	want(t, "votes of no change", 0, len(must(b.Vote(b.ctx))(t)))
}

// votesWithoutPost: a vote without a post is one of its video; votes are in the order of
// posts, "video:" and the video for those without one, and of members.
func votesWithoutPost(t *testing.T, b *bench) {
	slot, posts, rows := postSlot(22)
	must(b.CreatePosts(b.ctx, slot, posts, rows))(t)
	var changes []catalog.VoteChange
	for _, member := range []string{m2, "9", m1} {
		for _, post := range []string{"zz", posts[1].ID, "", "aa"} {
			ch := press(true, true, catalog.SourceImport, 1)
			ch.MemberID, ch.PostID = member, post
			changes = append(changes, ch)
		}
	}
	must(b.Vote(b.ctx, changes...))(t)
	var got []string
	for _, v := range must(b.Votes(b.ctx, g1))(t) {
		got = append(got, v.PostID+" "+v.MemberID)
	}
	subjects := []string{"aa", posts[1].ID, "zz", ""}
	slices.SortFunc(subjects, func(x, y string) int { return strings.Compare(voteSubject(x), voteSubject(y)) })
	var wanted []string
	for _, s := range subjects {
		wanted = append(wanted, s+" "+m1, s+" "+m2, s+" 9")
	}
	want(t, "order", wanted, got)
	want(t, "votes of a member", 4, len(must(b.MemberVotes(b.ctx, g1, "9"))(t)))
	want(t, "votes on a post", 3, len(must(b.PostVotes(b.ctx, posts[1].ID))(t)))
	want(t, "votes on a post that is not there", 0, len(must(b.PostVotes(b.ctx, "zz"))(t)))
}

func voteSubject(post string) string {
	if post == "" {
		return "video:" + songA
	}
	return post
}

// duels: a pair is one duel, whichever song came first; an answer replaces an earlier one.
func duels(t *testing.T, b *bench) {
	duel := func(x, y, member string, choice catalog.DuelChoice) catalog.Duel {
		return catalog.Duel{GuildID: g1, A: x, B: y, MemberID: member, Choice: choice, At: start}
	}
	do(t, b.Duel(b.ctx, duel(songB, songC, m1, catalog.ChoseA)), b.Duel(b.ctx, duel(songB, songA, m2, catalog.ChoseA)), b.Duel(b.ctx, duel(songB, songA, "", "")),
		b.Duel(b.ctx, duel(songA, songB, m1, catalog.ChoseA)), b.Duel(b.ctx, duel(songB, songA, m1, catalog.ChoseBoth)),
		b.Duel(b.ctx, duel(songA, songB, "9", catalog.ChoseB)), b.Duel(b.ctx, duel(songB, songA, "9", "")))
	want(t, "duels", []catalog.Duel{duel(songA, songB, "", ""), duel(songA, songB, m1, catalog.ChoseBoth), duel(songA, songB, m2, catalog.ChoseB), duel(songB, songC, m1, catalog.ChoseA)},
		must(b.Duels(b.ctx, g1))(t))
	for _, bad := range []catalog.Duel{duel(songA, songA, m1, catalog.ChoseA), duel("short", songA, m1, catalog.ChoseA), duel(songA, songB, m1, catalog.DuelChoice(m1))} {
		if b.Duel(b.ctx, bad) == nil {
			t.Errorf("%+v was kept", bad)
		}
	}
}

// manyDuels: of a member's answers the newest are kept.
func manyDuels(t *testing.T, b *bench) {
	if !b.long {
		t.Skip("only the long suite gives more than a thousand answers")
	}
	id := func(i int) string { return fmt.Sprintf("d%010d", i) }
	for i := range catalog.MemberDuels + 5 {
		do(t, b.Duel(b.ctx, catalog.Duel{GuildID: g1, A: id(2 * i), B: id(2*i + 1), MemberID: m1, Choice: catalog.ChoseA, At: start.Add(time.Duration(-i) * time.Hour)}))
	}
	all := must(b.Duels(b.ctx, g1))(t)
	// The last to come are the oldest: each is dropped as soon as it comes.
	if len(all) != catalog.MemberDuels || all[len(all)-1].A != id(2*catalog.MemberDuels-2) {
		t.Errorf("%d are kept, the last of them %s", len(all), all[len(all)-1].A)
	}
}

// preferenceBounds: an owner's preferences are bounded; the first are kept. A batch that is
// told again is kept once, and one that does not fit leaves what was there.
func preferenceBounds(t *testing.T, b *bench) {
	var many []catalog.Preference
	for i := range catalog.MemberPreferences + 2 {
		many = append(many, told(m1, "b1", fmt.Sprint("Song ", i)))
	}
	many[0].Artist = strings.Repeat("é", 200)
	want(t, "added", catalog.MemberPreferences, must(b.AddPreferences(b.ctx, many...))(t))
	want(t, "added again", 0, must(b.AddPreferences(b.ctx, many...))(t))
	kept := must(b.Preferences(b.ctx, g1, m1))(t)
	long := func(p catalog.Preference) bool { return p.Artist == strings.Repeat("é", 150) }
	last := func(p catalog.Preference) bool { return p.Title == many[catalog.MemberPreferences].Title }
	if len(kept) != catalog.MemberPreferences || !slices.ContainsFunc(kept, long) || slices.ContainsFunc(kept, last) {
		t.Errorf("%d are kept", len(kept))
	}
	changed := many[5]
	changed.Like = false
	must(b.AddPreferences(b.ctx, changed))(t)
	want(t, "replacing", "no room", kind(b.ReplacePreferences(b.ctx, g1, m1, "b2", told(m1, "b2", "Low Tide"))))
	want(t, "of another member", 1, must(b.AddPreferences(b.ctx, told(m2, "b2", "Low Tide")))(t))
	stood := 0
	for _, p := range must(b.Preferences(b.ctx, g1, m1))(t) {
		if p.Title == changed.Title && !p.Like {
			stood++
		}
	}
	want(t, "changed minds", 1, stood)
	mixed := told(m2, "b2", "Low Tide")
	if _, err := b.AddPreferences(b.ctx, told(m1, "b2", "Low Tide"), mixed); err == nil {
		t.Error("those of two members came together")
	}
	want(t, "removed", catalog.MemberPreferences, must(b.RemovePreferences(b.ctx, g1, m1, ""))(t))
	h := must(b.History(b.ctx, g1))(t)
	want(t, "left", []catalog.Preference{mixed}, h.Preferences)
}

// models: versions count from 1; the newest five are kept and the champion, which may be
// any of those kept.
func models(t *testing.T, b *bench) {
	for i := 1; i <= 8; i++ {
		parts := [][]byte{[]byte("space"), {byte(i)}}
		want(t, "version", i, must(b.SaveModel(b.ctx, g1, []byte(`{"n":1}`), parts, i == 2))(t))
	}
	want(t, "another guild's", 1, must(b.SaveModel(b.ctx, g2, nil, nil, false))(t))
	var versions []int
	for _, m := range must(b.Models(b.ctx, g1))(t) {
		versions = append(versions, m.Version)
		if m.Blob != nil || m.Champion != (m.Version == 2) {
			t.Errorf("listed: %+v", m)
		}
	}
	want(t, "versions", []int{8, 7, 6, 5, 4, 2}, versions)
	m, found, err := b.Champion(b.ctx, g1)
	want(t, "champion", []any{"space\x02", true, nil}, []any{string(m.Blob), found, err})
	do(t, b.Promote(b.ctx, g1, 7))
	want(t, "a dropped version", "not found", kind(b.Promote(b.ctx, g1, 1)))
	b.reopen(t)
	want(t, "serving", 7, must(b.ChampionVersion(b.ctx, g1))(t))
	want(t, "not serving", 0, must(b.ChampionVersion(b.ctx, g2))(t))
	want(t, "the next", 9, must(b.SaveModel(b.ctx, g1, nil, nil, false))(t))
	if _, found, err := b.Model(b.ctx, g1, 2); found || err != nil {
		t.Error("the old champion is still kept", err)
	}
}

// readingWhileWriting: who reads sees what one transaction wrote whole or not at all, and
// a history is one moment.
func readingWhileWriting(t *testing.T, b *bench) {
	sightings := some(700, func(i int) catalog.Sighting { return sighting(g1, fmt.Sprintf("v%010d", i)) })
	must(b.Observe(b.ctx, sightings))(t)
	ctx, stop := context.WithCancel(b.ctx)
	failed := make(chan error, 1)
	go func() {
		var err error
		for i := 0; err == nil && ctx.Err() == nil; i++ {
			ch := press(true, i%2 == 0, catalog.SourceButton, i)
			other := ch
			other.MemberID = m2
			_, err = b.Vote(context.WithoutCancel(ctx), ch, other)
		}
		failed <- err
	}()
	seen := map[int]int{}
	for i := 0; len(failed) == 0 && (i < 50 || seen[0] == 0 || seen[2] == 0); i++ {
		h := must(b.History(b.ctx, g1))(t)
		seen[len(h.Votes)]++
	}
	n := 0
	for _, err := range b.Videos(b.ctx) {
		do(t, err)
		if n++; n == 600 { // the reader may write
			must(b.AddCounter(b.ctx, "read", 1))(t)
		}
	}
	stop()
	do(t, <-failed)
	if seen[1] > 0 || n != len(sightings) {
		t.Errorf("votes at once: %v; %d videos", seen, n)
	}
}
