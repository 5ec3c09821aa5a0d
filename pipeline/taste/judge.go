package taste

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"cratedigger/pipeline/catalog"
)

// JudgeOptions say when a challenger replaces the champion. All are required.
type JudgeOptions struct {
	Labels    int     // number of labels from which the newest votes decide
	Least     int     // number of votes newer than the champion that are needed to refuse a challenger
	Certainty float64 // share of bootstrap draws in which a refused challenger is worse
	Seed      uint64
}

const bootstrapDraws = 1000

// Verdict is the outcome of a judgement.
type Verdict struct {
	Promote    bool
	Why        string  // a sentence
	Newest     int     // votes that decided; 0 if none did
	Difference float64 // the challenger's log loss minus the champion's, on those
	Worse      float64 // share of bootstrap draws in which the challenger is worse
}

// Judge decides whether a freshly trained challenger replaces the champion
// (nil: there is none).
//
// With fewer than o.Labels labels it does, unless it is no better out of fold
// than guessing, in which case the rule would rank. With more, the labels that
// are newer than the champion decide. The champion has not seen them, and the
// challenger predicts each with the models of the folds that left it out. Judge
// compares the log losses in pairs and refuses the challenger if it is worse in at
// least o.Certainty of the bootstrap draws (Efron and Tibshirani 1993). With
// fewer than o.Least such labels the challenger is promoted, because it has learned
// from more labels.
func Judge(ctx context.Context, champion, challenger *Model, videos []catalog.Video, labels []Label, o JudgeOptions) (Verdict, error) {
	switch {
	case champion == nil:
		return Verdict{Promote: true, Why: "There was no model before."}, nil
	case !champion.Learned():
		return Verdict{Promote: true, Why: "The rule ranked before."}, nil
	case !challenger.Learned():
		return Verdict{Why: fmt.Sprintf("The new model would leave the ranking to the rule: %s.", challenger.card.Rule)}, nil
	case challenger.card.Labels < o.Labels:
		return Verdict{Promote: true, Why: fmt.Sprintf("With fewer than %d labels the newest model serves, as it is better than guessing.", o.Labels)}, nil
	case len(challenger.outOfFold) == 0:
		return Verdict{Promote: true, Why: "The new model cannot be judged any more; it was trained in another run."}, nil
	}
	byID := make(map[string]catalog.Video, len(videos))
	for _, v := range videos {
		byID[v.ID] = v
	}
	var newest []catalog.Video
	var y, w, p []float64
	for _, l := range labels {
		q, ok := challenger.outOfFold[l.VideoID]
		v, known := byID[l.VideoID]
		if ok && known && !l.Told && l.VotedAt.After(champion.card.Trained) {
			newest = append(newest, v)
			y, w, p = append(y, l.Share), append(w, l.Weight), append(p, q.probability)
		}
	}
	if len(newest) < o.Least {
		return Verdict{Promote: true, Newest: len(newest), Why: fmt.Sprintf("Only %d labels are newer than the model that serves: too few to hold the new one back.", len(newest))}, nil
	}
	old, err := champion.Predict(ctx, newest)
	if err != nil {
		return Verdict{}, err
	}
	diff := make([]float64, len(y))
	for i := range y {
		diff[i] = w[i] * (loss(y[i], p[i]) - loss(y[i], old.Probability[i]))
	}
	v := Verdict{Newest: len(y), Difference: weighted(diff, w, nil)}
	rng := rand.New(rand.NewPCG(o.Seed, 0xb007))
	draw := make([]int, len(y))
	for range bootstrapDraws {
		for k := range draw {
			draw[k] = rng.IntN(len(y))
		}
		if weighted(diff, w, draw) > 0 {
			v.Worse += 1.0 / bootstrapDraws
		}
	}
	v.Promote = v.Worse < o.Certainty
	word := "is not worse"
	if !v.Promote {
		word = "is worse"
	}
	v.Why = fmt.Sprintf("On the %d newest labels the new model %s: log loss %+.4f, worse in %.0f %% of draws.", v.Newest, word, v.Difference, 100*v.Worse)
	return v, nil
}

// Judged writes a verdict on the model's card.
func (m *Model) Judged(v Verdict) { m.card.Judged = v.Why }

func loss(y, p float64) float64 {
	p = min(1-1e-6, max(1e-6, p))
	return -y*math.Log(p) - (1-y)*math.Log(1-p)
}

// weighted is the weighted mean of the differences in a bootstrap draw; a nil draw
// means all of them. The differences are already multiplied by their weights w.
func weighted(diff, w []float64, draw []int) float64 {
	sum, total := 0.0, 0.0
	if draw == nil {
		for i := range diff {
			sum, total = sum+diff[i], total+w[i]
		}
	}
	for _, i := range draw {
		sum, total = sum+diff[i], total+w[i]
	}
	if total == 0 {
		return 0
	}
	return sum / total
}
