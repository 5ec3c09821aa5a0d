package model_test

import (
	"context"
	"fmt"

	"cratedigger/model"
	"cratedigger/model/forest"
	"cratedigger/model/linear"
	"cratedigger/model/matrix"
)

// Two learners read the same rows: a column that tells the labels, and one
// that does not. The ensemble weights them by what they say of rows that they
// were not trained on, and tells what moved a score.
func ExampleTrain() {
	var values, labels []float64
	for i := range 60 {
		values = append(values, float64(i%10), float64(i*i%7))
		labels = append(labels, float64(i%10/5)) // 1 from five up
	}
	rows, err := matrix.FromDense(2, values)
	if err != nil {
		fmt.Println(err)
		return
	}
	if rows, err = rows.WithNames([]string{"tempo", "noise"}); err != nil {
		fmt.Println(err)
		return
	}
	logistic, trees := linear.Defaults(), forest.Defaults()
	trees.Trees = 30
	data := model.Data{Rows: model.Rows{Views: map[string]*matrix.Matrix{"all": rows}}, Y: labels}
	e, err := model.Train(context.Background(), data, []model.Learner{
		{Name: "words", Kind: model.Linear, View: "all", Starts: []float64{0.5}, Linear: &logistic},
		{Name: "trees", Kind: model.Forest, View: "all", Starts: []float64{0.5}, Forest: &trees},
	}, model.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := e.Score(context.Background(), data.Rows, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	parts, base, err := e.Explain(data.Rows, 9)
	if err != nil {
		fmt.Println(err)
		return
	}
	sum := base
	byColumn := map[string]float64{}
	for _, p := range parts {
		sum += p.Weight
		byColumn[p.Column] += p.Weight
	}
	fmt.Printf("better than the base rate: %v\n", e.Report.Useful)
	fmt.Printf("liked %.1f, not liked %.1f\n", scores.Probability[9], scores.Probability[0])
	fmt.Printf("the parts add up: %v\n", sum-scores.Raw[9] < 1e-9 && scores.Raw[9]-sum < 1e-9)
	fmt.Printf("tempo counts more than noise: %v\n", byColumn["tempo"] > 10*byColumn["noise"])
	// Output:
	// better than the base rate: true
	// liked 1.0, not liked 0.0
	// the parts add up: true
	// tempo counts more than noise: true
}
