package evaluate

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"cratedigger/model"
	"cratedigger/model/matrix"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/feature/glove"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/taste"
)

// number is one of the numbers that stand in DefaultLearners and in the view of
// all texts, and the factors by which it is tried.
type number struct {
	name    string
	factors []float64
	// scale multiplies the number in p and reports whether that can matter there.
	scale func(p *pool, factor float64) (matters bool, err error)
}

var numbersInForce = []number{
	{"words' own", []float64{0, 0.5, 2}, columns("word:")},
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
}

func start(learner string) func(*pool, float64) (bool, error) {
	return ofLearner(learner, func(l *model.Learner, factor float64) { l.Start *= factor })
}

func penalty(learner string) func(*pool, float64) (bool, error) {
	return ofLearner(learner, func(l *model.Learner, factor float64) { l.Linear.C *= factor })
}

// ofLearner scales a number of one learner, which matters unless it learns from
// groups and there are none.
func ofLearner(name string, scale func(l *model.Learner, factor float64)) func(*pool, float64) (bool, error) {
	return func(p *pool, factor float64) (bool, error) {
		p.learners = slices.Clone(p.learners)
		l := &p.learners[slices.IndexFunc(p.learners, func(l model.Learner) bool { return l.Name == name })]
		if l.Linear != nil {
			own := *l.Linear
			l.Linear = &own
		}
		scale(l, factor)
		grouped := slices.ContainsFunc(p.rows.Groups, func(g string) bool { return g != "" })
		return grouped || l.Kind != model.Record, nil
	}
}

func columns(prefix string) func(*pool, float64) (bool, error) {
	return func(p *pool, factor float64) (bool, error) {
		return p.scaleColumns(factor, func(name string, _ int) bool { return strings.HasPrefix(name, prefix) })
	}
}

func squares(p *pool, factor float64) (bool, error) {
	return p.scaleColumns(factor, func(name string, j int) bool {
		return strings.HasPrefix(name, "meaning:") && j >= glove.Dims
	})
}

// scaleColumns multiplies some columns of the view of all texts.
func (p *pool) scaleColumns(factor float64, which func(name string, j int) bool) (matters bool, err error) {
	m := p.rows.Views[string(feature.ViewText)]
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
	p.rows.Views = maps.Clone(p.rows.Views)
	p.rows.Views[string(feature.ViewText)] = scaled
	return true, nil
}

// half is one half of a reference set, replayed with the same seeds whatever is
// tried on it.
type half struct {
	set     string
	pool    *pool
	seeds   []uint64
	inForce []float64 // G by seed, of what is in force
}

func deal(t *testing.T, set string, dealing, replays int) [2]*half {
	f := readReference(t, set)
	var out [2]*half
	order := rand.New(rand.NewPCG(uint64(dealing), 0x4a)).Perm(len(f.Rows))
	for side := range out {
		part := &labels.LabelFile{Columns: f.Columns}
		for k, i := range order {
			if k%2 == side {
				part.Rows = append(part.Rows, f.Rows[i])
			}
		}
		p, err := newPool(part, uint64(dealing), taste.DefaultLearners())
		if err != nil {
			t.Fatal(err)
		}
		h := &half{set: set, pool: p}
		for r := range replays {
			h.seeds = append(h.seeds, uint64(dealing*1000+r))
		}
		h.inForce = h.replay(t, p)
		out[side] = h
	}
	return out
}

// replay returns G by seed.
func (h *half) replay(t *testing.T, p *pool) []float64 {
	out := make([]float64, len(h.seeds))
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(runtime.GOMAXPROCS(0))
	for k, seed := range h.seeds {
		g.Go(func() error {
			hits, err := p.replay(ctx, ReplayOptions{Policy: PolicyGreedy, Parallel: 1}, seed, func(int, int) {})
			if err == nil {
				out[k] = p.gain(hits)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	return out
}

// gains are by how much G is more, by seed, with some numbers multiplied; nil if
// they cannot matter on this half.
func (h *half) gains(t *testing.T, factors map[string]float64) []float64 {
	p, matter := *h.pool, false
	for _, n := range numbersInForce {
		if x, ok := factors[n.name]; ok {
			matters, err := n.scale(&p, x)
			if err != nil {
				t.Fatal(err)
			}
			matter = matter || matters
		}
	}
	if !matter {
		return nil
	}
	out := h.replay(t, &p)
	for k := range out {
		out[k] -= h.inForce[k]
	}
	return out
}

// meanSE is a mean and its standard error.
func meanSE(v []float64) (mean, se float64) {
	mean, sd := meanSD(v)
	return mean, sd / math.Sqrt(float64(len(v)))
}

// choose takes of each number the factor that gains most on the given halves,
// one of each set, if that is more than its standard error (Breiman et al.,
// Classification and Regression Trees, 1984). Sets count alike.
func choose(t *testing.T, on []*half) map[string]float64 {
	chosen := map[string]float64{}
	for _, n := range numbersInForce {
		line, most := fmt.Sprintf("%-20s", n.name), 0.0
		for _, x := range n.factors {
			gain, variance := 0.0, 0.0
			for _, h := range on {
				if g := h.gains(t, map[string]float64{n.name: x}); g != nil {
					mean, se := meanSE(g)
					gain += mean / float64(len(on))
					variance += se * se / float64(len(on)*len(on))
				}
			}
			se := math.Sqrt(variance)
			line += fmt.Sprintf("  ×%g %+.3f (%.3f)", x, gain, se)
			if gain > se && gain > most {
				most, chosen[n.name] = gain, x
			}
		}
		t.Log(line)
	}
	return chosen
}

// What the ensemble starts from is a choice, and a choice made where it is judged
// flatters itself. Here each reference set is dealt into random halves; the numbers
// are chosen by replays of one half of each set, and the other halves are replayed
// with what was chosen. On those it must not be clearly better than what is in
// force, or that should change. A dealing takes half an hour of two cores, so it
// runs where CRATEDIGGER_CHOOSE says how many.
func TestNumbersInForceAreChosenByHalves(t *testing.T) {
	dealings, _ := strconv.Atoi(os.Getenv("CRATEDIGGER_CHOOSE"))
	if dealings < 1 {
		t.Skip("half an hour a dealing; CRATEDIGGER_CHOOSE=2 deals twice")
	}
	gained := map[string][]float64{}
	for dealing := 1; dealing <= dealings; dealing++ {
		sets := [][2]*half{deal(t, "maioli", dealing, 4), deal(t, "oliv", dealing, 12)}
		for side := range 2 {
			t.Logf("dealing %d, chosen on side %d:", dealing, side)
			var on, others []*half
			for _, s := range sets {
				on, others = append(on, s[side]), append(others, s[1-side])
			}
			chosen := choose(t, on)
			for _, h := range others {
				g := h.gains(t, chosen)
				if g == nil {
					g = make([]float64, len(h.seeds)) // nothing that matters here was chosen
				}
				was, _ := meanSE(h.inForce)
				gain, se := meanSE(g)
				t.Logf("%v on the other half of %s: G %.3f in force, %+.3f (%.3f)", chosen, h.set, was, gain, se)
				gained[h.set] = append(gained[h.set], g...)
			}
		}
	}
	sum, variance := 0.0, 0.0
	for set, g := range gained {
		mean, se := meanSE(g)
		t.Logf("%s: chosen numbers gain %+.3f of G where they were not chosen (%.3f)", set, mean, se)
		sum += mean
		variance += se * se
	}
	if se := math.Sqrt(variance); sum > 3*se {
		t.Errorf("the chosen numbers gain %.3f (%.3f) in all: they should be in force", sum, se)
	}
}
