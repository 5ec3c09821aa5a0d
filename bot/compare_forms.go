package bot

import (
	"slices"

	"cratedigger/bot/discord"
)

// forms are the emoji on a message that are votes in one direction: the plain one,
// and those of a colour of skin.
func forms(m discord.Sent, up bool) []string {
	all := []string{emojiDown}
	if up {
		all[0] = emojiUp
	}
	for _, r := range m.Reactions {
		if mine, ok := direction(r.Emoji.Name, false); ok && mine == up && !slices.Contains(all, r.Emoji.Name) {
			all = append(all, r.Emoji.Name)
		}
	}
	return all
}

// hasBursts reports whether a message may show bursts of an emoji. A reaction that it
// does not show yet may be one.
func hasBursts(m discord.Sent, emoji string) bool {
	for _, r := range m.Reactions {
		if r.Emoji.Name == emoji {
			return r.Details == nil || r.Details.Burst > 0
		}
	}
	return true
}

// severalForms reports whether a message shows votes that are not plain reactions,
// beside which their members may have others.
func severalForms(m discord.Sent) bool {
	for _, r := range m.Reactions {
		odd := r.Emoji.Name != plain(r.Emoji.Name) || r.Details == nil || r.Details.Burst > 0
		if _, ok := direction(r.Emoji.Name, false); ok && odd {
			return true
		}
	}
	return false
}

// shownCount is how many reactions of others a message has in one direction, bursts
// included. A member with several reactions is counted once for each.
func shownCount(m discord.Sent, up bool) int {
	n := 0
	for _, r := range m.Reactions {
		if mine, ok := direction(r.Emoji.Name, false); !ok || mine != up {
			continue
		}
		count := r.Count
		if r.Details != nil {
			count = max(count, r.Details.Burst+r.Details.Normal)
		}
		if r.Me {
			count--
		}
		n += count
	}
	return n
}
