package model

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"cratedigger/model/boost"
	"cratedigger/model/linear"
	"cratedigger/model/matrix"
	"cratedigger/model/record"
)

// made returns n rows of two views whose label depends on the first dense
// column, the first sparse one, and the group.
func made(t testing.TB, n int, seed uint64) Data {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	dense, err := matrix.NewBuilder(3, 3)
	if err != nil {
		t.Fatal(err)
	}
	sparse, err := matrix.NewBuilder(0, 30)
	if err != nil {
		t.Fatal(err)
	}
	d := Data{}
	var members [][]record.Member
	for range n {
		x, word := rng.NormFloat64(), int32(rng.IntN(2))
		group := rng.IntN(5)
		if err := dense.Add([]float64{x, rng.NormFloat64(), math.NaN()}, nil, nil); err != nil {
			t.Fatal(err)
		}
		if err := sparse.Add(nil, []int32{word, 2 + int32(rng.IntN(14)), 16 + int32(rng.IntN(14))}, []float64{1, 1, 1}); err != nil {
			t.Fatal(err)
		}
		p := sigmoid(1.5*x + 3*float64(word) - 2 + 0.5*float64(group-2))
		y := 0.0
		if rng.Float64() < p {
			y = 1
		}
		d.Y = append(d.Y, y)
		members = append(members, []record.Member{{Group: string(rune('a' + group)), Share: 1}})
	}
	d.Groups = map[string][][]record.Member{"channel": members}
	d.Views = map[string]*matrix.Matrix{"dense": dense.Matrix(), "sparse": sparse.Matrix()}
	return d
}

func team() []Learner {
	b := boost.Defaults()
	b.Trees, b.Leaves, b.MinData = 40, 4, 5
	l := linear.Defaults()
	l.Tolerance = 1e-3
	return []Learner{
		{Name: "boost", Kind: Boost, View: "dense", Starts: []float64{1}, Boost: &b},
		{Name: "linear", Kind: Linear, View: "sparse", Starts: []float64{1}, Linear: &l},
		{Name: "forest", Kind: Forest, View: "dense", Starts: []float64{1}},
		{Name: "neighbours", Kind: Neighbour, View: "sparse", Starts: []float64{1}},
		{Name: "channel", Kind: Record, View: "channel", Starts: []float64{1}},
	}
}

func TestEnsembleBeatsItsLearnersAndThePrior(t *testing.T) {
	d := made(t, 300, 1)
	e, err := Train(t.Context(), d, team(), Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	r := e.Report
	if !r.Useful || r.Ensemble.LogLoss >= r.Prior.LogLoss || r.Ensemble.ROCAUC < 0.75 {
		t.Errorf("%+v against the prior's %+v", r.Ensemble, r.Prior)
	}
	for name, f := range r.Learners {
		if f.LogLoss < r.Ensemble.LogLoss-0.01 {
			t.Errorf("%s alone has log loss %.3f, the ensemble %.3f", name, f.LogLoss, r.Ensemble.LogLoss)
		}
	}
	sum := 0.0
	for _, w := range r.Weights {
		sum += w
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("weights add up to %v", sum)
	}
	test := made(t, 200, 2)
	s, err := e.Score(t.Context(), test.Rows, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := Measure(test.Y, s.Probability, nil); got.ROCAUC < 0.75 {
		t.Errorf("%+v on new rows", got)
	}
	var file bytes.Buffer
	if err := e.Write(&file); err != nil {
		t.Fatal(err)
	}
	whole := bytes.Clone(file.Bytes())
	loaded, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := loaded.Score(t.Context(), test.Rows, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s.Raw, again.Raw) || !reflect.DeepEqual(s.Variance, again.Variance) {
		t.Error("scores changed in the file")
	}
	for n := 0; n < len(whole); n += 1 + len(whole)/40 {
		if _, err := Read(bytes.NewReader(whole[:n])); err == nil {
			t.Fatalf("a file cut off at %d of %d loads", n, len(whole))
		}
	}
	for i := range 10 {
		parts, base, err := e.Explain(test.Rows, i)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			base += p.Weight
		}
		if math.Abs(base-s.Raw[i]) > 1e-6 {
			t.Errorf("row %d: contributions add up to %v, the score is %v", i, base, s.Raw[i])
		}
	}
}

func TestSoftLabelsAndWeights(t *testing.T) {
	d := made(t, 120, 3)
	for i := range d.Y {
		d.Y[i] = 0.1 + 0.8*d.Y[i]
	}
	d.W = make([]float64, len(d.Y))
	for i := range d.W {
		d.W[i] = 0.5
	}
	e, err := Train(t.Context(), d, team(), Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Score(t.Context(), d.Rows, 0)
	if err != nil {
		t.Fatal(err)
	}
	yes, no := 0.0, 0.0
	for i, p := range s.Probability {
		if d.Y[i] > 0.5 {
			yes += p
		} else {
			no += p
		}
	}
	if yes <= no {
		t.Error("nothing was learned from soft labels")
	}
}

func TestRefusesWhatCannotBeLearned(t *testing.T) {
	d := made(t, 30, 4)
	for i := range d.Y {
		d.Y[i] = 1
	}
	if _, err := Train(t.Context(), d, team(), Options{}); !errors.Is(err, ErrOneClass) {
		t.Errorf("one class: %v", err)
	}
	for name, spoil := range map[string]func(*Data){
		"no rows":      func(d *Data) { *d = Data{} },
		"short labels": func(d *Data) { d.Y = d.Y[:3] },
		"label of 2":   func(d *Data) { d.Y[0] = 2 },
		"NaN label":    func(d *Data) { d.Y[0] = math.NaN() },
		"weight -1":    func(d *Data) { d.W = make([]float64, len(d.Y)); d.W[0] = -1 },
		"no view":      func(d *Data) { delete(d.Views, "dense") },
	} {
		d := made(t, 30, 5)
		spoil(&d)
		if _, err := Train(t.Context(), d, team(), Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Training works from two rows of each class on.
func TestTinyData(t *testing.T) {
	for n := 4; n < 14; n++ {
		d := made(t, n, uint64(n))
		for i := range d.Y {
			d.Y[i] = float64(i % 2)
		}
		e, err := Train(t.Context(), d, team(), Options{Seed: 1})
		if err != nil {
			t.Fatalf("%d rows: %v", n, err)
		}
		s, err := e.Score(t.Context(), d.Rows, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range s.Probability {
			if !(p > 0 && p < 1) {
				t.Fatalf("%d rows: probability %v", n, p)
			}
		}
	}
}

func TestFoldsAreEvenAndStratified(t *testing.T) {
	y := make([]float64, 103)
	for i := range 23 {
		y[i*4] = 1
	}
	fold := Folds(y, 5, 9)
	var size, liked [5]int
	for i, f := range fold {
		size[f]++
		liked[f] += int(y[i])
	}
	for f := range size {
		if size[f] < 20 || size[f] > 21 || liked[f] < 4 || liked[f] > 5 {
			t.Errorf("fold %d: %d rows, %d liked", f, size[f], liked[f])
		}
	}
	if !reflect.DeepEqual(fold, Folds(y, 5, 9)) || reflect.DeepEqual(fold, Folds(y, 5, 10)) {
		t.Error("folds do not follow the seed")
	}
}

func TestStackKeepsToItsStartUnlessRowsSpeak(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	n := 400
	good, noise, y := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		good[i], noise[i] = rng.NormFloat64(), rng.NormFloat64()
		if rng.Float64() < sigmoid(2*good[i]) {
			y[i] = 1
		}
	}
	s := fitStack([][]float64{good, noise}, y, nil, [][]float64{{1, 1}})
	if sh := s.shares(); sh[0] < 0.75 {
		t.Errorf("shares %v: the useless learner keeps too much", sh)
	}
	few := fitStack([][]float64{good[:12], noise[:12]}, y[:12], nil, [][]float64{{1, 1}})
	if sh := few.shares(); math.Abs(sh[0]-0.5) > 0.15 {
		t.Errorf("shares %v of twelve rows", sh)
	}
	flat := fitStack([][]float64{make([]float64, n)}, y, nil, [][]float64{{1}})
	if p := sigmoid(flat.raw([][]float64{make([]float64, n)}, 0)); math.Abs(p-mean(y, nil)) > 1e-6 {
		t.Errorf("a learner that says nothing gives %v, the base rate is %v", p, mean(y, nil))
	}
}

// The start that explains the labels has nearly all say once there are many of them,
// and the first one while there are few; a learner that knows all gets all, whatever
// its share in the starts.
func TestStartsAreWeighedByWhatTheyExplain(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	n := 600
	starts := [][]float64{{8, 1, 1}, {1, 8, 1}}
	raw, y := make([][]float64, 3), make([]float64, n)
	for l := range raw {
		raw[l] = make([]float64, n)
	}
	labels := func(leader int) {
		for i := range n {
			for l := range raw {
				raw[l][i] = rng.NormFloat64()
			}
			y[i] = 0
			if rng.Float64() < sigmoid(raw[leader][i]+raw[1-leader][i]/5+raw[2][i]/5) {
				y[i] = 1
			}
		}
	}
	for leader := range 2 {
		labels(leader)
		s := fitStack(raw, y, nil, starts)
		if sh := s.shares(); sh[leader] < 0.7 {
			t.Errorf("shares %v where learner %d leads", sh, leader)
		}
	}
	few := fitStack([][]float64{raw[0][:16], raw[1][:16], raw[2][:16]}, y[:16], nil, starts)
	if sh := few.shares(); sh[0] < 0.55 || sh[1] < 0.1 {
		t.Errorf("shares %v of sixteen rows: the first start must be the likelier one, and the other possible", sh)
	}
	for i := range y {
		y[i] = 0
		if raw[2][i] > 0.5 {
			y[i] = 1
		}
	}
	one := fitStack(raw, y, nil, starts)
	if sh := one.shares(); sh[2] < 0.95 {
		t.Errorf("shares %v: the third learner knows all", sh)
	}
}

func TestALearnerWhoseViewIsNotKnownBeginsWithLess(t *testing.T) {
	d := made(t, 200, 4)
	share := func(known map[string]float64) float64 {
		d.Known = known
		e, err := Train(t.Context(), d, team(), Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return e.Report.Weights["linear"]
	}
	full, half, none := share(nil), share(map[string]float64{"sparse": 0.2}), share(map[string]float64{"sparse": 0})
	if !(full > half && half > none && none == 0) {
		t.Errorf("shares %.3f, %.3f and %.3f of a learner whose view is known in full, a fifth and not at all", full, half, none)
	}
}

func TestARecordBeginsWithTheShareOfRowsThatHaveAGroup(t *testing.T) {
	d := made(t, 200, 4)
	learners := []Learner{{Name: "linear", Kind: Linear, View: "sparse", Starts: []float64{1}}, {Name: "record", Kind: Record, View: "channel", Starts: []float64{1}}}
	for grouped, want := range map[int]float64{200: 1, 60: 0.3, 0: 0} {
		members := make([][]record.Member, d.Len())
		for i := range grouped {
			members[i] = []record.Member{{Group: fmt.Sprint("channel ", i%5), Share: 1}, {Group: "guest", Share: 0.5}}
		}
		d.Groups = map[string][][]record.Member{"channel": members}
		if got := d.starts(learners); math.Abs(got[0][1]-want) > 1e-9 || got[0][0] != 1 {
			t.Errorf("starts %v of a record of %d in 200 rows, want %v", got, grouped, want)
		}
		if _, err := Train(t.Context(), d, learners, Options{Seed: 1}); err != nil {
			t.Errorf("%d rows with a group: %v", grouped, err)
		}
	}
}
