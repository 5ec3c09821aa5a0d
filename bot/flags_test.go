package bot

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

// away lets the bot be off while act happens, and compares afterwards as it does
// after a connection.
func (w *world) away(act func()) {
	w.t.Helper()
	w.settle()
	w.discord.BreakGateway(fakediscord.GatewayFaults{SilentHello: true})
	w.discord.CloseGateway(1001)
	w.until("it is away", func() bool { return w.discord.Connected() == 0 })
	w.clock.add(time.Minute)
	act()
	w.discord.BreakGateway(fakediscord.GatewayFaults{})
	w.bot.comparison.all(w.ctx, 1000*time.Hour)
	w.until("it is back", func() bool { return w.discord.Connected() > 0 })
	w.settle()
}

// TestChangeOfMindWhileAway: of two flags the one that was not there when the votes
// were compared last is the newer.
func TestChangeOfMindWhileAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.deliver(1)[0]
	react := func(member, emoji string) {
		if err := w.discord.React(member, w.channel, p.MessageID, emoji); err != nil {
			t.Error(err)
		}
	}
	react(w.ana, "👎")
	w.settle()
	w.bot.comparison.all(w.ctx, 0)
	w.away(func() {
		react(w.ana, "👍") // the 👎 stays
		react(w.ben, "👍") // both are new: nobody knows
		react(w.ben, "👎")
	})
	if got := w.vote(p.ID, w.ana); got != 1 {
		t.Errorf("a 👍 beside the 👎 of before counts %+d", got)
	}
	if got := w.vote(p.ID, w.ben); got != 0 {
		t.Errorf("two that came at once count %+d", got)
	}
	// A 👎 that came after the last comparison may be later than the 👍 that is found.
	w.clock.add(time.Minute)
	react(w.cy, "👎")
	w.settle()
	w.away(func() { react(w.cy, "👍") })
	if got := w.vote(p.ID, w.cy); got != -1 {
		t.Errorf("a 👍 of which nobody knows the order counts %+d", got)
	}
}

// TestThumbsOfEveryForm: colours of skin, the drawn form and super reactions are
// votes, and one that is taken back leaves the others.
func TestThumbsOfEveryForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.deliver(1)[0]
	check := func(what string, want int) {
		t.Helper()
		w.settle()
		if got := w.vote(p.ID, w.ana); got != want {
			t.Errorf("%s: %+d, want %+d", what, got, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, emoji := range []string{"👍🏽", "👍🏿", "👍\ufe0f", "👍"} {
		must(w.discord.React(w.ana, w.channel, p.MessageID, emoji))
		check(emoji, 1)
		must(w.discord.Unreact(w.ana, w.channel, p.MessageID, emoji))
		check(emoji+" taken back", 0)
		w.away(func() { must(w.discord.React(w.ana, w.channel, p.MessageID, emoji)) })
		check(emoji+" found", 1)
		w.away(func() { must(w.discord.Unreact(w.ana, w.channel, p.MessageID, emoji)) })
		check(emoji+" gone", 0)
	}
	must(w.discord.React(w.ana, w.channel, p.MessageID, "👎"))
	must(w.discord.React(w.ana, w.channel, p.MessageID, "👎🏽"))
	must(w.discord.ReactBurst(w.ana, w.channel, p.MessageID, "👎"))
	check("three of one", -1)
	must(w.discord.UnreactBurst(w.ana, w.channel, p.MessageID, "👎"))
	check("without the super reaction", -1)
	must(w.discord.Unreact(w.ana, w.channel, p.MessageID, "👎🏽"))
	check("the plain one alone", -1)
	must(w.discord.Unreact(w.ana, w.channel, p.MessageID, "👎"))
	check("none", 0)
}

// TestPlainThumbTakenBackLeavesOthers: a super reaction or one of a colour of skin
// goes on being a vote when the plain one of the same member ends.
func TestPlainThumbTakenBackLeavesOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.deliver(1)[0]
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.discord.React(w.ana, w.channel, p.MessageID, "👍"))
	must(w.discord.React(w.ana, w.channel, p.MessageID, "👍🏽"))
	must(w.discord.React(w.ben, w.channel, p.MessageID, "👎"))
	must(w.discord.ReactBurst(w.ben, w.channel, p.MessageID, "👎🏿"))
	must(w.discord.React(w.cy, w.channel, p.MessageID, "👍"))
	w.settle()
	for _, member := range []string{w.ana, w.cy} {
		must(w.discord.Unreact(member, w.channel, p.MessageID, "👍"))
	}
	must(w.discord.Unreact(w.ben, w.channel, p.MessageID, "👎"))
	w.settle()
	for member, want := range map[string]int{w.ana: 1, w.ben: -1, w.cy: 0} {
		if got := w.vote(p.ID, member); got != want {
			t.Errorf("the vote of %s is %+d, want %+d", member, got, want)
		}
	}
}

// TestOtherFormTakenBackKeepsTheOrder: who changed from 👍 to 👎, and takes back
// only a second form of the 👎, still means the 👎.
func TestOtherFormTakenBackKeepsTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.deliver(1)[0]
	w.clock.add(time.Minute) // what comes now is later than the comparison at the start
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check := func(when string) {
		t.Helper()
		w.settle()
		for _, member := range []string{w.ana, w.ben} {
			if got := w.vote(p.ID, member); got != -1 {
				t.Errorf("%s the vote of %s is %+d", when, member, got)
			}
		}
	}
	for _, member := range []string{w.ana, w.ben} {
		must(w.discord.React(member, w.channel, p.MessageID, "👍"))
		must(w.discord.React(member, w.channel, p.MessageID, "👎"))
	}
	must(w.discord.ReactBurst(w.ana, w.channel, p.MessageID, "👎"))
	must(w.discord.React(w.ben, w.channel, p.MessageID, "👎🏽"))
	check("with both forms")
	must(w.discord.UnreactBurst(w.ana, w.channel, p.MessageID, "👎"))
	must(w.discord.Unreact(w.ben, w.channel, p.MessageID, "👎🏽"))
	check("with the plain one")
}

// TestTogglingCostsFewCalls: a post waits once to be looked at, however often a
// member takes a reaction back while another look goes on, and one that shows
// only plain reactions is not listed user by user.
func TestTogglingCostsFewCalls(t *testing.T) {
	t.Parallel()
	for _, emoji := range []string{"👍", "👍🏽"} {
		w := newWorld(t)
		p := w.deliver(1)[0]
		w.settle()
		// The first look stands still here while all the others are asked for.
		lock := w.bot.comparison.locks.of(p.GuildID)
		lock.Lock()
		w.discord.ForgetRequests()
		const times = 50
		for range times {
			if err := w.discord.React(w.ana, w.channel, p.MessageID, emoji); err != nil {
				t.Fatal(err)
			}
			if err := w.discord.Unreact(w.ana, w.channel, p.MessageID, emoji); err != nil {
				t.Fatal(err)
			}
		}
		// Another member's vote comes after all of these.
		if err := w.discord.React(w.ben, w.channel, p.MessageID, "👍"); err != nil {
			t.Fatal(err)
		}
		w.until("all events are taken", func() bool { return w.vote(p.ID, w.ben) == 1 })
		lock.Unlock()
		w.settle()
		looks, lists := 0, 0
		for _, r := range w.discord.Requests() {
			switch {
			case strings.HasSuffix(r.Path, "/messages/"+p.MessageID):
				looks++
			case strings.Contains(r.Path, p.MessageID+"/reactions/"):
				lists++
			}
		}
		if looks == 0 || looks > 2 {
			t.Errorf("%s taken back %d times: %d looks, want one or two", emoji, times, looks)
		}
		if emoji == "👍" && lists > 0 {
			t.Errorf("%d lists of users, though all reactions were plain", lists)
		}
		if got := w.vote(p.ID, w.ana); got != 0 {
			t.Errorf("%s taken back counts %+d", emoji, got)
		}
	}
}

// TestUnreadablePostIsPassedOver: the older posts of its channel are compared.
func TestUnreadablePostIsPassedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.deliver(3)
	w.away(func() {
		w.discord.DeleteMessage(w.channel, posts[1].MessageID)
		w.discord.Break(func(r *http.Request) *fakediscord.Fault {
			switch {
			case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/messages/"+posts[1].MessageID):
				return &fakediscord.Fault{Status: 404, Code: 10014}
			case r.Method == http.MethodGet && strings.Contains(r.URL.Path, posts[2].MessageID+"/reactions"):
				return &fakediscord.Fault{Status: 400, Code: 10014}
			}
			return nil
		})
		for _, i := range []int{0, 2} {
			if err := w.discord.React(w.ana, w.channel, posts[i].MessageID, "👍"); err != nil {
				t.Error(err)
			}
		}
	})
	if got := w.vote(posts[0].ID, w.ana); got != 1 {
		t.Errorf("the oldest post was not compared: %+d", got)
	}
	if p, _, err := w.catalog.Post(t.Context(), posts[1].ID); err != nil || p.State != catalog.StateSent {
		t.Errorf("the post that could not be read is %q (%v)", p.State, err)
	}
}

// TestLogCountsWhatWasTaken: the reactions of a forgotten member stand on Discord,
// and are no change, however often they are found.
func TestLogCountsWhatWasTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.deliver(1)[0]
	if err := w.discord.React(w.ana, w.channel, p.MessageID, "👍"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if _, err := w.catalog.ForgetMember(t.Context(), "", w.ana); err != nil {
		t.Fatal(err)
	}
	before := strings.Count(w.log.String(), "votes followed Discord's reactions")
	for range 3 {
		w.bot.comparison.all(w.ctx, 1000*time.Hour)
	}
	if n := strings.Count(w.log.String(), "votes followed Discord's reactions"); n != before {
		t.Errorf("the log says %d times that votes followed", n-before)
	}
}
