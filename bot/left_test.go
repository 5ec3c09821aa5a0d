package bot

import (
	"net/http"
	"strings"
	"testing"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

// restart ends the bot, lets things happen while it is off, and starts it again.
func (w *world) restart(meanwhile func()) {
	w.t.Helper()
	if err := w.stop(); err != nil {
		w.t.Fatal(err)
	}
	meanwhile()
	w.newBot(nil)
	w.run()
}

// TestRemovedWhileOff: a guild that removes the bot while it is off is marked as
// left, whatever waits for it, and goes on as before once it invites the bot again.
func TestRemovedWhileOff(t *testing.T) {
	t.Parallel()
	idle := newWorld(t) // nothing waits for it, so nothing is refused
	idle.restart(func() { idle.discord.RemoveGuild(idle.guild) })
	if idle.settings().LeftAt.IsZero() {
		t.Error("a guild to which nothing is sent is not marked as left")
	}
	w := newWorld(t)
	w.restart(func() {
		w.slot(w.guild, w.channel, w.clock.Now(), 2, nil) // a message waits, and will be refused
		w.discord.RemoveGuild(w.guild)
	})
	if g := w.settings(); g.LeftAt.IsZero() || g.Paused {
		t.Fatalf("after the restart: left %v, paused %v (%s)\n%s", g.LeftAt, g.Paused, g.PauseReason, w.log)
	}
	w.discord.AddGuild(fakediscord.Guild{ID: w.guild, Name: "Vinyl Club"})
	w.settle()
	if g := w.settings(); !g.LeftAt.IsZero() || g.Paused || g.ChannelID != w.channel {
		t.Errorf("after the new invitation: %+v", g)
	}
	if got := len(w.discord.Messages(w.channel)); got != 3 {
		t.Errorf("%d messages after the new invitation, want the heading and two picks", got)
	}
}

// TestRemovedByAGuildThatIsNotAllowed: its data must end some time after, too.
func TestRemovedByAGuildThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.discord.RemoveGuild(w.guild)
	w.newBot(func(o *Options) { o.Guilds = []string{"1"} })
	w.run()
	if w.settings().LeftAt.IsZero() {
		t.Error("the guild is not marked as left")
	}
}

// TestOutageIsNoDeparture: a guild that READY does not list, and of which Discord
// does not say that the bot is out of it, stays as it was.
func TestOutageIsNoDeparture(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakediscord.Fault{
		"500":              {Status: 500},
		"503 of a machine": {Status: 503, Body: "<html>unavailable</html>"},
		"403 of a machine": {Status: 403, Body: "<html>error 1020</html>"},
		"cut":              {Cut: true},
		"another code":     {Status: 403, Code: 40001},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withBot(func(o *Options) { o.Sleep = hurried }))
			if err := w.stop(); err != nil {
				t.Fatal(err)
			}
			w.slot(w.guild, w.channel, w.clock.Now(), 2, nil)
			w.discord.RemoveGuild(w.guild)
			w.discord.Break(func(r *http.Request) *fakediscord.Fault {
				if strings.HasSuffix(r.URL.Path, "/guilds/"+w.guild) {
					return &fault
				}
				return nil
			})
			w.newBot(func(o *Options) { o.Sleep = hurried })
			w.run()
			if g := w.settings(); !g.LeftAt.IsZero() || g.Paused {
				t.Errorf("left %v, paused %v (%s)", g.LeftAt, g.Paused, g.PauseReason)
			}
			if rows, err := w.catalog.Pending(t.Context(), w.guild); err != nil || len(rows) != 3 {
				t.Errorf("%d messages wait (%v), want all 3", len(rows), err)
			}
		})
	}
}

// TestUnavailableGuildIsNotLeft: in an outage Discord says that a guild is
// unavailable.
func TestUnavailableGuildIsNotLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.discord.LoseGuild(w.guild)
	w.settle()
	if g := w.settings(); !g.LeftAt.IsZero() || g.Paused {
		t.Errorf("an outage changed the guild: %+v", g)
	}
}

// TestRemovedWhilePosting: the channel is refused before the bot hears that it was
// removed. That is no lost channel.
func TestRemovedWhilePosting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.slot(w.guild, w.channel, w.clock.Now(), 2, nil)
	w.discord.Break(func(r *http.Request) *fakediscord.Fault {
		switch {
		case isPost(r):
			return &fakediscord.Fault{Status: 403, Code: 50001}
		case strings.HasSuffix(r.URL.Path, "/guilds/"+w.guild):
			return &fakediscord.Fault{Status: 404, Code: 10004}
		}
		return nil
	})
	if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
		t.Error(err)
	}
	if g := w.settings(); g.LeftAt.IsZero() || g.Paused {
		t.Errorf("left %v, paused %v (%s)", g.LeftAt, g.Paused, g.PauseReason)
	}
}

// TestReturnResumes: a new invitation ends the bot's own pause, and no person's.
func TestReturnResumes(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]string{"the bot's own": "I can no longer post.", "a person's": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.configure(func(g *catalog.Guild) { g.Paused, g.PauseReason = true, reason })
			w.restart(func() { w.discord.RemoveGuild(w.guild) })
			w.discord.AddGuild(fakediscord.Guild{ID: w.guild, Name: "Vinyl Club"})
			w.settle()
			g := w.settings()
			if !g.LeftAt.IsZero() || g.Paused != (reason == "") {
				t.Errorf("left %v, paused %v", g.LeftAt, g.Paused)
			}
		})
	}
}
