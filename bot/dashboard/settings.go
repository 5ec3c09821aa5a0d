package dashboard

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/limit"
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
	Votes    []string   // ways to vote that can be chosen
	Spoken   []language // that the posts can have
}

// language is one that the bot speaks, with its name in itself.
type language struct{ Tag, Name string }

// settings fills in the page of a guild's settings.
func (s *Server) settings(r *http.Request, g catalog.Guild, f settingsForm) settingsView {
	v := settingsView{page: s.frame(r, g, "settings", "Settings"), G: g, Form: f, Next: s.nextTimes(g), Votes: s.limits.Of("votes").Choices}
	for _, tag := range s.Text.Tags() {
		v.Spoken = append(v.Spoken, language{tag, s.Text.For(tag).Say("language.name")})
	}
	return v
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
	s.draw(w, r, http.StatusOK, "settings.html", s.settings(r, g, formOf(g)))
}

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

// queryLine writes a query as one line: its text, or channel: and an id, and what
// narrows it after bars.
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

// readQuery reads what queryLine writes; problem is a sentence about what it
// cannot read.
func readQuery(line string) (q youtube.Query, problem string) {
	text, rest, narrowed := strings.Cut(line, "|")
	if q.Text = strings.TrimSpace(text); strings.HasPrefix(q.Text, "channel:") {
		q.Text, q.Channel = "", strings.TrimSpace(strings.TrimPrefix(q.Text, "channel:"))
	}
	for narrowed {
		text, rest, narrowed = strings.Cut(rest, "|")
		name, value, _ := strings.Cut(strings.TrimSpace(text), ":")
		ok := true
		switch value = strings.TrimSpace(value); strings.TrimSpace(name) {
		case "upload":
			q.Upload = value
		case "length":
			q.Length = value
		case "pages":
			n, err := strconv.Atoi(value)
			q.Pages, ok = n, err == nil
		default:
			ok = false
		}
		if !ok {
			problem = fmt.Sprintf("Searches: “%s” is not known: behind a bar stands upload:, length: or pages: and a number.", strings.TrimSpace(text))
		}
	}
	return q, problem
}

// lines are the lines of a text that are not blank.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
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
		Exploration: get("exploration"), Votes: get("votes"), Language: get("language"), Role: get("role"),
		Wildcard: get("wildcard") != "", MusicOnly: get("music_only") != "", Paused: get("paused") != "",
		Languages: get("languages"), BlockedWords: get("blocked_words"), BlockedChannels: get("blocked_channels"),
	}
}

// apply puts a form's values into g and returns all problems as sentences.
func (s *Server) apply(f settingsForm, g *catalog.Guild) []string {
	var problems []string
	english := s.Text.For(text.English)
	before := s.limits.Check(*g)
	g.Queries = nil
	for _, line := range lines(f.Queries) {
		q, problem := readQuery(line)
		if problem != "" {
			problems = append(problems, problem)
		}
		g.Queries = append(g.Queries, q)
	}
	g.Schedule, g.Scrape, g.Retrain, g.Recap, g.Zone = lines(f.Schedule), f.Scrape, f.Retrain, f.Recap, f.Zone
	number := func(setting, typed string) float64 {
		l := s.limits.Of(setting)
		n, ok := l.Number(typed)
		if !ok {
			problems = append(problems, english.Refused(limit.Broken{Limit: l, Index: -1, Value: typed}))
			return l.Min // nothing is saved
		}
		return n
	}
	g.Picks = int(number("picks", f.Picks))
	g.MinSeconds = int(number("min_seconds", f.MinSeconds))
	g.MaxSeconds = int(number("max_seconds", f.MaxSeconds))
	g.Exploration = number("exploration", f.Exploration)
	g.Languages = pick.ReadLanguages(f.Languages)
	g.MentionRole = f.Role
	if f.Role == g.ID { // @everyone has the guild's id: nobody is pinged then
		g.MentionRole = ""
	}
	g.Votes, g.Language, g.Wildcard, g.MusicOnly = f.Votes, f.Language, f.Wildcard, f.MusicOnly
	if g.Paused != f.Paused {
		g.Paused, g.PauseReason = f.Paused, ""
	}
	g.BlockedWords = lines(f.BlockedWords)
	g.BlockedChannels = f.blocked(g.BlockedChannels, s.Now())
	for _, b := range s.limits.Check(*g, before...) {
		problems = append(problems, english.Refused(b))
	}
	return problems
}

// blocked reads the blocked channels. A channel of the old list keeps who blocked
// it, and when.
func (f settingsForm) blocked(old []catalog.BlockedChannel, now time.Time) []catalog.BlockedChannel {
	var out []catalog.BlockedChannel
	for _, line := range lines(f.BlockedChannels) {
		c := catalog.BlockedChannel{Name: line, By: "dashboard", At: now.UTC()}
		if id, name, _ := strings.Cut(line, " "); youtube.ValidChannelID(id) {
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
	// Try it on a copy first: a refused form is shown again as it was typed.
	tried := g
	if problems := s.apply(f, &tried); len(problems) > 0 {
		v := s.settings(r, g, f)
		v.Problems, v.Mistake = problems, "Nothing was saved."
		s.draw(w, r, http.StatusUnprocessableEntity, "settings.html", v)
		return
	}
	err := s.Store.UpdateGuild(g.ID, func(g *catalog.Guild) error {
		if problems := s.apply(f, g); len(problems) > 0 {
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
