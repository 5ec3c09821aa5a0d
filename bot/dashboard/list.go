package dashboard

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// entry is one row of a list of songs. It holds only what the pages show, because a
// list has a row for every song of a guild.
type entry struct {
	ID, Title, Channel, ChannelID string
	Name                          string   // of the song where it is sure, else the title
	Artists                       []string // where they are sure
	OwnChannel                    bool     // of one of them
	Queries                       []string
	Published                     time.Time
	Views, Seconds                int64 // -1: unknown
	Rank                          int   // in its list, from 1; 0 outside of one
	Score, Deviation              float64
	ByRule                        bool // the score is the rule's, and not calibrated
	Posted                        bool // it or its song was, not long ago
	PostedAt                      time.Time
	Known                         bool   // a member has voted on it
	Blocked                       string // why it is blocked, "" if it is not
	Reasons                       []catalog.Reason

	folded string // title, channel, artists and song, for the filter
}

// list is a guild's songs by one model over one state of the catalogue.
type list struct {
	mu         sync.Mutex // held while the list is made, so that only one request makes it
	generation uint64
	who        taste.Ranker  // that made it
	guild      catalog.Guild // whose settings say what is blocked
	made       time.Time
	votedOn    map[string]bool // videos that the owner has voted on
	posts      []string        // of the hour before it was made and later, with their states
	entries    []entry         // shelf by shelf
	ends       map[pipeline.Shelf]int
	queries    []string // all, sorted
}

type lists struct {
	mu      sync.Mutex
	byGuild map[string]*list
}

// A list is cached while the catalogue, the model and what concerns the guild stay the
// same, but no longer than listKeep, because videos age. While a scrape adds videos, the
// list is made again at most every listPause.
const (
	listKeep  = 10 * time.Minute
	listPause = 3 * time.Second
)

// songs returns a guild's songs as the owner sees them, and its votes. It makes the list
// again if it is out of date.
func (s *Server) songs(ctx context.Context, g catalog.Guild) (*list, []catalog.Vote, error) {
	s.lists.mu.Lock()
	l := s.lists.byGuild[g.ID]
	if l == nil {
		l = &list{}
		s.lists.byGuild[g.ID] = l
	}
	s.lists.mu.Unlock()

	who, err := s.ranker(ctx, g.ID)
	if err != nil {
		return nil, nil, err
	}
	votes, err := s.Store.Votes(ctx, g.ID)
	if err != nil {
		return nil, nil, fmt.Errorf("the votes could not be read: %w", err)
	}
	votedOn := catalog.History{Votes: votes}.LabelledBy(catalog.ImportVoter)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := s.Now()
	generation, err := s.Store.Generation(ctx, g.ID)
	if err != nil {
		return nil, nil, err
	}
	posts, err := s.postsSince(ctx, g.ID, l.made)
	if err != nil {
		return nil, nil, err
	}
	recent := l.generation == generation && now.Sub(l.made) < listKeep || now.Sub(l.made) < listPause
	if l.entries != nil && l.who == who && maps.Equal(l.votedOn, votedOn) && slices.Equal(l.posts, posts) && reflect.DeepEqual(l.guild, g) && recent && !now.Before(l.made) {
		return l.copy(), votes, nil
	}
	ranked, err := s.Stages.Songs(ctx, g.ID, catalog.ImportVoter)
	if err != nil {
		return nil, nil, fmt.Errorf("the songs could not be ranked: %w", err)
	}
	if l.posts, err = s.postsSince(ctx, g.ID, now); err != nil {
		return nil, nil, err
	}
	l.fill(ranked)
	l.generation, l.who, l.guild, l.made, l.votedOn = generation, who, g, now, votedOn
	return l.copy(), votes, nil
}

// postsSince tells the posts from the hour before a time on, and their states, from others.
func (s *Server) postsSince(ctx context.Context, guildID string, at time.Time) (known []string, err error) {
	if at.IsZero() {
		return nil, nil
	}
	posts, err := s.Store.Posts(ctx, guildID, at.Add(-time.Hour))
	if err != nil {
		return nil, fmt.Errorf("the posts could not be read: %w", err)
	}
	for _, p := range posts {
		known = append(known, p.ID+string(p.State))
	}
	return known, nil
}

// copy returns a copy that a request may read without the lock. It shares the entries,
// which making the list replaces as a whole and never changes.
func (l *list) copy() *list {
	return &list{who: l.who, entries: l.entries, ends: l.ends, queries: l.queries}
}

// ranker is who ranks the guild's candidates.
func (s *Server) ranker(ctx context.Context, guildID string) (taste.Ranker, error) {
	models, err := s.Store.Models(ctx, guildID)
	if err != nil {
		return taste.Ranker{}, fmt.Errorf("the models could not be read: %w", err)
	}
	return taste.RankerAmong(models)
}

// fill makes the entries of what pipeline.Loop.Songs returned.
func (l *list) fill(ranked []pipeline.Ranked) {
	l.entries, l.ends = make([]entry, len(ranked)), map[pipeline.Shelf]int{}
	seen := map[string]bool{}
	for i, r := range ranked {
		l.entries[i] = entryOf(r)
		l.ends[r.Shelf] = i + 1
		for _, q := range r.Video.Queries {
			seen[q] = true
		}
	}
	// An empty shelf ends where the one before it does.
	l.ends[pipeline.ShelfAside] = max(l.ends[pipeline.ShelfNext], l.ends[pipeline.ShelfAside])
	l.ends[pipeline.ShelfPosted] = max(l.ends[pipeline.ShelfAside], l.ends[pipeline.ShelfPosted])
	l.queries = slices.Sorted(maps.Keys(seen))
}

// tab is a part of the list that the page shows by itself.
type tab string

const (
	tabNext    tab = "next"
	tabPosted  tab = "posted"
	tabAll     tab = "all"
	tabBlocked tab = "blocked"
)

var tabs = []tab{tabNext, tabPosted, tabAll, tabBlocked}

// Name is the tab's name on the page.
func (t tab) Name() string {
	return map[tab]string{tabNext: "Up next", tabPosted: "Posted", tabAll: "All", tabBlocked: "Blocked"}[t]
}

// of are a tab's entries: all but the blocked ones stand on the tab All.
func (l *list) of(t tab) []entry {
	next, aside, posted := l.ends[pipeline.ShelfNext], l.ends[pipeline.ShelfAside], l.ends[pipeline.ShelfPosted]
	switch t {
	case tabPosted:
		return l.entries[aside:posted]
	case tabAll:
		return l.entries[:posted]
	case tabBlocked:
		return l.entries[posted:]
	}
	return l.entries[:next]
}

func entryOf(r pipeline.Ranked) entry {
	v := r.Video
	e := entry{
		ID: v.ID, Title: v.Title, Channel: v.Channel, ChannelID: v.ChannelID, Queries: v.Queries,
		Published: v.Published.Time, Views: -1, Seconds: -1,
		Score: r.Score, ByRule: r.ModelVersion == 0, Deviation: sqrt(r.Variance), Posted: r.Posted, PostedAt: r.PostedAt, Known: r.Known,
		Blocked: r.Blocked.String(), Reasons: r.Reasons, Artists: v.Performers(), OwnChannel: v.OwnChannel(),
	}
	e.Name, _ = v.Named()
	text := v.Title + "\x00" + v.Channel + "\x00" + strings.Join(e.Artists, ", ")
	if !strings.Contains(v.Title, e.Name) {
		text += "\x00" + e.Name
	}
	e.folded = fold(text)
	if v.Views != nil {
		e.Views = *v.Views
	}
	if v.DurationSeconds != nil {
		e.Seconds = *v.DurationSeconds
	}
	return e
}

// fold makes a text comparable for people who type it: without case and accents.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s))
	return strokes.Replace(cases.Fold().String(s))
}

// strokes are letters that Unicode does not take for others with an accent.
var strokes = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ħ", "h", "ı", "i", "æ", "ae", "œ", "oe", "ð", "d", "þ", "th")

// filter chooses rows of a list. The zero filter chooses all.
type filter struct {
	Tab                  tab
	Text, Query, Channel string
	Days                 int // how many days ago a video may have been published; 0: any
	Page                 int // from 1
}

// perPage is how many rows a page shows: so few that even long titles in long scripts
// stay a small page.
const perPage = 20

// maxText is how many bytes of words a filter has.
const maxText = 100

// readFilter reads a filter from the query of an address and ignores invalid values.
func readFilter(q url.Values) filter {
	f := filter{
		Tab: tab(q.Get("tab")), Text: cut(strings.TrimSpace(q.Get("q")), maxText), Query: cut(q.Get("query"), 4*youtube.MaxText), Channel: cut(q.Get("channel"), 400),
	}
	if !slices.Contains(tabs, f.Tab) {
		f.Tab = tabNext
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

// Narrow reports whether the filter leaves out rows of its tab.
func (f filter) Narrow() bool { return f.Text != "" || f.Query != "" || f.Channel != "" || f.Days > 0 }

// with returns the address of a page of the filtered list; suffix is "" or that of a
// form for programs, as ".csv".
func (f filter) with(page int, suffix string) string {
	q := url.Values{}
	set := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	if f.Tab != tabNext {
		set("tab", string(f.Tab))
	}
	set("q", f.Text)
	set("query", f.Query)
	set("channel", f.Channel)
	if f.Days > 0 {
		q.Set("days", strconv.Itoa(f.Days))
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "songs" + suffix
	}
	return "songs" + suffix + "?" + q.Encode()
}

// apply returns how many entries pass the filter, and of these n from start on, with
// their ranks among all.
func (f filter) apply(entries []entry, now time.Time, start, n int) (total int, rows []entry) {
	take := func(i int) {
		row := entries[i]
		row.Rank = i + 1
		rows = append(rows, row)
	}
	if !f.Narrow() {
		for i := min(start, len(entries)); i < min(start+n, len(entries)); i++ {
			take(i)
		}
		return len(entries), rows
	}
	words := wordsOf(f.Text)
	since := now.AddDate(0, 0, -f.Days)
	for i := range entries {
		e := &entries[i]
		if f.Channel != "" && e.ChannelID != f.Channel && e.Channel != f.Channel ||
			f.Days > 0 && (e.Published.IsZero() || e.Published.Before(since)) ||
			f.Query != "" && !slices.Contains(e.Queries, f.Query) {
			continue
		}
		if !holdsAll(e.folded, words) {
			continue
		}
		if total++; total > start && len(rows) < n {
			take(i)
		}
	}
	return total, rows
}

// wordsOf are the words of what somebody typed, folded.
func wordsOf(typed string) []string { return strings.Fields(fold(typed)) }

// holdsAll reports whether a folded text holds each of the words.
func holdsAll(folded string, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(folded, w) })
}

// cut shortens a text to at most n bytes, without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
