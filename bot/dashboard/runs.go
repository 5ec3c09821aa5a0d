package dashboard

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

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
	v.Going = r.URL.Query().Get("done") == "retrain" // the run may begin a moment later
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
