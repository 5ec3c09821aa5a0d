package bot

import (
	"context"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
)

// Stages is the work that members and administrators can ask for. by is the
// member who asked. A stage that is already going answers *pipeline.BusyError.
type Stages interface {
	Work
	Scores
	Blocker
}

// Work is what takes seconds to minutes and changes the catalogue. p, which may be
// nil, hears how far it is.
type Work interface {
	// Scrape searches the guild's queries and reads what they found.
	Scrape(ctx context.Context, guildID string, by catalog.Asker, slot string, p pipeline.Progress) (catalog.Run, error)
	// Retrain trains a model of the guild's votes.
	Retrain(ctx context.Context, guildID string, by catalog.Asker, slot string, p pipeline.Progress) (catalog.Run, error)
	// Tune searches for parameters and then does what Retrain does. trials is
	// the number of trials of the search; 0 means the usual number.
	Tune(ctx context.Context, guildID string, by catalog.Asker, trials int, p pipeline.Progress) (catalog.Run, error)
	// Start makes a guild's first picks after its set-up: it ranks the search
	// results, reads only the best few watch pages, and fills the outbox.
	Start(ctx context.Context, guildID string, by catalog.Asker, p pipeline.Progress) (catalog.Run, error)
	// Busy returns a *pipeline.BusyError while a kind of work of a guild is
	// under way, else nil.
	Busy(ctx context.Context, kind catalog.RunKind, guildID string) error
	// Cancel ends the run of a kind and reports whether there was one.
	Cancel(kind catalog.RunKind, guildID string) bool
}

// Blocker knows what a guild has blocked.
type Blocker interface {
	// Blocked reports whether a video is of a channel, by an artist or with a word
	// that the guild has blocked, and which.
	Blocked(ctx context.Context, guildID, videoID string) (why pick.Refusal, blocked bool, err error)
}

// Scores answers questions about videos. Only Seed changes something: it adds a
// candidate.
type Scores interface {
	// Week sums up the guild's last seven days.
	Week(ctx context.Context, guildID string) (pipeline.Week, error)
	// Late is how late the guild's newest post came.
	Late(ctx context.Context, guildID string) (pipeline.Lateness, error)
	// Rank is the guild's candidates that a member has not voted on, best first:
	// the first n, or all with n <= 0. Those that were posted before say so.
	Rank(ctx context.Context, guildID, memberID string, n int) ([]pipeline.Ranked, error)
	// Explain says what moved a known video's score.
	Explain(ctx context.Context, guildID, videoID string) (pipeline.Explanation, error)
	// Predict reads the video now and scores it.
	Predict(ctx context.Context, guildID, videoID string) (pipeline.Explanation, error)
	// Seed reads the video now and makes it a candidate, proposed by memberID, or
	// answers *pipeline.RefusedError. credit is who proposed it first.
	Seed(ctx context.Context, guildID, videoID, memberID string) (video catalog.Video, credit string, err error)
	// Teach reads the video now, so that a member's like of it can be learned from, or
	// answers *pipeline.RefusedError for what is not music or is blocked. It becomes no
	// candidate.
	Teach(ctx context.Context, guildID, videoID string) (catalog.Video, error)
	// LabelNext is up to n videos to ask about next, none of exclude and none of a known
	// song.
	LabelNext(ctx context.Context, guildID string, n int, exclude []string) ([]pipeline.Ranked, error)
	// Duel is two songs to ask a member about, or with "" the guild; none when there are
	// none.
	Duel(ctx context.Context, guildID, memberID string, exclude []string) ([]pipeline.Ranked, error)
	// Like is the candidates that are like a video, and ByArtist those by an artist as
	// people write the name: for a member, as Rank does.
	Like(ctx context.Context, guildID, videoID, memberID string, n int) ([]pipeline.Ranked, error)
	ByArtist(ctx context.Context, guildID, artist, memberID string, n int) ([]pipeline.Ranked, error)
	// Favourites is how many favourites the guild has told that it likes, and by the artists
	// of how many of them a song was found.
	Favourites(ctx context.Context, guildID string) (found, told int, err error)
	// Artists is up to n artists that the guild knows, by the start of a word of their
	// names, those with the most songs liked first.
	Artists(ctx context.Context, guildID, begins string, n int) ([]pipeline.ArtistRecord, error)
	// Taste is what the guild's model has learned, in words and channels, and the
	// artists that the guild likes.
	Taste(ctx context.Context, guildID string) (pipeline.Taste, error)
}

// Catalog is what the bot asks of the catalogue.
type Catalog interface {
	GuildStore
	VoteStore
	PostStore
	OutboxStore
	PreferenceStore
	RecoveryStore
	Library
}

// GuildStore keeps the guilds' settings.
type GuildStore interface {
	Guild(ctx context.Context, id string) (catalog.Guild, bool, error)
	Guilds(context.Context) ([]catalog.Guild, error)
	SaveGuild(context.Context, catalog.Guild) error
	UpdateGuild(ctx context.Context, id string, change func(*catalog.Guild) error) error
	// Slot reads a slot: whether it was posted.
	Slot(ctx context.Context, slotKey string) (s catalog.Slot, found bool, err error)
}

// VoteStore keeps the votes.
type VoteStore interface {
	// Vote applies changes in order in one transaction and returns the vote
	// that each left behind.
	Vote(ctx context.Context, changes ...catalog.VoteChange) ([]catalog.Vote, error)
	PostVotes(ctx context.Context, postID string) ([]catalog.Vote, error)
	Votes(ctx context.Context, guildID string) ([]catalog.Vote, error)
	MemberVotes(ctx context.Context, guildID, memberID string) ([]catalog.Vote, error)
	// Duel keeps a member's answer to a duel, and without a choice takes it back.
	Duel(ctx context.Context, d catalog.Duel) error
	Duels(ctx context.Context, guildID string) ([]catalog.Duel, error)
	ForgetMember(ctx context.Context, guildID, memberID string) (int, error)
	SetUnnamed(ctx context.Context, memberID string, unnamed bool) error
	Unnamed(ctx context.Context, memberID string) (bool, error)
	// TakeOver gives one guild the labels of another, which counts as left then.
	TakeOver(ctx context.Context, from, to string) (taken int, err error)
}

// PreferenceStore keeps what members tell of their taste apart from posts.
type PreferenceStore interface {
	// AddPreferences keeps those of one member that came together; added is how many
	// are new.
	AddPreferences(ctx context.Context, all ...catalog.Preference) (added int, err error)
	// ReplacePreferences puts those of a batch, perhaps none, in the place of what it was.
	ReplacePreferences(ctx context.Context, guildID, memberID, batch string, all ...catalog.Preference) error
	// RemovePreferences takes back what came together.
	RemovePreferences(ctx context.Context, guildID, memberID, batch string) (removed int, err error)
	Preferences(ctx context.Context, guildID, memberID string) ([]catalog.Preference, error)
}

// PostStore finds posts.
type PostStore interface {
	Post(ctx context.Context, id string) (catalog.Post, bool, error)
	PostByMessage(ctx context.Context, messageID string) (catalog.Post, bool, error)
	Posts(ctx context.Context, guildID string, since time.Time) ([]catalog.Post, error)
	RetirePost(ctx context.Context, id string) error
	// Shown is the posts that stand on Discord, and Reactions what is kept of the
	// reactions to some of them.
	Shown(ctx context.Context, guildID string, since time.Time) ([]catalog.Shown, error)
	Reactions(ctx context.Context, guildID string, postIDs ...string) ([]catalog.Reactions, error)
}

// RecoveryStore takes back what is read from Discord again.
type RecoveryStore interface {
	Recoverable(ctx context.Context, guildID string) (empty, cutOff bool, err error)
	BeginRecovery(ctx context.Context, guildID string) (resumed bool, err error)
	// Observe keeps what is known of videos.
	Observe(ctx context.Context, sightings []catalog.Sighting) (added int, err error)
	RecoverPosts(ctx context.Context, posts ...catalog.Post) (added int, err error)
	FinishRecovery(ctx context.Context, guildID string, notice *catalog.Outbox) error
}

// OutboxStore holds the messages that are on their way.
type OutboxStore interface {
	Enqueue(context.Context, catalog.Outbox) (created bool, err error)
	// Pending is a guild's unfinished rows in the order of sending: not yet
	// sent, or sent without their reactions. Guild "" means all.
	Pending(ctx context.Context, guildID string) ([]catalog.Outbox, error)
	// Owing is how many rows that is, by guild.
	Owing(ctx context.Context) (map[string]int, error)
	Attempt(ctx context.Context, id string, at time.Time) error
	MarkSent(ctx context.Context, id, messageID string, at time.Time) error
	MarkReactions(ctx context.Context, id string) error
	// MarkFailed ends a row; again says that the fault was not the message's own.
	MarkFailed(ctx context.Context, id, sentence string, again bool) error
	// Refused is what will not be sent of the newest slots.
	Refused(ctx context.Context, guildID string) ([]catalog.Outbox, error)
}

// Library is everything else that the bot reads and keeps.
type Library interface {
	// History is what a guild was shown and told.
	History(ctx context.Context, guildID string) (catalog.History, error)
	Video(ctx context.Context, id string) (catalog.Video, bool, error)
	Finds(ctx context.Context, guildID string) ([]catalog.Find, error)
	Find(ctx context.Context, guildID, videoID string) (f catalog.Find, found bool, err error)
	ChampionCard(ctx context.Context, guildID string) (catalog.Model, bool, error)
	Runs(ctx context.Context, guildID string, limit int) ([]catalog.Run, error)
	// State and SetState keep small things by name, such as a hash of the
	// registered commands.
	State(ctx context.Context, name string) ([]byte, bool, error)
	SetState(ctx context.Context, name string, data []byte) error
	// SetStates sets several at once.
	SetStates(ctx context.Context, states map[string][]byte) error
}
