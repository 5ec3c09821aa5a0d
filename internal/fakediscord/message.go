package fakediscord

import (
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Message is a message as a member sees it.
type Message struct {
	ID         string          `json:"id"`
	ChannelID  string          `json:"channel_id"`
	GuildID    string          `json:"-"`
	Author     User            `json:"author"`
	Content    string          `json:"content"`
	Embeds     json.RawMessage `json:"embeds"`
	Components json.RawMessage `json:"components"`
	Files      []File          `json:"-"`
	Flags      int             `json:"flags"`
	Nonce      string          `json:"nonce,omitempty"`
	Sent       time.Time       `json:"timestamp"`
	Edited     *time.Time      `json:"edited_timestamp"`

	// Mentions is the allowed_mentions that came with it, verbatim; nil when
	// the sender left them out.
	Mentions  json.RawMessage `json:"-"`
	Reactions []Reaction      `json:"-"`
}

// Ephemeral reports whether only the member who asked sees it.
func (m Message) Ephemeral() bool { return m.Flags&64 != 0 }

// File is an attachment.
type File struct {
	Name        string
	Description string // for who does not see it
	Data        []byte
}

// Reaction is one member's reaction.
type Reaction struct {
	UserID string
	Emoji  string
	Burst  bool
}

// json is the message as the API shows it to the bot.
func (s *Server) messageJSON(m *Message) map[string]any {
	reactions := []any{}
	for _, emoji := range m.Emojis() {
		count, burst, me := 0, 0, false
		for _, r := range m.Reactions {
			if r.Emoji != emoji {
				continue
			}
			count++
			if r.Burst {
				burst++
			}
			if r.UserID == s.bot.ID {
				me = true
			}
		}
		reactions = append(reactions, map[string]any{
			"emoji": map[string]any{"id": nil, "name": emoji}, "count": count, "me": me, "me_burst": false,
			"count_details": map[string]any{"burst": burst, "normal": count - burst}, "burst_colors": []any{},
		})
	}
	attachments := []any{}
	for i, f := range m.Files {
		attachments = append(attachments, map[string]any{
			"id": m.ID + string(rune('0'+i%10)), "filename": f.Name, "size": len(f.Data),
			"url": s.url + "/attachments/" + m.ID + "/" + f.Name, "proxy_url": s.url + "/attachments/" + m.ID + "/" + f.Name,
		})
	}
	out := map[string]any{
		"id": m.ID, "channel_id": m.ChannelID, "author": m.Author, "content": m.Content, "type": 0,
		"timestamp": m.Sent.UTC().Format(time.RFC3339Nano), "edited_timestamp": nil, "tts": false, "pinned": false,
		"mention_everyone": false, "mentions": []any{}, "mention_roles": []any{}, "attachments": attachments,
		"embeds": orEmpty(m.Embeds), "components": orEmpty(m.Components), "reactions": reactions, "flags": m.Flags,
	}
	if m.Edited != nil {
		out["edited_timestamp"] = m.Edited.UTC().Format(time.RFC3339Nano)
	}
	if m.Nonce != "" {
		out["nonce"] = m.Nonce
	}
	return out
}

// Empty reports whether a message shows nothing: an answer that the bot has only
// announced.
func (m *Message) Empty() bool {
	return m.Content == "" && len(m.Files) == 0 && string(orEmpty(m.Embeds)) == "[]" && string(orEmpty(m.Components)) == "[]"
}

// Emojis is the distinct emoji in order of first use.
func (m *Message) Emojis() []string {
	var out []string
	for _, r := range m.Reactions {
		if !slices.Contains(out, r.Emoji) {
			out = append(out, r.Emoji)
		}
	}
	return out
}

func orEmpty(m json.RawMessage) json.RawMessage {
	if len(m) == 0 || string(m) == "null" {
		return json.RawMessage("[]")
	}
	return m
}

// clone is a copy that shares nothing that changes.
func (m *Message) clone() Message {
	c := *m
	c.Reactions = slices.Clone(m.Reactions)
	c.Files = slices.Clone(m.Files)
	return c
}

// Messages is a channel's messages, oldest first, deleted ones left out.
func (s *Server) Messages(channelID string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil {
		return nil
	}
	out := make([]Message, 0, len(c.messages))
	for _, m := range c.messages {
		out = append(out, m.clone())
	}
	return out
}

// Message finds a message.
func (s *Server) Message(channelID, messageID string) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.find(channelID, messageID); m != nil {
		return m.clone(), true
	}
	return Message{}, false
}

func (s *Server) find(channelID, messageID string) *Message {
	c := s.channels[channelID]
	if c == nil {
		return nil
	}
	// Newest first: nearly all look-ups are of recent messages.
	for i := len(c.messages) - 1; i >= 0; i-- {
		if c.messages[i].ID == messageID {
			return c.messages[i]
		}
	}
	return nil
}

// Say posts a member's own message and returns its id.
func (s *Server) Say(memberID, channelID, content string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil {
		return "", errNoChannel
	}
	if _, err := s.member(c, memberID); err != nil {
		return "", err
	}
	m := &Message{ID: s.newID(), ChannelID: c.ID, GuildID: c.guildID, Author: s.users[memberID], Content: content, Sent: s.opts.Now()}
	c.messages = append(c.messages, m)
	s.publish(m, Event{Kind: MessageCreated, ChannelID: c.ID})
	s.touch()
	return m.ID, nil
}

// Put adds a message as it stands, without Discord's checks: of another bot, or from
// another time. Its id and time are made if they are missing. It returns the id.
func (s *Server) Put(m Message) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.ID == "" {
		m.ID = s.newID()
	}
	if m.Sent.IsZero() {
		m.Sent = s.opts.Now()
	}
	c := s.channels[m.ChannelID]
	m.GuildID = c.guildID
	c.messages = append(c.messages, &m)
	s.touch()
	return m.ID
}

// Unfold gives a message what Discord shows of its link.
func (s *Server) Unfold(channelID, messageID string, embeds json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.find(channelID, messageID); m != nil {
		m.Embeds = embeds
	}
	s.touch()
}

// DeleteMessage deletes a message as a moderator would.
func (s *Server) DeleteMessage(channelID, messageID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deleteMessage(channelID, messageID)
}

func (s *Server) deleteMessage(channelID, messageID string) bool {
	c := s.channels[channelID]
	if c == nil {
		return false
	}
	for i, m := range c.messages {
		if m.ID == messageID {
			c.messages = slices.Delete(c.messages, i, i+1)
			s.dispatch(c.guildID, intentMessages, "MESSAGE_DELETE", func() any {
				return map[string]any{"id": m.ID, "channel_id": c.ID, "guild_id": c.guildID}
			})
			s.publish(m, Event{Kind: MessageDeleted, ChannelID: c.ID})
			s.touch()
			return true
		}
	}
	return false
}

var (
	errNoChannel = errors.New("fakediscord: no such channel")
	errNoMessage = errors.New("fakediscord: no such message")
)

// React adds a member's reaction and tells the bot. The same reaction twice is
// one. Members need no permission: a guild lets them unless it says otherwise.
func (s *Server) React(memberID, channelID, messageID, emoji string) error {
	return s.react(memberID, channelID, messageID, emoji, false)
}

// ReactBurst adds a super reaction.
func (s *Server) ReactBurst(memberID, channelID, messageID, emoji string) error {
	return s.react(memberID, channelID, messageID, emoji, true)
}

func (s *Server) react(memberID, channelID, messageID, emoji string, burst bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(channelID, messageID)
	if m == nil {
		return errNoMessage
	}
	if s.addReaction(m, Reaction{memberID, emoji, burst}) {
		event := s.reactionJSON(m, memberID, emoji, burst)
		if g := s.guilds[m.GuildID]; g != nil {
			if who := g.members[memberID]; who != nil {
				event["member"] = s.memberJSON(who)
			}
		}
		event["message_author_id"] = m.Author.ID
		s.dispatch(m.GuildID, intentReactions, "MESSAGE_REACTION_ADD", func() any { return event })
	}
	return nil
}

// Unreact takes a member's reaction back, normal and burst.
func (s *Server) Unreact(memberID, channelID, messageID, emoji string) error {
	return s.unreact(memberID, channelID, messageID, emoji, false, true)
}

// UnreactBurst takes a member's super reaction back.
func (s *Server) UnreactBurst(memberID, channelID, messageID, emoji string) error {
	return s.unreact(memberID, channelID, messageID, emoji, true)
}

func (s *Server) unreact(memberID, channelID, messageID, emoji string, bursts ...bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(channelID, messageID)
	if m == nil {
		return errNoMessage
	}
	for _, burst := range bursts {
		n := len(m.Reactions)
		m.Reactions = slices.DeleteFunc(m.Reactions, func(r Reaction) bool { return r == Reaction{memberID, emoji, burst} })
		if len(m.Reactions) < n {
			s.dispatch(m.GuildID, intentReactions, "MESSAGE_REACTION_REMOVE", func() any { return s.reactionJSON(m, memberID, emoji, burst) })
		}
	}
	s.reacted(m)
	return nil
}

// ClearReactions removes every reaction of a message, as a moderator may.
func (s *Server) ClearReactions(channelID, messageID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(channelID, messageID)
	if m == nil {
		return errNoMessage
	}
	m.Reactions = nil
	s.dispatch(m.GuildID, intentReactions, "MESSAGE_REACTION_REMOVE_ALL", func() any {
		return map[string]any{"channel_id": m.ChannelID, "message_id": m.ID, "guild_id": m.GuildID}
	})
	s.reacted(m)
	return nil
}

// ClearEmoji removes every reaction with one emoji.
func (s *Server) ClearEmoji(channelID, messageID, emoji string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(channelID, messageID)
	if m == nil {
		return errNoMessage
	}
	m.Reactions = slices.DeleteFunc(m.Reactions, func(r Reaction) bool { return r.Emoji == emoji })
	s.dispatch(m.GuildID, intentReactions, "MESSAGE_REACTION_REMOVE_EMOJI", func() any {
		return map[string]any{"channel_id": m.ChannelID, "message_id": m.ID, "guild_id": m.GuildID, "emoji": map[string]any{"id": nil, "name": emoji}}
	})
	s.reacted(m)
	return nil
}

func (s *Server) addReaction(m *Message, r Reaction) bool {
	if slices.Contains(m.Reactions, r) {
		return false
	}
	m.Reactions = append(m.Reactions, r)
	s.reacted(m)
	return true
}

func (s *Server) reacted(m *Message) {
	s.publish(m, Event{Kind: ReactionsChanged, ChannelID: m.ChannelID})
	s.touch()
}

func (s *Server) reactionJSON(m *Message, userID, emoji string, burst bool) map[string]any {
	kind := 0
	if burst {
		kind = 1
	}
	return map[string]any{
		"user_id": userID, "channel_id": m.ChannelID, "message_id": m.ID, "guild_id": m.GuildID,
		"emoji": map[string]any{"id": nil, "name": emoji}, "burst": burst, "type": kind,
	}
}

func (s *Server) memberJSON(m *Member) map[string]any {
	roles := m.Roles
	if roles == nil {
		roles = []string{}
	}
	return map[string]any{"user": s.users[m.ID], "nick": nil, "roles": roles, "joined_at": "2020-01-01T00:00:00Z", "deaf": false, "mute": false}
}
