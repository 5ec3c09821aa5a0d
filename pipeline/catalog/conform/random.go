package conform

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"cratedigger/pipeline/catalog"
)

// start is when the clocks of all tests begin.
var start = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)

// clock is moved by hand.
type clock struct{ nanoseconds atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanoseconds.Store(start.UnixNano())
	return c
}

func (c *clock) now() time.Time { return time.Unix(0, c.nanoseconds.Load()).UTC() }

func (c *clock) step(d time.Duration) { c.nanoseconds.Add(int64(d)) }

// world is a store and the plain store beside it, to which the same is done.
type world struct {
	home  Home
	clock *clock
	store catalog.Store
	plain *plain
	seen  map[string]any    // by what was read, all of the plain store before the last operation
	ages  map[string]uint64 // generations of the store by guild
	n     int               // operations so far, for ids that are used once
}

// sequences are how many random sequences of about thirty operations are tried, unless the
// flag rapid.checks says it.
const sequences, longSequences = "8", "5000"

// random compares the answers of a store to random operations, and all that can be read
// after each of them, with the plain store's.
func random(t *testing.T, long bool, newHome func(t *testing.T) Home) {
	checks, given, tries := flag.Lookup("rapid.checks"), false, sequences
	flag.Visit(func(f *flag.Flag) { given = given || f == checks })
	if long {
		tries = longSequences
	}
	if !given {
		before := checks.Value.String()
		defer func() { do(t, checks.Value.Set(before)) }()
		do(t, checks.Value.Set(tries))
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{home: newHome(t), clock: newClock(), ages: map[string]uint64{}}
		w.plain = newPlain(w.clock.now)
		var err error
		if w.store, err = w.home(w.clock.now); err != nil {
			rt.Fatal(err)
		}
		defer func() {
			if err := w.store.Close(); err != nil {
				t.Error(err)
			}
		}()
		w.seen = look(rt, w.plain)
		w.age(rt)
		actions := w.operations()
		actions["reopen"] = w.reopen
		rt.Repeat(actions)
	})
}

// do does one thing to both stores and compares the answers, and what can be read then.
// Now and then its context has ended before: then it changes nothing.
func (w *world) do(t *rapid.T, what string, op func(ctx context.Context, s catalog.Store) (any, error)) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := rapid.IntRange(0, 15).Draw(t, "context") == 15
	if ended {
		cancel()
	}
	w.n++
	got, err := op(ctx, w.store)
	want, wantErr := op(ctx, w.plain)
	switch {
	case ended && err == nil:
		t.Fatalf("%s was done though its context had ended", what)
	case ended:
	case kind(err) != kind(wantErr):
		t.Fatalf("%s ends with %v, want %v", what, err, wantErr)
	case err == nil:
		if diff := gocmp.Diff(want, got, same); diff != "" {
			t.Fatalf("%s answers (-want +got):\n%s", what, diff)
		}
	}
	w.compare(t, what)
}

// kind is what callers tell errors apart by.
func kind(err error) string {
	_, notEmpty := errors.AsType[*catalog.NotEmptyError](err)
	switch {
	case err == nil:
		return "no error"
	case errors.Is(err, catalog.ErrNotFound):
		return "not found"
	case errors.Is(err, catalog.ErrNoRoom):
		return "no room"
	case notEmpty:
		return "not empty"
	}
	return "refused"
}

// same are the options under which two answers are equal for callers.
var same = cmpopts.EquateEmpty()

// byBatch sorts the preferences of each batch, whose order is the store's own.
func byBatch(all []catalog.Preference) []catalog.Preference {
	slices.SortFunc(all, func(a, b catalog.Preference) int {
		return cmp.Or(cmp.Compare(a.MemberID, b.MemberID), cmp.Compare(a.Batch, b.Batch), cmp.Compare(subject(a), subject(b)))
	})
	return all
}

// compare compares all that can be read of the two stores.
func (w *world) compare(t *rapid.T, what string) {
	got, want := look(t, w.store), look(t, w.plain)
	for _, read := range slices.Sorted(maps.Keys(want)) {
		if reflect.DeepEqual(want[read], got[read]) { // which is much faster
			continue
		}
		if diff := gocmp.Diff(want[read], got[read], same); diff != "" {
			t.Fatalf("%s after %s (-want +got):\n%s", read, what, diff)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("after %s %d things can be read, want %d", what, len(got), len(want))
	}
	for _, g := range guildIDs {
		age, err := w.store.Generation(context.Background(), g)
		touched, _ := w.plain.Generation(context.Background(), g)
		must := !gocmp.Equal(w.seen["videos "+g], want["videos "+g], same) || !gocmp.Equal(w.seen["finds "+g], want["finds "+g], same)
		may := touched != w.ages["plain "+g]
		switch before := w.ages[g]; {
		case err != nil:
			t.Fatal(err)
		case age < before, age == before && must, age > before && !may && !must:
			t.Fatalf("after %s the generation of %s went from %d to %d; its videos or finds changed: %v; perhaps: %v", what, g, before, age, must, may)
		}
		w.ages[g], w.ages["plain "+g] = age, touched
	}
	w.seen = want
}

// failer is a test, of the testing package or of rapid.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// look reads all that there is.
func look(t failer, s catalog.Store) map[string]any {
	seen, ctx := map[string]any{}, context.Background()
	note := func(what string, v any, err error) {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		seen[what] = v
	}
	there := func(what string, v any, found bool, err error) {
		if note(what, v, err); !found && !reflect.ValueOf(v).IsZero() {
			t.Fatalf("%s is not there, and yet %+v", what, v)
		}
	}
	all := []catalog.Video{}
	for v, err := range s.Videos(ctx) {
		all = append(all, v)
		note("videos", all, err)
	}
	byID, err := s.VideosByID(ctx, videoIDs)
	note("videos by id", byID, err)
	n, err := s.VideoCount(ctx)
	note("count", n, err)
	current, err := s.SongsCurrent(ctx)
	note("songs", current, err)
	guilds, err := s.Guilds(ctx)
	note("guilds", guilds, err)
	pending, err := s.Pending(ctx, "")
	note("pending", pending, err)
	owing, err := s.Owing(ctx)
	note("owing", owing, err)
	runs, err := s.Runs(ctx, "", 0)
	note("runs", runs, err)
	for _, id := range videoIDs {
		v, found, err := s.Video(ctx, id)
		there("video "+id, v, found, err)
		beside, err := s.Neighbours(ctx, id)
		note("beside "+id, beside, err)
	}
	for _, name := range counterNames {
		n, err := s.Counter(ctx, name)
		note("counter "+name, n, err)
	}
	for _, name := range stateNames {
		data, found, err := s.State(ctx, name)
		there("state "+name, string(data), found, err)
	}
	for _, member := range memberIDs {
		unnamed, err := s.Unnamed(ctx, member)
		note("unnamed "+member, unnamed, err)
	}
	for _, g := range guildIDs {
		lookGuild(ctx, s, g, note, there)
	}
	return seen
}

// lookGuild reads all that there is of a guild.
func lookGuild(ctx context.Context, s catalog.Store, g string, note func(string, any, error), there func(string, any, bool, error)) {
	guild, found, err := s.Guild(ctx, g)
	there("guild "+g, guild, found, err)
	videos, err := s.GuildVideos(ctx, g)
	note("videos "+g, videos, err)
	finds, err := s.Finds(ctx, g)
	note("finds "+g, finds, err)
	for _, id := range videoIDs {
		f, found, err := s.Find(ctx, g, id)
		there("find "+g+id, f, found, err)
	}
	h, err := s.History(ctx, g)
	h.Preferences = byBatch(h.Preferences)
	note("history "+g, h, err)
	votes, err := s.Votes(ctx, g)
	note("votes "+g, votes, err)
	duels, err := s.Duels(ctx, g)
	note("duels "+g, duels, err)
	held, err := s.Held(ctx, g)
	note("held "+g, held, err)
	posts, err := s.Posts(ctx, g, start.Add(12*time.Hour))
	note("later posts "+g, posts, err)
	shown, err := s.Shown(ctx, g, start.Add(12*time.Hour))
	note("shown "+g, shown, err)
	var ids []string
	for _, p := range h.Posts {
		ids = append(ids, p.ID)
	}
	counts, err := s.Reactions(ctx, g, ids...)
	note("reactions "+g, counts, err)
	pending, err := s.Pending(ctx, g)
	note("pending "+g, pending, err)
	refused, err := s.Refused(ctx, g)
	note("refused "+g, refused, err)
	runs, err := s.Runs(ctx, g, 3)
	note("runs "+g, runs, err)
	last, found, err := s.LastSent(ctx, g)
	there("last sent "+g, last, found, err)
	models, err := s.Models(ctx, g)
	note("models "+g, models, err)
	champion, found, err := s.Champion(ctx, g)
	there("champion "+g, champion, found, err)
	card, found, err := s.ChampionCard(ctx, g)
	there("card "+g, card, found, err)
	version, err := s.ChampionVersion(ctx, g)
	note("version "+g, version, err)
	for _, m := range models {
		m, found, err := s.Model(ctx, g, m.Version)
		there("model "+g, m, found, err)
	}
	empty, cutOff, err := s.Recoverable(ctx, g)
	note("recoverable "+g, [2]bool{empty, cutOff}, err)
	for _, key := range slotKeys(g) {
		slot, found, err := s.Slot(ctx, key)
		there("slot "+key, slot, found, err)
	}
	for _, member := range append([]string{""}, memberIDs...) {
		told, err := s.Preferences(ctx, g, member)
		note("preferences "+g+member, byBatch(told), err)
		mine, err := s.MemberVotes(ctx, g, member)
		if member != "" {
			note("votes "+g+member, mine, err)
		}
		was, err := s.Forgotten(ctx, g, member, start.Add(20*time.Hour))
		note("forgotten "+g+member, was, err)
	}
	for _, post := range h.Posts {
		one, found, err := s.Post(ctx, post.ID)
		there("post "+post.ID, one, found, err)
		on, err := s.PostVotes(ctx, post.ID)
		note("votes "+post.ID, on, err)
		one, found, err = s.PostByMessage(ctx, post.MessageID)
		there("message "+post.ID, one, found, err)
	}
}

// age notes the generations, which begin with the program.
func (w *world) age(t *rapid.T) {
	for _, g := range guildIDs {
		age, err := w.store.Generation(context.Background(), g)
		if err != nil {
			t.Fatal(err)
		}
		w.ages[g], w.ages["plain "+g] = age, w.plain.generations[""]+w.plain.generations[g]
	}
}

// reopen closes the store and opens it again: all that was acknowledged is there. Runs
// that were going may have been ended since.
func (w *world) reopen(t *rapid.T) {
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.store, err = w.home(w.clock.now); err != nil {
		t.Fatal(err)
	}
	runs, err := w.store.Runs(context.Background(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		if old := w.plain.runs[r.ID]; old.Outcome == catalog.OutcomeRunning && r.Outcome == catalog.OutcomeFailed && r.Error != "" {
			old.Outcome, old.Error, old.Ended = r.Outcome, r.Error, r.Ended
			w.plain.runs[r.ID] = old
		}
	}
	w.age(t)
	w.compare(t, "opening it again")
}
