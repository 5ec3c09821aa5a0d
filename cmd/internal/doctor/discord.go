package doctor

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"cratedigger/bot/discord"
	"cratedigger/cmd/internal/terminal"
	"cratedigger/pipeline/catalog"
)

// dated is a transport that compares the servers' clocks with this machine's.
type dated struct {
	d    *doctor
	next http.RoundTripper
}

// RoundTrip reads the Date of the answer.
func (t dated) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err == nil {
		if theirs, derr := http.ParseTime(resp.Header.Get("Date")); derr == nil {
			t.d.skew, t.d.skewed = t.d.Now().Sub(theirs), true
		}
	}
	return resp, err
}

// discord asks Discord who the bot is, where it is, and what it may do there.
func (d *doctor) discord() {
	const area = "Discord"
	if !d.cfg.Discord.Token.IsSet() {
		return // (*doctor).configuration has reported it
	}
	inspector, err := discord.NewInspector(d.cfg.Discord.Token.Reveal(), string(d.cfg.Discord.BaseURL), dated{d, http.DefaultTransport})
	if err != nil {
		d.fail(area, "Correct discord.base_url.", "%v.", err)
		return
	}
	self, err := inspector.Self(d.ctx)
	if _, refused := errors.AsType[*discord.FatalError](err); refused {
		d.fail(area, "Copy the token again from the Bot page of your application (Reset Token makes a new one), without \"Bot\" before it.", "Discord refuses the token.")
		return
	}
	if status, answered := discord.Answered(err); err != nil && answered {
		fix := "See discord.base_url, and whether something stands between this machine and Discord; or install the newest version of Cratedigger."
		if status >= 500 || status == http.StatusTooManyRequests {
			fix = "Try again; if it stays, see https://discordstatus.com."
		}
		d.fail(area, fix, "Discord at %s answers, but does not say who the bot is: %v.", d.cfg.Discord.BaseURL, err)
		return
	}
	if err != nil {
		d.fail(area, "See the network of this machine, discord.base_url, and https://discordstatus.com.", "Discord at %s cannot be reached: %v.", d.cfg.Discord.BaseURL, err)
		return
	}
	d.ok(area, "The token is good; the bot is %s (%s).", terminal.OneLine(self.Name), self.ID)
	joined, err := inspector.Guilds(d.ctx)
	if err != nil {
		d.warn(area, "Try again; if it stays, see https://discordstatus.com.", "Discord does not say which guilds the bot is in: %v.", err)
		return
	}
	if len(joined) == 0 {
		d.warn(area, "Invite it: "+discord.InviteURL(self.ID), "The bot is in no guild.")
	}
	in := func(id string) bool {
		return slices.ContainsFunc(joined, func(g discord.Named) bool { return g.ID == id })
	}
	for _, g := range joined {
		d.ok(area, "The bot is in %s (%s).", terminal.OneLine(g.Name), g.ID)
	}
	for _, id := range d.cfg.Discord.Guilds {
		if !in(string(id)) {
			d.warn(area, "Invite it there ("+discord.InviteURL(self.ID)+"), or take the id out of discord.guilds.", "The bot is not in guild %s, which discord.guilds names.", id)
		}
	}
	for _, g := range d.guilds() {
		if !in(g.ID) {
			d.warn(area, "Invite it again: "+discord.InviteURL(self.ID), "The bot is not in %s any more: it was removed, or the server was deleted.", nameOf(g))
			continue
		}
		d.channel(inspector, g, self.ID)
	}
	for _, g := range d.left() {
		if !in(g.ID) {
			d.warn(area, "Invite it again: "+discord.InviteURL(self.ID), "The bot was removed from %s on %s.", nameOf(g), g.LeftAt.UTC().Format("2 January 2006"))
		}
	}
}

// channel looks at what the bot may do in a guild's channel.
func (d *doctor) channel(inspector *discord.Inspector, g catalog.Guild, self string) {
	const area = "channels"
	if g.ChannelID == "" {
		return // (*doctor).guild has reported it
	}
	channel, missing, err := inspector.Channel(d.ctx, g.ID, g.ChannelID)
	switch {
	case errors.Is(err, discord.ErrChannelLost):
		d.fail(area, "Let the bot see the channel (Edit Channel → Permissions → View Channel), or choose another with /setup.",
			"%s: the channel %s does not exist any more, or the bot may not see it.", nameOf(g), g.ChannelID)
	case err != nil:
		d.warn(area, "Try again; if it stays, see https://discordstatus.com.", "%s: Discord does not say what the bot may do in channel %s: %v.", nameOf(g), g.ChannelID, err)
	case len(missing) > 0:
		d.fail(area, "Allow it in Edit Channel → Permissions for the bot's role, or invite the bot again: "+discord.InviteURL(self),
			"%s: in #%s the bot lacks %s.", nameOf(g), terminal.OneLine(channel.Name), strings.Join(missing, ", "))
	default:
		d.ok(area, "%s: in #%s the bot may do all that it needs.", nameOf(g), terminal.OneLine(channel.Name))
	}
}
