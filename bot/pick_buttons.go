package bot

import (
	"context"
	"errors"
	"fmt"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
)

// post finds the post that a component or a message belongs to, in the guild
// that the member is in: a custom id is only what somebody sent.
func (c *call) post(postID string) (catalog.Post, error) {
	post, ok, err := c.b.opts.Catalog.Post(postID)
	if err != nil {
		return post, fmt.Errorf("a post could not be read: %w", err)
	}
	if !ok || post.GuildID != c.guild.ID {
		return post, problem("error.no_post")
	}
	return post, nil
}

// onVote is a press on 👍 or 👎: again takes the vote back.
func (b *Bot) onVote(ctx context.Context, c *call) error {
	post, err := c.post(c.id.Arg(0))
	if err != nil {
		return err
	}
	up := c.id.Name == actionUp
	votes, err := b.opts.Catalog.PostVotes(post.ID)
	if err != nil {
		return fmt.Errorf("the votes of a post could not be read: %w", err)
	}
	set := true
	for _, v := range votes {
		if v.MemberID != c.in.UserID() {
			continue
		}
		flag := v.Down
		if up {
			flag = v.Up
		}
		counts := v.Value != 0 && (v.Value > 0) == up
		set = flag.Button.IsZero() || !counts
	}
	change := catalog.VoteChange{GuildID: post.GuildID, VideoID: post.VideoID, PostID: post.ID,
		MemberID: c.in.UserID(), Up: up, Set: set, Source: catalog.SourceButton, At: b.now()}
	if err := b.votes.apply(ctx, change); err != nil {
		return fmt.Errorf("a vote could not be stored: %w", err)
	}
	switch {
	case !set:
		return c.say(ctx, "vote.undone")
	case up:
		return c.say(ctx, "vote.up")
	}
	return c.say(ctx, "vote.down")
}

// onBlock is "Not this channel": it blocks when an administrator presses it,
// and is a 👎 and a request otherwise.
func (b *Bot) onBlock(ctx context.Context, c *call) error {
	post, err := c.post(c.id.Arg(0))
	if err != nil {
		return err
	}
	video, _, err := b.opts.Catalog.Video(post.VideoID)
	if err != nil {
		return fmt.Errorf("a video could not be read: %w", err)
	}
	name := discord.Title(video.Channel, limitChannel)
	if c.in.Manages() {
		if err := b.block(c.guild.ID, catalog.BlockedChannel{ID: video.ChannelID, Name: video.Channel, By: c.in.UserID(), At: b.now()}); err != nil {
			return err
		}
		return c.say(ctx, "block.done", "channel", name)
	}
	down := catalog.VoteChange{GuildID: post.GuildID, VideoID: post.VideoID, PostID: post.ID,
		MemberID: c.in.UserID(), Set: true, Source: catalog.SourceButton, At: b.now()}
	if err := b.votes.apply(ctx, down); err != nil {
		return fmt.Errorf("a vote could not be stored: %w", err)
	}
	if err := b.requestBlock(c.guild.ID, video.ChannelID, video.Channel); err != nil {
		return err
	}
	return c.say(ctx, "block.requested", "channel", name)
}

// block adds a YouTube channel to a guild's block list.
func (b *Bot) block(guildID string, ch catalog.BlockedChannel) error {
	if ch.ID == "" && ch.Name == "" {
		return problem("error.no_channel")
	}
	err := b.updateGuild(guildID, func(g *catalog.Guild) error {
		for _, old := range g.BlockedChannels {
			if ch.ID != "" && old.ID == ch.ID || ch.ID == "" && old.Name == ch.Name {
				return nil
			}
		}
		g.BlockedChannels = append(g.BlockedChannels, ch)
		return nil
	})
	if err != nil {
		return fmt.Errorf("a channel could not be blocked: %w", err)
	}
	b.changed(guildID)
	return b.dropRequest(guildID, ch.ID, ch.Name)
}

// takeBack deletes a pick, on its message's menu: an administrator's "never
// this one".
func (b *Bot) takeBack(ctx context.Context, c *call) error {
	post, ok, err := b.opts.Catalog.PostByMessage(c.in.Data.TargetID)
	if err != nil {
		return fmt.Errorf("a post could not be read: %w", err)
	}
	if !ok || post.GuildID != c.guild.ID {
		return problem("error.no_post")
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	if err := b.opts.Catalog.RetirePost(post.ID); err != nil {
		return fmt.Errorf("a post could not be taken back: %w", err)
	}
	if err := b.client.Remove(ctx, post.ChannelID, post.MessageID); err != nil && discord.ErrorCode(err) != discord.CodeUnknownMessage {
		if discord.Judge(err) == discord.Retry {
			return fmt.Errorf("the pick will not be learned from, but its message could not be deleted: %w", err)
		}
		return errors.Join(problem("error.not_deleted"), err)
	}
	return c.say(ctx, "takeback.done")
}
