package dashboard

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/bot/text"
	"cratedigger/model"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// card is a model's card with the learners' parameters as they were written: older
// versions of the program had other learners.
type card struct {
	taste.Card
	Learners []json.RawMessage `json:"learners"`
}

// modelView is the page of the models.
type modelView struct {
	page
	Said     []string // how it stands, in sentences
	Weeks    template.HTML
	Curve    template.HTML
	Opinions []opinion
	Models   []modelRow // newest first
	Who      taste.Ranker
	Chosen   *modelRow // whose details are shown
	Open     bool      // the page is of them
	Learners []learnerRow
	Ahead    string // explains learners that look better than the ensemble
	Params   string // the learners' parameters as JSON
	Charts   []template.HTML
}

type modelRow struct {
	Version   int
	CreatedAt time.Time
	Champion  bool
	Card      card
	Broken    bool // the card cannot be read
}

type learnerRow struct {
	Name    string
	Weight  float64
	Bar     template.HTML
	Figures *model.Figures
}

// models reads a guild's models, newest first.
func (s *Server) models(ctx context.Context, guildID string) ([]modelRow, error) {
	stored, err := s.Store.Models(ctx, guildID)
	if err != nil {
		return nil, err
	}
	rows := make([]modelRow, 0, len(stored))
	for _, m := range stored {
		row := modelRow{Version: m.Version, CreatedAt: m.CreatedAt, Champion: m.Champion}
		row.Broken = json.Unmarshal(m.Card, &row.Card) != nil
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b modelRow) int { return b.Version - a.Version })
	return rows, nil
}

// rankerOf is who ranks where these are a guild's models.
func rankerOf(rows []modelRow) taste.Ranker {
	for _, m := range rows {
		if m.Champion {
			return m.Card.Ranker(m.Version)
		}
	}
	return taste.Ranker{}
}

func (s *Server) showModel(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	rows, err := s.models(r.Context(), g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	history, err := s.Store.History(r.Context(), g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	v := modelView{page: s.frame(r, g, "model", "Model"), Models: rows, Who: rankerOf(rows)}
	wanted, _ := strconv.Atoi(r.URL.Query().Get("v")) // 0 means the champion, also for text that is not a number
	for i := range v.Models {
		if m := &v.Models[i]; m.Version == wanted || wanted == 0 && m.Champion {
			v.Chosen, v.Open = m, wanted != 0
		}
	}
	if v.Chosen == nil && len(v.Models) > 0 {
		v.Chosen = &v.Models[0]
	}
	week, err := s.week(r.Context(), g, v.Who, history)
	if err != nil {
		s.Log.Error("the week could not be summed up", "guild", g.ID, "error", err)
	}
	believed, err := s.believed(r.Context(), g, v.Who, history)
	if err != nil {
		s.Log.Error("what a model has learned cannot be shown", "guild", g.ID, "error", err)
		v.Mistake = "What I've learned cannot be shown: " + brief(err)
	}
	weeks := pipeline.HitsByWeek(history, s.Now())
	v.Said = []string{learned(v.Who, history.Cast())}
	if believed.Missing > 0 && v.Who.Champion == 0 {
		v.Said = append(v.Said, s.Text.For(text.English).Say("post.learning", "n", believed.Missing))
	}
	if g.ID != catalog.LocalGuild {
		v.Said = append(v.Said, hitSentence(weeks, week))
	}
	if v.Open {
		v.describe()
		v.Charts = s.modelCharts(v.Chosen)
	} else { // one page with all of it would be large
		if c := hitChart(weeks, week); c != nil {
			v.Weeks = c.Inline()
		}
		if c := learningChart(rows); c != nil {
			v.Curve = c.Inline()
		}
		v.Opinions = s.opinions(believed)
	}
	s.draw(w, r, http.StatusOK, "model.html", v)
}

// describe fills in the chosen model's learners.
func (v *modelView) describe() {
	c := v.Chosen.Card
	for name, weight := range c.Weights {
		row := learnerRow{Name: name, Weight: weight, Bar: scoreBar(weight, 0)}
		if f, ok := c.Alone[name]; ok {
			row.Figures = &f
		}
		v.Learners = append(v.Learners, row)
	}
	slices.SortFunc(v.Learners, func(a, b learnerRow) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Name, b.Name))
	})
	v.Ahead = ahead(c)
	if len(c.Learners) > 0 {
		if text, err := json.MarshalIndent(c.Learners, "", "  "); err == nil {
			v.Params = string(text)
		}
	}
}

// ahead explains that learners have better figures than the ensemble that they are part of.
func ahead(c card) string {
	if c.Ensemble == nil {
		return ""
	}
	var better []string
	for name, f := range c.Alone {
		if f.AveragePrecision > c.Ensemble.AveragePrecision || f.ROCAUC > c.Ensemble.ROCAUC || f.LogLoss < c.Ensemble.LogLoss {
			better = append(better, name)
		}
	}
	if len(better) == 0 {
		return ""
	}
	slices.Sort(better)
	names, has := better[0], "has"
	if last := len(better) - 1; last > 0 {
		names, has = strings.Join(better[:last], ", ")+" and "+better[last], "have"
	}
	return fmt.Sprintf("Alone, %s %s a better figure here than the ensemble. The weights were found without the labels that each figure is measured on, so the ensemble cannot choose the learner that happens to fit these best; on %s such a difference may be chance.",
		names, has, plural(c.Labels, "label"))
}

// retrain starts a training in the background; with tune it searches for parameters
// first. The page of the runs shows how it ends.
func (s *Server) retrain(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	tune := r.PostFormValue("tune") != ""
	for _, kind := range []catalog.RunKind{catalog.RunRetrain, catalog.RunTune} {
		if s.Stages.Busy(r.Context(), kind, g.ID) != nil {
			s.drawRuns(w, r, g, http.StatusConflict, "The bot is learning already; this list shows how far it is.")
			return
		}
	}
	s.start("training", g, func(ctx context.Context) (err error) {
		if tune {
			_, err = s.Stages.Tune(ctx, g.ID, catalog.ByDashboard, 0, nil)
		} else {
			_, err = s.Stages.Retrain(ctx, g.ID, catalog.ByDashboard, "", nil)
		}
		return err
	})
	back(w, r, g, "runs", "retrain")
}

func (s *Server) promote(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	version, err := strconv.Atoi(r.PostFormValue("version"))
	if err != nil || version < 1 {
		s.fail(w, r, http.StatusBadRequest, "A model's version is a number from 1.")
		return
	}
	if err := s.Stages.Promote(r.Context(), g.ID, version); err != nil {
		s.broken(w, r, err)
		return
	}
	s.Log.Info("a model was promoted on the dashboard", "guild", g.ID, "version", version)
	back(w, r, g, "model", "promoted")
}
