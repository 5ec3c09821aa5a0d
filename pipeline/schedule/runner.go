package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"cratedigger/pipeline/catalog"
)

// MissedFor is how long a missed slot is still made up for.
const MissedFor = 6 * time.Hour

// Pauses before a failed slot is tried again, as the cause may have been the
// network or a full disk. The book decides when to give up.
const (
	soonAgain  = 10 * time.Minute // after the first failure, and when the book cannot be written
	laterAgain = 2 * time.Hour
)

// Book records which slots are done. The catalogue implements it.
type Book interface {
	// BeginSlot returns false if the slot is done or given up.
	BeginSlot(context.Context, catalog.Slot) (fresh bool, err error)
	FinishSlot(ctx context.Context, slotKey string) error
	// JobSince returns since when the job has had this schedule line.
	JobSince(ctx context.Context, job, line string, now time.Time) (time.Time, error)
}

// Job is one kind of work of one guild.
type Job struct {
	GuildID   string
	Kind      catalog.RunKind
	Schedules []Schedule
	// Run does the work of a slot. If it fails, the slot is tried again later,
	// and after a restart.
	Run func(context.Context, catalog.Slot) error
	// Place is entered before a slot begins, in the slot's Turn, and left after it if Run
	// has not left it; nil: none. A job that waits for it at a restart has used up no try.
	Place *Place
	Turn  func(context.Context, catalog.Slot) Turn // nil without Place
}

// Key names the job.
func (j Job) Key() string { return j.GuildID + "/" + string(j.Kind) }

// line is the job's schedules as one text, to notice changes.
func (j Job) line() string {
	var lines []string
	for _, s := range j.Schedules {
		lines = append(lines, s.zone+" "+s.String())
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}

// next is the first firing of any of the schedules after t, with its Wall name.
func (j Job) next(t time.Time) (at time.Time, wall string) {
	for _, s := range j.Schedules {
		if n := s.Next(t); !n.IsZero() && (at.IsZero() || n.Before(at)) {
			at, wall = n, s.Wall(n)
		}
	}
	return at, wall
}

// Next is the slot of the first firing after t; found is false if there is none.
func (j Job) Next(t time.Time) (slot catalog.Slot, found bool) {
	at, wall := j.next(t)
	return j.slot(at, wall), !at.IsZero()
}

// slot is the slot of a firing.
func (j Job) slot(at time.Time, wall string) catalog.Slot {
	return catalog.Slot{Key: j.Key() + "/" + wall, GuildID: j.GuildID, Kind: j.Kind, At: at.UTC()}
}

// last is the slot of the newest firing after from, up to now.
func (j Job) last(from, now time.Time) (slot catalog.Slot, found bool) {
	for {
		at, wall := j.next(from)
		if at.IsZero() || at.After(now) {
			return slot, found
		}
		slot, found, from = j.slot(at, wall), true, at
	}
}

// Runner runs jobs at their times. Each job has its own goroutine, so a slow
// job delays no other. A job does not overlap with itself: firings during its
// run are skipped.
type Runner struct {
	clock Clock
	book  Book
	log   *slog.Logger

	mu      sync.Mutex
	entries map[string]map[string]*entry // by guild and by key
	ctx     context.Context              // of Run; nil before
	stopped bool
	ready   chan struct{}
	wg      sync.WaitGroup
}

// entry is a job and its state, guarded by Runner.mu.
type entry struct {
	job     Job
	removed bool
	changed bool               // since the goroutine last read it
	waiting context.CancelFunc // wakes the goroutine; nil while it does not wait
	alive   bool               // whether the goroutine runs
	next    time.Time
	running catalog.Slot // Key is "" if none is
	since   time.Time
}

// NewRunner returns a runner without jobs. log may be nil.
func NewRunner(clock Clock, book Book, log *slog.Logger) *Runner {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Runner{clock: clock, book: book, log: log, entries: map[string]map[string]*entry{}, ready: make(chan struct{})}
}

// SetJobs replaces the jobs of a guild, before or during Run. A job whose schedule
// changed waits for its new times; a removed one finishes its current slot. A job
// without a next firing stays and waits. Other guilds' jobs are not looked at.
func (r *Runner) SetJobs(guildID string, jobs []Job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	entries := r.entries[guildID]
	if entries == nil {
		entries = map[string]*entry{}
		r.entries[guildID] = entries
	}
	wanted := map[string]bool{}
	for _, j := range jobs {
		wanted[j.Key()] = true
		e := entries[j.Key()]
		if e == nil {
			e = &entry{}
			entries[j.Key()] = e
		}
		changed := e.removed || e.job.line() != j.line()
		e.job, e.removed = j, false
		if changed {
			r.wake(e)
		}
		r.start(e)
	}
	for key, e := range entries {
		if wanted[key] {
			continue
		}
		e.removed = true
		r.wake(e)
		if !e.alive {
			r.remove(e)
		}
	}
	if len(entries) == 0 {
		delete(r.entries, guildID)
	}
}

// remove forgets a removed job.
func (r *Runner) remove(e *entry) {
	guildID := e.job.GuildID
	delete(r.entries[guildID], e.job.Key())
	if len(r.entries[guildID]) == 0 {
		delete(r.entries, guildID)
	}
}

// all are the jobs of all guilds.
func (r *Runner) all(yield func(*entry) bool) {
	for _, entries := range r.entries {
		for _, e := range entries {
			if !yield(e) {
				return
			}
		}
	}
}

// wake makes a waiting job read its entry again.
func (r *Runner) wake(e *entry) {
	e.changed = true
	if e.waiting == nil {
		return
	}
	if c, ok := r.clock.(interface{ Wake(job string) }); ok {
		c.Wake(e.job.Key()) // now, so that Settle counts it as busy
	}
	e.waiting()
}

// start starts an entry's goroutine if Run has begun.
func (r *Runner) start(e *entry) {
	if r.ctx == nil || r.stopped || e.alive {
		return
	}
	e.alive = true
	if c, ok := r.clock.(interface{ Enter() }); ok {
		c.Enter()
	}
	r.wg.Add(1)
	go r.work(context.WithValue(r.ctx, jobName{}, e.job.Key()), e)
}

// Ready returns a channel that is closed when Run has started the jobs. From
// then on a [Stepped] clock counts them.
func (r *Runner) Ready() <-chan struct{} { return r.ready }

// Run runs the jobs until ctx ends and all have returned. It may be called once.
func (r *Runner) Run(ctx context.Context) error {
	r.mu.Lock()
	r.ctx = ctx
	for e := range r.all {
		r.start(e)
	}
	close(r.ready)
	r.mu.Unlock()
	<-ctx.Done()
	r.mu.Lock()
	r.stopped = true
	r.mu.Unlock()
	r.wg.Wait()
	return ctx.Err()
}

// work runs one job until ctx ends or it is removed.
func (r *Runner) work(ctx context.Context, e *entry) {
	defer r.wg.Done()
	if c, ok := r.clock.(interface{ Leave() }); ok {
		defer c.Leave()
	}
	var line string
	var from time.Time // firings up to here are done
	var open unfinished
	for {
		r.mu.Lock()
		if ctx.Err() != nil || e.removed {
			e.alive = false
			if e.removed {
				r.remove(e)
			}
			r.mu.Unlock()
			return
		}
		job := e.job
		e.changed = false
		r.mu.Unlock()

		now := r.clock.Now()
		if from.After(now) { // the clock was set back
			from, open = now, unfinished{}
		}
		if job.line() != line {
			line = job.line()
			from, open = r.begin(ctx, job, now), unfinished{}
		}
		if slot, found := job.last(from, now); found {
			open = r.fire(ctx, e, job, slot, unfinished{})
			from = r.clock.Now()
			continue
		}
		if open.due(now) {
			open = r.fire(ctx, e, job, open.slot, open)
			continue
		}
		next, _ := job.next(now)
		r.rest(ctx, e, next, open.again)
	}
}

// unfinished is a slot that failed and is to be tried again.
type unfinished struct {
	slot  catalog.Slot
	tries int       // failed attempts
	again time.Time // of the next attempt; zero if there is no such slot
}

func (u unfinished) due(now time.Time) bool { return !u.again.IsZero() && !u.again.After(now) }

// rest waits for the next firing, for the time again of another attempt (zero:
// none), or until the job is changed.
func (r *Runner) rest(ctx context.Context, e *entry, next, again time.Time) {
	ctx, wake := context.WithCancel(ctx)
	defer wake()
	r.mu.Lock()
	e.next = next
	if e.changed {
		r.mu.Unlock()
		return
	}
	e.waiting = wake
	r.mu.Unlock()
	if next.IsZero() {
		next = r.clock.Now().Add(Longest)
	}
	if !again.IsZero() && again.Before(next) {
		next = again
	}
	_ = r.clock.Wait(ctx, next) // the caller checks the time and ctx
	r.mu.Lock()
	e.waiting = nil
	r.mu.Unlock()
}

// begin returns the time after which a job's firings are made up for: when the
// job got this schedule, but at most MissedFor ago.
func (r *Runner) begin(ctx context.Context, job Job, now time.Time) time.Time {
	since, err := r.book.JobSince(ctx, job.Key(), job.line(), now)
	if err != nil {
		if ctx.Err() == nil {
			r.log.Error("it is not known since when a schedule stands; nothing missed is made up", "job", job.Key(), "error", err)
		}
		return now
	}
	if early := now.Add(-MissedFor); since.Before(early) {
		return early
	}
	return since
}

// fire runs a job for a slot, unless the slot is done, and returns the slot if
// it is to be tried again. before counts earlier attempts.
func (r *Runner) fire(ctx context.Context, e *entry, job Job, slot catalog.Slot, before unfinished) unfinished {
	now := r.clock.Now()
	log := r.log.With("slot", slot.Key)
	if late := now.Sub(slot.At); late > MissedFor {
		log.Warn("a slot was missed and is too old to be made up", "late", late.Round(time.Minute))
		return unfinished{}
	}
	slot.FiredAt = now.UTC()
	if job.Place != nil { // however long that takes, the slot is not too old then
		inside, leave, err := job.Place.Enter(ctx, job.Turn(ctx, slot))
		if err != nil {
			return before
		}
		defer leave()
		ctx = inside
		r.mu.Lock()
		removed := e.removed
		r.mu.Unlock()
		if removed {
			return unfinished{}
		}
		now = r.clock.Now()
	}
	fresh, err := r.book.BeginSlot(ctx, slot)
	if err != nil {
		if ctx.Err() == nil {
			log.Error("a slot was not begun", "error", err, "again_in", soonAgain)
		}
		return unfinished{slot, before.tries, now.Add(soonAgain)}
	}
	if !fresh {
		log.Debug("the slot is done already")
		return unfinished{}
	}
	r.mu.Lock()
	e.running, e.since = slot, now
	r.mu.Unlock()
	err = safely(ctx, job, slot)
	r.mu.Lock()
	e.running, e.since = catalog.Slot{}, time.Time{}
	r.mu.Unlock()
	if err != nil {
		pause := laterAgain
		if before.tries == 0 {
			pause = soonAgain
		}
		if _, told := errors.AsType[Logged](err); told && ctx.Err() == nil {
			log.Info("a failed job is tried again", "in", pause)
		} else if ctx.Err() == nil {
			log.Error("a scheduled job failed", "error", err, "again_in", pause)
		}
		return unfinished{slot, before.tries + 1, r.clock.Now().Add(pause)}
	}
	ctx, release := catalog.Accepted(ctx)
	defer release()
	if err := r.book.FinishSlot(ctx, slot.Key); err != nil {
		log.Error("the end of a slot was not noted", "error", err)
	}
	return unfinished{}
}

// Logged is an error that was logged in detail where it arose. The runner does
// not log it again.
type Logged interface {
	error
	Logged()
}

// safely runs a job and returns a panic in it as an error.
func safely(ctx context.Context, job Job, slot catalog.Slot) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the job %s panicked: %v\n%s", job.Key(), p, debug.Stack())
		}
	}()
	return job.Run(ctx, slot)
}

// JobStatus is the state of a job.
type JobStatus struct {
	Key     string
	Next    time.Time // next firing; zero if there is none
	Slot    string    // key of the running slot, "" if none
	Started time.Time // of the running slot
}

// Status returns the state of all jobs, in the order of their keys.
func (r *Runner) Status() []JobStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []JobStatus
	for e := range r.all {
		if !e.removed {
			all = append(all, JobStatus{Key: e.job.Key(), Next: e.next, Slot: e.running.Key, Started: e.since})
		}
	}
	slices.SortFunc(all, func(a, b JobStatus) int { return strings.Compare(a.Key, b.Key) })
	return all
}
