package bot

import (
	"context"
	"testing"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

// endingStore is a catalogue whose caller's context ends just before a write or read of
// the given name.
type endingStore struct {
	Catalog
	at  string
	end context.CancelFunc
}

func (s endingStore) ends(name string) {
	if s.at == name {
		s.end()
	}
}

func (s endingStore) MarkSent(ctx context.Context, outboxID, messageID string, at time.Time) error {
	s.ends("MarkSent")
	return s.Catalog.MarkSent(ctx, outboxID, messageID, at)
}

func (s endingStore) MarkReactions(ctx context.Context, outboxID string) error {
	s.ends("MarkReactions")
	return s.Catalog.MarkReactions(ctx, outboxID)
}

func (s endingStore) MarkFailed(ctx context.Context, outboxID, sentence string, again bool) error {
	s.ends("MarkFailed")
	return s.Catalog.MarkFailed(ctx, outboxID, sentence, again)
}

func (s endingStore) Post(ctx context.Context, id string) (catalog.Post, bool, error) {
	s.ends("Post")
	return s.Catalog.Post(ctx, id)
}

func (s endingStore) UpdateGuild(ctx context.Context, id string, change func(*catalog.Guild) error) error {
	s.ends("UpdateGuild")
	return s.Catalog.UpdateGuild(ctx, id, change)
}

func (s endingStore) SetState(ctx context.Context, name string, data []byte) error {
	s.ends("SetState")
	return s.Catalog.SetState(ctx, name, data)
}

// TestWhatHappenedIsWritten: the context of a delivery ends after Discord has answered, and
// what Discord did is written all the same. A row that could not be read in time is left.
func TestWhatHappenedIsWritten(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]struct {
		status           int // of Discord's answer to the pick; 0: it takes it
		state, reactions catalog.State
	}{
		"MarkSent":      {0, catalog.StateSent, catalog.StatePending},
		"MarkReactions": {0, catalog.StateSent, catalog.StateSent},
		"MarkFailed":    {400, catalog.StateFailed, catalog.StatePending},
		"Post":          {0, catalog.StatePending, catalog.StatePending},
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, notStarted())
			w.configureNew()
			ctx, end := context.WithCancel(w.ctx)
			defer end()
			w.newBot(func(o *Options) { o.Catalog = endingStore{o.Catalog, at, end} })
			posts := w.slot(w.guild, w.channel, w.clock.Now(), 1, nil)
			rows, err := w.catalog.Pending(w.ctx, w.guild)
			if err != nil || len(rows) != 2 {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			// The heading went before.
			if err := w.catalog.MarkSent(w.ctx, rows[0].ID, "800", w.clock.Now()); err != nil {
				t.Fatal(err)
			}
			if want.status != 0 {
				w.discord.Break(nthPost(1, fakediscord.Fault{Status: want.status, Body: `{"message":"Invalid Form Body","code":50035}`}))
			}
			_ = w.bot.Deliver(ctx, w.guild) // it may have been ended
			if ctx.Err() == nil {
				t.Fatalf("the delivery never came to %s", at)
			}
			left, err := w.catalog.Pending(w.ctx, w.guild)
			if err != nil {
				t.Fatal(err)
			}
			post, _, err := w.catalog.Post(w.ctx, posts[0].ID)
			if err != nil || post.State != want.state {
				t.Errorf("the post is %s, want %s; %v", post.State, want.state, err)
			}
			done := want.reactions == catalog.StateSent || want.state == catalog.StateFailed
			if done != (len(left) == 0) || !done && left[0].Reactions != want.reactions {
				t.Errorf("rows that are left: %+v", left)
			}
		})
	}
}

// TestVotesAreWrittenWhileStopping: the queue of votes is written though the writer's
// context has ended.
func TestVotesAreWrittenWhileStopping(t *testing.T) {
	t.Parallel()
	w := newWorld(t, notStarted())
	w.configureNew()
	w.slot(w.guild, w.channel, w.clock.Now(), 1, nil)
	rows, err := w.catalog.Pending(w.ctx, w.guild)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.catalog.MarkSent(w.ctx, row.ID, "8"+row.ID[len(row.ID)-2:], w.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	e := &discord.Reaction{Kind: discord.ReactionAdd, UserID: w.ana, ChannelID: w.channel, MessageID: "801", GuildID: w.guild}
	e.Emoji.Name = emojiUp
	w.bot.votes.reaction(e)
	ended, end := context.WithCancel(w.ctx)
	end()
	w.bot.votes.run(ended)
	votes, err := w.catalog.Votes(w.ctx, w.guild)
	if err != nil || len(votes) != 1 || votes[0].Value != 1 || votes[0].MemberID != w.ana {
		t.Errorf("votes %+v, %v\n%s", votes, err, w.log)
	}
}

// TestEventsAreWrittenWhileStopping: that the bot left a guild and that votes were lost is
// written though the bot stops.
func TestEventsAreWrittenWhileStopping(t *testing.T) {
	t.Parallel()
	w := newWorld(t, notStarted())
	w.configureNew()
	for at, event := range map[string]func(ctx context.Context){
		"UpdateGuild": func(ctx context.Context) { w.bot.guilds.leave(ctx, w.guild) },
		"SetState":    func(context.Context) { w.bot.comparison.soon(w.guild) },
	} {
		ctx, end := context.WithCancel(w.ctx)
		w.newBot(func(o *Options) { o.Catalog = endingStore{o.Catalog, at, end} })
		root, stop := w.bot.tasks.begin(ctx)
		if err := w.catalog.SetState(w.ctx, sweepState(w.guild), []byte("1")); err != nil {
			t.Fatal(err)
		}
		event(root)
		w.bot.tasks.wait(patience)
		stop(nil)
		end()
		if ctx.Err() == nil {
			t.Errorf("%s was not called", at)
		}
		if at == "UpdateGuild" {
			if g, _, err := w.catalog.Guild(w.ctx, w.guild); err != nil || g.LeftAt.IsZero() {
				t.Errorf("the guild is not marked as left: %v\n%s", err, w.log)
			}
		} else if _, swept, err := w.catalog.State(w.ctx, sweepState(w.guild)); err != nil || swept {
			t.Errorf("no comparison was asked for: %v\n%s", err, w.log)
		}
	}
}
