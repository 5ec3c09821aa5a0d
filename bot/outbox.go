package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

const (
	deliverTries = 3                      // of one row in one delivery
	deliverPause = 500 * time.Millisecond // doubled after each
	adoptSlack   = 10 * time.Minute       // by how much Discord's clock may be behind ours
	adoptPages   = 30                     // of 100 messages, looked through for a row
)

// Deliver sends what waits in a guild's outbox, in order. Rows that Discord
// refuses for good are marked so; when the channel is gone or forbidden the
// guild is paused and its administrators are told. An error means that rows
// are left which may work later; they are tried again by Run.
func (b *Bot) Deliver(ctx context.Context, guildID string) error {
	lock := b.deliveries.of(guildID)
	lock.Lock()
	defer lock.Unlock()
	b.working.Add(1)
	defer b.working.Add(-1)

	rows, err := b.opts.Catalog.Pending(guildID)
	if err != nil {
		return fmt.Errorf("the outbox of guild %s could not be read: %w", guildID, err)
	}
	if len(rows) == 0 {
		return nil
	}
	g, ok, err := b.opts.Catalog.Guild(guildID)
	if err != nil {
		return fmt.Errorf("guild %s could not be read: %w", guildID, err)
	}
	if !ok || !g.LeftAt.IsZero() || g.Paused || !b.allowed(guildID) {
		return nil // kept, for when the guild goes on
	}
	d := delivery{b: b, guild: g, pages: map[string][]discord.Sent{}}
	for _, row := range rows {
		if err := d.row(ctx, row); err != nil {
			if errors.Is(err, errChannelLost) {
				return nil // told and written down
			}
			return err
		}
	}
	if d.refused != nil {
		return fmt.Errorf("Discord took no message for guild %s, for another reason than what it says: %w", guildID, d.refused)
	}
	return nil
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

// delivery is one pass over a guild's outbox.
type delivery struct {
	b     *Bot
	guild catalog.Guild
	pages map[string][]discord.Sent // recent messages by channel, read once

	refused error // of a message that was not at fault; nil: none was
}

// row brings one row as far as it gets.
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
		return d.b.opts.Catalog.MarkReactions(row.ID)
	}
	return d.reactions(ctx, row)
}

// post sends a row, or adopts the message that it became in an attempt whose
// end we did not see. It returns "" when the row will never be sent.
func (d *delivery) post(ctx context.Context, row catalog.Outbox) (messageID string, err error) {
	store := d.b.opts.Catalog
	m, err := d.render(row)
	if err != nil {
		return "", d.fail(row, err, false)
	}
	for try := 1; ; try++ {
		messageID = ""
		if row.Attempts > 0 {
			messageID, err = d.adopt(ctx, row)
		}
		if err == nil && messageID == "" {
			if err := store.Attempt(row.ID, d.b.now()); err != nil {
				return "", fmt.Errorf("an attempt could not be written down: %w", err)
			}
			row.Attempts++
			messageID, err = d.b.client.Send(ctx, row.ChannelID, m)
			clear(d.pages)
		}
		if err == nil {
			break
		}
		if errors.Is(err, errUnclear) {
			return "", d.fail(row, err, false)
		}
		switch discord.Judge(err) {
		case discord.Stopping:
			return "", err
		case discord.Refused:
			d.b.refuse()
			return "", err
		case discord.Lost:
			return "", d.lost(ctx, row, err)
		case discord.Final:
			again := !discord.MessageAtFault(err)
			if again {
				d.refused = err
			}
			return "", d.fail(row, err, again && row.Attempts <= 1)
		}
		if try == deliverTries {
			return "", fmt.Errorf("a message for guild %s was not sent and is kept: %w", d.guild.ID, err)
		}
		if err := d.b.opts.Sleep(ctx, deliverPause<<(try-1)); err != nil {
			return "", err
		}
	}
	if messageID == "" {
		return "", d.fail(row, errors.New("Discord's answer names no message"), false)
	}
	if err := store.MarkSent(row.ID, messageID, d.b.now()); err != nil {
		return "", fmt.Errorf("a message was sent and could not be marked: %w", err)
	}
	d.b.votes.unpark(messageID)
	return messageID, nil
}

// render is a row as a message.
func (d *delivery) render(row catalog.Outbox) (discord.Message, error) {
	l := d.b.guildLanguage(d.guild)
	var m discord.Message
	var err error
	switch row.Kind {
	case catalog.OutboxPick:
		post, ok, err := d.b.opts.Catalog.Post(row.PostID)
		if err != nil || !ok {
			return m, errors.Join(errors.New("the post of this message is not in the catalogue"), err)
		}
		video, ok, err := d.b.opts.Catalog.Video(post.VideoID)
		if err != nil {
			return m, err
		}
		if !ok {
			video.ID = post.VideoID
		}
		if _, valid := youtube.ParseID(post.VideoID); !valid {
			return m, errors.New("the post's video has no valid id")
		}
		m = pickMessage(l, d.guild.Votes, post, video)
	case catalog.OutboxHeading:
		m, err = headingMessage(l, d.guild, row.Text, row.Nonce)
	case catalog.OutboxRecap:
		m, err = d.recap(l, row)
	default:
		m = discord.Message{Content: discord.Cut(row.Text, discord.LimitContent), Components: aboutRow(l, row.Nonce)}
	}
	m.Nonce = cutNonce(row.Nonce)
	return m, err
}

// cutNonce keeps Discord's limit of 25 characters.
func cutNonce(s string) string { return s[:min(len(s), 25)] }

// adopt looks through the channel's recent messages for one that carries the
// row's key, and returns its id, or "" when it is sure that there is none.
func (d *delivery) adopt(ctx context.Context, row catalog.Outbox) (messageID string, err error) {
	key := discord.CustomID(actionAbout, row.Nonce)
	if row.Kind == catalog.OutboxPick {
		key = discord.CustomID(actionBlock, row.PostID)
	}
	for page, before := 0, ""; page < adoptPages; page++ {
		messages, known := d.pages[row.ChannelID+"/"+before]
		if !known {
			if messages, err = d.b.client.History(ctx, row.ChannelID, before, 100); err != nil {
				return "", err
			}
			d.pages[row.ChannelID+"/"+before] = messages
		}
		for _, m := range messages {
			if carries(m, key) && (d.b.me() == "" || m.Author.ID == d.b.me()) {
				d.b.log.Info("adopted a message that was sent before", "guild", row.GuildID, "message", m.ID)
				return m.ID, nil
			}
			before = m.ID
		}
		switch {
		case page == 0 && len(messages) == 0:
			return "", d.legible(ctx, row.ChannelID)
		case len(messages) < 100, messages[len(messages)-1].Timestamp.Before(row.CreatedAt.Add(-adoptSlack)):
			return "", nil
		}
	}
	return "", errUnclear
}

// legible returns nil when the bot may read a channel's history. To one that
// may not, Discord shows a channel without messages; asked for a single
// message, it says so.
func (d *delivery) legible(ctx context.Context, channelID string) error {
	_, err := d.b.client.Message(ctx, channelID, channelID) // there is none of that id
	if err == nil || discord.Judge(err) == discord.Final {
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
		for try := 1; ; try++ {
			err := d.b.client.React(ctx, row.ChannelID, row.MessageID, emoji)
			if err == nil {
				break
			}
			switch discord.Judge(err) {
			case discord.Stopping:
				return err
			case discord.Refused:
				d.b.refuse()
				return err
			case discord.Lost, discord.Final:
				if discord.ErrorCode(err) == discord.CodeUnknownMessage && row.PostID != "" {
					return d.b.opts.Catalog.RetirePost(row.PostID) // deleted already
				}
				return d.fail(row, err, false)
			}
			if try == deliverTries {
				return fmt.Errorf("the reactions of a post in guild %s are not placed yet: %w", d.guild.ID, err)
			}
			if err := d.b.opts.Sleep(ctx, deliverPause<<(try-1)); err != nil {
				return err
			}
		}
	}
	return d.b.opts.Catalog.MarkReactions(row.ID)
}

// fail marks a row as never to be sent; again says that it was not at fault, so
// that its pick may be chosen again.
func (d *delivery) fail(row catalog.Outbox, reason error, again bool) error {
	d.b.log.Warn("a message was refused for good", "guild", row.GuildID, "kind", row.Kind, "error", reason, "code", shortCode("deliver", reason))
	if err := d.b.opts.Catalog.MarkFailed(row.ID, reason.Error(), again); err != nil {
		return fmt.Errorf("a refused message could not be marked: %w", err)
	}
	return nil
}

// lost pauses a guild whose channel is gone or forbidden, and gives up what
// waits for that channel: by the time another is chosen it is stale.
func (d *delivery) lost(ctx context.Context, row catalog.Outbox, reason error) error {
	if err := d.b.pauseLost(ctx, d.guild.ID, row.ChannelID, reason); err != nil {
		return err
	}
	rows, err := d.b.opts.Catalog.Pending(d.guild.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.ChannelID == row.ChannelID {
			// Of an attempt whose end was not seen, the message may stand there.
			unseen := r.Attempts > 1 || r.Attempts == 1 && r.ID != row.ID
			if err := d.fail(r, reason, !unseen); err != nil {
				return err
			}
		}
	}
	return errChannelLost
}

// recap is what an outbox row of kind recap holds as JSON.
type recap struct {
	From  time.Time   `json:"from"`
	Votes int         `json:"votes"`
	Items []recapItem `json:"items"`
}

type recapItem struct {
	VideoID string `json:"video"`
	Title   string `json:"title"`
	Channel string `json:"channel"`
	Up      int    `json:"up"`
	Down    int    `json:"down"`
	Member  string `json:"-"`               // who proposed it; looked up when it is sent, for it may be forgotten until then
	Query   string `json:"query,omitempty"` // what found it
}

// recap is a week's recap with credit to who is known now.
func (d *delivery) recap(l *text.Language, row catalog.Outbox) (discord.Message, error) {
	r, err := decodeRecap(row.Text)
	if err != nil {
		return discord.Message{}, err
	}
	if err := d.b.credit(row.GuildID, r.Items); err != nil {
		return discord.Message{}, err
	}
	return recapMessage(l, r, row.Nonce), nil
}

func decodeRecap(data string) (r recap, err error) {
	if err := json.NewDecoder(strings.NewReader(data)).Decode(&r); err != nil {
		return r, fmt.Errorf("the recap's content is broken: %w", err)
	}
	return r, nil
}
