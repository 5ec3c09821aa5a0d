package taste

import (
	"cratedigger/model"
	"cratedigger/model/boost"
	"cratedigger/model/forest"
	"cratedigger/model/linear"
	"cratedigger/pipeline/feature"
)

// DefaultLearners are the learners of the ensemble, with the parameters that are used
// without a search. Cross-validation and replays chose them: each improves the
// ensemble of the others.
func DefaultLearners() []model.Learner {
	l := func(c float64) *linear.Params {
		p := linear.Defaults()
		p.C, p.Tolerance = c, 1e-2
		return &p
	}
	texts := l(3)
	texts.FromZero = true
	// Many small trees on samples of rows and columns, so that two seeds differ
	// little.
	b := boost.Defaults()
	b.Trees, b.Leaves, b.LearningRate = 200, 4, 0.05
	b.MinData, b.MinHessian, b.L2 = 5, 1, 1
	b.BaggingFraction, b.BaggingFreq, b.FeatureFraction = 0.5, 1, 0.2
	b.MaxBin = 63
	f := forest.Defaults()
	f.Trees, f.MinLeaf, f.MaxDepth, f.Balance = 24, 2, 16, forest.Balanced
	// Three starts: the words lead; words, likeness and the artist's record share the
	// lead; the record leads.
	return []model.Learner{
		{Name: "linear", Kind: model.Linear, View: string(feature.ViewText), Starts: []float64{4, 2, 1}, Linear: texts},
		{Name: "numbers", Kind: model.Linear, View: string(feature.ViewNumbers), Starts: []float64{0.3, 0.3, 0.3}, Linear: l(0.1)},
		{Name: "boost", Kind: model.Boost, View: string(feature.ViewDense), Starts: []float64{0.3, 0.3, 0.3}, Boost: &b},
		{Name: "forest", Kind: model.Forest, View: string(feature.ViewWide), Starts: []float64{0.5, 0.5, 0.5}, Forest: &f},
		{Name: "neighbours", Kind: model.Neighbour, View: string(feature.ViewChars), Starts: []float64{0.5, 3, 1}},
		{Name: "channel", Kind: model.Record, View: feature.GroupChannel, Starts: []float64{0.6, 0.6, 0.6}},
		{Name: "artist", Kind: model.Record, View: feature.GroupArtist, Starts: []float64{0.6, 3, 6}},
	}
}

// views lists the views that the learners read, each once.
func views(learners []model.Learner) []feature.View {
	var out []feature.View
	for _, v := range feature.Views {
		for _, l := range learners {
			if l.View == string(v) {
				out = append(out, v)
				break
			}
		}
	}
	return out
}
