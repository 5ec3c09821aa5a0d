package dashboard

import (
	"context"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cratedigger/bot/chart"
	"cratedigger/bot/text"
	"cratedigger/model/sheet"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// songsView is a page of the songs.
type songsView struct {
	page
	Filter     filter
	Tabs       []tabLink
	Rows       []videoRow
	Total      int    // rows that pass the filter
	Whole      int    // rows of the tab
	More       string // address of the next rows, "" at the end
	Learned    string // what ranks, in a sentence
	Queries    []string
	JSON, CSV  string        // addresses of the filtered list for programs
	Search     pipeline.Step // how far a search is that is going
	Blocks     []block       // what is blocked, on the tab Blocked; the first of it
	MoreBlocks int           // further ones
}

// tabLink leads to a tab.
type tabLink struct {
	Name, Link string
	Count      int // songs on it that pass the filter
	Current    bool
}

// videoRow is a song as the pages show it: an entry of the list with its votes.
type videoRow struct {
	entry
	Guild       string
	Age         string
	PostedAgo   string
	Up, Down    int // votes of the guild
	Mine        int // the vote of the dashboard's user: +1, -1 or 0
	Low, High   float64
	ChannelLink string
	ArtistLink  string
}

func (s *Server) showSongs(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	l, votes, err := s.songs(r.Context(), g)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	f := readFilter(r.URL.Query())
	v := songsView{page: s.frame(r, g, "songs", "Songs"), Filter: f, Learned: learned(l.who, catalog.History{Votes: votes}.Cast()), Search: s.Stages.Step(catalog.RunScrape, g.ID)}
	start := (f.Page - 1) * perPage
	var shown []entry
	for _, t := range tabs {
		other := f
		other.Tab = t
		total, rows := other.apply(l.of(t), s.Now(), start, perPage)
		if t == f.Tab {
			shown, v.Total, v.Whole = rows, total, len(l.of(t))
		}
		v.Tabs = append(v.Tabs, tabLink{t.Name(), other.with(1, ""), total, t == f.Tab})
	}
	if start+perPage < v.Total {
		v.More = f.with(f.Page+1, "")
	}
	v.JSON, v.CSV = f.with(1, ".json"), f.with(1, ".csv")
	v.Queries = menu(l.queries, f.Query)
	if f.Tab == tabBlocked {
		v.Blocks, v.MoreBlocks = firstBlocks(blocksOf(g), f.Text)
	}
	tally := tallyOf(votes, shown)
	for _, e := range shown {
		v.Rows = append(v.Rows, s.videoRow(g.ID, e, tally[e.ID]).short())
	}
	if r.Header.Get("HX-Request") != "" { // typing does not fill the history
		w.Header().Set("HX-Replace-Url", f.with(1, ""))
	}
	s.allowPlayer(w)
	s.draw(w, r, http.StatusOK, "songs.html", v)
}

// maxMenu is how many bytes of searches the filter's menu holds: a longer one helps nobody.
const maxMenu = 2 << 10

// menu is as many of the searches as the filter's menu holds, with the chosen one.
func menu(queries []string, chosen string) []string {
	var out []string
	left := maxMenu
	for _, q := range queries {
		if left -= escaped(q) + len("<option></option>"); left > 0 || q == chosen {
			out = append(out, q)
		}
	}
	return out
}

func (s *Server) videoRow(guildID string, e entry, votes counts) videoRow {
	p := videoRow{entry: e, Guild: guildID, Up: votes.up, Down: votes.down, Mine: votes.mine}
	p.Low, p.High = max(e.Score-2*e.Deviation, 0), min(e.Score+2*e.Deviation, 1)
	if !e.Published.IsZero() {
		p.Age = age(s.Now().Sub(e.Published))
	}
	if !e.PostedAt.IsZero() {
		p.PostedAgo = age(s.Now().Sub(e.PostedAt))
	}
	channel := e.ChannelID
	if channel == "" {
		channel = e.Channel
	}
	p.ChannelLink = filter{Tab: tabAll, Channel: channel}.with(1, "")
	p.ArtistLink = filter{Tab: tabAll, Text: cut(strings.Join(e.Artists, ", "), maxText)}.with(1, "")
	return p
}

// short is the row for a page that has many, whatever names they have.
func (p videoRow) short() videoRow {
	const most, other = 270, 120 // bytes
	p.Title, p.Name, p.Channel, p.Blocked = fit(p.Title, most), fit(p.Name, most), fit(p.Channel, other), fit(p.Blocked, other)
	if len(p.Artists) > 0 {
		p.Artists = []string{fit(strings.Join(p.Artists, ", "), other)}
	}
	return p
}

// counts is a video's votes in a guild.
type counts struct{ up, down, mine int }

// tally counts the votes on a video.
func (s *Server) tally(ctx context.Context, guildID, videoID string) (counts, error) {
	votes, err := s.Store.Votes(ctx, guildID)
	if err != nil {
		return counts{}, fmt.Errorf("the votes could not be read: %w", err)
	}
	return tallyOf(votes, []entry{{ID: videoID}})[videoID], nil
}

// tallyOf counts the votes on some videos.
func tallyOf(votes []catalog.Vote, entries []entry) map[string]counts {
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
	return wanted
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
	PostedAt  string   `json:"posted_at,omitempty"` // of the video itself, the last time
	Blocked   string   `json:"blocked,omitempty"`   // why
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
	if !e.PostedAt.IsZero() {
		p.PostedAt = e.PostedAt.UTC().Format(time.RFC3339)
	}
	p.Blocked = e.Blocked
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
	l, _, err := s.songs(r.Context(), g)
	if err != nil {
		return nil, 0, err
	}
	f := readFilter(r.URL.Query())
	_, rows := f.apply(l.of(f.Tab), s.Now(), 0, limitParam(r, 1000, maxRecords))
	out := make([]videoRecord, 0, len(rows))
	for _, e := range rows {
		out = append(out, recordOf(e))
	}
	return out, l.who.Model(), nil
}

func (s *Server) songsJSON(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	records, version, err := s.records(r, g)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"guild": g.ID, "model": version, "songs": records})
}

func (s *Server) songsCSV(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	records, _, err := s.records(r, g)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="songs.csv"`)
	out := sheet.NewWriter(w)
	rows := [][]string{{"rank", "video_id", "title", "channel", "channel_id", "score", "score_sd", "published", "views", "duration_seconds", "posted", "known", "queries", "artists", "song", "posted_at", "blocked"}}
	for _, p := range records {
		rows = append(rows, []string{
			strconv.Itoa(p.Rank), p.VideoID, p.Title, p.Channel, p.ChannelID, strconv.FormatFloat(p.Score, 'f', 4, 64), strconv.FormatFloat(p.Deviation, 'f', 4, 64),
			p.Published, optional(p.Views), optional(p.Seconds), strconv.FormatBool(p.Posted), strconv.FormatBool(p.Known), strings.Join(p.Queries, "|"), strings.Join(p.Artists, ";"), p.Song, p.PostedAt, p.Blocked,
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
	Song    videoRow
	Player  string // address of the player, once somebody has asked for it
	Chart   template.HTML
	Reasons string
	Artists []pipeline.ArtistRecord // with votes of the guild
	Rule    string                  // who ranks, if it is the rule
	Message string                  // why the votes are not shown
}

func (s *Server) showVideo(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	s.drawVideo(w, r, g, r.PathValue("video"), "details", "")
}

// drawVideo draws the page of a video, or for htmx only a part of it. notice is a
// sentence about what was just done.
func (s *Server) drawVideo(w http.ResponseWriter, r *http.Request, g catalog.Guild, video, part, notice string) {
	id, ok := youtube.ParseID(video)
	if !ok {
		s.fail(w, r, http.StatusNotFound, "This is no id of a video.")
		return
	}
	stored, found, err := s.Store.Video(r.Context(), id)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if !found {
		s.fail(w, r, http.StatusNotFound, "The catalogue does not hold this video.")
		return
	}
	if part == "player" && r.Header.Get("HX-Request") != "" { // the rest is there
		s.draw(w, r, http.StatusOK, part, videoView{Song: videoRow{entry: entryOf(pipeline.Ranked{Video: stored})}, Player: playerAddress(id)})
		return
	}
	x, err := s.Stages.Explain(r.Context(), g.ID, id)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	v := s.videoView(r, g, x)
	if part == "player" {
		v.Player = playerAddress(id)
	}
	if notice != "" {
		v.Notice = notice
	}
	if r.Header.Get("HX-Request") == "" {
		part = "video.html"
	}
	s.allowPlayer(w)
	s.draw(w, r, http.StatusOK, part, v)
}

func (s *Server) videoView(r *http.Request, g catalog.Guild, x pipeline.Explanation) videoView {
	e := entryOf(x.Ranked)
	v := videoView{page: s.frame(r, g, "songs", e.Name), Reasons: s.reasonLine(x.Reasons)}
	if x.ModelVersion == 0 {
		who, err := s.ranker(r.Context(), g.ID)
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
	votes, err := s.tally(r.Context(), g.ID, e.ID)
	if err != nil {
		v.Message = brief(err)
	}
	v.Song = s.videoRow(g.ID, e, votes)
	v.Chart = s.whyChart(x).Inline()
	return v
}

// whyChart draws the parts of a score; one bar sums up the smallest and what is not told
// apart.
func (s *Server) whyChart(x pipeline.Explanation) *chart.Chart {
	const most = 10
	var bars []chart.Bar
	rest := 0.0
	for _, p := range x.Parts {
		if p.Kind == pipeline.PartRest || len(bars) >= most {
			rest += p.Weight
			continue
		}
		bars = append(bars, chart.Bar{Label: s.partName(p), Note: s.amount(p), Value: p.Weight})
	}
	if rest != 0 {
		bars = append(bars, chart.Bar{Label: s.partName(pipeline.Part{Kind: pipeline.PartRest}), Value: rest, Rest: true})
	}
	axis := chart.Axis{Label: "log-odds of a 👍: right speaks for it, left against it"}
	if x.ModelVersion == 0 {
		axis.Label = "weight in the rule"
	}
	return chart.Bars(chart.BarChart{
		Title: "What moved the score", About: "Contributions to the score.", X: axis, Bars: bars, Signed: true, Size: chart.Size{Width: 380},
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
	if err := s.castVote(r.Context(), g.ID, id, direction, r.PostFormValue("was")); err != nil {
		s.broken(w, r, err)
		return
	}
	if r.Header.Get("HX-Request") == "" {
		back(w, r, g, "video/"+id, "voted")
		return
	}
	votes, err := s.tally(r.Context(), g.ID, id)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "votes-of", s.videoRow(g.ID, entry{ID: id}, votes))
}

// castVote sets the dashboard's vote on a video, or with the direction none takes back
// the one that was: "1", "-1", or "" for any.
func (s *Server) castVote(ctx context.Context, guildID, videoID, direction, was string) error {
	_, found, err := s.Store.Video(ctx, videoID)
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
		switch was {
		case "1":
			changes = changes[:1]
		case "-1":
			changes = changes[1:]
		}
	}
	_, err = s.Store.Vote(ctx, changes...)
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
