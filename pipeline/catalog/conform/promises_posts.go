package conform

import (
	"context"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"cratedigger/pipeline/catalog"
)

// slotsOnce: a slot is tried three times, and not after it is done.
func slotsOnce(t *testing.T, b *bench) {
	slot := catalog.Slot{Key: g1 + "/retrain/2026-11-22T03:00", GuildID: g1, Kind: catalog.RunRetrain, At: start}
	for i := range 5 {
		slot.FiredAt = start.Add(time.Duration(i) * time.Minute)
		want(t, fmt.Sprint("try ", i), i < 3, must(b.BeginSlot(b.ctx, slot))(t))
		b.reopen(t)
	}
	slot.FiredAt = start.Add(2 * time.Minute)
	got, _, err := b.Slot(b.ctx, slot.Key)
	want(t, "given up", []any{slot, nil}, []any{got, err})
	other := slot
	other.Key += "0"
	must(b.BeginSlot(b.ctx, other))(t)
	do(t, b.FinishSlot(b.ctx, other.Key), b.FinishSlot(b.ctx, other.Key))
	want(t, "done", false, must(b.BeginSlot(b.ctx, other))(t))

	want(t, "a new line", start, must(b.JobSince(b.ctx, "job", "0 18 * * *", start))(t))
	want(t, "the line later", start, must(b.JobSince(b.ctx, "job", "0 18 * * *", start.Add(time.Hour)))(t))
	want(t, "the clock set back", start.Add(-time.Hour), must(b.JobSince(b.ctx, "job", "0 18 * * *", start.Add(-time.Hour)))(t))
	want(t, "another line", start.Add(time.Hour), must(b.JobSince(b.ctx, "job", "0 19 * * *", start.Add(time.Hour)))(t))
}

// postsTogether: a slot's posts, its outbox rows and its being done are one transaction,
// which drops what the slot held. It happens once.
func postsTogether(t *testing.T, b *bench) {
	slot, posts, rows := postSlot(22)
	must(b.Hold(b.ctx, slot, []catalog.Held{{Post: posts[0]}, {Post: posts[1]}}))(t)
	before := look(t, b)
	broken := append(rows[:len(rows):len(rows)], catalog.Outbox{Kind: catalog.OutboxPick})
	if _, err := b.CreatePosts(b.ctx, slot, posts, broken); err == nil {
		t.Fatal("a row without a guild was written")
	}
	want(t, "after a refusal", before, look(t, b))
	want(t, "created", true, must(b.CreatePosts(b.ctx, slot, posts, rows))(t))
	after := look(t, b)
	want(t, "created again", false, must(b.CreatePosts(b.ctx, slot, posts[:1], rows[:1]))(t))
	want(t, "held again", false, must(b.Hold(b.ctx, slot, []catalog.Held{{Post: posts[0]}}))(t))
	want(t, "begun again", false, must(b.BeginSlot(b.ctx, slot))(t))
	want(t, "after being created again", after, look(t, b))
	want(t, "held", 0, len(must(b.Held(b.ctx, g1))(t)))
	for i, o := range must(b.Pending(b.ctx, g1))(t) {
		want(t, "row", []any{rowID(slot, i), slot.Key, catalog.Nonce(rowID(slot, i)), catalog.StatePending, b.clock.now()}, []any{o.ID, o.Slot, o.Nonce, o.State, o.CreatedAt})
	}
	for i, p := range must(b.Posts(b.ctx, g1, start))(t) {
		want(t, "post", []any{posts[i].ID, slot.Key, i, catalog.StatePending, b.clock.now()}, []any{p.ID, p.Slot, p.Position, p.State, p.CreatedAt})
	}
	want(t, "later posts", 0, len(must(b.Posts(b.ctx, g1, start.Add(1)))(t)))
}

// outboxStates: a row is pending until it is sent and its reactions are placed. A message
// is adopted once; what was retired is not sent, or stays retired if it was.
func outboxStates(t *testing.T, b *bench) {
	slot, posts, rows := postSlot(22)
	must(b.CreatePosts(b.ctx, slot, posts, rows))(t)
	id, at := rowID(slot, 1), start.Add(time.Minute)
	do(t, b.Attempt(b.ctx, id, at), b.MarkSent(b.ctx, id, "301", at), b.MarkSent(b.ctx, id, "302", at.Add(1)))
	o := must(b.Pending(b.ctx, g1))(t)[1]
	want(t, "sent", []any{catalog.StateSent, "301", 1, at, catalog.StatePending}, []any{o.State, o.MessageID, o.Attempts, o.LastTry, o.Reactions})
	p, found, err := b.PostByMessage(b.ctx, "301")
	want(t, "its post", []any{posts[0].ID, catalog.StateSent, at, true, nil}, []any{p.ID, p.State, p.SentAt, found, err})
	if _, found, err = b.PostByMessage(b.ctx, "302"); found || err != nil {
		t.Error("a second message leads to the post", err)
	}
	do(t, b.MarkReactions(b.ctx, id))
	want(t, "pending", 2, len(must(b.Pending(b.ctx, ""))(t)))
	last, _, err := b.LastSent(b.ctx, g1)
	want(t, "last sent", []any{slot.Key, at, nil}, []any{last.Key, last.SentAt, err})

	do(t, b.RetirePost(b.ctx, posts[1].ID))
	want(t, "pending", 1, len(must(b.Pending(b.ctx, g1))(t)))
	do(t, b.MarkSent(b.ctx, rowID(slot, 2), "303", at)) // it was on its way
	p, _, err = b.PostByMessage(b.ctx, "303")
	want(t, "retired", []any{catalog.StateRetired, nil}, []any{p.State, err})

	notice := catalog.Outbox{ID: g1 + "/notice", GuildID: g1, ChannelID: "5", Kind: catalog.OutboxNotice, Text: "Hello."}
	want(t, "enqueued", true, must(b.Enqueue(b.ctx, notice))(t))
	want(t, "enqueued twice", false, must(b.Enqueue(b.ctx, notice))(t))
	do(t, b.MarkFailed(b.ctx, notice.ID, "Discord was away.", true))
	want(t, "refused", 1, len(must(b.Refused(b.ctx, g1))(t)))
	want(t, "enqueued after a fault that was not its own", true, must(b.Enqueue(b.ctx, notice))(t))
	do(t, b.MarkFailed(b.ctx, notice.ID, "It is too long.", false))
	want(t, "enqueued after its own fault", false, must(b.Enqueue(b.ctx, notice))(t))
	b.clock.step(time.Hour)
	later := notice
	later.ID += "2"
	must(b.Enqueue(b.ctx, later))(t)
	do(t, b.MarkSent(b.ctx, later.ID, "304", at), b.MarkFailed(b.ctx, later.ID, "It has no reactions.", false))
	want(t, "refused before sending worked again", 0, len(must(b.Refused(b.ctx, g1))(t)))
}

// refusedSlot: a slot whose messages were all refused through no fault of theirs is open
// again, and its run says what was refused.
func refusedSlot(t *testing.T, b *bench) {
	slot, posts, rows := postSlot(22)
	must(b.BeginSlot(b.ctx, slot))(t)
	run := must(b.StartRun(b.ctx, catalog.Run{GuildID: g1, Kind: catalog.RunPost, Slot: slot.Key, By: catalog.BySchedule}))(t)
	must(b.CreatePosts(b.ctx, slot, posts, rows))(t)
	do(t, b.MarkSent(b.ctx, rowID(slot, 0), "301", start), b.MarkFailed(b.ctx, rowID(slot, 1), "Discord was away.", true))
	want(t, "begun while one waits", false, must(b.BeginSlot(b.ctx, slot))(t))
	do(t, b.MarkFailed(b.ctx, rowID(slot, 2), "Discord was away.", true), b.FinishSlot(b.ctx, slot.Key), b.FinishRun(b.ctx, run))
	p, _, err := b.Post(b.ctx, posts[0].ID)
	want(t, "a refused post", []any{catalog.StateFailed, true, false, nil}, []any{p.State, p.Again, p.Used(), err})
	run = must(b.Runs(b.ctx, g1, 1))(t)[0]
	want(t, "the run", []any{2, catalog.OutcomeDegraded, 1}, []any{run.Counts[catalog.CountRefused], run.Outcome, len(run.Alarms)})
	want(t, "begun again", true, must(b.BeginSlot(b.ctx, slot))(t))
	b.clock.step(time.Minute)
	want(t, "created again", true, must(b.CreatePosts(b.ctx, slot, posts, rows))(t))
	if all := must(b.Posts(b.ctx, g1, time.Time{}))(t); len(all) != 2 || all[0].State != catalog.StatePending || !all[0].CreatedAt.Equal(b.clock.now()) {
		t.Errorf("posts: %+v", all)
	}
	want(t, "pending", 2, len(must(b.Pending(b.ctx, g1))(t))) // the heading is not sent a second time
	do(t, b.MarkFailed(b.ctx, rowID(slot, 1), "It is too long.", false), b.MarkFailed(b.ctx, rowID(slot, 2), "Discord was away.", true))
	want(t, "begun after a fault of its own", false, must(b.BeginSlot(b.ctx, slot))(t))
}

// holds: a held pick is no post yet and in no list but its own. Two slots do not hold the
// same video.
func holds(t *testing.T, b *bench) {
	slot, posts, _ := postSlot(22)
	later, _, _ := postSlot(23)
	want(t, "held", true, must(b.Hold(b.ctx, later, []catalog.Held{{Post: posts[0], Kept: true}}))(t))
	want(t, "held", true, must(b.Hold(b.ctx, slot, []catalog.Held{{Post: posts[1]}, {Post: posts[0]}}))(t))
	held := must(b.Held(b.ctx, g1))(t)
	if len(held) != 2 || held[0].VideoID != songB || held[1].VideoID != songA || !held[1].Kept || !held[1].NotBefore.Equal(later.At) || held[0].State != catalog.StateHeld {
		t.Fatalf("held: %+v", held)
	}
	want(t, "in other lists", []int{0, 0, 0}, []int{len(must(b.Posts(b.ctx, g1, time.Time{}))(t)), len(must(b.Pending(b.ctx, ""))(t)), len(must(b.History(b.ctx, g1))(t).Posts)})
	row := catalog.HeldID(slot.Key, 0)
	for call, err := range map[string]error{
		"Attempt": b.Attempt(b.ctx, row, start), "MarkSent": b.MarkSent(b.ctx, row, "301", start), "MarkReactions": b.MarkReactions(b.ctx, row),
		"MarkFailed": b.MarkFailed(b.ctx, row, "Refused.", true), "RetirePost": b.RetirePost(b.ctx, held[0].ID),
	} {
		want(t, call+" of what is held", "not found", kind(err))
	}
	// The other slot comes no more; what was held of it may be held here.
	must(b.Hold(b.ctx, slot, []catalog.Held{{Post: posts[0]}}, later.Key))(t)
	held = must(b.Held(b.ctx, g1))(t)
	want(t, "held instead", []any{1, songA, slot.Key}, []any{len(held), held[0].VideoID, held[0].Slot})
	b.clock.step(25 * time.Hour)
	must(b.Prune(b.ctx, time.Time{}, time.Time{}))(t)
	want(t, "held after a day", 0, len(must(b.Held(b.ctx, g1))(t)))
}

// runs: the newest first; each guild's newest twenty are kept, however many there are.
func runs(t *testing.T, b *bench) {
	var ids []string
	for i := range 30 {
		r := must(b.StartRun(b.ctx, catalog.Run{GuildID: g1, Kind: catalog.RunScrape, Outcome: catalog.OutcomeOK, Started: start.Add(time.Duration(i) * time.Minute)}))(t)
		ids = append([]string{r.ID}, ids...)
	}
	for i := range 30 { // started in one moment
		must(b.StartRun(b.ctx, catalog.Run{GuildID: fmt.Sprint("2", i), Kind: catalog.RunScrape, Outcome: catalog.OutcomeOK}))(t)
	}
	var got []string
	for _, r := range must(b.Runs(b.ctx, g1, 20))(t) {
		got = append(got, r.ID)
	}
	want(t, "the newest twenty", ids[:20], got)
	if all := must(b.Runs(b.ctx, "", 0))(t); len(all) < 50 || all[0].ID != ids[0] {
		t.Errorf("%d runs, the first %s", len(all), all[0].ID)
	}
	r := must(b.StartRun(b.ctx, catalog.Run{GuildID: g1, Kind: catalog.RunScrape, By: m1}))(t)
	want(t, "a run", []any{b.clock.now(), catalog.OutcomeRunning}, []any{r.Started, r.Outcome})
	must(b.ForgetMember(b.ctx, g1, m1))(t)
	do(t, b.FinishRun(b.ctx, r))
	for _, o := range must(b.Runs(b.ctx, g1, 0))(t) {
		if o.ID == r.ID && (o.By != catalog.ByForgotten || o.Outcome != catalog.OutcomeOK || !o.Ended.Equal(b.clock.now())) {
			t.Errorf("the end of the run: %+v", o)
		}
	}
}

// concurrency: what many goroutines do at once is done once each, and in some order.
func concurrency(t *testing.T, b *bench) {
	const n = 16
	slot, posts, rows := postSlot(22)
	try, _, _ := postSlot(23)
	type answers struct {
		created, fresh, enqueued bool
		counter                  uint64
		version                  int
	}
	all := make([]answers, n)
	var group errgroup.Group
	for i := range n {
		group.Go(func() (err error) {
			a, ctx := &all[i], context.WithoutCancel(b.ctx)
			note := func(e error) {
				if err == nil {
					err = e
				}
			}
			var e error
			a.created, e = b.CreatePosts(ctx, slot, posts, rows)
			note(e)
			a.fresh, e = b.BeginSlot(ctx, try)
			note(e)
			a.enqueued, e = b.Enqueue(ctx, catalog.Outbox{ID: g1 + "/notice", GuildID: g1, Kind: catalog.OutboxNotice})
			note(e)
			a.version, e = b.SaveModel(ctx, g1, nil, [][]byte{[]byte("trees")}, false)
			note(e)
			for range 5 {
				a.counter, e = b.AddCounter(ctx, "n", 1)
				note(e)
			}
			ch := press(true, true, catalog.SourceButton, i)
			_, e = b.Vote(ctx, ch)
			note(e)
			ch.MemberID = fmt.Sprint("8", i)
			_, e = b.Vote(ctx, ch)
			note(e)
			_, e = b.Observe(ctx, []catalog.Sighting{sighting(g1, songA), sighting(g1, fmt.Sprintf("v%010d", i))})
			note(e)
			return err
		})
	}
	do(t, group.Wait())
	created, fresh, enqueued, versions, counters := 0, 0, 0, map[int]bool{}, map[uint64]bool{}
	for _, a := range all {
		for yes, n := range map[*int]bool{&created: a.created, &fresh: a.fresh, &enqueued: a.enqueued} {
			if n {
				*yes++
			}
		}
		versions[a.version], counters[a.counter] = true, true
	}
	want(t, "created, tried, enqueued, versions, sums", []int{1, 3, 1, n, n}, []int{created, fresh, enqueued, len(versions), len(counters)})
	want(t, "the counter", uint64(5*n), must(b.Counter(b.ctx, "n"))(t))
	want(t, "votes", n+1, len(must(b.Votes(b.ctx, g1))(t)))
	want(t, "videos", n+1, must(b.VideoCount(b.ctx))(t))
	want(t, "pending", len(rows)+1, len(must(b.Pending(b.ctx, g1))(t)))
}
