package pipeline

import (
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// Ranked is one video of a guild's ranked list, best first.
type Ranked struct {
	Video        catalog.Video
	Score        float64 // probability of 👍, 0 to 1; the rule's score when ModelVersion is 0
	Variance     float64 // of Score, over the ensemble; 0 when not known
	ModelVersion int     // 0: the rule ranked
	Posted       bool    // it was posted in the guild before
	Known        bool    // somebody of the guild has a vote on it; no score is of a model that had seen that vote
	Reasons      []catalog.Reason

	raw, rawVariance float64 // log-odds and their variance; 0 when the rule ranked
}

// Explanation says what moved the score of one video.
type Explanation struct {
	Ranked
	Base  float64 // raw score (log-odds) before any part counts
	Parts []Part  // largest |Weight| first; their weights and Base add up to the raw score
}

// PartKind is what a part of a score speaks of.
type PartKind = taste.PartKind

// The kinds of parts.
const (
	PartWord    = taste.PartWord
	PartChannel = taste.PartChannel
	PartFact    = taste.PartFact
	PartQuery   = taste.PartQuery
	PartLike    = taste.PartLike
	PartRest    = taste.PartRest
	PartOwn     = taste.PartOwn
)

// Part is what one word, channel or fact did to a score.
type Part struct {
	Kind   PartKind
	Name   string  // the word, the channel's name, the fact ("views a day")
	Number float64 // a fact's value as people count it: views, days, seconds, a share; 0 for others
	Weight float64 // in log-odds, signed
	Minor  bool    // no reason that people would give: how the title is written, a short word, the rest
}

// Taste is what a guild's model has learned, for people.
type Taste struct {
	ModelVersion int    // 0: no model yet, the rule ranks
	Labels       int    // votes and weak negatives it learned from
	Votes        int    // votes of the guild by now
	Queries      []Part // strongest |Weight| first, as the others
	Channels     []Part
	Words        []Part
	Facts        []Part // Weight: by how much the half with more of it is ahead of the other
}

// Heading is what the heading of a slot's posts says: the Text, as JSON, of an
// outbox row of kind heading.
type Heading struct {
	Picks    int  `json:"picks"`              // how many follow
	Votes    int  `json:"votes"`              // of the guild by now
	Learning bool `json:"learning,omitempty"` // say once that the rule ranks until there are enough votes
}
