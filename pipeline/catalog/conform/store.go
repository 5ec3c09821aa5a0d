// Package conform is the conformance suite of the catalogue: what package catalog promises,
// as tests that every store must pass. Each promise has a test of its own, and
// random operations are compared with a store of plain maps, which is as simple as the
// promises allow. Only tests import it, as testing/fstest.
package conform

import (
	"context"
	"iter"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// Store is the whole contract: what each method promises is in the comments of package
// catalog and of its stores.
type Store interface {
	videoStore
	tasteStore
	postStore
	guildStore
	Close() error
}

type videoStore interface {
	Observe(ctx context.Context, sightings []catalog.Sighting) (added int, err error)
	Import(ctx context.Context, rows iter.Seq2[catalog.ImportRow, error]) (added int, err error)
	DropVideos(ctx context.Context, ids ...string) (dropped int, err error)
	Video(ctx context.Context, id string) (v catalog.Video, found bool, err error)
	VideosByID(ctx context.Context, ids []string) (map[string]catalog.Video, error)
	Videos(ctx context.Context) iter.Seq2[catalog.Video, error]
	VideoCount(ctx context.Context) (int, error)
	GuildVideos(ctx context.Context, guildID string) ([]catalog.Video, error)
	Find(ctx context.Context, guildID, videoID string) (f catalog.Find, found bool, err error)
	Finds(ctx context.Context, guildID string) ([]catalog.Find, error)
	Neighbours(ctx context.Context, id string) ([]youtube.Neighbour, error)
	ReadSongs(ctx context.Context) (changed int, err error)
	SongsCurrent(ctx context.Context) (current bool, err error)
	Generation(ctx context.Context, guildID string) (uint64, error)
}

type tasteStore interface {
	Vote(ctx context.Context, changes ...catalog.VoteChange) ([]catalog.Vote, error)
	PostVotes(ctx context.Context, postID string) ([]catalog.Vote, error)
	Votes(ctx context.Context, guildID string) ([]catalog.Vote, error)
	MemberVotes(ctx context.Context, guildID, memberID string) ([]catalog.Vote, error)
	Duel(ctx context.Context, d catalog.Duel) error
	Duels(ctx context.Context, guildID string) ([]catalog.Duel, error)
	AddPreferences(ctx context.Context, all ...catalog.Preference) (added int, err error)
	ReplacePreferences(ctx context.Context, guildID, memberID, batch string, all ...catalog.Preference) error
	RemovePreferences(ctx context.Context, guildID, memberID, batch string) (removed int, err error)
	Preferences(ctx context.Context, guildID, memberID string) ([]catalog.Preference, error)
	History(ctx context.Context, guildID string) (catalog.History, error)
	SaveModel(ctx context.Context, guildID string, card []byte, parts [][]byte, champion bool) (version int, err error)
	Promote(ctx context.Context, guildID string, version int) error
	Champion(ctx context.Context, guildID string) (m catalog.Model, found bool, err error)
	ChampionCard(ctx context.Context, guildID string) (m catalog.Model, found bool, err error)
	ChampionVersion(ctx context.Context, guildID string) (version int, err error)
	Model(ctx context.Context, guildID string, version int) (m catalog.Model, found bool, err error)
	Models(ctx context.Context, guildID string) ([]catalog.Model, error)
}

type postStore interface {
	BeginSlot(ctx context.Context, s catalog.Slot) (fresh bool, err error)
	FinishSlot(ctx context.Context, slotKey string) error
	Slot(ctx context.Context, slotKey string) (s catalog.Slot, found bool, err error)
	LastSent(ctx context.Context, guildID string) (s catalog.Slot, found bool, err error)
	JobSince(ctx context.Context, job, line string, now time.Time) (since time.Time, err error)
	Hold(ctx context.Context, slot catalog.Slot, picks []catalog.Held, gone ...string) (held bool, err error)
	Held(ctx context.Context, guildID string) ([]catalog.Held, error)
	CreatePosts(ctx context.Context, slot catalog.Slot, posts []catalog.Post, rows []catalog.Outbox) (created bool, err error)
	Post(ctx context.Context, id string) (p catalog.Post, found bool, err error)
	PostByMessage(ctx context.Context, messageID string) (p catalog.Post, found bool, err error)
	Posts(ctx context.Context, guildID string, since time.Time) ([]catalog.Post, error)
	RetirePost(ctx context.Context, postID string) error
	Enqueue(ctx context.Context, o catalog.Outbox) (created bool, err error)
	Pending(ctx context.Context, guildID string) ([]catalog.Outbox, error)
	Refused(ctx context.Context, guildID string) ([]catalog.Outbox, error)
	Attempt(ctx context.Context, outboxID string, at time.Time) error
	MarkSent(ctx context.Context, outboxID, messageID string, at time.Time) error
	MarkReactions(ctx context.Context, outboxID string) error
	MarkFailed(ctx context.Context, outboxID, sentence string, again bool) error
	BeginRecovery(ctx context.Context, guildID string) (resumed bool, err error)
	Recoverable(ctx context.Context, guildID string) (empty, cutOff bool, err error)
	RecoverPosts(ctx context.Context, posts ...catalog.Post) (added int, err error)
	FinishRecovery(ctx context.Context, guildID string, notice *catalog.Outbox) error
}

type guildStore interface {
	Guild(ctx context.Context, id string) (g catalog.Guild, found bool, err error)
	Guilds(ctx context.Context) ([]catalog.Guild, error)
	SaveGuild(ctx context.Context, g catalog.Guild) error
	UpdateGuild(ctx context.Context, id string, change func(*catalog.Guild) error) error
	TakeOver(ctx context.Context, from, to string) (taken int, err error)
	StartRun(ctx context.Context, r catalog.Run) (catalog.Run, error)
	FinishRun(ctx context.Context, r catalog.Run) error
	Runs(ctx context.Context, guildID string, limit int) ([]catalog.Run, error)
	Counter(ctx context.Context, name string) (uint64, error)
	AddCounter(ctx context.Context, name string, add uint64) (uint64, error)
	State(ctx context.Context, name string) (data []byte, found bool, err error)
	SetState(ctx context.Context, name string, data []byte) error
	SetUnnamed(ctx context.Context, memberID string, unnamed bool) error
	Unnamed(ctx context.Context, memberID string) (unnamed bool, err error)
	ForgetMember(ctx context.Context, guildID, memberID string) (votes int, err error)
	Forgotten(ctx context.Context, guildID, memberID string, since time.Time) (was bool, err error)
	ForgetGuild(ctx context.Context, guildID string) error
	Prune(ctx context.Context, votesBefore, logsBefore time.Time) (votes int, err error)
}

// Home is where the data of one store lie. It opens the store, on a given clock, with all
// that was written before; one store at a time is open.
type Home func(now func() time.Time) (Store, error)

// Test runs the suite, which takes some seconds, or minutes if it is long. newHome makes a
// home that is empty.
func Test(t *testing.T, long bool, newHome func(t *testing.T) Home) {
	for name, promise := range promises {
		t.Run(name, func(t *testing.T) {
			b := begin(t, newHome(t))
			b.long = long
			promise(t, b)
		})
	}
	t.Run("Random", func(t *testing.T) { random(t, long, newHome) })
}
