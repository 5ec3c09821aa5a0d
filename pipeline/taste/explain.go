package taste

import (
	"context"
	"time"

	"cratedigger/pipeline/catalog"
)

// Explanation says what moved the score of one video.
type Explanation struct {
	Score
	Base    float64          // log-odds before any part counts
	Parts   []Part           // largest |Weight| first; with Base they add up to Raw
	Reasons []catalog.Reason // for a post: what spoke for it, strongest first
}

// Part is what one word, channel, fact or query did to a score.
type Part struct {
	Kind   string  // "word", "channel", "fact", "query", "like", "rest"
	Name   string  // the word, the channel's name, the fact's name, the likest video's title
	Number float64 // the fact's value as people count it (views, days, seconds, a share); 0 for others
	Weight float64 // in log-odds, signed
}

// Explain says what moved a video's score at now.
func (m *Model) Explain(v catalog.Video, now time.Time) (Explanation, error) {
	scores, err := m.Score(context.Background(), []catalog.Video{v}, now)
	if err != nil {
		return Explanation{}, err
	}
	x := Explanation{Score: scores[0]}
	if !m.Learned() {
		_, x.Reasons = Rule(v, now)
		for _, r := range x.Reasons {
			x.Parts = append(x.Parts, Part{Kind: "fact", Name: r.Words[0], Number: r.Number, Weight: r.Weight})
		}
		return x, nil
	}
	err = m.explainLearned(v, now, &x)
	return x, err
}

// explainLearned fills in the parts of a learned model's score.
func (m *Model) explainLearned(v catalog.Video, now time.Time, x *Explanation) error {
	s, err := m.scores(context.Background(), m.cache.Documents([]catalog.Video{v}, []time.Time{now}))
	if err != nil {
		return err
	}
	x.Base = s.Raw[0]
	for l, learner := range m.ensemble.Learners {
		w := s.Learners[l][0]
		x.Base -= w
		p := Part{Kind: "rest", Name: learner.Name, Weight: w}
		if learner.Kind == "record" && v.Channel != "" {
			p = Part{Kind: "channel", Name: v.Channel, Weight: w}
		}
		x.Parts = append(x.Parts, p)
	}
	for _, p := range x.Parts {
		if p.Kind == "channel" && p.Weight > 0 {
			x.Reasons = append(x.Reasons, catalog.Reason{Kind: "channel", Words: []string{p.Name}, Weight: p.Weight})
		}
	}
	return nil
}
