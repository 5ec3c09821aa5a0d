package dashboard

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// queue has the next videos to label. It is filled with several at a time, because
// choosing them reads the whole catalogue.
type queue struct {
	mu      sync.Mutex // held while they are chosen; other guilds do not wait for that
	version int        // of the champion that chose them
	next    []pipeline.Ranked
}

type queues struct {
	mu      sync.Mutex
	byGuild map[string]*queue
}

// of is the queue of a guild.
func (q *queues) of(guildID string) *queue {
	q.mu.Lock()
	defer q.mu.Unlock()
	one := q.byGuild[guildID]
	if one == nil {
		one = &queue{}
		q.byGuild[guildID] = one
	}
	return one
}

const (
	queueLength = 12
	maxSkipped  = 200
)

// labelView is the labelling session.
type labelView struct {
	page
	Pick    *videoRow // nil: nothing is left
	Why     string
	Skipped string // ids, separated by spaces; the form sends them back
	Done    int    // labels given in this session
	Labels  int    // votes of the guild
	Ranker  taste.Ranker
	Trained int // number of labels that the champion learned from
	Curve   template.HTML
	Last    string // what was just done, for screen readers
}

func (s *Server) showLabel(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	q := r.URL.Query()
	s.drawLabel(w, r, g, readSkipped(q.Get("skipped")), countParam(q.Get("n")), "", "label.html")
}

// label stores an answer and shows the next video.
func (s *Server) label(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	id, ok := youtube.ParseID(r.PostFormValue("video"))
	answer := r.PostFormValue("vote")
	if !ok || answer != "up" && answer != "down" && answer != "skip" {
		s.fail(w, r, http.StatusBadRequest, "An answer names a video and is up, down or skip.")
		return
	}
	skipped := readSkipped(r.PostFormValue("skipped"))
	done := countParam(r.PostFormValue("n"))
	last := "Skipped."
	if answer == "skip" {
		skipped = append(skipped, id)
		skipped = skipped[max(0, len(skipped)-maxSkipped):]
	} else {
		if err := s.castVote(r, g.ID, id, answer); err != nil {
			s.broken(w, r, err)
			return
		}
		done++
		last = map[string]string{"up": "Liked.", "down": "Disliked."}[answer]
	}
	s.drop(g.ID, id)
	if r.Header.Get("HX-Request") != "" {
		s.drawLabel(w, r, g, skipped, done, last, "session")
		return
	}
	http.Redirect(w, r, fmt.Sprintf("/g/%s/label?n=%d&skipped=%s", g.ID, done, strings.Join(skipped, "+")), http.StatusSeeOther)
}

func (s *Server) drawLabel(w http.ResponseWriter, r *http.Request, g catalog.Guild, skipped []string, done int, last, name string) {
	v := labelView{page: s.frame(r, g, "label", "Label"), Skipped: strings.Join(skipped, " "), Done: done, Last: last}
	rows, err := s.models(g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	v.Ranker = rankerOf(rows)
	for _, m := range rows {
		if m.Champion {
			v.Trained = m.Card.Labels
		}
	}
	votes, err := s.Store.Votes(g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	for _, vote := range votes {
		if vote.Value != 0 {
			v.Labels++
		}
	}
	if c := learningChart(rows); c != nil {
		v.Curve = c.Inline()
	}
	next, err := s.next(r.Context(), g.ID, v.Ranker.Champion, skipped, votes)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if next != nil {
		e := entryOf(*next)
		p := s.videoRow(g.ID, e, counts{})
		v.Pick, v.Why = &p, s.reasonLine(next.Reasons)
	}
	s.draw(w, r, http.StatusOK, name, v)
}

// next returns the next video to ask about, nil if none is left.
func (s *Server) next(ctx context.Context, guildID string, version int, skipped []string, votes []catalog.Vote) (*pipeline.Ranked, error) {
	labelled := map[string]bool{}
	for _, v := range votes {
		if v.Value != 0 {
			labelled[v.VideoID] = true
		}
	}
	wanted := func(r pipeline.Ranked) bool { return !labelled[r.Video.ID] && !slices.Contains(skipped, r.Video.ID) }
	q := s.queues.of(guildID)
	q.mu.Lock()
	defer q.mu.Unlock()
	for range 2 {
		if q.version == version {
			for _, r := range q.next {
				if wanted(r) {
					return &r, nil
				}
			}
		}
		more, err := s.Stages.LabelNext(ctx, guildID, queueLength, skipped)
		if err != nil {
			return nil, fmt.Errorf("the next videos could not be chosen: %w", err)
		}
		q.version, q.next = version, more
	}
	return nil, nil
}

// drop removes an answered video from the queue.
func (s *Server) drop(guildID, id string) {
	q := s.queues.of(guildID)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next = slices.DeleteFunc(q.next, func(r pipeline.Ranked) bool { return r.Video.ID == id })
}

// readSkipped reads the ids of skipped videos and ignores everything else.
func readSkipped(text string) []string {
	var ids []string
	for _, word := range strings.Fields(cut(text, 12*maxSkipped)) {
		if id, ok := youtube.ParseID(word); ok && len(ids) < maxSkipped {
			ids = append(ids, id)
		}
	}
	return ids
}

// countParam reads a count from a form; 0 if the text is not a number.
func countParam(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return min(max(n, 0), 1_000_000)
}
