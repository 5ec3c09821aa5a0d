package youtube

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

const (
	day   = 24 * time.Hour
	month = 30 * day
	year  = 365 * day
)

// parseDate reads an absolute date: RFC 3339 (exact), "2019-12-05", and the
// forms that YouTube shows, "Dec 5, 2019", "9 Sept 2010", "27.04.2021",
// "Publicado em 15 de mar. de 2020", "2019年12月5日", which are precise to the
// day. An ambiguous date such as 3/4/2021 is unknown.
func parseDate(text string) Date {
	text = strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339, text); err == nil && plausible(t) {
		return Date{Time: t.UTC()}
	}
	if _, isAge := readAge(text); isAge {
		return Date{}
	}
	numbers, separator, named := dateTokens(plainNumber(text))
	var y, m, d int
	switch {
	case named > 0 && len(numbers) >= 2:
		m = int(named)
		y, d = numbers[1], numbers[0]
		if numbers[0] > 31 { // the year comes first
			y, d = numbers[0], numbers[1]
		}
	case named == 0 && len(numbers) >= 3 && numbers[0] > 31:
		y, m, d = numbers[0], numbers[1], numbers[2]
	case named == 0 && len(numbers) >= 3 && numbers[2] > 31:
		y, m, d = numbers[2], numbers[1], numbers[0]
		if separator == '/' && m <= 12 && d <= 12 && m != d {
			return Date{}
		}
		if m > 12 {
			m, d = d, m
		}
	}
	if d < 1 || d > 31 || m < 1 || m > 12 {
		return Date{}
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d || !plausible(t) {
		return Date{}
	}
	return Date{Time: t, Precision: day}
}

// plausible bounds years: YouTube began in 2005.
func plausible(t time.Time) bool { return t.Year() >= 2005 && t.Year() < 2200 }

// dateTokens returns the first three numbers of a text, the separator between the
// first two, and the named month, if any.
func dateTokens(s string) (numbers []int, separator byte, named time.Month) {
	for i := 0; i < len(s) && len(numbers) < 3; {
		if s[i] >= '0' && s[i] <= '9' {
			end := i
			for end < len(s) && s[end] >= '0' && s[end] <= '9' {
				end++
			}
			n, err := strconv.Atoi(s[i:end])
			if err != nil || end-i > 4 {
				return nil, 0, 0
			}
			if len(numbers) == 0 && end < len(s) {
				separator = s[end]
			}
			numbers = append(numbers, n)
			i = end
			continue
		}
		word, _ := firstWord(s[i:])
		if word == "" {
			i++
			continue
		}
		if m, ok := months[word]; ok && named == 0 {
			named = m
		} else if len(word) > 3 && named == 0 {
			named = monthByStem(word)
		}
		i += len(word)
	}
	return numbers, separator, named
}

type monthStem struct {
	stem  string
	month time.Month
}

// composedStems normalizes the stems as plainNumber normalizes texts.
func composedStems(stems []monthStem) []monthStem {
	for i := range stems {
		stems[i].stem = norm.NFC.String(stems[i].stem)
	}
	return stems
}

// monthByStem recognises a month's full name by its beginning.
func monthByStem(word string) time.Month {
	for _, s := range monthStems {
		if strings.HasPrefix(word, s.stem) {
			return s.month
		}
	}
	return 0
}

// months are the short names of months, lower case, without a full stop.
var months = func() map[string]time.Month {
	m := map[string]time.Month{}
	for _, row := range []string{
		"jan feb mar apr may jun jul aug sep oct nov dec",
		"jan fev mar abr mai jun jul ago set out nov dez",        // pt
		"ene feb mar abr may jun jul ago sept oct nov dic",       // es
		"janv févr mars avr mai juin juil août sept oct nov déc", // fr
		"jan feb mär apr mai jun jul aug sep okt nov dez",        // de
		"gen feb mar apr mag giu lug ago set ott nov dic",        // it
		"jan feb mrt apr mei jun jul aug sep okt nov dec",        // nl, id
		"янв февр мар апр мая июн июл авг сент окт нояб дек",     // ru
		"янв фев марта апр май июня июля авг сен окт ноя дек",    // ru
		"sty lut mar kwi maj cze lip sie wrz paź lis gru",        // pl
		"oca şub mar nis may haz tem ağu eyl eki kas ara",        // tr
		"जन फ़र मार्च अप्रैल मई जून जुल अग सित अक्टू नव दिस",     // hi
		"जन॰ फ़र॰ मार्च अप्रैल मई जून जुल॰ अग॰ सित॰ अक्तू॰ नव॰ दिस॰", // hi
		"يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
	} {
		for i, name := range strings.Fields(row) {
			m[norm.NFC.String(name)] = time.Month(i + 1)
		}
	}
	return m
}()

var monthStems = composedStems([]monthStem{
	{"janu", 1}, {"janei", 1}, {"janv", 1}, {"ener", 1}, {"genn", 1}, {"янва", 1}, {"जनव", 1},
	{"febr", 2}, {"feve", 2}, {"févr", 2}, {"февр", 2}, {"फ़र", 2}, {"फर", 2},
	{"march", 3}, {"março", 3}, {"marz", 3}, {"märz", 3}, {"maart", 3}, {"март", 3},
	{"apri", 4}, {"abri", 4}, {"avri", 4}, {"апре", 4}, {"अप्र", 4},
	{"maio", 5}, {"mayo", 5}, {"magg", 5}, {"june", 6}, {"junh", 6}, {"juni", 6}, {"giug", 6}, {"июн", 6},
	{"july", 7}, {"julh", 7}, {"juli", 7}, {"juil", 7}, {"lugl", 7}, {"июл", 7}, {"जुला", 7},
	{"augu", 8}, {"agos", 8}, {"août", 8}, {"авгу", 8}, {"अगस", 8},
	{"sept", 9}, {"sete", 9}, {"sett", 9}, {"сент", 9}, {"सित", 9},
	{"octo", 10}, {"octu", 10}, {"outu", 10}, {"okto", 10}, {"otto", 10}, {"октя", 10}, {"अक्", 10},
	{"nove", 11}, {"novi", 11}, {"нояб", 11}, {"नवं", 11},
	{"dece", 12}, {"deze", 12}, {"dici", 12}, {"déce", 12}, {"dice", 12}, {"дека", 12}, {"दिस", 12},
})

// Age is a relative time: N units ago, rounded down by YouTube.
type Age struct {
	N    int64
	Unit time.Duration // a month is 30 days, a year 365
}

// Before returns the date of this age before at, with a precision of one unit.
func (a Age) Before(at time.Time) Date {
	at = at.UTC()
	switch a.Unit {
	case year:
		at = at.AddDate(-int(a.N), 0, 0)
	case month:
		at = at.AddDate(0, -int(a.N), 0)
	default:
		at = at.Add(-time.Duration(a.N) * a.Unit)
	}
	return Date{Time: at, Precision: a.Unit}
}

// readAge reads "2 hours ago", "3d ago", "Streamed 13 minutes ago",
// "há 1 ano", "vor 4 Jahren", "il y a 3 mois", "3 года назад", "2 日前" and the
// like, and the forms of Arabic and Hebrew that have no digit.
func readAge(text string) (Age, bool) {
	s := plainNumber(text)
	return parseAge(s, marksIn(s))
}

// parseAge is readAge for the results of plainNumber and marksIn.
func parseAge(s string, m marks) (Age, bool) {
	if !m.has(markAgo) {
		return Age{}, false
	}
	for i := range words().languages {
		if m[markAgo].has(i) {
			if n, unit := words().languages[i].ageIn(s); unit != 0 {
				if n > int64(100*year/unit) {
					break
				}
				return Age{N: n, Unit: unit}, true
			}
		}
	}
	return Age{}, false
}

// parseStart reads the start of an upcoming video: "Premieres 14/08/2030,
// 13:00", "Scheduled for Dec 5, 2030", or a date after at. If the text is one
// but its time is not understood, ok is true and start zero.
func parseStart(s string, m *marks, at time.Time) (start time.Time, ok bool) {
	if m.has(markAgo) {
		return time.Time{}, false
	}
	date := parseDate(s)
	hour, minute, clock := clockIn(s)
	if date.Known() {
		start = date.Time.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
		if !at.IsZero() {
			// Up to a day ago counts as well, as the page's time zone is not
			// known.
			return start, start.After(at) || (clock || m.has(markUpcoming)) && start.Add(day).After(at)
		}
	}
	return start, clock || m.has(markUpcoming)
}

// clockIn finds a time of day, "13:00" or "1:00 PM", in a text with other
// numbers.
func clockIn(s string) (hour, minute int, ok bool) {
	colon := strings.IndexByte(s, ':')
	if colon < 0 || len(s) < colon+3 {
		return 0, 0, false
	}
	start := colon
	for start > 0 && s[start-1] >= '0' && s[start-1] <= '9' {
		start--
	}
	hour, err := strconv.Atoi(s[start:colon])
	minute, err2 := strconv.Atoi(s[colon+1 : colon+3])
	after := strings.TrimLeft(s[colon+3:], " ")
	if err != nil || err2 != nil || hour > 24 || minute < 0 || minute > 59 || strings.HasPrefix(after, ":") || !strings.ContainsAny(s[:start]+after, "0123456789") {
		return 0, 0, false
	}
	half, _ := firstWord(strings.Replace(after, ".", "", 1))
	switch {
	case half == "pm" && hour < 12:
		hour += 12
	case half == "am" && hour == 12:
		hour = 0
	}
	return hour, minute, true
}
