package taste

import "math"

// A model has half the say beside the rule when it has learned from halfTrust labels,
// and all of it from fullTrust.
const (
	halfTrust = 3
	fullTrust = 100
)

// Trust is a model's share of the say beside the rule, from 0 to 1, by the number of
// labels that it learned from.
func Trust(labels int) float64 {
	if labels >= fullTrust {
		return 1
	}
	n := float64(labels) * float64(labels)
	return n / (n + halfTrust*halfTrust)
}

// Trust is the model's share of the say, 0 while the rule ranks.
func (m *Model) Trust() float64 {
	if !m.Learned() {
		return 0
	}
	return Trust(m.card.Labels)
}

// Blend mixes the scores of a video by a model and by a rule, in log-odds.
func Blend(model, rule Score, trust float64) Score {
	if trust == 1 {
		return model
	}
	s := Score{VideoID: rule.VideoID, OutOfFold: model.OutOfFold || rule.OutOfFold}
	s.Raw = trust*model.Raw + (1-trust)*rule.Raw
	s.Variance = trust*trust*model.Variance + (1-trust)*(1-trust)*rule.Variance
	s.Probability = 1 / (1 + math.Exp(-s.Raw))
	return s
}

// BlendExplanations explains the blended score of a video.
func BlendExplanations(model, rule Explanation, trust float64) Explanation {
	switch trust {
	case 0:
		return rule
	case 1:
		return model
	}
	x := Explanation{Score: Blend(model.Score, rule.Score, trust), Base: trust*model.Base + (1-trust)*rule.Base}
	type subject struct {
		kind PartKind
		name string
	}
	at := map[subject]int{}
	add := func(parts []Part, share float64) {
		for _, p := range parts {
			p.Weight *= share
			k := subject{p.Kind, p.Name}
			if i, ok := at[k]; ok {
				x.Parts[i].Weight += p.Weight
				continue
			}
			at[k] = len(x.Parts)
			x.Parts = append(x.Parts, p)
		}
	}
	add(model.Parts, trust)
	add(rule.Parts, 1-trust)
	sortParts(x.Parts)
	x.Reasons = reasonsOf(x.Parts)
	return x
}
