package song_test

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"cratedigger/pipeline/song"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// The rules by which an answer is right: those of the titles' own score. Case,
// punctuation, accents, brackets of versions, guests and a leading "the" do not
// count, "&" is "and"; of several artists all in any order or the first alone.
var (
	guestTail = regexp.MustCompile(`(?i)\s*[\(\[]?\b(?:feat|ft|featuring)\b\.?\s.*$`)
	orchestra = regexp.MustCompile(`(?i)\s+(?:and|&|with|m/)\s+(?:his|her|the|their|chorus|orchestra|studiokoret|ensemble)\b.*$`)
	brackets  = regexp.MustCompile(`\s*[\(\[【（［][^\(\)\[\]【】（）［］]*[\)\]】）］]`)
	inside    = regexp.MustCompile(`[\(\[]([^\)\]]+)[\)\]]`)
	partners  = regexp.MustCompile(`(?i);|,|/|\s+(?:&|and|x|×|vs\.?|with|y|e|und|et)\s+`)
	noWord    = regexp.MustCompile(`[^\p{L}\p{N}]+`)
)

func fold(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	s, _, _ = transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn))), s)
	s = strings.NewReplacer("&", " and ", "'", "", "’", "", "‘", "").Replace(s)
	return strings.TrimPrefix(strings.TrimSpace(noWord.ReplaceAllString(s, " ")), "the ")
}

func bare(s string) string {
	s = guestTail.ReplaceAllString(s, "")
	if out := strings.TrimSpace(brackets.ReplaceAllString(s, "")); fold(out) != "" {
		return out
	}
	return s
}

func forms(s string) []string {
	out := []string{fold(s), fold(guestTail.ReplaceAllString(s, "")), fold(bare(s))}
	for _, m := range inside.FindAllStringSubmatch(s, -1) {
		out = append(out, fold(m[1]))
	}
	return slices.DeleteFunc(out, func(f string) bool { return f == "" })
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func songRight(truth, answer string) bool {
	if strings.TrimSpace(truth) == "" {
		return strings.TrimSpace(answer) == ""
	}
	return meet(forms(truth), forms(answer))
}

func artistRight(truth, answer string) bool {
	if truth == "" || answer == "" {
		return truth == answer
	}
	main, _, _ := strings.Cut(truth, ";")
	full := append(forms(main), fold(strings.ReplaceAll(truth, ";", " and ")), fold(strings.ReplaceAll(truth, ";", " ")), fold(orchestra.ReplaceAllString(bare(main), "")))
	if meet(full, append(forms(answer), fold(orchestra.ReplaceAllString(answer, "")))) {
		return true
	}
	all := func(s string) []string {
		var out []string
		for _, name := range partners.Split(guestTail.ReplaceAllString(s, ""), -1) {
			if f := fold(bare(name)); f != "" {
				out = append(out, f)
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	return slices.Equal(all(truth), all(answer))
}

// right judges an answer to a row.
func (r row) right(s song.Song) bool {
	artists := strings.Join(s.Artists, ";")
	artist, title := artistRight(r.artist, artists), songRight(r.song, s.Title)
	if r.kind == "classical" {
		a, b := strings.Fields(fold(r.artist)), strings.Fields(fold(artists))
		artist = artist || len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1]
		x, y := strings.ReplaceAll(fold(r.song), " ", ""), strings.ReplaceAll(fold(s.Title), " ", "")
		title = title || len(y) > 4 && (strings.Contains(x, y) || strings.Contains(y, x))
	}
	return artist && title
}

// isSong reports whether the row holds a song; the others are counted apart.
func (r row) isSong() bool {
	return r.song != "" && !slices.Contains([]string{"album", "mix", "talk", "trailer", "teaser"}, r.kind)
}
