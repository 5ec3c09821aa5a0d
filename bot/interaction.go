package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/limit"
)

// Actions of components. A custom id lives as long as its message, so an
// action is never renamed; a new meaning gets a new version.
const (
	actionUp     = "up"     // 👍 as a button; the post
	actionDown   = "down"   // 👎 as a button; the post
	actionBlock  = "block"  // not this channel; the post
	actionArtist = "artist" // not this artist; the post
	actionWhy    = "why"    // why this pick; the post
	actionLike   = "like"   // more like this; the post
	actionSong   = "song"   // a vote on a listed song; video, "u" or "d"
	actionDuel   = "duel"   // an answer to a duel; both videos, the choice, in /label how many are left
	actionAbout  = "about"  // what is this; the outbox row's nonce
	actionCancel = "cancel" // cancel long work; kind and member
	actionLabel  = "label"  // a label; video, "u", "d" or "s", how many are left
	actionSetup  = "setup"  // one step of the set-up
	actionForget = "forget" // forget me, for sure
	actionName   = "name"   // do not name me, or do
	actionTaught = "taught" // take back the like of a message's song; the video
	actionImport = "import" // a file of likes: "yes", "no" or "undo"; its batch
)

// interactions hands each interaction to its handler, and bounds how many of a
// guild's go at once.
type interactions struct {
	client  *discord.Client
	guilds  *guilds
	account *account
	tasks   *tasks
	log     *slog.Logger
	now     func() time.Time
	texts   *text.Catalogue

	commands    map[string]handler    // by name
	components  map[string]handler    // by action, also of forms
	completions map[string]completion // by the command's name

	lanes  lanes
	mu     sync.Mutex
	newest []string // ids: a resumed connection may bring one twice
}

// handler answers one interaction. An error is shown to the member.
type handler func(ctx context.Context, c *call) error

// completion completes what a member types into an option.
type completion func(ctx context.Context, c *call) ([]choice, error)

// call is one interaction on its way to an answer.
type call struct {
	client *discord.Client
	log    *slog.Logger
	now    func() time.Time
	in     *discord.Interaction
	l      *text.Language // the member's
	guild  catalog.Guild
	id     discord.Action // the custom id of a component or form

	answered bool // the first answer is out
}

// choice is one completion of an option.
type choice struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// userError is a problem that the member can do something about.
type userError struct {
	key  string
	args []any
}

// Error is the key; members read the text.
func (e *userError) Error() string { return e.key }

func problem(key string, args ...any) error { return &userError{key, args} }

// receive starts the handler of an interaction, beside others.
func (i *interactions) receive(in *discord.Interaction) {
	if in.ID == "" || in.Token == "" || !i.firstTime(in.ID) {
		return
	}
	if in.AppID == "" {
		i.account.mu.Lock()
		in.AppID = i.account.app
		i.account.mu.Unlock()
	}
	in.Received = i.now()
	c := &call{client: i.client, log: i.log, now: i.now, in: in, l: i.texts.For(in.Locale)}
	if !i.lanes.enter(in.GuildID) {
		i.tasks.spawn("busy", c.refuseBusy)
		return
	}
	i.tasks.spawn("interaction", func(ctx context.Context) {
		defer i.lanes.leave(in.GuildID)
		i.serve(ctx, c)
	})
}

// firstTime reports whether an interaction is new.
func (i *interactions) firstTime(id string) bool {
	const remembered = 1024
	i.mu.Lock()
	defer i.mu.Unlock()
	if slices.Contains(i.newest, id) {
		return false
	}
	i.newest = append(i.newest, id)
	i.newest = i.newest[max(0, len(i.newest)-remembered):]
	return true
}

// lanes bounds how many interactions of one guild are handled at once, so that
// slow commands of one guild leave room for the other guilds.
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

// serve answers one interaction, whatever happens.
func (i *interactions) serve(ctx context.Context, c *call) {
	in, name := c.in, c.in.Data.Name
	if in.Type == discord.KindComponent || in.Type == discord.KindForm {
		name = in.Data.CustomID
	}
	defer func() {
		if p := recover(); p != nil {
			c.fail(ctx, name, fmt.Errorf("panic: %v", p))
			panic(p) // for the log, with its stack
		}
	}()
	if err := i.dispatch(ctx, c); err != nil {
		c.fail(ctx, name, err)
	}
}

func (i *interactions) dispatch(ctx context.Context, c *call) error {
	in := c.in
	if in.GuildID == "" || in.UserID() == "" {
		return problem("error.guild_only")
	}
	if !i.guilds.allowed(in.GuildID) {
		return problem("error.not_allowed")
	}
	i.guilds.join(ctx, in.GuildID, "")
	if in.GuildLocale != "" {
		i.guilds.noteLocale(in.GuildID, in.GuildLocale)
	}
	g, ok, err := i.guilds.store.Guild(ctx, in.GuildID)
	if err != nil || !ok {
		return errors.Join(fmt.Errorf("guild %s could not be read", in.GuildID), err)
	}
	c.guild = g
	// Discord hides these from other members, but a guild can change that.
	if needsAdministrator(in) && !in.Manages() {
		if in.Type == discord.KindComplete {
			return c.choices(ctx, nil)
		}
		return problem("error.admin_only")
	}
	switch in.Type {
	case discord.KindCommand:
		if h, ok := i.commands[in.Data.Name]; ok {
			return h(ctx, c)
		}
	case discord.KindComplete:
		if f, ok := i.completions[in.Data.Name]; ok {
			choices, err := f(ctx, c)
			if err != nil {
				i.log.Warn("an option could not be completed", "guild", in.GuildID, "command", in.Data.Name, "error", err)
			}
			return c.choices(ctx, choices)
		}
		return c.choices(ctx, nil)
	case discord.KindComponent, discord.KindForm:
		if c.id, ok = discord.ParseCustomID(in.Data.CustomID); ok {
			if h, ok := i.components[c.id.Name]; ok {
				return h(ctx, c)
			}
		}
	}
	return problem("error.unknown")
}

// needsAdministrator reports whether an interaction is for administrators only.
func needsAdministrator(in *discord.Interaction) bool {
	switch in.Type {
	case discord.KindCommand, discord.KindComplete:
		return slices.ContainsFunc(specs, func(s spec) bool { return s.name == in.Data.Name && s.admin })
	case discord.KindComponent, discord.KindForm:
		id, ok := discord.ParseCustomID(in.Data.CustomID)
		return ok && id.Name == actionSetup
	}
	return false
}

// refuseBusy answers when too many interactions of a guild are under way.
func (c *call) refuseBusy(ctx context.Context) {
	if c.in.Type == discord.KindComplete {
		c.choices(ctx, nil)
		return
	}
	c.fail(ctx, c.in.Data.Name, problem("error.busy"))
}

// fail tells the member that something went wrong, and logs what exactly.
func (c *call) fail(ctx context.Context, what string, err error) {
	var content string
	if user, ok := errors.AsType[*userError](err); ok {
		content = c.l.Say(user.key, user.args...)
	} else if broken, ok := errors.AsType[limit.Broken](err); ok {
		content = c.broken(broken)
	} else if busy, ok := errors.AsType[*pipeline.BusyError](err); ok {
		content = c.running(busy)
	} else if video, ok := errors.AsType[*pipeline.VideoError](err); ok {
		content = c.l.Say("error.video", "why", c.videoStatus(video.Status))
	} else {
		code := shortCode(what, err)
		content = c.l.Say("error.internal", "code", code)
		c.log.Error("an interaction failed", "guild", c.in.GuildID, "what", what, "error", err, "code", code)
	}
	if c.in.Type == discord.KindComplete {
		return
	}
	if ctx.Err() != nil { // the bot stops: the answer gets a little time of its own
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
	}
	if err := c.reply(ctx, discord.Message{Content: content, Bare: true}); err != nil {
		c.log.Debug("an error could not be told", "guild", c.in.GuildID, "error", err)
	}
}

// by is the member as the one who asks for a run.
func (c *call) by() catalog.Asker { return catalog.Asker(c.in.UserID()) }

// broken says which setting is outside its limits.
func (c *call) broken(b limit.Broken) string {
	b.Value = discord.Title(b.Value, 60)
	if b.Reason != nil {
		b.Reason = errors.New(discord.Title(b.Reason.Error(), 200))
	}
	return c.l.Refused(b)
}

// running says who started the work that is going already, and when.
func (c *call) running(e *pipeline.BusyError) string {
	by := string(e.By)
	switch {
	case discord.IsID(by):
		by = "<@" + by + ">"
	case c.l.Has("by." + by):
		by = c.l.Say("by." + by)
	default:
		by = discord.Title(by, limitChannel)
	}
	return c.l.Say("error.running", "kind", c.l.Say("kind."+string(e.Kind)), "by", by, "when", relative(e.Since))
}

// relative is a moment as each reader's client shows it: "2 minutes ago".
func relative(t time.Time) string { return fmt.Sprintf("<t:%d:R>", t.Unix()) }

// moment is a moment as each reader's client shows it, in their zone.
func moment(t time.Time) string { return fmt.Sprintf("<t:%d:f>", t.Unix()) }

// later tells Discord that the answer takes a while; only the member sees it.
// Handlers call it before they ask for more than the catalogue.
func (c *call) later(ctx context.Context) error {
	if c.answered {
		return nil
	}
	err := c.client.Answer(ctx, c.in, discord.Answer{Type: discord.AnswerLater, Data: map[string]any{"flags": discord.Ephemeral}}, nil)
	c.answered = err == nil
	return err
}

// reply answers so that only the member sees it. After later or another reply it
// changes that answer.
func (c *call) reply(ctx context.Context, m discord.Message) error {
	if c.answered {
		m.Flags = 0
		return c.client.Amend(ctx, c.in, m)
	}
	m.Flags |= discord.Ephemeral
	err := c.client.Answer(ctx, c.in, discord.Answer{Type: discord.AnswerMessage, Data: m}, m.File)
	c.answered = err == nil
	return err
}

// say replies with a text of the catalogue of texts.
func (c *call) say(ctx context.Context, key string, args ...any) error {
	return c.reply(ctx, discord.Message{Content: discord.Cut(c.l.Say(key, args...), discord.LimitContent), Bare: c.answered})
}

// update changes the message that the pressed component is on.
func (c *call) update(ctx context.Context, m discord.Message) error {
	err := c.client.Answer(ctx, c.in, discord.Answer{Type: discord.AnswerUpdate, Data: m}, m.File)
	c.answered = c.answered || err == nil
	return err
}

// mostChoices is how many completions Discord shows.
const mostChoices = 25

// choices answers a completion.
func (c *call) choices(ctx context.Context, choices []choice) error {
	if choices == nil {
		choices = []choice{}
	}
	choices = choices[:min(len(choices), mostChoices)]
	for i := range choices {
		choices[i].Name = discord.Plain(choices[i].Name, discord.LimitChoice)
		if choices[i].Name == "" {
			choices[i].Name = "?"
		}
	}
	return c.client.Answer(ctx, c.in, discord.Answer{Type: discord.AnswerChoices,
		Data: map[string]any{"choices": choices}}, nil)
}
