package dashboard

import (
	"context"
	"slices"
	"sync"
	"time"

	"cratedigger/pipeline/catalog"
)

// places keeps for a moment in which channels of guilds the bot may post, or their roles.
type places struct {
	what    string // for the log
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
	return s.told(ctx, &s.places, s.Places, guildID)
}

// told is what ask answers about a guild, or what it answered a moment ago; nil where
// nobody knows.
func (s *Server) told(ctx context.Context, in *places, ask func(context.Context, string) ([]Place, error), guildID string) ([]Place, error) {
	if ask == nil {
		return nil, nil
	}
	in.mu.Lock()
	k, ok := in.byGuild[guildID]
	in.mu.Unlock()
	if age := s.Now().Sub(k.at); ok && age >= 0 && age < placesAge {
		return k.places, k.err
	}
	asking, cancel := context.WithTimeout(ctx, placesWait)
	defer cancel()
	k = known{at: s.Now()}
	if k.places, k.err = ask(asking, guildID); ctx.Err() != nil {
		return nil, ctx.Err() // whoever asked has gone; that says nothing of Discord
	}
	if k.err != nil {
		k.places = nil
		s.Log.Warn("Discord does not say which "+in.what+"; the page Settings offers none", "guild", guildID, "error", k.err)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.byGuild) >= mostPlaces {
		clear(in.byGuild)
	}
	in.byGuild[guildID] = k
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

// name is the name of a channel or role as Discord last told it, behind its sign, or its id.
func (p *places) name(sign, id string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.byGuild {
		for _, c := range k.places {
			if c.ID == id {
				return sign + c.Name
			}
		}
	}
	return id
}
