package conform

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// bench is a store on which one promise is tested.
type bench struct {
	catalog.Store
	home  Home
	clock *clock
	ctx   context.Context
	long  bool
}

// promises are the tests of one promise each.
var promises = map[string]func(*testing.T, *bench){
	"MissingRows":         missingRows,
	"EveryWrite":          everyWrite,
	"CancelledReads":      cancelledReads,
	"Identifiers":         identifiers,
	"Moments":             moments,
	"EveryField":          everyField,
	"VoteMerging":         voteMerging,
	"VotesTogether":       votesTogether,
	"VotesWithoutPost":    votesWithoutPost,
	"Duels":               duels,
	"ManyDuels":           manyDuels,
	"PreferenceBounds":    preferenceBounds,
	"Models":              models,
	"SlotsOnce":           slotsOnce,
	"PostsTogether":       postsTogether,
	"OutboxStates":        outboxStates,
	"RefusedSlot":         refusedSlot,
	"Holds":               holds,
	"Runs":                runs,
	"ForgottenMember":     forgottenMember,
	"ForgottenGuild":      forgottenGuild,
	"Imports":             imports,
	"Pieces":              pieces,
	"Generations":         generations,
	"FieldLimits":         fieldLimits,
	"Concurrency":         concurrency,
	"ReadingWhileWriting": readingWhileWriting,
}

func begin(t *testing.T, home Home) *bench {
	t.Helper()
	b := &bench{home: home, clock: newClock(), ctx: t.Context()}
	b.open(t)
	t.Cleanup(func() {
		if err := b.Store.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bench) open(t *testing.T) {
	t.Helper()
	var err error
	if b.Store, err = b.home(b.clock.now); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) reopen(t *testing.T) {
	t.Helper()
	if err := b.Store.Close(); err != nil {
		t.Fatal(err)
	}
	b.open(t)
}

// must is a call's answer where the call must succeed.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// do ends the test at the first error.
func do(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// want compares.
func want(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := gocmp.Diff(want, got, same); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

const (
	g1, g2 = "1001", "1002"
	m1, m2 = "77", "78"
)

var songA, songB, songC = videoIDs[0], videoIDs[1], videoIDs[2]

// postSlot is a slot of two posts with their outbox.
func postSlot(day int) (catalog.Slot, []catalog.Post, []catalog.Outbox) {
	slot := catalog.Slot{Key: fmt.Sprintf("%s/post/2026-11-%02dT18:00", g1, day), GuildID: g1, Kind: catalog.RunPost, At: start.AddDate(0, 0, day-22)}
	rows := []catalog.Outbox{{GuildID: g1, ChannelID: "5", Kind: catalog.OutboxHeading, Text: "{}"}}
	var posts []catalog.Post
	for i, video := range []string{songA, songB} {
		p := catalog.Post{ID: catalog.PostID(slot.Key, video), GuildID: g1, ChannelID: "5", VideoID: video, Position: i, Score: .5, Policy: catalog.PolicyRule, Propensity: 1,
			Observation: catalog.Observation{At: start}}
		posts = append(posts, p)
		rows = append(rows, catalog.Outbox{GuildID: g1, ChannelID: "5", Kind: catalog.OutboxPick, PostID: p.ID})
	}
	return slot, posts, rows
}

func rowID(slot catalog.Slot, i int) string { return fmt.Sprintf("%s/%03d", slot.Key, i) }

// press is one change of a flag of m1's vote on a.
func press(up, set bool, source catalog.VoteSource, minute int) catalog.VoteChange {
	return catalog.VoteChange{GuildID: g1, VideoID: songA, PostID: "post", MemberID: m1, Up: up, Set: set, Source: source, At: start.Add(time.Duration(minute) * time.Minute)}
}

func sighting(guildID, videoID string) catalog.Sighting {
	return catalog.Sighting{Video: youtube.Video{ID: videoID, Title: "Otto Venn - Blue Stairs"}, At: start, GuildID: guildID, Query: "soul 45"}
}

func told(memberID, batch, title string) catalog.Preference {
	return catalog.Preference{GuildID: g1, MemberID: memberID, Batch: batch, Source: catalog.FromCSV, Artist: "Otto Venn", Title: title, Like: true, At: start}
}

// writes are all that changes a store, each with values that change something if all are
// done in this order.
var writes = []struct {
	name string
	do   func(ctx context.Context, s catalog.Store) error
}{
	{"SaveGuild", func(ctx context.Context, s catalog.Store) error {
		return s.SaveGuild(ctx, catalog.Guild{ID: g1, Name: "Crate"})
	}},
	{"SaveGuild", func(ctx context.Context, s catalog.Store) error { return s.SaveGuild(ctx, catalog.Guild{ID: g2}) }},
	{"UpdateGuild", func(ctx context.Context, s catalog.Store) error {
		return s.UpdateGuild(ctx, g1, func(g *catalog.Guild) error { g.Picks = 3; return nil })
	}},
	{"Observe", func(ctx context.Context, s catalog.Store) error {
		seeded := sighting(g1, songB)
		seeded.SeededBy = m1
		_, err := s.Observe(ctx, []catalog.Sighting{sighting(g1, songA), seeded})
		return err
	}},
	{"Import", func(ctx context.Context, s catalog.Store) error {
		label := press(true, true, catalog.SourceImport, 1)
		label.PostID, label.VideoID = "", songC
		_, err := s.Import(ctx, each([]catalog.ImportRow{{Sighting: sighting(g1, songC), Changes: []catalog.VoteChange{label}}}, false))
		return err
	}},
	{"ReadSongs", func(ctx context.Context, s catalog.Store) error { _, err := s.ReadSongs(ctx); return err }},
	{"BeginSlot", func(ctx context.Context, s catalog.Store) error {
		_, err := s.BeginSlot(ctx, catalog.Slot{Key: g1 + "/recap/2026-11-23T20:00", GuildID: g1, Kind: catalog.RunRecap, At: start})
		return err
	}},
	{"FinishSlot", func(ctx context.Context, s catalog.Store) error {
		return s.FinishSlot(ctx, g1+"/recap/2026-11-23T20:00")
	}},
	{"StartRun", func(ctx context.Context, s catalog.Store) error {
		_, err := s.StartRun(ctx, catalog.Run{ID: "run1", GuildID: g1, Kind: catalog.RunPost, By: m1})
		return err
	}},
	{"FinishRun", func(ctx context.Context, s catalog.Store) error {
		return s.FinishRun(ctx, catalog.Run{ID: "run1", GuildID: g1, Kind: catalog.RunPost, Started: start, Counts: map[string]int{"found": 2}})
	}},
	{"Hold", func(ctx context.Context, s catalog.Store) error {
		slot, posts, _ := postSlot(23)
		_, err := s.Hold(ctx, slot, []catalog.Held{{Post: posts[0]}})
		return err
	}},
	{"CreatePosts", func(ctx context.Context, s catalog.Store) error {
		_, err := s.CreatePosts(ctx, firstSlot, firstPosts, firstRows)
		return err
	}},
	{"Attempt", func(ctx context.Context, s catalog.Store) error { return s.Attempt(ctx, rowID(firstSlot, 1), start) }},
	{"MarkSent", func(ctx context.Context, s catalog.Store) error {
		return s.MarkSent(ctx, rowID(firstSlot, 1), "301", start)
	}},
	{"MarkReactions", func(ctx context.Context, s catalog.Store) error { return s.MarkReactions(ctx, rowID(firstSlot, 1)) }},
	{"MarkFailed", func(ctx context.Context, s catalog.Store) error {
		return s.MarkFailed(ctx, rowID(firstSlot, 2), "Refused.", false)
	}},
	{"RetirePost", func(ctx context.Context, s catalog.Store) error { return s.RetirePost(ctx, firstPosts[0].ID) }},
	{"Enqueue", func(ctx context.Context, s catalog.Store) error {
		_, err := s.Enqueue(ctx, catalog.Outbox{ID: g1 + "/notice", GuildID: g1, ChannelID: "5", Kind: catalog.OutboxNotice, Text: "Hello."})
		return err
	}},
	{"Vote", func(ctx context.Context, s catalog.Store) error {
		_, err := s.Vote(ctx, press(true, true, catalog.SourceButton, 1))
		return err
	}},
	{"Duel", func(ctx context.Context, s catalog.Store) error {
		return s.Duel(ctx, catalog.Duel{GuildID: g1, A: songA, B: songB, MemberID: m1, Choice: catalog.ChoseA, At: start})
	}},
	{"AddPreferences", func(ctx context.Context, s catalog.Store) error {
		_, err := s.AddPreferences(ctx, told(m1, "b1", "Blue Stairs"))
		return err
	}},
	{"ReplacePreferences", func(ctx context.Context, s catalog.Store) error {
		return s.ReplacePreferences(ctx, g1, m1, "b1", told(m1, "b1", "Low Tide"), told(m1, "b1", "Old Rope"))
	}},
	{"RemovePreferences", func(ctx context.Context, s catalog.Store) error {
		_, err := s.RemovePreferences(ctx, g1, m1, "b1")
		return err
	}},
	{"SaveModel", func(ctx context.Context, s catalog.Store) error {
		_, err := s.SaveModel(ctx, g1, []byte(`{}`), [][]byte{[]byte("trees")}, false)
		return err
	}},
	{"Promote", func(ctx context.Context, s catalog.Store) error { return s.Promote(ctx, g1, 1) }},
	{"AddCounter", func(ctx context.Context, s catalog.Store) error {
		_, err := s.AddCounter(ctx, counterNames[0], 2)
		return err
	}},
	{"SetState", func(ctx context.Context, s catalog.Store) error { return s.SetState(ctx, stateNames[0], []byte("x")) }},
	{"SetUnnamed", func(ctx context.Context, s catalog.Store) error { return s.SetUnnamed(ctx, m1, true) }},
	{"TakeOver", func(ctx context.Context, s catalog.Store) error { _, err := s.TakeOver(ctx, g1, g2); return err }},
	{"ForgetMember", func(ctx context.Context, s catalog.Store) error { _, err := s.ForgetMember(ctx, "", m1); return err }},
	{"DropVideos", func(ctx context.Context, s catalog.Store) error { _, err := s.DropVideos(ctx, songC); return err }},
	{"Prune", func(ctx context.Context, s catalog.Store) error {
		_, err := s.Prune(ctx, start.AddDate(1, 0, 0), start.AddDate(1, 0, 0))
		return err
	}},
	{"ForgetGuild", func(ctx context.Context, s catalog.Store) error { return s.ForgetGuild(ctx, g1) }},
	{"BeginRecovery", func(ctx context.Context, s catalog.Store) error { _, err := s.BeginRecovery(ctx, g1); return err }},
	{"RecoverPosts", func(ctx context.Context, s catalog.Store) error {
		_, err := s.RecoverPosts(ctx, catalog.Post{ID: "found", GuildID: g1, MessageID: "302", VideoID: songA, CreatedAt: start})
		return err
	}},
	{"FinishRecovery", func(ctx context.Context, s catalog.Store) error { return s.FinishRecovery(ctx, g1, nil) }},
}

var firstSlot, firstPosts, firstRows = postSlot(22)

// everyWrite: a write whose context has ended changes nothing; one that ends without an
// error has changed something, which is there after the store was opened again.
func everyWrite(t *testing.T, b *bench) {
	ended, end := context.WithCancel(b.ctx)
	end()
	before := look(t, b)
	for i, w := range writes {
		if err := w.do(ended, b.Store); err == nil {
			t.Errorf("%s was done though its context had ended", w.name)
		}
		want(t, "after a "+w.name+" that was not begun", before, look(t, b))
		if err := w.do(b.ctx, b.Store); err != nil {
			t.Fatalf("%s: %v", w.name, err)
		}
		after := look(t, b)
		if gocmp.Equal(before, after, same) {
			t.Errorf("%s changed nothing", w.name)
		}
		if i%6 == 5 || i == len(writes)-1 || b.long && w.name != "StartRun" { // opening the store may end the run
			b.reopen(t)
			want(t, "opened again after "+w.name, after, look(t, b))
		}
		before = after
	}
}

// missingRows: what is not there answers that it was not found, lists answer nothing, and
// a change of it ends with ErrNotFound.
func missingRows(t *testing.T, b *bench) {
	for what, v := range look(t, b) {
		if v != [2]bool{true, false} { // a guild of which there is nothing can be recovered
			nothing(t, what, v)
		}
	}
	absent := map[string]error{
		"UpdateGuild":   b.UpdateGuild(b.ctx, g1, func(*catalog.Guild) error { return nil }),
		"FinishSlot":    b.FinishSlot(b.ctx, "slot"),
		"RetirePost":    b.RetirePost(b.ctx, "post"),
		"Attempt":       b.Attempt(b.ctx, "row", start),
		"MarkSent":      b.MarkSent(b.ctx, "row", "301", start),
		"MarkReactions": b.MarkReactions(b.ctx, "row"),
		"MarkFailed":    b.MarkFailed(b.ctx, "row", "Refused.", true),
		"Promote":       b.Promote(b.ctx, g1, 1),
	}
	_, absent["TakeOver"] = b.TakeOver(b.ctx, g1, g2)
	for call, err := range absent {
		want(t, call, "not found", kind(err))
	}
	do(t, b.FinishRun(b.ctx, catalog.Run{ID: "gone", GuildID: g1}), b.ForgetGuild(b.ctx, g1), b.FinishRecovery(b.ctx, g1, nil)) // these have nothing to do
	want(t, "runs", 0, len(must(b.Runs(b.ctx, "", 0))(t)))
	want(t, "votes pruned", 0, must(b.Prune(b.ctx, start, start))(t))
	want(t, "videos dropped", 0, must(b.DropVideos(b.ctx, songA))(t))
	want(t, "preferences removed", 0, must(b.RemovePreferences(b.ctx, g1, m1, ""))(t))
	want(t, "votes forgotten", 0, must(b.ForgetMember(b.ctx, g1, m1))(t))
}

// nothing fails unless a value is empty.
func nothing(t *testing.T, what string, v any) {
	t.Helper()
	want(t, what, reflect.Zero(reflect.TypeOf(v)).Interface(), v)
}

// cancelledReads: no answer is given on a context that has ended.
func cancelledReads(t *testing.T, b *bench) {
	ended, end := context.WithCancel(b.ctx)
	end()
	asked := 0
	note := func(what string, _ any, err error) {
		if asked++; err == nil {
			t.Errorf("%s was answered though its context had ended", what)
		}
	}
	there := func(what string, v any, _ bool, err error) { note(what, v, err) }
	for _, err := range b.Videos(ended) {
		note("Videos", nil, err)
	}
	_, err := b.VideosByID(ended, videoIDs)
	note("VideosByID", nil, err)
	_, err = b.VideoCount(ended)
	note("VideoCount", nil, err)
	_, err = b.SongsCurrent(ended)
	note("SongsCurrent", nil, err)
	_, err = b.Owing(ended)
	note("Owing", nil, err)
	_, err = b.Guilds(ended)
	note("Guilds", nil, err)
	_, _, err = b.Video(ended, songA)
	note("Video", nil, err)
	_, _, err = b.Find(ended, g1, songA)
	note("Find", nil, err)
	_, err = b.Neighbours(ended, songA)
	note("Neighbours", nil, err)
	_, err = b.Counter(ended, "n")
	note("Counter", nil, err)
	_, _, err = b.State(ended, "n")
	note("State", nil, err)
	_, err = b.Unnamed(ended, m1)
	note("Unnamed", nil, err)
	_, err = b.Generation(ended, g1)
	note("Generation", nil, err)
	_, _, err = b.Post(ended, "p")
	note("Post", nil, err)
	_, _, err = b.PostByMessage(ended, "301")
	note("PostByMessage", nil, err)
	_, err = b.PostVotes(ended, "p")
	note("PostVotes", nil, err)
	lookGuild(ended, b, g1, note, there)
	if asked < 35 {
		t.Errorf("only %d were asked", asked)
	}
}

// identifiers: an empty id, one of more than 200 bytes or with a zero byte is refused.
func identifiers(t *testing.T, b *bench) {
	for _, id := range []string{"", strings.Repeat("x", 201), "x\x00y"} {
		slot, posts, rows := postSlot(22)
		vote, duel := press(true, true, catalog.SourceButton, 1), catalog.Duel{GuildID: id, A: songA, B: songB, MemberID: m1, Choice: catalog.ChoseA}
		slot.Key, vote.MemberID = id, id
		pref := told(m1, id, "Blue Stairs")
		refused := map[string]error{
			"SaveGuild": b.SaveGuild(b.ctx, catalog.Guild{ID: id}), "Duel": b.Duel(b.ctx, duel), "SetState": b.SetState(b.ctx, id, []byte("x")),
			"SetUnnamed": b.SetUnnamed(b.ctx, id, true), "ForgetGuild": b.ForgetGuild(b.ctx, id), "MarkSent": b.MarkSent(b.ctx, "row", id, start),
			"ReplacePreferences": b.ReplacePreferences(b.ctx, g1, m1, id), "FinishRun": b.FinishRun(b.ctx, catalog.Run{ID: id}),
		}
		_, refused["Vote"] = b.Vote(b.ctx, vote)
		_, refused["AddPreferences"] = b.AddPreferences(b.ctx, pref)
		_, refused["RemovePreferences"] = b.RemovePreferences(b.ctx, id, m1, "")
		_, refused["BeginSlot"] = b.BeginSlot(b.ctx, slot)
		_, refused["CreatePosts"] = b.CreatePosts(b.ctx, slot, posts, rows)
		_, refused["Hold"] = b.Hold(b.ctx, slot, nil)
		_, refused["Enqueue"] = b.Enqueue(b.ctx, catalog.Outbox{ID: id, GuildID: g1})
		_, refused["JobSince"] = b.JobSince(b.ctx, id, "0 18 * * *", start)
		_, refused["SaveModel"] = b.SaveModel(b.ctx, id, nil, nil, true)
		_, refused["AddCounter"] = b.AddCounter(b.ctx, id, 1)
		_, refused["ForgetMember"] = b.ForgetMember(b.ctx, g1, id)
		_, refused["BeginRecovery"] = b.BeginRecovery(b.ctx, id)
		_, refused["RecoverPosts"] = b.RecoverPosts(b.ctx, catalog.Post{ID: id, GuildID: g1, VideoID: songA})
		_, refused["TakeOver"] = b.TakeOver(b.ctx, id, g1)
		for call, err := range refused {
			if err == nil {
				t.Errorf("%s took the id %.10q", call, id)
			}
		}
		left := sighting(g1, id)
		want(t, "videos of a bad id", 0, must(b.Observe(b.ctx, []catalog.Sighting{left}))(t))
	}
	for what, v := range look(t, b) {
		if strings.HasPrefix(what, "history") {
			nothing(t, what, v)
		}
	}
}

// moments: times keep their nanoseconds and come back in UTC, those of observations their
// seconds.
func moments(t *testing.T, b *bench) {
	at := time.Date(2026, 11, 22, 19, 0, 0, 123456789, time.FixedZone("CET", 3600))
	slot, posts, rows := postSlot(22)
	posts[0].CreatedAt, posts[0].Observation.At = at, at
	must(b.CreatePosts(b.ctx, slot, posts, rows))(t)
	do(t, b.MarkSent(b.ctx, rowID(slot, 1), "301", at))
	ch := press(true, true, catalog.SourceButton, 0)
	ch.At = at
	must(b.Vote(b.ctx, ch))(t)
	p, _, err := b.Post(b.ctx, posts[0].ID)
	do(t, err)
	v := must(b.Votes(b.ctx, g1))(t)[0]
	for what, got := range map[string]time.Time{"creation": p.CreatedAt, "sending": p.SentAt, "vote": v.At, "flag": v.Up.Button} {
		if !got.Equal(at) || got.Location() != time.UTC {
			t.Errorf("the time of the %s is %v", what, got)
		}
	}
	if got := p.Observation.At; !got.Equal(at.Truncate(time.Second)) {
		t.Errorf("the observation is of %v", got)
	}
}

// fuse is a context that ends after it was asked for so often.
type fuse struct {
	context.Context
	left  atomic.Int64
	ended chan struct{}
}

func newFuse(ctx context.Context, left int) *fuse {
	f := &fuse{Context: ctx, ended: make(chan struct{})}
	f.left.Store(int64(left))
	return f
}

func (f *fuse) burn() {
	if f.left.Add(-1) == -1 {
		close(f.ended)
	}
}

func (f *fuse) Done() <-chan struct{} { f.burn(); return f.ended }

func (f *fuse) Err() error {
	f.burn()
	select {
	case <-f.ended:
		return context.Canceled
	default:
		return f.Context.Err()
	}
}
