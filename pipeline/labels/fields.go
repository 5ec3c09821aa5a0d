package labels

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"cratedigger/model/sheet"
	"cratedigger/pipeline/youtube"
)

// rowParser reads the fields of one record and collects the errors.
type rowParser struct {
	record []string
	at     map[string]int
	dates  dateReader
	line   int
	errs   []error
}

func (p *rowParser) text(column string) string {
	i, ok := p.at[column]
	if !ok || i >= len(p.record) {
		return ""
	}
	return sheet.Unescape(strings.TrimSpace(p.record[i]))
}

func (p *rowParser) fail(column, sentence string) {
	p.errs = append(p.errs, &LineError{Line: p.line, Column: column, Text: sentence})
}

func (p *rowParser) row() Row {
	v := youtube.Video{
		ID:              strings.TrimPrefix(p.text("video_id"), "'"),
		Title:           p.text("title"),
		ChannelID:       p.text("channel_id"),
		Channel:         p.text("channel"),
		Views:           p.count("views"),
		Likes:           p.count("likes"),
		Dislikes:        p.count("dislikes"),
		Subscribers:     p.count("subscribers"),
		DurationSeconds: p.count("duration_seconds"),
		Width:           p.count("width"),
		Height:          p.count("height"),
		Category:        p.text("category"),
		Description:     p.text("description"),
		Tags:            p.list("tags"),
		Embeddable:      p.yes("embeddable"),
	}
	if id, ok := youtube.ParseID(v.ID); ok {
		v.ID = id
	} else if v.ID != "" {
		p.fail("video_id", strconv.Quote(v.ID)+" is not a video id (11 letters, digits, - or _)")
	}
	if v.ID == "" {
		if id, ok := youtube.ParseID(p.text("url")); ok {
			v.ID = id
		}
	}
	if short := p.yes("short"); short != nil {
		v.Short = *short
	}
	if t, ok := p.date("published"); ok {
		precision := 24 * time.Hour
		if !t.Equal(t.Truncate(24 * time.Hour)) {
			precision = 0
		}
		v.Published = youtube.Date{Time: t, Precision: precision}
	}
	row := Row{Line: p.line, ThumbWidth: p.count("thumb_width"), ThumbHeight: p.count("thumb_height")}
	row.Scraped, _ = p.date("scraped")
	row.VotedAt, _ = p.date("voted_at")
	row.Video = rowVideo(v, row.Scraped, p.list("queries"))
	row.Y = p.label()
	return row
}

// count reads a whole number of at least 0.
func (p *rowParser) count(column string) *int64 {
	s := norm.NFKC.String(p.text(column)) // makes all spaces and digits plain
	if s == "" || strings.EqualFold(s, "nan") || strings.EqualFold(s, "null") || strings.EqualFold(s, "none") {
		return nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
		return &n
	}
	for _, n := range numberForms {
		if n.form.MatchString(s) {
			s = n.plain.Replace(s)
			break
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || f < 0 || f > 1e15 {
		p.fail(column, strconv.Quote(p.text(column))+" is not a number of at least 0")
		return nil
	}
	n := int64(math.Round(f))
	return &n
}

// numberForms are forms of numbers that Go does not parse, and how to convert
// them: groups of three digits, as 37 182 and 37’182,0 and 37,182.0 and
// 1.037.182,0, Indian groups, 12,34,567, and a decimal comma. 37.182 and 37,182
// are read as grouped, because counts have no decimals other than zeros.
var numberForms = []struct {
	form  *regexp.Regexp
	plain *strings.Replacer
}{
	{regexp.MustCompile(`^\d{1,3}([ '’]\d{3})+([.,]\d+)?$`), strings.NewReplacer(" ", "", "'", "", "’", "", ",", ".")},
	{regexp.MustCompile(`^\d{1,3}(,\d{2,3})*,\d{3}(\.\d+)?$`), strings.NewReplacer(",", "")},
	{regexp.MustCompile(`^\d{1,3}(\.\d{3})+(,\d+)?$`), strings.NewReplacer(".", "", ",", ".")},
	{regexp.MustCompile(`^[^.,]*,[^.,]*$`), strings.NewReplacer(",", ".")},
}

func (p *rowParser) list(column string) []string {
	var out []string
	for s := range strings.SplitSeq(p.text(column), "|") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (p *rowParser) yes(column string) *bool {
	s := p.text(column)
	if s == "" {
		return nil
	}
	v, ok := truth(s)
	if !ok {
		p.fail(column, strconv.Quote(s)+" is neither yes nor no")
		return nil
	}
	return &v
}

// truth reads a word for true or false, or a thumb of any skin tone.
func truth(s string) (value, ok bool) {
	s = strings.Map(func(r rune) rune {
		if r >= '\U0001f3fb' && r <= '\U0001f3ff' || r == '\ufe0e' || r == '\ufe0f' { // skin tones and variation selectors
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	if slices.Contains(trueWords, s) {
		return true, true
	}
	return false, slices.Contains(falseWords, s)
}

// trueWords and falseWords are the words for true and false of spreadsheets in
// European and American languages, and those that people use.
var (
	trueWords = strings.Fields("1 1.0 1,0 +1 👍 true yes y wahr ja vrai oui verdadero sí si verdadeiro sim vero waar sant sand sann tosi " +
		"prawda tak pravda ano áno igaz igen adevărat истина да істина так doğru evet αληθησ αληθης cert")
	falseWords = strings.Fields("0 0.0 0,0 -1 👎 false no n falsch nein faux non falso não onwaar nee falskt nej falsk usann nei epätosi " +
		"fałsz nie nepravda ne hamis nem fals nu ложь нет хибність ні yanlış yanliş hayır ψευδησ ψευδης")
)

// label reads y.
func (p *rowParser) label() *float64 {
	y, ok := readLabel(p.text("y"))
	if !ok {
		p.fail("y", strconv.Quote(norm.NFKC.String(p.text("y")))+" is no label: write 1 for liked, 0 for not, or leave it empty")
	}
	return y
}

// readLabel reads 1, 0, their words, or a share between them; nil for nothing.
func readLabel(s string) (label *float64, ok bool) {
	s = norm.NFKC.String(s)
	if s == "" || strings.EqualFold(s, "nan") || strings.EqualFold(s, "null") {
		return nil, true
	}
	var y float64
	if v, ok := truth(s); ok {
		if v {
			y = 1
		}
		return &y, true
	}
	y, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || !(y >= 0 && y <= 1) {
		return nil, false
	}
	return &y, true
}

func (p *rowParser) date(column string) (time.Time, bool) {
	s := p.text(column)
	if s == "" || strings.EqualFold(s, "nan") || strings.EqualFold(s, "nat") {
		return time.Time{}, false
	}
	t, ok := p.dates.parse(column, s)
	if !ok {
		p.fail(column, strconv.Quote(s)+" is not a date: write it as 2019-11-26")
	}
	return t, ok
}

// dateReader counts for each date column the dates that have the day first, the
// month first, and points or dashes.
type dateReader map[string]struct{ day, month, dotted int }

var (
	slashed = regexp.MustCompile(`^(\d{1,2})([/.-])(\d{1,2})[/.-](\d{4}|\d{2})\b`)
	// yearFirst matches 2019/1/5, 2019. 1. 5. and 2019年1月5日.
	yearFirst = regexp.MustCompile(`^(\d{4})(?:[/.-] ?|年)(\d{1,2})(?:[/.-] ?|月)(\d{1,2})(?:\D|$)`)
)

// note counts the forms of a record's dates.
func (d dateReader) note(record []string, at map[string]int) {
	for _, column := range []string{"published", "scraped", "voted_at"} {
		i, ok := at[column]
		if !ok || i >= len(record) {
			continue
		}
		m := slashed.FindStringSubmatch(strings.TrimSpace(record[i]))
		if m == nil {
			continue
		}
		forms := d[column]
		if whole(m[1]) > 12 {
			forms.day++
		}
		if whole(m[3]) > 12 {
			forms.month++
		}
		if m[2] != "/" {
			forms.dotted++
		}
		d[column] = forms
	}
}

// monthFirst reports whether the dates of a column have the month first. If they
// are ambiguous, slashes mean month first; points and dashes mean day first.
func (d dateReader) monthFirst(column string) bool {
	f := d[column]
	return f.month > f.day || (f.month == f.day && f.dotted == 0)
}

// dateLayouts are the forms with the year first, and those with the name of the
// month. Go accepts a fraction after any seconds.
var dateLayouts = []string{
	time.DateOnly, time.RFC3339, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 MST",
	"2006-01-02T15:04:05Z0700", "2006-01-02 15:04", "2006/01/02 15:04:05", "20060102",
	"Jan 2, 2006", "2 Jan 2006", "January 2, 2006", "2 January 2006",
}

func (d dateReader) parse(column, s string) (time.Time, bool) {
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), plausible(t)
		}
	}
	var year, month, day int
	if m := yearFirst.FindStringSubmatch(s); m != nil {
		year, month, day = whole(m[1]), whole(m[2]), whole(m[3])
	} else if m := slashed.FindStringSubmatch(s); m != nil {
		day, month, year = whole(m[1]), whole(m[3]), whole(m[4])
		switch {
		case len(m[4]) > 2:
		case year < 50: // as spreadsheets do
			year += 2000
		default:
			year += 1900
		}
		if d.monthFirst(column) {
			day, month = month, day
		}
	} else {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day || int(t.Month()) != month {
		return time.Time{}, false
	}
	return t, plausible(t)
}

func whole(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// plausible reports whether the catalogue can store a date.
func plausible(t time.Time) bool { return t.Year() >= 1700 && t.Year() < 2200 }
