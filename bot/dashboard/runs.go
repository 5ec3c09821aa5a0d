package dashboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

// runsView is the page of the runs.
type runsView struct {
	page
	Runs  []runRow
	Kind  catalog.RunKind
	Kinds []catalog.RunKind
	Going bool // a run is going or about to begin, so the page reloads itself
}

type runRow struct {
	catalog.Run
	Counts   string
	Step     pipeline.Step // while it runs
	Coverage []coverageRow
}

// coverageRow is how often pages of a kind had each field.
type coverageRow struct {
	Kind          string
	Pages, Videos int
	Fields        []fieldShare
	Unknown       []string // kinds of items that the reader does not know, with counts
}

type fieldShare struct {
	Name  string
	Share float64
}

const shownRuns = 100

func (s *Server) showRuns(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	runs, err := s.Store.Runs(g.ID, 500)
	if err != nil {
		s.broken(w, r, fmt.Errorf("the runs could not be read: %w", err))
		return
	}
	v := runsView{page: s.frame(r, g, "runs", "Runs"), Kind: catalog.RunKind(r.URL.Query().Get("kind"))}
	v.Going = r.URL.Query().Get("done") != "" // the run may begin a moment later
	for _, run := range runs {
		if !slices.Contains(v.Kinds, run.Kind) {
			v.Kinds = append(v.Kinds, run.Kind)
		}
		if v.Kind != "" && run.Kind != v.Kind || len(v.Runs) >= shownRuns {
			continue
		}
		v.Going = v.Going || run.Outcome == catalog.OutcomeRunning
		run = shown(run)
		row := runRow{Run: run, Counts: strings.Join(run.Words(), " · "), Coverage: coverage(run.Coverage)}
		if run.Outcome == catalog.OutcomeRunning {
			row.Step = s.Stages.Step(run.Kind, g.ID)
		}
		v.Runs = append(v.Runs, row)
	}
	slices.Sort(v.Kinds)
	s.draw(w, r, http.StatusOK, "runs.html", v)
}

// search starts a search in the background, as /rescrape does in Discord.
func (s *Server) search(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	if len(g.Queries) == 0 {
		s.fail(w, r, http.StatusConflict, "There is nothing to search for yet: type it into the settings first.")
		return
	}
	if wait := s.searched.take(g.ID, s.Now(), s.SearchPause); wait > 0 {
		s.pause(w, r, wait, "A search was started here not long ago.")
		return
	}
	s.start("search", g, func(ctx context.Context) error {
		_, err := s.Stages.Scrape(ctx, g.ID, catalog.ByDashboard, "", nil)
		if err != nil {
			s.searched.give(g.ID)
		}
		return err
	})
	back(w, r, g, "runs", "search")
}

// start does what a page asked for in the background: it goes on after the request,
// and ends with the server.
func (s *Server) start(what string, g catalog.Guild, do func(context.Context) error) {
	s.jobs.Go(func() {
		ctx, cancel := context.WithTimeout(s.ctx, time.Hour)
		defer cancel()
		err := do(ctx)
		if busy := new(pipeline.BusyError); errors.As(err, &busy) {
			s.Log.Info("the dashboard asked for a "+what+" while one goes", "guild", g.ID, "since", busy.Since)
		} else if err != nil {
			s.Log.Error("a "+what+" asked for on the dashboard failed", "guild", g.ID, "error", err)
		}
	})
}

// shown is a run with what is shown of its error and alarms.
func shown(run catalog.Run) catalog.Run {
	run.Error, run.Alarms = cut(run.Error, maxShown), slices.Clone(run.Alarms)
	for i := range run.Alarms {
		run.Alarms[i] = cut(run.Alarms[i], maxShown)
	}
	return run
}

func coverage(by map[string]catalog.Coverage) []coverageRow {
	var rows []coverageRow
	for _, kind := range sortedKeys(by) {
		c := by[kind]
		row := coverageRow{Kind: kind, Pages: c.Pages, Videos: c.Videos}
		for _, name := range sortedKeys(c.Fields) {
			if c.Videos > 0 {
				row.Fields = append(row.Fields, fieldShare{name, float64(c.Fields[name]) / float64(c.Videos)})
			}
		}
		slices.SortStableFunc(row.Fields, func(a, b fieldShare) int { return cmp.Compare(a.Share, b.Share) })
		for _, name := range sortedKeys(c.Unknown) {
			row.Unknown = append(row.Unknown, fmt.Sprintf("%s (%d)", name, c.Unknown[name]))
		}
		rows = append(rows, row)
	}
	return rows
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
