package taste

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"cratedigger/model"
)

// Card describes a model: data, parameters and figures. It is stored with the
// model and shown to people.
type Card struct {
	Trained time.Time `json:"trained"`
	Version string    `json:"version"` // of the program
	Seed    uint64    `json:"seed"`
	Data    string    `json:"data"` // hash of the labels it learned from, without their weights

	Votes    int     `json:"votes,omitempty"` // of the guild that it learned from; 0 on the cards of earlier versions
	Labels   int     `json:"labels"`
	Liked    int     `json:"liked"`
	Weak     int     `json:"weak"`           // weak negatives among the labels
	Told     int     `json:"told,omitempty"` // labels of what was told apart from posts, not among Labels
	Videos   int     `json:"videos"`
	BaseRate float64 `json:"base_rate"`

	Rule   string `json:"rule,omitempty"`   // why the rule ranks; "" when the model does
	Judged string `json:"judged,omitempty"` // why it became the champion, or did not

	Learners []model.Learner          `json:"learners,omitempty"`
	Weights  map[string]float64       `json:"weights,omitempty"`
	Ensemble *model.Figures           `json:"ensemble,omitempty"` // out of fold
	Alone    map[string]model.Figures `json:"alone,omitempty"`    // each learner, out of fold
	Prior    *model.Figures           `json:"prior,omitempty"`

	Tuning *Tuning `json:"tuning,omitempty"` // the search that chose the parameters

	Moved []Part `json:"moved,omitempty"` // words, channels and facts by their mean contribution

	OutOfFold *Outcomes `json:"out_of_fold,omitempty"` // for curves
}

// Outcomes pairs the ensemble's out-of-fold predictions with the labels.
type Outcomes struct {
	Score []float64 `json:"score"` // probability, four digits
	Share []float64 `json:"share"` // of likes
	// Weight is what each label weighs in the card's figures; nil on the cards of
	// earlier versions.
	Weight []float64 `json:"weight,omitempty"`
}

// maxOutcomes is how many pairs a card keeps at most; more are thinned evenly.
const maxOutcomes = 2000

// outcomes pairs out-of-fold probabilities with the labels in their order, but for what
// was told.
func outcomes(score []float64, labels []Label) *Outcomes {
	if len(score) != len(labels) {
		return nil
	}
	all := score
	score = nil
	for i, l := range labels {
		if !l.Told {
			score = append(score, all[i])
		}
	}
	if labels = Votes(labels); len(labels) == 0 {
		return nil
	}
	var o Outcomes
	n := min(len(score), maxOutcomes)
	for i := range n {
		at := i * len(score) / n
		o.Score = append(o.Score, math.Round(1e4*score[at])/1e4)
		o.Share = append(o.Share, math.Round(1e4*labels[at].Share)/1e4)
		o.Weight = append(o.Weight, math.Round(1e4*labels[at].Weight)/1e4)
	}
	return &o
}

func newCard(labels []Label, videos int, o Options) Card {
	c := Card{Trained: o.Now.UTC(), Version: o.Version, Seed: o.Seed, Votes: o.Votes, Labels: len(Votes(labels)), Videos: videos}
	h := sha256.New()
	liked, sum := 0.5, 1.0
	for _, l := range labels {
		// The hash leaves out the weight, which falls with each hour, and the last
		// digits of the share, which depend on the weight.
		fmt.Fprintf(h, "%s %.6f %d %t %d\n", l.VideoID, l.Share, l.Voters, l.Weak, l.KnownAt.UnixNano())
		if l.Told {
			c.Told++
			continue
		}
		if l.Share >= 0.5 {
			c.Liked++
		}
		if l.Weak {
			c.Weak++
		}
		liked += l.Weight * l.Share
		sum += l.Weight
	}
	c.BaseRate = liked / sum
	c.Data = hex.EncodeToString(h.Sum(nil)[:8])
	return c
}

func (c *Card) learned(e *model.Ensemble) {
	c.Learners = e.Learners
	c.Weights = e.Report.Weights
	c.Alone = e.Report.Learners
	ensemble, prior := e.Report.Ensemble, e.Report.Prior
	c.Ensemble, c.Prior = &ensemble, &prior
}

// Card is the model's card as JSON, as it is kept in the catalogue.
func (m *Model) Card() []byte {
	b, err := json.MarshalIndent(m.card, "", "  ")
	if err != nil {
		// Only a NaN or infinite figure could cause that, and no card has one.
		return fmt.Appendf(nil, `{"rule":%q}`, "the card could not be written: "+err.Error())
	}
	return b
}

// Ranker is who ranks when the card's model is the champion, of this version.
func (c Card) Ranker(version int) Ranker { return Ranker{version, c.Rule, c.Votes} }

// ReadCard reads what Card wrote.
func ReadCard(b []byte) (Card, error) {
	var c Card
	if err := json.Unmarshal(b, &c); err != nil {
		return c, fmt.Errorf("the model's card cannot be read: %w", err)
	}
	return c, nil
}
