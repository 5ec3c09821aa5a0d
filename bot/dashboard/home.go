package dashboard

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// homeView is the first page: the next post, the last week, and whether all is well.
type homeView struct {
	page
	Next       nextView
	Week       string        // the last week in a sentence
	Chart      template.HTML // of the weeks before; "" where there is nothing to draw
	Troubles   []Finding     // what is not well
	Well       []Finding
	Examined   bool // whether all is well is known
	Candidates int
	Steps      []step               // what is left to do until the first post is out; none after it
	Vetoed     *catalog.BlockedSong // the song that was just blocked
}

// nextView is the next post.
type nextView struct {
	Slot     string
	When, In string // its time in the guild's zone, and how long that is from now
	Picks    []homePick
	Held     bool
	Short    bool   // there are fewer picks than asked for
	None     string // why there is no next post, or no pick; "" if there is
	CanPost  bool   // it may be posted now
	ByRule   bool
	Guild    string
}

// homePick is one of the next post's picks.
type homePick struct {
	videoRow
	Place  int // from 1
	Chips  []string
	Kept   bool
	Change bool // it took another's place, or others were drawn around it
	Slot   string
}

// step is something to do until the first post is out.
type step struct {
	Done        bool
	Text, Where string // the page where it is done, "" where it happens by itself
}

// Finding is one thing that was examined, as `cratedigger doctor` tells it.
type Finding struct {
	Area, Status string
	Text         string // a sentence
	Fix          string // what to do; "" when all is well
}

// Well reports whether there is nothing to look at.
func (f Finding) Well() bool { return f.Fix == "" }

// recently is how long a veto is offered to be undone above the picks.
const recently = 10 * time.Minute

func (s *Server) showHome(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	done := r.URL.Query().Get("done")
	v := homeView{page: s.frame(r, g, "home", "Home")}
	v.Mistake = mistakes[done]
	history, err := s.Store.History(r.Context(), g.ID)
	if err != nil {
		s.broken(w, r, fmt.Errorf("the posts and votes could not be read: %w", err))
		return
	}
	who, err := s.ranker(r.Context(), g.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if v.Next, err = s.nextPost(r.Context(), g, who, history); err != nil {
		// The rest of the page may tell what is wrong.
		s.Log.Error("the next post could not be shown", "guild", g.ID, "error", err)
		v.Next.None = "The next post could not be worked out: " + brief(err)
	}
	week, err := s.week(r.Context(), g, who, history)
	if err != nil {
		s.Log.Error("the week could not be summed up", "guild", g.ID, "error", err)
	}
	v.Week = weekSentence(week)
	if c := hitChart(pipeline.HitsByWeek(history, s.Now()), week); c != nil {
		v.Chart = c.Inline()
	}
	if v.Candidates = week.Candidates; s.Health != nil {
		v.Examined = true
		for _, f := range s.Health(r.Context(), g.ID) {
			if f.Well() {
				v.Well = append(v.Well, f)
			} else {
				v.Troubles = append(v.Troubles, f)
			}
		}
	}
	if !slices.ContainsFunc(history.Posts, func(p catalog.Post) bool { return !p.SentAt.IsZero() }) && g.ID != catalog.LocalGuild {
		v.Steps = s.steps(r.Context(), g, who, history, len(v.Next.Picks) > 0)
	}
	if last := len(g.BlockedSongs) - 1; last >= 0 && done == "vetoed" && s.Now().Sub(g.BlockedSongs[last].At) < recently {
		v.Vetoed = &g.BlockedSongs[last]
	}
	s.draw(w, r, http.StatusOK, "home.html", v)
}

// nextPost is the next post as the page shows it.
func (s *Server) nextPost(ctx context.Context, g catalog.Guild, who taste.Ranker, history catalog.History) (nextView, error) {
	v := nextView{Guild: g.ID}
	switch {
	case g.ID == catalog.LocalGuild:
		v.None = "Without Discord nothing is posted. Your candidates, the best first, are on the page Songs."
	case !g.LeftAt.IsZero():
		v.None = "The bot was removed from this server, so nothing is posted."
	case g.Paused:
		v.None = "Posting is paused. " + g.PauseReason
	case g.ChannelID == "":
		v.None = "There is no channel to post in yet: an administrator of the server runs /setup."
	}
	if v.None != "" {
		return v, nil
	}
	up, err := s.upcoming(ctx, g, who, history)
	if err != nil {
		return v, err
	}
	if up.Slot.Key == "" {
		v.None = "No post is scheduled: choose times in the settings."
		return v, nil
	}
	v.Slot, v.Held, v.Short, v.CanPost = up.Slot.Key, up.Held, up.Short != "" && len(up.Picks) > 0, s.Deliver != nil && len(up.Picks) > 0
	v.When, v.In = when(up.Slot.At, g.Zone, s.Now())
	for i, p := range up.Picks {
		e := entryOf(pipeline.Ranked{Video: p.Video, Score: p.Post.Score, Variance: p.Deviation() * p.Deviation(), ModelVersion: p.Post.ModelVersion, Reasons: p.Post.Reasons})
		pick := homePick{videoRow: s.videoRow(g.ID, e, counts{}).short(), Place: i + 1, Kept: p.Kept, Change: p.Post.Policy == catalog.PolicyChanged, Slot: up.Slot.Key}
		pick.Chips = s.reasonWords(p.Post.Reasons)
		v.Picks, v.ByRule = append(v.Picks, pick), v.ByRule || e.ByRule
	}
	if len(v.Picks) == 0 {
		v.None = "There is no song to post yet: they come with the first search."
	}
	return v, nil
}

// when says a time in a guild's zone, and how far it is.
func when(at time.Time, zone string, now time.Time) (said, in string) {
	at, now = schedule.In(at, zone), schedule.In(now, zone)
	day := at.Format("Monday 2 January")
	switch at.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		day = "Today"
	case now.AddDate(0, 0, 1).Format(time.DateOnly):
		day = "Tomorrow"
	}
	left := at.Sub(now).Round(time.Minute)
	switch hours := int(left.Hours()); {
	case left < time.Minute:
		in = "now"
	case left < time.Hour:
		in = plural(int(left.Minutes()), "minute")
	case left < 48*time.Hour:
		in = plural(hours, "hour")
	default:
		in = plural(hours/24, "day")
	}
	return day + " at " + at.Format("15:04 MST"), in
}

// plural is a count of things.
func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprint(n, " ", thing)
}

// weekSentence is the last week in a sentence.
func weekSentence(w pipeline.Week) string {
	switch {
	case w.Picks == 0:
		return "Nothing was posted in the last seven days."
	case w.Votes < pipeline.WeekVotes:
		return fmt.Sprintf("%s posted in the last seven days. From %d votes on, this says how they were liked; so far I have %s.", plural(w.Picks, "song"), pipeline.WeekVotes, plural(w.Votes, "vote"))
	case !w.Compared():
		return fmt.Sprintf("%d of %d picks were liked. There is no model yet to say how many of random candidates would be.", w.Liked, w.Picks)
	}
	return fmt.Sprintf("%d of %d picks were liked; of random candidates the model expects %.0f\u00a0±\u00a0%.0f, had as many of them been posted.", w.Liked, w.Picks, w.Expected, w.Deviation)
}

// steps are what leads to the first post.
func (s *Server) steps(ctx context.Context, g catalog.Guild, who taste.Ranker, history catalog.History, picks bool) []step {
	connected := s.Ready == nil || s.Ready(ctx) == nil
	steps := []step{
		{connected, "The bot is connected to Discord.", ""},
		{g.ChannelID != "", "A channel is chosen, with /setup in Discord.", ""},
		{len(g.Queries) > 0, "It knows what to search for.", "settings"},
		{len(g.Schedule) > 0, "It knows when to post.", "settings"},
		{picks, "A search has found songs.", "runs"},
	}
	favourites, err := s.favourites(ctx, g, who, history)
	if err != nil {
		s.Log.Error("whether favourites were found is not shown", "guild", g.ID, "error", err)
	} else if favourites.told > 0 && picks {
		steps = append(steps, step{favourites.found > 0, "A song by one of your favourites is among them. If none is, search for a favourite's name.", "settings"})
	}
	return append(steps, step{false, "The first post is out.", ""})
}

// mistakes are what the first page says of a wish that was refused, by the name in its
// address.
var mistakes = map[string]string{
	"noslot":  "This post is not the next one any more, so nothing was changed. Below is how things stand.",
	"nopick":  "This song is not among the picks any more, so nothing was changed. Below is how things stand.",
	"noother": "There is no other song that could take this one's place.",
	"busy":    "The picks are being chosen just now. Look again in a minute.",
}

// wish is a POST of the first page: it does something to the next post and shows the
// page again. do returns what the page says then.
func (s *Server) wish(w http.ResponseWriter, r *http.Request, g catalog.Guild, do func(slot, videoID string) (done string, err error)) {
	videoID := r.PostFormValue("video")
	if _, ok := youtube.ParseID(videoID); videoID != "" && !ok {
		s.fail(w, r, http.StatusBadRequest, "This is no id of a video.")
		return
	}
	done, err := do(r.PostFormValue("slot"), videoID)
	busy := new(pipeline.BusyError)
	switch {
	case errors.Is(err, pipeline.ErrNoSlot):
		done = "noslot"
	case errors.Is(err, pipeline.ErrNoPick):
		done = "nopick"
	case errors.Is(err, pipeline.ErrNoOther):
		done = "noother"
	case errors.As(err, &busy):
		done = "busy"
	case err != nil:
		s.broken(w, r, err)
		return
	}
	back(w, r, g, "home", done)
}

func (s *Server) swap(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	s.wish(w, r, g, func(slot, videoID string) (string, error) {
		return "swapped", s.Stages.Swap(r.Context(), g.ID, slot, videoID)
	})
}

func (s *Server) keep(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	s.wish(w, r, g, func(slot, videoID string) (string, error) {
		if r.PostFormValue("keep") == "no" {
			return "released", s.Stages.Keep(r.Context(), g.ID, slot, videoID, false)
		}
		return "kept", s.Stages.Keep(r.Context(), g.ID, slot, videoID, true)
	})
}

func (s *Server) veto(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	s.wish(w, r, g, func(slot, videoID string) (string, error) {
		return "vetoed", s.Stages.Veto(r.Context(), g.ID, slot, videoID, "")
	})
}

func (s *Server) unveto(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	s.wish(w, r, g, func(_, videoID string) (string, error) {
		back, err := s.Stages.Unveto(r.Context(), g.ID, videoID)
		if back {
			return "returned", err
		}
		return "unvetoed", err
	})
}

// postWait is how long a page waits for the posts that it asked for.
const postWait = 20 * time.Second

// postNow posts the next post's picks. That goes on if the browser goes away.
func (s *Server) postNow(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	s.wish(w, r, g, func(slot, _ string) (string, error) {
		if s.Deliver == nil {
			return "", pipeline.ErrNoSlot
		}
		ended := make(chan error, 1)
		s.start("post", g, func(ctx context.Context) error {
			_, err := s.Stages.PostNow(ctx, g.ID, slot, catalog.ByDashboard)
			ended <- err
			if err != nil {
				return err
			}
			return s.Deliver(ctx, g.ID)
		})
		wait := time.NewTimer(postWait)
		defer wait.Stop()
		select {
		case err := <-ended:
			return "posted", err
		case <-wait.C:
		case <-r.Context().Done():
		}
		return "posting", nil
	})
}
