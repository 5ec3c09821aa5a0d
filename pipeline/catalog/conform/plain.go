package conform

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// plain is a store in memory, written from the promises: maps, and no index. What is
// stored is never changed in place, so that a write works on copies of the maps and
// a failed one leaves nothing.
type plain struct {
	mu  sync.Mutex
	now func() time.Time
	rows
}

// rows are all maps of a plain store. Parts of keys are joined by a zero byte.
type rows struct {
	videos      map[string]catalog.Video
	beside      map[string][]youtube.Neighbour // by the page's video
	finds       map[string]catalog.Find        // by guild, video
	votes       map[string]plainVote           // by guild, post or "video:"+video, member
	preferences map[string]catalog.Preference  // by guild, member, batch, subject
	duels       map[string]catalog.Duel        // by guild, A, B, member
	posts       map[string]catalog.Post
	outbox      map[string]catalog.Outbox
	slots       map[string]plainSlot
	jobs        map[string]plainJob
	runs        map[string]catalog.Run
	guilds      map[string]catalog.Guild
	models      map[string]catalog.Model // by guild, version
	versions    map[string]plainVersions // by guild
	counters    map[string]uint64
	states      map[string][]byte
	forgotten   map[string]time.Time // by guild or "", member
	unnamed     map[string]bool      // by member
	recovering  map[string]bool      // by guild
	generations map[string]uint64    // by guild
	songsRead   bool
}

type plainSlot struct {
	catalog.Slot
	attempts        int
	posted, refused bool
}

type plainJob struct {
	line  string
	since time.Time
}

type plainVersions struct{ champion, newest int }

func newPlain(now func() time.Time) *plain {
	return &plain{now: now, rows: rows{
		videos: map[string]catalog.Video{}, beside: map[string][]youtube.Neighbour{}, finds: map[string]catalog.Find{}, votes: map[string]plainVote{},
		preferences: map[string]catalog.Preference{}, duels: map[string]catalog.Duel{}, posts: map[string]catalog.Post{}, outbox: map[string]catalog.Outbox{},
		slots: map[string]plainSlot{}, jobs: map[string]plainJob{}, runs: map[string]catalog.Run{}, guilds: map[string]catalog.Guild{},
		models: map[string]catalog.Model{}, versions: map[string]plainVersions{}, counters: map[string]uint64{}, states: map[string][]byte{},
		forgotten: map[string]time.Time{}, unnamed: map[string]bool{}, recovering: map[string]bool{}, generations: map[string]uint64{},
	}}
}

func (r rows) clone() rows {
	return rows{
		maps.Clone(r.videos), maps.Clone(r.beside), maps.Clone(r.finds), maps.Clone(r.votes), maps.Clone(r.preferences), maps.Clone(r.duels),
		maps.Clone(r.posts), maps.Clone(r.outbox), maps.Clone(r.slots), maps.Clone(r.jobs), maps.Clone(r.runs), maps.Clone(r.guilds),
		maps.Clone(r.models), maps.Clone(r.versions), maps.Clone(r.counters), maps.Clone(r.states), maps.Clone(r.forgotten),
		maps.Clone(r.unnamed), maps.Clone(r.recovering), maps.Clone(r.generations), r.songsRead,
	}
}

// write changes the rows by f, or not at all if f returns an error.
func (p *plain) write(ctx context.Context, f func(now time.Time) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	before := p.clone()
	if err := f(p.now().UTC()); err != nil {
		p.rows = before
		return err
	}
	return nil
}

func (p *plain) read(ctx context.Context, f func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	f()
	return nil
}

// home is that of a plain store: opening it again finds the same rows.
func (p *plain) home(now func() time.Time) (catalog.Store, error) {
	p.now = now
	return p, nil
}

func (p *plain) Close() error { return nil }

func key(parts ...string) string { return strings.Join(parts, "\x00") }

// under are the values whose keys begin with these parts, in the order of their keys.
func under[V any](m map[string]V, parts ...string) (all []V) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(k, key(append(slices.Clone(parts), "")...)) {
			all = append(all, m[k])
		}
	}
	return all
}

// count is how many keys begin with these parts.
func count[V any](m map[string]V, parts ...string) (n int) {
	start := key(append(slices.Clone(parts), "")...)
	for k := range m {
		if strings.HasPrefix(k, start) {
			n++
		}
	}
	return n
}

// get reads one value.
func get[V any](ctx context.Context, p *plain, m *map[string]V, parts ...string) (v V, found bool, err error) {
	err = p.read(ctx, func() { v, found = (*m)[key(parts...)] })
	return v, found, err
}

func missing(what string) error { return fmt.Errorf("%s is %w", what, catalog.ErrNotFound) }

func (p *plain) Guild(ctx context.Context, id string) (catalog.Guild, bool, error) {
	return get(ctx, p, &p.guilds, id)
}

func (p *plain) Guilds(ctx context.Context) (all []catalog.Guild, err error) {
	err = p.read(ctx, func() {
		for _, id := range slices.Sorted(maps.Keys(p.guilds)) {
			all = append(all, p.guilds[id])
		}
	})
	return all, err
}

func (p *plain) SaveGuild(ctx context.Context, g catalog.Guild) error {
	return p.write(ctx, func(time.Time) error {
		p.guilds[g.ID] = g
		return catalog.CheckIDs(g.ID)
	})
}

func (p *plain) UpdateGuild(ctx context.Context, id string, change func(*catalog.Guild) error) error {
	return p.write(ctx, func(time.Time) error {
		g, found := p.guilds[id]
		if !found {
			return missing(id)
		}
		err := change(&g)
		p.guilds[id] = g
		return err
	})
}

func (p *plain) Counter(ctx context.Context, name string) (uint64, error) {
	n, _, err := get(ctx, p, &p.counters, name)
	return n, err
}

func (p *plain) AddCounter(ctx context.Context, name string, add uint64) (n uint64, err error) {
	err = p.write(ctx, func(time.Time) error {
		n = p.counters[name] + add
		p.counters[name] = n
		return catalog.CheckIDs(name)
	})
	return n, err
}

func (p *plain) State(ctx context.Context, name string) ([]byte, bool, error) {
	return get(ctx, p, &p.states, name)
}

func (p *plain) SetState(ctx context.Context, name string, data []byte) error {
	return p.write(ctx, func(time.Time) error {
		if p.states[name] = bytes.Clone(data); data == nil {
			delete(p.states, name)
		}
		return catalog.CheckIDs(name)
	})
}

func (p *plain) SetStates(ctx context.Context, states map[string][]byte) error {
	return p.write(ctx, func(time.Time) error {
		for name, data := range states {
			if err := catalog.CheckIDs(name); err != nil {
				return err
			}
			if p.states[name] = bytes.Clone(data); data == nil {
				delete(p.states, name)
			}
		}
		return nil
	})
}

func (p *plain) SaveModel(ctx context.Context, guildID string, card []byte, parts [][]byte, champion bool) (version int, err error) {
	err = p.write(ctx, func(now time.Time) error {
		top := p.versions[guildID]
		top.newest++
		version = top.newest
		if champion {
			top.champion = version
		}
		p.versions[guildID] = top
		p.models[modelKey(guildID, version)] = catalog.Model{GuildID: guildID, Version: version, CreatedAt: now, Card: card, Blob: bytes.Join(parts, nil)}
		kept := under(p.models, guildID)
		for _, old := range kept[:max(0, len(kept)-5)] {
			if old.Version != top.champion {
				delete(p.models, modelKey(guildID, old.Version))
			}
		}
		return catalog.CheckIDs(guildID)
	})
	return version, err
}

func modelKey(guildID string, version int) string { return key(guildID, fmt.Sprintf("%09d", version)) }

func (p *plain) Promote(ctx context.Context, guildID string, version int) error {
	return p.write(ctx, func(time.Time) error {
		if _, found := p.models[modelKey(guildID, version)]; !found {
			return missing("the model")
		}
		p.versions[guildID] = plainVersions{version, p.versions[guildID].newest}
		return nil
	})
}

func (p *plain) Model(ctx context.Context, guildID string, version int) (m catalog.Model, found bool, err error) {
	err = p.read(ctx, func() {
		m, found = p.models[modelKey(guildID, version)]
		m.Champion = found && version == p.versions[guildID].champion
	})
	return m, found, err
}

func (p *plain) Champion(ctx context.Context, guildID string) (catalog.Model, bool, error) {
	version, err := p.ChampionVersion(ctx, guildID)
	if err != nil {
		return catalog.Model{}, false, err
	}
	return p.Model(ctx, guildID, version)
}

func (p *plain) ChampionCard(ctx context.Context, guildID string) (catalog.Model, bool, error) {
	m, found, err := p.Champion(ctx, guildID)
	m.Blob = nil
	return m, found, err
}

func (p *plain) ChampionVersion(ctx context.Context, guildID string) (version int, err error) {
	top, _, err := get(ctx, p, &p.versions, guildID)
	return top.champion, err
}

func (p *plain) Models(ctx context.Context, guildID string) (all []catalog.Model, err error) {
	err = p.read(ctx, func() {
		for _, m := range slices.Backward(under(p.models, guildID)) {
			m.Blob, m.Champion = nil, m.Version == p.versions[guildID].champion
			all = append(all, m)
		}
	})
	return all, err
}

func (p *plain) StartRun(ctx context.Context, r catalog.Run) (catalog.Run, error) {
	err := p.write(ctx, func(now time.Time) error {
		if r.Started.IsZero() {
			r.Started = now
		}
		r.Outcome = cmp.Or(r.Outcome, catalog.OutcomeRunning)
		if r.ID == "" {
			r.ID = fmt.Sprintf("%020d-%06d", r.Started.UnixNano(), len(p.runs))
		}
		p.runs[r.ID] = r
		return catalog.CheckIDs(r.ID)
	})
	return r, err
}

func (p *plain) FinishRun(ctx context.Context, r catalog.Run) error {
	return p.write(ctx, func(now time.Time) error {
		if r.Ended.IsZero() {
			r.Ended = now
		}
		if r.Outcome == "" || r.Outcome == catalog.OutcomeRunning {
			r.Outcome = catalog.OutcomeOK
		}
		old, found := p.runs[r.ID]
		if !found {
			return catalog.CheckIDs(r.ID)
		}
		r.By = old.By
		if n := old.Counts[catalog.CountRefused]; n > r.Counts[catalog.CountRefused] {
			r = refuse(r, n, old.Alarms...)
		}
		p.runs[r.ID] = r
		return nil
	})
}

// refuse notes that n of a run's picks were not sent.
func refuse(r catalog.Run, n int, alarms ...string) catalog.Run {
	counts := map[string]int{catalog.CountRefused: n}
	for name, count := range r.Counts {
		if name != catalog.CountRefused {
			counts[name] = count
		}
	}
	r.Counts, r.Alarms = counts, slices.Clone(r.Alarms)
	for _, alarm := range alarms {
		if !slices.Contains(r.Alarms, alarm) {
			r.Alarms = append(r.Alarms, alarm)
		}
	}
	if r.Outcome == catalog.OutcomeOK {
		r.Outcome = catalog.OutcomeDegraded
	}
	return r
}

func (p *plain) Runs(ctx context.Context, guildID string, limit int) (all []catalog.Run, err error) {
	err = p.read(ctx, func() {
		for _, id := range slices.Backward(slices.Sorted(maps.Keys(p.runs))) {
			if r := p.runs[id]; (guildID == "" || r.GuildID == guildID) && (limit <= 0 || len(all) < limit) {
				all = append(all, r)
			}
		}
	})
	return all, err
}

func (p *plain) Import(ctx context.Context, rows iter.Seq2[catalog.ImportRow, error]) (added int, err error) {
	var sightings []catalog.Sighting
	var changes []catalog.VoteChange
	for row, err := range rows {
		if err = errors.Join(err, checkChanges(row.Changes)); err != nil {
			return 0, err
		}
		row.Sighting.Neighbours = nil // a file has none
		sightings, changes = append(sightings, row.Sighting), append(changes, row.Changes...)
	}
	err = p.write(ctx, func(now time.Time) error {
		added = p.observe(now, sightings)
		p.vote(now, changes)
		return nil
	})
	return added, err
}
