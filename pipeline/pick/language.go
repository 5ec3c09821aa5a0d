package pick

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"cratedigger/pipeline/catalog"
)

// ReadLanguages reads codes of languages ("en, pt-BR") as people write them,
// each once. Regions are dropped: pt includes pt-BR. Invalid codes are returned
// as they are; the caller checks them with IsLanguage.
func ReadLanguages(text string) []string {
	var out []string
	for code := range strings.FieldsFuncSeq(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;", r) }) {
		if base, ok := baseOf(code); ok {
			code = base
		}
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return out
}

// IsLanguage reports whether s is the code of a language.
func IsLanguage(s string) bool {
	_, ok := baseOf(s)
	return ok
}

// baseOf is a language code without region and script.
func baseOf(code string) (base string, ok bool) {
	tag, err := language.Parse(code)
	if err != nil || tag == language.Und {
		return "", false
	}
	b, _ := tag.Base()
	return b.String(), true
}

// alphabets are the scripts that tell a title's language if no page does. Latin
// is not among them, as titles in all languages use it.
var alphabets = map[string]*unicode.RangeTable{
	"Arab": unicode.Arabic, "Armn": unicode.Armenian, "Beng": unicode.Bengali, "Cyrl": unicode.Cyrillic, "Deva": unicode.Devanagari,
	"Ethi": unicode.Ethiopic, "Geor": unicode.Georgian, "Grek": unicode.Greek, "Gujr": unicode.Gujarati, "Guru": unicode.Gurmukhi,
	"Hang": unicode.Hangul, "Hani": unicode.Han, "Hebr": unicode.Hebrew, "Kana": unicode.Katakana, "Hira": unicode.Hiragana,
	"Khmr": unicode.Khmer, "Knda": unicode.Kannada, "Laoo": unicode.Lao, "Mlym": unicode.Malayalam, "Mymr": unicode.Myanmar,
	"Sinh": unicode.Sinhala, "Taml": unicode.Tamil, "Telu": unicode.Telugu, "Thai": unicode.Thai, "Tibt": unicode.Tibetan,
}

// parts are the scripts that a combined one consists of.
var parts = map[string][]string{"Jpan": {"Hani", "Hira", "Kana"}, "Kore": {"Hang", "Hani"}, "Hans": {"Hani"}, "Hant": {"Hani"}}

// lettersOf are the scripts in which a language is written.
func lettersOf(base string) []string {
	script, _ := language.Make(base).Script()
	if several, ok := parts[script.String()]; ok {
		return several
	}
	return []string{script.String()}
}

// accepts reports whether a video is in one of the languages, by the spoken
// language according to YouTube or, if that is unknown, by the script of the
// title. A video whose language remains unknown passes.
func accepts(languages []string, v catalog.Video) bool {
	if base, ok := baseOf(v.Language); ok && base != "zxx" { // zxx: nothing is spoken
		return slices.Contains(languages, base)
	}
	script := alphabetOf(v.Title)
	return script == "" || slices.ContainsFunc(languages, func(l string) bool { return slices.Contains(lettersOf(l), script) })
}

// alphabetOf is the script of most letters of a title, if it is one of the
// alphabets. If there are kana among Han characters it is the kana.
func alphabetOf(title string) string {
	counts, letters := map[string]int{}, 0
	for _, r := range title {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		for name, table := range alphabets {
			if unicode.Is(table, r) {
				counts[name]++
				break
			}
		}
	}
	if counts["Hira"]+counts["Kana"] > 0 {
		counts["Hira"] += counts["Kana"] + counts["Hani"]
		counts["Hani"], counts["Kana"] = 0, 0
	}
	for name, n := range counts {
		if 2*n > letters {
			return name
		}
	}
	return ""
}
