package dashboard

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// entry is one row of a ranked list. It holds only what the pages show, because a
// list has a row for every candidate of a guild.
type entry struct {
	ID, Title, Channel, ChannelID string
	Name                          string   // of the song where it is sure, else the title
	Artists                       []string // where they are sure
	OwnChannel                    bool     // of one of them
	Queries                       []string
	Published                     time.Time
	Views, Seconds                int64 // -1: unknown
	Rank                          int   // from 1
	Score, Deviation              float64
	ByRule                        bool // the score is the rule's, and not calibrated
	Posted                        bool
	Known                         bool // a member has voted on it
	Reasons                       []catalog.Reason

	folded string // title, channel and artists in lower case, for the filter
}

// list is a guild's ranking by one model over one state of the catalogue.
type list struct {
	mu         sync.Mutex // held while the list is made, so that only one request makes it
	generation uint64
	who        taste.Ranker // that made it
	made       time.Time
	votedOn    map[string]bool // videos that the owner has voted on, which the list leaves out
	entries    []entry
	queries    []string // all, sorted
}

type lists struct {
	mu      sync.Mutex
	byGuild map[string]*list
}

// A list is cached while the catalogue and the model stay the same, but no longer than
// listKeep, because videos age. While a scrape adds videos, the list is made again at
// most every listPause.
const (
	listKeep  = 10 * time.Minute
	listPause = 3 * time.Second
)

// ranking returns a guild's list as the owner sees it. It makes the list again if it
// is out of date.
func (s *Server) ranking(ctx context.Context, guildID string) (*list, error) {
	s.lists.mu.Lock()
	l := s.lists.byGuild[guildID]
	if l == nil {
		l = &list{}
		s.lists.byGuild[guildID] = l
	}
	s.lists.mu.Unlock()

	who, err := s.ranker(guildID)
	if err != nil {
		return nil, err
	}
	votes, err := s.Store.Votes(guildID)
	if err != nil {
		return nil, fmt.Errorf("the votes could not be read: %w", err)
	}
	votedOn := catalog.History{Votes: votes}.LabelledBy(catalog.ImportVoter)
	l.mu.Lock()
	defer l.mu.Unlock()
	now, generation := s.Now(), s.Store.Generation()
	recent := l.generation == generation && now.Sub(l.made) < listKeep || now.Sub(l.made) < listPause
	if l.entries != nil && l.who == who && maps.Equal(l.votedOn, votedOn) && recent && !now.Before(l.made) {
		return l.copy(), nil
	}
	ranked, err := s.Stages.Rank(ctx, guildID, catalog.ImportVoter, 0)
	if err != nil {
		return nil, fmt.Errorf("the videos could not be ranked: %w", err)
	}
	l.entries, l.queries = entriesOf(ranked)
	l.generation, l.who, l.made, l.votedOn = generation, who, now, votedOn
	return l.copy(), nil
}

// copy returns a copy that a request may read without the lock. It shares the entries,
// which ranking replaces as a whole and never changes.
func (l *list) copy() *list {
	return &list{generation: l.generation, who: l.who, made: l.made, entries: l.entries, queries: l.queries}
}

// ranker is who ranks the guild's candidates.
func (s *Server) ranker(guildID string) (taste.Ranker, error) {
	models, err := s.Store.Models(guildID)
	if err != nil {
		return taste.Ranker{}, fmt.Errorf("the models could not be read: %w", err)
	}
	return taste.RankerAmong(models)
}

func entriesOf(ranked []pipeline.Ranked) ([]entry, []string) {
	entries := make([]entry, len(ranked))
	seen := map[string]bool{}
	for i, r := range ranked {
		entries[i] = entryOf(r)
		entries[i].Rank = i + 1
		for _, q := range r.Video.Queries {
			seen[q] = true
		}
	}
	queries := make([]string, 0, len(seen))
	for q := range seen {
		queries = append(queries, q)
	}
	slices.Sort(queries)
	return entries, queries
}

func entryOf(r pipeline.Ranked) entry {
	v := r.Video
	e := entry{
		ID: v.ID, Title: v.Title, Channel: v.Channel, ChannelID: v.ChannelID, Queries: v.Queries,
		Published: v.Published.Time, Views: -1, Seconds: -1,
		Score: r.Score, ByRule: r.ModelVersion == 0, Deviation: sqrt(r.Variance), Posted: r.Posted, Known: r.Known, Reasons: r.Reasons,
		Artists: v.Performers(), OwnChannel: v.OwnChannel(),
	}
	e.Name, _ = v.Named()
	e.folded = strings.ToLower(v.Title + "\x00" + v.Channel + "\x00" + strings.Join(e.Artists, ", "))
	if v.Views != nil {
		e.Views = *v.Views
	}
	if v.DurationSeconds != nil {
		e.Seconds = *v.DurationSeconds
	}
	return e
}

// filter chooses rows of a list. The zero filter chooses all.
type filter struct {
	Text, Query, Channel string
	Days                 int  // how many days ago a video may have been published; 0: any
	Unposted             bool // only videos that were not posted yet
	Page                 int  // from 1
}

// perPage is how many rows a page shows.
const perPage = 50

// readFilter reads a filter from the query of an address and ignores invalid values.
func readFilter(q url.Values) filter {
	f := filter{
		Text: cut(strings.TrimSpace(q.Get("q")), 100), Query: cut(q.Get("query"), 200), Channel: cut(q.Get("channel"), 64),
		Unposted: q.Get("fresh") != "",
	}
	if n, err := strconv.Atoi(q.Get("days")); err == nil && n > 0 && n <= 36500 {
		f.Days = n
	}
	f.Page = 1
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 && n < 1_000_000 {
		f.Page = n
	}
	return f
}

// with returns the address of a page of the filtered list.
func (f filter) with(page int) string {
	q := url.Values{}
	set := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	set("q", f.Text)
	set("query", f.Query)
	set("channel", f.Channel)
	if f.Days > 0 {
		q.Set("days", strconv.Itoa(f.Days))
	}
	if f.Unposted {
		q.Set("fresh", "1")
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "picks"
	}
	return "picks?" + q.Encode()
}

// apply returns the entries that pass the filter.
func (f filter) apply(entries []entry, now time.Time) []entry {
	if f.Text == "" && f.Query == "" && f.Channel == "" && f.Days == 0 && !f.Unposted {
		return entries
	}
	words := strings.Fields(strings.ToLower(f.Text))
	since := now.AddDate(0, 0, -f.Days)
	var out []entry
next:
	for i := range entries {
		e := &entries[i]
		if f.Unposted && e.Posted || f.Channel != "" && e.ChannelID != f.Channel && e.Channel != f.Channel ||
			f.Days > 0 && (e.Published.IsZero() || e.Published.Before(since)) ||
			f.Query != "" && !slices.Contains(e.Queries, f.Query) {
			continue
		}
		for _, w := range words {
			if !strings.Contains(e.folded, w) {
				continue next
			}
		}
		out = append(out, *e)
	}
	return out
}

// cut shortens a text to at most n bytes, without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
