package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// RecoverMost is how many messages of a channel are read at most, the newest ones.
const RecoverMost = 100 * recoverPages

const (
	recoverPages = 200
	// slotGap is the most time between two posts of one slot: they are sent one after
	// the other, and failed tries lie between.
	slotGap = 10 * time.Minute
)

// Recovered is what of a guild was read from Discord again.
type Recovered struct {
	Guild    discord.Named
	Posts    int             // that are back, with those of a recovery that was cut off
	Votes    int             // on them, by reaction
	Channels []discord.Named // that have such posts
	Unread   []discord.Named // which the bot may not read
	Cut      []discord.Named // of which only the newest RecoverMost messages were read
	Resumed  bool            // an earlier recovery was cut off
}

// recovery reads a guild's posts, and the votes on them, from Discord again, after the
// catalogue was lost. Of other people's messages it looks at nothing but who wrote them.
type recovery struct {
	store      Catalog
	client     *discord.Client
	guilds     *guilds
	comparison *comparison
	outbox     *outbox
	account    *account
	log        *slog.Logger
	now        func() time.Time
	sleep      func(ctx context.Context, d time.Duration) error // between tries
	keep       time.Duration                                    // Options.Keep
	locks      locks                                            // one recovery of a guild at a time
}

var errRecovering = errors.New("this guild is being recovered already")

// Guilds are the guilds that the bot is in and that the configuration lets in, as
// Discord lists them; at most 200.
func (b *Bot) Guilds(ctx context.Context) ([]discord.Named, error) {
	all, err := b.client.Guilds(ctx)
	if err != nil {
		return nil, fmt.Errorf("Discord does not say in which guilds the bot is: %w", err)
	}
	return slices.DeleteFunc(all, func(g discord.Named) bool { return !b.guilds.allowed(g.ID) }), nil
}

// Recover reads a guild's posts and the votes by reaction on them from Discord again, if
// the catalogue has none of the guild ([catalog.NotEmptyError]), and announces it in the
// channel of the newest one. If it is cut off, the next call goes on, and so does the
// next start of the bot. p, which may be nil, hears how many messages of a channel have
// been read. A bot that does not run needs Alone around it.
func (b *Bot) Recover(ctx context.Context, g discord.Named, p pipeline.Progress) (Recovered, error) {
	if !b.guilds.allowed(g.ID) {
		return Recovered{}, fmt.Errorf("guild %s is not in discord.guilds, so the bot does not serve it", g.ID)
	}
	b.guilds.join(ctx, g.ID, g.Name)
	return b.recovery.guild(ctx, g, p)
}

// Alone calls f, which may use Recover, while the bot does not run.
func (b *Bot) Alone(f func() error) error {
	writing, stop := context.WithCancel(context.Background()) // until f has ended
	written := make(chan struct{})
	go func() { defer close(written); b.votes.run(writing) }()
	defer func() { stop(); <-written; b.client.CloseIdle() }()
	return f()
}

// resume goes on with recoveries that were cut off.
func (r *recovery) resume(ctx context.Context) {
	r.guilds.each(ctx, r.guilds.present(ctx), func(ctx context.Context, g catalog.Guild) {
		if _, cutOff, err := r.store.Recoverable(ctx, g.ID); err != nil || !cutOff {
			return
		}
		_, err := r.guild(ctx, discord.Named{ID: g.ID, Name: g.Name}, nil)
		if err != nil && ctx.Err() == nil && !errors.Is(err, errRecovering) {
			r.log.Warn("posts and votes are still to be read from Discord again", "guild", g.ID, "error", err, "code", shortCode("recover", err))
		}
	})
}

// guild reads a guild's posts and votes from Discord again.
func (r *recovery) guild(ctx context.Context, g discord.Named, p pipeline.Progress) (out Recovered, err error) {
	lock := r.locks.of(g.ID)
	if !lock.TryLock() {
		return out, errRecovering
	}
	defer lock.Unlock()
	out.Guild = g
	if r.account.id() == "" { // the bot does not run
		self, err := r.client.Self(ctx)
		if err != nil {
			return out, fmt.Errorf("Discord does not say who the bot is: %w", err)
		}
		r.account.mu.Lock()
		r.account.user = self.ID
		r.account.mu.Unlock()
	}
	var channels []discord.Named
	err = retrying(ctx, r.sleep, deliverTries, deliverPause, func() (err error) {
		channels, err = r.client.PostChannels(ctx, g.ID)
		return err
	})
	if err != nil {
		return out, fmt.Errorf("the channels of guild %s could not be listed: %w", g.ID, err)
	}
	if out.Resumed, err = r.store.BeginRecovery(ctx, g.ID); err != nil {
		return out, err
	}
	r.log.Info("posts and votes are read from Discord again", "guild", g.ID, "channels", len(channels), "resumed", out.Resumed)
	for _, channel := range channels {
		if err := r.channel(ctx, &out, channel, p); err != nil {
			return out, fmt.Errorf("what was read of guild %s is kept, and the rest is left: type it again to go on: %w", g.ID, err)
		}
	}
	return out, r.finish(ctx, &out)
}

// finish counts what is back, and announces it in the channel of the newest post.
func (r *recovery) finish(ctx context.Context, out *Recovered) error {
	posts, err := r.store.Posts(ctx, out.Guild.ID, time.Time{})
	if err != nil {
		return fmt.Errorf("the posts could not be read: %w", err)
	}
	channelID := ""
	for _, post := range posts {
		if post.Policy != catalog.PolicyRecovered {
			continue
		}
		votes, err := r.store.PostVotes(ctx, post.ID)
		if err != nil {
			return fmt.Errorf("the votes of a post could not be read: %w", err)
		}
		for _, v := range votes {
			if !v.Up.Reaction.IsZero() || !v.Down.Reaction.IsZero() {
				out.Votes++
			}
		}
		out.Posts, channelID = out.Posts+1, post.ChannelID
	}
	var notice *catalog.Outbox
	if out.Posts > 0 {
		g, _, err := r.store.Guild(ctx, out.Guild.ID)
		if err != nil {
			return fmt.Errorf("guild %s could not be read: %w", out.Guild.ID, err)
		}
		notice = &catalog.Outbox{ID: out.Guild.ID + "/recovered", GuildID: out.Guild.ID, ChannelID: channelID, Kind: catalog.OutboxNotice,
			Text: r.guilds.language(g).Say("recover.notice", "n", out.Posts, "votes", out.Votes)}
	}
	if err := r.store.FinishRecovery(ctx, out.Guild.ID, notice); err != nil {
		return fmt.Errorf("all was read again, and its end could not be noted: %w", err)
	}
	r.log.Info("posts and votes were read from Discord again", "guild", out.Guild.ID, "posts", out.Posts, "votes", out.Votes)
	if err := r.outbox.deliver(ctx, out.Guild.ID); err != nil {
		r.log.Warn("messages are left to send", "guild", out.Guild.ID, "error", err, "code", shortCode("deliver", err))
	}
	return nil
}

// found is a post of ours as its message shows it.
type found struct {
	post    catalog.Post
	video   youtube.Video
	buttons bool // it could be voted on by buttons, which leave no trace on Discord
	message discord.Sent
}

// channel reads a channel's messages from the newest one backwards. Whole slots are kept
// at a time, so that a channel that is read again makes the same ones.
func (r *recovery) channel(ctx context.Context, out *Recovered, channel discord.Named, p pipeline.Progress) error {
	var slot []found // the posts of a slot, newest first
	keep := func() error {
		if len(slot) == 0 {
			return nil
		}
		if !slices.Contains(out.Channels, channel) {
			out.Channels = append(out.Channels, channel)
		}
		defer func() { slot = nil }()
		return r.slot(ctx, out.Guild.ID, slot)
	}
	for page, before := 0, ""; ; page++ {
		if p != nil {
			p("reading #"+discord.Plain(channel.Name, limitChannel), 100*page, 0)
		}
		if page == recoverPages {
			out.Cut = append(out.Cut, channel)
			return keep()
		}
		messages, err := r.history(ctx, channel.ID, before)
		if discord.Classify(err) == discord.Lost {
			out.Unread = append(out.Unread, channel)
			return keep()
		}
		if err != nil {
			return fmt.Errorf("the messages of channel %s could not be read: %w", channel.ID, err)
		}
		for _, m := range messages {
			if before == "" || discord.CompareIDs(m.ID, before) < 0 {
				before = m.ID
			}
			if m.Author.ID != r.account.id() {
				continue
			}
			f, ok := readPick(out.Guild.ID, channel.ID, m)
			if !ok {
				continue
			}
			if n := len(slot); n > 0 && slot[n-1].post.SentAt.Sub(f.post.SentAt) > slotGap {
				if err := keep(); err != nil {
					return err
				}
			}
			slot = append(slot, f)
		}
		if len(messages) < 100 {
			return keep()
		}
	}
}

// history is a page of a channel, newest first. A channel whose history the bot may not
// read is lost, though Discord shows it as empty.
func (r *recovery) history(ctx context.Context, channelID, before string) (messages []discord.Sent, err error) {
	err = retrying(ctx, r.sleep, deliverTries, deliverPause, func() (err error) {
		if messages, err = r.client.History(ctx, channelID, before, 100); err == nil && len(messages) == 0 && before == "" {
			err = legible(ctx, r.client, channelID)
		}
		return err
	})
	slices.SortFunc(messages, func(a, b discord.Sent) int { return discord.CompareIDs(b.ID, a.ID) })
	return messages, err
}

// slot keeps the posts of a slot, given newest first, and brings the votes on them to
// what Discord shows.
func (r *recovery) slot(ctx context.Context, guildID string, slot []found) error {
	var sightings []catalog.Sighting
	var posts []catalog.Post
	key := guildID + "/recovered/" + slot[len(slot)-1].post.MessageID
	for i, f := range slices.Backward(slot) {
		if _, known, err := r.store.Post(ctx, f.post.ID); err != nil {
			return fmt.Errorf("a post could not be read: %w", err)
		} else if known {
			continue
		}
		// A pick that nobody answered counts a little against its video if others of its
		// slot were voted on. Votes by buttons are lost, so where there were buttons
		// nobody knows, and each post is a slot of its own.
		f.post.Slot, f.post.Position = key, len(slot)-1-i
		if f.buttons {
			f.post.Slot, f.post.Position = guildID+"/recovered/"+f.post.MessageID, 0
		}
		posts = append(posts, f.post)
		sightings = append(sightings, catalog.Sighting{Video: f.video, At: f.post.SentAt, GuildID: guildID})
	}
	if _, err := r.store.Observe(ctx, sightings); err != nil {
		return fmt.Errorf("the videos of posts could not be kept: %w", err)
	}
	if _, err := r.store.RecoverPosts(ctx, posts...); err != nil {
		return fmt.Errorf("posts could not be kept: %w", err)
	}
	lock := r.comparison.locks.of(guildID)
	lock.Lock()
	defer lock.Unlock()
	for _, f := range slices.Backward(slot) {
		post, known, err := r.store.Post(ctx, f.post.ID)
		if err != nil {
			return fmt.Errorf("a post could not be read: %w", err)
		}
		old := r.keep > 0 && r.now().Sub(post.SentAt) > r.keep
		if !known || post.GuildID != guildID || post.MessageID != f.message.ID || old {
			continue
		}
		// Nobody knows when the votes were given. With the post's time, old votes count as
		// old, and go when the retention says so.
		err = retrying(ctx, r.sleep, deliverTries, deliverPause, func() error {
			return r.comparison.post(ctx, post, f.message, false, finding{at: post.SentAt})
		})
		if v := discord.Classify(err); v == discord.Final || v == discord.Lost {
			r.comparison.passOver(guildID, post.ID, err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// postIDs are what catalog.PostID makes.
var postIDs = regexp.MustCompile(`^[a-z2-7]{16}$`)

// readPick reads the post and the video that a message of the bot shows; ok is false for
// one that is no pick. The post has the id that its buttons carry, so that they work
// again.
func readPick(guildID, channelID string, m discord.Sent) (f found, ok bool) {
	artist := false // not this artist: the channel is another's
	for _, row := range m.Components {
		for _, c := range row.Components {
			id, ours := discord.ParseCustomID(c.CustomID)
			switch {
			case !ours:
			case id.Name == actionWhy:
				f.post.ID = id.Arg(0)
			case id.Name == actionUp:
				f.buttons = true
			case id.Name == actionArtist:
				artist = true
			}
		}
	}
	lines := strings.Split(strings.TrimSpace(m.Content), "\n")
	address, first := lines[len(lines)-1], strings.TrimPrefix(lines[0], "**")
	if link := masked.FindStringSubmatch(lines[0]); link != nil {
		address, first = link[2], link[1]+link[3]
	}
	videoID, isVideo := youtube.ParseID(address)
	if !isVideo || !strings.HasPrefix(address, "https://") || !postIDs.MatchString(f.post.ID) || !discord.IsID(m.ID) {
		return found{}, false
	}
	at := discord.IDTime(m.ID)
	f.message = m
	f.post = catalog.Post{ID: f.post.ID, GuildID: guildID, ChannelID: channelID, MessageID: m.ID, VideoID: videoID, CreatedAt: at, SentAt: at}
	f.video = youtube.Video{ID: videoID}
	for _, e := range m.Embeds {
		if id, ok := youtube.ParseID(e.URL); ok && id == videoID && e.Title != "" {
			f.video.Title, f.video.Channel = discord.Plain(e.Title, mostWords), discord.Plain(e.Author.Name, mostWords)
			if id := e.Author.URL[strings.LastIndexByte(e.Author.URL, '/')+1:]; youtube.ValidChannelID(id) {
				f.video.ChannelID = id
			}
			return f, true
		}
	}
	// Discord shows no player, as for a video that is gone: the message has names.
	name, by, named := strings.Cut(first, "** · ")
	if !named {
		return f, true
	}
	name, by = discord.Plain(discord.Unescape(name), mostWords), discord.Plain(discord.Unescape(by), mostWords)
	f.video.Title, f.video.Channel = name, by
	if artist {
		f.video.Title, f.video.Channel = by+" - "+name, ""
	}
	return f, true
}

// masked matches the first line of a pick whose name is a link: name, address, and by whom
// it is. Escaped text never looks like one.
var masked = regexp.MustCompile(`^\*\*\[(.*)\]\((https://\S+)\)(\*\* · .*)$`)

// mostWords bounds a title and a name on Discord, in UTF-16 units; YouTube's titles have
// 100 characters.
const mostWords = 300

// offerLimit is how long /setup looks for posts to recover: its answer must come within
// three seconds.
const offerLimit = 1500 * time.Millisecond

// offerPages is in how many of the newest pages of the channel it looks.
const offerPages = 5

// offer adds a button to the set-up's message: in a guild without posts and votes whose
// channel has posts of the bot, and where a recovery was cut off. It reports whether it
// did.
func (r *recovery) offer(ctx context.Context, c *call, m *discord.Message) bool {
	empty, cutOff, err := r.store.Recoverable(ctx, c.guild.ID)
	if err != nil || !empty && !cutOff {
		return false
	}
	channelID, text := cmp.Or(c.guild.ChannelID, c.in.ChannelID), "setup.recover.cut"
	if !cutOff {
		text = "setup.recover"
		ctx, cancel := context.WithTimeout(ctx, offerLimit)
		defer cancel()
		if !r.holdsPosts(ctx, c.guild.ID, channelID) {
			return false
		}
	}
	m.Content = discord.Cut(m.Content, discord.LimitContent-offerLength) + "\n" + c.l.Say(text, "channel", "<#"+channelID+">") + " " + c.l.Say("recover.lacks")
	last := len(m.Components) - 1
	row := m.Components[last].(discord.Row)
	row.Components = append(row.Components, discord.Button{Style: discord.ButtonSecondary, Label: c.l.Say("setup.recover.button"), CustomID: discord.CustomID(actionSetup, stepRecover)})
	m.Components[last] = row
	return true
}

// shownChannels is how many channels an answer names.
const shownChannels = 8

// offerLength bounds the offer's text, in UTF-16 units.
const offerLength = 500

// holdsPosts reports whether a pick of the bot is among the newest messages of a channel.
// It is false when Discord does not say so in time.
func (r *recovery) holdsPosts(ctx context.Context, guildID, channelID string) bool {
	for page, before := 0, ""; page < offerPages; page++ {
		messages, err := r.client.History(ctx, channelID, before, 100)
		if err != nil || len(messages) == 0 {
			return false
		}
		for _, m := range messages {
			if _, ok := readPick(guildID, channelID, m); ok && m.Author.ID == r.account.id() {
				return true
			}
			before = m.ID
		}
	}
	return false
}

// press is the button of the offer. It answers at once, and again at the end if that
// comes while Discord still takes an answer; the channel hears of the end in any case.
func (r *recovery) press(ctx context.Context, c *call) error {
	if err := c.say(ctx, "recover.started"); err != nil {
		return err
	}
	out, err := r.guild(ctx, discord.Named{ID: c.guild.ID, Name: c.guild.Name}, nil)
	_, notEmpty := errors.AsType[*catalog.NotEmptyError](err)
	switch {
	case notEmpty:
		return problem("recover.not_empty")
	case errors.Is(err, errRecovering):
		return problem("recover.going")
	case err != nil && ctx.Err() != nil:
		return problem("recover.stopping")
	case err != nil:
		return err
	case c.expired():
		return nil
	}
	lines := []string{c.l.Say("recover.done", "n", out.Posts, "votes", out.Votes), c.l.Say("recover.lacks")}
	mentions := func(channels []discord.Named) string {
		var all []string
		for _, ch := range channels[:min(len(channels), shownChannels)] {
			all = append(all, "<#"+ch.ID+">")
		}
		return strings.Join(all, ", ")
	}
	if len(out.Unread) > 0 {
		lines = append(lines, c.l.Say("recover.unread", "list", mentions(out.Unread)))
	}
	if len(out.Cut) > 0 {
		lines = append(lines, c.l.Say("recover.cut", "n", RecoverMost, "list", mentions(out.Cut)))
	}
	return c.reply(ctx, discord.Message{Content: discord.Cut(strings.Join(lines, "\n"), discord.LimitContent)})
}
