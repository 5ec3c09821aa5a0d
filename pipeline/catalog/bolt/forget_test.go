package bolt

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

// rowsThatHold are the rows, by bucket and key, in whose key or value a text stands.
func rowsThatHold(t *testing.T, c *Catalog, text string) (rows []string) {
	t.Helper()
	err := c.view(t.Context(), func(tx *bolt.Tx) error {
		for _, name := range buckets {
			err := each(tx.Bucket(name), nil, func(k, v []byte) error {
				if strings.Contains(string(k), text) || strings.Contains(string(v), text) {
					rows = append(rows, string(name)+" "+string(k))
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestForgetReachesCopies: an id stands in texts that the catalogue does not
// compose, and in what is still on its way when its member is forgotten.
func TestForgetReachesCopies(t *testing.T) {
	const who, other = "1477998909849600007", "14779989098496000071"
	clock := &testClock{start}
	c := openTest(t, func(o *Options) { o.Now = clock.now })
	seeded := sighting("aaaaaaaaaaa")
	seeded.GuildID, seeded.SeededBy = "g1", who
	must(c.Observe(t.Context(), []catalog.Sighting{seeded}))(t)
	must(0, c.SaveGuild(t.Context(), catalog.Guild{ID: "g1", PauseReason: "<@" + who + "> took the channel", BlockedChannels: []catalog.BlockedChannel{{ID: "UC1", By: who}}, BlockedArtists: []catalog.BlockedArtist{{Name: "Otto Venn", By: who}}}))(t)
	going := must(c.StartRun(t.Context(), catalog.Run{GuildID: "g1", Kind: catalog.RunScrape, By: who}))(t)
	ended := must(c.StartRun(t.Context(), catalog.Run{GuildID: "g1", Kind: catalog.RunScrape}))(t)
	ended.Error, ended.Alarms = "refused to "+who, []string{"asked by <@" + who + ">"}
	must(0, c.FinishRun(t.Context(), ended))(t)
	slot, posts, rows := samplePosts()
	posts[0].VideoID = "aaaaaaaaaaa"
	posts[0].Reasons = []catalog.Reason{{Kind: catalog.ReasonSeed, Words: []string{who}}}
	must(c.CreatePosts(t.Context(), slot, posts[:1], nil))(t)
	text := `{"items":[{"member":"` + who + `"},{"member":"` + other + `"}]}`
	must(c.Enqueue(t.Context(), catalog.Outbox{ID: "recap", GuildID: "g1", Kind: catalog.OutboxRecap, Text: text}))(t)
	must(c.Enqueue(t.Context(), catalog.Outbox{ID: "notice", GuildID: "g1", Kind: catalog.OutboxNotice, Text: "no"}))(t)
	must(0, c.MarkFailed(t.Context(), "notice", "no user "+who, false))(t)
	must(0, c.SetState(t.Context(), "last/"+who, []byte("1")))(t)
	told := catalog.Preference{GuildID: "g1", MemberID: who, Source: catalog.FromCSV, Batch: "b1", Artist: "Otto Venn", At: clock.t}
	must(c.AddPreferences(t.Context(), told))(t)
	duel := catalog.Duel{GuildID: "g1", A: "aaaaaaaaaaa", B: "bbbbbbbbbbb", MemberID: who, Choice: catalog.ChoseA, At: clock.t}
	must(0, c.Duel(t.Context(), duel))(t)
	must(0, c.SetState(t.Context(), "asked/g1", []byte(`["`+who+`"]`)))(t)
	if len(rowsThatHold(t, c, who)) < 10 {
		t.Fatalf("only these rows hold the id: %v", rowsThatHold(t, c, who))
	}

	clock.t = clock.t.Add(time.Minute)
	must(c.ForgetMember(t.Context(), "", who))(t)
	// What had begun before ends.
	must(0, c.FinishRun(t.Context(), going))(t)
	slot.Key += "again"
	late := posts[0]
	late.ID = ""
	must(c.CreatePosts(t.Context(), slot, []catalog.Post{late}, rows[:0]))(t)
	must(c.AddPreferences(t.Context(), told))(t)
	must(0, c.Duel(t.Context(), duel))(t)
	lateVote := catalog.VoteChange{GuildID: "g1", VideoID: "bbbbbbbbbbb", MemberID: who, Up: true, Set: true, Source: catalog.SourceImport, At: clock.t.Add(-time.Second)}
	must(c.Vote(t.Context(), lateVote))(t)
	lateSighting := sighting("bbbbbbbbbbb")
	lateSighting.GuildID, lateSighting.SeededBy, lateSighting.At = "g1", who, clock.t.Add(-time.Second)
	must(c.Observe(t.Context(), []catalog.Sighting{lateSighting}))(t)

	if left := rowsThatHold(t, c, who); len(left) != 1 || left[0] != "outbox recap" {
		t.Errorf("left in %v", left)
	}
	row := must(c.Pending(t.Context(), "g1"))(t)[0]
	if want := `{"items":[{"member":"forgotten"},{"member":"` + other + `"}]}`; row.Text != want {
		t.Errorf("the recap holds %s, want %s", row.Text, want)
	}
	if p := must(c.Posts(t.Context(), "g1", time.Time{}))(t); len(p) != 2 || p[0].Reasons[0].Words[0] != "forgotten" || p[1].Reasons[0].Words[0] != "forgotten" {
		t.Errorf("posts: %+v", p)
	}
	// What the member does from now on counts again.
	lateSighting.Video.ID, lateSighting.At = "ccccccccccc", clock.t.Add(time.Second)
	must(c.Observe(t.Context(), []catalog.Sighting{lateSighting}))(t)
	told.At, lateVote.At = clock.t.Add(time.Second), clock.t.Add(time.Second)
	if n := must(c.AddPreferences(t.Context(), told))(t); n != 1 {
		t.Errorf("%d preferences told afterwards were taken", n)
	}
	duel.At = told.At
	must(0, c.Duel(t.Context(), duel))(t)
	if len(must(c.Duels(t.Context(), "g1"))(t)) != 1 {
		t.Error("a duel answered afterwards was not taken")
	}
	if must(c.Vote(t.Context(), lateVote))(t)[0].Value != 1 {
		t.Error("a vote without a post given afterwards was not taken")
	}
	if finds := must(c.Finds(t.Context(), "g1"))(t); len(finds) != 3 || finds[2].SeededBy != who {
		t.Errorf("finds: %+v", finds)
	}
	path := c.Path()
	must(0, c.Close())(t)
	must(Check(path))(t)
}

// TestForgetGuildReachesCopies: what is named after a guild goes with it, and a
// run that ends later does not come back.
func TestForgetGuildReachesCopies(t *testing.T) {
	c := openTest(t)
	for _, guild := range []string{"123", "1234"} {
		must(0, c.SaveGuild(t.Context(), catalog.Guild{ID: guild}))(t)
		must(0, c.SetState(t.Context(), "swept/"+guild, []byte("1")))(t)
		must(c.AddCounter(t.Context(), "pages/2026-11-22/"+guild, 3))(t)
		must(c.AddPreferences(t.Context(), catalog.Preference{GuildID: guild, Source: catalog.FromFavourite, Batch: "b1", Artist: "Otto Venn", Like: true}))(t)
		must(0, c.Duel(t.Context(), catalog.Duel{GuildID: guild, A: "aaaaaaaaaaa", B: "bbbbbbbbbbb"}))(t)
	}
	must(0, c.SetState(t.Context(), "pages/asks", []byte(`{"123":5,"77":1}`)))(t)
	going := must(c.StartRun(t.Context(), catalog.Run{GuildID: "123", Kind: catalog.RunScrape}))(t)
	must(0, c.ForgetGuild(t.Context(), "123"))(t)
	must(0, c.FinishRun(t.Context(), going))(t)
	for _, row := range rowsThatHold(t, c, "123") {
		if !strings.Contains(row, "1234") {
			t.Errorf("left: %s", row)
		}
	}
	if n := len(rowsThatHold(t, c, "1234")); n != 5 {
		t.Errorf("%d rows of the other guild", n)
	}
}

// TestForgottenIsNotTakenOver: what a member said of videos in another guild does not
// come to the guild in which they were forgotten since.
func TestForgottenIsNotTakenOver(t *testing.T) {
	clock := &testClock{start}
	c := openTest(t, func(o *Options) { o.Now = clock.now })
	for _, id := range []string{catalog.LocalGuild, "g1"} {
		must(0, c.SaveGuild(t.Context(), catalog.Guild{ID: id}))(t)
	}
	for i, member := range []string{"m1", "m2"} {
		ch := change(true, true, catalog.SourceImport, i)
		ch.GuildID, ch.PostID, ch.MemberID = catalog.LocalGuild, "", member
		must(c.Vote(t.Context(), ch))(t)
		p := preference(member, "b", "Otto Venn", "", true, i)
		p.GuildID = catalog.LocalGuild
		must(c.AddPreferences(t.Context(), p))(t)
	}
	clock.t = clock.t.Add(24 * time.Hour)
	must(c.ForgetMember(t.Context(), "g1", "m1"))(t)
	must(c.TakeOver(t.Context(), catalog.LocalGuild, "g1"))(t)
	h := must(c.History(t.Context(), "g1"))(t)
	if len(h.Votes) != 1 || h.Votes[0].MemberID != "m2" || len(h.Preferences) != 1 || h.Preferences[0].MemberID != "m2" {
		t.Errorf("the guild has the votes %+v and the preferences %+v", h.Votes, h.Preferences)
	}
}

// TestOldRowsGoInPieces: what is too old, and what a guild left behind, is deleted in
// several writes, between which others write; a day on which nothing is old has one. What is
// young, or another guild's, stays.
func TestOldRowsGoInPieces(t *testing.T) {
	const many = 2*pieceWrite + 10
	var c *Catalog
	writes, between := 0, 0
	path := filepath.Join(t.TempDir(), "catalog.db")
	c = openAt(t, path, func(o *Options) {
		o.NoSync = true
		o.Trace = func(point string) {
			if point != "prune:done" && point != "forgetguild:done" {
				return
			}
			writes++
			vote := change(true, true, catalog.SourceReaction, 100)
			vote.GuildID, vote.PostID, vote.VideoID = "g3", "", fmt.Sprintf("between%04d", writes)
			if n, err := c.Vote(t.Context(), vote); err == nil {
				between += len(n)
			}
		}
	})
	slot, _, _ := samplePosts()
	for _, guild := range []string{"g1", "g2"} {
		must(0, c.SaveGuild(t.Context(), catalog.Guild{ID: guild}))(t)
		var votes []catalog.VoteChange
		var posts []catalog.Post
		var rows []catalog.Outbox
		slot.GuildID, slot.Key = guild, guild+"/post/2026-11-22T18:00"
		for i := range many {
			old := change(true, true, catalog.SourceReaction, -100)
			old.GuildID, old.PostID, old.VideoID = guild, "", fmt.Sprintf("video%06d", i)
			votes = append(votes, old)
			id := fmt.Sprint(guild, "p", i)
			posts = append(posts, catalog.Post{ID: id, GuildID: guild, ChannelID: "c1", VideoID: old.VideoID, CreatedAt: start})
			rows = append(rows, catalog.Outbox{ID: fmt.Sprintf("%s/%04d", slot.Key, i), GuildID: guild, ChannelID: "c1", Kind: catalog.OutboxPick, PostID: id, CreatedAt: start})
		}
		must(c.Vote(t.Context(), votes...))(t)
		must(c.CreatePosts(t.Context(), slot, posts, rows))(t)
	}
	young := change(true, true, catalog.SourceReaction, 100)
	young.PostID = "p2"
	must(c.Vote(t.Context(), young))(t)
	if n := must(c.Prune(t.Context(), start, time.Time{}))(t); n != 2*many {
		t.Errorf("%d votes dropped, want %d", n, 2*many)
	}
	if writes < 5 || between != writes {
		t.Errorf("it took %d writes, and %d others between them", writes, between)
	}
	if left := must(c.Votes(t.Context(), "g1"))(t); len(left) != 1 || left[0].PostID != "p2" {
		t.Errorf("%d votes are left", len(left))
	}
	writes = 0
	if n := must(c.Prune(t.Context(), start, start))(t); n != 0 || writes != 1 {
		t.Errorf("%d votes dropped a second time, in %d writes", n, writes)
	}
	writes = 0
	must(0, c.ForgetGuild(t.Context(), "g1"))(t)
	if writes < 7 {
		t.Errorf("a guild was forgotten in %d writes", writes)
	}
	if rows := rowsThatHold(t, c, "g1"); len(rows) != 0 {
		t.Errorf("of the guild that was forgotten %d rows are left: %.200q", len(rows), rows)
	}
	if n := len(must(c.Posts(t.Context(), "g2", time.Time{}))(t)); n != many {
		t.Errorf("another guild has %d posts, want %d", n, many)
	}
	must(0, c.Close())(t)
	if report := must(Check(path))(t); len(report.Problems) > 0 {
		t.Errorf("the file is damaged: %q", report.Problems)
	}
}
