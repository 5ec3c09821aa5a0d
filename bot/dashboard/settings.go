package dashboard

import (
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

// settingsView is the page of a guild's settings.
type settingsView struct {
	page
	G            catalog.Guild
	Form         form           // as saved, or as typed when it was refused or is not saved yet
	Was          form           // as saved when the page was opened; it comes back with what was typed
	Sums         form           // of the lists of which the page shows a part
	Unshown      map[string]int // lines that the page does not show, by input
	Part         string         // the key of the one part that the page shows; "" for all
	Parts        []part         // where each has a page
	From         int            // the number of the first search that the page shows, from 0
	Stretches    []stretch      // of the searches, where one page would be too small for them
	Searches     []searchRow
	Posts        []timesRow
	Others       []otherTimes
	Zones        []string
	Channels     []Place // in which the bot may post; nil: nobody says
	Roles        []Place
	MoreRoles    int
	KnowsRoles   bool // Discord has said which there are
	MoreChannels int  // further ones
	Next         []nextRow
	Problems     []problem
	Meanwhile    map[string]string // what others changed while the page was open, by input
	Edited       string            // what was done to the rows and is not saved
	Focus        string            // the id of the element that has the keyboard then
	Kinds        []string          // that can be posted although they are no music
	Votes        []choice          // ways to vote that can be chosen
	Uploads      []choice          // ages of a search's videos
	Lengths      []choice          // lengths of a search's videos
	Spoken       []choice          // languages that the posts can have

	Liked, Disliked       string   // favourites as the form has them, as typed when they were refused
	WasLiked, WasDisliked string   // as kept
	Told                  []string // what was understood of them, in words
}

// form is settings as texts, by the names of their inputs.
type form map[string]string

// choice is one that a menu offers.
type choice struct{ Value, Name string }

// Place is a channel of the guild in which the bot may post.
type Place struct{ ID, Name string }

// otherTimes is a schedule beside that of the posts.
type otherTimes struct {
	Label, Hint string
	timesRow
}

// About is the attributes by which an input names its hint and its problem. at and hints
// are names of this package's templates.
func (v settingsView) About(at string, hints ...string) template.HTMLAttr {
	var ids []string
	invalid := ""
	if len(v.Wrong(at)) > 0 {
		ids, invalid = append(ids, "e-"+at), ` aria-invalid="true"`
	}
	if v.Meanwhile[at] != "" {
		ids = append(ids, "m-"+at)
	}
	for _, hint := range hints {
		ids = append(ids, "h-"+hint)
	}
	if len(ids) == 0 {
		return ""
	}
	return template.HTMLAttr(` aria-describedby="` + strings.Join(ids, " ") + `"` + invalid)
}

// Spot is what the templates of one input's notes need.
type Spot struct {
	At    string
	Wrong []string
	Note  string
}

// Spot is the notes at one place.
func (v settingsView) Spot(at string) Spot { return Spot{at, v.Wrong(at), v.Meanwhile[at]} }

// Row is what the template of one row needs.
type Row struct {
	V settingsView
	R any
}

// Row is a row with its view.
func (v settingsView) Row(r any) Row { return Row{v, r} }

// BlankSearch is the row where there is no search.
func (v settingsView) BlankSearch() searchRow { return searchRow{} }

// EditedIn reports whether rows of a list were just changed, and not saved.
func (v settingsView) EditedIn(list string) bool {
	return v.Edited != "" && strings.Contains(v.Focus, list)
}

// RoleGone reports whether the form's role is none that the server has.
func (v settingsView) RoleGone() bool {
	return v.Form["role"] != "" && !slices.ContainsFunc(v.Roles, func(p Place) bool { return p.ID == v.Form["role"] })
}

// Elsewhere reports whether the form's channel is none of those in which the bot may post.
func (v settingsView) Elsewhere() bool {
	return !slices.ContainsFunc(v.Channels, func(p Place) bool { return p.ID == v.Form["channel"] })
}

// On reports whether a kind is chosen.
func (v settingsView) On(kind string) bool {
	return slices.Contains(pick.ReadKinds(v.Form["kinds"]), kind)
}

// settings is the page of a guild's settings with a form, and of its favourites. in says
// which part it shows, and of a form that is shown again also what was sent.
func (s *Server) settings(r *http.Request, g catalog.Guild, f form, queries []youtube.Query, in sent) (settingsView, error) {
	say := s.Text.For(text.English)
	choices := func(setting string) (all []choice) {
		for _, value := range s.limits.Of(setting).Choices {
			all = append(all, choice{value, say.Say("choice." + value)})
		}
		return all
	}
	v := settingsView{page: s.frame(r, g, "settings", "Settings"), G: g, Form: f, Was: s.formOf(g), Part: in.part, From: in.from, Zones: schedule.Zones,
		Next: s.nextTimes(g), Kinds: pick.Kinds, Votes: choices("votes"), Uploads: choices("queries.upload"), Lengths: choices("queries.length")}
	v.narrow(in, queries)
	for i, line := range lines(f["schedule"]) {
		v.Posts = append(v.Posts, s.showTimes(fmt.Sprintf("schedule.%d", i), line))
	}
	before := "each post"
	if v.Local() {
		before = "the times above"
	}
	v.Others = []otherTimes{
		{"Search", "Without a day it searches an hour before " + before + ".", s.showTimes("scrape", f["scrape"])},
		{"Training", "Without a day it learns only when somebody says so.", s.showTimes("retrain", f["retrain"])},
	}
	if !v.Local() {
		v.Others = append(v.Others, otherTimes{"Recap of the week", "Without a day there is none.", s.showTimes("recap", f["recap"])},
			otherTimes{"Duels of two songs", "Without a day there are none.", s.showTimes("duels", f["duels"])})
		may, _ := s.postable(r.Context(), g.ID) // without them the page says so
		v.Channels, v.MoreChannels = offered(may, f["channel"])
		roles, _ := s.told(r.Context(), &s.roles, s.Roles, g.ID) // without them an id can be typed
		v.Roles, v.MoreRoles = offered(roles, f["role"])
		v.KnowsRoles = roles != nil
	}
	for _, tag := range s.Text.Tags() {
		v.Spoken = append(v.Spoken, choice{tag, s.Text.For(tag).Say("language.name")})
	}
	told, err := labels.Favourites(r.Context(), s.Store, g.ID)
	v.WasLiked, v.WasDisliked = labels.FavouriteText(told, true), labels.FavouriteText(told, false)
	v.Liked, v.Disliked, v.Told = v.WasLiked, v.WasDisliked, say.Favourites(told, cut)
	return v, err
}

// withoutDiscord are the inputs that say nothing to one person without Discord. Their
// values stay as they are.
var withoutDiscord = []string{"channel", "picks", "exploration", "votes", "language", "role", "recap", "duels"}

func (s *Server) showSettings(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	q := r.URL.Query()
	in := sent{part: partNamed(q.Get("part")), from: countParam(q.Get("from"))}
	if in.part == "" && len(stretches(g.Queries)) > 1 {
		in.part = parts[0].Key
	}
	v, err := s.settings(r, g, s.formOf(g), g.Queries, in)
	if err == nil && in.part == "" && s.size("settings.html", v) > maxWhole {
		in.part = parts[0].Key
		v, err = s.settings(r, g, s.formOf(g), g.Queries, in)
	}
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if names := s.names(q.Get("also")); v.Notice != "" && names != "" {
		v.Notice += " While the page was open, others changed " + names + "; that stays."
	}
	s.draw(w, r, http.StatusOK, "settings.html", v)
}

// names are the names of inputs, for people. What is none is left out.
func (s *Server) names(inputs string) string {
	var names []string
	for name := range strings.SplitSeq(inputs, " ") {
		if slices.ContainsFunc(s.inputs(), func(in input) bool { return in.name == name }) {
			names = append(names, s.Text.For(text.English).Say("setting."+name))
		}
	}
	return strings.Join(names, ", ")
}

// tellFavourites keeps the favourites of the form. What was told elsewhere since the
// page was drawn stays.
func (s *Server) tellFavourites(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	if err := r.ParseForm(); err != nil {
		s.broken(w, r, err)
		return
	}
	in := sent{part: partNamed(r.PostFormValue("part"))}
	v, err := s.settings(r, g, s.formOf(g), g.Queries, in)
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
	back(w, r, g, "settings", "told"+in.address())
}

// was is the prefix of the hidden inputs with the values that the page showed.
const was = "was_"

// sent is a posted form.
type sent struct {
	typed form            // what was typed
	shown form            // what the page had shown
	sums  form            // of the lists of which it had shown a part
	part  string          // of the settings, "" for all
	from  int             // the number of its first search
	rows  []youtube.Query // the searches, where they came as rows
}

// readForm reads a posted form. A program may leave out the inputs that it does not
// change, and all hidden ones. It may send searches and times as lines, one input each; a
// page sends them as rows of inputs.
func (s *Server) readForm(f url.Values) sent {
	in := sent{typed: form{}, shown: form{}, sums: form{}, part: partNamed(f.Get("part")), from: countParam(f.Get("from"))}
	read := func(name string) string {
		return strings.TrimSpace(strings.ReplaceAll(strings.Join(f[name], ", "), "\r\n", "\n"))
	}
	for _, i := range s.inputs() {
		wasShown := f.Has(was + i.name)
		if wasShown {
			in.shown[i.name] = read(was + i.name)
		}
		if i.list && f.Has(sumPrefix+i.name) {
			in.sums[i.name] = f.Get(sumPrefix + i.name)
		}
		if wasShown || f.Has(i.name) { // a box without a check is not sent
			in.typed[i.name] = read(i.name)
		}
	}
	if f.Has("queries.0.text") {
		in.rows = searchesIn(f, lines(in.shown["queries"]))
		in.typed["queries"] = showQueries(catalog.Guild{Queries: in.rows})
	}
	if f.Has("schedule.0.time") {
		var all []string
		for i := 0; f.Has(fmt.Sprintf("schedule.%d.time", i)); i++ {
			all = append(all, readTimes(f, fmt.Sprintf("schedule.%d", i), lines(in.shown["schedule"])))
		}
		in.typed["schedule"] = strings.Join(lines(strings.Join(all, "\n")), "\n")
	}
	for _, name := range schedules[1:] {
		if !f.Has(name + ".time") {
			continue
		}
		in.typed[name] = readTimes(f, name, []string{in.shown[name]})
		if strings.HasSuffix(in.typed[name], "@") && !strings.Contains(f.Get(name+".cron"), "@") { // a time without a day
			in.typed[name] = ""
		}
	}
	return in
}

// merged is what became of a form.
type merged struct {
	form      form
	problems  []problem
	meanwhile []string          // inputs that others changed while the page was open
	notes     map[string]string // of them, for people
}

// merge is a three-way merge: it applies to g, whose settings may have changed since
// the page was drawn, only those inputs that differ from what the page had shown.
// mayPost says why posts cannot go to a channel, or "".
func (s *Server) merge(in sent, g *catalog.Guild, mayPost func(id string) string) merged {
	say := s.Text.For(text.English)
	before := s.limits.Check(*g)
	m := merged{form: s.formOf(*g), notes: map[string]string{}}
	unread := map[string]bool{} // they have a problem already
	wrong := func(at, sentence string) {
		m.problems = append(m.problems, problem{at, sentence})
		unread[at] = true
	}
	// at is the place of the nth line of what an input holds now.
	at := func(name string, n int) string {
		if all := lines(m.form[name]); n >= 0 && n < len(all) {
			n = slices.Index(lines(in.typed[name]), all[n])
		}
		return place(name, n)
	}
	for _, i := range s.inputs(in.rows...) {
		want, isSent := in.typed[i.name]
		if !isSent {
			continue
		}
		name, now := say.Say("setting."+i.name), m.form[i.name]
		then, known := in.shown[i.name]
		if !known {
			then = now
		}
		changed := now != then && now != want
		if sum, part := in.sums[i.name]; part {
			changed = sum != listSum(now)
		}
		if changed {
			m.meanwhile = append(m.meanwhile, i.name)
		}
		switch {
		case i.list:
			merge := mergeLines
			if in.sums[i.name] != "" && !changed {
				merge = replaceLines
			}
			want = strings.Join(merge(lines(want), lines(then), lines(now)), "\n")
			if changed {
				m.notes[i.name] = "Others changed this list while the page was open; their changes stay."
			}
		case changed && want != then:
			wrong(i.name, fmt.Sprintf("%s: others changed it from “%s” to “%s” while the page was open, and you chose “%s”. Save again to have yours.", name,
				s.sayValue(i.name, then), s.sayValue(i.name, now), s.sayValue(i.name, want)))
		case changed:
			m.notes[i.name] = fmt.Sprintf("Others changed this from “%s” to “%s” while the page was open; that stays.", s.sayValue(i.name, then), s.sayValue(i.name, now))
			want = now
		}
		if m.form[i.name] = want; want == now {
			continue
		}
		if i.name == "channel" {
			if why := mayPost(want); why != "" {
				wrong(i.name, name+": "+why)
			}
		}
		for n, line := range lines(want) {
			if why := missing(line); why != "" && slices.Contains(schedules, i.name) {
				wrong(at(i.name, n), name+": "+why)
			}
		}
		if why := i.read(want, g); why != "" {
			wrong(i.name, why)
		}
	}
	for _, b := range s.limits.Check(*g, before...) {
		name, _, _ := strings.Cut(b.Limit.Setting, ".")
		if at := at(name, b.Index); !unread[at] {
			b.Value = fit(b.Value, maxRefused) // the whole is in its input
			m.problems = append(m.problems, problem{at, say.Refused(b)})
		}
	}
	return m
}

// schedules are the inputs that hold cron lines; the first holds several.
var schedules = []string{"schedule", "scrape", "retrain", "recap", "duels"}

// place is the end of the ids of an input's elements: of its nth row where it has rows.
func place(name string, n int) string {
	if (name == "queries" || name == "schedule") && n >= 0 {
		return fmt.Sprintf("%s-%d", name, n)
	}
	return name
}

// sayValue says what an input holds, for people.
func (s *Server) sayValue(name, value string) string {
	var said []string
	onOff := slices.Contains([]string{"wildcard", "music_only", "paused"}, name)
	for _, line := range lines(value) {
		switch {
		case slices.Contains(schedules, name):
			line = s.sayTimes(line)
		case name == "votes":
			line = s.Text.For(text.English).Say("choice." + line)
		case name == "channel":
			line = s.places.name("#", line)
		case name == "role":
			line = s.roles.name("@", line)
		case onOff:
			line = "on"
		}
		said = append(said, line)
	}
	switch {
	case len(said) > 0:
	case onOff:
		return "off"
	default:
		return "nothing"
	}
	return fit(strings.Join(said, "; "), maxShown)
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

// errRefused rolls back a transaction whose settings were refused.
var errRefused = errors.New("the settings are refused")

func (s *Server) saveSettings(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	if err := r.ParseForm(); err != nil {
		s.broken(w, r, err)
		return
	}
	in := s.readForm(r.PostForm)
	if r.PostForm.Has("edit") {
		s.editSettings(w, r, g, in)
		return
	}
	mayPost := s.mayPost(r.Context(), g, in.typed["channel"])
	var m merged
	var tried catalog.Guild
	err := s.Store.UpdateGuild(r.Context(), g.ID, func(now *catalog.Guild) error {
		g = *now
		m = s.merge(in, now, mayPost)
		if tried = *now; len(m.problems) > 0 {
			return errRefused
		}
		now.ByHand = true
		return nil
	})
	if errors.Is(err, errRefused) { // the form is shown again as it was typed
		if in.rows == nil {
			in.rows = tried.Queries
		}
		v, err := s.settings(r, g, m.form, in.rows, in)
		if err != nil {
			s.broken(w, r, err)
			return
		}
		v.Problems, v.Meanwhile, v.Mistake = m.problems, m.notes, "Nothing was saved."
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
	done := "saved"
	if len(m.meanwhile) > 0 {
		done += "&also=" + strings.Join(m.meanwhile, "+")
	}
	if r.PostForm.Has("then") { // other searches are wanted
		in.from = countParam(r.PostForm.Get("then"))
	}
	done += in.address()
	back(w, r, g, "settings", done)
}

// editSettings adds, removes or moves a row of the form as it was typed, and saves nothing.
func (s *Server) editSettings(w http.ResponseWriter, r *http.Request, g catalog.Guild, in sent) {
	f := s.formOf(g)
	maps.Copy(f, in.typed)
	todo, list, n := "", "", -1
	_, _ = fmt.Sscan(r.PostForm.Get("edit"), &todo, &list, &n) // an add has no number
	blankRow := blankBefore(r.PostForm, list, &n)
	times := lines(f["schedule"])
	edited, focus := "", ""
	blank := -1
	switch {
	case list == "queries" && todo == "add":
		blank, edited = len(in.rows), "Here is a new row."
		focus = fmt.Sprintf("f-queries-%d", blank)
	case blankRow && todo == "remove": // readForm has left it out
		edited, focus = "The row is removed from the form.", "add-"+list
	case blankRow:
	case list == "queries" && n >= 0 && n < len(in.rows) && todo == "remove":
		in.rows = slices.Delete(in.rows, n, n+1)
		edited, focus = "The search is removed from the form.", "add-queries"
	case list == "queries" && n > 0 && n < len(in.rows) && todo == "up":
		in.rows[n-1], in.rows[n] = in.rows[n], in.rows[n-1]
		edited, focus = "The search is one row higher.", fmt.Sprintf("f-queries-%d", n-1)
	case list == "schedule" && todo == "add":
		focus, edited = fmt.Sprintf("f-schedule-%d", len(times)), "Here is a new time."
		times = append(times, "0 18 * * *")
	case list == "schedule" && n >= 0 && n < len(times) && todo == "remove":
		times = slices.Delete(times, n, n+1)
		edited, focus = "The time is removed from the form.", "add-schedule"
	}
	in.typed["schedule"] = strings.Join(times, "\n")
	f["schedule"] = in.typed["schedule"]
	v, err := s.settings(r, g, f, in.rows, in)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if blank >= 0 {
		v.Searches = append(v.Searches, searchRow{N: blank, From: in.from})
	}
	maps.Copy(v.Was, in.shown)
	v.Edited, v.Focus = edited, focus
	if todo == "add" && s.size("settings.html", v) > maxPage {
		v.Mistake = "This page is full. Save, and then add more."
		if v.Edited, v.Focus = "", ""; blank >= 0 {
			v.Searches = v.Searches[:blank]
		} else {
			v.Posts = v.Posts[:len(v.Posts)-1]
		}
	}
	s.draw(w, r, http.StatusOK, "settings.html", v)
}

// blankBefore turns the number of a row of a list as the page has it into its number
// without the blank rows, which readForm leaves out, and reports whether the row itself is
// blank.
func blankBefore(f url.Values, list string, n *int) (blank bool) {
	before := 0
	for i := range max(0, min(*n+1, maxRows)) {
		row := fmt.Sprintf("%s.%d", list, i)
		blank = list == "queries" && strings.TrimSpace(f.Get(row+".text")) == "" || list == "schedule" && readTimes(f, row, nil) == ""
		if blank && i < *n {
			before++
		}
	}
	*n -= before
	return blank
}

// maxRows is more rows than a form has.
const maxRows = 1000
