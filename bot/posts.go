package bot

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// The two emoji that are votes.
const (
	emojiUp   = "👍"
	emojiDown = "👎"
)

// calibratedFrom is how many labels a model needs before posts show its
// probability: with fewer it is too uncertain.
const calibratedFrom = 100

// How members vote on a guild's posts.
const (
	votesReactions = "reactions"
	votesButtons   = "buttons"
	votesBoth      = "both"
)

func showsReactions(votes string) bool { return votes != votesButtons }
func showsButtons(votes string) bool   { return votes == votesButtons || votes == votesBoth }

// pickMessage is a pick as its guild sees it.
func pickMessage(l *text.Language, votes string, post catalog.Post, video catalog.Video) discord.Message {
	line := reasons(l, post.Reasons)
	if post.Wildcard {
		line = append([]string{l.Say("post.wildcard")}, line...)
	}
	if post.ModelVersion > 0 && post.Labels >= calibratedFrom {
		line = append(line, l.Say("post.match", "percent", percent(post.Score)))
	}
	content := headline(video, youtube.WatchURL(video.ID), strings.Join(line, " · "))
	return discord.Message{Content: content, Components: []discord.Component{pickRow(l, votes, post.ID, video)}}
}

// named is a video's name, and by whom it is, as the first line about it.
func named(v catalog.Video) string {
	name, by := v.Named()
	return fmt.Sprintf("**%s** · %s", discord.Title(name, limitTitle), discord.Title(by, limitChannel))
}

// headline is a video's name as a link to address, by whom it is, and what is said below it
// unless that is "". Where the name cannot be a link the address stands bare at the end.
// A player unfolds unless the address is in <>.
func headline(v catalog.Video, address, below string) string {
	name, by := v.Named()
	link, ok := discord.Link(name, address, limitTitle)
	lines := []string{named(v)}
	if ok {
		lines[0] = fmt.Sprintf("**%s** · %s", link, discord.Title(by, limitChannel))
	}
	if below != "" {
		lines = append(lines, below)
	}
	if !ok {
		lines = append(lines, address)
	}
	return strings.Join(lines, "\n")
}

// pickRow is the buttons under a pick. Their custom ids carry the post's id, by
// which the bot recognises the message after a restart. Where the channel is not the
// artist's, members turn the artist down, not the channel.
func pickRow(l *text.Language, votes, postID string, video catalog.Video) discord.Row {
	var row discord.Row
	block := discord.Button{Style: discord.ButtonSecondary, Label: l.Say("post.block"), CustomID: discord.CustomID(actionBlock, postID)}
	if len(video.Performers()) > 0 && !video.OwnChannel() {
		block.Label, block.CustomID = l.Say("post.block_artist"), discord.CustomID(actionArtist, postID)
	}
	if showsButtons(votes) {
		row.Components = append(row.Components,
			discord.Button{Style: discord.ButtonSecondary, Emoji: &discord.Emoji{Name: emojiUp}, CustomID: discord.CustomID(actionUp, postID)},
			discord.Button{Style: discord.ButtonSecondary, Emoji: &discord.Emoji{Name: emojiDown}, CustomID: discord.CustomID(actionDown, postID)})
	}
	row.Components = append(row.Components, block,
		discord.Button{Style: discord.ButtonSecondary, Label: l.Say("post.why"), CustomID: discord.CustomID(actionWhy, postID)},
		discord.Button{Style: discord.ButtonSecondary, Label: l.Say("post.like"), CustomID: discord.CustomID(actionLike, postID)})
	return row
}

// Most UTF-16 units of a title and of a channel's name within a message.
const (
	limitTitle   = 100
	limitChannel = 60
)

// shownReasons is how many reasons a post gives at most.
const shownReasons = 2

// reasons puts why a video was picked into a few words. A post says in its own
// place that it is the wildcard.
func reasons(l *text.Language, all []catalog.Reason) []string {
	var out []string
	for _, r := range all {
		if r.Weight < 0 || r.Kind == catalog.ReasonWildcard || len(out) == shownReasons {
			continue
		}
		if s := l.Reason(r, discord.Title, mention); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// mention names a member; "" when it is no id.
func mention(id string) string {
	if !discord.IsID(id) {
		return ""
	}
	return "<@" + id + ">"
}

func percent(p float64) int { return int(math.Round(100 * min(max(p, 0), 1))) }

// headingMessage is the message above a slot's posts. nonce tells it from other
// headings.
func headingMessage(l *text.Language, g catalog.Guild, args, nonce string) (discord.Message, error) {
	var h pipeline.Heading
	if args != "" {
		if err := json.Unmarshal([]byte(args), &h); err != nil {
			return discord.Message{}, fmt.Errorf("the heading's arguments are broken: %w", err)
		}
	}
	m := discord.Message{Components: aboutRow(l, nonce)}
	if discord.IsID(g.MentionRole) {
		m.Role = g.MentionRole
		m.Content = "<@&" + g.MentionRole + "> "
	}
	m.Content += l.Say("post.heading", "n", max(h.Picks, 1))
	if h.Missing > 0 {
		m.Content += "\n" + l.Say("post.learning", "n", h.Missing)
	}
	return m, nil
}

// aboutRow is the button under a message that is no pick. By its custom id the bot
// recognises the message after a restart.
func aboutRow(l *text.Language, nonce string) []discord.Component {
	return []discord.Component{discord.Row{Components: []discord.Component{
		discord.Button{Style: discord.ButtonSecondary, Label: l.Say("post.about"), CustomID: discord.CustomID(actionAbout, nonce)},
	}}}
}
