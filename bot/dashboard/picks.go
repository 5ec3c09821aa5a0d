package dashboard

import (
	"fmt"
	"html/template"
	"math"
	"net/http"
	"strconv"
	"strings"

	"cratedigger/bot/chart"
	"cratedigger/bot/text"
	"cratedigger/model/sheet"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// rankedView is a page of the ranked list, which has all candidates and not only picks.
type rankedView struct {
	page
	Filter         filter
	Rows           []videoRow
	Total          int // rows that pass the filter
	All            int // rows of the whole list
	Ranker         taste.Ranker
	First, Last    int
	Previous, Next string // addresses of the neighbouring pages, "" at the ends
	Queries        []string
	JSON, CSV      string        // addresses of the filtered list for programs
	Search         pipeline.Step // how far a search is that is going
}

// videoRow is a video as the pages show it: an entry of the list with its votes.
type videoRow struct {
	entry
	Guild       string
	Age         string
	Up, Down    int // votes of the guild
	Mine        int // the vote of the dashboard's user: +1, -1 or 0
	Low, High   float64
	ChannelLink string
	ArtistLink  string
}

func (s *Server) showPicks(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	l, err := s.ranking(r.Context(), g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	f := readFilter(r.URL.Query())
	rows := f.apply(l.entries, s.Now())
	v := rankedView{page: s.frame(r, g, "picks", "Picks"), Filter: f, Total: len(rows), All: len(l.entries), Ranker: l.who, Queries: l.queries}
	v.Search = s.Stages.Step(catalog.RunScrape, g.ID)
	if len(v.Queries) > 200 { // a longer menu helps nobody
		v.Queries = v.Queries[:200]
	}
	start := min((f.Page-1)*perPage, len(rows))
	shown := rows[start:min(start+perPage, len(rows))]
	v.First, v.Last = start+1, start+len(shown)
	if f.Page > 1 {
		v.Previous = f.with(f.Page - 1)
	}
	if start+perPage < len(rows) {
		v.Next = f.with(f.Page + 1)
	}
	v.JSON, v.CSV = strings.Replace(f.with(1), "picks", "picks.json", 1), strings.Replace(f.with(1), "picks", "picks.csv", 1)
	tally, err := s.tally(g.ID, shown)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	for _, e := range shown {
		v.Rows = append(v.Rows, s.videoRow(g.ID, e, tally[e.ID]))
	}
	s.draw(w, r, http.StatusOK, "picks.html", v)
}

func (s *Server) videoRow(guildID string, e entry, votes counts) videoRow {
	p := videoRow{entry: e, Guild: guildID, Up: votes.up, Down: votes.down, Mine: votes.mine}
	p.Low, p.High = max(e.Score-2*e.Deviation, 0), min(e.Score+2*e.Deviation, 1)
	if !e.Published.IsZero() {
		p.Age = age(s.Now().Sub(e.Published))
	}
	channel := e.ChannelID
	if channel == "" {
		channel = e.Channel
	}
	p.ChannelLink = filter{Channel: channel}.with(1)
	p.ArtistLink = filter{Text: strings.Join(e.Artists, ", ")}.with(1)
	return p
}

// counts is a video's votes in a guild.
type counts struct{ up, down, mine int }

// tally counts the votes on some videos.
func (s *Server) tally(guildID string, entries []entry) (map[string]counts, error) {
	votes, err := s.Store.Votes(guildID)
	if err != nil {
		return nil, fmt.Errorf("the votes could not be read: %w", err)
	}
	wanted := make(map[string]counts, len(entries))
	for _, e := range entries {
		wanted[e.ID] = counts{}
	}
	for _, v := range votes {
		c, ok := wanted[v.VideoID]
		if !ok {
			continue
		}
		switch {
		case v.Value > 0:
			c.up++
		case v.Value < 0:
			c.down++
		}
		if v.MemberID == catalog.ImportVoter && v.PostID == "" {
			c.mine = v.Value
		}
		wanted[v.VideoID] = c
	}
	return wanted, nil
}

// videoRecord is a video as the API returns it: an entry of the list.
type videoRecord struct {
	Rank      int      `json:"rank"`
	VideoID   string   `json:"video_id"`
	Title     string   `json:"title"`
	Channel   string   `json:"channel"`
	ChannelID string   `json:"channel_id,omitempty"`
	URL       string   `json:"url"`
	Score     float64  `json:"score"`
	Deviation float64  `json:"score_sd"`
	Posted    bool     `json:"posted"`
	Known     bool     `json:"known"`
	Published string   `json:"published,omitempty"`
	Views     *int64   `json:"views,omitempty"`
	Seconds   *int64   `json:"duration_seconds,omitempty"`
	Queries   []string `json:"queries,omitempty"`
	Artists   []string `json:"artists,omitempty"` // where they are sure
	Song      string   `json:"song,omitempty"`
}

func recordOf(e entry) videoRecord {
	p := videoRecord{
		Rank: e.Rank, VideoID: e.ID, Title: e.Title, Channel: e.Channel, ChannelID: e.ChannelID, URL: youtube.WatchURL(e.ID),
		Score: round(e.Score), Deviation: round(e.Deviation), Posted: e.Posted, Known: e.Known, Queries: e.Queries,
	}
	if len(e.Artists) > 0 {
		p.Artists, p.Song = e.Artists, e.Name
	}
	if !e.Published.IsZero() {
		p.Published = e.Published.Format("2006-01-02")
	}
	if e.Views >= 0 {
		p.Views = &e.Views
	}
	if e.Seconds >= 0 {
		p.Seconds = &e.Seconds
	}
	return p
}

// maxRecords is how many rows one API call returns at most.
const maxRecords = 10_000

// records returns the first rows of the filtered list for the API, as many as the
// limit parameter says, and the version of the model that ranked them.
func (s *Server) records(r *http.Request, g catalog.Guild) ([]videoRecord, int, error) {
	l, err := s.ranking(r.Context(), g.ID)
	if err != nil {
		return nil, 0, err
	}
	limit := limitParam(r, 1000, maxRecords)
	rows := readFilter(r.URL.Query()).apply(l.entries, s.Now())
	out := make([]videoRecord, 0, min(limit, len(rows)))
	for _, e := range rows[:min(limit, len(rows))] {
		out = append(out, recordOf(e))
	}
	return out, l.who.Model(), nil
}

func (s *Server) picksJSON(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	records, version, err := s.records(r, g)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"guild": g.ID, "model": version, "picks": records})
}

func (s *Server) picksCSV(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	records, _, err := s.records(r, g)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="picks.csv"`)
	out := sheet.NewWriter(w)
	rows := [][]string{{"rank", "video_id", "title", "channel", "channel_id", "score", "score_sd", "published", "views", "duration_seconds", "posted", "known", "queries", "artists", "song"}}
	for _, p := range records {
		rows = append(rows, []string{
			strconv.Itoa(p.Rank), p.VideoID, p.Title, p.Channel, p.ChannelID, strconv.FormatFloat(p.Score, 'f', 4, 64), strconv.FormatFloat(p.Deviation, 'f', 4, 64),
			p.Published, optional(p.Views), optional(p.Seconds), strconv.FormatBool(p.Posted), strconv.FormatBool(p.Known), strings.Join(p.Queries, "|"), strings.Join(p.Artists, ";"), p.Song,
		})
	}
	// Encoding fails only if the client has gone away.
	for _, row := range rows {
		_ = out.Write(row)
	}
	_ = out.Flush()
}

func optional(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// videoView is one video with what moved its score.
type videoView struct {
	page
	Pick    videoRow
	Chart   template.HTML
	Parts   []pipeline.Part
	Base    float64
	Reasons string
	Artists []pipeline.ArtistRecord // with votes of the guild
	Rule    string                  // who ranks, if it is the rule
	Message string                  // why the votes are not shown
}

func (s *Server) showVideo(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	id, ok := youtube.ParseID(r.PathValue("video"))
	if !ok {
		s.fail(w, r, http.StatusNotFound, "This is no id of a video.")
		return
	}
	_, found, err := s.Store.Video(id)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if !found {
		s.fail(w, r, http.StatusNotFound, "The catalogue does not hold this video.")
		return
	}
	x, err := s.Stages.Explain(r.Context(), g.ID, id)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	v := s.videoView(r, g, x)
	name := "video.html"
	if r.Header.Get("HX-Request") != "" {
		name = "why" // the part of the page that a row of the list unfolds
	}
	s.draw(w, r, http.StatusOK, name, v)
}

func (s *Server) videoView(r *http.Request, g catalog.Guild, x pipeline.Explanation) videoView {
	e := entryOf(x.Ranked)
	v := videoView{page: s.frame(r, g, "picks", e.Name), Base: x.Base, Parts: x.Parts, Reasons: s.reasonLine(x.Reasons)}
	if x.ModelVersion == 0 {
		who, err := s.ranker(g.ID)
		if err != nil {
			v.Message = brief(err)
		}
		v.Rule = who.String()
	}
	for _, a := range x.Artists {
		if len(e.Artists) > 0 && a.Liked+a.Disliked > 0 {
			v.Artists = append(v.Artists, a)
		}
	}
	tally, err := s.tally(g.ID, []entry{e})
	if err != nil {
		v.Message = brief(err)
	}
	v.Pick = s.videoRow(g.ID, e, tally[e.ID])
	v.Chart = s.whyChart(x).Inline()
	return v
}

// whyChart draws the parts of a score; one bar sums up the smallest.
func (s *Server) whyChart(x pipeline.Explanation) *chart.Chart {
	const most = 10
	var bars []chart.Bar
	rest, folded := 0.0, 0
	for i, p := range x.Parts {
		if i >= most {
			rest += p.Weight
			folded++
			continue
		}
		bars = append(bars, chart.Bar{Label: s.partName(p), Note: s.amount(p), Value: p.Weight})
	}
	if folded > 0 {
		bars = append(bars, chart.Bar{Label: fmt.Sprintf("%d smaller parts", folded), Value: rest})
	}
	axis := chart.Axis{Label: "log-odds of a 👍: right speaks for it, left against it"}
	if x.ModelVersion == 0 {
		axis.Label = "weight in the rule"
	}
	return chart.Bars(chart.BarChart{
		Title: "What moved the score", About: "Contributions to the score.", X: axis, Bars: bars, Signed: true, Size: chart.Size{Width: 500},
	})
}

// amount is a fact's number, for people.
func (s *Server) amount(p pipeline.Part) string {
	return s.Text.For(text.English).Amount(p.Name, p.Number)
}

// vote stores a vote on a video. Votes from the dashboard, the command line and
// imports count as those of one voter, the owner.
func (s *Server) vote(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	id, ok := youtube.ParseID(r.PostFormValue("video"))
	direction := r.PostFormValue("vote")
	if !ok || direction != "up" && direction != "down" && direction != "none" {
		s.fail(w, r, http.StatusBadRequest, "A vote names a video and is up, down or none.")
		return
	}
	if err := s.castVote(r, g.ID, id, direction); err != nil {
		s.broken(w, r, err)
		return
	}
	if r.Header.Get("HX-Request") == "" {
		back(w, r, g, "video/"+id, "voted")
		return
	}
	e := entry{ID: id}
	tally, err := s.tally(g.ID, []entry{e})
	if err != nil {
		s.broken(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "votes-of", s.videoRow(g.ID, e, tally[id]))
}

// castVote sets the dashboard's vote on a video, or takes it back.
func (s *Server) castVote(r *http.Request, guildID, videoID, direction string) error {
	_, found, err := s.Store.Video(videoID)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("the catalogue does not hold video %s", videoID)
	}
	change := catalog.VoteChange{GuildID: guildID, VideoID: videoID, MemberID: catalog.ImportVoter, Source: catalog.SourceImport, At: s.Now().UTC()}
	up, down := change, change
	up.Up, up.Set = true, direction == "up"
	down.Set = direction == "down"
	changes := []catalog.VoteChange{up, down}
	if direction == "none" { // take back the vote that the page showed; the page may be out of date
		switch r.PostFormValue("was") {
		case "1":
			changes = changes[:1]
		case "-1":
			changes = changes[1:]
		}
	}
	_, err = s.Store.Vote(r.Context(), changes...)
	return err
}

func sqrt(v float64) float64 {
	if !(v > 0) {
		return 0
	}
	return math.Sqrt(v)
}

// round keeps four digits.
func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }
