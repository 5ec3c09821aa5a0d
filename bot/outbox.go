package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

const (
	deliverTries = 3                      // attempts to send one row in one delivery
	deliverPause = 500 * time.Millisecond // doubled after each
	adoptSlack   = 10 * time.Minute       // how far Discord's clock may be behind ours
	adoptPages   = 30                     // pages of 100 messages in which a row's message is looked for
	nonceLength  = 25                     // characters that Discord takes

	// Messages that could not be sent are tried again after this time. It is
	// real time: what failed is the network or Discord.
	redeliverEvery = 30 * time.Second
)

// outbox sends the messages that wait in the catalogue's outbox.
type outbox struct {
	store   Catalog
	client  *discord.Client
	guilds  *guilds
	votes   *voteWriter
	account *account
	tasks   *tasks
	blocked Blocker
	scores  Scores
	log     *slog.Logger
	now     func() time.Time
	sleep   func(ctx context.Context, d time.Duration) error // between tries
	locks   locks
}

// deliver sends what waits in a guild's outbox.
func (o *outbox) deliver(ctx context.Context, guildID string) error {
	lock := o.locks.of(guildID)
	lock.Lock()
	defer lock.Unlock()
	o.tasks.working.Add(1)
	defer o.tasks.working.Add(-1)

	rows, err := o.store.Pending(ctx, guildID)
	if err != nil {
		return fmt.Errorf("the outbox of guild %s could not be read: %w", guildID, err)
	}
	if len(rows) == 0 {
		return nil
	}
	g, ok, err := o.store.Guild(ctx, guildID)
	if err != nil {
		return fmt.Errorf("guild %s could not be read: %w", guildID, err)
	}
	if !ok || !g.LeftAt.IsZero() || g.Paused || !o.guilds.allowed(guildID) {
		return nil // kept, for when the guild goes on
	}
	d := delivery{outbox: o, guild: g, pages: map[string][]discord.Sent{}}
	lost := "" // a channel where the guild posted before
	for _, row := range rows {
		if row.ChannelID == lost {
			continue
		}
		err := d.row(ctx, row)
		switch {
		case err == nil:
		case errors.Is(err, errChannelLost) && row.ChannelID != g.ChannelID:
			lost = row.ChannelID
		case errors.Is(err, errChannelLost), errors.Is(err, errGuildLeft):
			return nil // told and written down
		default:
			return err
		}
	}
	if d.refusal != nil {
		return fmt.Errorf("Discord took no message for guild %s, for another reason than what it says: %w", guildID, d.refusal)
	}
	return nil
}

// deliverAll delivers to every guild that has something waiting.
func (o *outbox) deliverAll(ctx context.Context) {
	waiting, err := o.store.Owing(ctx)
	if err != nil && ctx.Err() == nil {
		o.log.Error("the outbox could not be read", "error", err, "code", shortCode("outbox", err))
	}
	if len(waiting) == 0 {
		return
	}
	guilds := slices.DeleteFunc(o.guilds.present(ctx), func(g catalog.Guild) bool { return waiting[g.ID] == 0 })
	lot := func(g catalog.Guild) uint64 { return schedule.Lot(0, g.ID, o.now()) }
	slices.SortFunc(guilds, func(a, b catalog.Guild) int { return cmp.Compare(lot(a), lot(b)) })
	o.guilds.each(ctx, guilds, func(ctx context.Context, g catalog.Guild) {
		if err := o.deliver(ctx, g.ID); err != nil && ctx.Err() == nil {
			o.log.Warn("messages are left to send", "guild", g.ID, "error", err, "code", shortCode("deliver", err))
		}
	})
}

// locks is one lock a guild.
type locks struct {
	mu  sync.Mutex
	all map[string]*sync.Mutex
}

func (l *locks) of(guildID string) *sync.Mutex {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[string]*sync.Mutex{}
	}
	m := l.all[guildID]
	if m == nil {
		m = &sync.Mutex{}
		l.all[guildID] = m
	}
	return m
}

var (
	errChannelLost = errors.New("the channel is gone or forbidden")
	errUnclear     = fmt.Errorf("it was perhaps sent before, and is not among the newest %d messages of its channel; it is not sent again", 100*adoptPages)
)

// retrying calls f until it succeeds or a later try cannot help, and gives up after
// the given number of tries. The pause doubles after each try.
func retrying(ctx context.Context, sleep func(context.Context, time.Duration) error, tries int, pause time.Duration, f func() error) error {
	for try := 1; ; try++ {
		err := f()
		if err == nil || discord.Classify(err) != discord.Retry || try == tries {
			return err
		}
		if err := sleep(ctx, pause<<(try-1)); err != nil {
			return err
		}
	}
}

// delivery is one pass over a guild's outbox.
type delivery struct {
	*outbox
	guild catalog.Guild
	pages map[string][]discord.Sent // recent messages by channel, read once

	refusal error // why Discord refused a message that was itself fine; nil if none was
}

// row sends a row and places its reactions.
func (d *delivery) row(ctx context.Context, row catalog.Outbox) error {
	if row.State == catalog.StatePending {
		messageID, err := d.post(ctx, row)
		if err != nil || messageID == "" {
			return err
		}
		row.MessageID = messageID
	}
	if row.Kind != catalog.OutboxPick || row.Reactions != catalog.StatePending {
		return nil
	}
	if !showsReactions(d.guild.Votes) {
		return d.store.MarkReactions(ctx, row.ID)
	}
	return d.reactions(ctx, row)
}

// post sends a row, or adopts the message of an earlier attempt whose answer was
// lost. It returns "" when the row will never be sent.
func (d *delivery) post(ctx context.Context, row catalog.Outbox) (messageID string, err error) {
	m, err := d.render(ctx, row)
	if ctx.Err() != nil { // what could not be read is not the row's fault
		return "", ctx.Err()
	}
	if err != nil {
		return "", d.fail(ctx, row, err, false)
	}
	for try := 1; ; try++ {
		messageID = ""
		if row.Attempts > 0 {
			messageID, err = d.adopt(ctx, row)
		}
		if err == nil && messageID == "" {
			if held, err := d.held(ctx, row); err != nil {
				return "", err
			} else if held != nil {
				return "", d.fail(ctx, row, held, true)
			}
			if err := d.store.Attempt(ctx, row.ID, d.now()); err != nil {
				return "", fmt.Errorf("an attempt could not be written down: %w", err)
			}
			row.Attempts++
			messageID, err = d.client.Send(ctx, row.ChannelID, m)
			clear(d.pages)
		}
		if err == nil {
			break
		}
		if errors.Is(err, errUnclear) {
			return "", d.fail(ctx, row, err, false)
		}
		switch discord.Classify(err) {
		case discord.Stopping:
			return "", err
		case discord.Refused:
			d.tasks.refused()
			return "", err
		case discord.Lost:
			return "", d.lost(ctx, row, err)
		case discord.Final:
			again := !discord.MessageAtFault(err)
			if again {
				d.refusal = err
			}
			return "", d.fail(ctx, row, err, again && row.Attempts <= 1)
		}
		if try == deliverTries {
			return "", fmt.Errorf("a message for guild %s was not sent and is kept: %w", d.guild.ID, err)
		}
		if err := d.sleep(ctx, deliverPause<<(try-1)); err != nil {
			return "", err
		}
	}
	if messageID == "" {
		return "", d.fail(ctx, row, errors.New("Discord's answer names no message"), false)
	}
	ctx, release := catalog.Accepted(ctx)
	defer release()
	if err := d.store.MarkSent(ctx, row.ID, messageID, d.now()); err != nil {
		return "", fmt.Errorf("a message was sent and could not be marked: %w", err)
	}
	d.votes.unpark(messageID)
	return messageID, nil
}

// held says why a pick or a duel that was prepared is not sent: somebody has blocked it since.
// It is a candidate again, for when nobody blocks it any more.
func (d *delivery) held(ctx context.Context, row catalog.Outbox) (why, err error) {
	var videos []string
	switch row.Kind {
	case catalog.OutboxPick:
		post, ok, err := d.store.Post(ctx, row.PostID)
		if err != nil || !ok {
			return nil, err
		}
		videos = []string{post.VideoID}
	case catalog.OutboxDuel:
		asked, err := readDuelRow(row.Text)
		if err != nil {
			return nil, err
		}
		videos = []string{asked.A, asked.B}
	}
	for _, id := range videos {
		if refusal, blocked, err := d.blocked.Blocked(ctx, d.guild.ID, id); err != nil || blocked {
			return fmt.Errorf("video %s is not posted: %s", id, refusal), err
		}
	}
	return nil, nil
}

// render is a row as a message.
func (d *delivery) render(ctx context.Context, row catalog.Outbox) (discord.Message, error) {
	l := d.guilds.language(d.guild)
	var m discord.Message
	var err error
	switch row.Kind {
	case catalog.OutboxPick:
		post, ok, err := d.store.Post(ctx, row.PostID)
		if err != nil || !ok {
			return m, errors.Join(errors.New("the post of this message is not in the catalogue"), err)
		}
		video, ok, err := d.store.Video(ctx, post.VideoID)
		if err != nil {
			return m, err
		}
		if !ok {
			video.ID = post.VideoID
		}
		if _, valid := youtube.ParseID(post.VideoID); !valid {
			return m, errors.New("the post's video has no valid id")
		}
		if post.Reasons, err = withoutUnnamed(ctx, d.store, post.Reasons); err != nil {
			return m, err
		}
		m = pickMessage(l, d.guild.Votes, post, video)
	case catalog.OutboxHeading:
		m, err = headingMessage(l, d.guild, row.Text, row.Nonce)
	case catalog.OutboxRecap:
		m, err = recapMessage(ctx, l, d.store, row)
	case catalog.OutboxDuel:
		m, err = postedDuel(ctx, l, d.store, row)
	default:
		m = discord.Message{Content: discord.Cut(row.Text, discord.LimitContent), Components: aboutRow(l, row.Nonce)}
	}
	m.Nonce = row.Nonce[:min(len(row.Nonce), nonceLength)]
	return m, err
}

// adopt looks through the channel's recent messages for one that carries the
// row's key: for a pick the id of its button "Why?", which every pick has. It returns
// the message's id, or "" when there is certainly none.
func (d *delivery) adopt(ctx context.Context, row catalog.Outbox) (messageID string, err error) {
	key := discord.CustomID(actionAbout, row.Nonce)
	if row.Kind == catalog.OutboxPick {
		key = discord.CustomID(actionWhy, row.PostID)
	}
	for page, before := 0, ""; page < adoptPages; page++ {
		messages, known := d.pages[row.ChannelID+"/"+before]
		if !known {
			if messages, err = d.client.History(ctx, row.ChannelID, before, 100); err != nil {
				return "", err
			}
			d.pages[row.ChannelID+"/"+before] = messages
		}
		for _, m := range messages {
			if carries(m, key) && (d.account.id() == "" || m.Author.ID == d.account.id()) {
				d.log.Info("adopted a message that was sent before", "guild", row.GuildID, "message", m.ID)
				return m.ID, nil
			}
			before = m.ID
		}
		switch {
		case page == 0 && len(messages) == 0:
			return "", legible(ctx, d.client, row.ChannelID)
		case len(messages) < 100, messages[len(messages)-1].Timestamp.Before(row.CreatedAt.Add(-adoptSlack)):
			return "", nil
		}
	}
	return "", errUnclear
}

// legible returns nil when the bot may read a channel's history. If the bot may not,
// Discord shows it an empty channel and refuses only a request for a single message.
func legible(ctx context.Context, client *discord.Client, channelID string) error {
	_, err := client.Message(ctx, channelID, channelID) // there is none of that id
	if err == nil || discord.Classify(err) == discord.Final {
		return nil
	}
	return err
}

func carries(m discord.Sent, customID string) bool {
	for _, r := range m.Components {
		for _, c := range r.Components {
			if c.CustomID == customID {
				return true
			}
		}
	}
	return false
}

// reactions places 👍 and 👎 on a sent pick.
func (d *delivery) reactions(ctx context.Context, row catalog.Outbox) error {
	for _, emoji := range []string{emojiUp, emojiDown} {
		err := retrying(ctx, d.sleep, deliverTries, deliverPause, func() error {
			return d.client.React(ctx, row.ChannelID, row.MessageID, emoji)
		})
		if err == nil {
			continue
		}
		switch discord.Classify(err) {
		case discord.Refused:
			d.tasks.refused()
		case discord.Retry:
			err = fmt.Errorf("the reactions of a post in guild %s are not placed yet: %w", d.guild.ID, err)
		case discord.Lost, discord.Final:
			if discord.ErrorCode(err) == discord.CodeUnknownMessage && row.PostID != "" {
				return d.store.RetirePost(ctx, row.PostID) // a member has deleted it
			}
			return d.fail(ctx, row, err, false)
		}
		return err
	}
	ctx, release := catalog.Accepted(ctx)
	defer release()
	return d.store.MarkReactions(ctx, row.ID)
}

// fail marks a row as never to be sent. again says that the message was not the
// cause, so its pick may be chosen again.
func (d *delivery) fail(ctx context.Context, row catalog.Outbox, reason error, again bool) error {
	d.log.Warn("a message was refused for good", "guild", row.GuildID, "kind", row.Kind, "error", reason, "code", shortCode("deliver", reason))
	ctx, release := catalog.Accepted(ctx)
	defer release()
	if err := d.store.MarkFailed(ctx, row.ID, reason.Error(), again); err != nil {
		return fmt.Errorf("a refused message could not be marked: %w", err)
	}
	return nil
}

// lost pauses a guild whose channel is gone or forbidden, and gives up the messages
// waiting for that channel: they would be stale once the guild has another. If the
// bot has left the guild, its messages are kept.
func (d *delivery) lost(ctx context.Context, row catalog.Outbox, reason error) error {
	if err := d.guilds.pauseLost(ctx, d.guild.ID, row.ChannelID, reason); err != nil {
		return err
	}
	rows, err := d.store.Pending(ctx, d.guild.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.ChannelID == row.ChannelID {
			// If an earlier attempt's outcome is unknown, its message may already be in
			// the channel.
			unseen := r.Attempts > 1 || r.Attempts == 1 && r.ID != row.ID
			if err := d.fail(ctx, r, reason, !unseen); err != nil {
				return err
			}
		}
	}
	return errChannelLost
}
