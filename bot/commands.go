package bot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/pipeline/limit"
)

// Command names. Discord shows translations of them, but sends back these.
const (
	cmdRecommend = "recommend"
	cmdWhy       = "why"
	cmdPredict   = "predict"
	cmdTop       = "top"
	cmdTaste     = "taste"
	cmdLabel     = "label"
	cmdSeed      = "seed"
	cmdImport    = "import"
	cmdPrivacy   = "privacy"
	cmdHelp      = "help"
	cmdRescrape  = "rescrape"
	cmdRetrain   = "retrain"
	cmdStatus    = "status"
	cmdSetup     = "setup"
	cmdSettings  = "cratedigger"
	cmdTakeBack  = "Take this pick back" // on a message
	cmdTeach     = "Teach this song"     // on a message
)

// route makes the handlers and gives each command and component its own.
func (b *Bot) route(opts Options, now func() time.Time) {
	cool := &cooldowns{now: now}
	blocks := &blocks{stages: opts.Stages, store: opts.Catalog, guilds: b.guilds, log: b.log, now: now}
	label := &labelling{stages: opts.Stages, store: opts.Catalog, votes: b.votes, now: now}
	imports := &imports{store: opts.Catalog, cool: cool, now: now}
	member := &memberCommands{stages: opts.Stages, store: opts.Catalog, votes: b.votes, skipped: &label.skipped, imports: imports, cool: cool, people: b.people, log: b.log, now: now}
	duels := &duelButtons{store: opts.Catalog, labelling: label, now: now}
	pick := &pickButtons{store: opts.Catalog, votes: b.votes, blocks: blocks, now: now}
	songs := &songButtons{store: opts.Catalog, votes: b.votes, now: now}
	runs := &runCommands{stages: opts.Stages, scores: opts.Stages, store: opts.Catalog, votes: b.votes, blocks: blocks, cool: cool, tasks: b.tasks,
		editEvery: cmp.Or(opts.EditEvery, editEvery), version: opts.Version}
	settings := &settingsCommands{guilds: b.guilds, outbox: b.outbox, blocks: blocks}
	setup := &setup{stages: opts.Stages, scores: opts.Stages, store: opts.Catalog, guilds: b.guilds, outbox: b.outbox, runs: runs, cool: cool, recovery: b.recovery}

	b.interactions.commands = map[string]handler{
		cmdRecommend: member.recommend, cmdWhy: member.why, cmdPredict: member.predict, cmdTop: member.top, cmdTaste: member.taste,
		cmdLabel: label.ask, cmdSeed: member.seed, cmdTeach: member.teach, cmdImport: imports.command, cmdPrivacy: member.privacy, cmdHelp: help,
		cmdRescrape: runs.rescrape, cmdRetrain: runs.retrain, cmdStatus: runs.status, cmdSetup: setup.command,
		cmdSettings: settings.command, cmdTakeBack: pick.takeBack,
	}
	b.interactions.components = map[string]handler{
		actionUp: pick.vote, actionDown: pick.vote, actionBlock: pick.block, actionArtist: pick.blockArtist, actionWhy: member.whyPick, actionLike: member.like, actionSong: songs.press, actionDuel: duels.answer, actionAbout: help,
		actionCancel: runs.cancel, actionLabel: label.answer, actionSetup: setup.step, actionForget: member.forget, actionName: member.nameMe,
		actionTaught: member.untaught, actionImport: imports.press,
	}
	b.interactions.completions = map[string]completion{cmdRecommend: member.complete, cmdSetup: setup.complete, cmdSettings: settings.complete}
}

// spec describes one command; its texts are in the catalogue under
// command.NAME and command.NAME.OPTION.
type spec struct {
	name      string
	admin     bool
	onMessage string // its name in the catalogue of texts, if it is in messages' menus
	options   []opt
}

// opt is an option or, with sub, a subcommand.
type opt struct {
	name     string
	kind     discord.OptionKind
	required bool
	complete bool
	min, max float64
	choices  []string // values; their names are in the catalogue
	options  []opt
}

// limits is the table of what a guild may choose, without the languages of the
// posts: completion offers those.
var limits = limit.New(nil)

// bounded gives an option the limits of the setting that it changes. Such options
// are whole numbers, a share in percent.
func bounded(o opt, setting string) opt {
	l := limits.Of(setting).People()
	o.min, o.max, o.choices = l.Min, l.Max, l.Choices
	return o
}

// specs is every command, in the order of /help.
var specs = []spec{
	{name: cmdRecommend, options: []opt{
		{name: "count", kind: discord.OptionInt, min: 1, max: mostSongs},
		bounded(opt{name: "artist", kind: discord.OptionString, complete: true}, "blocked_artists"),
	}},
	{name: cmdWhy, options: []opt{{name: "link", kind: discord.OptionString}}},
	{name: cmdPredict, options: []opt{{name: "link", kind: discord.OptionString, required: true}}},
	{name: cmdTop, options: []opt{{name: "period", kind: discord.OptionString, choices: []string{"week", "month", "all"}}}},
	{name: cmdTaste},
	{name: cmdLabel},
	{name: cmdSeed, options: []opt{{name: "link", kind: discord.OptionString, required: true}}},
	{name: cmdImport, options: []opt{{name: "file", kind: discord.OptionFile}}},
	{name: cmdPrivacy, options: []opt{{name: "show", kind: discord.OptionSub}, {name: "forget-me", kind: discord.OptionSub}}},
	{name: cmdHelp},
	{name: cmdSetup, admin: true, options: []opt{
		{name: "channel", kind: discord.OptionChannel},
		{name: "genres", kind: discord.OptionString, complete: true},
		{name: "hour", kind: discord.OptionInt, min: 0, max: 23},
		{name: "zone", kind: discord.OptionString, complete: true},
		bounded(opt{name: "count", kind: discord.OptionInt}, "picks"),
	}},
	{name: cmdRescrape, admin: true},
	{name: cmdRetrain, admin: true, options: []opt{{name: "tune", kind: discord.OptionBool}}},
	{name: cmdStatus, admin: true},
	{name: cmdSettings, admin: true, options: []opt{
		{name: "queries", kind: discord.OptionGroup, options: []opt{
			{name: "list", kind: discord.OptionSub},
			{name: "add", kind: discord.OptionSub, options: []opt{
				bounded(opt{name: "query", kind: discord.OptionString, required: true}, "queries"),
				bounded(opt{name: "upload", kind: discord.OptionString}, "queries.upload"),
				bounded(opt{name: "length", kind: discord.OptionString}, "queries.length"),
				bounded(opt{name: "pages", kind: discord.OptionInt}, "queries.pages"),
			}},
			{name: "remove", kind: discord.OptionSub, options: []opt{{name: "query", kind: discord.OptionString, required: true, complete: true}}},
		}},
		{name: "schedule", kind: discord.OptionSub, options: []opt{
			{name: "post", kind: discord.OptionString, complete: true}, {name: "retrain", kind: discord.OptionString, complete: true},
			{name: "recap", kind: discord.OptionString, complete: true}, {name: "duels", kind: discord.OptionString, complete: true},
			{name: "zone", kind: discord.OptionString, complete: true},
		}},
		{name: "settings", kind: discord.OptionSub, options: []opt{
			{name: "channel", kind: discord.OptionChannel}, bounded(opt{name: "count", kind: discord.OptionInt}, "picks"),
			bounded(opt{name: "votes", kind: discord.OptionString}, "votes"),
			bounded(opt{name: "exploration", kind: discord.OptionInt}, "exploration"),
			{name: "wildcard", kind: discord.OptionBool}, {name: "music-only", kind: discord.OptionBool},
			bounded(opt{name: "min-seconds", kind: discord.OptionInt}, "min_seconds"), bounded(opt{name: "max-seconds", kind: discord.OptionInt}, "max_seconds"),
			{name: "kinds", kind: discord.OptionString}, bounded(opt{name: "same-song-days", kind: discord.OptionInt}, "same_song_days"),
			{name: "languages", kind: discord.OptionString}, {name: "language", kind: discord.OptionString, complete: true}, {name: "role", kind: discord.OptionRole},
		}},
		{name: "block", kind: discord.OptionSub, options: []opt{
			{name: "channel", kind: discord.OptionString, complete: true},
			bounded(opt{name: "artist", kind: discord.OptionString, complete: true}, "blocked_artists"),
			bounded(opt{name: "word", kind: discord.OptionString}, "blocked_words"),
		}},
		{name: "unblock", kind: discord.OptionSub, options: []opt{{name: "what", kind: discord.OptionString, required: true, complete: true}}},
		{name: "pause", kind: discord.OptionSub, options: []opt{{name: "on", kind: discord.OptionBool}}},
	}},
	{name: cmdTakeBack, admin: true, onMessage: "takeback"},
	{name: cmdTeach, onMessage: "teach"},
}

// help says what the bot is and lists the commands that the reader may use, by who may.
func help(ctx context.Context, c *call) error {
	lines := []string{c.l.Say("help.intro")}
	list := func(heading string, admin bool) {
		lines = append(lines, "", c.l.Say(heading))
		for _, s := range specs {
			if s.onMessage == "" && s.admin == admin {
				lines = append(lines, fmt.Sprintf("`/%s` %s", c.l.Say("command."+s.name+".name"), c.l.Say("command."+s.name)))
			}
		}
	}
	list("help.members", false)
	lines = append(lines, c.l.Say("help.teach"))
	if c.in.Manages() {
		list("help.admins", true)
	}
	return c.reply(ctx, discord.Message{Content: discord.Join(append(lines, "", c.l.Say("help.privacy")), "\n")})
}

// Commands is the application commands as Discord registers them, in every
// language of the catalogue.
func Commands(texts *text.Catalogue) []*discord.Command {
	var out []*discord.Command
	for _, s := range specs {
		c := &discord.Command{Type: discord.CommandSlash, Name: s.name}
		key := "command." + s.name
		if s.onMessage != "" {
			c.Type = discord.CommandOnMessage
			key = "command." + s.onMessage
		} else {
			c.Description = texts.For(text.English).Say(key)
			c.DescriptionLocalizations = pointer(localized(texts, key))
			c.Options = options(texts, key, s.options)
		}
		c.NameLocalizations = pointer(localized(texts, key+".name"))
		c.Contexts = &[]discord.Context{discord.ContextGuild}
		c.IntegrationTypes = &[]discord.Integration{discord.IntegrationGuild}
		if s.admin {
			c.DefaultMemberPermissions = pointer(int64(discord.PermManageGuild))
		}
		out = append(out, c)
	}
	return out
}

func options(texts *text.Catalogue, key string, opts []opt) []*discord.CommandOption {
	var out []*discord.CommandOption
	for _, o := range opts {
		k := key + "." + o.name
		d := &discord.CommandOption{
			Type: o.kind, Name: o.name, Required: o.required, Autocomplete: o.complete,
			Description:              texts.For(text.English).Say(k),
			DescriptionLocalizations: localized(texts, k),
			NameLocalizations:        localized(texts, "option."+o.name),
			Options:                  options(texts, k, o.options),
		}
		switch o.kind {
		case discord.OptionInt:
			d.MinValue, d.MaxValue = &o.min, o.max
		case discord.OptionChannel:
			d.ChannelTypes = []discord.ChannelKind{discord.ChannelText, discord.ChannelNews}
		case discord.OptionString:
			if len(o.choices) == 0 {
				d.MaxLength = cmp.Or(int(o.max), 200)
			}
		}
		for _, v := range o.choices {
			d.Choices = append(d.Choices, &discord.CommandChoice{
				Name: texts.For(text.English).Say("choice." + v), NameLocalizations: localized(texts, "choice."+v), Value: v,
			})
		}
		out = append(out, d)
	}
	return out
}

// localized is a key's text in every language but English.
func localized(texts *text.Catalogue, key string) map[discord.Locale]string {
	out := map[discord.Locale]string{}
	for _, tag := range texts.Tags() {
		if l := texts.For(tag); tag != text.English && len(l.Forms(key)) > 0 {
			out[discord.Locale(tag)] = l.Say(key)
		}
	}
	return out
}

func pointer[T any](v T) *T { return &v }

// registration tells Discord the commands.
type registration struct {
	store   Library
	client  *discord.Client
	account *account
	tasks   *tasks
	log     *slog.Logger
	texts   *text.Catalogue
	sleep   func(ctx context.Context, d time.Duration) error // between tries
}

// register tells Discord the commands if it does not have them: the catalogue
// keeps a hash of what the bot registered last for an application, and Discord is
// asked whether it still has commands of those names.
func (r *registration) register(ctx context.Context) {
	app := r.application(ctx)
	commands := Commands(r.texts)
	data, err := json.Marshal(commands)
	if err != nil {
		r.log.Error("the commands could not be encoded", "error", err)
		return
	}
	sum := sha256.Sum256(data)
	hash, state := hex.EncodeToString(sum[:]), "commands/"+app
	if old, ok, err := r.store.State(ctx, state); err == nil && ok && string(old) == hash && r.stillRegistered(ctx, app) {
		return
	}
	if err := retrying(ctx, r.sleep, 5, 2*deliverPause, func() error { return r.client.SetCommands(ctx, app, commands) }); err != nil {
		if discord.Classify(err) == discord.Refused {
			r.tasks.refused()
		}
		r.log.Error("the commands could not be registered; the old ones stay", "error", err, "code", shortCode("register", err))
		return
	}
	r.log.Info("registered the commands", "count", len(commands))
	if err := r.store.SetState(ctx, state, []byte(hash)); err != nil {
		r.log.Warn("the commands will be registered again at the next start", "error", err)
	}
}

// application is the id of the application, under which commands are registered.
// READY names it; if it did not, Discord is asked once. While Discord does not
// answer, the bot's user id stands in: bots of the last years have the same for both.
func (r *registration) application(ctx context.Context) string {
	r.account.mu.Lock()
	app, self := r.account.app, r.account.user
	r.account.mu.Unlock()
	if app != "" {
		return app
	}
	app, err := r.client.Application(ctx)
	if err != nil || app == "" {
		return self
	}
	r.account.mu.Lock()
	defer r.account.mu.Unlock()
	r.account.app = app
	return app
}

// stillRegistered reports whether Discord has exactly our commands by name. While
// Discord does not answer, it trusts the hash.
func (r *registration) stillRegistered(ctx context.Context, app string) bool {
	names, err := r.client.Commands(ctx, app)
	if err != nil {
		return true
	}
	var ours []string
	for _, s := range specs {
		ours = append(ours, s.name)
	}
	slices.Sort(ours)
	slices.Sort(names)
	return slices.Equal(names, ours)
}
