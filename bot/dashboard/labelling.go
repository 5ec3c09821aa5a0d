package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// queue has the next videos to label. It is filled with several at a time, because
// choosing them reads the whole catalogue.
type queue struct {
	mu       sync.Mutex // held while the first are chosen; other guilds do not wait for that
	version  int        // of the champion that chose them
	next     []pipeline.Ranked
	answered []pipeline.Ranked // the last ones, to be asked about again
	all      bool              // next held all that there were
	filling  bool              // the next ones are being chosen, while these are asked about
	turn     int               // grows when an answer is taken back: what is being chosen is out of date
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
	fewLeft     = 6 // then the next ones are chosen
	maxSkipped  = 200
)

// labelView is the labelling session.
type labelView struct {
	page
	Song     *videoRow // nil: nothing is left
	Player   string    // always "": the player is loaded by a press
	Why      string
	Skipped  string // ids, separated by spaces; the form sends them back
	Last     string // the id of the video that was answered last, to undo that; "" for none
	Answered string // how it was answered: up, down or skip
	Said     string // what was just done
	New      int    // votes that the bot has yet to learn from
	Missing  int    // votes more that it needs at least to learn for the first time
	Ranker   taste.Ranker
	Empty    bool // there is no song at all
}

// session is what a labelling session is at. The form carries it.
type session struct {
	skipped        []string
	last, answered string // the last answer
}

// readSession reads a session from a form or an address, and ignores what is none.
func readSession(value func(string) string) session {
	at := session{skipped: readSkipped(value("skipped"))}
	if id, ok := youtube.ParseID(value("last")); ok && answers[value("answered")] != "" {
		at.last, at.answered = id, value("answered")
	}
	return at
}

// answers are what a question can be answered with, and what is said of each.
var answers = map[string]string{"up": "You like it.", "down": "You do not like it.", "skip": "Skipped."}

func (s *Server) showLabel(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	s.drawLabel(w, r, g, readSession(r.URL.Query().Get), "", "label.html")
}

// label stores an answer, or takes the last one back, and shows the next video.
func (s *Server) label(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	at, answer := readSession(r.PostFormValue), r.PostFormValue("vote")
	id, ok := youtube.ParseID(r.PostFormValue("video"))
	said := answers[answer]
	switch {
	case answer == "undo" && at.last != "":
		if err := s.unanswer(r, g.ID, &at); err != nil {
			s.broken(w, r, err)
			return
		}
		said = "You took your answer back."
	case !ok || said == "":
		s.fail(w, r, http.StatusBadRequest, "An answer names a video and is up, down or skip; undo takes the last one back.")
		return
	default:
		if answer == "skip" {
			at.skipped = append(at.skipped, id)
			at.skipped = at.skipped[max(0, len(at.skipped)-maxSkipped):]
		} else if err := s.castVote(r.Context(), g.ID, id, answer, ""); err != nil {
			s.broken(w, r, err)
			return
		}
		at.last, at.answered = id, answer
		s.drop(g.ID, id)
	}
	if r.Header.Get("HX-Request") != "" {
		s.drawLabel(w, r, g, at, said, "session")
		return
	}
	to := url.Values{"skipped": {strings.Join(at.skipped, " ")}}
	if at.last != "" {
		to.Set("last", at.last)
		to.Set("answered", at.answered)
	}
	http.Redirect(w, r, "/g/"+g.ID+"/label?"+to.Encode(), http.StatusSeeOther)
}

// unanswer takes the last answer back, so that its video is asked about again.
func (s *Server) unanswer(r *http.Request, guildID string, at *session) error {
	if at.answered == "skip" {
		at.skipped = slices.DeleteFunc(at.skipped, func(id string) bool { return id == at.last })
	} else if err := s.castVote(r.Context(), guildID, at.last, "none", map[string]string{"up": "1", "down": "-1"}[at.answered]); err != nil {
		return err
	}
	q := s.queues.of(guildID)
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.IndexFunc(q.answered, func(r pipeline.Ranked) bool { return r.Video.ID == at.last }); i >= 0 {
		q.next = slices.Insert(q.next, 0, q.answered[i])
		q.turn++
	} // else the bot was started anew, and asks about it when it is its turn
	*at = session{skipped: at.skipped}
	return nil
}

func (s *Server) drawLabel(w http.ResponseWriter, r *http.Request, g catalog.Guild, at session, said, name string) {
	v := labelView{page: s.frame(r, g, "label", "Label"), Skipped: strings.Join(at.skipped, " "), Last: at.last, Answered: at.answered, Said: said}
	rows, err := s.models(r.Context(), g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	v.Ranker = rankerOf(rows)
	votes, err := s.Store.Votes(r.Context(), g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	votes = standing(votes)
	learned := time.Time{} // when the newest model did
	if len(rows) > 0 {
		learned = rows[0].CreatedAt
	} else if v.Missing, err = s.Stages.Missing(r.Context(), g.ID); err != nil {
		s.broken(w, r, err)
		return
	}
	for _, vote := range votes {
		if vote.At.After(learned) {
			v.New++
		}
	}
	next, err := s.next(r.Context(), g.ID, v.Ranker.Champion, at.skipped, votes)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if next != nil {
		p := s.videoRow(g.ID, entryOf(*next), counts{})
		v.Song, v.Why = &p, s.reasonLine(next.Reasons)
	}
	v.Empty = next == nil && len(votes) == 0 && len(at.skipped) == 0
	s.allowPlayer(w)
	s.draw(w, r, http.StatusOK, name, v)
}

// next returns the next video to ask about, nil if none is left.
func (s *Server) next(ctx context.Context, guildID string, version int, skipped []string, votes []catalog.Vote) (*pipeline.Ranked, error) {
	labelled := map[string]bool{}
	for _, v := range votes {
		labelled[v.VideoID] = true
	}
	wanted := func(r pipeline.Ranked) bool { return !labelled[r.Video.ID] && !slices.Contains(skipped, r.Video.ID) }
	q := s.queues.of(guildID)
	q.mu.Lock()
	defer q.mu.Unlock()
	for range 2 {
		if q.version == version {
			left := slices.DeleteFunc(slices.Clone(q.next), func(r pipeline.Ranked) bool { return !wanted(r) })
			if len(left) <= fewLeft && len(left) > 0 && !q.all && !q.filling {
				q.filling = true
				s.fill(q, guildID, version, slices.Clone(skipped))
			}
			if len(left) > 0 {
				return &left[0], nil
			}
		}
		more, err := s.Stages.LabelNext(ctx, guildID, queueLength, skipped)
		if err != nil {
			return nil, fmt.Errorf("the next videos could not be chosen: %w", err)
		}
		q.version, q.next, q.all = version, more, len(more) < queueLength
	}
	return nil, nil
}

// fill chooses the next videos in the background: of 50,000 that takes a second.
func (s *Server) fill(q *queue, guildID string, version int, skipped []string) {
	turn := q.turn
	s.jobs.Go(func() {
		more, err := s.Stages.LabelNext(s.ctx, guildID, queueLength, skipped)
		q.mu.Lock()
		defer q.mu.Unlock()
		q.filling = false
		if err != nil {
			s.Log.Debug("the next videos to label are chosen when they are needed", "guild", guildID, "error", err)
		} else if q.turn == turn && q.version == version {
			q.next, q.all = more, len(more) < queueLength
		}
	})
}

// drop removes an answered video from the queue.
func (s *Server) drop(guildID, id string) {
	q := s.queues.of(guildID)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next = slices.DeleteFunc(q.next, func(r pipeline.Ranked) bool {
		if r.Video.ID != id {
			return false
		}
		q.answered = append(q.answered, r)
		return true
	})
	q.answered = q.answered[max(0, len(q.answered)-queueLength):]
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
