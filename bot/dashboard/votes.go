package dashboard

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/bot/chart"
	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
)

// votesView is the page of the votes.
type votesView struct {
	page
	Total, Up, Down int
	Videos          int
	Agreement       string        // in words; "" where it would say something of one member alone
	Chart, Axis     template.HTML // Axis is the chart's y axis again
	Members         []memberRow
	Others          int // members with votes who are not listed
	Recent          []voteRow
	Files           []catalog.PreferenceBatch
	Gathered        string   // in the last week, in words
	Unknown         []string // ids of those shown of whom Discord has not told yet
	Asked           bool     // it was asked just now
}

type memberRow struct {
	voter
	id        string
	Votes, Up int
	Share     float64
	Last      time.Time
}

type voteRow struct {
	catalog.Vote
	By      voter
	Title   string
	Artists string
	How     string // in what ways it was cast on Discord
	CanUndo bool
}

// How many members and votes the page shows.
const shownMembers, recentVotes = 24, 30

func (s *Server) showVotes(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	v, err := s.votesView(r, g)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "votes.html", v)
}

func (s *Server) votesView(r *http.Request, g catalog.Guild) (votesView, error) {
	v := votesView{page: s.frame(r, g, "votes", "Votes")}
	history, err := s.Store.History(r.Context(), g.ID)
	if err != nil {
		return v, fmt.Errorf("the votes could not be read: %w", err)
	}
	v.Gathered = s.Text.For(text.English).Gathered(history, s.Now())
	votes := standing(history.Votes)
	v.Total = len(votes)
	if v.Files, err = s.likesFiles(r.Context(), g.ID); err != nil {
		return v, err
	}
	videos := map[string][]catalog.Vote{}
	for _, vote := range votes {
		if vote.Value > 0 {
			v.Up++
		} else {
			v.Down++
		}
		videos[vote.VideoID] = append(videos[vote.VideoID], vote)
	}
	v.Videos = len(videos)
	v.Agreement = agreement(videos)
	if len(votes) > 0 {
		c := voteChart(votes)
		v.Chart, v.Axis = c.Inline(), c.Axis()
	}
	who := func(id string) voter {
		shown, known := s.voter(g.ID, id)
		if !known && !slices.Contains(v.Unknown, id) {
			v.Unknown = append(v.Unknown, id)
		}
		return shown
	}
	v.Members = members(votes)
	if v.Others = len(v.Members) - shownMembers; v.Others > 0 {
		v.Members = v.Members[:shownMembers]
	}
	for i := range v.Members {
		v.Members[i].voter = who(v.Members[i].id)
	}
	for _, vote := range votes[:min(len(votes), recentVotes)] {
		row := voteRow{Vote: vote, By: who(vote.MemberID), Title: vote.VideoID, How: strings.Join(slices.DeleteFunc(sources(vote), func(s string) bool { return s == "import" }), " and ")}
		// A vote from Discord cannot be taken back here: the next comparison
		// with Discord would bring it back.
		row.CanUndo = !vote.Up.Import.IsZero() || !vote.Down.Import.IsZero()
		if video, ok, err := s.Store.Video(r.Context(), vote.VideoID); err != nil {
			return v, err
		} else if ok {
			name, by := video.Named()
			if row.Title = name; len(video.Performers()) > 0 {
				row.Artists = by
			}
		}
		v.Recent = append(v.Recent, row)
	}
	return v, nil
}

// standing is the votes that count, newest first: of a member's on one video, on its posts
// and without one, the latest, unless it was taken back.
func standing(votes []catalog.Vote) []catalog.Vote {
	slices.SortFunc(votes, func(a, b catalog.Vote) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.VideoID, b.VideoID), cmp.Compare(a.MemberID, b.MemberID))
	})
	seen := make(map[[2]string]bool, len(votes))
	return slices.DeleteFunc(votes, func(v catalog.Vote) bool {
		of := [2]string{v.VideoID, v.MemberID}
		again := seen[of]
		seen[of] = again || v.Value != 0
		return again || v.Value == 0
	})
}

// sources are the ways in which a vote was cast.
func sources(v catalog.Vote) (all []string) {
	f := v.Up
	if v.Value < 0 {
		f = v.Down
	}
	if !f.Reaction.IsZero() {
		all = append(all, "reaction")
	}
	if !f.Button.IsZero() {
		all = append(all, "button")
	}
	if !f.Import.IsZero() {
		all = append(all, "import")
	}
	return all
}

// fewestVoters is from how many members on agreement is told: of two it would tell each
// how the other votes.
const fewestVoters = 3

// agreement says how often members who voted on the same song voted alike, of all of them
// together; "" while they are too few.
func agreement(videos map[string][]catalog.Vote) string {
	pairs, same, shared := 0, 0, 0
	voters := map[string]bool{}
	for _, votes := range videos {
		n, up := len(votes), 0
		if n < 2 {
			continue
		}
		shared++
		for _, v := range votes {
			voters[v.MemberID] = true
			if v.Value > 0 {
				up++
			}
		}
		pairs += n * (n - 1) / 2
		same += up*(up-1)/2 + (n-up)*(n-up-1)/2
	}
	if len(voters) < fewestVoters {
		return ""
	}
	return fmt.Sprintf("Two members who voted on the same song agreed in %d of %d cases, on %s.", same, pairs, counted(shared, "song"))
}

// members sums up the votes of each member, who voted most first.
func members(votes []catalog.Vote) []memberRow {
	byID := map[string]*memberRow{}
	for _, v := range votes { // newest first
		m := byID[v.MemberID]
		if m == nil {
			m = &memberRow{id: v.MemberID, Last: v.At}
			byID[v.MemberID] = m
		}
		m.Votes++
		if v.Value > 0 {
			m.Up++
		}
	}
	rows := make([]memberRow, 0, len(byID))
	for _, m := range byID {
		m.Share = float64(m.Up) / float64(m.Votes)
		rows = append(rows, *m)
	}
	slices.SortFunc(rows, func(a, b memberRow) int { return cmp.Or(b.Votes-a.Votes, cmp.Compare(a.id, b.id)) })
	return rows
}

// voteChart draws the votes per day, or per week over a long time.
func voteChart(votes []catalog.Vote) *chart.Chart {
	step, unit := 24*time.Hour, "day"
	if n := len(votes); n > 0 && votes[0].At.Sub(votes[n-1].At) > 120*24*time.Hour {
		step, unit = 7*24*time.Hour, "week"
	}
	up, down := map[int64]float64{}, map[int64]float64{}
	var low, high int64
	for _, v := range votes {
		at := v.At.UTC().Truncate(step).Unix()
		if v.Value > 0 {
			up[at]++
		} else {
			down[at]++
		}
		if low == 0 || at < low {
			low = at
		}
		high = max(high, at)
	}
	likes, dislikes := chart.Series{Name: "liked", Fill: true}, chart.Series{Name: "disliked"}
	for at := low; at <= high && low > 0 && len(likes.X) < 5000; at += int64(step / time.Second) {
		likes.X, likes.Y = append(likes.X, float64(at)), append(likes.Y, up[at])
		dislikes.X, dislikes.Y = append(dislikes.X, float64(at)), append(dislikes.Y, down[at])
	}
	return chart.Lines(chart.Plot{
		Title: "Votes a " + unit, X: chart.Axis{Format: chart.Date}, Y: chart.Axis{Label: "votes", Format: chart.Integer, Min: 0, Max: 2},
		Series: []chart.Series{likes, dislikes}, Size: chart.Size{Width: 1070, Height: 280},
	})
}

// undo takes back a vote that came from an import, the command line or the
// dashboard.
func (s *Server) undo(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	change := catalog.VoteChange{
		GuildID: g.ID, VideoID: r.PostFormValue("video"), PostID: r.PostFormValue("post"), MemberID: r.PostFormValue("member"),
		Source: catalog.SourceImport, At: s.Now().UTC(),
	}
	votes, err := s.Store.Votes(r.Context(), g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	shown := r.PostFormValue("value") // as the page showed it; the page may be out of date
	known := slices.ContainsFunc(votes, func(v catalog.Vote) bool {
		return (shown == "" || shown == strconv.Itoa(v.Value)) && v.VideoID == change.VideoID && v.PostID == change.PostID && v.MemberID == change.MemberID
	})
	if !known {
		s.fail(w, r, http.StatusNotFound, "There is no such vote (any more).")
		return
	}
	up := change
	up.Up = true
	if _, err := s.Store.Vote(r.Context(), up, change); err != nil {
		s.broken(w, r, err)
		return
	}
	back(w, r, g, "votes", "undone")
}

func (s *Server) exportLabels(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="labels.csv"`)
	if err := s.Labels.Export(r.Context(), w, g.ID, r.URL.Query().Get("unlabelled") != ""); err != nil {
		// Part of the file is sent: cut the connection, so that nobody takes
		// that part for the whole.
		s.Log.Error("labels could not be exported", "guild", g.ID, "error", err)
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) importLabels(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	// A file may take longer to arrive than a form, and to be imported.
	limits, begun := http.NewResponseController(w), time.Now() // the machine's time: of connections
	if err := errors.Join(limits.SetReadDeadline(begun.Add(2*time.Minute)), limits.SetWriteDeadline(begun.Add(10*time.Minute))); err != nil {
		s.Log.Debug("an upload keeps the short time limit", "error", err)
	}
	file, _, err := r.FormFile("file")
	if err != nil {
		s.broken(w, r, fmt.Errorf("the file did not arrive: %w", err))
		return
	}
	defer file.Close()
	defer r.MultipartForm.RemoveAll()
	preview := r.PostFormValue("preview") != ""
	holds, err := s.Labels.Import(r.Context(), file, g.ID, preview)
	if preview && err == nil {
		v, err := s.votesView(r, g)
		if err != nil {
			s.broken(w, r, err)
			return
		}
		v.Notice = "The file holds " + cut(holds, 1000) + ". Nothing was imported yet."
		s.draw(w, r, http.StatusOK, "votes.html", v)
		return
	}
	if err != nil {
		v, viewErr := s.votesView(r, g)
		if viewErr != nil {
			s.broken(w, r, viewErr)
			return
		}
		status, outcome := http.StatusUnprocessableEntity, "Nothing was imported. "
		if _, ok := errors.AsType[*catalog.UnfinishedImportError](err); ok {
			s.Log.Error("labels were imported on the dashboard, and not all are in their places", "guild", g.ID, "error", err)
			status, outcome = http.StatusInternalServerError, "The file was taken: "
		}
		v.Mistake = outcome + cut(err.Error(), 4000)
		s.draw(w, r, status, "votes.html", v)
		return
	}
	s.Log.Info("a file was imported on the dashboard", "guild", g.ID, "holds", holds)
	back(w, r, g, "votes", "imported")
}
