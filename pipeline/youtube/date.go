package youtube

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	day   = 24 * time.Hour
	month = 30 * day
	year  = 365 * day
)

// ParseDate reads an absolute date: RFC 3339 (exact), "2019-12-05", and the
// forms that YouTube shows, "Dec 5, 2019", "9 Sept 2010", "27.04.2021",
// "Publicado em 15 de mar. de 2020", "2019年12月5日". Shown dates are known to
// the day. A date like 3/4/2021, which may mean two days, is unknown.
func ParseDate(text string) Date {
	text = strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339, text); err == nil && plausible(t) {
		return Date{Time: t.UTC()}
	}
	if _, isAge := ParseAge(text); isAge {
		return Date{}
	}
	numbers, separator, named := dateTokens(plainNumber(text))
	var y, m, d int
	switch {
	case named > 0 && len(numbers) >= 2:
		m = int(named)
		y, d = numbers[1], numbers[0]
		if numbers[0] > 31 { // the year leads
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

// dateTokens returns the first three numbers of a text, what separates the
// first two, and the month that is named, if any.
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

// composedStems puts the stems into the form that plainNumber gives texts.
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

// Before returns the date that lies this age before at, known to one unit.
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

// ParseAge reads "2 hours ago", "Streamed 13 minutes ago", "há 1 ano",
// "vor 4 Jahren", "il y a 3 mois", "3 года назад", "2 日前" and their like.
func ParseAge(text string) (Age, bool) {
	s := plainNumber(text)
	if !agoWords.in(s) {
		return Age{}, false
	}
	start := strings.IndexAny(s, "0123456789")
	if start < 0 {
		return Age{}, false
	}
	end := start
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(s[start:end], 10, 32)
	if err != nil {
		return Age{}, false
	}
	unit := ageUnit(strings.TrimLeft(s[end:], " "))
	if unit == 0 || n > int64(100*year/unit) {
		return Age{}, false
	}
	return Age{N: n, Unit: unit}, true
}

func ageUnit(rest string) time.Duration {
	word := strings.TrimLeftFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })
	word += " "
	for _, u := range ageUnits {
		for _, stem := range u.stems {
			if strings.HasPrefix(word, stem) {
				return u.unit
			}
		}
	}
	return 0
}

var agoWords = wordList{
	"ago", "há ", "atrás", "hace ", "vor ", "il y a", "назад", "тому", "fa", "geleden", "önce", "temu", "lalu", "sedan", "siden", "sitten", "před", "trước",
	"前", "전", "पहले", "قبل", "منذ", "पूर्व", "পূর্বে", "আগে", "ที่ผ่านมา", "ที่แล้ว", "πριν", "לפני",
}

// ageUnits are tried in order: longer stems stand before those they begin with.
var ageUnits = composedUnits([]unitStems{
	{month, []string{"month", "mes", "mês", "moi", "monat", "mo ", "мес", "міс", "maand", "ay ", "mies", "bulan", "månad", "måned", "kuukau", "měs", "tháng",
		"か月", "ヶ月", "カ月", "个月", "個月", "개월", "महीन", "माह", "شهر", "أشهر", "شهور", "เดือน", "μήν", "חודש"}},
	{time.Minute, []string{"min", "мин", "хв", "dakika", "dk", "menit", "phút", "分", "분", "मिनट", "دقيقة", "دقائق", "นาที", "λεπτ", "דק"}},
	{time.Second, []string{"sec", "seg", "sek", "сек", "saniye", "detik", "giây", "秒", "초", "सेकंड", "ثانية", "ثوان", "วินาที"}},
	{time.Hour, []string{"hour", "hora", "heure", "stund", "std", "час", "годин", "ore", "ora ", "uur", "saat", "godz", "jam", "timm", "time", "tunti", "hod", "giờ",
		"時間", "小时", "小時", "시간", "घंट", "ساعة", "ساعات", "ชั่วโมง", "ώρ", "שע"}},
	{7 * day, []string{"week", "semana", "semaine", "woche", "недел", "тижд", "settiman", "we", "hafta", "tydz", "tyg", "minggu", "veck", "uge", "uke", "viikko", "týd", "tuần",
		"週間", "週", "周", "星期", "주", "हफ़्त", "हफ्त", "सप्ताह", "أسبوع", "أسابيع", "สัปดาห์", "εβδομ", "שבוע"}},
	{year, []string{"year", "ano", "año", "an ", "ans ", "anni", "anno", "jahr", "лет", "года", "год", "рік", "рок", "jaar", "yıl", "rok", "lat", "tahun", "år", "vuosi", "vuot", "let", "năm",
		"年", "년", "साल", "वर्ष", "سنة", "سنوات", "عام", "أعوام", "ปี", "χρόν", "έτος", "שנ"}},
	{day, []string{"day", "dia", "día", "jour", "tag", "дн", "день", "дні", "giorn", "dag", "gün", "dzie", "dni", "hari", "päiv", "den", "ngày",
		"日", "天", "일", "दिन", "يوم", "أيام", "วัน", "ημέρ", "μέρ", "יום", "ימים"}},
})

type unitStems struct {
	unit  time.Duration
	stems []string
}

func composedUnits(units []unitStems) []unitStems {
	for _, u := range units {
		for i := range u.stems {
			u.stems[i] = norm.NFC.String(u.stems[i])
		}
	}
	return units
}
