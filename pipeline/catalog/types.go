package catalog

import (
	"time"

	"cratedigger/pipeline/youtube"
)

// Video is one video as the catalogue knows it: the newest known value of
// each field, and what was seen of it over time. It is the same in every guild.
type Video struct {
	youtube.Video
	Status     youtube.Status // of the newest watch page; "" when none was read
	FirstSeen  time.Time      // UTC
	LastSeen   time.Time      // UTC, newest result row or watch page
	DetailedAt time.Time      // UTC, newest watch page (or API record); zero: only result rows so far
	Queries    []string       // every query text that found it, sorted

	Observations []Observation // oldest first, at most one a day is kept for long
}

// Observation is what was read of a video at one time.
type Observation struct {
	At          time.Time // UTC
	Views       *int64
	Likes       *int64
	Dislikes    *int64
	Subscribers *int64
	Detailed    bool // from a watch page or an API record, not from a result row
}

// Sighting is one reading of one video, on its way into the catalogue.
type Sighting struct {
	Video    youtube.Video
	Status   youtube.Status
	At       time.Time // UTC
	GuildID  string    // the guild whose query found it; "" when refreshed for all
	Query    string    // the query's text; "" when none
	SeededBy string    // the member who proposed it; "" when a query found it
	Detailed bool      // from a watch page or an API record

	Beside []youtube.Neighbour // what the watch page shows beside the video
}

// Find is a video that a guild may be shown: its queries found it or a member
// proposed it.
type Find struct {
	GuildID, VideoID string
	Queries          []string
	SeededBy         string // member id, "" when none
	FirstSeen        time.Time
}

// VoteSource says through what a flag of a vote came.
type VoteSource string

// The sources of a vote.
const (
	SourceReaction VoteSource = "reaction"
	SourceButton   VoteSource = "button"
	SourceImport   VoteSource = "import" // labels import, /label, the dashboard
)

// ImportVoter is the member to whom the labels of files, the terminal and the
// dashboard belong: the owner.
const ImportVoter = "import"

// Vote is one member's answer to one post (or, with PostID "", to a video
// without a post). Up and Down are kept apart: the later one is the vote,
// removing it falls back to the other, and where the order is not known the
// stored Value stands.
type Vote struct {
	GuildID, VideoID, PostID, MemberID string

	Up, Down Flag
	Value    int       // +1, -1 or 0: what counts now
	At       time.Time // UTC, when Value last changed
}

// Flag is one direction of a vote: when each source set it, zero where it did not.
type Flag struct {
	Reaction, Button, Import time.Time
}

// Set reports whether any source has the flag up.
func (f Flag) Set() bool {
	return !f.Reaction.IsZero() || !f.Button.IsZero() || !f.Import.IsZero()
}

// VoteChange is one event on its way into the vote table.
type VoteChange struct {
	GuildID, VideoID, PostID, MemberID string

	Up     bool // which of the two flags
	Set    bool // set it or take it away
	Source VoteSource
	At     time.Time // UTC
	// OrderUnknown marks a change found by comparing with Discord afterwards:
	// when it happened relative to the other flag is not known, unless that one
	// stood already at Since.
	OrderUnknown bool
	Since        time.Time // UTC; when the change was looked for and not there; zero: not known
}

// State says how far a post or an outbox row has come.
type State string

// The states of posts and outbox rows.
const (
	StatePending State = "pending" // written, not known to be sent
	StateSent    State = "sent"
	StateFailed  State = "failed"  // final: Discord refused it
	StateRetired State = "retired" // taken back by an administrator, or deleted on Discord
)

// Post is a pick as a Discord message: what was chosen, why, and with which
// chance, so that learning from it stays honest.
type Post struct {
	ID        string // 16 characters a-z2-7, derived from slot and video
	GuildID   string
	ChannelID string
	MessageID string // "" until sent
	VideoID   string
	Slot      string // the slot's key; see Slot
	Position  int    // 0-based place in the slot
	Wildcard  bool

	Score        float64 // probability of 👍, calibrated when the model is
	Variance     float64 // of the score, over the ensemble's leaves
	Policy       Policy
	Propensity   float64 // chance with which the policy chose it, (0, 1]
	ModelVersion int     // 0: the rule ranked
	Reasons      []Reason
	Observation  Observation // the values it was scored on
	Labels       int         // labels the model had when this was posted

	State     State
	Again     bool      // of a failed one: the fault was not the pick's, which may be posted later
	CreatedAt time.Time // UTC
	SentAt    time.Time // UTC
}

// Used reports whether the post's video is no candidate any more. That of a post
// which Discord refused for a reason of the channel's or the bot's still is.
func (p Post) Used() bool { return p.State != StateFailed || !p.Again }

// Policy is how a pick was chosen.
type Policy string

// The policies of picks.
const (
	PolicyRule     Policy = "rule"     // the best by the rule, while there is no model
	PolicyGreedy   Policy = "greedy"   // the best by the model
	PolicyThompson Policy = "thompson" // drawn from what the model holds possible
	PolicyWildcard Policy = "wildcard" // what would teach most and is unlike the rest
)

// ReasonKind is what a reason speaks of.
type ReasonKind string

// The kinds of reasons.
const (
	ReasonChannel  ReasonKind = "channel"  // Words: its name; Number: how many of it were liked
	ReasonWords    ReasonKind = "words"    // Words: of the title, the tags or the description
	ReasonFact     ReasonKind = "fact"     // Words: the number's name; Number: what it is
	ReasonLike     ReasonKind = "like"     // Words: the title of the liked video it resembles most
	ReasonQuery    ReasonKind = "query"    // Words: the query that found it
	ReasonFresh    ReasonKind = "fresh"    // Number: its age in days
	ReasonRule     ReasonKind = "rule"     // Words: the part of the rule
	ReasonWildcard ReasonKind = "wildcard" // it was chosen for what it teaches
	ReasonSeed     ReasonKind = "seed"     // Words: the member who proposed it
	ReasonExplore  ReasonKind = "explore"  // it owes its luck more than its score
)

// Reason is why a video was picked, to be put into words by who shows it.
type Reason struct {
	Kind   ReasonKind
	Words  []string // the channel's name, the words, the fact's name
	Number float64  // what goes with it: likes of the channel, days, …
	Weight float64  // contribution to the raw score, signed
}

// OutboxKind is what a message is.
type OutboxKind string

// The kinds of messages.
const (
	OutboxHeading OutboxKind = "heading"
	OutboxPick    OutboxKind = "pick"
	OutboxRecap   OutboxKind = "recap"
	OutboxNotice  OutboxKind = "notice"
)

// Outbox is one message on its way to Discord, written before it is sent and
// marked after.
type Outbox struct {
	ID        string // sorts in sending order within a slot
	GuildID   string
	ChannelID string
	Slot      string
	Kind      OutboxKind
	PostID    string // of a pick
	Text      string // of a notice, or the heading's arguments as JSON
	Nonce     string // at most 25 characters, the same at every attempt

	State     State
	Again     bool // of a failed one: the fault was not the message's, and its slot may be made up
	MessageID string
	Reactions State // of the 👍 and 👎 that the bot places itself
	Attempts  int
	LastTry   time.Time // UTC
	Error     string    // of the last attempt, for people
	CreatedAt time.Time // UTC
}

// Slot is one firing of a guild's schedule.
type Slot struct {
	Key     string // guild + "/" + kind + "/" + wall clock, as "123/post/2026-11-22T18:00"
	GuildID string
	Kind    RunKind
	At      time.Time
	Done    bool
}

// RunKind is what a run does, and what a slot is for.
type RunKind string

// The kinds of runs and slots.
const (
	RunScrape  RunKind = "scrape"
	RunPost    RunKind = "post"
	RunRetrain RunKind = "retrain"
	RunTune    RunKind = "tune"
	RunRecap   RunKind = "recap"
	RunStart   RunKind = "start"   // a guild's first picks: a scrape and a post, which are runs of their own
	RunRefresh RunKind = "refresh" // what was read through the API, before it may not be kept
	RunBackup  RunKind = "backup"  // with the end of what is kept for a time
)

// Outcome is how a run ended.
type Outcome string

// The outcomes of runs.
const (
	OutcomeRunning   Outcome = "running"
	OutcomeOK        Outcome = "ok"
	OutcomeDegraded  Outcome = "degraded" // it ended, but not everything was read or trusted
	OutcomeFailed    Outcome = "failed"
	OutcomeCancelled Outcome = "cancelled"
)

// Asker is who asked for a run: the id of a member, or one of these.
type Asker string

// Askers that are no members.
const (
	BySchedule  Asker = "schedule"
	ByCommand   Asker = "command" // the command line
	ByDashboard Asker = "dashboard"
	ByForgotten Asker = "forgotten" // a member whose data was forgotten
)

// Run is one execution of a stage.
type Run struct {
	ID       string // sorts by start
	GuildID  string // "" for all
	Kind     RunKind
	Slot     string // "" when a person asked
	By       Asker
	Started  time.Time
	Ended    time.Time // zero while running
	Outcome  Outcome
	Error    string // a sentence
	Counts   map[string]int
	Coverage map[string]Coverage // by page kind
	Alarms   []string            // drift, in sentences
}

// CountRefused is the count of a run's picks that Discord refused, or that could
// not be sent for another reason. It is counted after the run has ended.
const CountRefused = "refused"

// Coverage is how many videos of a page kind had each field.
type Coverage struct {
	Pages   int
	Videos  int
	Fields  map[string]int
	Skipped map[string]int // item kinds passed over
	Unknown map[string]int // item kinds nobody knows
}

// Guild is a Discord server's settings. The configuration file gives the
// values of a new guild; from then on these win. What may be chosen is a table of
// its own, in pipeline/limit.
type Guild struct {
	ID       string
	Name     string
	JoinedAt time.Time
	LeftAt   time.Time // zero while the bot is in it

	ChannelID string // "" until set up
	Queries   []youtube.Query
	Schedule  []string // cron specs of the daily post, in Zone
	Scrape    string   // cron spec; "" means an hour before each post
	Retrain   string   // cron spec
	Recap     string   // cron spec; "" for none
	Zone      string   // IANA name
	Picks     int      // per slot

	Exploration float64 // 0 greedy to 1 all Thompson
	Wildcard    bool
	Votes       string // "reactions", "buttons", "both"
	Language    string // of the posts, such as "en"; "" follows the guild's locale
	MentionRole string // role id that opted in to be pinged; "" for none
	MinSeconds  int
	MaxSeconds  int
	MusicOnly   bool
	Languages   []string // of videos, such as "en"; none: any

	BlockedChannels []BlockedChannel
	BlockedWords    []string

	Paused      bool
	PauseReason string // a sentence, when the bot paused it by itself
	Introduced  bool   // the heading has said once that the bot is still learning
}

// BlockedChannel is a YouTube channel that is never picked.
type BlockedChannel struct {
	ID, Name string
	By       string // member id
	At       time.Time
}

// Model is one trained model of a guild. Blob is opaque here.
type Model struct {
	GuildID   string
	Version   int // from 1
	CreatedAt time.Time
	Champion  bool
	Card      []byte // JSON: data hash, code version, seed, parameters, metrics, weights
	Blob      []byte // nil in listings
}
