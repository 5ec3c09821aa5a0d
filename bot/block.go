package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// blocks is what a guild does not want to see: its block list, and the channels
// that members ask to put on it.
type blocks struct {
	store  Catalog
	guilds *guilds
	log    *slog.Logger
	now    func() time.Time
	mu     sync.Mutex // around the lists of requests: reading and writing one are two steps
}

// blockRequest is a YouTube channel that members asked not to see.
type blockRequest struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Times int    `json:"times"`
}

const mostRequests = 50 // that are kept of a guild, the most frequent ones

func requestsState(guildID string) string { return "block-requests/" + guildID }

// requests is the channels that members of a guild asked not to see, the most
// frequent first.
func (b *blocks) requests(guildID string) ([]blockRequest, error) {
	data, ok, err := b.store.State(requestsState(guildID))
	if err != nil || !ok {
		return nil, err
	}
	var out []blockRequest
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("the requests of guild %s are broken: %w", guildID, err)
	}
	return out, nil
}

// addRequest notes that a member asked not to see a channel.
func (b *blocks) addRequest(guildID, channelID, name string) error {
	return b.changeRequests(guildID, func(all []blockRequest) []blockRequest {
		i := slices.IndexFunc(all, func(r blockRequest) bool { return r.ID == channelID && (channelID != "" || r.Name == name) })
		if i < 0 {
			all = append(all, blockRequest{ID: channelID, Name: name})
			i = len(all) - 1
		}
		all[i].Times++
		return all
	})
}

// dropRequest forgets the requests about a channel that is blocked now.
func (b *blocks) dropRequest(guildID, channelID, name string) error {
	return b.changeRequests(guildID, func(all []blockRequest) []blockRequest {
		return slices.DeleteFunc(all, func(r blockRequest) bool { return r.ID == channelID && (channelID != "" || r.Name == name) })
	})
}

func (b *blocks) changeRequests(guildID string, change func([]blockRequest) []blockRequest) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	all, err := b.requests(guildID)
	if err != nil {
		b.log.Warn("the requests start anew", "guild", guildID, "error", err)
		all = nil
	}
	all = change(all)
	slices.SortStableFunc(all, func(a, b blockRequest) int { return b.Times - a.Times })
	data, err := json.Marshal(all[:min(len(all), mostRequests)])
	if err != nil {
		return err
	}
	if err := b.store.SetState(requestsState(guildID), data); err != nil {
		return fmt.Errorf("a request could not be stored: %w", err)
	}
	return nil
}

// block adds a YouTube channel to a guild's block list.
func (b *blocks) block(guildID string, ch catalog.BlockedChannel) error {
	if ch.ID == "" && ch.Name == "" {
		return problem("error.no_channel")
	}
	err := b.guilds.update(guildID, func(g *catalog.Guild) error {
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
	b.guilds.changed(guildID)
	return b.dropRequest(guildID, ch.ID, ch.Name)
}

// command blocks a YouTube channel (by id, or by the name of a known one) or a
// word; without either it lists what is blocked.
func (b *blocks) command(ctx context.Context, c *call) error {
	o := c.in.Options()
	channel, word := o.Text("channel"), strings.ToLower(discord.Plain(o.Text("word"), discord.LimitContent))
	switch {
	case channel != "":
		blocked := catalog.BlockedChannel{By: c.in.UserID(), At: b.now()}
		if blocked.Name = discord.Plain(channel, discord.LimitContent); youtube.ValidChannelID(channel) {
			blocked.ID = channel
		}
		known, err := b.knownChannels(c.guild.ID)
		if err != nil {
			return err
		}
		for _, k := range known {
			if k.ID == channel || strings.EqualFold(k.Name, channel) {
				blocked.ID, blocked.Name = k.ID, k.Name
			}
		}
		if err := b.block(c.guild.ID, blocked); err != nil {
			return err
		}
		return c.say(ctx, "block.done", "channel", discord.Title(blocked.Name, limitChannel))
	case word != "":
		err := b.guilds.change(c, func(g *catalog.Guild) error {
			if !slices.Contains(g.BlockedWords, word) {
				g.BlockedWords = append(g.BlockedWords, word)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return c.say(ctx, "block.word", "word", discord.Title(word, 60))
	}
	lines := []string{c.l.Say("block.list", "n", len(c.guild.BlockedChannels)+len(c.guild.BlockedWords))}
	for _, ch := range c.guild.BlockedChannels {
		lines = append(lines, "• "+discord.Title(ch.Name, limitChannel))
	}
	for _, w := range c.guild.BlockedWords {
		lines = append(lines, "• ‘"+discord.Title(w, 60)+"’")
	}
	requests, err := b.requests(c.guild.ID)
	if err != nil {
		return err
	}
	for _, r := range requests[:min(len(requests), 10)] {
		lines = append(lines, c.l.Say("block.request", "channel", discord.Title(r.Name, limitChannel), "n", r.Times))
	}
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n")})
}

func (b *blocks) unblock(ctx context.Context, c *call) error {
	what := c.in.Options().Text("what")
	err := b.guilds.change(c, func(g *catalog.Guild) error {
		n := len(g.BlockedChannels) + len(g.BlockedWords)
		g.BlockedChannels = slices.DeleteFunc(g.BlockedChannels, func(ch catalog.BlockedChannel) bool {
			return ch.ID == what && what != "" || strings.EqualFold(ch.Name, what)
		})
		g.BlockedWords = slices.DeleteFunc(g.BlockedWords, func(w string) bool { return strings.EqualFold(w, what) })
		if len(g.BlockedChannels)+len(g.BlockedWords) == n {
			return problem("error.not_blocked", "what", discord.Title(what, 60))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.say(ctx, "block.undone", "what", discord.Title(what, limitChannel))
}

// knownChannel is a YouTube channel whose videos the guild has seen.
type knownChannel struct{ ID, Name string }

// knownChannels is the channels that members asked not to see, then those of the
// latest posts.
func (b *blocks) knownChannels(guildID string) ([]knownChannel, error) {
	requests, err := b.requests(guildID)
	if err != nil {
		return nil, err
	}
	var out []knownChannel
	for _, r := range requests {
		out = append(out, knownChannel{r.ID, r.Name})
	}
	posts, err := b.store.Posts(guildID, b.now().AddDate(0, -2, 0))
	if err != nil {
		return nil, fmt.Errorf("the posts could not be read: %w", err)
	}
	for _, p := range slices.Backward(posts) {
		v, ok, err := b.store.Video(p.VideoID)
		if err != nil {
			return nil, fmt.Errorf("a video could not be read: %w", err)
		}
		k := knownChannel{v.ChannelID, v.Channel}
		if ok && k.Name != "" && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out, nil
}
