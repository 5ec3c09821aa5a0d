package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/fit"
	"cratedigger/cmd/internal/socket"
	"cratedigger/model/boost"
	"cratedigger/model/container"
	"cratedigger/model/forest"
	"cratedigger/model/linear"
	"cratedigger/model/matrix"
	"cratedigger/model/tree"
	"cratedigger/pipeline/taste"
)

// modelCmd trains and applies learners on matrices, for the data person.
type modelCmd struct {
	Fit     modelFitCmd     `cmd:"" help:"Train a learner on a matrix."`
	Predict modelPredictCmd `cmd:"" help:"Score a matrix with a trained learner or a LightGBM model."`
	Export  modelExportCmd  `cmd:"" help:"Write a model in LightGBM's format."`

	List     modelListCmd     `cmd:"" help:"List the guild's models: the last five, and which serves."`
	Card     modelCardCmd     `cmd:"" help:"Print what a model says of itself, as JSON."`
	Rollback modelRollbackCmd `cmd:"" help:"Let an earlier model serve again."`
	Chart    modelChartCmd    `cmd:"" help:"Draw the search for parameters that a model came from."`
}

type modelFitCmd struct {
	Learner string   `enum:"boost,forest,linear" required:"" help:"What to train: ${enum}."`
	Matrix  string   `required:"" placeholder:"FILE" help:"Rows to learn from: libsvm, or CSV with a column label; also .gz; - is standard input."`
	Params  []string `placeholder:"K=V" help:"Parameters, by LightGBM's or scikit-learn's names."`
	Columns string   `placeholder:"FILE|N" help:"Column names, one a line, or how many columns there are."`
	Seed    *uint64  `placeholder:"N" help:"Seed of all draws."`
	Threads int      `placeholder:"N" help:"Processors to use at most (default: all)."`
	JSON    bool     `help:"Print a line of JSON: fit_seconds, rows, columns, peak_bytes."`
	Out     string   `arg:"" name:"out" help:"The model file to write."`
}

// Help explains the files and defaults.
func (modelFitCmd) Help() string {
	return `A libsvm file has a row a line, "label column:value ...", columns counted from 0;
what is not written is 0 and nan is missing. A CSV file has a header line of names;
commas, semicolons and tabs are understood, and an empty field is missing. Which of
the two a file is, its first line tells. Labels are 0 and 1 (or -1 and 1).

Rows of a libsvm file are as wide as the widest of them, unless --columns says
more: then the model also takes rows with a column that is empty in these.

Without parameters boost trains as LightGBM does by default (100 trees, 31
leaves, learning rate 0.1), forest and linear as scikit-learn does (100 trees
grown out; C=1). Parameters are separated by commas: num_leaves=15,reg_lambda=2.`
}

// gcPercent makes the garbage collector run more often than Go's default of 100.
// The garbage of reading a large matrix is large, and cheap to collect: slices of
// numbers hold no pointers.
const gcPercent = 40

// Run trains.
func (c *modelFitCmd) Run(inv *invocation) error {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	learner, err := fit.New(c.Learner, c.Params, c.Seed, c.Threads)
	if err != nil {
		return app.WithCode(2, err)
	}
	columns, names := -1, []string(nil)
	if n, err := strconv.Atoi(c.Columns); err == nil {
		if n < 1 || n > matrix.MaxColumns {
			return app.WithCode(2, fmt.Errorf("--columns is %d; a matrix has between 1 and %d columns", n, matrix.MaxColumns))
		}
		columns = n
	} else if c.Columns != "" {
		if names, err = inv.readNames(c.Columns); err != nil {
			return err
		}
		columns = len(names) // the last may be 0 in all rows
	}
	m, y, _, err := inv.readMatrix(c.Matrix, columns)
	if err != nil {
		return err
	}
	if columns >= 0 && m.Cols() != columns {
		return fmt.Errorf("the number of columns is %d in %s and %d by --columns", m.Cols(), c.Matrix, columns)
	}
	if names != nil {
		if m, err = m.WithNames(names); err != nil {
			return fmt.Errorf("%s: %w", c.Columns, err)
		}
	}
	if y == nil {
		return fmt.Errorf("%s has no column called label to learn from", c.Matrix)
	}
	if err := twoClasses(y); err != nil {
		return fmt.Errorf("%s: %w", c.Matrix, err)
	}
	rows, columns := m.Rows(), m.Cols() // remember these: the matrix may be freed once it is binned
	started := inv.now()
	learned, err := learner.Train(inv.ctx, m, y)
	if err != nil {
		return err
	}
	seconds := inv.now().Sub(started).Seconds()
	if err := inv.writeFile(c.Out, socket.Public, learned.Save); err != nil || !c.JSON {
		return err
	}
	return json.NewEncoder(inv.out).Encode(struct {
		Seconds float64 `json:"fit_seconds"`
		Rows    int     `json:"rows"`
		Columns int     `json:"columns"`
		Peak    int64   `json:"peak_bytes"`
	}{seconds, rows, columns, peakBytes()})
}

// peakBytes is the most memory this process has had resident, as Linux counts
// it; elsewhere what the runtime took from the system.
func peakBytes() int64 {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
				if err == nil {
					return kb << 10
				}
			}
		}
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.Sys)
}

type modelPredictCmd struct {
	Matrix  string `required:"" placeholder:"FILE" help:"Rows to score: libsvm, or dense CSV; also .gz; - is standard input."`
	Raw     bool   `xor:"what" help:"Print raw scores."`
	Contrib bool   `xor:"what" help:"Print contributions: one number a column, then the base."`
	Model   string `arg:"" help:"A model file, ours or LightGBM's."`
}

// Help explains the output.
func (modelPredictCmd) Help() string {
	return `Prints the probability of label 1, one line a row, with 17 digits. Contributions
are separated by commas; a line adds up to the raw score.

The columns of a CSV file are found by their names, in any order; one that the
model does not know, or that the file lacks, is an error. They are taken in order
where the model was trained without names. The columns of a libsvm file are those
of the training rows, counted from 0; one beyond them is an error, as the file
may count from 1. Where it does not, fit the model with --columns.`
}

// Run scores.
func (c *modelPredictCmd) Run(inv *invocation) error {
	learned, err := inv.readModel(c.Model)
	if err != nil {
		return err
	}
	m, err := inv.readFor(learned, c.Matrix)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(inv.out, 64<<10)
	var line []byte
	if c.Contrib {
		err = learned.EachContributions(m, func(_ int, values []float64, base float64) error {
			line = line[:0]
			for _, v := range values {
				line = append(strconv.AppendFloat(line, v, 'g', 17, 64), ',')
			}
			line = append(strconv.AppendFloat(line, base, 'g', 17, 64), '\n')
			_, err := out.Write(line)
			return err
		})
		return errors.Join(err, out.Flush())
	}
	score := learned.Probability
	if c.Raw {
		score = learned.Score
	}
	values, err := score(m)
	if err != nil {
		return err
	}
	for _, v := range values {
		line = append(strconv.AppendFloat(line[:0], v, 'g', 17, 64), '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

// scorer is a trained model: of a learner of ours, or the trees of LightGBM.
type scorer interface {
	Score(m *matrix.Matrix) ([]float64, error)
	Probability(m *matrix.Matrix) ([]float64, error)
	EachContributions(m *matrix.Matrix, f func(row int, values []float64, base float64) error) error
}

// readModel reads a model file of ours or LightGBM's.
func (inv *invocation) readModel(name string) (scorer, error) {
	f, err := inv.files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the model cannot be opened: %w", err)
	}
	defer f.Close()
	m, err := decodeModel(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

func decodeModel(r io.Reader) (scorer, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	prefix, err := in.Peek(container.KindBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(prefix) == 0 {
		return nil, errors.New("the file is empty")
	}
	switch kind := container.Kind(prefix); kind {
	case boost.Kind:
		return boost.Load(in)
	case forest.Kind:
		return forest.Load(in)
	case linear.Kind:
		return linear.Load(in)
	case "":
		if !strings.HasPrefix(string(prefix), tree.LightGBMPrefix) && !strings.HasPrefix(string(prefix), "tree\r\n") {
			return nil, errors.New("this is neither a model of Cratedigger nor one in LightGBM's text format")
		}
		return tree.ReadLightGBM(in)
	default:
		return nil, fmt.Errorf("the file holds a %q, which is no learner", kind)
	}
}

type modelExportCmd struct {
	Format  string `enum:"lightgbm" default:"lightgbm" help:"The format to write: ${enum}."`
	Guild   string `placeholder:"GUILD" help:"The guild whose champion or version is meant, by id or name; optional where there is one."`
	Learner string `enum:"boost,forest" default:"boost" help:"Which trees of a champion or version to write: ${enum}."`
	Model   string `arg:"" help:"A model file, or champion, or a version of the guild's."`
	Out     string `arg:"" name:"out" help:"The file to write."`
}

// Help says what can be exported.
func (modelExportCmd) Help() string {
	return `Boosted trees and forests can be written; LightGBM loads the file and predicts
the same. Of a forest its raw score is the sum over the trees and its prediction
the mean. A linear model has no place in the format. The columns that a champion's
trees read are those of "export matrix" with the same --learner.`
}

func (modelExportCmd) usesCatalogue() {}

// lightGBMWriter is a model that can be written in LightGBM's format.
type lightGBMWriter interface{ WriteLightGBM(w io.Writer) error }

// Run exports.
func (c *modelExportCmd) Run(inv *invocation) error {
	version, err := strconv.Atoi(c.Model)
	if c.Model == "champion" || err == nil {
		m, err := c.kept(inv, version)
		if err != nil {
			return err
		}
		return inv.writeFile(c.Out, socket.Public, func(w io.Writer) error { return m.WriteLightGBM(w, c.Learner) })
	}
	m, err := inv.readModel(c.Model)
	if err != nil {
		return err
	}
	trees, ok := m.(lightGBMWriter)
	if !ok {
		return fmt.Errorf("%s is a linear model: LightGBM's format holds trees only", c.Model)
	}
	return inv.writeFile(c.Out, socket.Public, trees.WriteLightGBM)
}

// kept is a model of the guild: its champion, or the version if that is not 0.
func (c *modelExportCmd) kept(inv *invocation, version int) (*taste.Model, error) {
	stored, err := inv.findModel(c.Guild, version)
	if err != nil {
		return nil, err
	}
	return taste.Load(bytes.NewReader(stored.Blob))
}
