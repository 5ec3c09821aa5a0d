package dashboard

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

// settingsView is the page of a guild's settings.
type settingsView struct {
	page
	G        catalog.Guild // as saved, or as typed when it was refused
	Form     settingsForm
	Next     []nextRow
	Problems []string
}

// settingsForm is the settings as texts in a form.
type settingsForm struct {
	Queries, Schedule, Scrape, Retrain, Recap, Zone string
	Picks, MinSeconds, MaxSeconds                   string
	Exploration, Votes, Language, Role              string
	Wildcard, MusicOnly, Paused                     bool
	Languages, BlockedWords, BlockedChannels        string
}

// nextRow is when a schedule fires next.
type nextRow struct {
	What, Spec string
	Times      []string
	Problem    string
}

func (s *Server) showSettings(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	s.draw(w, r, http.StatusOK, "settings.html", settingsView{page: s.frame(r, g, "settings", "Settings"), G: g, Form: formOf(g), Next: s.nextTimes(g)})
}

// roleID is the shape of a role's id.
var roleID = regexp.MustCompile(`^[0-9]{1,20}$`)

// formOf writes settings as texts.
func formOf(g catalog.Guild) settingsForm {
	f := settingsForm{
		Schedule: strings.Join(g.Schedule, "\n"), Scrape: g.Scrape, Retrain: g.Retrain, Recap: g.Recap, Zone: g.Zone,
		Picks: strconv.Itoa(g.Picks), MinSeconds: strconv.Itoa(g.MinSeconds), MaxSeconds: strconv.Itoa(g.MaxSeconds),
		Exploration: strconv.FormatFloat(g.Exploration, 'g', 4, 64), Votes: g.Votes, Language: g.Language, Role: g.MentionRole,
		Wildcard: g.Wildcard, MusicOnly: g.MusicOnly, Paused: g.Paused, Languages: strings.Join(g.Languages, ", "),
		BlockedWords: strings.Join(g.BlockedWords, "\n"),
	}
	var queries, blocked []string
	for _, q := range g.Queries {
		queries = append(queries, queryLine(q))
	}
	for _, c := range g.BlockedChannels {
		blocked = append(blocked, strings.TrimSpace(c.ID+" "+c.Name))
	}
	f.Queries, f.BlockedChannels = strings.Join(queries, "\n"), strings.Join(blocked, "\n")
	return f
}

// queryLine writes a query as one line: its text, or channel: and an id, and
// behind bars what narrows it.
func queryLine(q youtube.Query) string {
	line := q.Text
	if q.Channel != "" {
		line = "channel:" + q.Channel
	}
	if q.Upload != "" {
		line += " | upload:" + q.Upload
	}
	if q.Length != "" {
		line += " | length:" + q.Length
	}
	if q.Pages > 0 {
		line += " | pages:" + strconv.Itoa(q.Pages)
	}
	return line
}

// readQuery reads what queryLine wrote.
func readQuery(line string) (youtube.Query, error) {
	var q youtube.Query
	parts := strings.Split(line, "|")
	q.Text = strings.TrimSpace(parts[0])
	if id, ok := strings.CutPrefix(q.Text, "channel:"); ok {
		q.Text, q.Channel = "", strings.TrimSpace(id)
		if len(q.Channel) != 24 || !strings.HasPrefix(q.Channel, "UC") {
			return q, fmt.Errorf("“%s” is no channel's id: UC and 22 characters", q.Channel)
		}
	} else if q.Text == "" || len([]rune(q.Text)) > 100 {
		return q, errors.New("a search has 1 to 100 characters")
	}
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		value = strings.TrimSpace(value)
		ok := false
		switch strings.TrimSpace(name) {
		case "upload":
			q.Upload, ok = value, slices.Contains([]string{"today", "week", "month", "year"}, value)
		case "length":
			q.Length, ok = value, slices.Contains([]string{"short", "medium", "long"}, value)
		case "pages":
			n, err := strconv.Atoi(value)
			q.Pages, ok = n, err == nil && n >= 1 && n <= 20
		}
		if !ok {
			return q, fmt.Errorf("“%s” is not known: upload is today, week, month or year; length is short, medium or long; pages is 1 to 20", strings.TrimSpace(part))
		}
	}
	return q, nil
}

// lines are the lines of a text that say something, at most a hundred.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && len(out) < 100 {
			out = append(out, line)
		}
	}
	return out
}

// readForm reads a posted form.
func readForm(r *http.Request) settingsForm {
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return settingsForm{
		Queries: get("queries"), Schedule: get("schedule"), Scrape: get("scrape"), Retrain: get("retrain"), Recap: get("recap"), Zone: get("zone"),
		Picks: get("picks"), MinSeconds: get("min_seconds"), MaxSeconds: get("max_seconds"),
		Exploration: get("exploration"), Votes: get("votes"), Language: get("language"), Role: strings.TrimSpace(get("role")),
		Wildcard: get("wildcard") != "", MusicOnly: get("music_only") != "", Paused: get("paused") != "",
		Languages: get("languages"), BlockedWords: get("blocked_words"), BlockedChannels: get("blocked_channels"),
	}
}

// apply puts a form's values into g and returns every problem there is.
func (f settingsForm) apply(g *catalog.Guild, now time.Time) []string {
	var problems []string
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	g.Queries = nil
	for _, line := range lines(f.Queries) {
		q, err := readQuery(line)
		if err != nil {
			problem("Searches: %v.", err)
		}
		g.Queries = append(g.Queries, q)
	}
	if _, err := schedule.Parse("@daily", f.Zone); err != nil {
		problem("Time zone: “%s” is not known; write it as Europe/Lisbon or UTC.", f.Zone)
	} else {
		g.Zone = f.Zone
		spec := func(what, line string) {
			if line == "" {
				return
			}
			if _, err := schedule.Parse(line, f.Zone); err != nil {
				problem("%s: %v.", what, err)
			}
		}
		for _, line := range lines(f.Schedule) {
			spec("Posts", line)
		}
		spec("Search", f.Scrape)
		spec("Training", f.Retrain)
		spec("Recap", f.Recap)
	}
	g.Schedule, g.Scrape, g.Retrain, g.Recap = lines(f.Schedule), f.Scrape, f.Retrain, f.Recap
	whole := func(what, text string, low, high int, into *int) {
		n, err := strconv.Atoi(text)
		if err != nil || n < low || n > high {
			problem("%s: a whole number from %d to %d, not “%s”.", what, low, high, text)
			return
		}
		*into = n
	}
	whole("Picks", f.Picks, 1, 10, &g.Picks)
	whole("Shortest", f.MinSeconds, 0, 86400, &g.MinSeconds)
	whole("Longest", f.MaxSeconds, 0, 86400, &g.MaxSeconds)
	if g.MaxSeconds > 0 && g.MaxSeconds < g.MinSeconds {
		problem("Longest: it is shorter than the shortest.")
	}
	languages, err := pick.ReadLanguages(f.Languages)
	if err != nil {
		problem("Languages of videos: %v.", err)
	}
	g.Languages = languages
	if x, err := strconv.ParseFloat(f.Exploration, 64); err != nil || !(x >= 0 && x <= 1) {
		problem("Exploration: a number from 0 to 1, not “%s”.", f.Exploration)
	} else {
		g.Exploration = x
	}
	if !slices.Contains([]string{"reactions", "buttons", "both"}, f.Votes) {
		problem("Votes: reactions, buttons or both.")
	}
	if !slices.Contains([]string{"", "en", "pt-BR"}, f.Language) {
		problem("Language: it is not known.")
	}
	if f.Role != "" && !roleID.MatchString(f.Role) {
		problem("Role that posts ping: it is not a role's id, which is a number of up to 20 digits.")
	}
	g.MentionRole = f.Role
	if f.Role == g.ID { // @everyone has the guild's id: nobody is pinged then
		g.MentionRole = ""
	}
	g.Votes, g.Language, g.Wildcard, g.MusicOnly = f.Votes, f.Language, f.Wildcard, f.MusicOnly
	if g.Paused != f.Paused {
		g.Paused, g.PauseReason = f.Paused, ""
	}
	g.BlockedWords = lines(f.BlockedWords)
	for _, word := range g.BlockedWords {
		if len([]rune(word)) > 100 {
			problem("Blocked words: at most 100 characters each.")
			break
		}
	}
	g.BlockedChannels = f.blocked(g.BlockedChannels, now)
	return problems
}

// blocked keeps who blocked what, for lines that are still there.
func (f settingsForm) blocked(old []catalog.BlockedChannel, now time.Time) []catalog.BlockedChannel {
	var out []catalog.BlockedChannel
	for _, line := range lines(f.BlockedChannels) {
		c := catalog.BlockedChannel{Name: line, By: "dashboard", At: now.UTC()}
		if id, name, _ := strings.Cut(line, " "); strings.HasPrefix(id, "UC") && len(id) == 24 {
			c.ID, c.Name = id, strings.TrimSpace(name)
		}
		for _, o := range old {
			if o.ID == c.ID && (c.ID != "" || o.Name == c.Name) {
				c = o
			}
		}
		out = append(out, c)
	}
	return out
}

func (s *Server) saveSettings(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	f := readForm(r)
	// A dry run first: a refused form is shown again as it was typed.
	tried := g
	if problems := f.apply(&tried, s.Now()); len(problems) > 0 {
		v := settingsView{page: s.frame(r, g, "settings", "Settings"), G: g, Form: f, Next: s.nextTimes(g), Problems: problems}
		v.Mistake = "Nothing was saved."
		s.draw(w, r, http.StatusUnprocessableEntity, "settings.html", v)
		return
	}
	err := s.Store.UpdateGuild(g.ID, func(g *catalog.Guild) error {
		if problems := f.apply(g, s.Now()); len(problems) > 0 {
			return errors.New(strings.Join(problems, " "))
		}
		return nil
	})
	if err != nil {
		s.broken(w, r, err)
		return
	}
	s.Log.Info("settings were changed on the dashboard", "guild", g.ID)
	if s.Changed != nil {
		s.Changed(g.ID)
	}
	back(w, r, g, "settings", "saved")
}

// nextTimes is when each schedule of a guild fires next.
func (s *Server) nextTimes(g catalog.Guild) []nextRow {
	var rows []nextRow
	add := func(what, spec string) {
		if spec == "" {
			return
		}
		row := nextRow{What: what, Spec: spec}
		if parsed, err := schedule.Parse(spec, g.Zone); err != nil {
			row.Problem = err.Error()
		} else {
			for _, t := range parsed.NextN(s.Now(), 3) {
				row.Times = append(row.Times, t.In(parsed.Location()).Format("Mon 2 Jan 15:04 MST"))
			}
		}
		rows = append(rows, row)
	}
	for _, spec := range g.Schedule {
		add("posts", spec)
	}
	add("search", g.Scrape)
	add("training", g.Retrain)
	add("recap", g.Recap)
	return rows
}
