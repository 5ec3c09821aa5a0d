package taste

import (
	"fmt"

	"cratedigger/pipeline/catalog"
)

// The reasons on a card for which the rule ranks.
const (
	RuleFew      = "there are too few labels, or all are of one kind"
	RuleOneClass = "all labels are of one kind"
	RuleNoBetter = "what was learned tells liked from disliked no better than guessing, out of fold"
)

// A Ranker is who ranks a guild's candidates: the champion, or the rule. The champion
// of a guild may have learned too little to rank.
type Ranker struct {
	Champion int    // its version; 0: there is no model yet
	Rule     string // why the rule ranks though there is a champion; see Card.Rule
	Votes    int    // that the champion learned from; 0 where its card does not say
}

// RankerOf reads who ranks from a guild's champion, as the catalogue has it.
func RankerOf(champion catalog.Model, found bool) (Ranker, error) {
	if !found {
		return Ranker{}, nil
	}
	card, err := ReadCard(champion.Card)
	if err != nil {
		return Ranker{}, fmt.Errorf("model %d: %w", champion.Version, err)
	}
	return card.Ranker(champion.Version), nil
}

// RankerAmong finds the champion among a guild's models and reads who ranks.
func RankerAmong(models []catalog.Model) (Ranker, error) {
	for _, m := range models {
		if m.Champion {
			return RankerOf(m, true)
		}
	}
	return Ranker{}, nil
}

// Model is the version of the model that ranks, 0 while the rule does.
func (r Ranker) Model() int {
	if r.Rule != "" {
		return 0
	}
	return r.Champion
}

// Learned is how many of the guild's votes so far the champion learned from; all where
// its card does not say.
func (r Ranker) Learned(votes int) int {
	if r.Votes == 0 {
		return votes
	}
	return r.Votes
}

// String says it in a sentence. Whatever tells people who ranks says it so.
func (r Ranker) String() string {
	switch {
	case r.Champion == 0:
		return "There is no model yet, so the rule ranks."
	case r.Rule == RuleNoBetter:
		return fmt.Sprintf("Model %d is no better than guessing yet, so the rule still ranks; more labels help.", r.Champion)
	case r.Rule != "":
		return fmt.Sprintf("Model %d could not learn, so the rule still ranks: %s.", r.Champion, r.Rule)
	}
	return fmt.Sprintf("Model %d ranks.", r.Champion)
}
