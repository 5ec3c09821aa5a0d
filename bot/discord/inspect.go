package discord

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/bwmarrin/discordgo"
)

// Inspector asks Discord what the bot may do, without connecting to the
// gateway: no login is used up.
type Inspector struct {
	client *Client
	self   string // the bot's id, once asked
}

// NewInspector returns an inspector. baseURL is the origin that stands for
// https://discord.com; base is the transport, nil for a plain one.
func NewInspector(token, baseURL string, base http.RoundTripper) (*Inspector, error) {
	client, err := NewClient(Options{Token: token, BaseURL: baseURL, Transport: base})
	if err != nil {
		return nil, err
	}
	return &Inspector{client: client}, nil
}

// Self is the bot's account. A refused token is a *FatalError.
func (i *Inspector) Self(ctx context.Context) (Named, error) {
	self, err := i.client.Self(ctx)
	i.self = self.ID
	return self, err
}

// Guilds are the guilds that the bot is in, as many as one connection may have.
func (i *Inspector) Guilds(ctx context.Context) ([]Named, error) { return i.client.Guilds(ctx) }

// ErrChannelLost says that a channel is gone or shut to the bot.
var ErrChannelLost = errors.New("the channel does not exist any more, or the bot cannot see it")

// Channel returns a channel and the names of the rights that the bot lacks
// there. Self must have been asked before.
func (i *Inspector) Channel(ctx context.Context, guildID, channelID string) (channel Named, missing []string, err error) {
	var ch struct {
		Named
		GuildID    string      `json:"guild_id"`
		Overwrites []overwrite `json:"permission_overwrites"`
	}
	if err := i.client.call(ctx, http.MethodGet, discordgo.EndpointChannel(channelID), nil, nil, &ch); err != nil {
		if Classify(err) == Lost {
			return Named{}, nil, ErrChannelLost
		}
		return Named{}, nil, err
	}
	r, err := i.client.rights(ctx, guildID, i.self)
	if err != nil {
		return ch.Named, nil, err
	}
	for _, name := range r.lacking(ch.Overwrites) {
		missing = append(missing, label(name))
	}
	return ch.Named, missing, nil
}

// rights are what a member may do in a guild before a channel's overwrites.
type rights struct {
	guildID, memberID string
	base              int64
	roles             map[string]bool // the member's, and @everyone
	all               bool            // the owner and administrators may do everything
}

// rights asks Discord what a member may do.
func (c *Client) rights(ctx context.Context, guildID, memberID string) (rights, error) {
	type role struct {
		ID          string `json:"id"`
		Permissions Bits   `json:"permissions"`
	}
	r := rights{guildID: guildID, memberID: memberID, roles: map[string]bool{guildID: true}} // @everyone has the guild's id
	var guild struct {
		OwnerID string `json:"owner_id"`
		Roles   []role `json:"roles"`
	}
	if err := c.call(ctx, http.MethodGet, discordgo.EndpointGuild(guildID), nil, nil, &guild); err != nil {
		return r, err
	}
	if len(guild.Roles) == 0 { // every guild has @everyone, so they were left out
		if err := c.call(ctx, http.MethodGet, discordgo.EndpointGuildRoles(guildID), nil, nil, &guild.Roles); err != nil {
			return r, err
		}
	}
	var member struct {
		Roles []string `json:"roles"`
	}
	if err := c.call(ctx, http.MethodGet, discordgo.EndpointGuildMember(guildID, memberID), nil, nil, &member); err != nil {
		return r, err
	}
	for _, id := range member.Roles {
		r.roles[id] = true
	}
	for _, role := range guild.Roles {
		if r.roles[role.ID] {
			r.base |= int64(role.Permissions)
		}
	}
	r.all = guild.OwnerID == memberID || r.base&discordgo.PermissionAdministrator != 0
	return r, nil
}

// lacking is the names of the needed permissions that the member lacks in a channel.
func (r rights) lacking(overwrites []overwrite) []string {
	if r.all {
		return nil
	}
	return Lacking(Bits(effective(r.base, overwrites, r.guildID, r.memberID, r.roles)))
}

// Postable are the text and announcement channels in which a bot may do its work, in the
// order in which Discord shows them. self is the bot's id.
func (c *Client) Postable(ctx context.Context, guildID, self string) ([]Named, error) {
	all, err := c.postChannels(ctx, guildID)
	if err != nil {
		return nil, err
	}
	r, err := c.rights(ctx, guildID, self)
	if err != nil {
		return nil, err
	}
	var may []Named
	for _, ch := range all {
		if len(r.lacking(ch.Overwrites)) == 0 {
			may = append(may, ch.Named)
		}
	}
	return may, nil
}

// overwrite changes the rights of a role or a member in one channel.
type overwrite struct {
	ID    string `json:"id"`
	Allow Bits   `json:"allow"`
	Deny  Bits   `json:"deny"`
}

// effective applies a channel's overwrites to the rights of the guild, in
// Discord's order: @everyone, the member's roles together, the member.
func effective(base int64, overwrites []overwrite, guildID, memberID string, roles map[string]bool) int64 {
	var allow, deny int64
	for _, o := range overwrites {
		switch {
		case o.ID == guildID:
			base = base&^int64(o.Deny) | int64(o.Allow)
		case roles[o.ID]:
			allow |= int64(o.Allow)
			deny |= int64(o.Deny)
		}
	}
	base = base&^deny | allow
	for _, o := range overwrites {
		if o.ID == memberID {
			base = base&^int64(o.Deny) | int64(o.Allow)
		}
	}
	return base
}

// label is a permission's name as Discord's settings write it.
func label(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}
