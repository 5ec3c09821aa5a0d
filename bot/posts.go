package bot

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/bwmarrin/discordgo"

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

// calibratedFrom is how many labels a model needs before its probability is
// shown as a match: with fewer it says less than it seems to.
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
func pickMessage(l *text.Language, votes string, post catalog.Post, video catalog.Video) message {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** · %s\n", title(video.Title, limitTitle), title(video.Channel, limitChannel))
	line := reasons(l, post.Reasons)
	if post.Wildcard {
		line = append([]string{l.Say("post.wildcard")}, line...)
	}
	if post.ModelVersion > 0 && post.Labels >= calibratedFrom {
		line = append(line, l.Say("post.match", "percent", percent(post.Score)))
	}
	if len(line) > 0 {
		b.WriteString(strings.Join(line, " · ") + "\n")
	}
	b.WriteString(youtube.WatchURL(video.ID)) // bare, so that the player unfolds
	return message{Content: b.String(), Components: []discordgo.MessageComponent{pickRow(l, votes, post.ID)}}
}

// pickRow is the buttons under a pick. Their custom ids carry the post's id,
// by which a message is recognised after a restart.
func pickRow(l *text.Language, votes, postID string) discordgo.ActionsRow {
	var row discordgo.ActionsRow
	if showsButtons(votes) {
		row.Components = append(row.Components,
			discordgo.Button{Style: discordgo.SecondaryButton, Emoji: &discordgo.ComponentEmoji{Name: emojiUp}, CustomID: id(actionUp, postID)},
			discordgo.Button{Style: discordgo.SecondaryButton, Emoji: &discordgo.ComponentEmoji{Name: emojiDown}, CustomID: id(actionDown, postID)})
	}
	row.Components = append(row.Components,
		discordgo.Button{Style: discordgo.SecondaryButton, Label: l.Say("post.block"), CustomID: id(actionBlock, postID)},
		discordgo.Button{Style: discordgo.SecondaryButton, Label: l.Say("post.why"), CustomID: id(actionWhy, postID)})
	return row
}

// shownReasons is how many reasons a post gives at most.
const shownReasons = 2

// reasons puts why a video was picked into a few words.
func reasons(l *text.Language, all []catalog.Reason) []string {
	var out []string
	for _, r := range all {
		if r.Weight < 0 || len(out) == shownReasons {
			continue
		}
		if s := reason(l, r); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// shownWords is how many words one reason names.
const shownWords = 3

func reason(l *text.Language, r catalog.Reason) string {
	first := ""
	if len(r.Words) > 0 {
		first = r.Words[0]
	}
	switch r.Kind {
	case catalog.ReasonChannel:
		if r.Number >= 1 {
			return l.Say("reason.channel", "n", int(r.Number))
		}
		return l.Say("reason.channel.some")
	case catalog.ReasonWords:
		var quoted []string
		for _, w := range r.Words[:min(len(r.Words), shownWords)] {
			quoted = append(quoted, "‘"+title(w, 40)+"’")
		}
		if len(quoted) > 0 {
			return strings.Join(quoted, ", ")
		}
	case catalog.ReasonFresh:
		days := int(math.Max(0, math.Round(r.Number)))
		if days == 0 {
			return l.Say("reason.fresh.today")
		}
		count := l.Number(days)
		if key := fmt.Sprintf("number.%d", days); l.Has(key) {
			count = l.Say(key)
		}
		return l.Say("reason.fresh", "n", days, "count", count)
	case catalog.ReasonSeed:
		if isSnowflake(first) {
			return l.Say("reason.seed", "member", "<@"+first+">")
		}
	case catalog.ReasonExplore:
		return l.Say("reason.explore")
	case catalog.ReasonLike:
		if first != "" {
			return l.Say("reason.like", "title", title(first, 40))
		}
	case catalog.ReasonQuery:
		if first != "" {
			return l.Say("reason.query", "query", title(first, 40))
		}
	case catalog.ReasonFact, catalog.ReasonRule:
		if first == "fresh" {
			return reason(l, catalog.Reason{Kind: catalog.ReasonFresh, Number: r.Number})
		}
		var names []string
		for _, w := range r.Words[:min(len(r.Words), shownWords)] {
			name := factName(l, w)
			if key := "rule." + strings.ReplaceAll(w, " ", "_"); r.Kind == catalog.ReasonRule && l.Has(key) {
				name = l.Say(key)
			}
			names = append(names, name)
		}
		return strings.Join(names, ", ")
	}
	return ""
}

// factName is a fact's name in the language, or as it is.
func factName(l *text.Language, name string) string {
	if key := factKey(name); l.Has(key) {
		return l.Say(key)
	}
	return title(name, 40)
}

func factKey(name string) string { return "fact." + strings.ReplaceAll(name, " ", "_") }

func percent(p float64) int { return int(math.Round(100 * min(max(p, 0), 1))) }

// headingMessage opens a slot's posts. nonce tells it from other headings.
func headingMessage(l *text.Language, g catalog.Guild, args, nonce string) (message, error) {
	var h pipeline.Heading
	if args != "" {
		if err := json.Unmarshal([]byte(args), &h); err != nil {
			return message{}, fmt.Errorf("the heading's arguments are broken: %w", err)
		}
	}
	m := message{Components: aboutRow(l, nonce)}
	if isSnowflake(g.MentionRole) {
		m.Role = g.MentionRole
		m.Content = "<@&" + g.MentionRole + "> "
	}
	m.Content += l.Say("post.heading", "n", max(h.Picks, 1))
	if h.Learning {
		m.Content += "\n" + l.Say("post.learning", "n", h.Votes)
	}
	return m, nil
}

// aboutRow is the button under a message that is no pick; its custom id is
// how the message is recognised after a restart.
func aboutRow(l *text.Language, nonce string) []discordgo.MessageComponent {
	return []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{
		discordgo.Button{Style: discordgo.SecondaryButton, Label: l.Say("post.about"), CustomID: id(actionAbout, nonce)},
	}}}
}

// isSnowflake reports whether s can be an id of Discord's.
func isSnowflake(s string) bool {
	if len(s) == 0 || len(s) > 20 {
		return false
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
