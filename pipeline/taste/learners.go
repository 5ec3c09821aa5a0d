package taste

import (
	"cratedigger/model"
	"cratedigger/model/neighbour"
	"cratedigger/pipeline/feature"
)

// DefaultLearners are the members of the ensemble, with the parameters that
// serve below 200 labels and without tuning. They were chosen by nested
// cross-validation, for what each adds to the others.
func DefaultLearners() []model.Learner {
	return []model.Learner{
		{Name: "neighbours", Kind: model.Neighbour, View: string(feature.ViewChars), Start: 1},
		{Name: "nearest", Kind: model.Neighbour, View: string(feature.ViewChars), Start: 1, Neighbour: neighbour.Params{Nearest: 3}},
		{Name: "channel", Kind: model.Record, Start: 0.5},
	}
}

// views are the views that learners read.
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
