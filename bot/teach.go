package bot

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"cratedigger/bot/discord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// address finds addresses in a message.
var address = regexp.MustCompile(`https?://[^\s<>()\[\]|"'` + "`" + `]+`)

// mostAddresses bounds how many addresses of one message are looked at.
const mostAddresses = 50

// linked is the first video that a message links to. A word of 11 letters is no link.
func linked(content string, previews []string) (videoID string, ok bool) {
	all := append(address.FindAllString(content, mostAddresses), previews...)
	for _, link := range all[:min(len(all), mostAddresses)] {
		if videoID, ok := youtube.ParseID(link); ok && videoID != link {
			return videoID, true
		}
	}
	return "", false
}

// teach, in the menu of any message, is the member's like of the song that the message
// links to: a vote without a post. Nothing else of the message is kept.
func (m *memberCommands) teach(ctx context.Context, c *call) error {
	videoID, ok := linked(c.in.Target())
	if !ok {
		return problem("teach.no_link")
	}
	key := "seed/" + c.guild.ID + "/" + c.in.UserID()
	if err := m.cool.take(key, coolSeed); err != nil {
		return err
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	video, err := m.stages.Teach(ctx, c.guild.ID, videoID)
	name, by := video.Named()
	title, channel := discord.Title(name, limitTitle), discord.Title(by, limitChannel)
	if err != nil {
		if refused, ok := errors.AsType[*pipeline.RefusedError](err); ok {
			return c.say(ctx, "teach.refused", "title", title, "channel", channel, "why", c.refusal(refused.Why))
		}
		m.unused(key, err)
		return fmt.Errorf("the video could not be read: %w", err)
	}
	if err := m.label(ctx, c, videoID, true); err != nil {
		return err
	}
	return c.reply(ctx, discord.Message{Content: c.l.Say("teach.done", "title", title, "channel", channel), Components: []discord.Component{
		discord.Row{Components: []discord.Component{
			discord.Button{Style: discord.ButtonSecondary, Label: c.l.Say("import.undo"), CustomID: discord.CustomID(actionTaught, videoID)}}}}})
}

// label sets the member's like of a video without a post, which takes a dislike away,
// or removes it.
func (m *memberCommands) label(ctx context.Context, c *call, videoID string, like bool) error {
	up := catalog.VoteChange{GuildID: c.guild.ID, VideoID: videoID, MemberID: c.in.UserID(), Up: true, Set: like, Source: catalog.SourceImport, At: m.now()}
	changes := []catalog.VoteChange{up}
	if like {
		down := up
		down.Up, down.Set = false, false
		changes = []catalog.VoteChange{down, up}
	}
	if err := m.votes.apply(ctx, changes...); err != nil {
		return fmt.Errorf("your like could not be stored: %w", err)
	}
	return nil
}

// untaught takes a taught like back.
func (m *memberCommands) untaught(ctx context.Context, c *call) error {
	videoID, ok := youtube.ParseID(c.id.Arg(0))
	if !ok {
		return problem("error.unknown")
	}
	if err := m.label(ctx, c, videoID, false); err != nil {
		return err
	}
	return c.update(ctx, discord.Message{Content: c.l.Say("teach.undone"), Bare: true})
}
