package pipeline

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"cratedigger/pipeline/catalog"
)

// Store is what the stages ask of the catalogue, each for its own part.
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

// Options say where a Loop reads, what it keeps it in, and what decides it.
type Options struct {
	Store  Store
	Source Source
	Now    func() time.Time
	Seed   uint64
	Log    *slog.Logger

	// PagesPerDay is how many pages a day the guilds share fairly; 0 means
	// that each has what it wants.
	PagesPerDay int
	// Learning says how votes become models.
	Learning Learning
	// Version is the program's, for the cards of models.
	Version string
	// Parallel is how many processors training may use; 0 means all.
	Parallel int
}

// Loop is the stages of all guilds over one catalogue and one source. Its
// methods may be called from several goroutines; the same stage of one guild
// goes once at a time.
type Loop struct {
	store  Store
	source Source
	now    func() time.Time
	seed   uint64
	log    *slog.Logger
	opts   Options

	runs     *runLog
	shares   *pageShares
	training chan struct{} // one place: trainings wait for each other

	mu      sync.Mutex
	rankers map[string]*ranker // by guild
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
	}
	o.Learning.Judge.Seed = o.Seed
	return &Loop{
		store: o.Store, source: o.Source, now: o.Now, seed: o.Seed, log: o.Log, opts: o,
		runs:     &runLog{store: o.Store, now: o.Now, log: o.Log, going: map[string]*active{}},
		shares:   &pageShares{store: o.Store, perDay: o.PagesPerDay, now: o.Now, log: o.Log},
		training: make(chan struct{}, 1),
		rankers:  map[string]*ranker{},
	}, nil
}

// guild reads a guild's settings.
func (l *Loop) guild(id string) (catalog.Guild, error) {
	g, ok, err := l.store.Guild(id)
	if err != nil {
		return catalog.Guild{}, fmt.Errorf("the settings of guild %s could not be read: %w", id, err)
	}
	if !ok {
		return catalog.Guild{}, &UnknownGuildError{ID: id}
	}
	return g, nil
}

// history reads what a guild was shown and what it answered. A stage does so
// once and hands it on, so that all its parts see the same votes.
func (l *Loop) history(guildID string) (catalog.History, error) {
	h, err := l.store.History(guildID)
	if err != nil {
		return h, fmt.Errorf("the posts and votes of guild %s could not be read: %w", guildID, err)
	}
	return h, nil
}

// UnknownGuildError says that the catalogue holds nothing of a guild.
type UnknownGuildError struct{ ID string }

// Error is a sentence.
func (e *UnknownGuildError) Error() string {
	return fmt.Sprintf("guild %s is not known here: the bot has never been in it", e.ID)
}

// Busy says with a *BusyError who is at a kind of work of a guild; nil means
// that nobody is.
func (l *Loop) Busy(kind catalog.RunKind, guildID string) error {
	l.runs.mu.Lock()
	defer l.runs.mu.Unlock()
	return l.runs.busy(kind, guildID)
}

// Cancel ends a going run of a kind in a guild and reports whether there was
// one. The run ends as cancelled; what it had kept stays.
func (l *Loop) Cancel(kind catalog.RunKind, guildID string) bool { return l.runs.cancel(kind, guildID) }
