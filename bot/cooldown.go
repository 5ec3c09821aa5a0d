package bot

import (
	"maps"
	"strings"
	"sync"
	"time"
)

// How long a guild or a member waits before doing again what costs YouTube pages, or the
// ranking of all songs: of 20,000 it takes about a second.
const (
	CoolRescrape = 10 * time.Minute
	CoolPredict  = 30 * time.Second
	coolSeed     = time.Minute
	coolRank     = 5 * time.Second
)

// cooldowns keeps when each costly thing may be done again.
type cooldowns struct {
	now func() time.Time

	mu    sync.Mutex
	until map[string]time.Time
}

// take claims a thing for a while, or says how long to wait.
func (c *cooldowns) take(key string, d time.Duration) error {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until == nil {
		c.until = map[string]time.Time{}
	}
	maps.DeleteFunc(c.until, func(_ string, t time.Time) bool { return !t.After(now) })
	// A clock that was set back must not lock anybody out.
	if left := c.until[key].Sub(now); left > 0 && left <= d {
		return problem("error.cooldown", "when", relative(now.Add(left)))
	}
	c.until[key] = now.Add(d)
	return nil
}

// forget drops the claims of a member, in every guild.
func (c *cooldowns) forget(memberID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.until, func(key string, _ time.Time) bool { return strings.HasSuffix(key, "/"+memberID) })
}

// give returns a claim, when the thing failed and cost nothing.
func (c *cooldowns) give(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.until, key)
}
