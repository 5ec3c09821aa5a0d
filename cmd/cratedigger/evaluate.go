package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
	"cratedigger/cmd/internal/terminal"
	"cratedigger/model"
	"cratedigger/pipeline/evaluate"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/taste"
)

// evaluateCmd measures the ensemble on a label file, or tells what training measured of a
// guild's model.
type evaluateCmd struct {
	Labels      string `type:"existingfile" placeholder:"FILE" help:"Label file: CSV with a title and a column y of 1 and 0."`
	Guild       string `placeholder:"GUILD" help:"Without --labels: guild, by id or name (optional where there is one)."`
	Test        string `type:"existingfile" placeholder:"FILE" help:"Second label file to score, with --split none."`
	Split       string `enum:"time,cv,none" default:"time" help:"How to divide the rows: time (the newest quarter tests), cv (five times five folds) or none (all of FILE trains, --test tests)."`
	Folds       string `type:"existingfile" placeholder:"FILE" help:"Fold file with the columns row and fold0, fold1, …; implies --split cv."`
	Tune        int    `placeholder:"N" help:"Search parameters with N trials inside each split's training rows."`
	Repeats     int    `default:"3" help:"Repeats of the learning curve, each with the next split."`
	Seed        uint64 `default:"1" help:"Seed of folds and learners."`
	JSON        bool   `name:"json" help:"Print one line of JSON."`
	Predictions string `type:"path" placeholder:"OUT.csv" help:"Write fold,row,score of each test row here."`
	Plots       string `type:"path" placeholder:"DIR" help:"Write curves here, as PNG and SVG."`
}

// Help explains what is measured.
func (evaluateCmd) Help() string {
	return `Everything is learned from the training rows of a split alone: vocabulary,
scales, latent factors, weights, calibration. The figures are of its test rows:
average precision, area under the ROC curve, log loss. The prior is the share
of likes among the training rows. Needs no configuration and no data folder; of
a configuration, taste.packaging and taste.built_in_packaging count.

Without --labels it tells the figures of the guild's model, as training measured
them out of fold on the guild's own labels, with their weights.`
}

// ofGuild tells the figures on the card of a guild's model.
func (c *evaluateCmd) ofGuild(inv *invocation) error {
	if c.Test != "" || c.Folds != "" || c.Tune != 0 || c.Predictions != "" || c.Plots != "" {
		return errors.New("--test, --folds, --tune, --predictions and --plots need --labels FILE")
	}
	m, err := inv.findModel(c.Guild, 0)
	if err != nil {
		return err
	}
	card, err := taste.ReadCard(m.Card)
	if err != nil {
		return fmt.Errorf("model %d: %w", m.Version, err)
	}
	if card.Ensemble == nil || card.Prior == nil {
		return fmt.Errorf("model %d has no figures: %s", m.Version, cmp.Or(card.Rule, "its card has none"))
	}
	c.Split = "out of fold"
	e := &evaluate.Evaluation{Rows: card.Labels, Positives: card.Liked, Outcomes: []evaluate.Outcome{{
		Ensemble: *card.Ensemble, Prior: *card.Prior, Learners: card.Alone, Weights: card.Weights, ByRule: card.Rule != "",
	}}}
	if c.JSON {
		return c.printJSON(inv.out, e, 0)
	}
	return c.printTable(inv.out, e, nil, 0)
}

// Run measures and prints.
func (c *evaluateCmd) Run(inv *invocation) error {
	if c.Labels == "" {
		return c.ofGuild(inv)
	}
	start := time.Now()
	file, err := inv.readLabels(c.Labels)
	if err != nil {
		return err
	}
	if n, _ := file.Count(); n == 0 {
		return fmt.Errorf("%s: %w", c.Labels, evaluate.ErrNoLabels)
	}
	file, splits, err := c.splits(inv, file)
	if err != nil {
		return err
	}
	text, err := inv.textOptions()
	if err != nil {
		return err
	}
	if c.Tune < 0 {
		return errors.New("--tune needs a number of trials of at least 1")
	}
	if c.Repeats < 1 {
		return fmt.Errorf("--repeats must be at least 1, not %d", c.Repeats)
	}
	o := taste.Options{Seed: c.Seed, Version: app.Version(), Trials: c.Tune, Features: text}
	bar := terminal.NewBar(inv.drawn())
	defer bar.Finish()
	o.Progress = bar.Report
	e, err := evaluate.Evaluate(inv.ctx, file, splits, o)
	if err != nil {
		return err
	}
	if c.Predictions != "" {
		if err := inv.writeBytes(c.Predictions, socket.Private, predictions(e)); err != nil {
			return err
		}
	}
	var curve *evaluate.Curve
	if !c.JSON || c.Plots != "" {
		if curve, err = evaluate.LearningCurve(inv.ctx, file, splits, c.Repeats, text, c.Seed, func(done, total int) { bar.Report("curve", done, total) }); err != nil && !errors.Is(err, evaluate.ErrTooFew) {
			return err
		}
	}
	if c.Plots != "" {
		if err := inv.writePlots(c.Plots, file, e, curve); err != nil {
			return err
		}
	}
	bar.Finish()
	seconds := time.Since(start).Seconds()
	if c.JSON {
		return c.printJSON(inv.out, e, seconds)
	}
	return c.printTable(inv.out, e, curve, seconds)
}

// splits divides the rows. With a test file its rows come after those of the label
// file; the output numbers them from 0.
func (c *evaluateCmd) splits(inv *invocation, file *labels.File) (*labels.File, []evaluate.Split, error) {
	if c.Test != "" && c.Split != "none" {
		if c.Split == "cv" || c.Folds != "" {
			return nil, nil, errors.New("--test goes with --split none: all of --labels trains")
		}
		c.Split = "none" // time is the default, and --test says otherwise
	}
	switch {
	case c.Folds != "":
		c.Split = "cv"
		r, err := inv.files.Open(c.Folds)
		if err != nil {
			return nil, nil, fmt.Errorf("open the fold file: %w", err)
		}
		defer r.Close()
		splits, err := evaluate.ReadFolds(r, file)
		return file, splits, err
	case c.Split == "cv":
		splits := evaluate.CrossSplits(file, c.Seed)
		if len(splits) == 0 {
			return nil, nil, errors.New("the label file has too few labelled rows for a cross-validation")
		}
		return file, splits, nil
	case c.Split == "none":
		if c.Test == "" {
			return nil, nil, errors.New("--split none needs --test FILE to score")
		}
		test, err := inv.readLabels(c.Test)
		if err != nil {
			return nil, nil, err
		}
		joined, split := evaluate.Join(file, test)
		return joined, []evaluate.Split{split}, nil
	}
	s, err := evaluate.TimeSplit(file)
	return file, []evaluate.Split{s}, err
}

// textOptions are the options of text features from the configuration.
func (inv *invocation) textOptions() (feature.Options, error) {
	cfg, err := inv.config()
	if err != nil {
		return feature.Options{}, err
	}
	return feature.Options{Packaging: app.Packaging(cfg)}, nil
}

// readLabels reads a label file of the caller's.
func (inv *invocation) readLabels(name string) (*labels.File, error) {
	r, err := inv.files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the label file cannot be opened: %w", err)
	}
	defer r.Close()
	f, err := labels.Read(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// predictions are the scores of all test rows, as CSV.
func predictions(e *evaluate.Evaluation) []byte {
	var w bytes.Buffer
	fmt.Fprintln(&w, "fold,row,score")
	for _, p := range e.Predictions() {
		fold := strconv.Itoa(p.Fold)
		switch p.Fold {
		case evaluate.FoldTime:
			fold = "time"
		case evaluate.FoldNone:
			fold = "none"
		}
		fmt.Fprintf(&w, "%s,%d,%s\n", fold, p.Row, strconv.FormatFloat(p.P, 'g', 17, 64))
	}
	return w.Bytes()
}

// figure is one column of the table and of the JSON.
type figure struct {
	key, title string
	of         func(model.Figures) float64
}

var figures = []figure{
	{"average_precision", "AP", func(f model.Figures) float64 { return f.AveragePrecision }},
	{"roc_auc", "AUC", func(f model.Figures) float64 { return f.ROCAUC }},
	{"log_loss", "log loss", func(f model.Figures) float64 { return f.LogLoss }},
}

// contender is what is measured: a learner, the ensemble or the prior.
type contender struct {
	name string
	of   func(evaluate.Outcome) model.Figures
}

// contenders are the learners of any split, the ensemble and the prior. The default
// learners are always among them: one that had too little to learn from has the
// prior's figures.
func contenders(e *evaluate.Evaluation) (learners []contender, ensemble, prior contender) {
	names := map[string]bool{}
	for _, l := range taste.DefaultLearners() {
		names[l.Name] = true
	}
	for _, o := range e.Outcomes {
		for name := range o.Learners {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		learners = append(learners, contender{name, func(o evaluate.Outcome) model.Figures {
			if f, ok := o.Learners[name]; ok {
				return f
			}
			return o.Prior
		}})
	}
	return learners, contender{"ensemble", func(o evaluate.Outcome) model.Figures { return o.Ensemble }},
		contender{"prior", func(o evaluate.Outcome) model.Figures { return o.Prior }}
}

func weightOf(e *evaluate.Evaluation, name string) float64 {
	w, _ := e.Spread(func(o evaluate.Outcome) float64 { return o.Weights[name] })
	return w
}

// byRule is the number of splits in which the rule ranks.
func byRule(e *evaluate.Evaluation) (n int) {
	for _, o := range e.Outcomes {
		if o.ByRule {
			n++
		}
	}
	return n
}

func (c *evaluateCmd) printJSON(out io.Writer, e *evaluate.Evaluation, seconds float64) error {
	many := c.Split == "cv"
	values := func(k contender) map[string]*float64 {
		m := map[string]*float64{}
		set := func(key string, v float64) {
			m[key] = nil // not defined: one class alone among the test rows
			if !math.IsNaN(v) {
				m[key] = &v
			}
		}
		for _, f := range figures {
			mean, sd := e.Spread(func(o evaluate.Outcome) float64 { return f.of(k.of(o)) })
			set(f.key, mean)
			if many {
				set(f.key+"_sd", sd)
			}
		}
		return m
	}
	learners, ensemble, prior := contenders(e)
	byName, weights := map[string]map[string]*float64{}, map[string]float64{}
	for _, k := range learners {
		byName[k.name] = values(k)
		weights[k.name] = weightOf(e, k.name)
	}
	train, _ := e.Spread(func(o evaluate.Outcome) float64 { return float64(len(o.Split.Train)) })
	test, _ := e.Spread(func(o evaluate.Outcome) float64 { return float64(len(o.Split.Test)) })
	return json.NewEncoder(out).Encode(struct {
		Rows      int                            `json:"rows"`
		Positives int                            `json:"positives"`
		Split     string                         `json:"split"`
		TrainRows int                            `json:"train_rows"`
		TestRows  int                            `json:"test_rows"`
		Learners  map[string]map[string]*float64 `json:"learners"`
		Ensemble  map[string]*float64            `json:"ensemble"`
		Prior     map[string]*float64            `json:"prior"`
		Weights   map[string]float64             `json:"weights"`
		ByRule    int                            `json:"splits_left_to_the_rule"`
		Seconds   float64                        `json:"seconds"`
	}{e.Rows, e.Positives, c.Split, int(train + 0.5), int(test + 0.5), byName, values(ensemble), values(prior), weights, byRule(e), seconds})
}

func (c *evaluateCmd) printTable(out io.Writer, e *evaluate.Evaluation, curve *evaluate.Curve, seconds float64) error {
	learners, ensemble, prior := contenders(e)
	fmt.Fprintf(out, "%d rows, %d liked (%.1f %%); split %s, %d times\n\n", e.Rows, e.Positives, 100*float64(e.Positives)/float64(max(1, e.Rows)), c.Split, len(e.Outcomes))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	many := len(e.Outcomes) > 1 // one split has no spread
	for _, f := range figures {
		fmt.Fprintf(w, "\t%s", f.title)
		if many {
			fmt.Fprint(w, "\tsd")
		}
	}
	fmt.Fprint(w, "\tweight\t\n")
	slices.SortStableFunc(learners, func(a, b contender) int { return cmp.Compare(weightOf(e, b.name), weightOf(e, a.name)) })
	for _, k := range append(append([]contender{prior}, learners...), ensemble) {
		fmt.Fprintf(w, "%s\t", k.name)
		for _, f := range figures {
			mean, sd := e.Spread(func(o evaluate.Outcome) float64 { return f.of(k.of(o)) })
			cells := [2]string{fmt.Sprintf("%.3f\t", mean), fmt.Sprintf("%.3f\t", sd)}
			if math.IsNaN(mean) {
				cells = [2]string{"-\t", "\t"} // one class alone among the test rows
			}
			fmt.Fprint(w, cells[0])
			if many {
				fmt.Fprint(w, cells[1])
			}
		}
		if k.name == "prior" || k.name == "ensemble" {
			fmt.Fprint(w, "\t\n")
		} else {
			fmt.Fprintf(w, "%.2f\t\n", weightOf(e, k.name))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if rule := byRule(e); rule > 0 {
		fmt.Fprintf(out, "\nIn %d of %d splits the ensemble was no better out of fold than guessing: there the bot would rank by its rule.\n", rule, len(e.Outcomes))
	}
	if curve != nil {
		fmt.Fprintf(out, "\nLearning curve (average precision, mean of %d): rows as they are asked about, and rows at random\n", curve.Repeats)
		w = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprint(w, "labels\tasked\trandom\tdifference\ts.e.\t\n")
		for i, n := range curve.Labels {
			spread := "-" // of one repeat there is none
			if !math.IsNaN(curve.Error[i]) {
				spread = fmt.Sprintf("%.3f", curve.Error[i])
			}
			fmt.Fprintf(w, "%d\t%.3f\t%.3f\t%+.3f\t%s\t\n", n, curve.Asked[i], curve.Random[i], curve.Ahead[i], spread)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if seconds == 0 { // nothing was computed
		return nil
	}
	_, err := fmt.Fprintf(out, "\n%.1f s\n", seconds)
	return err
}
