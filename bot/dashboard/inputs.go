package dashboard

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/limit"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// input is a setting as a text that can be edited.
type input struct {
	name string // in the form, and in the table of limits if it has a limit
	list bool   // one item a line; what two people add and remove is merged
	show func(catalog.Guild) string
	read func(typed string, g *catalog.Guild) (problem string)
}

// inputs lists the inputs of the form. rows are the searches that came as rows of it.
func (s *Server) inputs(rows ...youtube.Query) []input {
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
	number := func(name string, get func(catalog.Guild) float64, set func(*catalog.Guild, float64)) input {
		l := s.limits.Of(name)
		return input{name: name, show: func(g catalog.Guild) string { return l.Shown(get(g)) }, read: func(typed string, g *catalog.Guild) string {
			n, ok := l.Typed(typed)
			if !ok {
				return s.Text.For(text.English).Refused(limit.Broken{Limit: l, Index: -1, Value: typed})
			}
			set(g, n)
			return ""
		}}
	}
	whole := func(name string, of func(*catalog.Guild) *int) input {
		return number(name, func(g catalog.Guild) float64 { return float64(*of(&g)) }, func(g *catalog.Guild, n float64) { *of(g) = int(n) })
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
	channel := plain("channel", func(g *catalog.Guild) *string { return &g.ChannelID })
	channel.read = func(typed string, g *catalog.Guild) string { g.PostTo(typed); return "" }
	zone := plain("zone", func(g *catalog.Guild) *string { return &g.Zone })
	zone.read = func(typed string, g *catalog.Guild) string { g.Zone = schedule.Zone(typed); return "" }
	return []input{
		{"queries", true, showQueries, func(typed string, g *catalog.Guild) string { return readQueries(typed, rows, g) }},
		channel,
		{"schedule", false, func(g catalog.Guild) string { return strings.Join(g.Schedule, "\n") },
			func(typed string, g *catalog.Guild) string { g.Schedule = lines(typed); return "" }},
		plain("scrape", func(g *catalog.Guild) *string { return &g.Scrape }),
		plain("retrain", func(g *catalog.Guild) *string { return &g.Retrain }),
		plain("recap", func(g *catalog.Guild) *string { return &g.Recap }),
		plain("duels", func(g *catalog.Guild) *string { return &g.Duels }),
		zone,
		whole("picks", func(g *catalog.Guild) *int { return &g.Picks }),
		whole("min_seconds", func(g *catalog.Guild) *int { return &g.MinSeconds }),
		whole("max_seconds", func(g *catalog.Guild) *int { return &g.MaxSeconds }),
		number("exploration", func(g catalog.Guild) float64 { return g.Exploration }, func(g *catalog.Guild, n float64) { g.Exploration = n }),
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

// readQueries keeps the queries whose lines are unchanged, and takes those of the form's
// rows, instead of parsing them again: the text of a query may look like a channel or a
// narrowing.
func readQueries(typed string, rows []youtube.Query, g *catalog.Guild) (problem string) {
	known := slices.Concat(g.Queries, rows)
	g.Queries = nil
	for _, line := range lines(typed) {
		if i := slices.IndexFunc(known, func(q youtube.Query) bool { return queryLine(q) == line }); i >= 0 {
			g.Queries = append(g.Queries, known[i])
			known = slices.Delete(known, i, i+1)
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
	if q.Pages != 0 {
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

// readBlocked reads the blocked channels; for unchanged lines it keeps who blocked them.
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
