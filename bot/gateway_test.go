package bot

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
)

// reacts proves that events arrive and become votes.
func (w *world) reacts(t *testing.T) {
	t.Helper()
	posts, err := w.catalog.Posts(t.Context(), w.guild, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(posts) == 0 {
		posts = w.deliver(1)
	}
	post := posts[len(posts)-1]
	want := 1
	if w.vote(post.ID, w.cy) == 1 {
		want = 0
		err = w.discord.Unreact(w.cy, w.channel, post.MessageID, "👍")
	} else {
		err = w.discord.React(w.cy, w.channel, post.MessageID, "👍")
	}
	if err != nil {
		t.Fatal(err)
	}
	w.until("the reaction is a vote", func() bool { return w.vote(post.ID, w.cy) == want })
}

func TestGatewayComesBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		breaks    func(*fakediscord.Server)
		reidentic bool // a new session has to be started
	}{
		{"connection cut", (*fakediscord.Server).CutGateway, false},
		{"asked to reconnect", (*fakediscord.Server).RequestReconnect, false},
		{"closed 4000", func(s *fakediscord.Server) { s.CloseGateway(4000) }, false},
		{"closed 1000", func(s *fakediscord.Server) { s.CloseGateway(1000) }, true},
		{"closed 1001", func(s *fakediscord.Server) { s.CloseGateway(1001) }, true},
		{"closed 4009", func(s *fakediscord.Server) { s.CloseGateway(4009) }, true},
		{"invalid session, resumable", func(s *fakediscord.Server) { s.InvalidateSessions(true) }, false},
		{"invalid session", func(s *fakediscord.Server) { s.InvalidateSessions(false) }, true},
		{"a message of 17 MB", func(s *fakediscord.Server) { s.Garble(`{"op":0,"t":"X","d":"` + strings.Repeat("x", 17<<20) + `"}`) }, true},
		{"resume refused", func(s *fakediscord.Server) {
			s.BreakGateway(fakediscord.GatewayFaults{RefuseResume: true})
			s.CutGateway()
		}, true},
		{"op 7 while opening", func(s *fakediscord.Server) {
			s.BreakGateway(fakediscord.GatewayFaults{ReconnectInOpen: true, RefuseResume: true})
			s.CutGateway()
		}, true},
		{"cut in the middle of READY", func(s *fakediscord.Server) {
			s.BreakGateway(fakediscord.GatewayFaults{CutInOpen: true, RefuseResume: true})
			s.CutGateway()
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withBot(func(o *Options) { o.Sleep = hurried }))
			w.reacts(t)
			_, identifies, resumes := w.discord.GatewayCounts()
			test.breaks(w.discord)
			w.until("it is back", func() bool {
				_, i, r := w.discord.GatewayCounts()
				return w.discord.Connected() > 0 && w.bot.Connected() && (i > identifies || r > resumes)
			})
			w.reacts(t)
			connections, i, r := w.discord.GatewayCounts()
			if fresh := i > identifies; fresh != test.reidentic {
				t.Errorf("identified again: %v, want %v (resumes %d)", fresh, test.reidentic, r)
			}
			if connections > 5 {
				t.Errorf("%d connections for one fault", connections)
			}
		})
	}
}

// hurried is Sleep for tests: it waits much less than a well-behaved bot must.
func hurried(ctx context.Context, d time.Duration) error {
	return discord.Sleep(ctx, min(d, 50*time.Millisecond))
}

func TestGatewayEndsWhenItIsFatal(t *testing.T) {
	t.Parallel()
	for _, code := range []int{4004, 4010, 4011, 4012, 4013, 4014} {
		for _, running := range []bool{false, true} {
			w := newWorld(t, notStarted(), withBot(func(o *Options) { o.Sleep = hurried }))
			if running {
				w.run()
				w.discord.CloseGateway(code)
			} else {
				w.discord.BreakGateway(fakediscord.GatewayFaults{CloseOnIdentify: code})
			}
			var err error
			if running {
				select {
				case <-w.ended:
				case <-w.ctx.Done():
					t.Fatal("Run does not end by itself")
				}
				err = w.stop()
			} else {
				err = w.bot.Run(w.ctx)
			}
			fatal, ok := errors.AsType[*discord.FatalError](err)
			if !ok || fatal.Code != code {
				t.Errorf("running %v, code %d: Run returned %v", running, code, err)
			}
			if connections, _, _ := w.discord.GatewayCounts(); connections != 1 {
				t.Errorf("running %v, code %d: %d connections, want one", running, code, connections)
			}
		}
	}
}

func TestGatewayRefusedToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, notStarted(), withBot(func(o *Options) { o.Token = "not-the-token"; o.Sleep = hurried }))
	if err := w.bot.Run(w.ctx); !errors.As(err, new(*discord.FatalError)) {
		t.Errorf("Run with a wrong token: %v", err)
	}
	if connections, _, _ := w.discord.GatewayCounts(); connections != 0 {
		t.Errorf("%d connections were made with a wrong token: Discord asks for it before it says where", connections)
	}
}

func TestGatewaySilentHello(t *testing.T) {
	t.Parallel()
	w := newWorld(t, notStarted(), withBot(func(o *Options) { o.Sleep = hurried }))
	w.discord.BreakGateway(fakediscord.GatewayFaults{SilentHello: true})
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- w.bot.Run(ctx) }()
	w.until("it has connected", func() bool { c, _, _ := w.discord.GatewayCounts(); return c == 1 })
	started := time.Now()
	cancel() // a hung Open must not keep the process
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

func TestGatewayZombie(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withDiscord(func(o *fakediscord.Options) { o.Heartbeat = 100 * time.Millisecond }), withBot(func(o *Options) { o.Sleep = hurried }))
	_, _, resumes := w.discord.GatewayCounts()
	w.discord.BreakGateway(fakediscord.GatewayFaults{MuteAcks: true})
	w.until("the dead connection is noticed", func() bool { return strings.Contains(w.log.String(), "no longer acknowledges heartbeats") })
	w.discord.BreakGateway(fakediscord.GatewayFaults{})
	w.until("it has resumed", func() bool { _, _, r := w.discord.GatewayCounts(); return r > resumes && w.bot.Connected() })
	w.reacts(t)
}

func TestGatewayDuplicatesAndDisorder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.deliver(1)
	for _, member := range []string{w.ana, w.ben, w.cy} {
		if err := w.discord.React(member, w.channel, posts[0].MessageID, "👍"); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	w.discord.Replay(20)
	w.settle()
	for _, member := range []string{w.ana, w.ben, w.cy} {
		if got := w.vote(posts[0].ID, member); got != 1 {
			t.Errorf("vote of %s after a replay: %d", member, got)
		}
	}
	call := w.do(fakediscord.Interaction{Command: "help"})
	w.discord.Replay(20)
	w.settle()
	if n := len(call.History()); n != 1 {
		t.Errorf("an interaction that came twice was answered %d times", n)
	}
}

// TestGatewayResumesWhereItIsTold: READY names the address to resume at.
func TestGatewayResumesWhereItIsTold(t *testing.T) {
	t.Parallel()
	for _, refuses := range []bool{false, true} {
		w := newWorld(t, notStarted(), withBot(func(o *Options) { o.Sleep = hurried }))
		w.discord.BreakGateway(fakediscord.GatewayFaults{ResumeElsewhere: true, RefuseElsewhere: refuses})
		w.run()
		for n := 1; n <= 3; n++ {
			_, _, before := w.discord.GatewayCounts()
			w.discord.CutGateway()
			w.until("it has resumed", func() bool { _, _, r := w.discord.GatewayCounts(); return r > before && w.bot.Connected() })
			want := n
			if refuses {
				want = 0
			}
			if got := w.discord.ResumedElsewhere(); got != want {
				t.Errorf("refuses %v: resumed %d times where READY said, want %d", refuses, got, want)
			}
		}
		if _, identifies, _ := w.discord.GatewayCounts(); identifies != 1 {
			t.Errorf("refuses %v: %d identifies", refuses, identifies)
		}
	}
}

// TestGatewayGarbage sends nonsense. The connection goes on, or comes back.
func TestGatewayGarbage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withBot(func(o *Options) { o.Sleep = hurried }))
	w.reacts(t)
	for _, text := range []string{
		`null`, ``, ` `, `[]`, `"op"`, `7`, `{`, `{}`, `{"op":null}`, `{"op":"7"}`, `{"op":0,"t":7}`, `{"op":99,"d":{}}`, "\xff\xfe",
		`{"op":0,"t":"GUILD_CREATE","s":1000,"d":null}`,
		`{"op":0,"t":"GUILD_CREATE","s":1000,"d":{"id":"1","channels":[null]}}`,
		`{"op":0,"t":"GUILD_CREATE","s":1000,"d":{"id":"1","Members":[null]}}`,
		`{"op":0,"t":"GUILD_UPDATE","s":1000,"d":{"voice_states":[null]}}`,
		`{"op":0,"t":"READY","d":{"guilds":[null]}}`,
		`{"op":0,"t":"MESSAGE_REACTION_ADD","d":null}`,
		`{"op":0,"t":"INTERACTION_CREATE","d":{"type":5,"data":{"components":[null]}}}`,
	} {
		w.discord.Garble(text)
	}
	w.reacts(t)
	if !strings.Contains(w.log.String(), "cannot be understood") {
		t.Error("the log does not tell of it")
	}
	connections, _, _ := w.discord.GatewayCounts()
	if connections > 2 {
		t.Errorf("%d connections", connections)
	}
	for _, hello := range []string{
		`{"op":10,"d":{"heartbeat_interval":0}}`, `{"op":10,"d":{"heartbeat_interval":-5}}`, `{"op":10,"d":null}`, `{"op":10}`,
		`{"op":10,"d":{"heartbeat_interval":9000000000000}}`, `{"op":10,"d":{"heartbeat_interval":41250,"Heartbeat_Interval":0}}`, `null`,
	} {
		before, _, _ := w.discord.GatewayCounts()
		w.discord.BreakGateway(fakediscord.GatewayFaults{Hello: hello})
		w.discord.CutGateway()
		w.until("it has tried "+hello, func() bool { c, _, _ := w.discord.GatewayCounts(); return c > before+1 })
	}
	w.discord.BreakGateway(fakediscord.GatewayFaults{})
	w.until("it is connected again", func() bool { return w.discord.Connected() > 0 && w.bot.Connected() })
	w.reacts(t)
}
