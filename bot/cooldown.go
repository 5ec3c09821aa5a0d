package bot

import (
	"sync"
	"time"
)

// Cool-downs of what costs pages of YouTube's, per guild or per member.
const (
	coolRescrape = 10 * time.Minute
	CoolPredict  = 30 * time.Second
	coolSeed     = time.Minute
)

// cooldowns is when each costly thing may be done again.
type cooldowns struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// take claims a thing for a while; wait is how long it is still taken.
func (c *cooldowns) take(key string, now time.Time, d time.Duration) (wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until == nil {
		c.until = map[string]time.Time{}
	}
	// A clock that was set back must not lock anybody out.
	if left := c.until[key].Sub(now); left > 0 && left <= d {
		return left
	}
	c.until[key] = now.Add(d)
	if len(c.until) > 10_000 {
		for k, t := range c.until {
			if !t.After(now) {
				delete(c.until, k)
			}
		}
	}
	return 0
}

// give returns a claim, when nothing was spent after all.
func (c *cooldowns) give(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.until, key)
}
