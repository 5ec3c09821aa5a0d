package dashboard

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/limit"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// settingsView is the page of a guild's settings.
type settingsView struct {
	page
	G        catalog.Guild
	Form     form // as saved, or as typed when it was refused
	Was      form // as saved; it comes back with what was typed
	Next     []nextRow
	Problems []string
	Votes    []string   // ways to vote that can be chosen
	Spoken   []language // that the posts can have

	Liked, Disliked       string   // favourites as the form has them, as typed when they were refused
	WasLiked, WasDisliked string   // as kept
	Told                  []string // what was understood of them, in words
}

// form is settings as texts, by the names of their inputs.
type form map[string]string

// language is one that the bot speaks, with its name in itself.
type language struct{ Tag, Name string }

// settings is the page of a guild's settings with a form, and of its favourites.
func (s *Server) settings(r *http.Request, g catalog.Guild, f form) (settingsView, error) {
	v := settingsView{page: s.frame(r, g, "settings", "Settings"), G: g, Form: f, Was: s.formOf(g), Next: s.nextTimes(g), Votes: s.limits.Of("votes").Choices}
	for _, tag := range s.Text.Tags() {
		v.Spoken = append(v.Spoken, language{tag, s.Text.For(tag).Say("language.name")})
	}
	told, err := labels.Favourites(s.Store, g.ID)
	v.WasLiked, v.WasDisliked = labels.FavouriteText(told, true), labels.FavouriteText(told, false)
	v.Liked, v.Disliked, v.Told = v.WasLiked, v.WasDisliked, s.Text.For(text.English).Favourites(told, cut)
	return v, err
}

// nextRow is when a schedule fires next.
type nextRow struct {
	What, Spec string
	Times      []string
	Problem    string
}

// withoutDiscord are the inputs that say nothing to one person without Discord. Their
// values stay as they are.
var withoutDiscord = []string{"picks", "exploration", "votes", "language", "role"}

func (s *Server) showSettings(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	v, err := s.settings(r, g, s.formOf(g))
	if err != nil {
		s.broken(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "settings.html", v)
}

// tellFavourites keeps the favourites of the form. What was told elsewhere since the
// page was drawn stays.
func (s *Server) tellFavourites(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	v, err := s.settings(r, g, s.formOf(g))
	if err == nil {
		err = r.ParseForm()
	}
	if err != nil {
		s.broken(w, r, err)
		return
	}
	typed := func(name, now string) string {
		then := now
		if r.PostForm.Has(was + name) {
			then = r.PostFormValue(was + name)
		}
		return strings.Join(mergeLines(lines(r.PostFormValue(name)), lines(then), lines(now)), "\n")
	}
	v.Liked, v.Disliked = typed("liked", v.WasLiked), typed("disliked", v.WasDisliked)
	_, err = labels.TellFavourites(r.Context(), s.Store, g.ID, v.Liked, v.Disliked, s.Now())
	if refused, ok := s.Text.For(text.English).RefusedFavourites(err, cut); ok {
		v.Mistake = refused
		s.draw(w, r, http.StatusUnprocessableEntity, "settings.html", v)
		return
	}
	if err != nil {
		s.broken(w, r, err)
		return
	}
	s.Log.Info("favourites were told on the dashboard", "guild", g.ID)
	back(w, r, g, "settings", "told")
}

// input is a setting as a text that can be edited.
type input struct {
	name string // in the form, and in the table of limits if it has a limit
	list bool   // one item a line
	show func(catalog.Guild) string
	read func(typed string, g *catalog.Guild) (problem string)
}

// inputs lists the inputs of the form.
func (s *Server) inputs() []input {
	// plain is an input for a setting that is a string in catalog.Guild.
	plain := func(name string, of func(*catalog.Guild) *string) input {
		return input{name: name, show: func(g catalog.Guild) string { return *of(&g) },
			read: func(typed string, g *catalog.Guild) string { *of(g) = typed; return "" }}
	}
	check := func(name string, of func(*catalog.Guild) *bool) input {
		return input{name: name,
			show: func(g catalog.Guild) string {
				if *of(&g) {
					return "1"
				}
				return ""
			},
			read: func(typed string, g *catalog.Guild) string { *of(g) = typed != ""; return "" }}
	}
	number := func(name string, show func(catalog.Guild) string, set func(*catalog.Guild, float64)) input {
		return input{name: name, show: show, read: func(typed string, g *catalog.Guild) string {
			l := s.limits.Of(name)
			n, ok := l.Number(typed)
			if !ok {
				return s.Text.For(text.English).Refused(limit.Broken{Limit: l, Index: -1, Value: typed})
			}
			set(g, n)
			return ""
		}}
	}
	whole := func(name string, of func(*catalog.Guild) *int) input {
		return number(name, func(g catalog.Guild) string { return strconv.Itoa(*of(&g)) }, func(g *catalog.Guild, n float64) { *of(g) = int(n) })
	}
	role := plain("role", func(g *catalog.Guild) *string { return &g.MentionRole })
	role.read = func(typed string, g *catalog.Guild) string {
		if g.MentionRole = typed; typed == g.ID { // the id of @everyone equals the guild's; it means that nobody is pinged
			g.MentionRole = ""
		}
		return ""
	}
	paused := check("paused", func(g *catalog.Guild) *bool { return &g.Paused })
	paused.read = func(typed string, g *catalog.Guild) string {
		g.Paused, g.PauseReason = typed != "", ""
		return ""
	}
	return []input{
		{"queries", true, showQueries, readQueries},
		{"schedule", true, func(g catalog.Guild) string { return strings.Join(g.Schedule, "\n") },
			func(typed string, g *catalog.Guild) string { g.Schedule = lines(typed); return "" }},
		plain("scrape", func(g *catalog.Guild) *string { return &g.Scrape }),
		plain("retrain", func(g *catalog.Guild) *string { return &g.Retrain }),
		plain("recap", func(g *catalog.Guild) *string { return &g.Recap }),
		plain("duels", func(g *catalog.Guild) *string { return &g.Duels }),
		plain("zone", func(g *catalog.Guild) *string { return &g.Zone }),
		whole("picks", func(g *catalog.Guild) *int { return &g.Picks }),
		whole("min_seconds", func(g *catalog.Guild) *int { return &g.MinSeconds }),
		whole("max_seconds", func(g *catalog.Guild) *int { return &g.MaxSeconds }),
		number("exploration", func(g catalog.Guild) string { return strconv.FormatFloat(g.Exploration, 'g', 4, 64) },
			func(g *catalog.Guild, n float64) { g.Exploration = n }),
		plain("votes", func(g *catalog.Guild) *string { return &g.Votes }),
		plain("language", func(g *catalog.Guild) *string { return &g.Language }),
		{"languages", false, func(g catalog.Guild) string { return strings.Join(g.Languages, ", ") },
			func(typed string, g *catalog.Guild) string { g.Languages = pick.ReadLanguages(typed); return "" }},
		{"kinds", false, func(g catalog.Guild) string { return strings.Join(g.Kinds, ", ") },
			func(typed string, g *catalog.Guild) string { g.Kinds = pick.ReadKinds(typed); return "" }},
		whole("same_song_days", func(g *catalog.Guild) *int { return &g.SameSongDays }),
		role,
		check("wildcard", func(g *catalog.Guild) *bool { return &g.Wildcard }),
		check("music_only", func(g *catalog.Guild) *bool { return &g.MusicOnly }),
		paused,
		{"blocked_words", true, func(g catalog.Guild) string { return strings.Join(g.BlockedWords, "\n") },
			func(typed string, g *catalog.Guild) string { g.BlockedWords = lines(typed); return "" }},
		{"blocked_artists", true, showArtists, func(typed string, g *catalog.Guild) string {
			g.BlockedArtists = readArtists(typed, g.BlockedArtists, s.Now())
			for _, a := range g.BlockedArtists {
				if song.ArtistKey(a.Name) == "" {
					return s.Text.For(text.English).Say("error.no_artist", "artist", cut(a.Name, 60))
				}
			}
			return ""
		}},
		{"blocked_channels", true, showBlocked, func(typed string, g *catalog.Guild) string {
			g.BlockedChannels = readBlocked(typed, g.BlockedChannels, s.Now())
			return ""
		}},
	}
}

// formOf writes settings as texts.
func (s *Server) formOf(g catalog.Guild) form {
	f := form{}
	for _, in := range s.inputs() {
		f[in.name] = in.show(g)
	}
	return f
}

func showQueries(g catalog.Guild) string {
	var rows []string
	for _, q := range g.Queries {
		rows = append(rows, queryLine(q))
	}
	return strings.Join(rows, "\n")
}

// readQueries keeps the queries whose lines are unchanged instead of parsing them
// again: the text of a query from elsewhere may look like a channel or a narrowing.
func readQueries(typed string, g *catalog.Guild) (problem string) {
	old := slices.Clone(g.Queries)
	g.Queries = nil
	for _, line := range lines(typed) {
		if i := slices.IndexFunc(old, func(q youtube.Query) bool { return queryLine(q) == line }); i >= 0 {
			g.Queries = append(g.Queries, old[i])
			old = slices.Delete(old, i, i+1)
			continue
		}
		q, wrong := readQuery(line)
		problem = cmp.Or(problem, wrong)
		g.Queries = append(g.Queries, q)
	}
	return problem
}

// queryLine writes a query as one line: its text, or channel: and an id, then the
// filters after bars.
func queryLine(q youtube.Query) string {
	line := strings.Join(strings.Fields(q.Text), " ") // one line, whatever the text holds
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

// narrowing matches what narrows a search, also if its name is mistyped: a word, a
// colon and a value.
var narrowing = regexp.MustCompile(`^(upload|length|pages) *:|^[a-z]+:\S*$`)

// readQuery reads a typed line; problem is a sentence about what is wrong with it. A
// part behind a bar that narrows nothing belongs to the text.
func readQuery(line string) (q youtube.Query, problem string) {
	parts := strings.Split(line, "|")
	words := 1
	for words < len(parts) && !narrowing.MatchString(strings.TrimSpace(parts[words])) {
		words++
	}
	q.Text = strings.TrimSpace(strings.Join(parts[:words], "|"))
	// With a blank after the colon it is a text, as in "channel: zero".
	if id, found := strings.CutPrefix(q.Text, "channel:"); found && !strings.HasPrefix(id, " ") {
		q.Text, q.Channel = "", id
	}
	for _, part := range parts[words:] {
		name, value, _ := strings.Cut(strings.TrimSpace(part), ":")
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
			problem = fmt.Sprintf("Searches: “%s” is not known: behind a bar stands upload:, length: or pages: and a number.", cut(strings.TrimSpace(part), 200))
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

// was is the prefix of the hidden inputs with the values that the page showed.
const was = "was_"

// readForm reads a posted form: what was typed, and what the page had shown. A
// program may leave out the inputs that it does not change, and all hidden ones.
func (s *Server) readForm(r *http.Request) (typed, shown form) {
	typed, shown = form{}, form{}
	for _, in := range s.inputs() {
		_, wasShown := r.PostForm[was+in.name]
		if wasShown {
			shown[in.name] = strings.TrimSpace(r.PostFormValue(was + in.name))
		}
		if _, sent := r.PostForm[in.name]; sent || wasShown { // a box without a check is not sent
			typed[in.name] = strings.TrimSpace(r.PostFormValue(in.name))
		}
	}
	return typed, shown
}

// merge is a three-way merge: it applies to g, whose settings may have changed since
// the page was drawn, only those inputs that differ from what the page had shown. It
// returns the resulting form and all problems.
func (s *Server) merge(typed, shown form, g *catalog.Guild) (f form, problems []string) {
	say := s.Text.For(text.English)
	before := s.limits.Check(*g)
	f = s.formOf(*g)
	for _, in := range s.inputs() {
		want, sent := typed[in.name]
		if !sent {
			continue
		}
		now := f[in.name]
		then, known := shown[in.name]
		if !known {
			then = now
		}
		if in.list {
			want = strings.Join(mergeLines(lines(want), lines(then), lines(now)), "\n")
		} else if want != then && now != then && now != want {
			problems = append(problems, fmt.Sprintf("%s: it was changed to “%s” meanwhile. Save again to change it.", say.Say("setting."+in.name), now))
		} else if want == then {
			want = now
		}
		if f[in.name] = want; want == now {
			continue
		}
		if problem := in.read(want, g); problem != "" {
			problems = append(problems, problem)
		}
	}
	for _, b := range s.limits.Check(*g, before...) {
		problems = append(problems, say.Refused(b))
	}
	return f, problems
}

// mergeLines applies to the lines of now the difference between then and typed: the
// same lines are added and removed.
func mergeLines(typed, then, now []string) []string {
	if slices.Equal(then, now) {
		return typed
	}
	merged := slices.DeleteFunc(slices.Clone(now), func(line string) bool { return slices.Contains(then, line) && !slices.Contains(typed, line) })
	for _, line := range typed {
		if !slices.Contains(then, line) && !slices.Contains(merged, line) {
			merged = append(merged, line)
		}
	}
	return merged
}

func showBlocked(g catalog.Guild) string {
	var rows []string
	for _, c := range g.BlockedChannels {
		rows = append(rows, strings.TrimSpace(c.ID+" "+c.Name))
	}
	return strings.Join(rows, "\n")
}

func showArtists(g catalog.Guild) string {
	var rows []string
	for _, a := range g.BlockedArtists {
		rows = append(rows, strings.TrimSpace(a.ChannelID+" "+a.Name))
	}
	return strings.Join(rows, "\n")
}

// readArtists reads the blocked artists; for unchanged lines it keeps who blocked them.
func readArtists(typed string, old []catalog.BlockedArtist, now time.Time) (out []catalog.BlockedArtist) {
	for _, line := range lines(typed) {
		a := catalog.BlockedArtist{Name: line, By: byDashboard, At: now.UTC()}
		if id, name, _ := strings.Cut(line, " "); youtube.ValidChannelID(id) && name != "" {
			a.ChannelID, a.Name = id, strings.TrimSpace(name)
		}
		for _, o := range old {
			if o.ChannelID == a.ChannelID && o.Name == a.Name {
				a = o
			}
		}
		out = append(out, a)
	}
	return out
}

// readBlocked reads the blocked words; for unchanged lines it keeps who blocked them.
func readBlocked(typed string, old []catalog.BlockedChannel, now time.Time) []catalog.BlockedChannel {
	var out []catalog.BlockedChannel
	for _, line := range lines(typed) {
		c := catalog.BlockedChannel{Name: line, By: byDashboard, At: now.UTC()}
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

// errRefused rolls back a transaction whose settings were refused.
var errRefused = errors.New("the settings are refused")

func (s *Server) saveSettings(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	if err := r.ParseForm(); err != nil {
		s.broken(w, r, err)
		return
	}
	typed, shown := s.readForm(r)
	var f form
	var problems []string
	err := s.Store.UpdateGuild(g.ID, func(now *catalog.Guild) error {
		g = *now
		if f, problems = s.merge(typed, shown, now); len(problems) > 0 {
			return errRefused
		}
		now.ByHand = true
		return nil
	})
	if errors.Is(err, errRefused) { // the form is shown again as it was typed
		v, err := s.settings(r, g, f)
		if err != nil {
			s.broken(w, r, err)
			return
		}
		v.Problems, v.Mistake = problems, "Nothing was saved."
		s.draw(w, r, http.StatusUnprocessableEntity, "settings.html", v)
		return
	}
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
			row.Problem = brief(err)
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
	add("duels", g.Duels)
	return rows
}
