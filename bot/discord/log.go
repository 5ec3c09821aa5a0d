package discord

import "github.com/bwmarrin/discordgo"

// discordgo logs through one function of its package, and what it says may hold
// the token. Whatever goes wrong comes back as an error, too.
func init() { discordgo.Logger = func(int, int, string, ...any) {} }
