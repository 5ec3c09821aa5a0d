package dashboard

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// part is a part of the settings, which has a page of its own where one page of them all
// would be large.
type part struct {
	Key, Name string
	inputs    []string
}

var parts = []part{
	{"searches", "Searches", []string{"queries", "min_seconds", "max_seconds", "languages", "music_only", "kinds", "same_song_days"}},
	{"times", "Times", []string{"schedule", "scrape", "retrain", "recap", "duels", "zone", "paused"}},
	{"posts", "Posts", []string{"channel", "picks", "exploration", "votes", "language", "role", "wildcard"}},
	{"blocked", "Blocked", []string{"blocked_words", "blocked_artists", "blocked_channels"}},
	{"favourites", "Favourites", nil},
}

// partNamed is the key of a part, or "" where there is no such part.
func partNamed(key string) string {
	if slices.ContainsFunc(parts, func(p part) bool { return p.Key == key }) {
		return key
	}
	return ""
}

// How large the settings may be, in bytes: one page of them all as it is opened, which leaves
// room for an error at each of its inputs, and any
// page after rows were added to it.
const maxWhole, maxPage = 36_000, 49_000

// What the searches of one page may take, and the lines of a list that is a text, in bytes.
const searchRoom, rowMarkup, lineRoom = 36_000, 1_200, 4_000

// stretch is as many searches as a page has room for.
type stretch struct {
	From, To int // numbers from 0; To is behind the last
	Current  bool
}

// First is the number of the first search, for people.
func (s stretch) First() int { return s.From + 1 }

// stretches divide the searches into pages.
func stretches(queries []youtube.Query) (all []stretch) {
	room := 0
	for i, q := range queries {
		need := rowMarkup + 2*escaped(queryLine(q))
		if room -= need; room < 0 {
			all, room = append(all, stretch{From: i}), searchRoom-need
		}
		all[len(all)-1].To = i + 1
	}
	return all
}

// sumPrefix is the prefix of the hidden inputs with the sums of lists of which the page shows
// a part.
const sumPrefix = "sum_"

// listSum tells one list from another.
func listSum(list string) string {
	h := fnv.New64a()
	h.Write([]byte(list))
	return strconv.FormatUint(h.Sum64(), 36)
}

// replaceLines is now with typed in the place of then, which is a stretch of it. Without
// such a stretch it merges both.
func replaceLines(typed, then, now []string) []string {
	for i := range now {
		if end := i + len(then); len(then) > 0 && end <= len(now) && slices.Equal(now[i:end], then) {
			return slices.Concat(now[:i], typed, now[end:])
		}
	}
	return mergeLines(typed, then, now)
}

// lastLines are as many of the last lines of a text as there is room for, and the number
// of those before.
func lastLines(text string) (last string, before int) {
	all, room := lines(text), lineRoom
	before = len(all)
	for before > 0 {
		if room -= escaped(all[before-1]) + 1; room < 0 {
			break
		}
		before--
	}
	return strings.Join(all[before:], "\n"), before
}

// narrow fills in what the page shows of the lists: of a form that is shown again what was
// sent, else as much as there is room for. It leaves out the inputs of other parts.
func (v *settingsView) narrow(in sent, queries []youtube.Query) {
	v.Sums, v.Unshown = form{}, map[string]int{}
	for _, name := range []string{"queries", "blocked_words", "blocked_artists", "blocked_channels"} {
		all := v.Was[name]
		if shown, again := in.shown[name]; again {
			v.Form[name], v.Was[name] = in.typed[name], shown
			if sum, part := in.sums[name]; part {
				v.Sums[name], v.Unshown[name] = sum, max(len(lines(all))-len(lines(shown)), 0)
			}
			continue
		}
		if _, typed := in.typed[name]; typed {
			continue // by a program, which was shown no part
		}
		was := ""
		if name == "queries" {
			if in.part == "" {
				continue
			}
			to := len(queries)
			for _, s := range stretches(queries) {
				if s.From <= in.from && in.from < s.To {
					v.From, to = s.From, s.To
				}
			}
			v.From = min(v.From, len(queries))
			queries = queries[v.From:to]
			was = showQueries(catalog.Guild{Queries: queries})
		} else {
			was, v.Unshown[name] = lastLines(all)
		}
		if v.Form[name], v.Was[name] = was, was; was != all {
			v.Sums[name] = listSum(all)
		}
	}
	v.Searches = showSearches(queries, v.From)
	if in.part == "" {
		return
	}
	v.Stretches = stretches(v.G.Queries)
	for i := range v.Stretches {
		v.Stretches[i].Current = v.Stretches[i].From == v.From
	}
	for _, p := range parts {
		if p.Key != "posts" || !v.Local() {
			v.Parts = append(v.Parts, p)
		}
		if p.Key != in.part {
			for _, name := range p.inputs {
				delete(v.Was, name)
				delete(v.Sums, name)
			}
		}
	}
}

// Has reports whether the page shows a part.
func (v settingsView) Has(part string) bool { return v.Part == "" || v.Part == part }

// address is what an address of the settings has of the part that was sent.
func (in sent) address() string {
	if in.part == "" {
		return ""
	}
	return fmt.Sprintf("&part=%s&from=%d", in.part, in.from)
}

// offered are as many of a guild's channels or roles as a menu has room for, the chosen one
// among them, and the number of the others.
func offered(all []Place, chosen string) (some []Place, more int) {
	room := 2 * lineRoom
	some = make([]Place, 0, len(all))
	for _, p := range all {
		if room -= escaped(p.Name) + 40; room > 0 || p.ID == chosen {
			some = append(some, p)
		}
	}
	if all == nil {
		return nil, 0
	}
	return some, len(all) - len(some)
}

// UnshownLines is how much of what is blocked the page does not show.
func (v settingsView) UnshownLines() (n int) {
	for _, more := range v.Unshown {
		n += more
	}
	return n
}
