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
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// blocks is what a guild does not want to see: its block list, and the channels and
// artists that members ask to put on it.
type blocks struct {
	stages Scores
	store  Catalog
	guilds *guilds
	log    *slog.Logger
	now    func() time.Time
	mu     sync.Mutex // around the lists of requests: reading and writing one are two steps
}

// blockRequest is a YouTube channel or an artist that members asked not to see.
type blockRequest struct {
	ID     string `json:"id"` // of a channel
	Name   string `json:"name"`
	Artist bool   `json:"artist,omitempty"`
	Times  int    `json:"times"`
}

// same reports whether two requests are about one channel or artist.
func (r blockRequest) same(o blockRequest) bool {
	switch {
	case r.Artist != o.Artist:
		return false
	case r.Artist:
		return song.ArtistKey(r.Name) == song.ArtistKey(o.Name)
	}
	return r.ID == o.ID && (r.ID != "" || r.Name == o.Name)
}

const mostRequests = 50 // that are kept of a guild, the most frequent ones

func requestsState(guildID string) string { return "block-requests/" + guildID }

// requests is what members of a guild asked not to see, the most frequent first.
func (b *blocks) requests(ctx context.Context, guildID string) ([]blockRequest, error) {
	data, ok, err := b.store.State(ctx, requestsState(guildID))
	if err != nil || !ok {
		return nil, err
	}
	var out []blockRequest
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("the requests of guild %s are broken: %w", guildID, err)
	}
	return out, nil
}

// addRequest notes that a member asked not to see a channel or an artist.
func (b *blocks) addRequest(ctx context.Context, guildID string, asked blockRequest) error {
	return b.changeRequests(ctx, guildID, func(all []blockRequest) []blockRequest {
		i := slices.IndexFunc(all, asked.same)
		if i < 0 {
			all = append(all, asked)
			i = len(all) - 1
		}
		all[i].Times++
		return all
	})
}

// dropRequest forgets the requests about what is blocked now.
func (b *blocks) dropRequest(ctx context.Context, guildID string, blocked blockRequest) error {
	return b.changeRequests(ctx, guildID, func(all []blockRequest) []blockRequest { return slices.DeleteFunc(all, blocked.same) })
}

func (b *blocks) changeRequests(ctx context.Context, guildID string, change func([]blockRequest) []blockRequest) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	all, err := b.requests(ctx, guildID)
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
	if err := b.store.SetState(ctx, requestsState(guildID), data); err != nil {
		return fmt.Errorf("a request could not be stored: %w", err)
	}
	return nil
}

// block adds a YouTube channel to a guild's block list.
func (b *blocks) block(ctx context.Context, guildID string, ch catalog.BlockedChannel) error {
	if ch.ID == "" && ch.Name == "" {
		return problem("error.no_channel")
	}
	err := b.guilds.update(ctx, guildID, func(g *catalog.Guild) error {
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
	return b.dropRequest(ctx, guildID, blockRequest{ID: ch.ID, Name: ch.Name})
}

// blockArtist adds an artist to a guild's block list.
func (b *blocks) blockArtist(ctx context.Context, guildID string, artist catalog.BlockedArtist) error {
	key := song.ArtistKey(artist.Name)
	if key == "" {
		return problem("error.no_artist", "artist", discord.Title(artist.Name, limitChannel))
	}
	err := b.guilds.update(ctx, guildID, func(g *catalog.Guild) error {
		if !slices.ContainsFunc(g.BlockedArtists, func(old catalog.BlockedArtist) bool {
			return old.ChannelID == artist.ChannelID && song.ArtistKey(old.Name) == key
		}) {
			g.BlockedArtists = append(g.BlockedArtists, artist)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("an artist could not be blocked: %w", err)
	}
	b.guilds.changed(guildID)
	return b.dropRequest(ctx, guildID, blockRequest{Name: artist.Name, Artist: true})
}

// command blocks a YouTube channel (by id, or by the name of a known one), an artist
// or a word; without any it lists what is blocked.
func (b *blocks) command(ctx context.Context, c *call) error {
	o := c.in.Options()
	channel, artist, word := o.Text("channel"), o.Text("artist"), strings.ToLower(discord.Plain(o.Text("word"), discord.LimitContent))
	switch {
	case channel != "":
		blocked := catalog.BlockedChannel{By: c.in.UserID(), At: b.now()}
		if blocked.Name = discord.Plain(channel, discord.LimitContent); youtube.ValidChannelID(channel) {
			blocked.ID = channel
		}
		known, err := b.knownChannels(ctx, c.guild.ID)
		if err != nil {
			return err
		}
		for _, k := range known {
			if k.ID == channel || strings.EqualFold(k.Name, channel) {
				blocked.ID, blocked.Name = k.ID, k.Name
			}
		}
		if err := b.block(ctx, c.guild.ID, blocked); err != nil {
			return err
		}
		return c.say(ctx, "block.done", "channel", discord.Title(blocked.Name, limitChannel))
	case artist != "":
		blocked := catalog.BlockedArtist{Name: discord.Plain(artist, discord.LimitContent), By: c.in.UserID(), At: b.now()}
		known, err := b.stages.Artists(ctx, c.guild.ID, blocked.Name, mostChoices)
		if err != nil {
			return fmt.Errorf("the artists could not be read: %w", err)
		}
		for _, k := range known {
			if song.ArtistKey(k.Name) == song.ArtistKey(blocked.Name) {
				blocked.Name = k.Name
			}
		}
		if err := b.blockArtist(ctx, c.guild.ID, blocked); err != nil {
			return err
		}
		return c.say(ctx, "block.done", "channel", discord.Title(blocked.Name, limitChannel))
	case word != "":
		err := b.guilds.change(ctx, c, func(g *catalog.Guild) error {
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
	lines := []string{c.l.Say("block.list", "n", blockedBy(c.guild))}
	for _, ch := range c.guild.BlockedChannels {
		lines = append(lines, "• "+discord.Title(ch.Name, limitChannel))
	}
	for _, a := range c.guild.BlockedArtists {
		lines = append(lines, "• "+c.l.Say("block.artist", "artist", discord.Title(a.Name, limitChannel)))
	}
	for _, s := range c.guild.BlockedSongs {
		lines = append(lines, "• "+c.l.Say("block.song", "song", discord.Title(s.Name(), limitTitle)))
	}
	for _, w := range c.guild.BlockedWords {
		lines = append(lines, "• ‘"+discord.Title(w, 60)+"’")
	}
	requests, err := b.requests(ctx, c.guild.ID)
	if err != nil {
		return err
	}
	for _, r := range requests[:min(len(requests), 10)] {
		lines = append(lines, c.l.Say("block.request", "channel", c.requested(r), "n", r.Times))
	}
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n")})
}

// requested names what members asked not to see.
func (c *call) requested(r blockRequest) string {
	name := discord.Title(r.Name, limitChannel)
	if r.Artist {
		return c.l.Say("block.artist", "artist", name)
	}
	return name
}

// blockedBy is how much a guild has blocked.
func blockedBy(g catalog.Guild) int {
	return len(g.BlockedChannels) + len(g.BlockedArtists) + len(g.BlockedSongs) + len(g.BlockedWords)
}

func (b *blocks) unblock(ctx context.Context, c *call) error {
	what := c.in.Options().Text("what")
	err := b.guilds.change(ctx, c, func(g *catalog.Guild) error {
		n := blockedBy(*g)
		// A completion is cut where the name is longer.
		is := func(name string) bool {
			return strings.EqualFold(name, what) || strings.EqualFold(discord.Cut(name, discord.LimitChoice), what)
		}
		g.BlockedChannels = slices.DeleteFunc(g.BlockedChannels, func(ch catalog.BlockedChannel) bool {
			return ch.ID == what && what != "" || is(ch.Name)
		})
		key := song.ArtistKey(what)
		g.BlockedArtists = slices.DeleteFunc(g.BlockedArtists, func(a catalog.BlockedArtist) bool {
			return is(a.Name) || key != "" && song.ArtistKey(a.Name) == key
		})
		g.BlockedSongs = slices.DeleteFunc(g.BlockedSongs, func(s catalog.BlockedSong) bool { return s.VideoID == what || is(s.Name()) })
		g.BlockedWords = slices.DeleteFunc(g.BlockedWords, is)
		if blockedBy(*g) == n {
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
func (b *blocks) knownChannels(ctx context.Context, guildID string) ([]knownChannel, error) {
	requests, err := b.requests(ctx, guildID)
	if err != nil {
		return nil, err
	}
	var out []knownChannel
	for _, r := range requests {
		if !r.Artist {
			out = append(out, knownChannel{r.ID, r.Name})
		}
	}
	posts, err := b.store.Posts(ctx, guildID, b.now().AddDate(0, -2, 0))
	if err != nil {
		return nil, fmt.Errorf("the posts could not be read: %w", err)
	}
	for _, p := range slices.Backward(posts) {
		v, ok, err := b.store.Video(ctx, p.VideoID)
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

// nameChoice is a name as a completion.
func nameChoice(name string) choice { return choice{name, discord.Cut(name, discord.LimitChoice)} }

// artistChoices completes the name of an artist that a guild knows, each name once.
func artistChoices(ctx context.Context, stages Scores, guildID, typed string) (out []choice, err error) {
	known, err := stages.Artists(ctx, guildID, discord.Plain(typed, discord.LimitChoice), mostChoices)
	if err != nil {
		return nil, fmt.Errorf("the artists could not be read: %w", err)
	}
	for _, a := range known {
		if one := nameChoice(a.Name); !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out, nil
}
