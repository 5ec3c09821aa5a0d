package dashboard

import (
	"cmp"
	"context"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"cratedigger/model"
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
	Models   []modelRow // newest first
	Ranker   taste.Ranker
	Chosen   *modelRow
	Learners []learnerRow
	Params   string // the learners' parameters as JSON
	Charts   []template.HTML
	Taste    []template.HTML
	Busy     bool
}

type modelRow struct {
	Version   int
	CreatedAt time.Time
	Champion  bool
	Chosen    bool
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
func (s *Server) models(guildID string) ([]modelRow, error) {
	stored, err := s.Store.Models(guildID)
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
			return taste.Ranker{Champion: m.Version, Rule: m.Card.Rule}
		}
	}
	return taste.Ranker{}
}

func (s *Server) showModel(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	rows, err := s.models(g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	history, err := s.Store.History(g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	v := modelView{page: s.frame(r, g, "model", "Model"), Models: rows, Ranker: rankerOf(rows)}
	wanted, _ := strconv.Atoi(r.URL.Query().Get("v")) // 0 means the champion, also for text that is not a number
	for i := range v.Models {
		if m := &v.Models[i]; m.Version == wanted || wanted == 0 && m.Champion {
			m.Chosen, v.Chosen = true, m
		}
	}
	if v.Chosen == nil && len(v.Models) > 0 {
		v.Models[0].Chosen, v.Chosen = true, &v.Models[0]
	}
	if v.Chosen != nil {
		v.describe()
	}
	v.Charts = s.modelCharts(rows, v.Chosen, history.Posts, history.Votes)
	if learned, err := s.Stages.Taste(r.Context(), g.ID); err != nil {
		v.Mistake = "What the model has learned in words cannot be shown: " + brief(err)
	} else {
		v.Taste = s.tasteCharts(learned)
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
	if len(c.Learners) > 0 {
		if text, err := json.MarshalIndent(c.Learners, "", "  "); err == nil {
			v.Params = string(text)
		}
	}
}

// retrain starts a training in the background; with tune it searches for parameters
// first. The page of the runs shows how it ends.
func (s *Server) retrain(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	tune := r.PostFormValue("tune") != ""
	for _, kind := range []catalog.RunKind{catalog.RunRetrain, catalog.RunTune} {
		if s.Stages.Busy(kind, g.ID) != nil {
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
