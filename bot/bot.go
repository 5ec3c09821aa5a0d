package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/limit"
)

// Clock is the time that the guilds live in. schedule.Clock is one.
type Clock interface {
	Now() time.Time
	// Wait returns at a time, or with the context's error.
	Wait(ctx context.Context, until time.Time) error
}

// Options is what a Bot needs.
type Options struct {
	Token   string // without "Bot "
	BaseURL string // origin that stands for https://discord.com; "" is that
	Guilds  []string
	Catalog Catalog
	Stages  Stages
	Clock   Clock
	Log     *slog.Logger
	Text    *text.Catalogue

	// NewGuild gives a guild that the bot has joined its first settings. nil
	// means the zero values with this package's defaults.
	NewGuild func(id, name string) catalog.Guild
	// Changed is told of a guild whose settings changed or that came or went,
	// so that its schedule can follow. It must return quickly; nil is nobody.
	Changed func(guildID string)
	// Gateway is told when the connection changes: "ready", "resumed" or
	// "disconnected". It must return quickly; nil is nobody.
	Gateway func(event string)
	// Limited is told how long a call has waited for a rate limit of
	// Discord's, each time. It must return quickly; nil is nobody.
	Limited func(waited time.Duration)
	// Version is shown by /status.
	Version string

	// Transport makes the REST calls; nil is a plain one.
	Transport http.RoundTripper
	// Sleep waits in real time between tries; nil is a timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// EditEvery is the time between edits of a progress bar; 0 is two seconds.
	EditEvery time.Duration
	// Compare is how often votes are compared with Discord; 0 is hourly,
	// negative never (then only after each connection).
	Compare time.Duration
	// Keep is how long votes are kept; 0 is for ever. Older posts are not
	// compared: their votes would come back.
	Keep time.Duration
}

// Bot is the bot as Discord sees it.
type Bot struct {
	opts    Options
	log     *slog.Logger
	now     func() time.Time
	client  *discord.Client
	votes   *voteWriter
	gateway *discord.Gateway
	mux     *mux
	limits  limit.Table

	joining     sync.Mutex
	deliveries  locks
	comparisons locks
	lanes       lanes
	cool        cooldowns
	requests    sync.Mutex // around the lists of requests to block
	skipped     skips
	working     atomic.Int64 // handlers and deliveries under way
	handlers    sync.WaitGroup

	mu       sync.Mutex
	self     string                // user id
	app      string                // application id
	locales  map[string]string     // preferred locale by guild
	owners   map[string]guildHints // who to tell
	seen     map[string]struct{}   // newest interaction ids
	seenList []string
	dropped  map[string]bool // guilds that lost events and are to be swept
	stopping context.CancelCauseFunc
	root     context.Context // of handlers while Run runs
	ready    time.Time       // newest READY or RESUMED; zero while disconnected
}

// guildHints is what a guild said of itself when it appeared.
type guildHints struct {
	name, owner, system, updates string
}

// New prepares a bot; nothing is sent before Run or Deliver.
func New(opts Options) (*Bot, error) {
	client, err := discord.NewClient(discord.Options{Token: opts.Token, BaseURL: opts.BaseURL, Transport: opts.Transport, Limited: opts.Limited})
	if err != nil {
		return nil, err
	}
	if opts.Catalog == nil || opts.Stages == nil || opts.Clock == nil || opts.Text == nil {
		return nil, errors.New("bot: Catalog, Stages, Clock and Text are needed")
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Sleep == nil {
		opts.Sleep = discord.Sleep
	}
	b := &Bot{
		opts: opts, client: client, log: opts.Log, limits: limit.New(opts.Text.Tags()), now: func() time.Time { return opts.Clock.Now().UTC() },
		locales: map[string]string{}, owners: map[string]guildHints{}, seen: map[string]struct{}{}, dropped: map[string]bool{},
	}
	b.votes = newVoteWriter(opts.Catalog, b.me, b.now, b.log, b.compareSoon, b.lookAt)
	b.gateway = discord.NewGateway(client, discord.GatewayOptions{Log: b.log, Receive: b.receive, Down: b.onDown, Pause: opts.Sleep})
	b.mux = b.routes()
	return b, nil
}

// stopLimit is how long handlers may take to end once the bot stops.
const stopLimit = 8 * time.Second

// Run keeps the bot connected until ctx ends (nil) or trying again cannot
// help (*FatalError). It may be called once.
func (b *Bot) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	b.mu.Lock()
	b.root, b.stopping = ctx, cancel
	b.mu.Unlock()

	var background sync.WaitGroup
	writing, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWriting()
	var writer sync.WaitGroup
	writer.Go(func() { b.votes.run(writing) })
	background.Go(func() { b.guard("redeliver", func() { b.redeliver(ctx) }) })
	background.Go(func() { b.guard("compare", func() { b.compareRegularly(ctx) }) })

	err := b.gateway.Run(ctx)
	cancel(nil)
	if cause := context.Cause(ctx); err == nil {
		if fatal, ok := errors.AsType[*discord.FatalError](cause); ok {
			err = fatal
		}
	}
	if !waitFor(&b.handlers, stopLimit) {
		b.log.Warn("some commands did not end in time")
	}
	background.Wait()
	stopWriting()
	writer.Wait()
	b.client.CloseIdle()
	return err
}

// waitFor waits for a group, at most so long.
func waitFor(group *sync.WaitGroup, limit time.Duration) bool {
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// Settle returns when everything received so far has been handled and is
// durable: votes written, handlers and deliveries ended. It is for the demo and
// tests, which ask their Discord first whether everything has been received.
func (b *Bot) Settle(ctx context.Context) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if err := b.votes.flush(ctx); err != nil {
			return err
		}
		if b.working.Load() == 0 && b.votes.settled() {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Connected reports whether the gateway connection stands.
func (b *Bot) Connected() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.ready.IsZero()
}

// me is the bot's user id, "" before the first READY.
func (b *Bot) me() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.self
}

// context is the one that handlers work under.
func (b *Bot) context() context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.root
}

// refuse ends Run because the token is refused.
func (b *Bot) refuse() {
	b.mu.Lock()
	stop := b.stopping
	b.mu.Unlock()
	if stop != nil {
		stop(discord.TokenRefused())
	}
}

// allowed reports whether the allow-list lets a guild in.
func (b *Bot) allowed(guildID string) bool {
	return len(b.opts.Guilds) == 0 || slices.Contains(b.opts.Guilds, guildID)
}

// guard runs f and turns a panic into a line in the log.
func (b *Bot) guard(where string, f func()) {
	defer func() {
		if p := recover(); p != nil {
			err := fmt.Errorf("%s: %v", where, p)
			b.log.Error("a mistake in the program was caught", "where", where, "error", err, "code", shortCode(where, err), "stack", string(debug.Stack()))
		}
	}()
	f()
}

// spawn runs a handler beside others; Settle and Run's end wait for it.
func (b *Bot) spawn(where string, f func(ctx context.Context)) {
	ctx := b.context()
	if ctx == nil || ctx.Err() != nil {
		return
	}
	b.working.Add(1)
	b.handlers.Go(func() {
		defer b.working.Add(-1)
		b.guard(where, func() { f(ctx) })
	})
}

// receive takes one gateway event. It is called in the order of the events
// and must not block.
func (b *Bot) receive(event any) {
	b.guard(fmt.Sprintf("event %T", event), func() {
		switch e := event.(type) {
		case *discord.Ready:
			b.onReady(e)
		case *discord.Resumed:
			b.onResumed()
		case *discord.Guild:
			b.onGuild(e)
		case *discord.GuildGone:
			b.onGuildGone(e)
		case *discord.ChannelGone:
			b.onChannelGone(e)
		case *discord.Reaction:
			b.votes.reaction(e)
		case *discord.Interaction:
			b.onInteraction(e)
		}
	})
}

func (b *Bot) onReady(ready *discord.Ready) {
	b.mu.Lock()
	b.self, b.app, b.ready = ready.User.ID, cmp.Or(ready.Application.ID, b.app), time.Now()
	b.mu.Unlock()
	b.tell("ready")
	b.log.Info("connected to Discord", "guilds", len(ready.Guilds))
	var ids []string
	for _, g := range ready.Guilds {
		ids = append(ids, g.ID)
	}
	b.spawn("ready", func(ctx context.Context) {
		b.arrived(ids)
		b.register(ctx)
	})
	b.catchUp()
}

func (b *Bot) onResumed() {
	b.mu.Lock()
	b.ready = time.Now()
	b.mu.Unlock()
	b.tell("resumed")
	b.log.Info("resumed the connection to Discord")
	b.catchUp()
}

func (b *Bot) onDown() {
	b.mu.Lock()
	stood := !b.ready.IsZero()
	b.ready = time.Time{}
	b.mu.Unlock()
	if stood {
		b.tell("disconnected")
	}
}

// tell passes a change of the connection on to whoever counts them.
func (b *Bot) tell(event string) {
	if b.opts.Gateway != nil {
		b.opts.Gateway(event)
	}
}

// catchUp does after every connection what may have been missed: messages that
// wait, votes that came while the bot was away.
func (b *Bot) catchUp() {
	b.spawn("catch up", func(ctx context.Context) {
		b.deliverAll(ctx)
		b.compareAll(ctx, missedYoung)
	})
}

// onInteraction starts the handler of an interaction.
func (b *Bot) onInteraction(in *discord.Interaction) {
	if in.ID == "" || in.Token == "" || !b.firstTime(in.ID) {
		return
	}
	if in.AppID == "" {
		b.mu.Lock()
		in.AppID = b.app
		b.mu.Unlock()
	}
	in.Received = b.now()
	if !b.lanes.enter(in.GuildID) {
		b.spawn("busy", func(ctx context.Context) { b.mux.busy(ctx, in) })
		return
	}
	b.spawn("interaction", func(ctx context.Context) {
		defer b.lanes.leave(in.GuildID)
		b.mux.serve(ctx, in)
	})
}

// firstTime reports whether an interaction is new: a resumed connection may
// bring one twice.
func (b *Bot) firstTime(id string) bool {
	const remembered = 1024
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, again := b.seen[id]; again {
		return false
	}
	b.seen[id] = struct{}{}
	b.seenList = append(b.seenList, id)
	if len(b.seenList) > remembered {
		delete(b.seen, b.seenList[0])
		b.seenList = b.seenList[1:]
	}
	return true
}

// lanes bounds how many interactions of one guild are handled at once, so
// that one guild's slow commands never take the others' places.
type lanes struct {
	mu    sync.Mutex
	count map[string]int
}

const laneWidth = 24

func (l *lanes) enter(guildID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count == nil {
		l.count = map[string]int{}
	}
	if l.count[guildID] >= laneWidth {
		return false
	}
	l.count[guildID]++
	return true
}

func (l *lanes) leave(guildID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count[guildID]--; l.count[guildID] <= 0 {
		delete(l.count, guildID)
	}
}
