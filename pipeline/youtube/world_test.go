package youtube_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/youtube"
)

// world is a stand-in and a client with their own clock, which waiting moves at
// once. It records the waits.
type world struct {
	t      *testing.T
	server *fakeyoutube.Server
	client *youtube.Client
	dir    string
	logs   strings.Builder

	mu     sync.Mutex
	now    time.Time
	waited []time.Duration
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waited = append(w.waited, d)
	w.now = w.now.Add(d)
	return ctx.Err()
}

func (w *world) options() youtube.Options {
	return youtube.Options{
		BaseURL: w.server.URL(), APIBaseURL: w.server.URL(), APIKey: "secret-key", Now: w.clock, Sleep: w.sleep, Jitter: 0.5, Seed: 1,
		RawDir: filepath.Join(w.dir, "raw"), Log: slog.New(slog.NewTextHandler(&w.logs, nil)),
	}
}

func newWorld(t *testing.T, change ...func(*youtube.Options)) *world {
	t.Helper()
	return worldOf(t, fakeyoutube.Options{Seed: 5, Videos: 400}, change...)
}

func worldOf(t *testing.T, o fakeyoutube.Options, change ...func(*youtube.Options)) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	o.Now = w.clock
	var err error
	if w.server, err = fakeyoutube.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.server.Close)
	w.client = w.newClient(change...)
	return w
}

func (w *world) newClient(change ...func(*youtube.Options)) *youtube.Client {
	w.t.Helper()
	o := w.options()
	for _, c := range change {
		c(&o)
	}
	client, err := youtube.NewClient(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

// raw lists the kept pages.
func (w *world) raw() []string {
	kept, err := filepath.Glob(filepath.Join(w.dir, "raw", "*.gz"))
	if err != nil {
		w.t.Fatal(err)
	}
	return kept
}

// memory keeps counts and states as the catalogue does.
type memory struct {
	counts map[string]uint64
	states map[string][]byte
}

func newMemory() *memory { return &memory{map[string]uint64{}, map[string][]byte{}} }

func (m *memory) Counter(ctx context.Context, name string) (uint64, error) {
	return m.counts[name], nil
}
func (m *memory) AddCounter(ctx context.Context, name string, add uint64) (uint64, error) {
	m.counts[name] += add
	return m.counts[name], nil
}
func (m *memory) State(ctx context.Context, name string) ([]byte, bool, error) {
	data, ok := m.states[name]
	return data, ok, nil
}
func (m *memory) SetState(ctx context.Context, name string, data []byte) error {
	m.states[name] = data
	return nil
}
