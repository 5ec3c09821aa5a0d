package discord

import (
	"net/url"
	"strconv"

	"github.com/bwmarrin/discordgo"
)

// needed is every permission that the bot's calls in a channel ask for, and
// for which of them. Interactions and their answers need none.
var needed = []struct {
	name string
	bit  int64
	why  string
}{
	{"view_channel", discordgo.PermissionViewChannel, "every call in a channel"},
	{"send_messages", discordgo.PermissionSendMessages, "posts, recaps and notices"},
	{"embed_links", discordgo.PermissionEmbedLinks, "a post's bare link unfolds into the player"},
	{"read_message_history", discordgo.PermissionReadMessageHistory, "reactions; recognising what was sent before a crash; comparing votes"},
	{"add_reactions", discordgo.PermissionAddReactions, "placing 👍 and 👎"},
}

// Permissions is the least that an invite link has to grant.
func Permissions() int64 {
	var all int64
	for _, p := range needed {
		all |= p.bit
	}
	return all
}

// Lacking is the names of the needed permissions that are not among have.
func Lacking(have Bits) (names []string) {
	for _, p := range needed {
		if int64(have)&p.bit == 0 {
			names = append(names, p.name)
		}
	}
	return names
}

// InviteURL is the link by which an administrator adds the bot to a guild.
func InviteURL(applicationID string) string {
	return "https://discord.com/oauth2/authorize?" + url.Values{
		"client_id":   {applicationID},
		"scope":       {"bot applications.commands"},
		"permissions": {strconv.FormatInt(Permissions(), 10)},
	}.Encode()
}
