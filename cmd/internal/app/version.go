package app

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// A Build is what a program knows of the sources that it was built from.
type Build struct {
	Release string    // the tag of the commit, such as v0.1.0; empty between releases
	Commit  string    // forty hex digits; empty where nothing is known
	At      time.Time // of the commit
	Changed bool      // changes that were not committed were built too
}

// TheBuild returns the build of the running program.
var TheBuild = sync.OnceValue(func() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Build{}
	}
	b := stamped(info)
	if path, err := os.Executable(); err == nil && b.Commit == "" && madeByGoRun(path) {
		// The commands that follow take milliseconds; go run has just taken seconds.
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return checkedOut(ctx)
	}
	return b
})

// stamped reads what go build writes into a program that it builds in a clone.
func stamped(info *debug.BuildInfo) (b Build) {
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.At, _ = time.Parse(time.RFC3339, s.Value) // the zero time, if it is none
		case "vcs.modified":
			b.Changed = s.Value == "true"
		}
	}
	version, _, _ := strings.Cut(info.Main.Version, "+") // +dirty
	// Between tags Go makes a version of the time and the commit.
	if version != "(devel)" && (b.Commit == "" || !strings.Contains(version, b.short())) {
		b.Release = version
	}
	return b
}

// cached is the folder of a program that go run has built before.
var cached = regexp.MustCompile(`^[0-9a-f]{64}-d$`)

// madeByGoRun tells by its place whether go run has built the program just now.
func madeByGoRun(path string) bool {
	dir := filepath.Dir(path)
	return cached.MatchString(filepath.Base(dir)) ||
		filepath.Base(dir) == "exe" && strings.HasPrefix(filepath.Base(filepath.Dir(filepath.Dir(dir))), "go-build")
}

// checkedOut asks git for the commit of the folder where the program was started.
// go run writes nothing into what it builds, but it builds the module of that folder.
func checkedOut(ctx context.Context) (b Build) {
	git := func(args ...string) (string, bool) {
		out, err := exec.CommandContext(ctx, "git", args...).Output()
		return strings.TrimSpace(string(out)), err == nil
	}
	commit, ok := git("log", "-1", "--no-show-signature", "--format=%H %cI")
	if !ok {
		return b
	}
	var at string
	b.Commit, at, _ = strings.Cut(commit, " ")
	b.At, _ = time.Parse(time.RFC3339, at)
	b.Release, _ = git("describe", "--tags", "--exact-match", "--match=v[0-9]*")
	changes, ok := git("status", "--porcelain")
	b.Changed = ok && changes != ""
	return b
}

func (b Build) short() string { return b.Commit[:min(12, len(b.Commit))] }

// String is for people: the release, the commit and its date, or that nothing is known.
func (b Build) String() string {
	if b.Commit == "" && b.Release == "" {
		return "of an unknown version: Go writes the commit only into what it builds in a clone"
	}
	text := b.Release
	if b.Commit != "" {
		text = strings.TrimSpace(text + " at commit " + b.short() + " of " + b.At.UTC().Format(time.DateOnly))
	}
	if b.Changed {
		text += " with changes"
	}
	return text
}

// Version is the build in one word, for logs, metrics and cards of models: the
// release, else the commit, else unknown.
func Version() string {
	b := TheBuild()
	version := b.Release
	if version == "" {
		version = b.short()
	}
	if version == "" {
		return "unknown"
	}
	if b.Changed {
		version += "+dirty"
	}
	return version
}
