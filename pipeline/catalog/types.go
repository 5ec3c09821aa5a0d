package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// Video is one video as the catalogue knows it: the newest known value of each
// field, and its observations over time. All guilds share it.
type Video struct {
	youtube.Video
	Status     youtube.Status // of the newest watch page; "" when none was read
	FirstSeen  time.Time      // UTC
	LastSeen   time.Time      // UTC, of the newest result row or watch page
	DetailedAt time.Time      // UTC, of the newest watch page or API record; zero: only result rows so far
	Queries    []string       // the texts of all queries that found it, sorted
	Song       song.Song      // who performs what in it; below song.Sure a guess

	Observations []Observation // oldest first, thinned (see observation.go)
}

// Observation is what was read of a video at one time.
type Observation struct {
	At          time.Time // UTC
	Views       *int64
	Likes       *int64
	Dislikes    *int64
	Subscribers *int64
	Detailed    bool // from a watch page or API record, not from a result row
}

// Sighting is one reading of one video, to be written to the catalogue.
type Sighting struct {
	Video    youtube.Video
	Status   youtube.Status
	At       time.Time // UTC
	GuildID  string    // the guild whose query found it; "" when refreshed for all
	Query    string    // the query's text, if any
	SeededBy string    // the member who proposed it; "" when a query found it
	Detailed bool      // from a watch page or API record

	Neighbours []youtube.Neighbour // suggestions on its watch page
}

// Find is a video that a guild may be shown: its queries found it or a member
// proposed it.
type Find struct {
	GuildID, VideoID string
	Queries          []string
	SeededBy         string // member id, "" when none
	FirstSeen        time.Time
}

// VoteSource says how a vote was given.
type VoteSource string

// The sources of a vote.
const (
	SourceReaction VoteSource = "reaction"
	SourceButton   VoteSource = "button"
	SourceImport   VoteSource = "import" // labels import, /label, the dashboard
)

// ImportVoter is the member id of labels from files, the terminal and the
// dashboard, which count as the owner's.
const ImportVoter = "import"

// Vote is one member's answer to one post or, with PostID "", to a video
// without a post. A member can set both Up and Down: the later one counts, and
// removing it falls back to the other. If the order is not known the stored
// Value stays.
type Vote struct {
	GuildID, VideoID, PostID, MemberID string

	Up, Down Flag
	Value    int       // +1, -1 or 0: what counts now
	At       time.Time // UTC, when Value last changed
}

// Flag is one direction of a vote: when each source set it, zero if it did not.
type Flag struct {
	Reaction, Button, Import time.Time
}

// Set reports whether any source has set the flag.
func (f Flag) Set() bool {
	return !f.Reaction.IsZero() || !f.Button.IsZero() || !f.Import.IsZero()
}

// VoteChange is one change of a vote's flag.
type VoteChange struct {
	GuildID, VideoID, PostID, MemberID string

	Up     bool // which of the two flags
	Set    bool // set or remove it
	Source VoteSource
	At     time.Time // UTC
	// OrderUnknown marks a change found by comparing with Discord afterwards: it
	// is not known whether it came before or after the other flag, unless that was
	// already set at Since.
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
	StateHeld    State = "held"    // prepared, and not to be sent before its slot's minute; see Held
)

// Post is a pick as a Discord message. It records why and with which probability
// the video was chosen, so that later learning can account for it.
type Post struct {
	ID        string // 16 characters a-z2-7, derived from slot and video
	GuildID   string
	ChannelID string
	MessageID string // "" until sent
	VideoID   string
	Slot      string // the slot's key; see Slot
	Position  int    // in the slot, from 0
	Wildcard  bool

	Score        float64 // probability of 👍, calibrated when the model is
	Variance     float64 // of the raw score: over the trees' leaves and between the learners
	Policy       Policy
	Propensity   float64 // probability that the policy chooses it, (0, 1]; 0: none is known
	ModelVersion int     // 0: the rule ranked
	Reasons      []Reason
	Observation  Observation // the values it was scored with
	Labels       int         // labels that the model was trained on

	State     State
	Again     bool      // of a failed one: the fault was not the pick's, which may be posted later
	CreatedAt time.Time // UTC
	SentAt    time.Time // UTC
}

// Used reports whether the post takes its video out of the candidates. A post that
// Discord refused does so only if the message itself was at fault.
func (p Post) Used() bool { return p.State != StateFailed || !p.Again }

// Policy is how a pick was chosen.
type Policy string

// The policies of picks.
const (
	PolicyRule     Policy = "rule"     // the best by the rule, while there is no model
	PolicyGreedy   Policy = "greedy"   // the best by the model
	PolicyThompson Policy = "thompson" // Thompson sampling of the model's scores
	PolicyWildcard Policy = "wildcard" // an uncertain candidate, unlike what was posted
	// PolicyRecovered is of a post that was read from Discord again: nobody knows any
	// more how it was chosen, so it has no score and no propensity.
	PolicyRecovered Policy = "recovered"
	// PolicyChanged is of a pick that took another's place after the slot's picks were
	// drawn, or that the owner kept when they were drawn anew. It has no propensity.
	PolicyChanged Policy = "changed"
)

// ReasonKind is the kind of a reason.
type ReasonKind string

// The kinds of reasons.
const (
	ReasonChannel  ReasonKind = "channel"  // Words: its name; Number: how many of it were liked
	ReasonArtist   ReasonKind = "artist"   // Words: the name; Number: how many of their songs were liked
	ReasonWords    ReasonKind = "words"    // Words: of the title, the tags or the description
	ReasonFact     ReasonKind = "fact"     // Words: the number's name; Number: what it is
	ReasonLike     ReasonKind = "like"     // Words: the title of the liked video it resembles most
	ReasonQuery    ReasonKind = "query"    // Words: the query that found it
	ReasonFresh    ReasonKind = "fresh"    // Number: its age in days
	ReasonRule     ReasonKind = "rule"     // Words: the part of the rule
	ReasonWildcard ReasonKind = "wildcard" // it was the wildcard
	ReasonSeed     ReasonKind = "seed"     // Words: the member who proposed it
	ReasonExplore  ReasonKind = "explore"  // it was drawn in spite of a low rank
)

// Reason is one reason for a pick; whoever shows it puts it into words.
type Reason struct {
	Kind   ReasonKind
	Words  []string // the channel's name, the words, the fact's name
	Number float64  // likes of the channel, days, …
	Weight float64  // contribution to the raw score, signed
}

// OutboxKind is what a message is.
type OutboxKind string

// The kinds of messages.
const (
	OutboxHeading OutboxKind = "heading"
	OutboxPick    OutboxKind = "pick"
	OutboxRecap   OutboxKind = "recap"
	OutboxDuel    OutboxKind = "duel"
	OutboxNotice  OutboxKind = "notice"
)

// Outbox is one message to Discord, written before it is sent and marked after.
type Outbox struct {
	ID        string // the guild's id, "/" and more; sorts in sending order within a slot
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
	Reactions State // of the 👍 and 👎 that the bot adds
	Attempts  int
	LastTry   time.Time // UTC
	Error     string    // of the last attempt, for people
	CreatedAt time.Time // UTC
	NotBefore time.Time // UTC, of a held one: its slot's minute
	Kept      bool      // see Held
}

// Slot is one firing of a guild's schedule.
type Slot struct {
	Key     string // guild + "/" + kind + "/" + wall clock, as "123/post/2026-11-22T18:00"
	GuildID string
	Kind    RunKind
	At      time.Time
	Done    bool
	FiredAt time.Time // when the schedule came to it: later than At if the bot was not running then; zero if it never did
	SentAt  time.Time // when Discord took the first of its messages; zero if none
}

// RunKind is the kind of work of a run or a slot.
type RunKind string

// The kinds of runs and slots.
const (
	RunScrape  RunKind = "scrape"
	RunPost    RunKind = "post"
	RunPrepare RunKind = "prepare" // a slot's picks ahead of its minute
	RunRetrain RunKind = "retrain"
	RunTune    RunKind = "tune"
	RunRecap   RunKind = "recap"
	RunDuel    RunKind = "duel"
	RunStart   RunKind = "start"   // a guild's first picks: a scrape and a post, each a run too
	RunRefresh RunKind = "refresh" // reading old videos again, as the API's terms demand
	RunBackup  RunKind = "backup"  // retention and the daily backup
)

// Outcome is how a run ended.
type Outcome string

// The outcomes of runs.
const (
	OutcomeRunning   Outcome = "running"
	OutcomeOK        Outcome = "ok"
	OutcomeDegraded  Outcome = "degraded" // it ended, but some pages could not be read or trusted
	OutcomeFailed    Outcome = "failed"
	OutcomeCancelled Outcome = "cancelled"
)

// Asker is who asked for a run: a member's id or one of these.
type Asker string

// Askers that are not members.
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
	Said     string              // what came of it, in a sentence; "" where the counts tell all
}

// CountRefused is the count of a run's picks that Discord refused, or that could
// not be sent for another reason. It is counted after the run has ended.
const CountRefused = "refused"

// CountShort is the count of a search's videos that were left unread because the day's
// pages were too few for all guilds.
const CountShort = "short"

// CountUnchanged is the count of a training that trained nothing, because nobody has told
// anything since the last one.
const CountUnchanged = "unchanged"

// countWords are the words for counts whose names do not say it.
var countWords = map[string]string{
	"found": "videos found", "new": "of them new", "pages": "result pages", "read": "videos read in full", "left_for_later": "left for later",
	"trials": "trials of the search", "votes_forgotten": "votes forgotten", "songs": "songs read again", "told": "videos read that people told of", CountRefused: "refused",
	CountShort: "unread, as the day's pages were too few",
}

// Words say the run's counts to people, each in some words, in the order of their
// names. What is zero is left out.
func (r Run) Words() (words []string) {
	for _, name := range slices.Sorted(maps.Keys(r.Counts)) {
		n := r.Counts[name]
		status, isStatus := strings.CutPrefix(name, "status_")
		switch {
		case n == 0 || name == "promoted": // said with the model
		case name == CountUnchanged:
			words = append(words, "nothing was told since the last training, so nothing was trained")
		case name == "model" && r.Counts["promoted"] > 0 && r.Said == "":
			words = append(words, fmt.Sprintf("model %d serves now", n))
		case name == "model" && r.Counts["promoted"] > 0:
			words = append(words, fmt.Sprintf("model %d is the newest", n))
		case name == "model":
			words = append(words, fmt.Sprintf("model %d was kept aside", n))
		case isStatus:
			words = append(words, fmt.Sprintf("%d %s", n, strings.ReplaceAll(status, "_", " ")))
		default:
			what := cmp.Or(countWords[name], strings.ReplaceAll(name, "_", " "))
			if first, rest, _ := strings.Cut(what, " "); n == 1 {
				what = strings.TrimRight(strings.TrimSuffix(first, "s")+" "+rest, " ")
			}
			words = append(words, fmt.Sprintf("%d %s", n, what))
		}
	}
	return words
}

// Refuse notes that n picks of a run were not sent, and why.
func (r *Run) Refuse(n int, alarms ...string) {
	if r.Counts = maps.Clone(r.Counts); r.Counts == nil {
		r.Counts = map[string]int{}
	}
	r.Counts[CountRefused] = n
	for _, a := range alarms {
		if !slices.Contains(r.Alarms, a) {
			r.Alarms = append(r.Alarms, a)
		}
	}
	if r.Outcome == OutcomeOK {
		r.Outcome = OutcomeDegraded
	}
}

// Coverage is how many videos of a page kind had each field.
type Coverage struct {
	Pages   int
	Videos  int
	Fields  map[string]int
	Skipped map[string]int // known item kinds that hold no video
	Unknown map[string]int // unknown item kinds
}

// LocalGuild is the id of the guild of one person without Discord.
const LocalGuild = "local"

// Guild is a Discord server's settings. A new guild gets the defaults of the
// configuration. Later changes of the configuration reach only the local guild, and
// only while ByHand is false. Package limit has the allowed values.
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
	Duels     string   // cron spec; "" for none
	Zone      string   // IANA name
	Picks     int      // per slot

	Exploration float64 // from 0, greedy, to 1, full Thompson sampling
	Wildcard    bool
	Votes       string // "reactions", "buttons", "both"
	Language    string // of the posts, such as "en"; "" follows the guild's locale
	MentionRole string // id of the role that posts mention; "" for none
	MinSeconds  int
	MaxSeconds  int
	MusicOnly   bool
	Languages   []string // of videos, such as "en"; empty: any

	Kinds []string // what is posted though MusicOnly is on: package pick lists them
	// SameSongDays is how long after a post no other upload of its song is posted;
	// 0: not at all.
	SameSongDays int

	BlockedChannels []BlockedChannel
	BlockedArtists  []BlockedArtist
	BlockedSongs    []BlockedSong
	BlockedWords    []string

	Paused      bool
	PauseReason string // a sentence, if the bot paused itself
	ByHand      bool   // settings were chosen on the dashboard: a local guild keeps them then
}

// PostTo makes a Discord channel the one of the guild's posts. A guild that had lost its
// channel, or the right to post in it, is not paused any more.
func (g *Guild) PostTo(channelID string) {
	g.ChannelID = channelID
	if g.PauseReason != "" {
		g.Paused, g.PauseReason = false, ""
	}
}

// BlockedChannel is a YouTube channel that is never picked.
type BlockedChannel struct {
	ID, Name string
	By       string // member id
	At       time.Time
}

// BlockedArtist is an artist whose songs are never picked. ChannelID is where a
// namesake must be told apart: a channel of the artist's own.
type BlockedArtist struct {
	Name, ChannelID string
	By              string // member id
	At              time.Time
}

// BlockedSong is a song of which no upload is ever picked. Artist and Title are as the
// blocked upload writes them. Where it is not sure whose song that is, Artist is empty and
// Title the video's: then that video alone is blocked.
type BlockedSong struct {
	VideoID       string
	Artist, Title string
	By            string // member id
	At            time.Time
}

// Name is what people call the song.
func (s BlockedSong) Name() string {
	if s.Artist == "" {
		return s.Title
	}
	return s.Artist + " – " + s.Title
}

// Model is one trained model of a guild. The catalogue does not look into Blob.
type Model struct {
	GuildID   string
	Version   int // from 1
	CreatedAt time.Time
	Champion  bool
	Card      []byte // JSON: data hash, code version, seed, parameters, metrics, weights
	Blob      []byte // nil in listings
}

// Fill fills in a new row's empty fields, except the id.
func (o *Outbox) Fill(now time.Time) {
	if o.Nonce == "" {
		o.Nonce = Nonce(o.ID)
	}
	if o.State == "" {
		o.State = StatePending
	}
	if o.Reactions == "" && o.Kind == OutboxPick {
		o.Reactions = StatePending
	}
	if o.CreatedAt.IsZero() {
		o.CreatedAt = now
	}
	o.CreatedAt = o.CreatedAt.UTC()
}

// Held is a pick that is prepared for a slot and waits for its minute. It is no post
// yet: nothing that counts or shows posts sees it.
type Held struct {
	Post
	NotBefore time.Time // UTC; the slot's minute
	Kept      bool      // by the owner's wish it stays when the slot's picks are drawn anew
}

// ImportRow is one row of an import: what it says of a video, and its votes.
type ImportRow struct {
	Sighting Sighting
	Changes  []VoteChange
}

// Shown is a post that stands on Discord, as far as it takes to find it there.
type Shown struct {
	PostID, ChannelID, MessageID string
	SentAt                       time.Time
}

// Reactions is how many members' reactions to a post are votes in each direction.
type Reactions struct{ Up, Down int }
