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
	SetStates(ctx context.Context, states map[string][]byte) error
}

// pageShares divides the day's pages fairly among the guilds. It
// estimates the need of the other guilds by their last scrape. It reads them once a
// minute at most: a guild that has just come or changed may be overlooked by others'
// shares for so long.
type pageShares struct {
	store  shareStore
	perDay int                      // 0: no limit
	serves func(catalog.Guild) bool // nil: every guild that the bot is in
	now    func() time.Time
	log    *slog.Logger

	mu             sync.Mutex // held by grant and leftOver
	read           time.Time  // when the guilds were read; zero: never
	discord, local sharing
	asks           map[string]ask // by guild
}

const rereadGuilds = time.Minute

// sharing is some guilds that share pages: a bot serves either Discord's or the local one.
type sharing struct {
	guilds   []string // that may want pages
	searches int      // result pages of the day: equal ones are read once
}

// asksState was one state for all guilds in earlier versions.
const asksState = "pages/asks"

// askState is the name of what is stored of a guild's requests for pages.
func askState(guildID string) string { return asksState + "/" + guildID }

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
	if own == p.asks[guildID] {
		return granted, nil
	}
	p.asks[guildID] = own
	data, err := json.Marshal(own)
	if err != nil {
		return 0, err
	}
	return granted, p.store.SetStates(ctx, map[string][]byte{askState(guildID): data})
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
	asks   map[string]ask // what each asked for last
	pages  int            // of the day that are left for watch pages
	wanted map[string]int // of these, by the served guilds
}

// demand estimates what the guilds want beside one, or with "" what all want. p.mu is held.
func (p *pageShares) demand(ctx context.Context, guildID string) (d demand, err error) {
	if err := p.readGuilds(ctx); err != nil {
		return d, err
	}
	d.asks, d.pages, d.wanted = p.asks, p.perDay, map[string]int{}
	want := func(s sharing) {
		d.pages -= s.searches // they come before watch pages
		for _, id := range s.guilds {
			d.wanted[id] = p.perDay // a guild that never asked may want all
			if a, ok := d.asks[id]; ok {
				d.wanted[id] = a.Pages
			}
		}
	}
	if guildID != catalog.LocalGuild {
		want(p.discord)
	}
	if guildID == "" || guildID == catalog.LocalGuild {
		want(p.local)
	}
	return d, nil
}

// readGuilds reads the guilds that may want pages, and of new ones what they asked for
// last, unless it did so a moment ago. p.mu is held.
func (p *pageShares) readGuilds(ctx context.Context) error {
	now := p.now()
	if since := now.Sub(p.read); !p.read.IsZero() && since >= 0 && since < rereadGuilds {
		return nil
	}
	all, err := p.store.Guilds(ctx)
	if err != nil {
		return err
	}
	if p.read.IsZero() {
		if err := p.splitAsks(ctx, all); err != nil {
			return err
		}
	}
	asks := map[string]ask{}                                                 // forgets guilds that the bot has left
	read := map[*sharing]map[youtube.Query]int{&p.discord: {}, &p.local: {}} // pages
	p.discord, p.local = sharing{}, sharing{}
	for _, g := range all {
		if !g.LeftAt.IsZero() {
			continue
		}
		a, known := p.asks[g.ID]
		if !known {
			if a, known, err = p.asked(ctx, g.ID); err != nil {
				return err
			}
		}
		if known {
			asks[g.ID] = a
		}
		if g.Paused || len(g.Queries) == 0 || p.serves != nil && !p.serves(g) {
			continue
		}
		s := &p.discord
		if g.ID == catalog.LocalGuild {
			s = &p.local
		}
		s.guilds = append(s.guilds, g.ID)
		for _, q := range g.Queries {
			pages := max(1, q.Pages)
			q.Pages = 0
			s.searches += max(0, pages-read[s][q])
			read[s][q] = max(read[s][q], pages)
		}
	}
	p.asks, p.read = asks, now
	return nil
}

// asked reads what a guild asked for last.
func (p *pageShares) asked(ctx context.Context, guildID string) (a ask, found bool, err error) {
	data, found, err := p.store.State(ctx, askState(guildID))
	if !found || err != nil {
		return a, false, err
	}
	if err := json.Unmarshal(data, &a); err != nil {
		return ask{}, false, nil // as if it had never asked
	}
	return a, true, nil
}

// splitAsks gives each guild a state of its own for what earlier versions kept in one.
func (p *pageShares) splitAsks(ctx context.Context, guilds []catalog.Guild) error {
	data, found, err := p.store.State(ctx, asksState)
	if !found || err != nil {
		return err
	}
	var old map[string]json.RawMessage
	if err := json.Unmarshal(data, &old); err != nil {
		old = nil
	}
	states := map[string][]byte{asksState: nil}
	for _, g := range guilds {
		if a, ok := old[g.ID]; ok {
			states[askState(g.ID)] = a
		}
	}
	return p.store.SetStates(ctx, states)
}

// fairShare is a guild's share of a day's pages by max-min fairness: each guild gets what
// it asks for up to an equal share, the level, and what a guild does not need is divided
// among the rest. What the division leaves over goes to those that ask for more, one page
// each, to those first that have had fewer of these. If the guild holds one of them, odd is
// how many it has had then, else 0. A guild that is new, or needed none for long, is one
// behind those that have had most.
func fairShare(guildID string, d demand, day int64) (share, odd int) {
	had := func(id string) int { // before today, so that the order stands all day
		a := d.asks[id]
		if a.Day == day {
			return a.Odd - 1
		}
		return a.Odd
	}
	most := 0
	for id := range d.wanted {
		most = max(most, had(id))
	}
	level, left := fairLevel(d.pages, slices.Sorted(maps.Values(d.wanted)))
	mine := max(had(guildID), most-1)
	if d.wanted[guildID] <= level {
		return max(0, d.wanted[guildID]), 0
	}
	for id, wanted := range d.wanted {
		if wanted > level && cmp.Or(cmp.Compare(max(had(id), most-1), mine), cmp.Compare(id, guildID)) < 0 {
			left-- // that one is before it
		}
	}
	if left <= 0 {
		return level, 0
	}
	return level + 1, mine + 1
}

// fairLevel is the level up to which every request is granted, of requests in ascending
// order, and what is left of the pages then.
func fairLevel(pages int, asks []int) (level, left int) {
	left = max(0, pages)
	for i, ask := range asks {
		step := min(max(0, ask)-level, left/(len(asks)-i))
		if step > 0 {
			level += step
			left -= step * (len(asks) - i)
		}
		if level < ask {
			break
		}
	}
	return level, left
}
