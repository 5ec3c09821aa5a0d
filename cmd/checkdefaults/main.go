// Command checkdefaults tests whether other numbers would be better than those of
// taste.DefaultLearners and of the view of all texts:
//
//	go run ./cmd/checkdefaults -dealings 2 labels.csv more-labels.csv
//
// A choice looks too good on the data by which it was made. So each label file is
// dealt into two random halves: the numbers are chosen by replays of one half of each
// file and measured by replays of the other. The command fails when they are clearly
// better there than the numbers in force. Dealing 1,164 and 295 rows once takes half
// an hour on two cores.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/stat"

	"cratedigger/model"
	"cratedigger/model/matrix"
	"cratedigger/model/record"
	"cratedigger/pipeline/evaluate"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/feature/glove"
	"cratedigger/pipeline/labels"
)

// number is a number of DefaultLearners or of the view of all texts, and the factors
// by which it is multiplied to try others.
type number struct {
	name    string
	factors []float64
	// scale multiplies the number in p and reports whether that can matter there.
	scale func(p *evaluate.Pool, factor float64) (matters bool, err error)
}

var numbers = []number{
	{"words' residuals", []float64{0, 0.5, 2}, columns("word:")},
	{"squares of cosines", []float64{0}, squares},
	{"letters", []float64{0, 0.5, 2}, columns("chars:")},
	{"description", []float64{0, 0.5, 2}, columns("description:")},
	{"tags", []float64{0, 0.5, 2}, columns("tag:")},
	{"channel's words", []float64{0, 0.5, 2}, columns("channel:")},
	{"category", []float64{0, 0.5, 2}, columns("category:")},
	{"C of linear", []float64{0.33, 3}, penalty("linear")},
	{"C of numbers", []float64{0.1, 10}, penalty("numbers")},
	{"start of linear", []float64{0.25, 0.5, 2}, start("linear")},
	{"start of numbers", []float64{0, 0.5, 2}, start("numbers")},
	{"start of boost", []float64{0, 0.5, 2}, start("boost")},
	{"start of forest", []float64{0, 0.5, 2}, start("forest")},
	{"start of neighbours", []float64{0, 0.5, 2}, start("neighbours")},
	{"start of channel", []float64{0, 0.33, 2}, start("channel")},
	{"start of artist", []float64{0, 0.5, 2}, start("artist")},
}

func start(learner string) func(*evaluate.Pool, float64) (bool, error) {
	return ofLearner(learner, func(l *model.Learner, factor float64) {
		l.Starts = slices.Clone(l.Starts)
		for s := range l.Starts {
			l.Starts[s] *= factor
		}
	})
}

func penalty(learner string) func(*evaluate.Pool, float64) (bool, error) {
	return ofLearner(learner, func(l *model.Learner, factor float64) { l.Linear.C *= factor })
}

// ofLearner scales a number of one learner, which matters unless it learns from
// groups and there are none.
func ofLearner(name string, scale func(l *model.Learner, factor float64)) func(*evaluate.Pool, float64) (bool, error) {
	return func(p *evaluate.Pool, factor float64) (bool, error) {
		p.Learners = slices.Clone(p.Learners)
		l := &p.Learners[slices.IndexFunc(p.Learners, func(l model.Learner) bool { return l.Name == name })]
		if l.Linear != nil {
			own := *l.Linear
			l.Linear = &own
		}
		scale(l, factor)
		grouped := slices.ContainsFunc(p.Rows.Groups[l.View], func(g []record.Member) bool { return len(g) > 0 })
		return grouped || l.Kind != model.Record, nil
	}
}

func columns(prefix string) func(*evaluate.Pool, float64) (bool, error) {
	return func(p *evaluate.Pool, factor float64) (bool, error) {
		return scaleColumns(p, factor, func(name string, _ int) bool { return strings.HasPrefix(name, prefix) })
	}
}

func squares(p *evaluate.Pool, factor float64) (bool, error) {
	return scaleColumns(p, factor, func(name string, j int) bool {
		return strings.HasPrefix(name, "meaning:") && j >= glove.Dims
	})
}

// scaleColumns multiplies some columns of the view of all texts.
func scaleColumns(p *evaluate.Pool, factor float64, which func(name string, j int) bool) (matters bool, err error) {
	m := p.Rows.Views[string(feature.ViewText)]
	by := make([]float64, m.Cols())
	for j := range by {
		by[j] = 1
		if which(m.Name(j), j) {
			by[j], matters = factor, true
		}
	}
	if !matters {
		return false, nil
	}
	b, err := matrix.NewBuilder(m.DenseCols(), m.Cols())
	if err != nil {
		return false, err
	}
	for i := range m.Rows() {
		dense := slices.Clone(m.Dense(i))
		for j := range dense {
			dense[j] *= by[j]
		}
		cols, vals := m.Sparse(i)
		vals = slices.Clone(vals)
		for k, j := range cols {
			vals[k] *= by[j]
		}
		if err := b.Add(dense, cols, vals); err != nil {
			return false, err
		}
	}
	scaled, err := b.Matrix().WithNames(m.Names())
	if err != nil {
		return false, err
	}
	p.Rows.Views = maps.Clone(p.Rows.Views)
	p.Rows.Views[string(feature.ViewText)] = scaled
	return true, nil
}

// half is one half of a label file. Its replays have the same seeds whatever is tried
// on it.
type half struct {
	file    string
	pool    *evaluate.Pool
	seeds   []uint64
	inForce []float64 // G by seed, of what is in force
}

// deal divides a label file into random halves. A small file gets more replays,
// because its G varies more.
func deal(ctx context.Context, path string, dealing int) ([2]*half, error) {
	var out [2]*half
	r, err := os.Open(path)
	if err != nil {
		return out, err
	}
	defer r.Close()
	f, err := labels.Read(r)
	if err != nil {
		return out, fmt.Errorf("%s: %w", path, err)
	}
	replays := 12
	if len(f.Rows) > 600 {
		replays = 4
	}
	order := rand.New(rand.NewPCG(uint64(dealing), 0x4a)).Perm(len(f.Rows))
	for side := range out {
		part := &labels.File{Columns: f.Columns}
		for k, i := range order {
			if k%2 == side {
				part.Rows = append(part.Rows, f.Rows[i])
			}
		}
		h := &half{file: path}
		if h.pool, err = evaluate.NewPool(part, feature.Options{}, uint64(dealing)); err != nil {
			return out, fmt.Errorf("half of %s: %w", path, err)
		}
		for r := range replays {
			h.seeds = append(h.seeds, uint64(dealing*1000+r))
		}
		if h.inForce, err = h.replay(ctx, h.pool); err != nil {
			return out, err
		}
		out[side] = h
	}
	return out, nil
}

// replay returns G by seed.
func (h *half) replay(ctx context.Context, p *evaluate.Pool) ([]float64, error) {
	out := make([]float64, len(h.seeds))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for k, seed := range h.seeds {
		g.Go(func() error {
			hits, err := p.Replay(ctx, evaluate.ReplayOptions{Policy: evaluate.PolicyGreedy, Parallel: 1}, seed, nil)
			if err == nil {
				out[k] = p.Gain(hits)
			}
			return err
		})
	}
	return out, g.Wait()
}

// gains are how much larger G is, for each seed, with some numbers multiplied; nil if
// they cannot matter on this half.
func (h *half) gains(ctx context.Context, factors map[string]float64) ([]float64, error) {
	p, matter := *h.pool, false
	for _, n := range numbers {
		if x, ok := factors[n.name]; ok {
			matters, err := n.scale(&p, x)
			if err != nil {
				return nil, err
			}
			matter = matter || matters
		}
	}
	if !matter {
		return nil, nil
	}
	out, err := h.replay(ctx, &p)
	for k := range out {
		out[k] -= h.inForce[k]
	}
	return out, err
}

// meanSE is a mean and its standard error.
func meanSE(v []float64) (mean, se float64) {
	mean, sd := stat.MeanStdDev(v, nil)
	return mean, sd / math.Sqrt(float64(len(v)))
}

// choose takes for each number the factor that gains most on the given halves, one of
// each file, if the gain exceeds its standard error (Breiman et al., Classification
// and Regression Trees, 1984). All files count the same.
func choose(ctx context.Context, on []*half) (map[string]float64, error) {
	chosen := map[string]float64{}
	for _, n := range numbers {
		fmt.Printf("%-20s", n.name)
		most := 0.0
		for _, x := range n.factors {
			gain, variance := 0.0, 0.0
			for _, h := range on {
				g, err := h.gains(ctx, map[string]float64{n.name: x})
				if err != nil {
					return nil, err
				}
				if g != nil {
					mean, se := meanSE(g)
					gain += mean / float64(len(on))
					variance += se * se / float64(len(on)*len(on))
				}
			}
			se := math.Sqrt(variance)
			fmt.Printf("  ×%g %+.3f (%.3f)", x, gain, se)
			if gain > se && gain > most {
				most, chosen[n.name] = gain, x
			}
		}
		fmt.Println()
	}
	return chosen, nil
}

// check deals each file into halves the given number of times. For each file it returns
// how much larger G is on the halves by which it did not choose the numbers.
func check(ctx context.Context, files []string, dealings int) (map[string][]float64, error) {
	gained := map[string][]float64{}
	for dealing := 1; dealing <= dealings; dealing++ {
		var dealt [][2]*half
		for _, f := range files {
			d, err := deal(ctx, f, dealing)
			if err != nil {
				return nil, err
			}
			dealt = append(dealt, d)
		}
		for side := range 2 {
			fmt.Printf("dealing %d, chosen on side %d:\n", dealing, side)
			var on, others []*half
			for _, d := range dealt {
				on, others = append(on, d[side]), append(others, d[1-side])
			}
			chosen, err := choose(ctx, on)
			if err != nil {
				return nil, err
			}
			for _, h := range others {
				g, err := h.gains(ctx, chosen)
				if err != nil {
					return nil, err
				}
				if g == nil {
					g = make([]float64, len(h.seeds)) // nothing that matters here was chosen
				}
				was, _ := meanSE(h.inForce)
				gain, se := meanSE(g)
				fmt.Printf("%v on the other half of %s: G %.3f in force, %+.3f (%.3f)\n", chosen, h.file, was, gain, se)
				gained[h.file] = append(gained[h.file], g...)
			}
		}
	}
	return gained, nil
}

func run(ctx context.Context, files []string, dealings int) error {
	if len(files) == 0 || dealings < 1 {
		return errors.New("name at least one label file, and at least one dealing")
	}
	gained, err := check(ctx, files, dealings)
	if err != nil {
		return err
	}
	sum, variance := 0.0, 0.0
	for file, g := range gained {
		mean, se := meanSE(g)
		fmt.Printf("%s: chosen numbers gain %+.3f of G where they were not chosen (%.3f)\n", file, mean, se)
		sum += mean
		variance += se * se
	}
	if se := math.Sqrt(variance); sum > 3*se {
		return fmt.Errorf("the chosen numbers gain %.3f (%.3f) in all: they should be in force", sum, se)
	}
	return nil
}

func main() {
	dealings := flag.Int("dealings", 1, "how often each file is dealt into halves")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, flag.Args(), *dealings); err != nil {
		fmt.Fprintln(os.Stderr, "checkdefaults:", err)
		os.Exit(1)
	}
}
