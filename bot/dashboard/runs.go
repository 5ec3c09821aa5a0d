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

	"cratedigger/bot/text"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

// runsView is the page of the runs.
type runsView struct {
	page
	Runs    []runRow
	Kind    catalog.RunKind
	Kinds   []kindLink
	Going   bool // a run is going or about to begin, so the page reloads itself
	Number  int  // of this page, from 1
	Later   int  // the page of the runs before these, 0 for none
	Nothing bool // there is nothing to search for
}

// kindLink leads to the runs of a kind.
type kindLink struct {
	Kind catalog.RunKind
	Name string
}

type runRow struct {
	catalog.Run
	Name, Ended string        // in Discord's words: "search", "done"
	Came        string        // what came of it
	Who         string        // who asked for it
	Step        pipeline.Step // while it runs
	Read        []string      // how much it read, in sentences
}

// How many runs a page shows, and alarms of each.
const shownRuns, shownAlarms = 16, 3

func (s *Server) showRuns(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	s.drawRuns(w, r, g, http.StatusOK, "")
}

// drawRuns draws the page of the runs, with a sentence about what was refused, if
// anything was.
func (s *Server) drawRuns(w http.ResponseWriter, r *http.Request, g catalog.Guild, status int, mistake string) {
	runs, err := s.Store.Runs(r.Context(), g.ID, 500)
	if err != nil {
		s.broken(w, r, fmt.Errorf("the runs could not be read: %w", err))
		return
	}
	q := r.URL.Query()
	v := runsView{page: s.frame(r, g, "runs", "Runs"), Kind: catalog.RunKind(q.Get("kind")), Nothing: len(g.Queries) == 0}
	v.Mistake = mistake
	v.Going = q.Get("done") != "" // the run may begin a moment later
	number := max(countParam(q.Get("page")), 1)
	v.Number = number
	skip, words := (number-1)*shownRuns, s.Text.For(text.English)
	for _, run := range runs {
		kind := kindLink{run.Kind, words.Say("kind." + string(run.Kind))}
		if !slices.Contains(v.Kinds, kind) {
			v.Kinds = append(v.Kinds, kind)
		}
		v.Going = v.Going || run.Outcome == catalog.OutcomeRunning
		if v.Kind != "" && run.Kind != v.Kind {
			continue
		}
		if skip--; skip >= 0 {
			continue
		}
		if len(v.Runs) == shownRuns {
			v.Later = number + 1
			break
		}
		run = shown(run)
		if more := len(run.Alarms) - shownAlarms; more > 0 {
			run.Alarms = append(run.Alarms[:shownAlarms], "and "+counted(more, "more alarm"))
		}
		row := runRow{Run: run, Name: kind.Name, Ended: words.Say("outcome." + string(run.Outcome)), Came: strings.Join(run.Words(), ", "), Who: s.asker(g.ID, run.By), Read: readInWords(run.Coverage)}
		trained := run.Kind == catalog.RunRetrain || run.Kind == catalog.RunTune
		switch seen := run.Counts["found"]; {
		case run.Outcome == catalog.OutcomeRunning:
			row.Step = s.Stages.Step(run.Kind, g.ID)
		case trained && run.Outcome == catalog.OutcomeOK:
			row.Came, row.Said = words.Trained(run, run.Said), ""
			if n := run.Counts["trials"]; n > 0 {
				row.Came += " I tried " + counted(n, "setting") + "."
			}
		case seen > 0:
			if row.Read = append([]string{row.Came + "."}, row.Read...); run.Counts["new"] > 0 {
				row.Came = fmt.Sprintf("%s seen, %d new", counted(seen, "video"), run.Counts["new"])
			} else {
				row.Came = counted(seen, "video") + " seen, none of them new"
			}
		}
		v.Runs = append(v.Runs, row)
	}
	slices.SortFunc(v.Kinds, func(a, b kindLink) int { return strings.Compare(a.Name, b.Name) })
	s.draw(w, r, status, "runs.html", v)
}

// asker says who asked for a run: a member by the name that Discord has told, if it has.
func (s *Server) asker(guildID string, by catalog.Asker) string {
	switch by {
	case "", catalog.BySchedule:
		return "on schedule"
	case catalog.ByCommand:
		return "by command line"
	case catalog.ByDashboard:
		return "from the dashboard"
	case catalog.ByForgotten:
		return "for a member"
	}
	who, _ := s.voter(guildID, string(by))
	switch who.Name {
	case unknownMember, goneMember:
		return "for " + strings.ToLower(who.Name)
	}
	return "for " + who.Name
}

// search starts a search in the background, as /rescrape does in Discord.
func (s *Server) search(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	if len(g.Queries) == 0 {
		s.drawRuns(w, r, g, http.StatusConflict, "There is nothing to search for yet: type it into the settings first.")
		return
	}
	if wait := s.searched.take(g.ID, s.Now(), s.SearchPause); wait > 0 {
		s.drawRuns(w, r, g, http.StatusTooManyRequests, "A search was started here not long ago. "+retryLater(w, wait))
		return
	}
	if s.Stages.Busy(r.Context(), catalog.RunScrape, g.ID) != nil {
		s.searched.give(g.ID)
		s.drawRuns(w, r, g, http.StatusConflict, "A search is going already; this list shows how far it is.")
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
	run.Error, run.Alarms = fit(run.Error, maxShown), slices.Clone(run.Alarms)
	for i := range run.Alarms {
		run.Alarms[i] = fit(run.Alarms[i], maxShown)
	}
	return run
}

// readInWords says which fields the pages of a run did not have, rarest first.
func readInWords(by map[string]catalog.Coverage) (said []string) {
	for _, kind := range slices.Sorted(maps.Keys(by)) {
		c := by[kind]
		if c.Videos == 0 {
			continue
		}
		var rare []string
		for name, n := range c.Fields {
			if n < c.Videos {
				rare = append(rare, name)
			}
		}
		slices.SortFunc(rare, func(a, b string) int { return cmp.Or(c.Fields[a]-c.Fields[b], strings.Compare(a, b)) })
		sentence := fmt.Sprintf("%s, %s on %s: ", kind, counted(c.Videos, "video"), counted(c.Pages, "page"))
		for i, name := range rare {
			rare[i] = name + " " + percent(float64(c.Fields[name])/float64(c.Videos))
		}
		if len(rare) == 0 {
			sentence += "every field of every one."
		} else {
			sentence += strings.Join(rare, ", ") + "; every other field of every one."
		}
		var unknown []string
		for _, name := range slices.Sorted(maps.Keys(c.Unknown)) {
			unknown = append(unknown, fmt.Sprintf("%s (%d)", name, c.Unknown[name]))
		}
		if len(unknown) > 0 {
			sentence += " Items that are not known: " + strings.Join(unknown, ", ") + "."
		}
		said = append(said, fit(sentence, 2*maxShown))
	}
	return said
}
