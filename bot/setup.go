package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/limit"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

// Steps of the set-up, in the custom ids of its components.
const (
	stepChannel = "channel"
	stepGenres  = "genres"
	stepDays    = "days"
	stepHour    = "hour"
	stepZone    = "zone"  // the button, and the form that it opens
	inputCount  = "count" // the form's other input
	stepStart   = "start"
	stepLabels  = "labels" // take over what one person labelled without Discord
	stepRecover = "recover"

	stepFavourites = "favourites" // the button, and the form that it opens
	inputLiked     = "liked"      // the form's inputs
	inputDisliked  = "disliked"
)

// genres are what the set-up offers; members may type others.
var genres = []string{
	"acoustic", "afrobeat", "ambient", "bossa nova", "classical", "country", "drum and bass", "electronic", "folk", "funk",
	"hip hop", "house", "indie", "jazz", "lo-fi", "metal", "MPB", "pop", "punk", "R&B", "reggae", "rock", "samba", "soul", "techno",
}

// queriesOf is the searches for a genre: new music, and live sessions.
func queriesOf(genre string) []youtube.Query {
	return []youtube.Query{
		{Text: genre + " new music", Upload: "month"},
		{Text: genre + " live session"},
	}
}

// setup is /setup and its steps.
type setup struct {
	stages Work
	scores Scores
	store  Catalog
	guilds *guilds
	outbox *outbox
	runs   *runCommands
	cool   *cooldowns

	recovery *recovery
}

// command saves the given options and shows what else can be chosen. Given a
// channel and with something to search for, it starts at once in a guild that has
// never had a post, unless there are posts to recover.
func (s *setup) command(ctx context.Context, c *call) error {
	o := c.in.Options()
	var changes []func(*catalog.Guild) error
	if channel := o.Text("channel"); channel != "" {
		if err := c.mayPost(channel); err != nil {
			return err
		}
		changes = append(changes, setChannel(channel))
	} else if c.guild.ChannelID == "" && c.mayPost(c.in.ChannelID) == nil {
		changes = append(changes, setChannel(c.in.ChannelID)) // here, unless another is chosen
	}
	if list := o.Text("genres"); list != "" {
		changes = append(changes, setGenres(strings.Split(list, ",")))
	}
	zone := o.Text("zone")
	if zone == "" && c.guild.ChannelID == "" && (c.guild.Zone == "" || c.guild.Zone == "UTC") {
		zone = homeZone(c.in.Locale)
	}
	if zone != "" {
		changes = append(changes, setZone(zone))
	}
	if o.Has("hour") {
		changes = append(changes, setHour(o.Number("hour", 18, 0, 23)))
	}
	if o.Has("count") {
		changes = append(changes, setCount(whole(o, "count", 0)))
	}
	if err := s.guilds.change(ctx, c, changes...); err != nil {
		return err
	}
	m, err := s.message(ctx, c)
	if err != nil {
		return err
	}
	// After the first songs nothing could be recovered any more.
	offered := s.recovery.offer(ctx, c, &m)
	if o.Has("channel") && len(c.guild.Queries) > 0 && !offered {
		posts, err := s.store.Posts(ctx, c.guild.ID, time.Time{})
		if err != nil {
			return fmt.Errorf("the posts could not be read: %w", err)
		}
		if !slices.ContainsFunc(posts, func(p catalog.Post) bool { return p.State != catalog.StateFailed }) {
			return s.start(ctx, c)
		}
	}
	return c.reply(ctx, m)
}

// message shows the settings and favourites so far. To the first guild it offers the
// labels of whoever used the program without Discord before.
func (s *setup) message(ctx context.Context, c *call) (discord.Message, error) {
	m := c.setupMessage(ctx, s.store)
	told, err := labels.Favourites(ctx, s.store, c.guild.ID)
	if err != nil {
		return m, err
	}
	m.Content = discord.Join(append([]string{m.Content}, c.l.Favourites(told, discord.Title)...), "\n")
	n, err := s.localLabels(ctx, c.guild.ID)
	if err != nil || n == 0 {
		return m, err
	}
	m.Content = discord.Cut(m.Content, discord.LimitContent-200) + "\n" + c.l.Say("setup.local", "n", n)
	last := len(m.Components) - 1
	row := m.Components[last].(discord.Row)
	row.Components = append(row.Components, discord.Button{Style: discord.ButtonSecondary, Label: c.l.Say("setup.take_labels"), CustomID: discord.CustomID(actionSetup, stepLabels)})
	m.Components[last] = row
	return m, nil
}

// localLabels is how many labels one person without Discord has given. It is 0 if the
// bot is in another guild too: only a bot's only guild may take these labels.
func (s *setup) localLabels(ctx context.Context, guildID string) (int, error) {
	all, err := s.guilds.store.Guilds(ctx)
	if err != nil {
		return 0, fmt.Errorf("the guilds could not be read: %w", err)
	}
	local := false
	for _, g := range all {
		switch {
		case !g.LeftAt.IsZero() || g.ID == guildID:
		case g.ID != catalog.LocalGuild:
			return 0, nil
		default:
			local = true
		}
	}
	if !local {
		return 0, nil
	}
	votes, err := s.store.Votes(ctx, catalog.LocalGuild)
	if err != nil {
		return 0, fmt.Errorf("the labels on this machine could not be read: %w", err)
	}
	return len(votes), nil
}

// takeLabels gives the guild the labels that are on this machine.
func (s *setup) takeLabels(ctx context.Context, c *call) error {
	n, err := s.localLabels(ctx, c.guild.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return problem("error.unknown")
	}
	if n, err = s.store.TakeOver(ctx, catalog.LocalGuild, c.guild.ID); err != nil {
		return fmt.Errorf("the labels could not be taken over: %w", err)
	}
	s.guilds.log.Info("labels were taken over", "guild", c.guild.ID, "from", catalog.LocalGuild, "labels", n, "by", c.in.UserID())
	s.guilds.changed(catalog.LocalGuild)
	m, err := s.message(ctx, c)
	if err != nil {
		return err
	}
	m.Content = discord.Cut(m.Content, discord.LimitContent-200) + "\n" + c.l.Say("setup.labels_taken", "n", n)
	return c.update(ctx, m)
}

// homeZone guesses a zone from the language of a member's client.
func homeZone(locale string) string {
	switch locale {
	case "pt-BR":
		return "America/Sao_Paulo"
	case "de":
		return "Europe/Berlin"
	case "en-GB":
		return "Europe/London"
	}
	return ""
}

// mayPost checks that the bot may do its work in a channel, as far as the
// permissions that come with the interaction tell.
func (c *call) mayPost(channelID string) error {
	var has discord.Bits
	known := false
	if r, ok := c.in.Data.Resolved.Channels[channelID]; ok && r.AppPermissions != nil {
		has, known = *r.AppPermissions, true
	} else if channelID == c.in.ChannelID && c.in.AppPermissions != 0 {
		has, known = c.in.AppPermissions, true
	}
	if !known || has&discord.PermAdministrator != 0 {
		return nil
	}
	var missing []string
	for _, name := range discord.Lacking(has) {
		missing = append(missing, c.l.Say("permission."+name))
	}
	if len(missing) > 0 {
		return problem("error.permissions", "channel", "<#"+channelID+">", "list", strings.Join(missing, ", "))
	}
	return nil
}

// setupMessage shows the settings so far, and menus to change them.
func (c *call) setupMessage(ctx context.Context, store GuildStore) discord.Message {
	g, l := c.guild, c.l
	var queries []string
	for _, q := range g.Queries {
		queries = append(queries, "‘"+discord.Title(q.Text, 60)+"’")
	}
	lines := []string{l.Say("setup.intro")}
	if g.ChannelID == "" {
		lines = append(lines, l.Say("setup.no_channel"))
	} else {
		lines = append(lines, l.Say("setup.channel", "channel", "<#"+g.ChannelID+">"))
	}
	if len(queries) == 0 {
		lines = append(lines, l.Say("setup.no_queries"))
	} else {
		lines = append(lines, l.Say("setup.queries", "list", strings.Join(queries[:min(len(queries), 8)], ", ")))
	}
	var when []string
	for _, spec := range g.Schedule {
		when = append(when, c.inWords(spec))
	}
	if len(when) == 0 {
		lines = append(lines, l.Say("setup.no_times"))
	} else {
		lines = append(lines, l.Say("setup.times", "n", g.Picks, "when", strings.Join(when, "; "), "zone", g.Zone, "times", c.nextPosts(ctx, 3, store)))
	}

	row := func(parts ...discord.Component) discord.Row {
		return discord.Row{Components: parts}
	}
	genreMenu := discord.Menu{MenuType: discord.MenuStrings, CustomID: discord.CustomID(actionSetup, stepGenres),
		Placeholder: l.Say("setup.pick_genres"), MinValues: pointer(1), MaxValues: 5}
	searched := 0
	for _, name := range genres {
		all := !slices.ContainsFunc(queriesOf(strings.ToLower(name)), func(q youtube.Query) bool { return !slices.Contains(g.Queries, q) })
		if all {
			searched++
		}
		genreMenu.Options = append(genreMenu.Options, discord.MenuOption{Label: name, Value: name, Default: all})
	}
	genreMenu.MaxValues = max(genreMenu.MaxValues, searched) // Discord refuses a menu with more chosen
	week, chosen := weekOf(g)
	dayMenu := discord.Menu{MenuType: discord.MenuStrings, CustomID: discord.CustomID(actionSetup, stepDays), Placeholder: l.Say("setup.pick_days"),
		MinValues: pointer(1), MaxValues: len(schedule.EveryDay)}
	for _, day := range schedule.EveryDay {
		dayMenu.Options = append(dayMenu.Options, discord.MenuOption{Label: l.Day(day), Value: strconv.Itoa(int(day)), Default: slices.Contains(week.Days, day)})
	}
	hourMenu := discord.Menu{MenuType: discord.MenuStrings, CustomID: discord.CustomID(actionSetup, stepHour), Placeholder: l.Say("setup.pick_hour")}
	for h := range 24 {
		at := schedule.Week{Hour: h}
		if chosen && h == week.Hour {
			at = week
		}
		hourMenu.Options = append(hourMenu.Options, discord.MenuOption{Label: at.Clock(), Value: strconv.Itoa(h), Default: chosen && h == week.Hour})
	}
	channelMenu := discord.Menu{MenuType: discord.MenuChannels, CustomID: discord.CustomID(actionSetup, stepChannel), Placeholder: l.Say("setup.pick_channel"),
		ChannelTypes: []discord.ChannelKind{discord.ChannelText, discord.ChannelNews}}
	if g.ChannelID != "" {
		channelMenu.DefaultValues = []discord.MenuDefault{{ID: g.ChannelID, Type: discord.DefaultChannel}}
	}
	return discord.Message{Content: discord.Cut(strings.Join(lines, "\n"), discord.LimitContent), Components: []discord.Component{
		row(channelMenu), row(genreMenu), row(dayMenu), row(hourMenu),
		row(discord.Button{Style: discord.ButtonSuccess, Label: l.Say("setup.start"), CustomID: discord.CustomID(actionSetup, stepStart),
			Disabled: g.ChannelID == "" || len(g.Queries) == 0},
			discord.Button{Style: discord.ButtonSecondary, Label: discord.Cut(l.Say("setup.pick_zone", "n", g.Picks, "zone", g.Zone), discord.LimitLabel), CustomID: discord.CustomID(actionSetup, stepZone)},
			discord.Button{Style: discord.ButtonSecondary, Label: l.Say("setup.tell_favourites"), CustomID: discord.CustomID(actionSetup, stepFavourites)}),
	}}
}

// step handles a menu, a button or a form.
func (s *setup) step(ctx context.Context, c *call) error {
	first := ""
	if len(c.in.Data.Values) > 0 {
		first = c.in.Data.Values[0]
	}
	var change func(*catalog.Guild) error
	switch c.id.Arg(0) {
	case stepChannel:
		if err := c.mayPost(first); err != nil {
			return err
		}
		change = setChannel(first)
	case stepGenres:
		change = pickGenres(c.in.Data.Values)
	case stepHour:
		n, err := strconv.Atoi(first)
		if err != nil {
			return problem("error.unknown")
		}
		change = setHour(min(max(n, 0), 23))
	case stepDays:
		days := slices.DeleteFunc(slices.Clone(schedule.EveryDay), func(day time.Weekday) bool { return !slices.Contains(c.in.Data.Values, strconv.Itoa(int(day))) })
		if len(days) == 0 {
			return problem("error.unknown")
		}
		change = setDays(days)
	case stepZone:
		if c.in.Type == discord.KindComponent {
			return c.askZone(ctx)
		}
		change = func(g *catalog.Guild) error {
			if typed := strings.TrimSpace(c.in.Form(inputCount)); typed != "" {
				n, err := strconv.Atoi(typed)
				if err != nil {
					return limit.Broken{Limit: limits.Of("picks"), Index: -1, Value: discord.Plain(typed, 60)}
				}
				g.Picks = n
			}
			return setZone(c.in.Form(stepZone))(g)
		}
	case stepFavourites:
		if c.in.Type == discord.KindComponent {
			return s.askFavourites(ctx, c)
		}
		return s.tellFavourites(ctx, c)
	case stepStart:
		return s.start(ctx, c)
	case stepLabels:
		return s.takeLabels(ctx, c)
	case stepRecover:
		return s.recovery.press(ctx, c)
	default:
		return problem("error.unknown")
	}
	if err := s.guilds.change(ctx, c, change); err != nil {
		return err
	}
	return s.update(ctx, c)
}

// update shows the settings anew in the message of the set-up.
func (s *setup) update(ctx context.Context, c *call) error {
	m, err := s.message(ctx, c)
	if err != nil {
		return err
	}
	s.recovery.offer(ctx, c, &m)
	return c.update(ctx, m)
}

// askZone opens a form for the zone, because a menu does not hold all zones, and for the
// number of songs, because a message has no room for another menu.
func (c *call) askZone(ctx context.Context) error {
	input := func(id, label, value string) discord.TextInput {
		return discord.TextInput{CustomID: id, Label: c.l.Say(label, "max", int(limits.Of("picks").Max)), Style: discord.InputShort, Value: value, Required: true, MaxLength: 60}
	}
	return c.ask(ctx, stepZone, "setup.zone_title", input(inputCount, "setup.count_label", strconv.Itoa(c.guild.Picks)), input(stepZone, "setup.zone_label", c.guild.Zone))
}

// ask opens a form of a step of the set-up.
func (c *call) ask(ctx context.Context, step, title string, inputs ...discord.TextInput) error {
	var rows []discord.Component
	for _, in := range inputs {
		rows = append(rows, discord.Row{Components: []discord.Component{in}})
	}
	err := c.client.Answer(ctx, c.in, discord.Answer{Type: discord.AnswerForm, Data: map[string]any{
		"custom_id": discord.CustomID(actionSetup, step), "title": c.l.Say(title), "components": rows,
	}}, nil)
	c.answered = c.answered || err == nil
	return err
}

// askFavourites opens a form with the guild's favourites as they were told.
func (s *setup) askFavourites(ctx context.Context, c *call) error {
	told, err := labels.Favourites(ctx, s.store, c.guild.ID)
	if err != nil {
		return err
	}
	input := func(id, label string, liked bool) discord.TextInput {
		return discord.TextInput{CustomID: id, Label: c.l.Say(label), Style: discord.InputParagraph, Placeholder: c.l.Say("favourites.how"),
			Value: discord.Cut(labels.FavouriteText(told, liked), discord.LimitInput), MaxLength: discord.LimitInput}
	}
	return c.ask(ctx, stepFavourites, "favourites.title", input(inputLiked, "favourites.liked", true), input(inputDisliked, "favourites.disliked", false))
}

// tellFavourites keeps what stands in the form.
func (s *setup) tellFavourites(ctx context.Context, c *call) error {
	if err := s.cool.take("favourites/"+c.guild.ID+"/"+c.in.UserID(), coolRank); err != nil {
		return err
	}
	_, err := labels.TellFavourites(ctx, s.store, c.guild.ID, c.in.Form(inputLiked), c.in.Form(inputDisliked), c.now())
	if refused, ok := c.l.RefusedFavourites(err, discord.Title); ok {
		return c.reply(ctx, discord.Message{Content: refused})
	}
	if err != nil {
		return err
	}
	return s.update(ctx, c)
}

// start makes the first picks now, unless today's are in the channel already.
func (s *setup) start(ctx context.Context, c *call) error {
	switch {
	case c.guild.ChannelID == "":
		return problem("error.no_channel")
	case len(c.guild.Queries) == 0:
		return problem("error.no_queries")
	case c.guild.Paused:
		return c.saysPaused(ctx)
	}
	slot, err := s.today(ctx, c)
	if err != nil {
		return err
	}
	if slot != "" {
		if err := c.later(ctx); err != nil {
			return err
		}
		s.send(ctx, c)
		return c.reply(ctx, discord.Message{Content: s.sent(ctx, c, slot, "setup.already"), Bare: true})
	}
	return s.runs.long(ctx, c, catalog.RunStart, func(ctx context.Context, p pipeline.Progress) (catalog.Run, error) {
		run, err := s.stages.Start(ctx, c.guild.ID, c.by(), p)
		if err == nil && run.Counts["picks"] > 0 {
			s.send(ctx, c)
		}
		return run, err
	}, func(run catalog.Run) discord.Message {
		if run.Counts["picks"] == 0 {
			return discord.Message{Content: c.l.Say("setup.nothing") + alarms(run)}
		}
		return discord.Message{Content: s.sent(ctx, c, run.Slot, "setup.done") + s.unfound(ctx, c) + alarms(run)}
	})
}

// unfound says that no song of the guild's favourites was found, where that is so.
func (s *setup) unfound(ctx context.Context, c *call) string {
	found, told, err := s.scores.Favourites(ctx, c.guild.ID)
	if err != nil {
		c.log.Warn("whether favourites were found is not told", "guild", c.guild.ID, "error", err)
	}
	if told == 0 || found > 0 {
		return ""
	}
	return "\n" + c.l.Say("setup.unfound")
}

// today is the newest slot of the day in the guild's zone that has posts in its
// channel, sent or waiting; "" for none. Posts that were refused or that went to a
// former channel do not count.
func (s *setup) today(ctx context.Context, c *call) (slot string, err error) {
	now := c.now()
	if zone, err := time.LoadLocation(c.guild.Zone); err == nil {
		now = now.In(zone)
	}
	posts, err := s.store.Posts(ctx, c.guild.ID, time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location()))
	if err != nil {
		return "", fmt.Errorf("the posts could not be read: %w", err)
	}
	for _, p := range posts {
		if p.ChannelID == c.guild.ChannelID && (p.State == catalog.StateSent || p.State == catalog.StatePending) {
			slot = p.Slot
		}
	}
	return slot, nil
}

// send delivers the messages that wait. Failures are retried later; sent reports
// them to the member.
func (s *setup) send(ctx context.Context, c *call) {
	if err := s.outbox.deliver(ctx, c.guild.ID); err != nil {
		c.log.Warn("messages are left to send", "guild", c.guild.ID, "error", err, "code", shortCode("deliver", err))
	}
}

// sent returns the text named key if all posts of a slot are in the channel. Otherwise
// its text says how many were refused, and why, or that some are still to be sent.
func (s *setup) sent(ctx context.Context, c *call, slot, key string) string {
	posts, err := s.store.Posts(ctx, c.guild.ID, time.Time{})
	posts = slices.DeleteFunc(posts, func(p catalog.Post) bool { return p.Slot != slot })
	state := map[catalog.State]int{}
	for _, p := range posts {
		state[p.State]++
	}
	g, _, gerr := s.store.Guild(ctx, c.guild.ID)
	refused, rerr := s.store.Refused(ctx, c.guild.ID)
	channel := "<#" + c.guild.ChannelID + ">"
	switch err := errors.Join(err, gerr, rerr); {
	case err != nil:
		code := shortCode("sent", err)
		c.log.Error("what became of posts could not be read", "guild", c.guild.ID, "error", err, "code", code)
		return c.l.Say("error.internal", "code", code)
	case state[catalog.StateFailed] > 0:
		why := ""
		switch {
		case g.Paused && g.PauseReason != "":
			why = g.PauseReason
		case len(refused) > 0:
			why = discord.Title(refused[len(refused)-1].Error, 200)
		}
		return c.l.Say("setup.refused", "n", state[catalog.StateFailed], "all", len(posts), "channel", channel, "why", why)
	case state[catalog.StatePending] > 0:
		return c.l.Say("setup.waiting", "channel", channel)
	}
	return c.l.Say(key, "channel", channel, "times", c.nextPosts(ctx, 3, s.store))
}

// complete completes zones, and genres after the last comma.
func (s *setup) complete(_ context.Context, c *call) ([]choice, error) {
	switch name, typed := c.in.Options().Focused(); name {
	case "genres":
		head, last := "", typed
		if i := strings.LastIndexByte(typed, ','); i >= 0 {
			head, last = strings.TrimSpace(typed[:i])+", ", strings.TrimSpace(typed[i+1:])
		}
		var out []choice
		for _, g := range genres {
			if strings.Contains(strings.ToLower(g), strings.ToLower(last)) {
				out = append(out, choice{head + g, head + g})
			}
		}
		return out, nil
	case "zone":
		return zoneChoices(typed), nil
	}
	return nil, nil
}

// zoneChoices is the zones whose names contain what was typed.
func zoneChoices(typed string) []choice {
	var out []choice
	typed = strings.ReplaceAll(strings.ToLower(typed), " ", "_")
	for _, z := range schedule.Zones {
		if strings.Contains(strings.ToLower(z), typed) {
			out = append(out, choice{z, z})
		}
	}
	return out
}

// nextTimes is the next times of a cron line, each in the reader's zone. It fails
// for a line that was stored when it was still allowed.
func (c *call) nextTimes(spec string, n int) ([]string, error) {
	s, err := schedule.Parse(spec, c.guild.Zone)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, t := range s.NextN(c.now(), n) {
		out = append(out, moment(t))
	}
	return out, nil
}

// nextPosts is the next times of the guild's posts, but for those posted ahead.
func (c *call) nextPosts(ctx context.Context, n int, store GuildStore) string {
	next, err := pipeline.NextPosts(ctx, c.guild, c.now(), n, store.Slot)
	if err != nil {
		c.log.Warn("the next posts are not told", "guild", c.guild.ID, "error", err)
	}
	var out []string
	for _, s := range next {
		out = append(out, moment(s.At))
	}
	return strings.Join(out, ", ")
}
