package catalog

import (
	"context"
	"iter"
	"time"

	"cratedigger/pipeline/youtube"
)

// Store keeps the catalogue. What each method promises, every store keeps; the promises of
// all are in the package's comment. Who needs a part of it asks for that part.
type Store interface {
	// Videos.

	// Observe merges readings of videos into the catalogue and returns how many
	// videos are new. Values of a watch page win over those of a result row of the
	// same visit, and a value that a page lacks is kept. Fields that are too large
	// are cut, and sightings without a valid id are left out; the log says how
	// many. When ctx ends, batches already written stay.
	Observe(ctx context.Context, sightings []Sighting) (added int, err error)
	// Import writes the sightings and votes of all rows or of none, in transactions that
	// are small enough for votes to be written between them. If rows returns an error,
	// or ctx ends before all rows are staged, nothing changes. If Import returns nil, all
	// rows are on the disk. If the disk is full after they count, the error is an
	// [UnfinishedImportError], and the next Open or Import writes the rest. It returns
	// how many videos are new. Imports run one at a time.
	Import(ctx context.Context, rows iter.Seq2[ImportRow, error]) (added int, err error)
	// DropVideos deletes videos and the guilds' finds of them, and returns how many
	// existed. Posts and votes keep the ids of their videos.
	DropVideos(ctx context.Context, ids ...string) (dropped int, err error)
	// Video returns one video.
	Video(ctx context.Context, id string) (v Video, found bool, err error)
	// VideosByID reads several videos in one transaction. Unknown ids are missing
	// from the result.
	VideosByID(ctx context.Context, ids []string) (map[string]Video, error)
	// Videos yields every video in the order of ids. It reads in batches and holds no
	// transaction while the caller works, so a video that changes meanwhile may come
	// in its old or its new state.
	Videos(ctx context.Context) iter.Seq2[Video, error]
	// VideoCount returns the number of videos.
	VideoCount(ctx context.Context) (int, error)
	// GuildVideos returns the videos that a guild may be shown, in the order of ids.
	GuildVideos(ctx context.Context, guildID string) ([]Video, error)
	// Find returns why a guild may be shown a video; found is false if it may not.
	Find(ctx context.Context, guildID, videoID string) (f Find, found bool, err error)
	// Finds returns which videos a guild may be shown, and why, in the order of ids.
	Finds(ctx context.Context, guildID string) (finds []Find, err error)
	// Neighbours returns the suggestions on the newest watch page of a video, in page
	// order.
	Neighbours(ctx context.Context, id string) (neighbours []youtube.Neighbour, err error)
	// Generation grows whenever a video that a guild has found is added, changes or goes. What
	// other guilds find does not touch it. It begins anew when the store is opened.
	Generation(ctx context.Context, guildID string) (uint64, error)
	// ReadSongs reads the song of every video with what all other videos tell of names. It
	// stores the songs that have changed, and returns how many. Before that, a video has the
	// song that its own words tell. A stored song that other rules gave is read anew whenever
	// its row is read, until ReadSongs stores today's. ReadSongs writes in pieces and holds no
	// transaction while it reads. What it stored before an error stays, and the next call
	// does the rest.
	ReadSongs(ctx context.Context) (changed int, err error)
	// SongsCurrent reports whether ReadSongs has ended once since the rules of songs
	// changed last.
	SongsCurrent(ctx context.Context) (current bool, err error)

	// Taste.

	// Vote applies changes in one transaction, in their order, and returns for each
	// the vote as it is after all of them.
	//
	// The flag that was set later counts; removing it falls back to the other.
	// Setting a reaction that is already set changes nothing, as Discord may report
	// one twice. If the order of two flags is not known, the vote from before the
	// call stays; but a flag that was not set at a time when the other was is the
	// later one. A vote found by comparing with Discord is ignored, and returned
	// as zero, if its post is older than the member's request to be forgotten.
	Vote(ctx context.Context, changes ...VoteChange) ([]Vote, error)
	// PostVotes returns the votes on a post, in the order of member ids.
	PostVotes(ctx context.Context, postID string) ([]Vote, error)
	// Votes returns a guild's votes, sorted by post and member; one without a post as if its
	// post were "video:" and its video.
	Votes(ctx context.Context, guildID string) ([]Vote, error)
	// Reactions counts the reactions to each of some posts of a guild, as one state of the
	// catalogue has them.
	Reactions(ctx context.Context, guildID string, postIDs ...string) (counts []Reactions, err error)
	// MemberVotes returns a member's votes in a guild, sorted as Votes.
	MemberVotes(ctx context.Context, guildID, memberID string) ([]Vote, error)
	// Duel keeps a member's answer, which replaces an earlier one, or without a choice takes
	// it back. Without a member it notes that the guild was asked. What a member answered
	// before they asked to be forgotten is not kept.
	Duel(ctx context.Context, d Duel) error
	// Duels returns a guild's duels, pair by pair, those that it was asked before the
	// members' answers.
	Duels(ctx context.Context, guildID string) (all []Duel, err error)
	// AddPreferences keeps preferences of one owner that come together, that is, with the
	// same guild, member and batch, in one transaction. Names are cut to 300 bytes; one
	// without At is told now. As many are kept as the limits leave room for
	// ([MemberPreferences], [GuildPreferences]), the first ones before the others; added is
	// how many of this call are kept. What a member told before they asked to be forgotten
	// is not kept.
	AddPreferences(ctx context.Context, all ...Preference) (added int, err error)
	// ReplacePreferences puts preferences in the place of all that came with their batch
	// before; with none it only removes those. What is told again keeps the time when it was
	// first told. If there is no room for all, nothing changes, and the error is [ErrNoRoom].
	ReplacePreferences(ctx context.Context, guildID, memberID, batch string, all ...Preference) error
	// RemovePreferences deletes what came with one batch of an owner's preferences, or with
	// "" all of theirs. memberID "" is the guild itself. It returns how many it deleted.
	RemovePreferences(ctx context.Context, guildID, memberID, batch string) (removed int, err error)
	// Preferences returns all that a member, or with "" the guild itself, told, batch by
	// batch, also what was said twice. Within a batch the order is the store's, but always
	// the same.
	Preferences(ctx context.Context, guildID, memberID string) (all []Preference, err error)
	// History returns a guild's posts, votes, preferences, duels and held picks, read in one transaction.
	History(ctx context.Context, guildID string) (h History, err error)

	// Models.

	// SaveModel writes a new version of a guild's model, optionally as the champion,
	// and drops the oldest versions. Parts are the model's bytes, cut where other versions
	// may have the same. It returns the version's number, from 1.
	SaveModel(ctx context.Context, guildID string, card []byte, parts [][]byte, champion bool) (version int, err error)
	// Promote makes a kept version the champion, be it newer or older than the
	// current one.
	Promote(ctx context.Context, guildID string, version int) error
	// Champion returns the model that serves a guild, with its bytes.
	Champion(ctx context.Context, guildID string) (m Model, found bool, err error)
	// ChampionCard returns the model that serves a guild without its bytes.
	ChampionCard(ctx context.Context, guildID string) (m Model, found bool, err error)
	// ChampionVersion is the version of the model that serves a guild; 0 if there is none.
	ChampionVersion(ctx context.Context, guildID string) (version int, err error)
	// Model returns one version with its bytes.
	Model(ctx context.Context, guildID string, version int) (m Model, found bool, err error)
	// Models returns the kept versions of a guild without their bytes, newest first.
	Models(ctx context.Context, guildID string) (models []Model, err error)

	// Slots, posts and the outbox.

	// BeginSlot records an attempt at a slot. fresh is false if the slot is done, or
	// given up after slotAttempts.
	BeginSlot(ctx context.Context, s Slot) (fresh bool, err error)
	// FinishSlot marks a slot as done, unless Discord took nothing of it (see
	// MarkFailed).
	FinishSlot(ctx context.Context, slotKey string) error
	// Slot returns one slot.
	Slot(ctx context.Context, slotKey string) (s Slot, found bool, err error)
	// LastSent returns the newest slot of a guild's scheduled posts of which Discord took a
	// message.
	LastSent(ctx context.Context, guildID string) (s Slot, found bool, err error)
	// JobSince returns since when a job has had this schedule line; for a new line,
	// now. Earlier slots do not count as missed. A guild's jobs begin with its id and "/".
	JobSince(ctx context.Context, job, line string, now time.Time) (since time.Time, err error)
	// Hold writes the picks that a slot is to post in place of those that it held before, in
	// one transaction. Each is a post and an outbox row in [StateHeld], until CreatePosts
	// writes the slot's posts or another Hold leaves it out. A video that another slot of the
	// guild holds is left out; gone are the keys of slots that come no more, whose picks are
	// dropped. If the slot is done, nothing is written and held is false.
	//
	// Of the posts ID and CreatedAt are filled in where they are empty.
	Hold(ctx context.Context, slot Slot, picks []Held, gone ...string) (held bool, err error)
	// Held returns the picks that a guild holds, in the order of their minutes and, within a
	// slot, of their positions.
	Held(ctx context.Context, guildID string) (held []Held, err error)
	// CreatePosts writes a slot's posts and outbox rows in one transaction and marks
	// the slot as done; what was held for it goes. If it was done before, nothing is written
	// and created is false.
	//
	// Empty fields are filled in: of rows ID (slot key and position), Nonce, State,
	// CreatedAt and, for picks, Reactions; of posts ID, State and CreatedAt.
	CreatePosts(ctx context.Context, slot Slot, posts []Post, rows []Outbox) (created bool, err error)
	// Post returns one post.
	Post(ctx context.Context, id string) (p Post, found bool, err error)
	// PostByMessage returns the post that was sent as a Discord message.
	PostByMessage(ctx context.Context, messageID string) (p Post, found bool, err error)
	// Posts returns a guild's posts created at since or later, oldest first and
	// those of a slot by position.
	Posts(ctx context.Context, guildID string, since time.Time) (posts []Post, err error)
	// Shown returns the posts of a guild that stand on Discord and were created at since or
	// later, oldest first.
	Shown(ctx context.Context, guildID string, since time.Time) (shown []Shown, err error)
	// RetirePost marks a post as taken back, and its outbox row too if that was never
	// sent. Its votes stay.
	RetirePost(ctx context.Context, postID string) error
	// Enqueue adds one message, such as a notice or a recap, to the outbox. If a row
	// with its id exists, Enqueue changes nothing and returns created false. But it
	// replaces a row that failed though the message was not at fault. Enqueue fills in
	// empty fields, except the id, as CreatePosts does.
	Enqueue(ctx context.Context, o Outbox) (created bool, err error)
	// Pending returns rows of a guild, or of all guilds for "", in sending order: those
	// that may not have been sent (StatePending), and those that were sent but whose
	// reactions are not placed yet (StateSent). What is held is not to be sent yet, and left
	// out; to Attempt, the Mark methods and RetirePost it is not there.
	Pending(ctx context.Context, guildID string) (rows []Outbox, err error)
	// Refused returns a guild's failed messages, which will not be sent, in sending
	// order. It leaves out those written before the newest message that was sent: sending
	// has worked again since then.
	Refused(ctx context.Context, guildID string) (rows []Outbox, err error)
	// Owing returns how many rows Pending would return of each guild. It does not read the
	// rows.
	Owing(ctx context.Context) (byGuild map[string]int, err error)
	// Attempt records that a row is about to be sent.
	Attempt(ctx context.Context, outboxID string, at time.Time) error
	// MarkSent records the id of the message that a row was sent as, in the row and in its
	// post. A second call changes nothing.
	MarkSent(ctx context.Context, outboxID, messageID string, at time.Time) error
	// MarkReactions records that the 👍 and 👎 of a row are placed.
	MarkReactions(ctx context.Context, outboxID string) error
	// MarkFailed records that a row will not be sent, and why; or, if it was sent,
	// that its reactions will not be placed. again says that the message itself was
	// not at fault. The video of its post is then a candidate again and, if nothing of
	// its slot but the heading was sent, the slot is open again.
	MarkFailed(ctx context.Context, outboxID, sentence string, again bool) error

	// Recovery from Discord.

	// BeginRecovery notes that a guild's posts and votes are being read from Discord again.
	// The guild must have no post and no vote, or a recovery of it must have been cut off:
	// then resumed is true. Otherwise the error is a [NotEmptyError].
	BeginRecovery(ctx context.Context, guildID string) (resumed bool, err error)
	// Recoverable reports whether BeginRecovery would begin, and whether a recovery of the
	// guild was cut off.
	Recoverable(ctx context.Context, guildID string) (empty, cutOff bool, err error)
	// RecoverPosts keeps posts that were found on Discord, in one transaction, and returns
	// how many of them are new. It leaves out a post whose id or message is known already,
	// so that it may be called again.
	RecoverPosts(ctx context.Context, posts ...Post) (added int, err error)
	// FinishRecovery ends a guild's recovery and puts notice, which may be nil, into the
	// outbox.
	FinishRecovery(ctx context.Context, guildID string, notice *Outbox) error

	// Guilds and runs.

	// Guild returns a guild's settings.
	Guild(ctx context.Context, id string) (g Guild, found bool, err error)
	// Guilds returns all guilds in the order of ids, including those that the bot has
	// left.
	Guilds(ctx context.Context) (guilds []Guild, err error)
	// SaveGuild writes a guild's settings, new or changed.
	SaveGuild(ctx context.Context, g Guild) error
	// UpdateGuild changes a guild's settings in one transaction. If change returns
	// an error, nothing is stored. change must not call the catalogue.
	UpdateGuild(ctx context.Context, id string, change func(*Guild) error) error
	// TakeOver gives one guild the labels of another: its votes on videos without a
	// post, the finds of these videos, its preferences and its duels. A voter's label that the new guild has already
	// stays as it is there. The other guild counts as left from now on; nothing of it
	// is deleted before the retention ends. It returns how many labels were taken.
	TakeOver(ctx context.Context, from, to string) (taken int, err error)
	// StartRun records the start of a run and returns it with its empty fields ID,
	// Started and Outcome filled in.
	StartRun(ctx context.Context, r Run) (Run, error)
	// FinishRun records the end of a run. A zero Ended means now. It keeps the stored
	// asker, as the member may have been forgotten since, and writes nothing if the
	// run is gone because its guild was forgotten.
	FinishRun(ctx context.Context, r Run) error
	// Runs returns up to limit runs (0: all) of a guild, or of all guilds for "",
	// newest first.
	Runs(ctx context.Context, guildID string, limit int) (runs []Run, err error)

	// Small values.

	// Counter returns a named counter, 0 when it does not exist.
	Counter(ctx context.Context, name string) (n uint64, err error)
	// AddCounter adds to a named counter and returns the sum. Daily counters have the
	// day in their name.
	AddCounter(ctx context.Context, name string, add uint64) (n uint64, err error)
	// State returns the bytes stored by SetState.
	State(ctx context.Context, name string) (data []byte, found bool, err error)
	// SetState stores bytes under a name, or deletes them if data is nil.
	SetState(ctx context.Context, name string, data []byte) error
	// SetStates does what SetState does, for several names in one transaction.
	SetStates(ctx context.Context, states map[string][]byte) error

	// Forgetting.

	// SetUnnamed keeps a member's wish not to be named in what all may read, in every guild,
	// or takes it back. Of the member only a keyed digest is kept.
	SetUnnamed(ctx context.Context, memberID string, unnamed bool) error
	// Unnamed reports whether a member asked not to be named.
	Unnamed(ctx context.Context, memberID string) (unnamed bool, err error)
	// ForgetMember deletes the data of a member in a guild, or with "" in all guilds: their
	// votes, preferences and duels, and their id with what they proposed, blocked or started, wherever it was
	// copied: in a post's reasons, in a message in the outbox, in a state. In all guilds it
	// also deletes their wish not to be named. It returns the number of deleted votes.
	//
	// Work in progress does not bring the id back: FinishRun keeps the stored asker,
	// CreatePosts credits the member whom the stored find names, an older sighting names
	// nobody, and votes without a post, preferences and duels from before that time are not taken. Backups keep the data until they are pruned, and the model until it
	// is trained again.
	//
	// The member's reactions stay on Discord. So that neither a comparison with Discord nor
	// a recovery (see BeginRecovery), which reads posts of any age, brings back their votes,
	// the catalogue keeps the time and a keyed digest of the id for good. Reactions of the
	// member to posts from before that time are ignored. What the member does from now on
	// counts.
	ForgetMember(ctx context.Context, guildID, memberID string) (votes int, err error)
	// Forgotten reports whether a member was forgotten in a guild at or after a time. Parts
	// of the program that keep an id in memory ask it before they show the id.
	Forgotten(ctx context.Context, guildID, memberID string, since time.Time) (was bool, err error)
	// ForgetGuild deletes all data of a guild: its settings, votes, preferences, duels, posts, outbox, models,
	// runs, counts, and the states that mention it. Videos stay, because all guilds share
	// them. What may be many rows goes first, in pieces. The models and the settings go last, in
	// one transaction, so that a guild of which something is left is still there to be forgotten.
	ForgetGuild(ctx context.Context, guildID string) error
	// Prune deletes what is older than the given moments, preferences of members and duels
	// with the votes; a zero moment keeps all rows of its kind. It also deletes neighbours
	// that no kept video's page shows, picks that were held a day beyond their minute and, with
	// the runs, daily counters. It returns the number of deleted votes, also with an error: it works in pieces.
	Prune(ctx context.Context, votesBefore, logsBefore time.Time) (votes int, err error)

	// Close waits for running transactions and closes the store.
	Close() error
}
