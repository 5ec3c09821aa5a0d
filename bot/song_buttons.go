package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// mostSongs is the most songs that a message lists: two have their buttons in one of
// its five rows, and the fifth is left for other buttons.
const mostSongs = 8

// songButtons are the 👍 and 👎 of the songs that a message lists. What they set is a
// vote without a post, also when the song was posted: of a member's votes on a song
// the latest counts.
type songButtons struct {
	store Catalog
	votes *voteWriter
	now   func() time.Time
}

// songRows are the buttons of listed songs, with their numbers where there are several.
// standing has the reader's vote on each; nil where many read the message.
func songRows(videoIDs []string, standing map[string]int) (rows []discord.Component) {
	for pair := range slices.Chunk(videoIDs[:min(len(videoIDs), mostSongs)], 2) {
		var row discord.Row
		for i, id := range pair {
			label := ""
			if len(videoIDs) > 1 {
				label = strconv.Itoa(2*len(rows) + i + 1)
			}
			up := discord.Button{Style: discord.ButtonSecondary, Label: label, Emoji: &discord.Emoji{Name: emojiUp}, CustomID: discord.CustomID(actionSong, id, "u")}
			down := discord.Button{Style: discord.ButtonSecondary, Label: label, Emoji: &discord.Emoji{Name: emojiDown}, CustomID: discord.CustomID(actionSong, id, "d")}
			switch value := standing[id]; {
			case value > 0:
				up.Style = discord.ButtonSuccess
			case value < 0:
				down.Style = discord.ButtonDanger
			}
			row.Components = append(row.Components, up, down)
		}
		rows = append(rows, row)
	}
	return rows
}

// standing is a member's vote on each video: of those on its posts and without one the
// latest.
func standing(ctx context.Context, store VoteStore, guildID, memberID string) (map[string]int, error) {
	votes, err := store.MemberVotes(ctx, guildID, memberID)
	if err != nil {
		return nil, fmt.Errorf("your votes could not be read: %w", err)
	}
	return latestValues(votes), nil
}

// latestValues are the values of a member's latest votes by video.
func latestValues(votes []catalog.Vote) map[string]int {
	latest, values := map[string]time.Time{}, map[string]int{}
	for _, v := range votes {
		if v.Value != 0 && !v.At.Before(latest[v.VideoID]) {
			latest[v.VideoID], values[v.VideoID] = v.At, v.Value
		}
	}
	return values
}

// press is a press on a song's 👍 or 👎; a second one takes the vote back. In the
// member's own answer the buttons show it, elsewhere the member is told.
func (b *songButtons) press(ctx context.Context, c *call) error {
	videoID, ok := youtube.ParseID(c.id.Arg(0))
	side := c.id.Arg(1)
	if !ok || side != "u" && side != "d" {
		return problem("error.unknown")
	}
	// A custom id is text that anybody can send: only what the catalogue knows gets votes.
	if _, known, err := b.store.Video(ctx, videoID); err != nil {
		return fmt.Errorf("a video could not be read: %w", err)
	} else if !known {
		return problem("error.unknown")
	}
	member, up := c.in.UserID(), side == "u"
	votes, err := b.store.MemberVotes(ctx, c.guild.ID, member)
	if err != nil {
		return fmt.Errorf("your votes could not be read: %w", err)
	}
	set := true
	votes = slices.DeleteFunc(votes, func(v catalog.Vote) bool {
		own := v.VideoID == videoID && v.PostID == ""
		if own && v.Value != 0 {
			set = (v.Value > 0) != up
		}
		return own
	})
	change := catalog.VoteChange{GuildID: c.guild.ID, VideoID: videoID, MemberID: member, Up: up, Set: set, Source: catalog.SourceButton, At: b.now()}
	changes := []catalog.VoteChange{change}
	if !set { // both directions, and what the member said to /label: nothing of the vote is left
		changes = nil
		for _, source := range []catalog.VoteSource{catalog.SourceButton, catalog.SourceImport} {
			for _, up := range []bool{true, false} {
				change.Source, change.Up = source, up
				changes = append(changes, change)
			}
		}
	}
	if err := b.votes.apply(ctx, changes...); err != nil {
		return fmt.Errorf("a vote could not be stored: %w", err)
	}
	if set {
		value := -1
		if up {
			value = 1
		}
		votes = append(votes, catalog.Vote{VideoID: videoID, Value: value, At: change.At})
	}
	values := latestValues(votes)
	if own := c.in.Message; own.Flags&discord.Ephemeral != 0 {
		if ids := listed(own); slices.Contains(ids, videoID) {
			return c.update(ctx, discord.Message{Content: own.Content, Components: songRows(ids, values)})
		}
	}
	switch value := values[videoID]; {
	case set && up:
		return c.say(ctx, "vote.up")
	case set:
		return c.say(ctx, "vote.down")
	case value > 0:
		return c.say(ctx, "vote.stands", "vote", emojiUp)
	case value < 0:
		return c.say(ctx, "vote.stands", "vote", emojiDown)
	}
	return c.say(ctx, "vote.undone")
}

// listed are the songs that have buttons in a message, in their order.
func listed(m discord.Shown) (videoIDs []string) {
	for _, row := range m.Components {
		for _, button := range row.Components {
			action, _ := discord.ParseCustomID(button.CustomID)
			id, ok := youtube.ParseID(action.Arg(0))
			if ok && action.Name == actionSong && !slices.Contains(videoIDs, id) {
				videoIDs = append(videoIDs, id)
			}
		}
	}
	return videoIDs
}
