package fakediscord

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

const (
	identifyEvery = 5 * time.Second // of one bucket of shards
	loginsLast    = 24 * time.Hour
	shardAdvice   = 1000 // guilds for each of which Discord advises a shard
)

// shard is which of a bot's sessions one is.
type shard struct{ id, of int }

// shardOf is the shard that an IDENTIFY names, the only one when it names none. valid is
// false for a number that there is not.
func shardOf(named []int) (sh shard, valid bool) {
	if len(named) == 0 {
		return shard{0, 1}, true
	}
	if len(named) != 2 || named[0] < 0 || named[1] <= named[0] {
		return shard{}, false
	}
	return shard{named[0], named[1]}, true
}

// has reports whether the events of a guild go to a shard. What is of no guild goes to
// the first.
func (sh shard) has(guildID string) bool {
	if sh.of == 1 {
		return true
	}
	id, _ := strconv.ParseUint(guildID, 10, 64)
	return int(id>>22%uint64(sh.of)) == sh.id
}

// guildsOf are the ids of the guilds of a shard. The caller holds mu.
func (s *Server) guildsOf(sh shard) []string {
	var ids []string
	for _, id := range s.order {
		if sh.has(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// accepts reports whether a token, with or without "Bot ", is the bot's. The caller holds
// mu.
func (s *Server) accepts(token string) bool {
	return strings.TrimPrefix(token, "Bot ") == s.opts.Token && !s.reset
}

// login counts an IDENTIFY. One more than the day has resets the token and ends all
// sessions: it returns false. The caller holds mu.
func (s *Server) login() bool {
	if now := s.opts.Now(); !now.Before(s.logins.reset) {
		s.logins = window{reset: now.Add(loginsLast)}
	}
	s.logins.used++
	if s.opts.Logins == 0 || s.logins.used <= s.opts.Logins {
		return true
	}
	s.reset = true
	for _, ses := range s.sessions {
		if ses.conn != nil {
			ses.conn.shut(4004)
		}
	}
	clear(s.sessions)
	return false
}

// tooSoon reports whether an IDENTIFY comes within five seconds of another of its bucket:
// the shards whose numbers have the same remainder by max_concurrency. The caller holds mu.
func (s *Server) tooSoon(sh shard) bool {
	if s.opts.Concurrency == 0 {
		return false
	}
	now, bucket := s.opts.Now(), sh.id%s.opts.Concurrency
	if now.Before(s.buckets[bucket]) {
		return true
	}
	s.buckets[bucket] = now.Add(identifyEvery)
	return false
}

func (s *Server) getGatewayBot(*restCall) (any, *apiError) {
	total, used, after := cmp.Or(s.opts.Logins, 1000), 0, time.Duration(0)
	if left := s.logins.reset.Sub(s.opts.Now()); left > 0 && s.opts.Logins > 0 {
		used, after = s.logins.used, left
	}
	shards := 1
	if s.opts.MostGuilds > 0 {
		most := min(shardAdvice, s.opts.MostGuilds)
		shards = max(1, (len(s.order)+most-1)/most)
	}
	return map[string]any{"url": s.gatewayURL(), "shards": shards, "session_start_limit": map[string]any{
		"total": total, "remaining": max(0, total-used), "reset_after": after.Milliseconds(), "max_concurrency": max(1, s.opts.Concurrency),
	}}, nil
}
