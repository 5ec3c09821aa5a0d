package taste

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func readReference(t testing.TB, name string) *LabelFile {
	r, err := os.Open(testdata(t, "labels/"+name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := ReadLabels(r)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestLab(t *testing.T) {
	for _, name := range []string{"oliv", "maioli"} {
		f := readReference(t, name)
		r, err := os.Open(testdata(t, "labels/"+name+".folds.csv"))
		if err != nil {
			t.Fatal(err)
		}
		splits, err := ReadFolds(r, f)
		if err != nil {
			t.Fatal(err)
		}
		ts, err := TimeSplit(f)
		if err != nil {
			t.Fatal(err)
		}
		for k, s := range [][]Split{splits, {ts}} {
			start := time.Now()
			e, err := Evaluate(t.Context(), f, s, Options{Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			ap, sd := e.Spread(func(o Outcome) float64 { return o.Ensemble.AveragePrecision })
			auc, _ := e.Spread(func(o Outcome) float64 { return o.Ensemble.ROCAUC })
			ll, _ := e.Spread(func(o Outcome) float64 { return o.Ensemble.LogLoss })
			pl, _ := e.Spread(func(o Outcome) float64 { return o.Prior.LogLoss })
			fmt.Printf("%s %d AP %.3f (%.3f) AUC %.3f LL %.4f prior %.4f  %v\n", name, k, ap, sd, auc, ll, pl, time.Since(start).Round(time.Millisecond))
			for _, l := range DefaultLearners() {
				ap, _ := e.Spread(func(o Outcome) float64 { return o.Learners[l.Name].AveragePrecision })
				auc, _ := e.Spread(func(o Outcome) float64 { return o.Learners[l.Name].ROCAUC })
				ll, _ := e.Spread(func(o Outcome) float64 { return o.Learners[l.Name].LogLoss })
				w, _ := e.Spread(func(o Outcome) float64 { return o.Weights[l.Name] })
				fmt.Printf("    %-11s AP %.3f AUC %.3f LL %.4f weight %.2f\n", l.Name, ap, auc, ll, w)
			}
		}
	}
}
