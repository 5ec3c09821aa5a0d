package bolt

import (
	"cratedigger/pipeline/catalog"
	"slices"
	"testing"
	"time"
)

// TestRefusedShowsInItsRun: the run that prepared a message shows that it was not
// sent, also when that is known before the run's own end is written.
func TestRefusedShowsInItsRun(t *testing.T) {
	c := openTest(t)
	for _, early := range []bool{false, true} {
		at := start
		if early {
			at = start.Add(24 * time.Hour)
		}
		slot := catalog.Slot{Key: "g1/post/" + at.Format("2006-01-02T15:04"), GuildID: "g1", Kind: catalog.RunPost, At: at}
		run := must(c.StartRun(t.Context(), catalog.Run{GuildID: "g1", Kind: catalog.RunPost, Slot: slot.Key, Started: at}))(t)
		must(c.StartRun(t.Context(), catalog.Run{GuildID: "g1", Kind: catalog.RunScrape, Started: at}))(t) // goes on beside it
		posts := []catalog.Post{{GuildID: "g1", VideoID: "aaaaaaaaaaa"}, {GuildID: "g1", VideoID: "bbbbbbbbbbb"}}
		rows := []catalog.Outbox{{GuildID: "g1", Kind: catalog.OutboxHeading, CreatedAt: at}}
		for i := range posts {
			posts[i].ID, posts[i].CreatedAt = catalog.PostID(slot.Key, posts[i].VideoID), at
			rows = append(rows, catalog.Outbox{GuildID: "g1", Kind: catalog.OutboxPick, PostID: posts[i].ID, CreatedAt: at})
		}
		must(c.CreatePosts(t.Context(), slot, posts, rows))(t)
		finish := func() {
			run.Counts, run.Alarms, run.Outcome = map[string]int{"picks": 2}, []string{"few"}, catalog.OutcomeOK
			must(0, c.FinishRun(t.Context(), run))(t)
		}
		if !early {
			finish()
		}
		pending := must(c.Pending(t.Context(), "g1"))(t)
		for _, row := range pending {
			must(0, c.MarkFailed(t.Context(), row.ID, "Missing Permissions", false))(t)
		}
		if early {
			finish()
		}
		runs := must(c.Runs(t.Context(), "g1", 0))(t)
		i := slices.IndexFunc(runs, func(r catalog.Run) bool { return r.ID == run.ID })
		got := runs[i]
		alarms := slices.Sorted(slices.Values(got.Alarms))
		if got.Counts[catalog.CountRefused] != 2 || got.Counts["picks"] != 2 || got.Outcome != catalog.OutcomeDegraded ||
			!slices.Equal(alarms, []string{"A message was not sent: Missing Permissions", "few"}) {
			t.Errorf("early %v: the run is %+v", early, got)
		}
		if refused := must(c.Refused(t.Context(), "g1"))(t); len(refused) < 3 || refused[len(refused)-1].Error != "Missing Permissions" {
			t.Errorf("early %v: refused are %+v", early, refused)
		}
	}
	if refused := must(c.Refused(t.Context(), "g2"))(t); len(refused) != 0 {
		t.Errorf("another guild's are %+v", refused)
	}
	later := catalog.Outbox{ID: "g1/post/later", GuildID: "g1", Kind: catalog.OutboxNotice, CreatedAt: start.Add(48 * time.Hour)}
	must(c.Enqueue(t.Context(), later))(t)
	must(0, c.MarkSent(t.Context(), later.ID, "m1", later.CreatedAt))(t)
	if refused := must(c.Refused(t.Context(), "g1"))(t); len(refused) != 0 {
		t.Errorf("after a message that came, refused are still %+v", refused)
	}
}
