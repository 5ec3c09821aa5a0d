package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"cratedigger/pipeline/catalog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a Book in memory.
type memory struct {
	mu    sync.Mutex
	begun map[string]int
	fired time.Time // of the newest slot
	done  map[string]bool
	since map[string]time.Time
	line  map[string]string
}

func newMemory() *memory {
	return &memory{begun: map[string]int{}, done: map[string]bool{}, since: map[string]time.Time{}, line: map[string]string{}}
}

func (m *memory) BeginSlot(ctx context.Context, s catalog.Slot) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.done[s.Key] {
		return false, nil
	}
	m.begun[s.Key]++
	m.fired = s.FiredAt
	return true, nil
}

func (m *memory) FinishSlot(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done[key] = true
	return nil
}

func (m *memory) JobSince(ctx context.Context, job, line string, now time.Time) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.line[job] != line {
		m.line[job], m.since[job] = line, now
	}
	return m.since[job], nil
}

// log is what jobs did, in order.
type log struct {
	mu   sync.Mutex
	list []string
}

func (l *log) add(format string, args ...any) {
	l.mu.Lock()
	l.list = append(l.list, fmt.Sprintf(format, args...))
	l.mu.Unlock()
}

func (l *log) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.list
	l.list = nil
	return list
}

func noon(day int) time.Time { return time.Date(2026, 11, day, 12, 0, 0, 0, time.UTC) }

func dailyJob(t testing.TB, l *log, guild, kind, spec, zone string) Job {
	return Job{GuildID: guild, Kind: catalog.RunKind(kind), Schedules: []Schedule{parse(t, spec, zone)}, Run: func(_ context.Context, s catalog.Slot) error {
		l.add("%s", s.Key)
		return nil
	}}
}

// running starts a runner and stops it at the end of the test.
func running(t *testing.T, clock Clock, book Book, jobs ...Job) *Runner {
	t.Helper()
	r := NewRunner(clock, book, nil)
	guilds := map[string][]Job{}
	for _, j := range jobs {
		guilds[j.GuildID] = append(guilds[j.GuildID], j)
	}
	for guild, jobs := range guilds {
		r.SetJobs(guild, jobs)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	<-r.Ready()
	return r
}

func step(t *testing.T, c *Stepped, to time.Time) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := c.Step(ctx, to); err != nil {
		t.Fatal(err)
	}
}

func TestRunnerRunsInOrder(t *testing.T) {
	clock, l := NewStepped(noon(20)), &log{}
	running(t, clock, newMemory(),
		dailyJob(t, l, "g2", "post", "0 18 * * *", "UTC"),
		dailyJob(t, l, "g1", "post", "0 18 * * *", "Europe/Berlin"),
		dailyJob(t, l, "g1", "scrape", "0 17 * * *", "UTC"))
	step(t, clock, noon(22))
	want := []string{
		"g1/post/2026-11-20T18:00", "g1/scrape/2026-11-20T17:00", "g2/post/2026-11-20T18:00",
		"g1/post/2026-11-21T18:00", "g1/scrape/2026-11-21T17:00", "g2/post/2026-11-21T18:00",
	}
	if got := l.take(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestRunnerNotesWhatEndedWhileStopping: a job that came to its end while the runner stops
// is not done again.
func TestRunnerNotesWhatEndedWhileStopping(t *testing.T) {
	clock, book := NewStepped(noon(20)), newMemory()
	ctx, stop := context.WithCancel(t.Context())
	r := NewRunner(clock, book, nil)
	job := dailyJob(t, &log{}, "g1", "post", "0 18 * * *", "UTC")
	job.Run = func(context.Context, catalog.Slot) error { stop(); return nil }
	r.SetJobs("g1", []Job{job})
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	<-r.Ready()
	_ = clock.Step(ctx, noon(20).Add(7*time.Hour)) // it may have ended
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if len(book.done) != 1 {
		t.Errorf("slots that are done: %v", book.done)
	}
}

func TestRunnerMakesUpOneMissedSlot(t *testing.T) {
	tests := []struct {
		name, spec string
		away       time.Duration // from noon of the 20th
		want       []string
	}{
		{"five hours late", "0 18 * * *", 11 * time.Hour, []string{"g1/post/2026-11-20T18:00"}},
		{"seven hours late", "0 18 * * *", 13 * time.Hour, nil},
		{"many missed, one made up", "0 * * * *", 11*time.Hour + time.Minute, []string{"g1/post/2026-11-20T23:00"}},
		{"nothing missed", "0 14 * * *", time.Hour, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, book := &log{}, newMemory()
			job := dailyJob(t, l, "g1", "post", tt.spec, "UTC")
			if _, err := book.JobSince(t.Context(), job.Key(), job.line(), noon(19)); err != nil {
				t.Fatal(err)
			}
			for range 2 { // and not again at the second start
				clock := NewStepped(noon(20).Add(tt.away))
				r := NewRunner(clock, book, nil)
				r.SetJobs("g1", []Job{job})
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error)
				go func() { done <- r.Run(ctx) }()
				<-r.Ready()
				if err := clock.Settle(ctx); err != nil {
					t.Fatal(err)
				}
				cancel()
				<-done
			}
			if got := l.take(); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRunnerDoesNotMakeUpWhatWasNotPlanned(t *testing.T) {
	clock, l := NewStepped(noon(20).Add(7*time.Hour)), &log{} // 19:00, set up just now
	running(t, clock, newMemory(), dailyJob(t, l, "g1", "post", "0 18 * * *", "UTC"))
	step(t, clock, noon(21))
	if got := l.take(); len(got) != 0 {
		t.Errorf("a slot from before the set-up was run: %q", got)
	}
}

func TestRunnerFailedSlotIsMadeUpAfterRestart(t *testing.T) {
	clock, book := NewStepped(noon(20)), newMemory()
	calls := 0
	job := Job{GuildID: "g1", Kind: "post", Schedules: []Schedule{parse(t, "0 18 * * *", "")}, Run: func(context.Context, catalog.Slot) error {
		if calls++; calls == 1 {
			panic("a mistake")
		}
		return nil
	}}
	t.Run("first", func(t *testing.T) {
		running(t, clock, book, job)
		step(t, clock, noon(20).Add(6*time.Hour+5*time.Minute))
		if calls != 1 || book.done["g1/post/2026-11-20T18:00"] {
			t.Errorf("%d calls, done: %v", calls, book.done)
		}
	})
	running(t, clock, book, job)
	step(t, clock, noon(20).Add(8*time.Hour))
	if calls != 2 || !book.done["g1/post/2026-11-20T18:00"] {
		t.Errorf("%d calls, done: %v", calls, book.done)
	}
}

// fullBook is a book that cannot be written while it is full, and that gives a
// slot up after three tries, as the catalogue does.
type fullBook struct {
	*memory
	full bool
}

func (b *fullBook) BeginSlot(ctx context.Context, s catalog.Slot) (bool, error) {
	if b.full {
		return false, errors.New("no space left on device")
	}
	fresh, err := b.memory.BeginSlot(ctx, s)
	return fresh && b.begun[s.Key] <= 3, err
}

func TestRunnerTriesAFailedSlotAgain(t *testing.T) {
	const until = 20 // failures to the end of all tries
	tests := []struct {
		name     string
		fullFor  time.Duration // the book, from 18:00
		failures int           // of the job
		spec     string
		want     []string
	}{
		{"once", 0, 1, "0 18 * * *", []string{"18:00 failed", "18:10 done"}},
		{"twice", 0, 2, "0 18 * * *", []string{"18:00 failed", "18:10 failed", "20:10 done"}},
		{"for ever", 0, until, "0 18 * * *", []string{"18:00 failed", "18:10 failed", "20:10 failed"}},
		{"a full disk for three hours", 3 * time.Hour, 0, "0 18 * * *", []string{"21:00 done"}},
		{"a full disk for seven hours", 7 * time.Hour, 0, "0 18 * * *", nil},
		{"the next slot comes first", 0, 2, "0 18,19 * * *", []string{"18:00 failed", "18:10 failed", "19:00 done"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock, l := NewStepped(noon(20)), &log{}
			book := &fullBook{memory: newMemory()}
			calls := 0
			running(t, clock, book, Job{GuildID: "g1", Kind: "post", Schedules: []Schedule{parse(t, tt.spec, "")}, Run: func(context.Context, catalog.Slot) error {
				at := clock.Now().Format("15:04")
				if calls++; calls <= tt.failures {
					l.add("%s failed", at)
					return errors.New("it failed")
				}
				l.add("%s done", at)
				return nil
			}})
			step(t, clock, noon(20).Add(5*time.Hour))
			book.full = tt.fullFor > 0
			step(t, clock, noon(20).Add(6*time.Hour+tt.fullFor-time.Second))
			book.full = false
			step(t, clock, noon(21))
			if got := l.take(); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRunnerSlowJobDelaysNobody(t *testing.T) {
	clock, l := NewStepped(noon(20)), &log{}
	slow := dailyJob(t, l, "g1", "retrain", "0 * * * *", "UTC")
	slow.Run = func(ctx context.Context, s catalog.Slot) error {
		l.add("begin %s", s.Key)
		err := clock.Wait(ctx, clock.Now().Add(150*time.Minute))
		l.add("end %s", s.Key)
		return err
	}
	r := running(t, clock, newMemory(), slow, dailyJob(t, l, "g2", "post", "0 14 * * *", "UTC"))
	step(t, clock, noon(20).Add(90*time.Minute))
	if s := r.Status(); s[0].Slot != "g1/retrain/2026-11-20T13:00" {
		t.Errorf("status: %+v", s)
	}
	step(t, clock, noon(20).Add(4*time.Hour))
	want := []string{
		"begin g1/retrain/2026-11-20T13:00", // 14:00 and 15:00 are passed over
		"g2/post/2026-11-20T14:00",
		"end g1/retrain/2026-11-20T13:00",
		"begin g1/retrain/2026-11-20T16:00",
	}
	if got := l.take(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestRunnerSetJobs(t *testing.T) {
	clock, l := NewStepped(noon(20)), &log{}
	book := newMemory()
	r := running(t, clock, book, dailyJob(t, l, "g1", "post", "0 18 * * *", "UTC"), dailyJob(t, l, "g2", "post", "0 18 * * *", "UTC"))
	step(t, clock, noon(20).Add(time.Hour))
	r.SetJobs("g1", []Job{dailyJob(t, l, "g1", "post", "0 14 * * *", "UTC")})
	r.SetJobs("g2", nil)
	r.SetJobs("g3", []Job{dailyJob(t, l, "g3", "post", "0 15 * * *", "UTC")})
	step(t, clock, noon(21))
	want := []string{"g1/post/2026-11-20T14:00", "g3/post/2026-11-20T15:00"}
	if got := l.take(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if s := r.Status(); len(s) != 2 || !s[0].Next.Equal(noon(21).Add(2*time.Hour)) {
		t.Errorf("status: %+v", s)
	}
}

func TestRunnerSetJobsWhileGoing(t *testing.T) {
	clock, l := NewStepped(noon(20)), &log{}
	job := dailyJob(t, l, "g1", "post", "0 13 * * *", "UTC")
	going := 0
	job.Run = func(ctx context.Context, s catalog.Slot) error {
		if going++; going > 1 {
			t.Error("started twice")
		}
		defer func() { going-- }()
		l.add("%s", s.Key)
		return clock.Wait(ctx, clock.Now().Add(3*time.Hour))
	}
	r := running(t, clock, newMemory(), job)
	step(t, clock, noon(20).Add(70*time.Minute))
	r.SetJobs("g1", nil)
	job.Schedules = []Schedule{parse(t, "30 14 * * *", "UTC")}
	r.SetJobs("g1", []Job{job})
	step(t, clock, noon(21).Add(4*time.Hour))
	want := []string{"g1/post/2026-11-20T13:00", "g1/post/2026-11-21T14:30"}
	if got := l.take(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestClockSteps(t *testing.T) {
	tests := []struct {
		name string
		set  time.Duration // the step, at noon of the 21st
		want []string
	}{
		{"a day back", -24 * time.Hour, []string{"20T18:00", "21T18:00", "22T18:00"}},
		{"a day forward", 24 * time.Hour, []string{"20T18:00", "22T18:00"}}, // the 21st's is 18 hours old
		{"eight hours asleep over the slot", 8 * time.Hour, []string{"20T18:00", "21T18:00", "22T18:00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock, l := NewStepped(noon(20)), &log{}
			running(t, clock, newMemory(), dailyJob(t, l, "g1", "post", "0 18 * * *", "UTC"))
			step(t, clock, noon(21))
			clock.Set(noon(21).Add(tt.set))
			step(t, clock, noon(23))
			var want []string
			for _, w := range tt.want {
				want = append(want, "g1/post/2026-11-"+w)
			}
			if got := l.take(); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestClockForwardAndBackAgain(t *testing.T) {
	clock, l := NewStepped(noon(20)), &log{}
	running(t, clock, newMemory(), dailyJob(t, l, "g1", "post", "0 18 * * *", "UTC"))
	step(t, clock, noon(20).Add(time.Hour))
	clock.Set(noon(21).Add(time.Hour)) // a wrong clock
	step(t, clock, noon(21).Add(2*time.Hour))
	clock.Set(noon(20).Add(2 * time.Hour)) // set right
	step(t, clock, noon(21))
	if got := l.take(); !slices.Equal(got, []string{"g1/post/2026-11-20T18:00"}) {
		t.Errorf("got %q", got)
	}
}

func TestClockDSTSlots(t *testing.T) {
	// A week around each change: one slot a day, none twice.
	for _, zone := range []string{"America/New_York", "Europe/Lisbon", "Australia/Lord_Howe"} {
		for _, month := range []time.Month{3, 4, 10, 11} {
			for _, spec := range []string{"30 1 * * *", "15 2 * * *", "30 2 * * *"} {
				from := time.Date(2026, month, 1, 12, 0, 0, 0, time.UTC)
				clock, l := NewStepped(from), &log{}
				t.Run(fmt.Sprintf("%s %v %s", zone, month, spec), func(t *testing.T) {
					running(t, clock, newMemory(), dailyJob(t, l, "g1", "post", spec, zone))
					step(t, clock, from.AddDate(0, 0, 30))
					got := l.take()
					slices.Sort(got)
					if n := len(slices.Compact(slices.Clone(got))); n != 30 || len(got) != 30 {
						t.Errorf("%d slots run, %d of them different: %q", len(got), n, got)
					}
				})
			}
		}
	}
}

func TestRunnerTwoLinesMeet(t *testing.T) {
	// On the day of the change 02:30 fires at 03:00, where the other line fires
	// too.
	from := time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC)
	clock, l := NewStepped(from), &log{}
	job := dailyJob(t, l, "g1", "post", "30 2 * * *", "America/New_York")
	job.Schedules = append(job.Schedules, parse(t, "0 3 * * *", "America/New_York"))
	running(t, clock, newMemory(), job)
	step(t, clock, from.Add(24*time.Hour))
	if got := l.take(); !slices.Equal(got, []string{"g1/post/2026-03-08T03:00"}) {
		t.Errorf("got %q", got)
	}
}

func TestClockSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{}
		r := NewRunner(System{}, newMemory(), nil)
		r.SetJobs("g1", []Job{dailyJob(t, l, "g1", "post", "0 18 * * *", "UTC")})
		ctx, cancel := context.WithTimeout(t.Context(), 72*time.Hour) // from midnight of 2000-01-01
		defer cancel()
		if err := r.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		want := []string{"g1/post/2000-01-01T18:00", "g1/post/2000-01-02T18:00", "g1/post/2000-01-03T18:00"}
		if got := l.take(); !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
}

func TestRunnerSoak(t *testing.T) {
	// 50 guilds, 30 days, four jobs each: all firings, each once.
	clock, l := NewStepped(noon(1)), &log{}
	var jobs []Job
	for g := range 50 {
		for i, kind := range []string{"scrape", "post", "retrain", "recap"} {
			jobs = append(jobs, dailyJob(t, l, fmt.Sprintf("g%02d", g), kind, fmt.Sprintf("%d %d * * *", g, 3*i), "UTC"))
		}
	}
	running(t, clock, newMemory(), jobs...)
	step(t, clock, noon(31))
	got := l.take()
	slices.Sort(got)
	if n := len(slices.Compact(slices.Clone(got))); n != 50*30*4 || len(got) != n {
		t.Errorf("%d runs, %d different, want %d; first %s", len(got), n, 50*30*4, strings.Join(got[:3], " "))
	}
}

// TestRunnerPlace: a job that waits for its place has begun no slot, so that restarts
// meanwhile use up no try.
func TestRunnerPlace(t *testing.T) {
	clock, l, book := NewStepped(noon(20)), &log{}, newMemory()
	place := NewPlace(1)
	_, leave, err := place.Enter(t.Context(), Turn{}) // another
	if err != nil {
		t.Fatal(err)
	}
	job := dailyJob(t, l, "g1", "retrain", "0 18 * * *", "UTC")
	job.Place, job.Turn = place, func(context.Context, catalog.Slot) Turn { return Turn{} }
	if _, err := book.JobSince(t.Context(), job.Key(), job.line(), noon(20)); err != nil {
		t.Fatal(err)
	}
	r := NewRunner(clock, book, nil)
	r.SetJobs("g1", []Job{job})
	for range 4 { // more restarts than a slot has tries
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- r.Run(ctx) }()
		<-r.Ready()
		clock.Set(noon(20).Add(7 * time.Hour))
		stop()
		<-ended
		r = NewRunner(clock, book, nil)
		r.SetJobs("g1", []Job{job})
	}
	if got := l.take(); len(got) != 0 {
		t.Errorf("it ran without a place: %q", got)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- r.Run(ctx) }()
	<-r.Ready()
	for {
		place.mu.Lock()
		waits := len(place.waiting) > 0
		place.mu.Unlock()
		if waits {
			break
		}
		time.Sleep(time.Millisecond)
	}
	clock.Set(noon(20).Add(8 * time.Hour)) // it has waited for an hour
	leave()
	step(t, clock, noon(20).Add(8*time.Hour))
	stop()
	<-ended
	if got := l.take(); !slices.Equal(got, []string{"g1/retrain/2026-11-20T18:00"}) || place.free != 1 {
		t.Errorf("with a place: %q, or the place is still taken", got)
	}
	if want := noon(20).Add(7 * time.Hour); !book.fired.Equal(want) {
		t.Errorf("it fired at %v, want %v, when it came to its place", book.fired, want)
	}
}
