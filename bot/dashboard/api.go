package dashboard

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// apiView is the page that describes the API.
type apiView struct {
	page
	Base    string // address in the examples
	Example string // a guild's id for the examples
	Pause   int    // seconds between two predictions
}

func (s *Server) showAPI(w http.ResponseWriter, r *http.Request) {
	v := apiView{page: page{Title: "API", Tab: "api", Version: s.Version, Login: s.locked()}, Base: "http://" + s.Listen, Pause: int(s.PredictPause.Seconds())}
	if guilds, err := s.Store.Guilds(r.Context()); err == nil && len(guilds) > 0 {
		v.Guild, v.Guilds = s.first(guilds), guilds
		v.Example = v.Guild.ID
	}
	if strings.HasPrefix(s.Listen, ":") {
		v.Base = "http://localhost" + s.Listen
	}
	s.draw(w, r, http.StatusOK, "api.html", v)
}

// first is the first of the guilds that is served, or the first where none is.
func (s *Server) first(guilds []catalog.Guild) catalog.Guild {
	return guilds[max(0, slices.IndexFunc(guilds, s.Serves))]
}

// apiGuild finds the guild of an API call: the one that the guild parameter names,
// or the only one that is served.
func (s *Server) apiGuild(do func(http.ResponseWriter, *http.Request, catalog.Guild)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		guilds, err := s.Store.Guilds(r.Context())
		if err != nil {
			s.broken(w, r, err)
			return
		}
		id := r.FormValue("guild")
		meant := slices.DeleteFunc(guilds, func(g catalog.Guild) bool { return id != "" && g.ID != id || id == "" && !s.Serves(g) })
		switch {
		case len(meant) == 1:
			do(w, r, meant[0])
		case id != "":
			s.fail(w, r, http.StatusNotFound, "The bot has never been in this server.")
		default:
			s.fail(w, r, http.StatusBadRequest, fmt.Sprintf("There are %d servers: name one with guild=ID.", len(meant)))
		}
	}
}

// partRecord is one part of an explanation.
type partRecord struct {
	Kind   pipeline.PartKind `json:"kind"`
	Name   string            `json:"name"`
	Value  string            `json:"value,omitempty"`
	Weight float64           `json:"weight"`
}

// pauses has the time from which each guild may do an expensive thing again.
type pauses struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// take starts a pause of length d for a guild and returns 0, or returns how long the
// current pause still lasts.
func (p *pauses) take(guildID string, now time.Time, d time.Duration) (wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// A clock that was set back must not lock anybody out.
	if left := p.until[guildID].Sub(now); left > 0 && left <= d {
		return left
	}
	if p.until == nil {
		p.until = map[string]time.Time{}
	}
	p.until[guildID] = now.Add(d)
	return 0
}

// give ends a guild's pause.
func (p *pauses) give(guildID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.until, guildID)
}

// retryLater tells programs when a pause ends, and returns that in words.
func retryLater(w http.ResponseWriter, wait time.Duration) string {
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	return fmt.Sprintf("Ask again in %d s.", seconds)
}

// apiPredict reads a video's page from YouTube, which counts as one of the day's
// pages, and scores the video.
func (s *Server) apiPredict(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	id, ok := youtube.ParseID(r.FormValue("video"))
	if !ok {
		s.fail(w, r, http.StatusBadRequest, "The parameter video is a video's id of 11 characters or a YouTube link.")
		return
	}
	if wait := s.predicted.take(g.ID, s.Now(), s.PredictPause); wait > 0 {
		s.fail(w, r, http.StatusTooManyRequests, "A video was read a moment ago. "+retryLater(w, wait))
		return
	}
	x, err := s.Stages.Predict(r.Context(), g.ID, id)
	if err != nil {
		if r.Context().Err() == nil {
			s.Log.Warn("a prediction failed", "guild", g.ID, "video", id, "error", err)
			s.fail(w, r, http.StatusBadGateway, "The video could not be scored: "+brief(err))
		}
		return
	}
	writeJSON(w, http.StatusOK, s.predictRecord(g.ID, x))
}

// predictRecord is a prediction as JSON.
func (s *Server) predictRecord(guildID string, x pipeline.Explanation) map[string]any {
	parts := make([]partRecord, 0, len(x.Parts))
	for _, p := range x.Parts {
		parts = append(parts, partRecord{p.Kind, p.Name, s.amount(p), round(p.Weight)})
	}
	e := entryOf(x.Ranked)
	record := recordOf(e)
	return map[string]any{
		"guild": guildID, "model": x.ModelVersion, "video_id": e.ID, "title": e.Title, "channel": e.Channel, "url": record.URL,
		"score": record.Score, "score_sd": record.Deviation, "known": record.Known, "artists": record.Artists, "song": record.Song, "base": round(x.Base), "parts": parts, "reasons": s.reasonLine(x.Reasons),
	}
}

// limitParam reads the limit parameter: standard if it is missing, at most most.
func limitParam(r *http.Request, standard, most int) int {
	if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil && n > 0 {
		return min(n, most)
	}
	return standard
}

func (s *Server) apiVotes(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	votes, err := s.Store.Votes(r.Context(), g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	type record struct {
		VideoID  string    `json:"video_id"`
		PostID   string    `json:"post_id,omitempty"`
		MemberID string    `json:"member_id"`
		Value    int       `json:"value"`
		At       time.Time `json:"at"`
		Source   string    `json:"source"`
	}
	out := []record{}
	for _, v := range votes {
		if v.Value != 0 {
			out = append(out, record{v.VideoID, v.PostID, v.MemberID, v.Value, v.At, strings.Join(sources(v), ", ")})
		}
	}
	n := limitParam(r, 1000, 100_000)
	writeJSON(w, http.StatusOK, map[string]any{"guild": g.ID, "total": len(out), "votes": out[:min(n, len(out))]})
}

func (s *Server) apiModels(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	stored, err := s.Store.Models(r.Context(), g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	type record struct {
		Version   int             `json:"version"`
		CreatedAt time.Time       `json:"created_at"`
		Champion  bool            `json:"champion"`
		Card      json.RawMessage `json:"card,omitempty"`
	}
	out := []record{}
	for _, m := range stored {
		m.Card = append([]byte(nil), m.Card...)
		if !json.Valid(m.Card) {
			m.Card = nil
		}
		out = append(out, record{m.Version, m.CreatedAt, m.Champion, m.Card})
	}
	writeJSON(w, http.StatusOK, map[string]any{"guild": g.ID, "models": out})
}

func (s *Server) apiRuns(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	runs, err := s.Store.Runs(r.Context(), g.ID, limitParam(r, 100, 10_000))
	if err != nil {
		s.broken(w, r, err)
		return
	}
	type record struct {
		ID      string          `json:"id"`
		Kind    catalog.RunKind `json:"kind"`
		Slot    string          `json:"slot,omitempty"`
		By      catalog.Asker   `json:"by"`
		Started time.Time       `json:"started"`
		Ended   *time.Time      `json:"ended,omitempty"`
		Outcome catalog.Outcome `json:"outcome"`
		Error   string          `json:"error,omitempty"`
		Counts  map[string]int  `json:"counts,omitempty"`
		Alarms  []string        `json:"alarms,omitempty"`
	}
	out := []record{}
	for _, run := range runs {
		run = shown(run)
		rec := record{ID: run.ID, Kind: run.Kind, Slot: run.Slot, By: run.By, Started: run.Started, Outcome: run.Outcome, Error: run.Error, Counts: run.Counts, Alarms: run.Alarms}
		if !run.Ended.IsZero() {
			rec.Ended = &run.Ended
		}
		out = append(out, rec)
	}
	writeJSON(w, http.StatusOK, map[string]any{"guild": g.ID, "runs": out})
}
