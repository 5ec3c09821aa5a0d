package pipeline

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"cratedigger/pipeline/catalog"
)

type shareStore interface {
	Guilds() ([]catalog.Guild, error)
	Counter(name string) (uint64, error)
	AddCounter(name string, add uint64) (uint64, error)
	State(name string) (data []byte, found bool, err error)
	SetState(name string, data []byte) error
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

// asksState is the name of the stored number of pages that each guild asked for.
const asksState = "pages/asks"

// share returns how many of the wanted watch pages a guild may read now, and
// counts them against its share of the day.
func (p *pageShares) share(guildID string, wanted int) int {
	if p.perDay <= 0 || wanted <= 0 {
		return wanted
	}
	granted, err := p.grant(guildID, wanted)
	if err != nil { // the source still enforces the day's limit
		p.log.Warn("the day's pages are not shared fairly", "guild", guildID, "error", err)
		return wanted
	}
	return granted
}

func (p *pageShares) grant(guildID string, wanted int) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, err := p.demand(guildID)
	if err != nil {
		return 0, err
	}
	served := d.wanted
	served[guildID] = wanted
	today := p.now().UTC()
	counter := fmt.Sprintf("pages/%s/%s", today.Format(time.DateOnly), guildID)
	used, err := p.store.Counter(counter)
	if err != nil {
		return 0, err
	}
	served[guildID] += int(used)
	fair := fairShares(d.pages, served, today.YearDay())[guildID] - int(used)
	granted := max(0, min(wanted, fair))
	if _, err := p.store.AddCounter(counter, uint64(granted)); err != nil {
		return 0, err
	}
	next := map[string]int{guildID: served[guildID]} // forgets guilds that the bot has left
	for _, g := range d.guilds {
		if n, ok := d.asks[g.ID]; ok && g.ID != guildID && g.LeftAt.IsZero() {
			next[g.ID] = n
		}
	}
	data, err := json.Marshal(next)
	if err != nil {
		return 0, err
	}
	return granted, p.store.SetState(asksState, data)
}

// leftOver returns how many of the wanted watch pages no guild is likely to want today,
// and counts them.
func (p *pageShares) leftOver(wanted int) (int, error) {
	if p.perDay <= 0 || wanted <= 0 {
		return wanted, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d, err := p.demand("")
	if err != nil {
		return 0, err
	}
	counter := "pages/" + p.now().UTC().Format(time.DateOnly) + "/left"
	used, err := p.store.Counter(counter)
	if err != nil {
		return 0, err
	}
	left := d.pages - int(used)
	for _, n := range d.wanted {
		left -= n
	}
	left = max(0, min(left, wanted))
	_, err = p.store.AddCounter(counter, uint64(left))
	return left, err
}

// demand is what the guilds want of a day's pages.
type demand struct {
	guilds []catalog.Guild
	asks   map[string]int // for how many pages each asked last
	pages  int            // of the day that are left for watch pages
	wanted map[string]int // of these, by the served guilds
}

// demand estimates what the guilds want beside one, or with "" what all want.
func (p *pageShares) demand(guildID string) (d demand, err error) {
	if d.guilds, err = p.store.Guilds(); err != nil {
		return d, err
	}
	data, found, err := p.store.State(asksState)
	if err != nil {
		return d, err
	}
	if found {
		if err := json.Unmarshal(data, &d.asks); err != nil {
			d.asks = nil
		}
	}
	d.pages, d.wanted = p.perDay, map[string]int{}
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
		for _, q := range g.Queries { // result pages are read before watch pages
			d.pages -= max(1, q.Pages)
		}
		if g.ID == guildID {
			continue
		}
		d.wanted[g.ID] = p.perDay // a guild that never asked may want all
		if n, ok := d.asks[g.ID]; ok {
			d.wanted[g.ID] = n
		}
	}
	return d, nil
}

// fairShares divides a day's pages among guilds by max-min fairness: each gets
// what it asks for up to an equal share, and what a guild does not need is
// divided among the rest. The remainder of the division goes to those that ask
// for more, in the order of their ids, starting at an offset that the caller
// changes from day to day.
func fairShares(pages int, asks map[string]int, offset int) map[string]int {
	ids := slices.Sorted(maps.Keys(asks))
	// The level up to which every request is granted.
	byAsk := slices.SortedFunc(maps.Values(asks), func(a, b int) int { return a - b })
	left, level := max(0, pages), 0
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
	shares := make(map[string]int, len(asks))
	for i := range ids {
		id := ids[(i+max(0, offset))%len(ids)]
		shares[id] = min(max(0, asks[id]), level)
		if left > 0 && asks[id] > level {
			shares[id]++
			left--
		}
	}
	return shares
}
