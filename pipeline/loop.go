package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
)

// Store is what all stages together ask of the catalogue.
type Store interface {
	scrapeStore
	rankStore
	postStore
	modelStore
	refreshStore
	shareStore
	upkeepStore
	runStore
}

// Options configure a Loop. Store, Now, Log and Learning are required.
type Options struct {
	Store   Store
	Backups Backups // nil where the catalogue is no file; then its server's own tools make them
	Source  Source
	Now     func() time.Time
	Seed    uint64
	Log     *slog.Logger

	// PagesPerDay is how many pages a day the guilds share fairly; 0 means no
	// limit.
	PagesPerDay int
	// Pause is the mean time between two requests of Source, to say in the log how
	// long reading takes.
	Pause time.Duration
	// Serves reports whether a guild is served, and so has a share of the pages; nil
	// means each that the bot is in.
	Serves func(catalog.Guild) bool
	// Learning says how votes become models.
	Learning Learning
	// Version is the program's version, for the cards of models.
	Version string
	// Parallel is how many processors training may use; 0 means all.
	Parallel int
	// Memory is about how many bytes the guilds' models and rankings may take between
	// their uses; 0 means any number.
	Memory int64
	// PrepareAhead says whether a slot's picks are chosen after its search and held until
	// its minute. Without it they are chosen then.
	PrepareAhead bool
}

// Loop runs the stages of all guilds on one catalogue and one source. Its
// methods may be called concurrently; a stage of one guild runs once at a time.
type Loop struct {
	store  Store
	source Source
	now    func() time.Time
	seed   uint64
	log    *slog.Logger
	opts   Options

	runs     *runLog
	shares   *pageShares
	training *schedule.Place // one training at a time
	ahead    *schedule.Place // picks of a few guilds are prepared at a time
	posting  *schedule.Place // posts of a few guilds are prepared at a time
	reading  *schedule.Place // a few guilds search at a time on schedule; they share one pace anyway
	uses     atomic.Uint64   // counts the uses of rankers

	mu      sync.Mutex
	rankers map[string]*ranker     // by guild
	holding map[string]*sync.Mutex // by guild: what it holds is changed by one at a time
	vetoes  map[string]veto        // by guild: the last
}

// New returns a Loop. It starts nothing.
func New(o Options) (*Loop, error) {
	switch {
	case o.Store == nil:
		return nil, errors.New("pipeline: a Loop needs a Store")
	case o.Now == nil:
		return nil, errors.New("pipeline: a Loop needs a clock")
	case o.Log == nil:
		return nil, errors.New("pipeline: a Loop needs a logger")
	case o.Learning.Votes.HalfLife <= 0 || o.Learning.Judge.Certainty <= 0:
		return nil, errors.New("pipeline: a Loop needs to know how votes age and how models are judged")
	}
	o.Learning.Judge.Seed = o.Seed
	return &Loop{
		store: o.Store, source: o.Source, now: o.Now, seed: o.Seed, log: o.Log, opts: o,
		runs:     &runLog{store: o.Store, now: o.Now, log: o.Log, running: map[string]*active{}},
		shares:   &pageShares{store: o.Store, perDay: o.PagesPerDay, serves: o.Serves, now: o.Now, log: o.Log},
		training: schedule.NewPlace(1),
		ahead:    schedule.NewPlace(2),
		posting:  schedule.NewPlace(4),
		reading:  schedule.NewPlace(4),
		rankers:  map[string]*ranker{},
		holding:  map[string]*sync.Mutex{},
		vetoes:   map[string]veto{},
	}, nil
}

// guild reads a guild's settings.
func (l *Loop) guild(ctx context.Context, id string) (catalog.Guild, error) {
	g, ok, err := l.store.Guild(ctx, id)
	if err != nil {
		return catalog.Guild{}, fmt.Errorf("the settings of guild %s could not be read: %w", id, err)
	}
	if !ok {
		return catalog.Guild{}, &UnknownGuildError{ID: id}
	}
	return g, nil
}

// history reads a guild's posts and votes. A stage reads them once and passes
// them on, so that all its parts see the same votes.
func (l *Loop) history(ctx context.Context, guildID string) (catalog.History, error) {
	h, err := l.store.History(ctx, guildID)
	if err != nil {
		return h, fmt.Errorf("the posts and votes of guild %s could not be read: %w", guildID, err)
	}
	return h, nil
}

// guildHistory reads a guild's settings and its history.
func (l *Loop) guildHistory(ctx context.Context, guildID string) (catalog.Guild, catalog.History, error) {
	guild, err := l.guild(ctx, guildID)
	if err != nil {
		return guild, catalog.History{}, err
	}
	history, err := l.history(ctx, guildID)
	return guild, history, err
}

// UnknownGuildError says that the catalogue has no settings of a guild.
type UnknownGuildError struct{ ID string }

func (e *UnknownGuildError) Error() string {
	return fmt.Sprintf("guild %s is not known here: the bot has never been in it", e.ID)
}

// Busy returns a *BusyError that says who started a guild's running stage, or
// nil when the stage is not running.
func (l *Loop) Busy(ctx context.Context, kind catalog.RunKind, guildID string) error {
	l.runs.mu.Lock()
	defer l.runs.mu.Unlock()
	return l.runs.busy(ctx, kind, guildID)
}

// Cancel stops a guild's running stage and reports whether it was running. The
// run ends as cancelled and keeps what it had written.
func (l *Loop) Cancel(kind catalog.RunKind, guildID string) bool { return l.runs.cancel(kind, guildID) }
