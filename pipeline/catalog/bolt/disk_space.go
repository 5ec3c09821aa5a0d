package bolt

import (
	"cratedigger/pipeline/catalog"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const spaceEvery = 10 * time.Second

// spaceGuard stops writing before the disk is full and allows it again when there
// is space. Below the limit large writes stop; votes, and the marks that keep a
// message from being posted twice, go on down to a quarter of it.
type spaceGuard struct {
	path string
	need uint64 // bytes; 0: no guard
	free func(string) (uint64, error)
	now  func() time.Time
	log  *slog.Logger

	state *spaceState
}

type spaceState struct {
	mu    sync.Mutex
	asked time.Time
	known uint64
	ok    bool // whether known could be read
	low   bool // whether the log said that space is short
}

func newSpaceGuard(path string, o Options) spaceGuard {
	g := spaceGuard{path: path, need: o.MinFree, free: o.Free, now: o.Now, log: o.Log, state: &spaceState{}}
	if g.free == nil {
		g.free = freeSpace
	}
	return g
}

// allow returns a SpaceError if a write of this size must not start.
func (g spaceGuard) allow(s size) error {
	if g.need == 0 {
		return nil
	}
	free, ok := g.ask()
	need := g.need
	if s == small {
		need /= 4
	}
	if !ok || free >= need {
		return nil
	}
	return &catalog.SpaceError{Path: g.path, Free: free, Need: need}
}

// room returns a SpaceError if a new file of the given size would leave less space
// than the limit.
func (g spaceGuard) room(bytes uint64) error {
	if g.need == 0 {
		return nil
	}
	g.forget() // a copy that was just made is not in what was known
	free, ok := g.ask()
	if !ok || free >= g.need+bytes {
		return nil
	}
	return &catalog.SpaceError{Path: g.path, Free: free, Need: g.need + bytes}
}

// ask returns the free bytes. It asks the system every ten seconds, and each time
// while space is short, so that writing resumes as soon as it can.
func (g spaceGuard) ask() (free uint64, ok bool) {
	s := g.state
	s.mu.Lock()
	defer s.mu.Unlock()
	now := g.now()
	if since := now.Sub(s.asked); s.low || since < 0 || since >= spaceEvery {
		free, err := g.free(filepath.Dir(g.path))
		s.asked, s.known, s.ok = now, free, err == nil
	}
	low := s.ok && s.known < g.need
	if low != s.low {
		s.low = low
		if low {
			g.log.Error("the disk is nearly full: the catalogue only takes votes and marks until there is space", "file", g.path, "free_mb", s.known>>20, "wanted_mb", g.need>>20)
		} else {
			g.log.Info("there is space again: the catalogue is written as usual", "file", g.path, "free_mb", s.known>>20)
		}
	}
	return s.known, s.ok
}

// failed makes the next write ask the system again if err says that the disk is
// full.
func (g spaceGuard) failed(err error) {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		g.forget()
	}
}

// forget makes the next call of ask ask the system.
func (g spaceGuard) forget() {
	g.state.mu.Lock()
	defer g.state.mu.Unlock()
	g.state.asked = time.Time{}
}

// Space returns the free bytes of the catalogue's disk, and whether writing is
// restricted because of them. ok is false if the system does not say.
func (c *Catalog) Space() (free uint64, restricted, ok bool) {
	free, ok = c.space.ask()
	return free, ok && free < c.space.need, ok
}
