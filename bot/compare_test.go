package bot

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

// reacted is the flags that each member shows on Discord.
func (w *world) reacted(p catalog.Post) map[string][2]bool {
	out := map[string][2]bool{}
	m, _ := w.discord.Message(w.channel, p.MessageID)
	for _, r := range m.Reactions {
		up, ok := direction(r.Emoji, false)
		if !ok || r.UserID == w.discord.BotID() {
			continue
		}
		flags := out[r.UserID]
		if up {
			flags[0] = true
		} else {
			flags[1] = true
		}
		out[r.UserID] = flags
	}
	return out
}

// stored is the flags that each member has in the catalogue.
func (w *world) stored(p catalog.Post) map[string][2]bool {
	votes, err := w.catalog.PostVotes(w.ctx, p.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string][2]bool{}
	for _, v := range votes {
		flags := [2]bool{!v.Up.Reaction.IsZero(), !v.Down.Reaction.IsZero()}
		if flags != [2]bool{} {
			out[v.MemberID] = flags
		}
	}
	return out
}

// TestRetentionIsNotUndone: the reactions of votes that the retention has
// dropped still stand on Discord.
func TestRetentionIsNotUndone(t *testing.T) {
	t.Parallel()
	const keep = 6 * 24 * time.Hour
	w := newWorld(t, withBot(func(o *Options) { o.Keep = keep }))
	old := w.deliver(1)[0]
	w.clock.add(5 * 24 * time.Hour)
	young := w.deliver(1)[0]
	for _, p := range []catalog.Post{old, young} {
		if err := w.discord.React(w.cy, w.channel, p.MessageID, "👍"); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	w.clock.add(5*24*time.Hour + time.Hour) // the vote on the old post is five days old, too
	for range 2 {
		if _, err := w.catalog.Prune(t.Context(), w.clock.Now().Add(-keep), time.Time{}); err != nil {
			t.Fatal(err)
		}
		w.bot.comparison.all(w.ctx, missedYoung)
		w.settle()
		if w.vote(young.ID, w.cy) != 1 {
			t.Error("a young vote is gone")
		}
		w.clock.add(20 * time.Hour)
	}
	w.clock.add(24 * time.Hour)
	if _, err := w.catalog.Prune(t.Context(), w.clock.Now().Add(-keep), time.Time{}); err != nil {
		t.Fatal(err)
	}
	w.bot.comparison.all(w.ctx, missedYoung)
	w.settle()
	for _, p := range []catalog.Post{old, young} {
		if got := w.vote(p.ID, w.cy); got != 0 {
			t.Errorf("a vote older than the retention is %d again", got)
		}
	}
}

// TestNothingIsMissedOffline lets members react at random while the bot is
// away: after it is back, the votes are what Discord shows.
func TestNothingIsMissedOffline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.deliver(4)
	var members []string
	for i := range 8 {
		members = append(members, w.discord.AddMember(w.guild, fakediscord.Member{Name: fmt.Sprint("m", i)}))
	}
	other := w.discord.AddMember(w.guild, fakediscord.Member{Name: "otherbot", Bot: true})
	act := func(member string, post catalog.Post, action int) {
		emoji := []string{"👍", "👎"}[action%2]
		switch {
		case action < 4:
			w.discord.React(member, w.channel, post.MessageID, emoji)
		case action < 6:
			w.discord.ReactBurst(member, w.channel, post.MessageID, emoji)
		case action < 10:
			w.discord.Unreact(member, w.channel, post.MessageID, emoji)
		case action == 10:
			w.discord.ClearEmoji(w.channel, post.MessageID, emoji)
		case action == 11:
			w.discord.ClearReactions(w.channel, post.MessageID)
		default:
			w.discord.React(other, w.channel, post.MessageID, emoji)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, 8*4*13-1), 1, 60).Draw(rt, "steps")
		away := rapid.IntRange(0, len(steps)).Draw(rt, "from when the bot is away")
		for i, s := range steps {
			if i == away {
				w.settle()
				// The session goes too: what happens now is never dispatched.
				w.discord.BreakGateway(fakediscord.GatewayFaults{SilentHello: true})
				w.discord.CloseGateway(1001)
				w.until("it is away", func() bool { return w.discord.Connected() == 0 })
			}
			act(members[s%8], posts[s/8%4], s/32)
		}
		w.discord.BreakGateway(fakediscord.GatewayFaults{})
		if err := w.bot.Settle(w.ctx); err != nil {
			rt.Fatal(err)
		}
		w.bot.comparison.all(w.ctx, 1000*time.Hour)
		if away == len(steps) { // it was there all the time
			w.settle()
		}
		for _, p := range posts {
			shown := w.reacted(p)
			delete(shown, other)
			if got := w.stored(p); fmt.Sprint(got) != fmt.Sprint(shown) {
				rt.Fatalf("stored %v, Discord shows %v", got, shown)
			}
		}
	})
}

func TestComparePagesOnlyWhereCountsDiffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.deliver(3)
	for _, p := range posts[:2] {
		if err := w.discord.React(w.ana, w.channel, p.MessageID, "👍"); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	g := w.settings()
	list := func(full bool) (messages, users int) {
		w.discord.ForgetRequests()
		if err := w.bot.comparison.guild(w.ctx, g, func(catalog.Shown) bool { return full }); err != nil {
			t.Fatal(err)
		}
		for _, r := range w.discord.Requests() {
			switch {
			case r.Path == "/api/v9/channels/"+w.channel+"/messages":
				messages++
			default:
				users++
			}
		}
		return messages, users
	}
	if m, u := list(false); m != 1 || u != 0 {
		t.Errorf("nothing differs: %d message pages, %d user pages", m, u)
	}
	if m, u := list(true); m != 1 || u != 2 { // two posts with a 👍, without bursts
		t.Errorf("sweep: %d message pages, %d user pages", m, u)
	}
	// A vote that Discord no longer shows, as after an absence.
	lost := catalog.VoteChange{GuildID: w.guild, VideoID: posts[2].VideoID, PostID: posts[2].ID, MemberID: w.cy, Set: true, Source: catalog.SourceReaction, At: w.clock.Now()}
	if _, err := w.catalog.Vote(w.ctx, lost); err != nil {
		t.Fatal(err)
	}
	if m, u := list(false); m != 1 || u != 1 { // nobody
		t.Errorf("one is gone: %d message pages, %d user pages", m, u)
	}
	if got := w.vote(posts[2].ID, w.cy); got != 0 {
		t.Errorf("the vote that is gone on Discord counts %d", got)
	}
}

// roundTrip is a transport that a test watches.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestVoteWhileMessagesAreRead has a member react after Discord was asked for
// the messages and before the answer is looked at, as just after a resume.
func TestVoteWhileMessagesAreRead(t *testing.T) {
	t.Parallel()
	var between atomic.Pointer[func()]
	w := newWorld(t, withBot(func(o *Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			res, err := http.DefaultTransport.RoundTrip(r)
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/messages") {
				if f := between.Swap(nil); f != nil {
					(*f)()
				}
			}
			return res, err
		})
	}))
	post := w.deliver(1)[0]
	for _, step := range []struct {
		act  func(member, channel, message, emoji string) error
		want int
	}{{w.discord.React, 1}, {w.discord.Unreact, 0}} {
		between.Store(new(func() {
			if err := step.act(w.cy, w.channel, post.MessageID, "👍"); err != nil {
				t.Error(err)
			}
			w.until("the event is noted", func() bool { return w.vote(post.ID, w.cy) == step.want })
		}))
		if err := w.bot.comparison.guild(w.ctx, w.settings(), func(catalog.Shown) bool { return false }); err != nil {
			t.Fatal(err)
		}
		if got := w.vote(post.ID, w.cy); got != step.want {
			t.Errorf("after the comparison the vote is %d, want %d", got, step.want)
		}
	}
}

// TestComparisonsOfAGuildTakeTurns: each connection starts one.
func TestComparisonsOfAGuildTakeTurns(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int64
	w := newWorld(t, withBot(func(o *Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/messages") {
				n := now.Add(1)
				defer now.Add(-1)
				most.Store(max(n, most.Load()))
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	}))
	w.deliver(1)
	w.discord.Break(func(*http.Request) *fakediscord.Fault {
		return &fakediscord.Fault{Before: func() { time.Sleep(5 * time.Millisecond) }}
	})
	var comparisons sync.WaitGroup
	for range 8 {
		comparisons.Go(func() { w.bot.comparison.all(w.ctx, missedYoung) })
	}
	comparisons.Wait()
	if most.Load() != 1 {
		t.Errorf("%d comparisons of one guild at once", most.Load())
	}
}

func TestComparePagesManyUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, notStarted())
	w.configureNew()
	posts := w.slot(w.guild, w.channel, w.clock.Now(), 1, nil)
	if err := w.bot.Deliver(w.ctx, w.guild); err == nil { // not connected: the writer does not run, sending does
		posts[0], _, _ = w.catalog.Post(t.Context(), posts[0].ID)
	}
	for i := range 250 {
		m := w.discord.AddMember(w.guild, fakediscord.Member{Name: fmt.Sprint("m", i)})
		w.discord.React(m, w.channel, posts[0].MessageID, "👍")
		for range 3 {
			w.discord.Say(m, w.channel, "chatter between the posts")
		}
	}
	w.run()
	w.until("all are found", func() bool { return len(w.stored(posts[0])) == 250 })
}

func TestDeletedPostIsRetired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.deliver(2)
	w.discord.DeleteMessage(w.channel, posts[0].MessageID)
	if err := w.bot.comparison.guild(w.ctx, w.settings(), func(catalog.Shown) bool { return false }); err != nil {
		t.Fatal(err)
	}
	for i, want := range []catalog.State{catalog.StateRetired, catalog.StateSent} {
		if p, _, _ := w.catalog.Post(t.Context(), posts[i].ID); p.State != want {
			t.Errorf("post %d is %q, want %q", i, p.State, want)
		}
	}
}

// TestReactionBeforeTheMark has a member react before the bot has written down
// which message the post became.
func TestReactionBeforeTheMark(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.slot(w.guild, w.channel, w.clock.Now(), 1, nil)
	d := delivery{outbox: w.bot.outbox, guild: w.settings(), pages: map[string][]discord.Sent{}}
	rows, err := w.catalog.Pending(t.Context(), w.guild)
	if err != nil {
		t.Fatal(err)
	}
	pick := rows[slices.IndexFunc(rows, func(r catalog.Outbox) bool { return r.Kind == catalog.OutboxPick })]
	m, err := d.render(t.Context(), pick)
	if err != nil {
		t.Fatal(err)
	}
	messageID, err := w.bot.client.Send(w.ctx, w.channel, m)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.discord.React(w.ana, w.channel, messageID, "👍"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.clock.add(time.Second)
	if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := w.vote(posts[0].ID, w.ana); got != 1 {
		t.Errorf("the quick member's vote is %d", got)
	}
}
