package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

// settingsCommands are the subcommands of /cratedigger.
type settingsCommands struct {
	guilds *guilds
	outbox *outbox
	blocks *blocks
}

// command is /cratedigger.
func (s *settingsCommands) command(ctx context.Context, c *call) error {
	sub, _ := c.in.Subcommand()
	switch sub {
	case "queries list":
		return c.reply(ctx, discord.Message{Content: c.queryList()})
	case "queries add":
		return s.addQuery(ctx, c)
	case "queries remove":
		return s.removeQuery(ctx, c)
	case "schedule":
		return s.schedule(ctx, c)
	case "settings":
		return s.settings(ctx, c)
	case "block":
		return s.blocks.command(ctx, c)
	case "unblock":
		return s.blocks.unblock(ctx, c)
	case "pause":
		on := c.in.Options().Flag("on", !c.guild.Paused)
		err := s.guilds.change(ctx, c, func(g *catalog.Guild) error {
			g.Paused, g.PauseReason = on, ""
			return nil
		})
		if err != nil {
			return err
		}
		if on {
			return c.say(ctx, "pause.on")
		}
		return s.resume(ctx, c)
	}
	return problem("error.unknown")
}

// resume sends what waited while the guild was paused, and says whether it posts
// again: its channel may still be lost.
func (s *settingsCommands) resume(ctx context.Context, c *call) error {
	if c.guild.ChannelID == "" {
		return c.say(ctx, "status.setup")
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	if err := s.outbox.deliver(ctx, c.guild.ID); err != nil {
		c.log.Warn("messages are left to send", "guild", c.guild.ID, "error", err, "code", shortCode("deliver", err))
	}
	g, ok, err := s.guilds.store.Guild(ctx, c.guild.ID)
	if err != nil || !ok {
		return errors.Join(fmt.Errorf("guild %s could not be read", c.guild.ID), err)
	}
	if c.guild = g; g.Paused {
		return c.saysPaused(ctx)
	}
	return c.say(ctx, "pause.off", "times", c.nextPosts(ctx, 3, s.guilds.store))
}

// saysPaused says that the guild is paused, and why if it was the bot.
func (c *call) saysPaused(ctx context.Context) error {
	if c.guild.PauseReason != "" {
		return c.say(ctx, "status.paused.why", "reason", c.guild.PauseReason)
	}
	return c.say(ctx, "status.paused")
}

// queryText is a query for people.
func queryText(q youtube.Query) string {
	s := q.Text
	if q.Channel != "" {
		s = "youtube.com/channel/" + q.Channel
	}
	var filters []string
	for _, f := range []string{q.Upload, q.Length} {
		if f != "" {
			filters = append(filters, f)
		}
	}
	if len(filters) > 0 {
		s += " (" + strings.Join(filters, ", ") + ")"
	}
	return s
}

func (c *call) queryList() string {
	if len(c.guild.Queries) == 0 {
		return c.l.Say("queries.none")
	}
	lines := []string{c.l.Say("queries.heading", "n", len(c.guild.Queries))}
	for _, q := range c.guild.Queries {
		lines = append(lines, "• "+discord.Title(queryText(q), 120))
	}
	return discord.Join(lines, "\n")
}

func (s *settingsCommands) addQuery(ctx context.Context, c *call) error {
	o := c.in.Options()
	q := youtube.Query{Text: discord.Plain(o.Text("query"), discord.LimitContent), Upload: o.Text("upload"), Length: o.Text("length"), Pages: whole(o, "pages", 0)}
	if id, ok := youtube.ReadChannel(q.Text); ok {
		q = youtube.Query{Channel: id}
	}
	err := s.guilds.change(ctx, c, func(g *catalog.Guild) error {
		g.Queries = slices.DeleteFunc(g.Queries, func(old youtube.Query) bool { return old.Text == q.Text && old.Channel == q.Channel })
		g.Queries = append(g.Queries, q)
		return nil
	})
	if err != nil {
		return err
	}
	return c.reply(ctx, discord.Message{Content: c.queryList()})
}

// whole is an option as a whole number, or def. The table of limits checks it.
func whole(o discord.Values, name string, def int) int {
	return o.Number(name, def, math.MinInt32, math.MaxInt32)
}

func (s *settingsCommands) removeQuery(ctx context.Context, c *call) error {
	what := c.in.Options().Text("query")
	err := s.guilds.change(ctx, c, func(g *catalog.Guild) error {
		n := len(g.Queries)
		g.Queries = slices.DeleteFunc(g.Queries, func(q youtube.Query) bool { return q.Text == what || queryText(q) == what || q.Channel == what })
		if len(g.Queries) == n {
			return problem("error.no_query", "query", discord.Title(what, 100))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.reply(ctx, discord.Message{Content: c.queryList()})
}

// schedule changes the cron lines and shows the next three times of each.
func (s *settingsCommands) schedule(ctx context.Context, c *call) error {
	o := c.in.Options()
	if len(o) > 0 {
		err := s.guilds.change(ctx, c, func(g *catalog.Guild) error {
			if zone := o.Text("zone"); zone != "" {
				g.Zone = schedule.Zone(zone)
			}
			if post := o.Text("post"); post != "" {
				g.Schedule = nil
				for spec := range strings.SplitSeq(post, ";") {
					g.Schedule = append(g.Schedule, daily(spec))
				}
			}
			g.Retrain = cmp.Or(daily(o.Text("retrain")), g.Retrain)
			for name, line := range map[string]*string{"recap": &g.Recap, "duels": &g.Duels} {
				switch spec := o.Text(name); spec {
				case "":
				case "off", "-":
					*line = ""
				default:
					*line = spec
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	g := c.guild
	lines := []string{c.l.Say("schedule.zone", "zone", g.Zone)}
	show := func(key string, specs ...string) {
		for _, spec := range specs {
			if spec == "" {
				continue
			}
			times, err := c.nextTimes(spec, 3)
			shown := strings.Join(times, ", ")
			if err != nil {
				shown = discord.Title(err.Error(), 200)
			}
			lines = append(lines, c.l.Say(key, "spec", c.inWords(spec), "times", shown))
		}
	}
	show("schedule.post", g.Schedule...)
	show("schedule.retrain", g.Retrain)
	show("schedule.recap", g.Recap)
	show("schedule.duels", g.Duels)
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n")})
}

// daily is a schedule as typed: a time of day alone means every day.
func daily(text string) string {
	if hour, minute, ok := schedule.ReadClock(text); ok {
		return schedule.Week{Days: schedule.EveryDay, Hour: hour, Minute: minute}.String()
	}
	return strings.TrimSpace(text)
}

// inWords is a schedule as days and a time of day, or its cron line if it says more.
func (c *call) inWords(spec string) string {
	if w, ok := schedule.ReadWeek(spec); ok {
		return c.l.Week(w)
	}
	return "`" + strings.ReplaceAll(discord.Plain(spec, 60), "`", "") + "`"
}

// weekChoices completes a schedule from a time of day: every day, Monday to Friday,
// Saturday and Sunday, and each day alone. off also offers to switch it off.
func (c *call) weekChoices(typed string, off bool) (out []choice) {
	hour, minute, ok := schedule.ReadClock(typed)
	if !ok {
		hour, minute = 18, 0
	}
	add := func(days ...time.Weekday) {
		spec := schedule.Week{Days: days, Hour: hour, Minute: minute}.String()
		out = append(out, choice{discord.Cut(c.inWords(spec), discord.LimitChoice), spec})
	}
	if off && !ok {
		out = append(out, choice{c.l.Say("settings.off"), "off"})
	}
	add(schedule.EveryDay...)
	add(1, 2, 3, 4, 5)
	add(6, 0)
	for _, day := range schedule.EveryDay {
		add(day)
	}
	if typed != "" && !ok { // a cron line, or the beginning of a day's name
		out = slices.DeleteFunc(out, func(o choice) bool { return !strings.Contains(strings.ToLower(o.Name), strings.ToLower(typed)) })
		if len(out) == 0 {
			out = append(out, choice{discord.Cut(typed, discord.LimitChoice), discord.Cut(typed, discord.LimitChoice)})
		}
	}
	return out
}

// settings changes the given settings and shows all.
func (s *settingsCommands) settings(ctx context.Context, c *call) error {
	o := c.in.Options()
	var changes []func(*catalog.Guild) error
	if o.Has("channel") {
		channel := o.Text("channel")
		if err := c.mayPost(channel); err != nil {
			return err
		}
		changes = append(changes, setChannel(channel))
	}
	if o.Has("count") {
		changes = append(changes, setCount(whole(o, "count", 0)))
	}
	changes = append(changes, func(g *catalog.Guild) error {
		if o.Has("languages") {
			g.Languages = nil
			if text := o.Text("languages"); !strings.EqualFold(text, "any") && !strings.EqualFold(text, c.l.Say("settings.any")) {
				g.Languages = pick.ReadLanguages(text)
			}
		}
		if o.Has("kinds") {
			g.Kinds = nil
			if text := o.Text("kinds"); !strings.EqualFold(text, "none") && !strings.EqualFold(text, c.l.Say("settings.none")) {
				g.Kinds = pick.ReadKinds(text)
			}
		}
		g.SameSongDays = whole(o, "same-song-days", g.SameSongDays)
		g.Votes = cmp.Or(o.Text("votes"), g.Votes)
		if o.Has("exploration") {
			g.Exploration, _ = limits.Of("exploration").Typed(strconv.Itoa(whole(o, "exploration", 0)))
		}
		g.Wildcard = o.Flag("wildcard", g.Wildcard)
		g.MusicOnly = o.Flag("music-only", g.MusicOnly)
		g.MinSeconds = whole(o, "min-seconds", g.MinSeconds)
		g.MaxSeconds = whole(o, "max-seconds", g.MaxSeconds)
		switch language := o.Text("language"); language {
		case "":
		case "auto":
			g.Language = ""
		default:
			g.Language = language
		}
		g.MentionRole = cmp.Or(o.Text("role"), g.MentionRole)
		if g.MentionRole == g.ID { // @everyone has the guild's id: nobody is pinged then
			g.MentionRole = ""
		}
		return nil
	})
	if len(o) > 0 {
		if err := s.guilds.change(ctx, c, changes...); err != nil {
			return err
		}
	}
	g := c.guild
	onOff := func(on bool) string {
		if on {
			return c.l.Say("settings.on")
		}
		return c.l.Say("settings.off")
	}
	channel, role, language := c.l.Say("setup.no_channel"), c.l.Say("settings.none"), g.Language
	if g.ChannelID != "" {
		channel = c.l.Say("settings.channel", "value", "<#"+g.ChannelID+">")
	}
	if g.MentionRole != "" {
		role = "<@&" + g.MentionRole + ">"
	}
	if language == "" {
		language = "auto (" + s.guilds.language(g).Tag() + ")"
	}
	languages := strings.Join(g.Languages, ", ")
	if languages == "" {
		languages = c.l.Say("settings.any")
	}
	kinds := strings.Join(g.Kinds, ", ")
	if kinds == "" {
		kinds = c.l.Say("settings.none")
	}
	lines := []string{
		channel, c.l.Say("settings.count", "n", g.Picks),
		c.l.Say("settings.votes", "value", c.l.Say("choice."+cmp.Or(g.Votes, votesReactions))),
		c.l.Say("settings.exploration", "percent", limits.Of("exploration").Shown(g.Exploration)),
		c.l.Say("settings.wildcard", "value", onOff(g.Wildcard)), c.l.Say("settings.music", "value", onOff(g.MusicOnly)),
		c.l.Say("settings.kinds", "value", kinds), c.l.Say("settings.same", "n", g.SameSongDays),
		c.l.Say("settings.seconds", "min", g.MinSeconds, "max", g.MaxSeconds),
		c.l.Say("settings.languages", "value", languages),
		c.l.Say("settings.language", "value", language), c.l.Say("settings.role", "value", role),
	}
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n")})
}

// complete completes the options of /cratedigger.
func (s *settingsCommands) complete(ctx context.Context, c *call) ([]choice, error) {
	sub, options := c.in.Subcommand()
	name, typed := discord.Values(options).Focused()
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(typed)) }
	var out []choice
	switch sub + "." + name {
	case "queries remove.query":
		for _, q := range c.guild.Queries {
			if query := queryText(q); has(query) && len(query) <= discord.LimitChoice {
				out = append(out, choice{query, query})
			}
		}
	case "schedule.zone":
		return zoneChoices(typed), nil
	case "schedule.post", "schedule.retrain":
		return c.weekChoices(typed, false), nil
	case "schedule.recap", "schedule.duels":
		return c.weekChoices(typed, true), nil
	case "settings.language":
		for _, tag := range append([]string{"auto"}, s.guilds.texts.Tags()...) {
			if has(tag) {
				out = append(out, choice{tag, tag})
			}
		}
	case "block.channel":
		known, err := s.blocks.knownChannels(ctx, c.guild.ID)
		if err != nil {
			return nil, err
		}
		for _, k := range known {
			if has(k.Name) {
				out = append(out, choice{k.Name, cmp.Or(k.ID, discord.Cut(k.Name, discord.LimitChoice))})
			}
		}
	case "block.artist":
		requests, err := s.blocks.requests(ctx, c.guild.ID)
		if err != nil {
			return nil, err
		}
		for _, r := range requests {
			if r.Artist && has(r.Name) {
				out = append(out, nameChoice(r.Name))
			}
		}
		known, err := artistChoices(ctx, s.blocks.stages, c.guild.ID, typed)
		if err != nil {
			return nil, err
		}
		for _, k := range known {
			if !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	case "unblock.what":
		for _, ch := range c.guild.BlockedChannels {
			if has(ch.Name) {
				out = append(out, choice{ch.Name, cmp.Or(ch.ID, discord.Cut(ch.Name, discord.LimitChoice))})
			}
		}
		for _, a := range c.guild.BlockedArtists {
			if has(a.Name) {
				out = append(out, choice{c.l.Say("block.artist", "artist", a.Name), nameChoice(a.Name).Value})
			}
		}
		for _, s := range c.guild.BlockedSongs {
			if has(s.Name()) {
				out = append(out, choice{c.l.Say("block.song", "song", s.Name()), s.VideoID})
			}
		}
		for _, w := range c.guild.BlockedWords {
			if has(w) {
				out = append(out, choice{w, w})
			}
		}
	}
	return out, nil
}
