package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/limit"
)

// Clock tells the time. schedule.Clock is one.
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

	// NewGuild makes the first settings of a guild that the bot has joined; nil
	// stands for this package's defaults.
	NewGuild func(id, name string) catalog.Guild
	// Changed is called when a guild's settings changed, or the bot joined or left
	// it, so that its schedule can follow. It must return quickly; may be nil.
	Changed func(guildID string)
	// Gateway is called when the connection changes: "ready", "resumed" or
	// "disconnected". It must return quickly; may be nil.
	Gateway func(event string)
	// CallsPerSecond is how many calls go to Discord at most in a second, answers to
	// interactions apart; 0 is any number.
	CallsPerSecond int
	// Limited hears how long a call has waited for one of Discord's rate
	// limits. It must return quickly; may be nil.
	Limited func(waited time.Duration)
	// Version is shown by /status.
	Version string

	// Transport makes the REST calls; nil is a plain one. Proxy says through which
	// proxy the gateway is reached; nil is none.
	Transport http.RoundTripper
	Proxy     func(*http.Request) (*url.URL, error)
	// Sleep waits in real time between tries; nil is a timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// EditEvery is the time between edits of a progress bar; 0 is two seconds.
	EditEvery time.Duration
	// Keep is how long votes are kept; 0 is for ever. Votes on older posts are
	// not compared with Discord: they would come back.
	Keep time.Duration
}

// Bot is the bot as Discord sees it. It receives the gateway's events and hands
// each to the part that it concerns.
type Bot struct {
	log       *slog.Logger
	clock     Clock
	onGateway func(event string) // hears when the connection changes
	client    *discord.Client
	gateway   *discord.Gateway
	tasks     *tasks
	account   *account
	people    *discord.People

	guilds       *guilds
	votes        *voteWriter
	outbox       *outbox
	comparison   *comparison
	recovery     *recovery
	registration *registration
	interactions *interactions
}

// account is the bot's own account, as READY tells it.
type account struct {
	mu        sync.Mutex
	user, app string // ids; "" before the first READY
	connected bool
}

// id is the bot's user id, "" before the first READY.
func (a *account) id() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.user
}

// New prepares a bot; nothing is sent before Run or Deliver.
func New(opts Options) (*Bot, error) {
	client, err := discord.NewClient(discord.Options{
		Token: opts.Token, BaseURL: opts.BaseURL, Transport: opts.Transport,
		CallsPerSecond: opts.CallsPerSecond, Limited: opts.Limited,
	})
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
	if opts.Changed == nil {
		opts.Changed = func(string) {}
	}
	if opts.Gateway == nil {
		opts.Gateway = func(string) {}
	}
	now := func() time.Time { return opts.Clock.Now().UTC() }
	b := &Bot{log: opts.Log, clock: opts.Clock, onGateway: opts.Gateway, client: client, tasks: &tasks{log: opts.Log}, account: &account{}}
	b.people = discord.NewPeople(client, now)
	b.gateway = discord.NewGateway(client, discord.GatewayOptions{Log: b.log, Receive: b.receive, Down: b.onDown, Pause: opts.Sleep, Proxy: opts.Proxy})
	b.votes = newVoteWriter(opts.Catalog, b.account.id, now, b.log, func(guildID string) { b.comparison.soon(guildID) },
		func(post catalog.Post, full bool) { b.comparison.look(post, full) })
	b.guilds = &guilds{store: opts.Catalog, client: client, tasks: b.tasks, log: b.log, now: now, sleep: opts.Sleep, texts: opts.Text, limits: limit.New(opts.Text.Tags()),
		allowList: opts.Guilds, firstSettings: opts.NewGuild, changed: opts.Changed, hints: map[string]guildHints{}}
	b.outbox = &outbox{store: opts.Catalog, client: client, guilds: b.guilds, votes: b.votes, account: b.account, tasks: b.tasks,
		blocked: opts.Stages, scores: opts.Stages, log: b.log, now: now, sleep: opts.Sleep}
	b.comparison = &comparison{store: opts.Catalog, client: client, guilds: b.guilds, votes: b.votes, account: b.account, tasks: b.tasks,
		log: b.log, now: now, keep: opts.Keep, dropped: map[string]bool{}, waiting: map[string][]looking{}}
	b.recovery = &recovery{store: opts.Catalog, client: client, guilds: b.guilds, comparison: b.comparison, outbox: b.outbox, account: b.account,
		log: b.log, now: now, sleep: opts.Sleep, keep: opts.Keep}
	b.registration = &registration{store: opts.Catalog, client: client, account: b.account, tasks: b.tasks, log: b.log, texts: opts.Text, sleep: opts.Sleep}
	b.interactions = &interactions{client: client, guilds: b.guilds, account: b.account, tasks: b.tasks, log: b.log, now: now, texts: opts.Text}
	b.route(opts, now)
	return b, nil
}

// People tells the dashboard who members are.
func (b *Bot) People() *discord.People { return b.people }

// stopLimit is how long tasks may take to end once the bot stops.
const stopLimit = 8 * time.Second

// Run keeps the bot connected until ctx ends (nil) or trying again cannot
// help (*FatalError). It may be called once.
func (b *Bot) Run(ctx context.Context) error {
	ctx, end := b.tasks.begin(ctx)
	defer end(nil)
	var background sync.WaitGroup
	writing, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWriting()
	var writer sync.WaitGroup
	writer.Go(func() { b.votes.run(writing) })
	background.Go(func() {
		b.regularly(ctx, "redeliver", func(ctx context.Context) error { return discord.Sleep(ctx, redeliverEvery) }, b.outbox.deliverAll)
	})
	background.Go(func() {
		hour := func(ctx context.Context) error { return b.clock.Wait(ctx, b.clock.Now().UTC().Add(compareEvery)) }
		b.regularly(ctx, "compare", hour, func(ctx context.Context) { b.comparison.all(ctx, 0) })
	})

	err := b.gateway.Run(ctx)
	end(err) // members who wait for a command are told whether the bot comes back
	if cause := context.Cause(ctx); err == nil {
		if fatal, ok := errors.AsType[*discord.FatalError](cause); ok {
			err = fatal
		}
	}
	if !b.tasks.wait(stopLimit) {
		b.log.Warn("some commands did not end in time")
	}
	background.Wait()
	stopWriting()
	writer.Wait()
	b.client.CloseIdle()
	return err
}

// regularly calls f again and again while the bot is connected; pause waits until
// the next time.
func (b *Bot) regularly(ctx context.Context, where string, pause func(context.Context) error, f func(context.Context)) {
	b.tasks.guard(where, func() {
		for pause(ctx) == nil {
			if b.Connected() {
				b.tasks.during(func() { f(ctx) })
			}
		}
	})
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
		if b.tasks.working.Load() == 0 && b.votes.settled() {
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
	b.account.mu.Lock()
	defer b.account.mu.Unlock()
	return b.account.connected
}

// PostChannels are the channels of a guild in which the bot may do its work. It fails
// before the bot has been connected once.
func (b *Bot) PostChannels(ctx context.Context, guildID string) ([]discord.Named, error) {
	self := b.account.id()
	if self == "" {
		return nil, errors.New("the bot is not connected to Discord yet")
	}
	return b.client.Postable(ctx, guildID, self)
}

// Roles are the roles of a guild that a post can ping, but for @everyone.
func (b *Bot) Roles(ctx context.Context, guildID string) ([]discord.Named, error) {
	return b.client.Roles(ctx, guildID)
}

// Deliver sends the messages that wait in a guild's outbox, in order. Rows that Discord
// refuses for good are marked so; when the channel is gone or forbidden the
// guild is paused and its administrators are told. An error means that rows
// are left which may work later; Run tries them again.
func (b *Bot) Deliver(ctx context.Context, guildID string) error {
	return b.outbox.deliver(ctx, guildID)
}

// Recap puts the week's most liked picks, with credit to who found them, into
// a guild's outbox and sends it. A second call for the slot sends nothing; a
// week without a like is no message.
func (b *Bot) Recap(ctx context.Context, slot catalog.Slot) error { return b.outbox.recap(ctx, slot) }

// Duel puts the question which of two songs a guild likes better into its outbox and
// sends it. A second call for the slot sends nothing; without two songs to ask about
// there is no message.
func (b *Bot) Duel(ctx context.Context, slot catalog.Slot) error { return b.outbox.duel(ctx, slot) }

// receive takes one gateway event. It is called in the order of the events
// and must not block.
func (b *Bot) receive(event any) {
	b.tasks.guard(fmt.Sprintf("event %T", event), func() {
		switch e := event.(type) {
		case *discord.Ready:
			b.onReady(e)
		case *discord.Resumed:
			b.log.Info("resumed the connection to Discord")
			b.onConnected("resumed")
			b.tasks.spawn("catch up", func(ctx context.Context) {
				b.catchUp(ctx)
				b.comparison.catchUpOthers(ctx)
			})
		case *discord.Guild:
			b.onGuild(e)
		case *discord.GuildGone:
			b.guilds.onGone(e)
		case *discord.ChannelGone:
			b.guilds.onChannelGone(e)
		case *discord.Reaction:
			b.votes.reaction(e)
		case *discord.Interaction:
			b.interactions.receive(e)
		}
	})
}

func (b *Bot) onReady(ready *discord.Ready) {
	b.account.mu.Lock()
	b.account.user, b.account.app = ready.User.ID, cmp.Or(ready.Application.ID, b.account.app)
	b.account.mu.Unlock()
	b.log.Info("connected to Discord", "guilds", len(ready.Guilds))
	b.onConnected("ready")
	b.tasks.spawn("commands", b.registration.register)
	b.tasks.spawn("ready", func(ctx context.Context) {
		listed := map[string]bool{}
		for _, g := range ready.Guilds { // their names come later
			listed[g.ID] = true
			b.guilds.join(ctx, g.ID, "")
		}
		b.guilds.findLeft(ctx, listed)
		b.catchUp(ctx)
		b.comparison.atReady(ctx)
	})
}

func (b *Bot) onConnected(event string) {
	b.setConnected(true)
	b.onGateway(event)
}

// catchUp makes up for the time that the bot was away: it sends waiting messages, and
// goes on with a recovery that was cut off. Missed votes are read after a READY alone:
// before RESUMED Discord sends again what was missed.
func (b *Bot) catchUp(ctx context.Context) {
	b.outbox.deliverAll(ctx)
	b.recovery.resume(ctx)
}

func (b *Bot) onDown() {
	if b.setConnected(false) {
		b.onGateway("disconnected")
	}
}

// setConnected notes whether the connection stands, and returns whether it did
// before.
func (b *Bot) setConnected(connected bool) (before bool) {
	b.account.mu.Lock()
	defer b.account.mu.Unlock()
	before, b.account.connected = b.account.connected, connected
	return before
}

// onGuild notes a guild that the bot is in.
func (b *Bot) onGuild(e *discord.Guild) {
	if e.ID == "" || e.Unavailable {
		return
	}
	b.guilds.note(e)
	b.tasks.spawn("guild", func(ctx context.Context) {
		joined := b.guilds.join(ctx, e.ID, e.Name)
		b.guilds.findChannel(ctx, e)
		if joined {
			if err := b.Deliver(ctx, e.ID); err != nil {
				b.log.Warn("messages are left to send", "guild", e.ID, "error", err)
			}
		}
	})
}
