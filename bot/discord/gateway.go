package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/bwmarrin/discordgo"
	"golang.org/x/time/rate"
)

// intents is all that the bot listens to. Interactions need none.
const intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessageReactions

// Pauses before the next connection.
const (
	firstPause   = time.Second
	shortPause   = 4 * time.Second // the longest at first, so as to be back within ten seconds
	longPause    = 30 * time.Second
	longAfter    = 15 * time.Minute
	longestPause = 2 * time.Minute // after logins that nothing answers

	// Discord resets the token of a bot that logs in 1,000 times a day.
	loginEvery = 100 * time.Second
	loginBurst = 100
	loginApart = 5 * time.Second // Discord's, for one shard; sooner is an invalid session, and counts
	loginLater = time.Minute     // the least wait when the day has no login left
	loginDay   = 24 * time.Hour  // the most

	warnAfter = time.Minute // without a connection
	steady    = time.Minute // a connection that held this long need not wait when asked to reconnect
)

// spentError says that Discord lets the bot log in no more today.
type spentError struct {
	total int           // logins of a day
	after time.Duration // until it may
}

// Error is a sentence.
func (e *spentError) Error() string {
	return fmt.Sprintf("all %d logins that Discord allows in a day are used up, and one more would make it reset the token; see whether another program uses this token", e.total)
}

var errLogins = errors.New("too many logins; waiting, so that Discord does not reset the token")

// GatewayOptions is what a Gateway needs.
type GatewayOptions struct {
	Log *slog.Logger
	// Receive is told of each event in order, and must not block: a *Ready,
	// *Resumed, *Guild, *GuildGone, *ChannelGone, *Reaction or *Interaction.
	Receive func(event any)
	// Down is called after each connection, also one that failed to open.
	Down func()
	// Pause waits between connections; nil is a timer. Now is its clock; nil is
	// the machine's.
	Pause func(ctx context.Context, d time.Duration) error
	Now   func() time.Time
	// Proxy says through which proxy the gateway is reached; nil is none.
	Proxy func(*http.Request) (*url.URL, error)
}

// Gateway keeps a connection to Discord's gateway up, and resumes its session
// where it can. It does not use discordgo's, which
//
//   - panics, in a goroutine where nobody can catch it, on events that lack
//     something,
//   - decodes every event there is, nested ones at a cost that grows with the
//     square of their depth,
//   - locks up for ever when asked to reconnect while it opens, and waits for
//     ever for a gateway that says nothing,
//   - answers an invalid session at once, and ends the session that it wants to
//     resume,
//   - keeps the close code to itself.
//
// Events that events.go does not list only advance the sequence number.
type Gateway struct {
	client  *Client
	log     *slog.Logger
	receive func(event any)
	down    func()
	pause   func(ctx context.Context, d time.Duration) error
	now     func() time.Time
	proxy   func(*http.Request) (*url.URL, error)
	logins  *rate.Limiter
	session *session

	since    time.Time // when the connection was lost
	failures int       // attempts to connect since then
	unheard  int       // those that logged in and got no READY
	stood    bool      // a connection has worked
	login    time.Time // the newest
	shards   int       // that Discord advises, as the log has said
	warned   bool      // the log has a warning about this outage
	said     string    // the newest reason in the log
}

// NewGateway prepares a client's connection.
func NewGateway(client *Client, opts GatewayOptions) *Gateway {
	g := &Gateway{client: client, log: opts.Log, receive: opts.Receive, down: opts.Down, pause: opts.Pause, now: opts.Now, proxy: opts.Proxy,
		logins: rate.NewLimiter(rate.Every(loginEvery), loginBurst), session: &session{}}
	if g.pause == nil {
		g.pause = Sleep
	}
	if g.now == nil {
		g.now = time.Now
	}
	return g
}

// Run connects, and connects again, until ctx ends (nil) or trying again
// cannot help (*FatalError).
func (g *Gateway) Run(ctx context.Context) error {
	g.since = g.now()
	for ctx.Err() == nil {
		c := &connection{g: g, session: g.session}
		reason := c.run(ctx)
		g.down()
		if ctx.Err() != nil {
			return nil
		}
		if Classify(reason) == Refused {
			return TokenRefused()
		}
		if closed, ok := errors.AsType[*closedError](reason); ok {
			if fatal := fatal(closed.code); fatal != nil {
				return fatal
			}
		}
		if !keepsSession(reason) {
			g.session = &session{}
		}
		if g.pause(ctx, g.next(c, reason)) != nil {
			return nil
		}
	}
	return nil
}

// keepsSession reports whether the session may be resumed after a connection
// that ended for a reason.
func keepsSession(reason error) bool {
	if closed, ok := errors.AsType[*closedError](reason); ok {
		return closed.resumable()
	}
	if invalid, ok := errors.AsType[*invalidSessionError](reason); ok {
		return invalid.resumable
	}
	return !errors.Is(reason, errTooBig) // else it comes again
}

// stands notes that the connection works: the next failure begins a new outage.
func (g *Gateway) stands() {
	if g.warned {
		g.log.Info("Discord is reached again", "after", g.now().Sub(g.since).Round(time.Second))
	}
	g.failures, g.unheard, g.warned, g.said, g.stood = 0, 0, false, "", true
}

// next tells why a connection ended and returns how long to wait before
// another.
func (g *Gateway) next(c *connection, reason error) time.Duration {
	now := g.now()
	if c.ready {
		g.since = now
	}
	outage := now.Sub(g.since)
	pause := min(firstPause<<min(g.failures, 10), shortPause)
	if outage >= longAfter {
		pause = longPause
	}
	g.failures++
	_, invalid := errors.AsType[*invalidSessionError](reason)
	switch {
	case invalid:
		pause = time.Second + rand.N(4*time.Second) // as Discord asks
	case errors.Is(reason, errReconnect) && c.ready && now.Sub(c.began) > steady:
		pause = 0
	case errors.Is(reason, errLogins):
		pause = loginEvery
	}
	spent, isSpent := errors.AsType[*spentError](reason)
	if isSpent {
		pause = min(max(spent.after, loginLater), loginDay)
	}
	if g.session.id == "" {
		pause = max(pause, loginApart-now.Sub(g.login))
	}
	if c.identified && !c.ready {
		g.unheard++
		pause = max(pause, min(firstPause<<min(g.unheard, 10), longestPause))
	}
	switch {
	case c.ready:
		g.log.Info("the connection to Discord ended", "reason", reason, "again_in", pause, "resume", g.session.id != "")
	case isSpent:
		g.log.Warn("the bot waits before it logs in to Discord", "reason", reason, "again_in", pause)
	case outage >= warnAfter && !g.warned:
		g.warned = true
		g.log.Warn("Discord has not been reached for a while; trying on", "for", outage.Round(time.Second), "reason", reason, "again_in", pause)
	case !g.stood && g.said == "": // at the start a person looks on
		g.log.Warn("Discord could not be reached; trying on. See whether this machine has a network, and whether a proxy or firewall stands between", "reason", reason, "again_in", pause)
	case g.said != reason.Error():
		g.log.Info("Discord could not be reached", "reason", reason, "again_in", pause)
	default:
		g.log.Debug("Discord could not be reached", "reason", reason, "again_in", pause)
	}
	g.said = reason.Error()
	return pause
}
