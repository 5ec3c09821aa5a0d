package testdata

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"cratedigger/model/matrix"
)

// Size is a size of the generated problem.
type Size struct {
	Name        string
	Rows, Words int
}

// Sizes are the sizes of the benchmarks.
var Sizes = []Size{{"1k", 1_000, 5_000}, {"10k", 10_000, 20_000}, {"100k", 100_000, 50_000}}

// Generated is a problem of sparse words and twenty dense columns: its last
// fifth is the test rows.
type Generated struct {
	Train, Test             *matrix.Matrix
	TrainLabels, TestLabels []float64
}

// Repeated is n test rows, the first again after the last.
func (g Generated) Repeated(n int) *matrix.Matrix {
	at := make([]int, n)
	for i := range at {
		at[i] = i % g.Test.Rows()
	}
	return g.Test.Subset(at)
}

// Generate draws the problem: Zipf-like words weighed as TF-IDF, of which some
// have an effect, dense columns of several shapes, and label 1 for the fifteen
// percent of rows of highest noisy score.
func Generate(size Size, seed uint64) Generated {
	r := rand.New(rand.NewPCG(seed, 1))
	n, d := size.Rows, size.Words
	dense := make([][]float64, n)
	for i := range dense {
		dense[i] = denseRow(r)
	}
	cumulative := make([]float64, d)
	sum := 0.0
	for j := range d {
		sum += 1 / float64(j+3)
		cumulative[j] = sum
	}
	words := make([]map[int]int, n)
	seen := make([]int, d)
	for i := range words {
		words[i] = map[int]int{}
		for range max(1, poisson(r, 10)) {
			words[i][sort.SearchFloat64s(cumulative, r.Float64()*sum)]++
		}
		for j := range words[i] {
			seen[j]++
		}
	}
	effect := make([]float64, d)
	for j := range effect {
		if r.Float64() < 0.15 {
			effect[j] = 3 * r.NormFloat64()
		}
	}
	b, err := matrix.NewBuilder(20, d+20)
	if err != nil {
		panic(err)
	}
	score := make([]float64, n)
	for i := range score {
		cols, vals := tfidf(words[i], seen, n)
		x := dense[i]
		s := 0.4*(math.Log(x[0])-8)/2 + 0.5*x[4] + 0.4*x[5]*x[6] + 2*(x[12]-0.28)
		if x[16] == 2 {
			s += 0.5
		}
		for k, c := range cols {
			s += vals[k] * effect[c-20]
		}
		u := r.Float64()
		score[i] = s + 0.8*math.Log(u/(1-u))
		if err := b.Add(x, cols, vals); err != nil {
			panic(fmt.Sprint("generate: ", err))
		}
	}
	sorted := slices.Clone(score)
	slices.Sort(sorted)
	cut := sorted[int(0.85*float64(n-1))]
	y := make([]float64, n)
	train, test := []int{}, []int{}
	for i, s := range score {
		if s > cut {
			y[i] = 1
		}
		if i < n-n/5 {
			train = append(train, i)
		} else {
			test = append(test, i)
		}
	}
	m := b.Matrix()
	return Generated{m.Subset(train), m.Subset(test), matrix.Pick(y, train), matrix.Pick(y, test)}
}

func denseRow(r *rand.Rand) []float64 {
	x := make([]float64, 20)
	for j := range 4 {
		x[j] = math.Exp(8 + 2*r.NormFloat64())
	}
	for j := 4; j < 12; j++ {
		x[j] = r.NormFloat64()
	}
	for j := 12; j < 16; j++ { // Beta(2, 5): the second smallest of six uniforms
		u := make([]float64, 6)
		for k := range u {
			u[k] = r.Float64()
		}
		slices.Sort(u)
		x[j] = u[1]
	}
	for j := 16; j < 20; j++ {
		x[j] = float64(r.IntN(7))
	}
	return x
}

func tfidf(words map[int]int, seen []int, n int) ([]int32, []float64) {
	cols := make([]int32, 0, len(words))
	for j := range words {
		cols = append(cols, int32(20+j))
	}
	slices.Sort(cols)
	vals := make([]float64, len(cols))
	norm := 0.0
	for k, c := range cols {
		j := int(c) - 20
		vals[k] = float64(words[j]) * (math.Log(float64(1+n)/float64(1+seen[j])) + 1)
		norm += vals[k] * vals[k]
	}
	for k := range vals {
		vals[k] /= math.Sqrt(norm)
	}
	return cols, vals
}

func poisson(r *rand.Rand, mean float64) int {
	limit, product := math.Exp(-mean), r.Float64()
	k := 0
	for product > limit {
		product *= r.Float64()
		k++
	}
	return k
}

// Sample is a small problem with a dense block and sparse columns of both signs,
// values missing in both. The label depends on all kinds.
func Sample(seed uint64, rows int) (*matrix.Matrix, []float64) {
	r := rand.New(rand.NewPCG(seed, 0))
	b, err := matrix.NewBuilder(4, 60)
	if err != nil {
		panic(err)
	}
	y := make([]float64, rows)
	for i := range rows {
		dense := []float64{r.NormFloat64(), math.Exp(3 * r.NormFloat64()), float64(r.IntN(5)), r.NormFloat64()}
		s := dense[0] + 0.5*dense[2] - 1
		if r.Float64() < 0.3 {
			dense[3] = math.NaN()
			s += 0.8
		}
		var cols []int32
		var vals []float64
		for j := int32(4); j < 60; j++ {
			if r.Float64() < 2/float64(j) {
				v := r.Float64()
				if j%5 == 0 {
					v -= 0.5
				}
				if j%7 == 0 && r.Float64() < 0.2 {
					v = math.NaN()
				}
				cols, vals = append(cols, j), append(vals, v)
				if j < 8 && v == v {
					s += 2 * v
				}
			}
		}
		if err := b.Add(dense, cols, vals); err != nil {
			panic(err)
		}
		if r.Float64() < 1/(1+math.Exp(-2*s)) {
			y[i] = 1
		}
	}
	return b.Matrix(), y
}
