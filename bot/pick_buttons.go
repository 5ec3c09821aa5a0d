package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
)

// pickButtons are the buttons under a pick, and its message's menu.
type pickButtons struct {
	store  Catalog
	votes  *voteWriter
	blocks *blocks
	now    func() time.Time
}

// post finds the post of a component. It must be one of the member's guild: a
// custom id is text that anybody can send.
func (c *call) post(ctx context.Context, store PostStore, postID string) (catalog.Post, error) {
	post, ok, err := store.Post(ctx, postID)
	if err != nil {
		return post, fmt.Errorf("a post could not be read: %w", err)
	}
	if !ok || post.GuildID != c.guild.ID {
		return post, problem("error.no_post")
	}
	return post, nil
}

// vote is a press on 👍 or 👎; a second press takes the vote back.
func (p *pickButtons) vote(ctx context.Context, c *call) error {
	post, err := c.post(ctx, p.store, c.id.Arg(0))
	if err != nil {
		return err
	}
	up := c.id.Name == actionUp
	votes, err := p.store.PostVotes(ctx, post.ID)
	if err != nil {
		return fmt.Errorf("the votes of a post could not be read: %w", err)
	}
	set := true
	for _, v := range votes {
		if v.MemberID != c.in.UserID() {
			continue
		}
		counts := v.Value != 0 && (v.Value > 0) == up
		set = flagOf(v, up).Button.IsZero() || !counts
	}
	change := catalog.VoteChange{GuildID: post.GuildID, VideoID: post.VideoID, PostID: post.ID,
		MemberID: c.in.UserID(), Up: up, Set: set, Source: catalog.SourceButton, At: p.now()}
	if err := p.votes.apply(ctx, change); err != nil {
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

// pressed is the post under which a button was pressed, and its video.
func (p *pickButtons) pressed(ctx context.Context, c *call) (catalog.Post, catalog.Video, error) {
	post, err := c.post(ctx, p.store, c.id.Arg(0))
	if err != nil {
		return catalog.Post{}, catalog.Video{}, err
	}
	video, _, err := p.store.Video(ctx, post.VideoID)
	if err != nil {
		return catalog.Post{}, catalog.Video{}, fmt.Errorf("a video could not be read: %w", err)
	}
	return post, video, nil
}

// block is "Not this channel". An administrator blocks the channel with it; other
// members vote 👎 and ask the administrators to.
func (p *pickButtons) block(ctx context.Context, c *call) error {
	post, video, err := p.pressed(ctx, c)
	if err != nil {
		return err
	}
	if c.in.Manages() {
		if err := p.blocks.block(ctx, c.guild.ID, catalog.BlockedChannel{ID: video.ChannelID, Name: video.Channel, By: c.in.UserID(), At: p.now()}); err != nil {
			return err
		}
		return c.say(ctx, "block.done", "channel", discord.Title(video.Channel, limitChannel))
	}
	return p.request(ctx, c, post, blockRequest{ID: video.ChannelID, Name: video.Channel})
}

// blockArtist is "Not this artist": as block, of the main artist. Who performs may be
// less sure than when the pick was posted; then nobody is blocked.
func (p *pickButtons) blockArtist(ctx context.Context, c *call) error {
	post, video, err := p.pressed(ctx, c)
	if err != nil {
		return err
	}
	artists := video.Performers()
	switch {
	case len(artists) == 0:
		return problem("error.unsure_artist")
	case c.in.Manages():
		if err := p.blocks.blockArtist(ctx, c.guild.ID, catalog.BlockedArtist{Name: artists[0], By: c.in.UserID(), At: p.now()}); err != nil {
			return err
		}
		return c.say(ctx, "block.done", "channel", discord.Title(artists[0], limitChannel))
	}
	return p.request(ctx, c, post, blockRequest{Name: artists[0], Artist: true})
}

// request votes 👎 for a member and tells the administrators what the member does not
// want to see.
func (p *pickButtons) request(ctx context.Context, c *call, post catalog.Post, asked blockRequest) error {
	down := catalog.VoteChange{GuildID: post.GuildID, VideoID: post.VideoID, PostID: post.ID,
		MemberID: c.in.UserID(), Set: true, Source: catalog.SourceButton, At: p.now()}
	if err := p.votes.apply(ctx, down); err != nil {
		return fmt.Errorf("a vote could not be stored: %w", err)
	}
	if err := p.blocks.addRequest(ctx, c.guild.ID, asked); err != nil {
		return err
	}
	return c.say(ctx, "block.requested", "channel", discord.Title(asked.Name, limitChannel))
}

// takeBack, in the menu of a pick's message, deletes the pick.
func (p *pickButtons) takeBack(ctx context.Context, c *call) error {
	post, ok, err := p.store.PostByMessage(ctx, c.in.Data.TargetID)
	if err != nil {
		return fmt.Errorf("a post could not be read: %w", err)
	}
	if !ok || post.GuildID != c.guild.ID {
		return problem("error.no_post")
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	if err := p.store.RetirePost(ctx, post.ID); err != nil {
		return fmt.Errorf("a post could not be taken back: %w", err)
	}
	if err := c.client.Remove(ctx, post.ChannelID, post.MessageID); err != nil && discord.ErrorCode(err) != discord.CodeUnknownMessage {
		if discord.Classify(err) == discord.Retry {
			return fmt.Errorf("the pick will not be learned from, but its message could not be deleted: %w", err)
		}
		return errors.Join(problem("error.not_deleted"), err)
	}
	return c.say(ctx, "takeback.done")
}
