package bolt

import (
	"cratedigger/pipeline/catalog"
	"errors"
	"testing"
)

// TestRecoveryBeginsEmpty: a recovery begins only where there is no post and no vote, or
// where it was cut off; posts come back once.
func TestRecoveryBeginsEmpty(t *testing.T) {
	c := openTest(t)
	vote := change(true, true, catalog.SourceImport, 1)
	vote.GuildID, vote.PostID = "voted", ""
	must(c.Vote(t.Context(), vote))(t)
	slot, posts, rows := samplePosts()
	must(c.CreatePosts(t.Context(), slot, posts, rows))(t)
	for _, id := range []string{"voted", slot.GuildID} {
		var full *catalog.NotEmptyError
		if _, err := c.BeginRecovery(t.Context(), id); !errors.As(err, &full) || full.Posts+full.Votes == 0 {
			t.Errorf("guild %s: %v", id, err)
		}
		if empty, cutOff, err := c.Recoverable(t.Context(), id); empty || cutOff || err != nil {
			t.Errorf("guild %s is empty: %v, cut off: %v (%v)", id, empty, cutOff, err)
		}
	}
	back := catalog.Post{ID: catalog.PostID("x", "y"), GuildID: "lost", ChannelID: "c", MessageID: "77", VideoID: "aaaaaaaaaaa", CreatedAt: start, SentAt: start, Policy: catalog.PolicyGreedy, Propensity: 1}
	sameMessage, taken := back, posts[0]
	sameMessage.ID = catalog.PostID("z", "y")
	taken.ID = catalog.PostID(slot.Key, posts[0].VideoID)
	for i := range 3 {
		resumed := must(c.BeginRecovery(t.Context(), "lost"))(t)
		added := must(c.RecoverPosts(t.Context(), back, sameMessage, taken))(t)
		if resumed != (i > 0) || added != 1-min(i, 1) {
			t.Errorf("time %d: resumed %v, %d posts added", i, resumed, added)
		}
	}
	if p, _, err := c.PostByMessage(t.Context(), "77"); err != nil || p.Policy != catalog.PolicyRecovered || p.State != catalog.StateSent || p.ID != back.ID {
		t.Errorf("the post is %+v (%v)", p, err)
	}
	if p, _, err := c.Post(t.Context(), taken.ID); err != nil || p.GuildID != slot.GuildID || p.Policy == catalog.PolicyRecovered {
		t.Errorf("a post that there was is %+v (%v)", p, err)
	}
	notice := catalog.Outbox{ID: "lost/recovered", GuildID: "lost", ChannelID: "c", Kind: catalog.OutboxNotice, Text: "x"}
	for range 2 {
		must(0, c.FinishRecovery(t.Context(), "lost", &notice))(t)
	}
	if waits := must(c.Pending(t.Context(), "lost"))(t); len(waits) != 1 {
		t.Errorf("%d announcements", len(waits))
	}
	if _, err := c.BeginRecovery(t.Context(), "lost"); !errors.As(err, new(*catalog.NotEmptyError)) {
		t.Errorf("after its end: %v", err)
	}
	// What was deleted with its guild may be recovered from the start.
	must(c.BeginRecovery(t.Context(), "other"))(t)
	must(0, c.ForgetGuild(t.Context(), "other"))(t)
	must(0, c.ForgetGuild(t.Context(), "lost"))(t)
	for _, id := range []string{"other", "lost"} {
		if empty, cutOff, err := c.Recoverable(t.Context(), id); !empty || cutOff || err != nil {
			t.Errorf("guild %s is empty: %v, cut off: %v (%v)", id, empty, cutOff, err)
		}
	}
}
