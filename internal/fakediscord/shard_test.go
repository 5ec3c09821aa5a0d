package fakediscord

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// clock is a clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// until waits for what the server and its clients bring about.
func until(t *testing.T, s *Server, what string, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Until(ctx, cond); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// guildID is the id of the nth guild: each is of another millisecond, so that they are
// spread over shards.
func guildID(n int) string { return strconv.Itoa((1000 + n) << 22) }

// TestShardsHaveTheirGuilds: each shard is told of its guilds and of what happens there,
// and of no other, also when it has been away.
func TestShardsHaveTheirGuilds(t *testing.T) {
	t.Parallel()
	const shards, guilds = 3, 30
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	type target struct{ guild, channel, message, member string }
	var targets []target
	for i := range guilds {
		g := s.AddGuild(Guild{ID: guildID(i), Name: "g"})
		c := s.AddChannel(g, Channel{Name: "c"})
		targets = append(targets, target{g, c, s.Put(Message{ChannelID: c, Content: "x"}), s.AddMember(g, Member{Name: "m"})})
	}
	var mu sync.Mutex
	listed, created, reacted := make([][]string, shards), make([][]string, shards), make([][]string, shards)
	for id := range shards {
		c := newClient(t, s)
		c.ShardID, c.ShardCount = id, shards
		note := func(to []([]string), guild string) { mu.Lock(); defer mu.Unlock(); to[id] = append(to[id], guild) }
		c.AddHandler(func(_ *discordgo.Session, e *discordgo.Ready) {
			if *e.Shard != [2]int{id, shards} {
				t.Errorf("READY of shard %d of %d says %v", id, shards, *e.Shard)
			}
			for _, g := range e.Guilds {
				note(listed, g.ID)
			}
		})
		c.AddHandler(func(_ *discordgo.Session, e *discordgo.GuildCreate) { note(created, e.ID) })
		c.AddHandler(func(_ *discordgo.Session, e *discordgo.MessageReactionAdd) { note(reacted, e.GuildID) })
		c.open(t)
	}
	settle(t, s)
	react := func(emoji string) {
		for _, to := range targets {
			if err := s.React(to.member, to.channel, to.message, emoji); err != nil {
				t.Fatal(err)
			}
		}
	}
	react("👍")
	settle(t, s)
	_, identifies, _ := s.GatewayCounts()
	s.CutGateway()
	react("👎")
	until(t, s, "all shards resume", func() bool { return s.Connected() == shards })
	settle(t, s)
	if _, again, resumes := s.GatewayCounts(); again != identifies || resumes != shards {
		t.Errorf("%d logins and %d resumes after the cut, want %d and %d", again, resumes, identifies, shards)
	}
	mu.Lock()
	defer mu.Unlock()
	for id := range shards {
		var want []string
		for i := range guilds {
			if (1000+i)%shards == id {
				want = append(want, guildID(i))
			}
		}
		if !slices.Equal(listed[id], want) || !slices.Equal(created[id], want) {
			t.Errorf("READY of shard %d lists %q, then come %q, want %q", id, listed[id], created[id], want)
		}
		if twice := append(slices.Clone(want), want...); !slices.Equal(reacted[id], twice) {
			t.Errorf("shard %d heard of reactions in %q, want those of %q", id, reacted[id], twice)
		}
	}
}

// TestTooFewShards: the numbers of a shard have to be right, and one session may not have
// more guilds than Discord allows.
func TestTooFewShards(t *testing.T) {
	t.Parallel()
	s, err := New(Options{MostGuilds: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for i := range 7 {
		s.AddGuild(Guild{ID: guildID(i), Name: "g"})
	}
	for _, tt := range []struct {
		shard *[2]int
		code  int // 0: it is taken
	}{
		{nil, 4011}, {&[2]int{0, 1}, 4011}, {&[2]int{1, 2}, 0}, {&[2]int{0, 2}, 4011}, {&[2]int{2, 3}, 0},
		{&[2]int{2, 2}, 4010}, {&[2]int{-1, 2}, 4010}, {&[2]int{0, 0}, 4010},
	} {
		c := newClient(t, s)
		c.Identify.Shard = tt.shard
		err := c.Open()
		if err == nil {
			t.Cleanup(func() { c.Close() })
		}
		if taken := tt.code == 0; taken != (err == nil) || !taken && !websocket.IsCloseError(err, tt.code) {
			t.Errorf("the shard %v is answered with %v, want %d", tt.shard, err, tt.code)
		}
	}
	if told, err := newClient(t, s).GatewayBot(); err != nil || told.Shards != 3 {
		t.Errorf("%+v shards are advised (%v), want 3", told, err)
	}
}

// TestLoginsAreCounted: of each bucket of shards one session may begin in five seconds, in
// a day as many as /gateway/bot says, and one more resets the token.
func TestLoginsAreCounted(t *testing.T) {
	t.Parallel()
	const logins = 6
	clock := newClock()
	s, err := New(Options{Now: clock.Now, Logins: logins, Concurrency: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	left := func() (remaining int, after time.Duration) {
		t.Helper()
		told, err := newClient(t, s).GatewayBot()
		if err != nil {
			t.Fatal(err)
		}
		limit := told.SessionStartLimit
		if limit.Total != logins || limit.MaxConcurrency != 2 {
			t.Errorf("the limit is %+v", limit)
		}
		return limit.Remaining, time.Duration(limit.ResetAfter) * time.Millisecond
	}
	if n, after := left(); n != logins || after != 0 {
		t.Errorf("%d logins are left until %v", n, after)
	}
	var stop []*websocket.Conn
	defer func() {
		for _, ws := range stop {
			ws.Close()
		}
	}()
	// login says what answers an IDENTIFY: an event, an opcode or a close code.
	login := func(shard string) string {
		t.Helper()
		ws, _, err := websocket.DefaultDialer.Dial(s.gatewayURL(), nil)
		if err != nil {
			t.Fatal(err)
		}
		stop = append(stop, ws)
		var p packet
		if err := ws.ReadJSON(&p); err != nil {
			t.Fatal(err)
		}
		if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"op":2,"d":{"token":"`+s.Token()+`","intents":1,"shard":`+shard+`}}`)); err != nil {
			t.Fatal(err)
		}
		if err := ws.ReadJSON(&p); err != nil {
			return strings.Trim(strings.Fields(err.Error())[2], ":") // websocket: close 4004: …
		}
		return strings.TrimSpace(fmt.Sprint(p.Op, " ", p.T))
	}
	for i, tt := range []struct {
		shard, want string
		after       time.Duration
	}{
		{"[0,4]", "0 READY", 0},
		{"[1,4]", "0 READY", 0}, // of the other bucket
		{"[2,4]", "9", 0},       // of the first one's
		{"[2,4]", "9", 4999 * time.Millisecond},
		{"[2,4]", "0 READY", time.Millisecond},
		{"[3,4]", "0 READY", time.Hour},
	} {
		clock.add(tt.after)
		if got := login(tt.shard); got != tt.want {
			t.Errorf("login %d, of shard %s, is answered with %s, want %s", i, tt.shard, got, tt.want)
		}
	}
	if n, after := left(); n != 0 || after != 23*time.Hour-5*time.Second {
		t.Errorf("%d logins are left until %v", n, after)
	}
	clock.add(23 * time.Hour)
	if n, after := left(); n != logins || after != 0 {
		t.Errorf("a day later %d logins are left until %v", n, after)
	}
	for range logins {
		clock.add(time.Minute)
		login("[0,4]")
	}
	if got := login("[0,4]"); got != "4004" {
		t.Errorf("one login too many is answered with %s, want 4004", got)
	}
	if _, err := newClient(t, s).GatewayBot(); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("the token still works: %v", err)
	}
	if n := s.Connected(); n != 0 {
		t.Errorf("%d sessions live on", n)
	}
}

// TestAnInvalidSessionIsTriedAgain: discordgo logs in at once after an invalid session, and
// is refused until the five seconds are over.
func TestAnInvalidSessionIsTriedAgain(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s, err := New(Options{Now: clock.Now, Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	connect(t, s)
	connect(t, s)
	logins := func() int { _, n, _ := s.GatewayCounts(); return n }
	until(t, s, "the second client tries again", func() bool { return logins() >= 4 })
	if n := s.Connected(); n != 1 {
		t.Errorf("%d sessions stand", n)
	}
	clock.add(identifyEvery)
	until(t, s, "the second client is taken", func() bool { return s.Connected() == 2 })
}

// TestThousandsOfGuildsAreCheap: a guild that stands costs little memory and no goroutine,
// and an event of one costs no more among many.
func TestThousandsOfGuildsAreCheap(t *testing.T) {
	allocations := map[int]float64{}
	for _, n := range []int{100, 400} {
		s, err := New(Options{}.Strict())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		ses := &session{id: "x", shard: shard{0, 1}, intents: intentGuilds | intentMessages | intentReactions}
		s.sessions[ses.id] = ses
		var channel, message, member string
		for i := range n {
			g := s.AddGuild(Guild{Name: fmt.Sprint("guild ", i)})
			channel = s.AddChannel(g, Channel{Name: "music"})
			member = s.AddMember(g, Member{Name: "m"})
			message = s.Put(Message{ChannelID: channel, Content: "x"})
		}
		allocations[n] = testing.AllocsPerRun(200, func() {
			s.React(member, channel, message, "👍")
			s.Unreact(member, channel, message, "👍")
			ses.backlog = ses.backlog[:0]
		})
	}
	t.Logf("allocations of two events among 100 guilds and among 400: %v", allocations)
	if allocations[400] > allocations[100]*1.5 {
		t.Errorf("two events cost %v allocations", allocations)
	}
}

// BenchmarkStand is what so many guilds cost that stand: their memory, and a READY with
// all their GUILD_CREATE.
func BenchmarkStand(b *testing.B) {
	for _, n := range []int{250, 2500} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				s, err := New(Options{})
				if err != nil {
					b.Fatal(err)
				}
				for i := range n {
					g := s.AddGuild(Guild{ID: guildID(i), Name: fmt.Sprint("guild ", i)})
					s.AddChannel(g, Channel{Name: "music"})
				}
				s.ready(nil, shard{0, 1}, intentGuilds)
				s.Close()
			}
		})
	}
}
