package fakediscord

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Permission bits as Discord numbers them.
const (
	PermAddReactions       int64 = 1 << 6
	PermAdministrator      int64 = 1 << 3
	PermManageGuild        int64 = 1 << 5
	PermViewChannel        int64 = 1 << 10
	PermSendMessages       int64 = 1 << 11
	PermEmbedLinks         int64 = 1 << 14
	PermAttachFiles        int64 = 1 << 15
	PermReadMessageHistory int64 = 1 << 16
)

// LeastPermissions is what an invite link usually grants a bot that posts
// links and reacts: the default of a new guild's bot.
const LeastPermissions = PermAddReactions | PermViewChannel | PermSendMessages | PermEmbedLinks | PermReadMessageHistory

// User is an account.
type User struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Global   string `json:"global_name,omitempty"`
	Avatar   string `json:"avatar,omitempty"`
	Bot      bool   `json:"bot,omitempty"`
}

// Guild is a server to add.
type Guild struct {
	ID, Name       string // ID "" makes one
	Locale         string // preferred_locale; default "en-US"
	BotPermissions int64  // of the bot everywhere in it; 0 means LeastPermissions
	Roles          []Role // besides @everyone, the lowest first
}

// Role is a role of a guild's members.
type Role struct {
	ID, Name string
	Managed  bool // by a bot, which nobody else has
}

// Channel is a text channel to add.
type Channel struct {
	ID, Name string // ID "" makes one
	Deny     int64  // permissions that the bot lacks here
	Type     int    // 0 text
}

// Member is a person (or another bot) in a guild.
type Member struct {
	ID, Name    string // ID "" makes one
	Global      string // the account's display name
	Nick        string // the guild's own name for it
	Avatar      []byte // a PNG; nil for none
	Permissions int64  // in every channel of the guild
	Bot         bool
	Locale      string // of the member's client; default "en-US"
	Roles       []string
}

type guild struct {
	Guild
	joined   bool // the bot is in it
	channels []string
	members  map[string]*Member
}

type channel struct {
	Channel
	guildID  string
	messages []*Message // oldest first
	nonces   map[string]string
}

// AddGuild adds a guild, tells a connected bot, and returns its id.
func (s *Server) AddGuild(g Guild) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.ID == "" {
		g.ID = s.newID()
	}
	if g.Locale == "" {
		g.Locale = "en-US"
	}
	if g.BotPermissions == 0 {
		g.BotPermissions = LeastPermissions
	}
	if _, known := s.guilds[g.ID]; !known {
		s.order = append(s.order, g.ID)
		s.guilds[g.ID] = &guild{Guild: g, joined: true, members: map[string]*Member{}}
	} else { // the bot was invited again
		s.guilds[g.ID].Guild, s.guilds[g.ID].joined = g, true
		s.order = append(slices.DeleteFunc(s.order, func(id string) bool { return id == g.ID }), g.ID)
	}
	s.dispatch(g.ID, intentGuilds, "GUILD_CREATE", func() any { return s.guildJSON(s.guilds[g.ID]) })
	s.touch()
	return g.ID
}

// RemoveGuild takes the bot out of a guild (kicked, or the guild is gone).
func (s *Server) RemoveGuild(guildID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order = slices.DeleteFunc(s.order, func(id string) bool { return id == guildID })
	if g := s.guilds[guildID]; g != nil {
		g.joined = false
	}
	s.dispatch(guildID, intentGuilds, "GUILD_DELETE", func() any { return map[string]any{"id": guildID} })
	s.touch()
}

// LoseGuild tells that a guild cannot be reached, as in an outage. The bot is
// still in it.
func (s *Server) LoseGuild(guildID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dispatch(guildID, intentGuilds, "GUILD_DELETE", func() any { return map[string]any{"id": guildID, "unavailable": true} })
	s.touch()
}

// AddChannel adds a text channel and returns its id.
func (s *Server) AddChannel(guildID string, c Channel) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.ID == "" {
		c.ID = s.newID()
	}
	s.channels[c.ID] = &channel{Channel: c, guildID: guildID}
	if g := s.guilds[guildID]; g != nil {
		g.channels = append(g.channels, c.ID)
	}
	s.dispatch(guildID, intentGuilds, "CHANNEL_CREATE", func() any { return s.channelJSON(s.channels[c.ID]) })
	s.touch()
	return c.ID
}

// Deny sets which permissions the bot lacks in a channel.
func (s *Server) Deny(channelID string, permissions int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.channels[channelID]; c != nil {
		c.Deny = permissions
	}
	s.touch()
}

// DeleteChannel deletes a channel with its messages.
func (s *Server) DeleteChannel(channelID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil {
		return
	}
	delete(s.channels, channelID)
	if g := s.guilds[c.guildID]; g != nil {
		g.channels = slices.DeleteFunc(g.channels, func(id string) bool { return id == channelID })
	}
	s.dispatch(c.guildID, intentGuilds, "CHANNEL_DELETE", func() any { return s.channelJSON(c) })
	s.touch()
}

// AddMember adds a member to a guild and returns the id. The same id may be a
// member of many guilds.
func (s *Server) AddMember(guildID string, m Member) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.ID == "" {
		m.ID = s.newID()
	}
	if m.Locale == "" {
		m.Locale = "en-US"
	}
	if m.Name == "" {
		m.Name = "member-" + m.ID
	}
	u := User{ID: m.ID, Username: m.Name, Global: m.Global, Bot: m.Bot}
	if m.Avatar != nil {
		sum := sha256.Sum256(m.Avatar)
		u.Avatar = hex.EncodeToString(sum[:16])
		s.avatars["/avatars/"+m.ID+"/"+u.Avatar+".png"] = m.Avatar
	}
	s.users[m.ID] = u
	if g := s.guilds[guildID]; g != nil {
		g.members[m.ID] = &m
	}
	s.touch()
	return m.ID
}

// RemoveMember takes a member out of a guild; the account stays.
func (s *Server) RemoveMember(guildID, memberID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.guilds[guildID]; g != nil {
		delete(g.members, memberID)
	}
	s.touch()
}

// Seen is the guild and the member of somebody who looks at a channel.
func (s *Server) Seen(channelID, memberID string) (Guild, Member, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil {
		return Guild{}, Member{}, errNoChannel
	}
	m, err := s.member(c, memberID)
	if err != nil {
		return Guild{}, Member{}, err
	}
	return s.guilds[c.guildID].Guild, *m, nil
}

// User is an account by its id, the zero User if there is none.
func (s *Server) User(id string) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.users[id]
}

// Channels is a guild's channels, in the order in which they were added.
func (s *Server) Channels(guildID string) []Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Channel
	if g := s.guilds[guildID]; g != nil {
		for _, id := range g.channels {
			out = append(out, s.channels[id].Channel)
		}
	}
	return out
}

// permissions is what the bot may do in a channel.
func (s *Server) permissions(c *channel) int64 {
	g := s.guilds[c.guildID]
	if g == nil || !g.joined {
		return 0
	}
	if g.BotPermissions&PermAdministrator != 0 {
		return -1 &^ (-1 << 53)
	}
	return g.BotPermissions &^ c.Deny
}

// member finds who acts in a channel.
func (s *Server) member(c *channel, memberID string) (*Member, error) {
	g := s.guilds[c.guildID]
	if g == nil {
		return nil, errors.New("fakediscord: the channel has no guild")
	}
	m := g.members[memberID]
	if m == nil {
		return nil, fmt.Errorf("fakediscord: %s is not a member of guild %s", memberID, g.ID)
	}
	return m, nil
}

func (s *Server) guildJSON(g *guild) map[string]any {
	channels := []any{}
	for _, id := range g.channels {
		channels = append(channels, s.channelJSON(s.channels[id]))
	}
	return map[string]any{
		"id": g.ID, "name": g.Name, "preferred_locale": g.Locale,
		"channels": channels, "roles": rolesJSON(g), "members": []any{}, "member_count": len(g.members) + 1,
		"threads": []any{}, "unavailable": false,
	}
}

func (s *Server) channelJSON(c *channel) map[string]any {
	return map[string]any{"id": c.ID, "guild_id": c.guildID, "name": c.Name, "type": c.Type, "position": 0, "permission_overwrites": overwritesJSON(c)}
}

// CompareIDs orders snowflakes by their number.
func CompareIDs(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// raw encodes what cannot fail to encode.
func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // the stand-in's own maps and structs
	}
	return b
}
