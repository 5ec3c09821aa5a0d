package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

type shareStore interface {
	Guilds(context.Context) ([]catalog.Guild, error)
	Counter(ctx context.Context, name string) (uint64, error)
	AddCounter(ctx context.Context, name string, add uint64) (uint64, error)
	State(ctx context.Context, name string) (data []byte, found bool, err error)
	SetState(ctx context.Context, name string, data []byte) error
}

// pageShares divides the day's pages fairly among the guilds. It
// estimates the need of the other guilds by their last scrape.
type pageShares struct {
	store  shareStore
	perDay int                      // 0: no limit
	serves func(catalog.Guild) bool // nil: every guild that the bot is in
	now    func() time.Time
	log    *slog.Logger

	mu sync.Mutex // held by grant, which reads and rewrites what all guilds asked for
}

// asksState is the name of what is stored of each guild's requests for pages.
const asksState = "pages/asks"

// ask is what a guild asked for last.
type ask struct {
	Pages int `json:"pages"`
	// Odd counts the pages that the guild has had of what a day's division leaves over,
	// the last on day Day since 1970: who has had fewer is first.
	Odd int   `json:"odd,omitempty"`
	Day int64 `json:"day,omitempty"`
}

// UnmarshalJSON reads a number, too: earlier versions kept no more.
func (a *ask) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &a.Pages); err == nil {
		return nil
	}
	type plain ask
	return json.Unmarshal(data, (*plain)(a))
}

// share returns how many of the wanted watch pages a guild may read now, and
// counts them against its share of the day.
func (p *pageShares) share(ctx context.Context, guildID string, wanted int) int {
	if p.perDay <= 0 || wanted <= 0 {
		return wanted
	}
	granted, err := p.grant(ctx, guildID, wanted)
	if err != nil { // the source still enforces the day's limit
		p.log.Warn("the day's pages are not shared fairly", "guild", guildID, "error", err)
		return wanted
	}
	return granted
}

func (p *pageShares) grant(ctx context.Context, guildID string, wanted int) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, err := p.demand(ctx, guildID)
	if err != nil {
		return 0, err
	}
	today := p.now().UTC()
	counter := fmt.Sprintf("pages/%s/%s", today.Format(time.DateOnly), guildID)
	used, err := p.store.Counter(ctx, counter)
	if err != nil {
		return 0, err
	}
	made, err := p.store.Counter(ctx, youtube.PagesCounter(today))
	if err != nil {
		return 0, err
	}
	d.wanted[guildID] = wanted + int(used)
	day := today.Unix() / (24 * 3600)
	share, odd := fairShare(guildID, d, day)
	granted := max(0, min(wanted, share-int(used), p.perDay-int(made)))
	if _, err := p.store.AddCounter(ctx, counter, uint64(granted)); err != nil {
		return 0, err
	}
	own := d.asks[guildID]
	own.Pages = d.wanted[guildID]
	if odd > 0 && granted > 0 {
		own.Odd, own.Day = odd, day
	}
	next := map[string]ask{guildID: own} // forgets guilds that the bot has left
	for _, g := range d.guilds {
		if a, ok := d.asks[g.ID]; ok && g.ID != guildID && g.LeftAt.IsZero() {
			next[g.ID] = a
		}
	}
	data, err := json.Marshal(next)
	if err != nil {
		return 0, err
	}
	return granted, p.store.SetState(ctx, asksState, data)
}

// leftOver returns how many of the wanted watch pages no guild is likely to want today,
// and counts them.
func (p *pageShares) leftOver(ctx context.Context, wanted int) (int, error) {
	if p.perDay <= 0 || wanted <= 0 {
		return wanted, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d, err := p.demand(ctx, "")
	if err != nil {
		return 0, err
	}
	counter := "pages/" + p.now().UTC().Format(time.DateOnly) + "/left"
	used, err := p.store.Counter(ctx, counter)
	if err != nil {
		return 0, err
	}
	left := d.pages - int(used)
	for _, n := range d.wanted {
		left -= n
	}
	left = max(0, min(left, wanted))
	_, err = p.store.AddCounter(ctx, counter, uint64(left))
	return left, err
}

// demand is what the guilds want of a day's pages.
type demand struct {
	guilds []catalog.Guild
	asks   map[string]ask // what each asked for last
	pages  int            // of the day that are left for watch pages
	wanted map[string]int // of these, by the served guilds
}

// demand estimates what the guilds want beside one, or with "" what all want.
func (p *pageShares) demand(ctx context.Context, guildID string) (d demand, err error) {
	if d.guilds, err = p.store.Guilds(ctx); err != nil {
		return d, err
	}
	data, found, err := p.store.State(ctx, asksState)
	if err != nil {
		return d, err
	}
	if found {
		if err := json.Unmarshal(data, &d.asks); err != nil {
			d.asks = nil
		}
	}
	d.pages, d.wanted = p.perDay, map[string]int{}
	// Result pages are read before watch pages, and equal ones once a day.
	searches := map[youtube.Query]int{}
	for _, g := range d.guilds {
		if !g.LeftAt.IsZero() || g.Paused || len(g.Queries) == 0 {
			continue
		}
		if guildID != "" && (g.ID == catalog.LocalGuild) != (guildID == catalog.LocalGuild) {
			continue // a bot serves either Discord's guilds or the local one
		}
		if p.serves != nil && g.ID != guildID && !p.serves(g) {
			continue
		}
		for _, q := range g.Queries {
			pages := max(1, q.Pages)
			q.Pages = 0
			searches[q] = max(searches[q], pages)
		}
		if g.ID == guildID {
			continue
		}
		d.wanted[g.ID] = p.perDay // a guild that never asked may want all
		if a, ok := d.asks[g.ID]; ok {
			d.wanted[g.ID] = a.Pages
		}
	}
	for _, pages := range searches {
		d.pages -= pages
	}
	return d, nil
}

// fairShare is a guild's share of a day's pages. If it holds a page of what the division
// leaves over, odd is how many of these the guild has had then, else 0. A guild that is
// new, or needed none for long, is one behind those that have had most.
func fairShare(guildID string, d demand, day int64) (share, odd int) {
	had := map[string]int{} // before today, so that the order stands all day
	most := 0
	for id := range d.wanted {
		a := d.asks[id]
		if had[id] = a.Odd; a.Day == day {
			had[id]--
		}
		most = max(most, had[id])
	}
	order := slices.SortedFunc(maps.Keys(d.wanted), func(a, b string) int {
		return cmp.Or(cmp.Compare(max(had[a], most-1), max(had[b], most-1)), cmp.Compare(a, b))
	})
	shares, level := fairShares(d.pages, d.wanted, order)
	if shares[guildID] > level {
		odd = max(had[guildID], most-1) + 1
	}
	return shares[guildID], odd
}

// fairShares divides a day's pages among guilds by max-min fairness: each gets
// what it asks for up to an equal share, the level, and what a guild does not need is
// divided among the rest. The remainder of the division goes to those that ask
// for more, one page each, in the given order of their ids.
func fairShares(pages int, asks map[string]int, order []string) (shares map[string]int, level int) {
	// The level up to which every request is granted.
	byAsk := slices.SortedFunc(maps.Values(asks), func(a, b int) int { return a - b })
	left := max(0, pages)
	for i, ask := range byAsk {
		step := min(max(0, ask)-level, left/(len(byAsk)-i))
		if step > 0 {
			level += step
			left -= step * (len(byAsk) - i)
		}
		if level < ask {
			break
		}
	}
	shares = make(map[string]int, len(asks))
	for _, id := range order {
		shares[id] = min(max(0, asks[id]), level)
		if left > 0 && asks[id] > level {
			shares[id]++
			left--
		}
	}
	return shares, level
}
