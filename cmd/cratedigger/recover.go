package main

import (
	"errors"
	"fmt"
	"strings"

	"cratedigger/bot"
	"cratedigger/bot/discord"
	"cratedigger/cmd/internal/terminal"
	"cratedigger/config"
	"cratedigger/pipeline/catalog"
)

// recoverCmd reads posts and votes from Discord again.
type recoverCmd struct {
	Guild string `placeholder:"GUILD" help:"The guild, by id or by its name on Discord; without it, every guild that the bot is in."`
}

// Help explains what comes back.
func (recoverCmd) Help() string {
	return fmt.Sprintf(`For when the disk was lost and there is no backup. Finds the bot's own posts in the
text channels that it may read, the newest %d messages of each, and keeps them
under the ids that their buttons carry, so that old buttons work again; 👍 and 👎 on
them become votes again. Votes by buttons, labels, favourites, settings and blocks are
not on Discord, and stay lost.

A guild is recovered only if there is no post and no vote of it here; any other is
left as it is. If it is cut off, type it again: it goes on, and nothing doubles. The
bot announces it in the channel, and how members have their votes deleted. Works beside
a running bot and without one.`, bot.RecoverMost)
}

func (*recoverCmd) usesCatalogue()   {}
func (*recoverCmd) beginsCatalogue() {}

const lacking = "Votes by buttons, labels, favourites, settings and blocks are not on Discord"

// Run recovers one guild or all.
func (c *recoverCmd) Run(inv *invocation) error {
	if !inv.served { // before a catalogue is begun for nothing
		if _, err := inv.config(config.NeedToken); err != nil {
			return err
		}
	}
	p, err := inv.open()
	if err != nil {
		return err
	}
	return p.WithBot(inv.ctx, func(b *bot.Bot) error {
		guilds, err := c.guilds(inv, b)
		if err != nil {
			return err
		}
		fmt.Fprintf(inv.errOut, "%s: they stay lost.\n", lacking)
		recovered := 0
		var full []error
		for _, g := range guilds {
			bar := terminal.NewBar(inv.drawn())
			out, err := b.Recover(inv.ctx, g, bar.Report)
			bar.Finish()
			if _, notEmpty := errors.AsType[*catalog.NotEmptyError](err); notEmpty {
				full = append(full, err)
				continue
			}
			if err != nil {
				return err
			}
			recovered++
			if err := printRecovered(inv, out); err != nil {
				return err
			}
		}
		if recovered == 0 {
			return errors.Join(full...)
		}
		for _, err := range full {
			fmt.Fprintln(inv.errOut, "note:", err)
		}
		return nil
	})
}

// guilds finds what is to be recovered among the guilds of the bot.
func (c *recoverCmd) guilds(inv *invocation, b *bot.Bot) ([]discord.Named, error) {
	all, err := b.Guilds(inv.ctx)
	if err != nil {
		return nil, err
	}
	if c.Guild == "" && len(all) > 0 {
		return all, nil
	}
	var found []discord.Named
	var names []string
	for _, g := range all {
		if g.ID == c.Guild || strings.EqualFold(g.Name, c.Guild) {
			found = append(found, g)
		}
		names = append(names, g.ID+" ("+terminal.OneLine(g.Name)+")")
	}
	switch {
	case len(found) > 0:
		return found, nil
	case discord.IsID(c.Guild): // Discord lists 200 at most
		return []discord.Named{{ID: c.Guild}}, nil
	case len(all) == 0:
		return nil, errors.New("the bot is in no guild that it serves: invite it first")
	}
	return nil, fmt.Errorf("the bot is in no guild %q; it is in: %s", c.Guild, strings.Join(names, ", "))
}

// printRecovered says what is back of a guild.
func printRecovered(inv *invocation, out bot.Recovered) error {
	if out.Posts == 0 {
		_, err := fmt.Fprintf(inv.out, "guild %s: no post of the bot is in the channels that it may read%s.\n", terminal.OneLine(out.Guild.Name), listed(" (not: %s)", out.Unread))
		return err
	}
	fmt.Fprintf(inv.out, "guild %s: %d posts and %d votes by reaction are back%s, and the posts' buttons work again. The channel is told.\n",
		terminal.OneLine(out.Guild.Name), out.Posts, out.Votes, listed(", from %s", out.Channels))
	for _, note := range []string{
		listed("  not read, for lack of the right to: %s\n", out.Unread),
		listed("  read only the newest messages, "+fmt.Sprint(bot.RecoverMost)+" of each: %s\n", out.Cut),
	} {
		fmt.Fprint(inv.out, note)
	}
	_, err := fmt.Fprintf(inv.out, "  %s. Choose the settings again: /setup\n", lacking)
	return err
}

// listed puts the names of channels into a format, "" where there are none.
func listed(format string, channels []discord.Named) string {
	const most = 8
	var names []string
	for _, ch := range channels[:min(len(channels), most)] {
		names = append(names, "#"+terminal.OneLine(ch.Name))
	}
	if n := len(channels) - most; n > 0 {
		names = append(names, fmt.Sprintf("and %d others", n))
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf(format, strings.Join(names, ", "))
}
