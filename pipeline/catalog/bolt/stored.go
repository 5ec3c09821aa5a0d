package bolt

import (
	"cratedigger/pipeline/catalog"
	"math"
	"time"
)

// The stored types may gain fields; no field is ever renamed. A change of meaning
// needs a migration (migrate.go). Where a stored type has the same fields as its
// exported one, it is made by a conversion, so that the compiler complains when
// only one of them gains a field. Videos are packed; see pack.go.

type storedFind struct {
	Queries   []string  `json:"q,omitempty"`
	SeededBy  string    `json:"by,omitempty"`
	FirstSeen time.Time `json:"fs,omitzero"`
}

type storedFlag struct {
	Reaction time.Time `json:"r,omitzero"`
	Button   time.Time `json:"b,omitzero"`
	Import   time.Time `json:"i,omitzero"`
}

// storedVote has its guild, post and member in the key.
type storedVote struct {
	Video     string     `json:"video"`
	Post      string     `json:"post,omitempty"`
	Up        storedFlag `json:"up,omitzero"`
	Down      storedFlag `json:"down,omitzero"`
	Unordered bool       `json:"unordered,omitempty"` // both flags are set, and it is not known which came later
	Value     int        `json:"value"`
	At        time.Time  `json:"at"`
}

type storedReason struct {
	Kind   catalog.ReasonKind `json:"kind"`
	Words  []string           `json:"words,omitempty"`
	Number float64            `json:"number,omitempty"`
	Weight float64            `json:"weight,omitempty"`
}

type storedPost struct {
	Guild        string                    `json:"guild"`
	Channel      string                    `json:"channel"`
	Message      string                    `json:"message,omitempty"`
	Video        string                    `json:"video"`
	Slot         string                    `json:"slot"`
	Position     int                       `json:"position"`
	Wildcard     bool                      `json:"wildcard,omitempty"`
	Score        float64                   `json:"score"`
	Variance     float64                   `json:"variance,omitempty"`
	Policy       catalog.Policy            `json:"policy"`
	Propensity   float64                   `json:"propensity"`
	ModelVersion int                       `json:"model,omitempty"`
	Reasons      []storedReason            `json:"reasons,omitempty"`
	Observation  catalog.PackedObservation `json:"observation"`
	Labels       int                       `json:"labels,omitempty"`
	State        string                    `json:"state"`
	Again        bool                      `json:"again,omitempty"`
	Created      time.Time                 `json:"created"`
	Sent         time.Time                 `json:"sent,omitzero"`
}

func storePost(p catalog.Post) storedPost {
	s := storedPost{
		Guild: p.GuildID, Channel: p.ChannelID, Message: p.MessageID, Video: p.VideoID, Slot: p.Slot,
		Position: p.Position, Wildcard: p.Wildcard, Score: finite(p.Score), Variance: finite(p.Variance),
		Policy: p.Policy, Propensity: finite(p.Propensity), ModelVersion: p.ModelVersion,
		Observation: catalog.PackObservation(p.Observation), Labels: p.Labels,
		State: string(p.State), Again: p.Again, Created: p.CreatedAt, Sent: p.SentAt,
	}
	for _, r := range p.Reasons {
		r.Number, r.Weight = finite(r.Number), finite(r.Weight)
		s.Reasons = append(s.Reasons, storedReason(r))
	}
	return s
}

func (s storedPost) post(id string) catalog.Post {
	p := catalog.Post{
		ID: id, GuildID: s.Guild, ChannelID: s.Channel, MessageID: s.Message, VideoID: s.Video, Slot: s.Slot,
		Position: s.Position, Wildcard: s.Wildcard, Score: s.Score, Variance: s.Variance,
		Policy: s.Policy, Propensity: s.Propensity, ModelVersion: s.ModelVersion,
		Observation: s.Observation.Observation(), Labels: s.Labels,
		State: catalog.State(s.State), Again: s.Again, CreatedAt: s.Created, SentAt: s.Sent,
	}
	for _, r := range s.Reasons {
		p.Reasons = append(p.Reasons, catalog.Reason(r))
	}
	return p
}

type storedOutbox struct {
	Guild     string             `json:"guild"`
	Channel   string             `json:"channel"`
	Slot      string             `json:"slot,omitempty"`
	Kind      catalog.OutboxKind `json:"kind"`
	Post      string             `json:"post,omitempty"`
	Text      string             `json:"text,omitempty"`
	Nonce     string             `json:"nonce"`
	State     string             `json:"state"`
	Again     bool               `json:"again,omitempty"`
	Message   string             `json:"message,omitempty"`
	Reactions string             `json:"reactions,omitempty"`
	Attempts  int                `json:"attempts,omitempty"`
	LastTry   time.Time          `json:"lasttry,omitzero"`
	Error     string             `json:"error,omitempty"`
	Created   time.Time          `json:"created"`
	NotBefore time.Time          `json:"notbefore,omitzero"`
	Kept      bool               `json:"kept,omitempty"`
}

func storeOutbox(o catalog.Outbox) storedOutbox {
	return storedOutbox{
		Guild: o.GuildID, Channel: o.ChannelID, Slot: o.Slot, Kind: o.Kind, Post: o.PostID, Text: o.Text, Nonce: o.Nonce,
		State: string(o.State), Again: o.Again, Message: o.MessageID, Reactions: string(o.Reactions), Attempts: o.Attempts,
		LastTry: o.LastTry, Error: o.Error, Created: o.CreatedAt, NotBefore: o.NotBefore, Kept: o.Kept,
	}
}

func (s storedOutbox) outbox(id string) catalog.Outbox {
	return catalog.Outbox{
		ID: id, GuildID: s.Guild, ChannelID: s.Channel, Slot: s.Slot, Kind: s.Kind, PostID: s.Post, Text: s.Text, Nonce: s.Nonce,
		State: catalog.State(s.State), Again: s.Again, MessageID: s.Message, Reactions: catalog.State(s.Reactions), Attempts: s.Attempts,
		LastTry: s.LastTry, Error: s.Error, CreatedAt: s.Created, NotBefore: s.NotBefore, Kept: s.Kept,
	}
}

type storedSlot struct {
	Guild    string          `json:"guild,omitempty"`
	Kind     catalog.RunKind `json:"kind"`
	At       time.Time       `json:"at"`
	Attempts int             `json:"attempts,omitempty"`
	Posted   bool            `json:"posted,omitempty"`  // posts and outbox rows are written
	Refused  bool            `json:"refused,omitempty"` // and Discord took none of them, so the slot is open again
	Done     bool            `json:"done,omitempty"`
	Fired    time.Time       `json:"fired,omitzero"`
	Sent     time.Time       `json:"sent,omitzero"` // the first of its messages
}

func (s storedSlot) slot(key string) catalog.Slot {
	return catalog.Slot{Key: key, GuildID: s.Guild, Kind: s.Kind, At: s.At, Done: s.Done, FiredAt: s.Fired, SentAt: s.Sent}
}

type storedJob struct {
	Line  string    `json:"line"`
	Since time.Time `json:"since"`
}

type storedCoverage struct {
	Pages   int            `json:"pages,omitempty"`
	Videos  int            `json:"videos,omitempty"`
	Fields  map[string]int `json:"fields,omitempty"`
	Skipped map[string]int `json:"skipped,omitempty"`
	Unknown map[string]int `json:"unknown,omitempty"`
}

type storedRun struct {
	Guild    string                    `json:"guild,omitempty"`
	Kind     catalog.RunKind           `json:"kind"`
	Slot     string                    `json:"slot,omitempty"`
	By       catalog.Asker             `json:"by,omitempty"`
	Started  time.Time                 `json:"started"`
	Ended    time.Time                 `json:"ended,omitzero"`
	Outcome  catalog.Outcome           `json:"outcome"`
	Error    string                    `json:"error,omitempty"`
	Counts   map[string]int            `json:"counts,omitempty"`
	Coverage map[string]storedCoverage `json:"coverage,omitempty"`
	Alarms   []string                  `json:"alarms,omitempty"`
	Said     string                    `json:"said,omitempty"`
}

func storeRun(r catalog.Run) storedRun {
	s := storedRun{
		Guild: r.GuildID, Kind: r.Kind, Slot: r.Slot, By: r.By, Started: r.Started, Ended: r.Ended,
		Outcome: r.Outcome, Error: r.Error, Counts: r.Counts, Alarms: r.Alarms, Said: r.Said,
	}
	for kind, c := range r.Coverage {
		if s.Coverage == nil {
			s.Coverage = map[string]storedCoverage{}
		}
		s.Coverage[kind] = storedCoverage(c)
	}
	return s
}

func (s storedRun) run(id string) catalog.Run {
	r := catalog.Run{
		ID: id, GuildID: s.Guild, Kind: s.Kind, Slot: s.Slot, By: s.By, Started: s.Started, Ended: s.Ended,
		Outcome: s.Outcome, Error: s.Error, Counts: s.Counts, Alarms: s.Alarms, Said: s.Said,
	}
	for kind, c := range s.Coverage {
		if r.Coverage == nil {
			r.Coverage = map[string]catalog.Coverage{}
		}
		r.Coverage[kind] = catalog.Coverage(c)
	}
	return r
}

type storedModel struct {
	Created time.Time `json:"created"`
	Card    []byte    `json:"card,omitempty"`
}

type storedChampion struct {
	Version int `json:"version,omitempty"` // the version that serves; 0: none
	Last    int `json:"last"`              // the newest version's number
}

// finite replaces NaN and infinity, which JSON cannot hold, by 0.
func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}
