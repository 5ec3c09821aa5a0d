package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

func isPost(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/messages")
}

// nthPost breaks the n-th message that is posted.
func nthPost(n int, fault fakediscord.Fault) func(*http.Request) *fakediscord.Fault {
	var posts atomic.Int64
	return func(r *http.Request) *fakediscord.Fault {
		if isPost(r) && posts.Add(1) == int64(n) {
			return &fault
		}
		return nil
	}
}

// eachPickOnce fails unless the channel has exactly one heading and one
// message of each post, with both reactions.
func (w *world) eachPickOnce(t *testing.T, posts []catalog.Post) {
	t.Helper()
	count := map[string]int{}
	for _, m := range w.discord.Messages(w.channel) {
		for _, p := range posts {
			if strings.Contains(string(m.Components), p.ID) {
				count[p.ID]++
				if len(m.Reactions) != 2 {
					t.Errorf("post %s has %d reactions", p.ID, len(m.Reactions))
				}
			}
		}
	}
	for _, p := range posts {
		if count[p.ID] != 1 {
			t.Errorf("post %s is there %d times", p.ID, count[p.ID])
		}
	}
	if n := len(w.discord.Messages(w.channel)); n != len(posts)+1 {
		t.Errorf("%d messages for %d picks and a heading", n, len(posts))
	}
}

// TestDeliverOnceWhateverBreaks breaks the n-th REST call of a delivery, in
// every way, for every n: the next deliveries must leave each message there
// exactly once.
func TestDeliverOnceWhateverBreaks(t *testing.T) {
	t.Parallel()
	faults := map[string]fakediscord.Fault{
		"no answer":            {Cut: true},
		"done, but no answer":  {Cut: true, After: true},
		"500":                  {Status: 500},
		"502":                  {Status: 502, Body: "<html>bad gateway</html>"},
		"503":                  {Status: 503},
		"504":                  {Status: 504},
		"429 user":             {Status: 429, Body: `{"message":"slow","retry_after":0.02,"global":false}`, Header: map[string]string{"Retry-After": "1", "X-RateLimit-Scope": "user"}},
		"429 global":           {Status: 429, Body: `{"message":"slow","retry_after":0.02,"global":true}`, Header: map[string]string{"X-RateLimit-Global": "true"}},
		"429 shared":           {Status: 429, Body: `{"message":"slow","retry_after":0.02,"global":false}`, Header: map[string]string{"X-RateLimit-Scope": "shared"}},
		"429 of a machine":     {Status: 429, Body: "<html>error 1015</html>", Header: map[string]string{"Retry-After": "0"}},
		"403 of a machine":     {Status: 403, Body: "<html>error 1020</html>"},
		"answer without an id": {Status: 500, Body: "{}"},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withBot(func(o *Options) { o.Sleep = hurried }))
			for n := int64(1); n <= 6; n++ {
				w.clock.add(24 * time.Hour)
				for _, m := range w.discord.Messages(w.channel) {
					w.discord.DeleteMessage(w.channel, m.ID)
				}
				posts := w.slot(w.guild, w.channel, w.clock.Now(), 2, nil)
				var calls atomic.Int64
				w.discord.Break(func(*http.Request) *fakediscord.Fault {
					if calls.Add(1) == n {
						f := fault
						return &f
					}
					return nil
				})
				for range 5 {
					if err := w.bot.Deliver(w.ctx, w.guild); err == nil {
						break
					}
				}
				w.discord.Break(nil)
				w.eachPickOnce(t, posts)
				if rows, _ := w.catalog.Pending(t.Context(), w.guild); len(rows) > 0 {
					t.Errorf("call %d: %d rows left", n, len(rows))
				}
			}
		})
	}
}

// TestCrashDeliver ends the bot at every REST call, before and after its work,
// and starts another on the same catalogue, when Discord has forgotten the
// nonces.
func TestCrashDeliver(t *testing.T) {
	t.Parallel()
	for n := int64(1); n <= 7; n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("call %d after %v", n, after), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, notStarted())
				w.configureNew()
				posts := w.slot(w.guild, w.channel, w.clock.Now(), 2, nil)
				ctx, crash := context.WithCancel(w.ctx)
				defer crash()
				var calls atomic.Int64
				w.discord.Break(func(*http.Request) *fakediscord.Fault {
					if calls.Add(1) != n {
						return nil
					}
					f := &fakediscord.Fault{Cut: true, After: after}
					if !after {
						f.Before = crash
					} else {
						f.Done = crash
					}
					return f
				})
				w.bot.outbox.sleep = func(context.Context, time.Duration) error { crash(); return context.Canceled }
				if err := w.bot.Deliver(ctx, w.guild); err == nil {
					t.Fatalf("the crash at call %d was not noticed", n)
				}
				w.discord.Break(nil)
				w.discord.ForgetNonces()
				w.clock.add(time.Hour)
				w.newBot(nil)
				w.run()
				w.until("everything is sent", func() bool { rows, err := w.catalog.Pending(w.ctx, w.guild); return err == nil && len(rows) == 0 })
				w.settle()
				w.eachPickOnce(t, posts)
			})
		}
	}
}

// configureNew writes the guild down as the running bot would have.
func (w *world) configureNew() {
	w.t.Helper()
	err := w.catalog.SaveGuild(w.ctx, catalog.Guild{ID: w.guild, Name: "Vinyl Club", ChannelID: w.channel, Votes: votesReactions, Zone: "UTC", Picks: 5})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestDeliverPausesWhenTheChannelIsLost(t *testing.T) {
	t.Parallel()
	tests := map[string]func(w *world){
		"channel deleted":     func(w *world) { w.discord.DeleteChannel(w.channel) },
		"access taken":        func(w *world) { w.discord.Deny(w.channel, fakediscord.PermViewChannel) },
		"sending not allowed": func(w *world) { w.discord.Deny(w.channel, fakediscord.PermSendMessages) },
	}
	for name, breaks := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			breaks(w)
			w.settle()
			w.slot(w.guild, w.channel, w.clock.Now(), 2, nil)
			w.discord.ForgetRequests()
			for range 3 {
				if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
					t.Errorf("Deliver: %v", err)
				}
			}
			w.settle()
			g := w.settings()
			if !g.Paused || g.PauseReason == "" {
				t.Errorf("the guild is not paused: %+v", g)
			}
			posts, told := 0, 0
			for _, r := range w.discord.Requests() {
				if r.Method == "POST" && strings.HasSuffix(r.Path, w.channel+"/messages") {
					posts++
				}
				if r.Method == "POST" && strings.HasSuffix(r.Path, "/users/@me/channels") {
					told++
				}
			}
			if posts > 1 {
				t.Errorf("%d tries to post into a lost channel", posts)
			}
			if told > 1 {
				t.Errorf("the administrators were told %d times", told)
			}
		})
	}
}

// TestDeliverPastAnEarlierChannel: what waits for a channel that is gone does not
// hold up what is for the one that was chosen since.
func TestDeliverPastAnEarlierChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.slot(w.guild, w.channel, w.clock.Now(), 2, nil)
	chosen := w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "chosen"})
	w.configure(func(g *catalog.Guild) { g.ChannelID = chosen })
	w.discord.DeleteChannel(w.channel)
	w.settle()
	w.clock.add(time.Minute)
	w.slot(w.guild, chosen, w.clock.Now(), 2, nil)
	if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
		t.Error(err)
	}
	if got := len(w.discord.Messages(chosen)); got != 3 || w.settings().Paused {
		t.Errorf("%d messages in the chosen channel, paused %v", got, w.settings().Paused)
	}
}

// TestDeliverHoldsWhatWasBlocked: of picks that are prepared, those that somebody has
// blocked since are not sent, and are candidates again; one that was perhaps sent
// before is looked for first.
func TestDeliverHoldsWhatWasBlocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stages.blocked = videoIDs(2)[1]
	posts := w.slot(w.guild, w.channel, w.clock.Now(), 3, nil)
	if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
		t.Fatal(err)
	}
	if got := len(w.discord.Messages(w.channel)); got != 3 {
		t.Errorf("%d messages, want the heading and two picks", got)
	}
	for i, p := range posts {
		p, _, err := w.catalog.Post(t.Context(), p.ID)
		if held := i == 1; err != nil || (p.State == catalog.StateFailed) != held || p.Used() == held || (p.MessageID == "") != held {
			t.Errorf("pick %d: %+v, %v", i, p, err)
		}
	}
	if rows, err := w.catalog.Pending(t.Context(), w.guild); err != nil || len(rows) > 0 {
		t.Errorf("%d rows wait, %v", len(rows), err)
	}

	w = newWorld(t, withBot(func(o *Options) { o.Sleep = hurried }))
	posts = w.slot(w.guild, w.channel, w.clock.Now(), 1, nil)
	var sent atomic.Int64
	w.discord.Break(func(r *http.Request) *fakediscord.Fault {
		if isPost(r) && sent.Add(1) == 2 { // the pick, whose answer is lost
			w.stages.blocked = posts[0].VideoID
			return &fakediscord.Fault{Cut: true, After: true}
		}
		return nil
	})
	for range 5 {
		if err := w.bot.Deliver(w.ctx, w.guild); err == nil {
			break
		}
	}
	if p, _, err := w.catalog.Post(t.Context(), posts[0].ID); err != nil || p.State != catalog.StateSent || p.MessageID == "" {
		t.Errorf("a pick that was sent before it was blocked: %+v, %v", p, err)
	}
}

func TestDeliverSmallRefusals(t *testing.T) {
	t.Parallel()
	// Refused reactions do not stop the post or pause the guild.
	for _, code := range []int{90001, 30010} {
		w := newWorld(t)
		w.discord.Break(func(r *http.Request) *fakediscord.Fault {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/reactions/") {
				return &fakediscord.Fault{Status: 400, Code: code}
			}
			return nil
		})
		w.deliver(2)
		if w.settings().Paused {
			t.Errorf("%d paused the guild", code)
		}
		if rows, _ := w.catalog.Pending(t.Context(), w.guild); len(rows) != 0 {
			t.Errorf("%d left %d rows", code, len(rows))
		}
	}
	// A message that was deleted before its reactions came is retired.
	w := newWorld(t)
	w.discord.Break(func(r *http.Request) *fakediscord.Fault {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/reactions/") {
			return &fakediscord.Fault{Status: 404, Code: 10008}
		}
		return nil
	})
	posts := w.deliver(1)
	if posts[0].State != catalog.StateRetired {
		t.Errorf("the post of a deleted message is %q", posts[0].State)
	}
	// AutoMod refuses one message; the others go.
	w = newWorld(t)
	var n atomic.Int64
	w.discord.Break(func(r *http.Request) *fakediscord.Fault {
		if isPost(r) && n.Add(1) == 2 {
			return &fakediscord.Fault{Status: 400, Code: 200000}
		}
		return nil
	})
	w.slot(w.guild, w.channel, w.clock.Now(), 3, nil)
	if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
		t.Error(err)
	}
	if got := len(w.discord.Messages(w.channel)); got != 3 {
		t.Errorf("%d messages, want the heading and two picks", got)
	}
}

func TestTokenRefusedMidwayEndsTheBot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.discord.Break(func(r *http.Request) *fakediscord.Fault { return &fakediscord.Fault{Status: 401} })
	w.slot(w.guild, w.channel, w.clock.Now(), 1, nil)
	if err := w.bot.Deliver(w.ctx, w.guild); err == nil {
		t.Error("Deliver with a refused token returned nil")
	}
	select {
	case <-w.ended:
	case <-w.ctx.Done():
		t.Fatal("the bot goes on with a refused token")
	}
	if err := w.stop(); !errors.As(err, new(*discord.FatalError)) {
		t.Errorf("Run: %v", err)
	}
}

func TestDeliverKeepsRateLimits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for Discord's windows in real time")
	}
	w := newWorld(t, withDiscord(func(o *fakediscord.Options) { o.RateLimits = true }))
	w.deliver(3)
	for _, r := range w.discord.Requests() {
		if r.Status == http.StatusTooManyRequests {
			t.Errorf("%s %s was refused with 429: the headers before had told", r.Method, r.Path)
		}
	}
}

func TestSlowGuildDelaysNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.discord.AddGuild(fakediscord.Guild{Name: "Quick"})
	quick := w.discord.AddChannel(other, fakediscord.Channel{Name: "music"})
	w.settle()
	err := w.catalog.UpdateGuild(t.Context(), other, func(g *catalog.Guild) error { g.ChannelID = quick; return nil })
	if err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	w.discord.Break(func(r *http.Request) *fakediscord.Fault {
		if strings.Contains(r.URL.Path, w.channel) {
			return &fakediscord.Fault{Before: func() { <-release }}
		}
		return nil
	})
	w.slot(w.guild, w.channel, w.clock.Now(), 2, nil)
	w.slot(other, quick, w.clock.Now(), 2, nil)
	slow := make(chan error, 1)
	go func() { slow <- w.bot.Deliver(w.ctx, w.guild) }()
	if err := w.bot.Deliver(w.ctx, other); err != nil {
		t.Error(err)
	}
	if got := len(w.discord.Messages(quick)); got != 3 {
		t.Errorf("the quick guild has %d messages while the slow one waits", got)
	}
	close(release)
	if err := <-slow; err != nil {
		t.Error(err)
	}
}
