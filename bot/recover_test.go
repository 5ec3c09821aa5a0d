package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/youtube"
)

// posted posts a slot of songs that were not posted before.
func (w *world) posted(n int) []catalog.Post {
	w.t.Helper()
	at := w.clock.Now()
	slot := catalog.Slot{Key: w.guild + "/post/" + at.Format("2006-01-02T15:04"), GuildID: w.guild, Kind: catalog.RunPost, At: at}
	rows := []catalog.Outbox{{GuildID: w.guild, ChannelID: w.channel, Kind: catalog.OutboxHeading, Text: fmt.Sprintf(`{"picks":%d}`, n)}}
	var posts []catalog.Post
	for i := range n {
		id := fmt.Sprintf("%07d-%03d", at.Unix()/60%10_000_000, i)
		v := video(id, fmt.Sprintf("Band %s - A *song* of %s", id, id), "Label "+id)
		if _, err := w.catalog.Observe(w.ctx, []catalog.Sighting{{Video: v.Video, At: at, GuildID: w.guild, Query: "live session"}}); err != nil {
			w.t.Fatal(err)
		}
		p := catalog.Post{ID: catalog.PostID(slot.Key, id), GuildID: w.guild, ChannelID: w.channel, VideoID: id, Position: i, Score: 0.8, Policy: catalog.PolicyThompson, Propensity: 0.5, ModelVersion: 3}
		posts = append(posts, p)
		rows = append(rows, catalog.Outbox{GuildID: w.guild, ChannelID: w.channel, Kind: catalog.OutboxPick, PostID: p.ID})
	}
	if _, err := w.catalog.CreatePosts(w.ctx, slot, posts, rows); err != nil {
		w.t.Fatal(err)
	}
	if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
		w.t.Fatal(err)
	}
	for i := range posts {
		posts[i], _, _ = w.catalog.Post(w.ctx, posts[i].ID)
	}
	return posts
}

// history posts slots of five songs, one a day, and has members vote on each by
// reactions of all forms; it returns the posts.
func (w *world) history(slots, votes int) (posts []catalog.Post) {
	w.t.Helper()
	var members []string
	for i := range 3 + votes {
		members = append(members, w.discord.AddMember(w.guild, fakediscord.Member{Name: fmt.Sprint("m", i)}))
	}
	other := w.discord.AddMember(w.guild, fakediscord.Member{Name: "otherbot", Bot: true})
	r := rand.New(rand.NewPCG(1, 2))
	for range slots {
		for _, p := range w.posted(5) {
			posts = append(posts, p)
			for _, i := range r.Perm(len(members))[:votes] {
				react := w.discord.React
				if r.IntN(8) == 0 {
					react = w.discord.ReactBurst
				}
				if err := react(members[i], w.channel, p.MessageID, []string{"👍", "👍", "👎", "👍🏽", "👎️"}[r.IntN(5)]); err != nil {
					w.t.Fatal(err)
				}
			}
			w.discord.React(other, w.channel, p.MessageID, "👍")
			w.discord.React(members[0], w.channel, p.MessageID, "🎉")
		}
		for range 7 {
			if _, err := w.discord.Say(w.ana, w.channel, "la"); err != nil {
				w.t.Fatal(err)
			}
		}
		w.clock.add(24 * time.Hour)
	}
	w.settle()
	return posts
}

// lose ends the bot, and starts one that has never had a catalogue.
func (w *world) lose(change func(*Options)) {
	w.t.Helper()
	if w.stop != nil {
		if err := w.stop(); err != nil {
			w.t.Fatal(err)
		}
	}
	w.catalog.Close()
	var err error
	if w.catalog, err = bolt.Open(filepath.Join(w.t.TempDir(), "catalogue.db"), bolt.Options{Now: w.clock.Now}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { w.catalog.Close() })
	w.discord.ForgetNonces()
	w.newBot(change)
}

func (w *world) recover() (Recovered, error) {
	return w.bot.Recover(w.ctx, discord.Named{ID: w.guild, Name: "Vinyl Club"}, nil)
}

// asOnDiscord holds the catalogue against what Discord shows: the posts given, which
// are all of the channel, and the votes on them by reaction.
func (w *world) asOnDiscord(posts []catalog.Post) (votes int) {
	w.t.Helper()
	now, err := w.catalog.Posts(w.ctx, w.guild, time.Time{})
	if err != nil || len(now) != len(posts) {
		w.t.Fatalf("%d posts, want %d (%v)", len(now), len(posts), err)
	}
	for _, want := range posts {
		got, _, err := w.catalog.Post(w.ctx, want.ID)
		if err != nil || got.MessageID != want.MessageID || got.ChannelID != want.ChannelID || got.VideoID != want.VideoID || got.GuildID != want.GuildID || got.State != catalog.StateSent {
			w.t.Fatalf("post %+v came back as %+v (%v)", want, got, err)
		}
		if got.Policy != catalog.PolicyRecovered || got.Propensity != 0 || got.ModelVersion != 0 || got.CreatedAt.Sub(want.CreatedAt).Abs() > time.Minute {
			w.t.Fatalf("post %+v came back as %+v", want, got)
		}
		shown, stored := w.reacted(want), w.stored(want)
		for id := range shown {
			if w.discord.User(id).Bot {
				delete(shown, id)
			}
		}
		if fmt.Sprint(shown) != fmt.Sprint(stored) {
			w.t.Fatalf("post %s has the votes %v, Discord shows %v", want.ID, stored, shown)
		}
		votes += len(stored)
	}
	return votes
}

// notices are the announcements of a recovery in the channel.
func (w *world) notices() (n int) {
	for _, m := range w.discord.Messages(w.channel) {
		if strings.Contains(m.Content, "My data was lost") {
			n++
		}
	}
	return n
}

// TestRecover: after 200 posts and 1,000 votes the catalogue is lost. The posts, and the
// votes by reaction, are Discord's; the old buttons work.
func TestRecover(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.history(39, 5)
	w.configure(func(g *catalog.Guild) { g.Votes = votesBoth })
	posts = append(posts, w.history(1, 5)...)
	if _, err := w.recover(); !errors.As(err, new(*catalog.NotEmptyError)) || !strings.Contains(err.Error(), "200 posts and 1000 votes") {
		t.Fatalf("a catalogue that is not empty: %v", err)
	}
	w.lose(nil)
	w.run()
	w.discord.ForgetRequests()
	out, err := w.recover()
	if err != nil {
		t.Fatalf("%v\n%s", err, w.log)
	}
	w.settle()
	if votes := w.asOnDiscord(posts); votes != 1000 || out.Posts != 200 || out.Votes != 1000 || len(out.Channels) != 1 {
		t.Errorf("%d votes are back; it says %+v", votes, out)
	}
	pages, lists := 0, 0
	for _, r := range w.discord.Requests() {
		switch {
		case r.Method == http.MethodGet && strings.HasSuffix(r.Path, "/messages"):
			pages++
		case strings.Contains(r.Path, "/reactions/"):
			lists++
		}
	}
	// 200 picks, 40 headings and 280 of members; of each post two lists for each form shown.
	if pages != 6 || lists > 200*2*5 {
		t.Errorf("%d pages and %d lists of users were read", pages, lists)
	}
	old := posts[197]
	if call := w.do(fakediscord.Interaction{MessageID: old.MessageID, CustomID: discord.CustomID(actionUp, old.ID), MemberID: w.cy}); w.vote(old.ID, w.cy) != 1 {
		t.Errorf("the old button says %q, and the vote is %d", call.Answer().Content, w.vote(old.ID, w.cy))
	}
	w.stages.explain = func(id string) (pipeline.Explanation, error) {
		v, _, err := w.catalog.Video(t.Context(), id)
		x := pipeline.Explanation{}
		x.Video, x.Score = v, 0.42
		return x, err
	}
	why := w.do(fakediscord.Interaction{MessageID: old.MessageID, CustomID: discord.CustomID(actionWhy, old.ID)})
	if got := why.Answer().Content; !strings.Contains(got, "42") || strings.Contains(got, "when I picked it") {
		t.Errorf("of a post whose score is lost it says %q", got)
	}
	if err := w.discord.React(w.ben, w.channel, posts[0].MessageID, "👎"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if w.vote(posts[0].ID, w.ben) != -1 {
		t.Error("a reaction to an old post does not count")
	}
	slots := map[string]int{}
	back, _ := w.catalog.Posts(t.Context(), w.guild, time.Time{})
	for _, p := range back {
		slots[p.Slot]++
	}
	if len(slots) != 39+5 { // nobody knows who voted by the buttons
		t.Errorf("the posts are of %d slots, want 44", len(slots))
	}
	if v, found, err := w.catalog.Video(t.Context(), old.VideoID); err != nil || !found || v.Title != fmt.Sprintf("Band %s - A *song* of %[1]s", old.VideoID) && !strings.Contains(v.Title, "A *song* of") {
		t.Errorf("the video is %+v (%v)", v.Video, err)
	}
	if _, err := w.recover(); !errors.As(err, new(*catalog.NotEmptyError)) {
		t.Errorf("again: %v", err)
	}
	if n := w.notices(); n != 1 {
		t.Errorf("%d announcements", n)
	}
	// The votes are as old as the posts, for learning and for the retention.
	votes, err := w.catalog.PostVotes(t.Context(), posts[0].ID)
	if err != nil || len(votes) < 5 || !slices.ContainsFunc(votes, func(v catalog.Vote) bool { return v.At.Sub(posts[0].SentAt).Abs() < time.Minute }) {
		t.Errorf("votes on the oldest post: %+v (%v)", votes, err)
	}
}

// TestRecoverIsCutOff: at the k-th call the context ends. The bot goes on at its next
// start, also without being asked, and all is as Discord shows it.
func TestRecoverIsCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.history(8, 4)
	for _, k := range []int64{1, 2, 3, 5, 17, 60, 110} {
		var calls atomic.Int64
		ctx, cut := context.WithCancel(w.ctx)
		w.lose(func(o *Options) {
			o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				if calls.Add(1) == k {
					cut()
				}
				return http.DefaultTransport.RoundTrip(r)
			})
		})
		err := w.bot.Alone(func() error {
			_, err := w.bot.Recover(ctx, discord.Named{ID: w.guild}, nil)
			return err
		})
		if err == nil {
			t.Fatalf("cut off at call %d, it ends well", k)
		}
		w.newBot(nil)
		// The first two calls ask who the bot is, and for the channels.
		begun := k > 2
		if !begun || k%2 == 0 {
			var out Recovered
			err := w.bot.Alone(func() (err error) { out, err = w.recover(); return err })
			if err != nil || out.Posts != 40 || out.Votes != 160 || out.Resumed != begun {
				t.Errorf("cut off at call %d, it goes on with %+v, %v", k, out, err)
			}
		}
		w.run()
		w.until("it has gone on", func() bool { _, cutOff, err := w.catalog.Recoverable(w.ctx, w.guild); return err == nil && !cutOff })
		w.settle()
		if votes := w.asOnDiscord(posts); votes != 160 {
			t.Errorf("cut off at call %d, %d votes are back", k, votes)
		}
	}
	if n := w.notices(); n != 7 {
		t.Errorf("%d announcements of 7 recoveries", n)
	}
}

// TestRecoverKeepsRateLimits: with Discord's limits no call is refused, and where one is
// all the same, it is made again after the time that Discord asks for.
func TestRecoverKeepsRateLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.history(1, 3)
	var refusals, limited atomic.Int64
	w.lose(func(o *Options) { o.Limited = func(time.Duration) { limited.Add(1) } })
	var free atomic.Int64 // until when a refused call may not come back, in nanoseconds
	w.discord.Break(func(r *http.Request) *fakediscord.Fault {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/messages") {
			return nil
		}
		if time.Now().UnixNano() < free.Load() {
			t.Error("the call came back too early")
		}
		if refusals.Add(1) > 2 {
			return nil
		}
		free.Store(time.Now().Add(60 * time.Millisecond).UnixNano())
		return &fakediscord.Fault{Status: 429, Body: `{"message":"You are being rate limited.","retry_after":0.08,"global":false}`, Header: map[string]string{"Content-Type": "application/json"}}
	})
	w.discord.ForgetRequests()
	if err := w.bot.Alone(func() error { _, err := w.recover(); return err }); err != nil {
		t.Fatalf("%v\n%s", err, w.log)
	}
	w.asOnDiscord(posts)
	if refusals.Load() != 3 || limited.Load() != 2 {
		t.Errorf("%d calls for messages, and %d waits", refusals.Load(), limited.Load())
	}

	w.discord.Break(nil)
	w.discord.LimitRates()
	w.lose(nil)
	w.discord.ForgetRequests()
	if err := w.bot.Alone(func() error { _, err := w.recover(); return err }); err != nil {
		t.Fatalf("%v\n%s", err, w.log)
	}
	w.asOnDiscord(posts)
	lists := 0
	for _, r := range w.discord.Requests() {
		if r.Status == http.StatusTooManyRequests {
			t.Errorf("%s %s was refused", r.Method, r.Path)
		}
		if strings.Contains(r.Path, "/reactions/") {
			lists++
		}
	}
	if lists == 0 {
		t.Error("no reactions were read")
	}
}

// TestRecoverOfAHostileHistory: messages of another bot with forged buttons, and strange
// ones of its own, neither end a recovery nor become posts.
func TestRecoverOfAHostileHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.history(1, 2)
	other := w.discord.AddMember(w.guild, fakediscord.Member{Name: "otherbot", Bot: true})
	why := func(id string) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`[{"type":1,"components":[{"type":2,"style":2,"label":"?","custom_id":%q}]}]`, id))
	}
	self := w.discord.User(w.discord.BotID())
	link := "https://www.youtube.com/watch?v=forged-0000"
	forged := catalog.PostID("x", "forged-0000")
	for _, m := range []fakediscord.Message{
		{Author: w.discord.User(other), Content: "**Forged** · X\n" + link, Components: why("v1:why:" + forged)},
		{Author: w.discord.User(w.ana), Content: link, Components: why("v1:why:" + forged)},
		{Author: w.discord.User(other), Content: "x\n" + link, Components: why("v1:why:" + posts[0].ID)}, // of a post that there is
		{Author: self, Content: "", Components: why("v1:why:" + forged)},
		{Author: self, Content: "**x** · y\nhttps://www.youtube.com/watch?v=short", Components: why("v1:why:" + forged)},
		{Author: self, Content: "**x** · y\nforged-0000", Components: why("v1:why:" + forged)},
		{Author: self, Content: link, Components: why("v1:why:../../../etc")},
		{Author: self, Content: link, Components: why("v1:why:ABCDEFGHIJKLMNOP")},
		{Author: self, Content: link, Components: why("v9:why:" + forged)},
		{Author: self, Content: link},
		{Author: self, Content: strings.Repeat("*", 2000), Components: why("v1:about:x")},
		{Author: self, Content: "**twice** · y\n" + link, Components: why("v1:why:" + posts[1].ID)}, // an id that is taken by an older message
	} {
		m.ChannelID = w.channel
		if m.Components == nil {
			m.Components = json.RawMessage("[]")
		}
		w.clock.add(time.Minute)
		w.discord.Put(m)
	}
	// What Discord shows of links: huge, without names, of another video; one is edited.
	w.discord.Unfold(w.channel, posts[0].MessageID, json.RawMessage(fmt.Sprintf(`[{"url":"https://www.youtube.com/watch?v=%s","title":%q,"author":{"name":"Real <b>Label</b>\u202e","url":"https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv"}}]`,
		posts[0].VideoID, strings.Repeat("Real - Title ", 100_000))))
	w.discord.Unfold(w.channel, posts[2].MessageID, json.RawMessage(`[{"url":"https://www.youtube.com/watch?v=another-000","title":"Another"},{"type":"rich","fields":[{"name":"x"}]},{"url":"https://evil.example/?v=x","title":"evil"}]`))
	w.discord.Unfold(w.channel, posts[3].MessageID, json.RawMessage(fmt.Sprintf(`[{"url":"https://youtu.be/%s","title":"Band - Unfolded","author":{"name":"Chan","url":"javascript:alert(1)"}}]`, posts[3].VideoID)))
	w.discord.DeleteMessage(w.channel, posts[4].MessageID)
	secret := w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "secret", Deny: fakediscord.PermViewChannel})
	blind := w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "blind", Deny: fakediscord.PermReadMessageHistory})
	w.lose(nil)
	w.run()
	out, err := w.recover()
	if err != nil {
		t.Fatalf("%v\n%s", err, w.log)
	}
	var unread []string
	for _, ch := range out.Unread {
		unread = append(unread, ch.ID)
	}
	if !slices.Equal(unread, []string{secret, blind}) {
		t.Errorf("%v could not be read, want %s and %s", out.Unread, secret, blind)
	}
	if _, found, _ := w.catalog.Post(t.Context(), forged); found {
		t.Error("a forged post was taken")
	}
	back, err := w.catalog.Posts(t.Context(), w.guild, time.Time{})
	if err != nil || len(back) != 4 {
		t.Fatalf("%d posts are back, want 4 (%v)", len(back), err)
	}
	for i, want := range map[int][3]string{
		0: {strings.TrimSpace(strings.Repeat("Real - Title ", 23))[:290], "Real <b>Label</b>", "UCabcdefghijklmnopqrstuv"},
		2: {"A *song* of " + posts[2].VideoID, "Label " + posts[2].VideoID, ""},
		3: {"Band - Unfolded", "Chan", ""},
	} {
		v, _, err := w.catalog.Video(t.Context(), posts[i].VideoID)
		if err != nil || !strings.Contains(v.Title, want[0]) || len(v.Title) > 310 || v.Channel != want[1] || v.ChannelID != want[2] {
			t.Errorf("video %d is %.200q of %q (%s), want %.200q (%v)", i, v.Title, v.Channel, v.ChannelID, want, err)
		}
	}
	for _, p := range []catalog.Post{posts[0], posts[2], posts[3]} {
		if got, want := fmt.Sprint(w.stored(p)), len(w.reacted(p)); strings.Count(got, ":") != want-1 { // less the other bot
			t.Errorf("votes %s, Discord has %d", got, want)
		}
	}
}

// TestPicksOfEveryForm: picks are read whose name is a link, and those whose address stands
// below it, as in older posts and where a title cannot be a link.
func TestPicksOfEveryForm(t *testing.T) {
	t.Parallel()
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	l := texts.For("en")
	const videoID = "abcdefghijk"
	address := "https://www.youtube.com/watch?v=" + videoID
	read := func(content string) found {
		t.Helper()
		m := discord.Sent{ID: "1000000000000000001", Content: content}
		id := catalog.PostID("slot", videoID)
		if err := json.Unmarshal(fmt.Appendf(nil, `[{"components":[{"custom_id":"v1:why:%s"}]}]`, id), &m.Components); err != nil {
			t.Fatal(err)
		}
		f, ok := readPick("1", "2", m)
		if !ok || f.post.VideoID != videoID || f.post.ID != id {
			t.Errorf("the pick %q is read as %t, %+v", content, ok, f.post)
		}
		return f
	}
	for _, title := range []string{"Plain", "Song [Official] (live)", "open [bracket", "[x](https://evil.example)", "https://youtu.be/zzzzzzzzzzz", "a** · b", "*x*", "こんにちは"} {
		v := catalog.Video{Video: youtube.Video{ID: videoID, Title: title, Channel: "Label ](https://youtu.be/zzzzzzzzzzz)"}}
		post := catalog.Post{ID: "x", VideoID: videoID, Reasons: []catalog.Reason{{Kind: catalog.ReasonExplore}}}
		for _, content := range []string{pickMessage(l, votesReactions, post, v).Content, named(v) + "\na guess\n" + address, named(v) + "\n" + address} {
			if f := read(content); f.video.Title != title || f.video.Channel != v.Channel {
				t.Errorf("%q is read as %q by %q", content, f.video.Title, f.video.Channel)
			}
		}
	}
	read(address)
}

// TestRecoverForgetsNobodyAgain: who asked to be forgotten in this catalogue stays so,
// though their reactions stand on Discord and the guild's data was deleted a year ago.
func TestRecoverForgetsNobodyAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.posted(1)[0]
	for _, id := range []string{w.ana, w.ben} {
		if err := w.discord.React(id, w.channel, p.MessageID, "👍"); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	w.clock.add(time.Hour)
	sure := w.do(fakediscord.Interaction{MemberID: w.ana, Command: "privacy", Sub: "forget-me"}).Answer()
	call := w.do(fakediscord.Interaction{MemberID: w.ana, MessageID: sure.ID, CustomID: discord.CustomID(actionForget)})
	if !strings.Contains(call.Answer().Content, "reactions stay on Discord") && !strings.Contains(call.Answer().Content, "reações continuam no Discord") {
		t.Errorf("forget-me says %q", call.Answer().Content)
	}
	w.clock.add(365 * 24 * time.Hour)
	if _, err := w.catalog.Prune(t.Context(), w.clock.Now(), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := w.catalog.ForgetGuild(t.Context(), w.guild); err != nil {
		t.Fatal(err)
	}
	if _, err := w.recover(); err != nil {
		t.Fatal(err)
	}
	if w.vote(p.ID, w.ana) != 0 || w.vote(p.ID, w.ben) != 1 {
		t.Errorf("Ana, who was forgotten, votes %d, Ben %d", w.vote(p.ID, w.ana), w.vote(p.ID, w.ben))
	}
}

// TestRecoverLeavesOldVotes: votes on posts older than the retention are not read.
func TestRecoverLeavesOldVotes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.history(4, 2)
	w.lose(func(o *Options) { o.Keep = 60 * time.Hour })
	w.run()
	if _, err := w.recover(); err != nil {
		t.Fatal(err)
	}
	for i, p := range posts {
		want := 2
		if i < 10 {
			want = 0
		}
		if got := len(w.stored(p)); got != want {
			t.Errorf("post %d has %d votes, want %d", i, got, want)
		}
	}
}

// TestRecoverKnowsNoOrder: of two reactions of a member nobody knows which came later, so
// neither counts, though the bot has compared this guild since it came back.
func TestRecoverKnowsNoOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.posted(1)[0]
	for _, emoji := range []string{"👍", "👎"} {
		if err := w.discord.React(w.ana, w.channel, p.MessageID, emoji); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	w.clock.add(time.Hour)
	w.lose(nil)
	w.run()
	w.bot.comparison.all(w.ctx, missedYoung)
	if _, err := w.recover(); err != nil {
		t.Fatal(err)
	}
	if flags := w.stored(p)[w.ana]; flags != [2]bool{true, true} || w.vote(p.ID, w.ana) != 0 {
		t.Errorf("the flags are %v and the vote is %d", flags, w.vote(p.ID, w.ana))
	}
}

// TestRecoverIsBounded: of a channel only the newest messages are read, and that is said.
func TestRecoverIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lost := w.posted(1)
	for range RecoverMost - 1 {
		w.discord.Put(fakediscord.Message{ChannelID: w.channel, Author: w.discord.User(w.ana), Content: "la"})
	}
	w.clock.add(time.Hour)
	back := w.posted(1)
	w.lose(nil)
	w.discord.ForgetRequests()
	var out Recovered
	if err := w.bot.Alone(func() (err error) { out, err = w.recover(); return err }); err != nil {
		t.Fatal(err)
	}
	w.asOnDiscord(back)
	if _, found, _ := w.catalog.Post(t.Context(), lost[0].ID); found || len(out.Cut) != 1 || out.Cut[0].ID != w.channel {
		t.Errorf("the older post is back: %v; it says %+v", found, out)
	}
	pages := 0
	for _, r := range w.discord.Requests() {
		if r.Method == http.MethodGet && strings.HasSuffix(r.Path, "/messages") {
			pages++
		}
	}
	if pages != RecoverMost/100 {
		t.Errorf("%d pages were read", pages)
	}
}

// TestSetupOffersToRecover: in a guild that has nothing, whose channel has posts; the
// button reads them, and says before and after what is not on Discord.
func TestSetupOffersToRecover(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	setup := fakediscord.Interaction{MemberID: w.admin, Command: "setup"}
	offers := func(call *fakediscord.Call) bool {
		return strings.Contains(string(call.Answer().Components), discord.CustomID(actionSetup, stepRecover))
	}
	if offers(w.do(setup)) {
		t.Error("it is offered where there is nothing")
	}
	posts := w.history(2, 2)
	if offers(w.do(setup)) {
		t.Error("it is offered though nothing is lost")
	}
	w.lose(nil)
	w.run()
	// Neither does it begin to post, though it has a channel and something to search for.
	w.configure(func(g *catalog.Guild) { g.Queries = []youtube.Query{{Text: "live session"}} })
	setup.Options = map[string]any{"channel": w.channel}
	panel := w.do(setup)
	if !offers(panel) || !strings.Contains(panel.Answer().Content, "Votes by buttons, labels, settings and blocks are not on Discord") {
		t.Fatalf("/setup says %q", panel.Answer().Content)
	}
	button := fakediscord.Interaction{MemberID: w.admin, MessageID: panel.Answer().ID, CustomID: discord.CustomID(actionSetup, stepRecover)}
	if call := w.do(button); !strings.Contains(call.Answer().Content, "10 posts are back") || !strings.Contains(call.Answer().Content, "stay lost") {
		t.Errorf("the button says %q", call.Answer().Content)
	}
	w.asOnDiscord(posts)
	if call := w.do(button); !strings.Contains(call.Answer().Content, "nothing was changed") {
		t.Errorf("again, the button says %q", call.Answer().Content)
	}
	if offers(w.do(setup)) || w.notices() != 1 {
		t.Errorf("it is offered again, or there are %d announcements", w.notices())
	}
}
