package conform

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cratedigger/pipeline/catalog"
)

// gone reports whether a member was forgotten in a guild, or in all, at a time or after it.
func (p *plain) gone(guildID, memberID string, at time.Time) bool {
	for _, in := range []string{"", guildID} {
		if when, forgotten := p.forgotten[key(in, memberID)]; forgotten && memberID != "" && !at.After(when) {
			return true
		}
	}
	return false
}

func (p *plain) Forgotten(ctx context.Context, guildID, memberID string, since time.Time) (was bool, err error) {
	err = p.read(ctx, func() { was = p.gone(guildID, memberID, since) })
	return was, err
}

// named finds an id as a whole word.
func named(id string) *regexp.Regexp { return regexp.MustCompile(`\b` + regexp.QuoteMeta(id) + `\b`) }

// change replaces the values of a map by those that f returns.
func change[V any](m map[string]V, f func(V) V) {
	for k, v := range m {
		m[k] = f(v)
	}
}

func (p *plain) ForgetMember(ctx context.Context, guildID, memberID string) (votes int, err error) {
	if err := catalog.CheckIDs(memberID); err != nil {
		return 0, err
	}
	nobody, id := string(catalog.ByForgotten), named(memberID)
	in := func(guild string) bool { return guildID == "" || guild == guildID }
	blot := func(text string) string { return id.ReplaceAllLiteralString(text, nobody) }
	err = p.write(ctx, func(now time.Time) error {
		maps.DeleteFunc(p.votes, func(_ string, v plainVote) bool {
			mine := in(v.GuildID) && v.MemberID == memberID
			if mine {
				votes++
			}
			return mine
		})
		maps.DeleteFunc(p.preferences, func(_ string, o catalog.Preference) bool { return in(o.GuildID) && o.MemberID == memberID })
		maps.DeleteFunc(p.duels, func(_ string, d catalog.Duel) bool { return in(d.GuildID) && d.MemberID == memberID })
		p.forgotten[key(guildID, memberID)] = now
		if guildID == "" {
			delete(p.unnamed, memberID)
		}
		for k, f := range p.finds {
			if in(f.GuildID) && f.SeededBy == memberID {
				f.SeededBy = nobody
				p.finds[k] = f
				p.touch(f.VideoID)
			}
		}
		change(p.guilds, func(g catalog.Guild) catalog.Guild {
			if !in(g.ID) {
				return g
			}
			g.PauseReason, g.BlockedChannels, g.BlockedArtists, g.BlockedSongs = blot(g.PauseReason), slices.Clone(g.BlockedChannels), slices.Clone(g.BlockedArtists), slices.Clone(g.BlockedSongs)
			for i := range g.BlockedChannels {
				unname(&g.BlockedChannels[i].By, memberID)
			}
			for i := range g.BlockedArtists {
				unname(&g.BlockedArtists[i].By, memberID)
			}
			for i := range g.BlockedSongs {
				unname(&g.BlockedSongs[i].By, memberID)
			}
			return g
		})
		change(p.runs, func(r catalog.Run) catalog.Run {
			if !in(r.GuildID) {
				return r
			}
			r.Error, r.Alarms = blot(r.Error), slices.Clone(r.Alarms)
			for i := range r.Alarms {
				r.Alarms[i] = blot(r.Alarms[i])
			}
			if r.By == catalog.Asker(memberID) {
				r.By = catalog.ByForgotten
			}
			return r
		})
		change(p.posts, func(post catalog.Post) catalog.Post {
			post.Reasons = slices.Clone(post.Reasons)
			for i, r := range post.Reasons {
				if in(post.GuildID) && r.Kind == catalog.ReasonSeed && slices.Contains(r.Words, memberID) {
					post.Reasons[i].Words = []string{nobody}
				}
			}
			return post
		})
		change(p.outbox, func(o catalog.Outbox) catalog.Outbox {
			if in(o.GuildID) {
				o.Text, o.Error = blot(o.Text), blot(o.Error)
			}
			return o
		})
		for name, data := range p.states {
			switch {
			case guildID != "" && !named(guildID).MatchString(name):
			case id.MatchString(name), id.Match(data) && !utf8.Valid(data):
				delete(p.states, name)
			default:
				p.states[name] = []byte(blot(string(data)))
			}
		}
		return nil
	})
	return votes, err
}

func unname(by *string, memberID string) {
	if *by == memberID {
		*by = ""
	}
}

func (p *plain) ForgetGuild(ctx context.Context, guildID string) error {
	if err := catalog.CheckIDs(guildID); err != nil {
		return err
	}
	return p.write(ctx, func(time.Time) error {
		drop(p.finds, guildID+"\x00")
		drop(p.votes, guildID+"\x00")
		drop(p.preferences, guildID+"\x00")
		drop(p.duels, guildID+"\x00")
		drop(p.models, guildID+"\x00")
		drop(p.slots, guildID+"/")
		drop(p.jobs, guildID+"/")
		maps.DeleteFunc(p.outbox, func(_ string, o catalog.Outbox) bool { return o.GuildID == guildID })
		maps.DeleteFunc(p.posts, func(_ string, o catalog.Post) bool { return o.GuildID == guildID })
		maps.DeleteFunc(p.runs, func(_ string, r catalog.Run) bool { return r.GuildID == guildID })
		id := named(guildID)
		maps.DeleteFunc(p.counters, func(name string, _ uint64) bool { return id.MatchString(name) })
		maps.DeleteFunc(p.states, func(name string, data []byte) bool { return id.MatchString(name) || id.Match(data) })
		delete(p.guilds, guildID)
		delete(p.versions, guildID)
		delete(p.recovering, guildID)
		p.generations[guildID]++
		return nil
	})
}

func drop[V any](m map[string]V, start string) {
	maps.DeleteFunc(m, func(k string, _ V) bool { return strings.HasPrefix(k, start) })
}

func (p *plain) SetUnnamed(ctx context.Context, memberID string, unnamed bool) error {
	return p.write(ctx, func(time.Time) error {
		p.unnamed[memberID] = unnamed
		return catalog.CheckIDs(memberID)
	})
}

func (p *plain) Unnamed(ctx context.Context, memberID string) (bool, error) {
	unnamed, _, err := get(ctx, p, &p.unnamed, memberID)
	return unnamed, err
}

func (p *plain) TakeOver(ctx context.Context, from, to string) (taken int, err error) {
	err = p.write(ctx, func(now time.Time) error {
		g, found := p.guilds[from]
		if _, into := p.guilds[to]; !found || !into {
			return missing("a guild")
		}
		for _, v := range under(p.votes, from) {
			if v.PostID != "" || p.gone(to, v.MemberID, v.At) {
				continue
			}
			k := key(to, "video:"+v.VideoID, v.MemberID)
			if _, known := p.votes[k]; !known {
				v.GuildID = to
				p.votes[k] = v
				taken++
			}
			f, found := p.finds[key(from, v.VideoID)]
			if _, known := p.finds[key(to, v.VideoID)]; found && !known {
				f.GuildID = to
				if p.gone(to, f.SeededBy, f.FirstSeen) {
					f.SeededBy = string(catalog.ByForgotten)
				}
				p.finds[key(to, v.VideoID)] = f
			}
		}
		room := catalog.GuildPreferences - count(p.preferences, to)
		for _, o := range under(p.preferences, from) {
			o.GuildID = to
			if _, known := p.preferences[preferenceKey(o)]; !known && room > 0 && !p.gone(to, o.MemberID, o.At) {
				p.preferences[preferenceKey(o)] = o
				room--
			}
		}
		room = catalog.MemberDuels - count(p.duels, to)
		for _, d := range under(p.duels, from) {
			d.GuildID = to
			k := key(to, d.A, d.B, d.MemberID)
			if _, known := p.duels[k]; !known && room > 0 && !p.gone(to, d.MemberID, d.At) {
				p.duels[k] = d
				room--
			}
		}
		g.LeftAt = now
		p.guilds[from] = g
		p.generations[""]++
		return nil
	})
	return taken, err
}

func (p *plain) Prune(ctx context.Context, votesBefore, logsBefore time.Time) (votes int, err error) {
	err = p.write(ctx, func(now time.Time) error {
		old := func(at time.Time) bool { return at.Before(votesBefore) }
		maps.DeleteFunc(p.votes, func(_ string, v plainVote) bool {
			if old(v.At) {
				votes++
			}
			return old(v.At)
		})
		maps.DeleteFunc(p.preferences, func(_ string, o catalog.Preference) bool { return o.MemberID != "" && old(o.At) })
		maps.DeleteFunc(p.duels, func(_ string, d catalog.Duel) bool { return old(d.At) })
		p.dropHeld(func(o catalog.Outbox) bool { return now.Sub(o.NotBefore) > 24*time.Hour })
		maps.DeleteFunc(p.runs, func(_ string, r catalog.Run) bool { return r.Started.Before(logsBefore) })
		maps.DeleteFunc(p.slots, func(_ string, s plainSlot) bool { return s.At.Before(logsBefore) })
		maps.DeleteFunc(p.outbox, func(_ string, o catalog.Outbox) bool {
			return !waits(o) && o.State != catalog.StateHeld && o.CreatedAt.Before(logsBefore)
		})
		maps.DeleteFunc(p.counters, func(name string, _ uint64) bool {
			for part := range strings.SplitSeq(name, "/") {
				if day, err := time.Parse(time.DateOnly, part); err == nil {
					return day.Before(logsBefore)
				}
			}
			return false
		})
		return nil
	})
	return votes, err
}

var _ catalog.Store = (*plain)(nil)
