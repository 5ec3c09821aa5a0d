package dashboard

import (
	"context"
	"slices"
	"sync"
	"time"

	"cratedigger/pipeline/catalog"
)

// places keeps for a moment in which channels of a guild the bot may post.
type places struct {
	mu      sync.Mutex
	byGuild map[string]known
}

// known is what Discord said at a time.
type known struct {
	places []Place
	err    error
	at     time.Time
}

// How long an answer of Discord's is kept, how long a page waits for one, and of how many
// guilds the answers are kept at most.
const (
	placesAge  = time.Minute
	placesWait = 3 * time.Second
	mostPlaces = 100
)

// postable are the channels of a guild in which the bot may post; nil where nobody knows.
func (s *Server) postable(ctx context.Context, guildID string) ([]Place, error) {
	if s.Places == nil {
		return nil, nil
	}
	s.places.mu.Lock()
	k, ok := s.places.byGuild[guildID]
	s.places.mu.Unlock()
	if age := s.Now().Sub(k.at); ok && age >= 0 && age < placesAge {
		return k.places, k.err
	}
	asking, cancel := context.WithTimeout(ctx, placesWait)
	defer cancel()
	k = known{at: s.Now()}
	if k.places, k.err = s.Places(asking, guildID); ctx.Err() != nil {
		return nil, ctx.Err() // whoever asked has gone; that says nothing of Discord
	}
	if k.err != nil {
		s.Log.Warn("Discord does not say in which channels the bot may post; the page Settings offers none", "guild", guildID, "error", k.err)
	}
	s.places.mu.Lock()
	defer s.places.mu.Unlock()
	if len(s.places.byGuild) >= mostPlaces {
		clear(s.places.byGuild)
	}
	s.places.byGuild[guildID] = k
	return k.places, k.err
}

// mayPost returns what says why posts cannot go to a channel, "" if they can. It asks
// Discord before a transaction begins, and only if the channel is to be another.
func (s *Server) mayPost(ctx context.Context, g catalog.Guild, channelID string) func(string) string {
	if channelID == "" || channelID == g.ChannelID {
		return func(id string) string {
			if id == "" {
				return "a server that has a channel for posts cannot have none; pause the posts."
			}
			return ""
		}
	}
	may, err := s.postable(ctx, g.ID)
	return func(id string) string {
		switch {
		case err != nil || may == nil:
			return "Discord does not say just now where the bot may post. Try again in a minute, or choose the channel with /setup."
		case !slices.ContainsFunc(may, func(p Place) bool { return p.ID == id }):
			return "the bot may not post there, or there is no such channel."
		}
		return ""
	}
}

// name is the name of a channel as Discord last told it, or its id.
func (p *places) name(id string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.byGuild {
		for _, c := range k.places {
			if c.ID == id {
				return "#" + c.Name
			}
		}
	}
	return id
}
