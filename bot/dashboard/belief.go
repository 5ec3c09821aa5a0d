package dashboard

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"reflect"
	"sync"
	"time"

	"cratedigger/bot/text"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// memory keeps what a stage answered about each guild while the videos, the model, the
// guild's settings and its history stay the same, but no longer than listKeep: to ask again
// about 50,000 videos takes a while.
type memory[T any] struct {
	mu      sync.Mutex
	byGuild map[string]*remembered[T]
}

type remembered[T any] struct {
	mu         sync.Mutex
	made       time.Time
	generation uint64
	who        taste.Ranker
	guild      catalog.Guild
	history    uint64 // its sum: no vote of a member who is forgotten stays here
	answer     T
}

// mostRemembered is of how many guilds a memory keeps answers.
const mostRemembered = 50

// of returns what ask answers about a guild with this history, in which who ranks. What
// holds refuses is asked again; nil refuses nothing.
func (m *memory[T]) of(ctx context.Context, s *Server, g catalog.Guild, who taste.Ranker, history catalog.History, holds func(T) bool, ask func() (T, error)) (T, error) {
	m.mu.Lock()
	if m.byGuild == nil {
		m.byGuild = map[string]*remembered[T]{}
	}
	k := m.byGuild[g.ID]
	if k == nil {
		for other := range m.byGuild {
			if len(m.byGuild) < mostRemembered {
				break
			}
			delete(m.byGuild, other) // any: it is asked again
		}
		k = &remembered[T]{}
		m.byGuild[g.ID] = k
	}
	m.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	now := s.Now()
	generation, err := s.Store.Generation(ctx, g.ID)
	if err != nil {
		return k.answer, err
	}
	sum, summed := sumOf(history)
	recent := summed && !k.made.IsZero() && !now.Before(k.made) && now.Sub(k.made) < listKeep && (holds == nil || holds(k.answer))
	if recent && k.generation == generation && k.who == who && reflect.DeepEqual(k.guild, g) && k.history == sum {
		return k.answer, nil
	}
	answer, err := ask()
	if err == nil {
		k.made, k.generation, k.who, k.guild, k.history, k.answer = now, generation, who, g, sum, answer
	}
	return answer, err
}

// sumOf tells a history from others, unless it holds a number that cannot be written.
func sumOf(h catalog.History) (sum uint64, ok bool) {
	w := fnv.New64a()
	err := json.NewEncoder(w).Encode(h)
	return w.Sum64(), err == nil
}

// week, believed, upcoming and favourites are the stages' answers, remembered.
func (s *Server) week(ctx context.Context, g catalog.Guild, who taste.Ranker, history catalog.History) (pipeline.Week, error) {
	return s.weeks.of(ctx, s, g, who, history, nil, func() (pipeline.Week, error) { return s.Stages.Week(ctx, g.ID) })
}

func (s *Server) believed(ctx context.Context, g catalog.Guild, who taste.Ranker, history catalog.History) (pipeline.Taste, error) {
	return s.beliefs.of(ctx, s, g, who, history, nil, func() (pipeline.Taste, error) { return s.Stages.Taste(ctx, g.ID) })
}

func (s *Server) upcoming(ctx context.Context, g catalog.Guild, who taste.Ranker, history catalog.History) (pipeline.Upcoming, error) {
	toCome := func(u pipeline.Upcoming) bool { return s.Now().Before(u.Slot.At) }
	return s.nextPosts.of(ctx, s, g, who, history, toCome, func() (pipeline.Upcoming, error) { return s.Stages.Upcoming(ctx, g.ID) })
}

// favouritesFound is what Stages.Favourites answers.
type favouritesFound struct{ found, told int }

func (s *Server) favourites(ctx context.Context, g catalog.Guild, who taste.Ranker, history catalog.History) (favouritesFound, error) {
	return s.foundFavourites.of(ctx, s, g, who, history, nil, func() (w favouritesFound, err error) {
		w.found, w.told, err = s.Stages.Favourites(ctx, g.ID)
		return w, err
	})
}

// learned says in a sentence what ranks in a guild and what it has learned from. votes are
// the guild's so far.
func learned(who taste.Ranker, votes int) string {
	if who.Model() == 0 {
		return who.String()
	}
	n := who.Learned(votes)
	said := fmt.Sprintf("I've learned from %s.", plural(n, "vote"))
	if since := votes - n; since > 0 {
		said += fmt.Sprintf(" The next training learns from %s more.", plural(since, "vote"))
	}
	return said
}

// summedWeeks is how many weeks the page of the models sums up.
const summedWeeks = 4

// hitSentence says how many picks of the last weeks were liked, and how many of random
// candidates would have been.
func hitSentence(weeks []pipeline.Hits, w pipeline.Week) string {
	h := pipeline.SumHits(weeks[max(0, len(weeks)-summedWeeks):])
	switch {
	case h.Picks == 0:
		return "Nothing was posted in the last four weeks, so there is nothing to say yet of how good my picks are."
	case w.Votes < pipeline.WeekVotes:
		return fmt.Sprintf("From %d votes on, this says how many of my picks were liked; so far I have %s.", pipeline.WeekVotes, plural(w.Votes, "vote"))
	}
	said := fmt.Sprintf("Of my picks of the last four weeks %s were liked (%d of %d)", percent(h.Rate()), h.Liked, h.Picks)
	if w.OfRandom(h) == 0 {
		return said + "."
	}
	return said + fmt.Sprintf("; of random candidates I would expect %s, had I posted those.", percent(w.OfRandom(h)))
}

// opinion is what it likes, or does not.
type opinion struct {
	Heading string
	Groups  []opinionGroup
}

type opinionGroup struct {
	Name  string
	Items []opinionItem
}

type opinionItem struct{ Name, Note string }

// mostOpinions is how many artists, words or searches are named.
const mostOpinions = 10

// opinions are what a guild's ranking believes, in words people use.
func (s *Server) opinions(t pipeline.Taste) (out []opinion) {
	english := s.Text.For(text.English)
	for _, likes := range []bool{true, false} {
		o := opinion{Heading: "What you like"}
		if !likes {
			o.Heading = "What you do not like"
		}
		add := func(name string, items []opinionItem) {
			if len(items) > 0 {
				o.Groups = append(o.Groups, opinionGroup{name, items[:min(len(items), mostOpinions)]})
			}
		}
		var items []opinionItem
		for _, a := range t.Artists {
			if (a.Liked > a.Disliked) == likes {
				items = append(items, opinionItem{a.Name, fmt.Sprintf("%d of %d liked", a.Liked, a.Liked+a.Disliked)})
			}
		}
		add("Artists", items)
		for _, group := range []struct {
			name  string
			parts []pipeline.Part
		}{{"Words", t.Words}, {"Searches", t.Queries}, {"Channels", t.Channels}} {
			items = nil
			for _, p := range group.parts {
				if (p.Weight > 0) == likes {
					items = append(items, opinionItem{Name: p.Name})
				}
			}
			add(group.name, items)
		}
		if items = nil; likes {
			for _, p := range t.Facts {
				if said := english.Prefers(p); said != "" {
					items = append(items, opinionItem{Name: said})
				}
			}
			add("And rather", items)
		}
		if len(o.Groups) > 0 {
			out = append(out, o)
		}
	}
	return out
}
