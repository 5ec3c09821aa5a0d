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
func pickMessage(l *text.Language, votes string, post catalog.Post, video catalog.Video) discord.Message {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** · %s\n", discord.Title(video.Title, limitTitle), discord.Title(video.Channel, limitChannel))
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
	return discord.Message{Content: b.String(), Components: []discord.Component{pickRow(l, votes, post.ID)}}
}

// pickRow is the buttons under a pick. Their custom ids carry the post's id,
// by which a message is recognised after a restart.
func pickRow(l *text.Language, votes, postID string) discord.Row {
	var row discord.Row
	if showsButtons(votes) {
		row.Components = append(row.Components,
			discord.Button{Style: discord.ButtonSecondary, Emoji: &discord.Emoji{Name: emojiUp}, CustomID: discord.CustomID(actionUp, postID)},
			discord.Button{Style: discord.ButtonSecondary, Emoji: &discord.Emoji{Name: emojiDown}, CustomID: discord.CustomID(actionDown, postID)})
	}
	row.Components = append(row.Components,
		discord.Button{Style: discord.ButtonSecondary, Label: l.Say("post.block"), CustomID: discord.CustomID(actionBlock, postID)},
		discord.Button{Style: discord.ButtonSecondary, Label: l.Say("post.why"), CustomID: discord.CustomID(actionWhy, postID)})
	return row
}

// Most UTF-16 units of a title and of a channel's name within a message.
const (
	limitTitle   = 100
	limitChannel = 60
)

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
			quoted = append(quoted, "‘"+discord.Title(w, 40)+"’")
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
		if discord.IsID(first) {
			return l.Say("reason.seed", "member", "<@"+first+">")
		}
	case catalog.ReasonExplore:
		return l.Say("reason.explore")
	case catalog.ReasonLike:
		if first != "" {
			return l.Say("reason.like", "title", discord.Title(first, 40))
		}
	case catalog.ReasonQuery:
		if first != "" {
			return l.Say("reason.query", "query", discord.Title(first, 40))
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
	return discord.Title(name, 40)
}

func factKey(name string) string { return "fact." + strings.ReplaceAll(name, " ", "_") }

func percent(p float64) int { return int(math.Round(100 * min(max(p, 0), 1))) }

// headingMessage opens a slot's posts. nonce tells it from other headings.
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
	if h.Learning {
		m.Content += "\n" + l.Say("post.learning", "n", h.Votes)
	}
	return m, nil
}

// aboutRow is the button under a message that is no pick; its custom id is
// how the message is recognised after a restart.
func aboutRow(l *text.Language, nonce string) []discord.Component {
	return []discord.Component{discord.Row{Components: []discord.Component{
		discord.Button{Style: discord.ButtonSecondary, Label: l.Say("post.about"), CustomID: discord.CustomID(actionAbout, nonce)},
	}}}
}
