package pipeline

import (
	"math"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/taste"
)

// Ranked is one entry of a guild's ranked list.
type Ranked struct {
	Video        catalog.Video
	Score        float64        // probability of 👍, 0 to 1; the rule's, not calibrated, when ModelVersion is 0
	Variance     float64        // of Score; 0 when unknown
	ModelVersion int            // 0: the rule ranked
	Posted       bool           // it was posted in the guild before, or another upload of its song not long ago
	Known        bool           // somebody in the guild has a vote on its song, or answered a duel about it, which the score's models have not seen
	Held         bool           // it waits for a slot's minute, or another upload of its song does
	Artists      []ArtistRecord // where the song is sure, the main one first
	Reasons      []catalog.Reason

	Shelf    Shelf        // of Songs; "" elsewhere
	PostedAt time.Time    // when the video itself was posted last; zero: never
	Blocked  pick.Refusal // what of it the guild blocks; zero: nothing

	raw, rawVariance float64 // log-odds and their variance
	refused          bool    // it does not pass the floor
}

// An ArtistRecord is an artist, and how a guild took to their songs.
type ArtistRecord struct {
	Key             string // see song.Directory
	Name            string // as the video writes it
	Liked, Disliked int    // songs with more 👍 than 👎, and with fewer
}

// lean is how much more often an artist's songs were liked or disliked.
func (a ArtistRecord) lean() int { return max(a.Liked-a.Disliked, a.Disliked-a.Liked) }

// Explanation says what moved the score of one video.
type Explanation struct {
	Ranked
	Base  float64 // raw score (log-odds) that the parts add to
	Parts []Part  // largest |Weight| first; Base plus all weights is the raw score
}

// PartKind says what a part of a score stands for.
type PartKind = taste.PartKind

// The kinds of parts.
const (
	PartWord    = taste.PartWord
	PartChannel = taste.PartChannel
	PartArtist  = taste.PartArtist
	PartFact    = taste.PartFact
	PartQuery   = taste.PartQuery
	PartLike    = taste.PartLike
	PartRest    = taste.PartRest
	PartOwn     = taste.PartOwn
)

// Part is the contribution of one word, channel or fact to a score.
type Part struct {
	Kind   PartKind
	Name   string  // the word, the channel's name, the fact ("views a day"); "" for an artist who is a guess
	Number float64 // a fact's value in units for people: views, days, seconds, a share; 0 for others
	Weight float64 // in log-odds, signed
	Minor  bool    // not a reason worth showing: how the title is written, a short word, the rest
}

// Slight reports whether a part moves a score so little, by less than half a percentage
// point, that it is not told.
func (p Part) Slight() bool { return math.Abs(p.Weight) < 0.02 }

// Taste summarises what a guild's model has learned.
type Taste struct {
	ModelVersion int    // 0: no model yet, the rule ranks
	Votes        int    // votes of the guild so far
	Learned      int    // of these, those that the model learned from
	Missing      int    // how many labels more there must be at least to learn from them
	Queries      []Part // strongest |Weight| first, as the others
	Channels     []Part
	Words        []Part
	Facts        []Part         // Weight: mean weight over the half with the higher values, minus that over the other half
	Artists      []ArtistRecord // more often liked than disliked, or less often; the strongest first
}

// Heading is the content of the message above a slot's posts, kept as JSON in the
// Text of an outbox row of kind heading.
type Heading struct {
	Picks   int `json:"picks"`             // how many follow
	Missing int `json:"missing,omitempty"` // say that the bot learns after so many more votes
}
