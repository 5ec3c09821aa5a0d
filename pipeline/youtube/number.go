package youtube

import (
	"math"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// ParseCount reads a count as YouTube writes it in any of its languages:
// "1,234,567 views", "1,2 mi de visualizações", "12,34,567", "1 lakh",
// "123万 回視聴", "1 234 567 vues", "No views". It reports whether the text
// holds a count and whether that is approximate, because YouTube truncates
// what it writes with a unit ("1.8K" for 1,862).
func ParseCount(text string) (count int64, approximate, ok bool) {
	s := plainNumber(text)
	start := strings.IndexAny(s, "0123456789")
	if start < 0 {
		return 0, false, zeroWords.in(s)
	}
	numeral, rest := splitNumeral(s[start:])
	if strings.ContainsAny(rest, "0123456789") {
		return 0, false, false // a date, a time or two counts
	}
	scale := unitScale(rest)
	if scale == 1 && strings.HasPrefix(strings.TrimSpace(s[:start]), "조회수") {
		scale = unitScale(strings.TrimSpace(rest))
	}
	value, ok := numeralValue(numeral, scale > 1)
	if !ok {
		return 0, false, false
	}
	value *= scale
	if value > 1e15 {
		return 0, false, false
	}
	return int64(math.Round(value)), scale > 1, true
}

// plainNumber lowers the text, writes every digit in ASCII and every space as
// a space, turns the Arabic separators into ours and drops direction marks.
func plainNumber(text string) string {
	if ascii(text) {
		return strings.ToLower(text)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return unicode.ToLower(r)
		case unicode.Is(unicode.Nd, r):
			return '0' + digitValue(r)
		case unicode.Is(unicode.Zs, r):
			return ' '
		case r == '٬' || r == '،': // thousands separator, comma
			return ','
		case r == '٫': // decimal separator
			return '.'
		case r == '’' || r == 'ʼ': // Swiss grouping
			return '\''
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFC.String(text))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// digitValue returns the value of a decimal digit of any script. Unicode
// encodes each script's ten digits in a row.
func digitValue(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if uint16(r) >= t.Lo && rune(t.Hi) >= r && r <= math.MaxUint16 {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if uint32(r) >= t.Lo && uint32(r) <= t.Hi {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}

// splitNumeral cuts the numeral that s begins with, with its separators. A
// space groups only before exactly three digits.
func splitNumeral(s string) (numeral, rest string) {
	digits := func(from int) (n int) {
		for from+n < len(s) && s[from+n] >= '0' && s[from+n] <= '9' {
			n++
		}
		return n
	}
	end := digits(0)
	for end < len(s) {
		n := digits(end + 1)
		if n == 0 {
			break
		}
		switch s[end] {
		case '.', ',', '\'':
		case ' ':
			if n != 3 {
				return s[:end], s[end:]
			}
		default:
			return s[:end], s[end:]
		}
		end += 1 + n
	}
	return s[:end], s[end:]
}

// numeralValue reads a numeral. Before a unit the last separator is a decimal
// sign unless three digits follow it; without a unit all separators group.
func numeralValue(numeral string, unit bool) (float64, bool) {
	last := strings.LastIndexAny(numeral, ".,' ")
	fraction := ""
	if last >= 0 {
		switch after := len(numeral) - last - 1; {
		case unit && after != 3:
			numeral, fraction = numeral[:last], numeral[last+1:]
		case after != 3:
			return 0, false // "4.9" is no count
		}
	}
	value := 0.0
	for _, r := range numeral {
		if r >= '0' && r <= '9' {
			value = value*10 + float64(r-'0')
		}
	}
	place := 0.1
	for _, r := range fraction {
		if r >= '0' && r <= '9' {
			value += float64(r-'0') * place
			place /= 10
		}
	}
	return value, value < 1e15
}

// unitScale returns what the unit at the start of rest multiplies by, 1 when
// there is none.
func unitScale(rest string) float64 {
	rest = strings.TrimLeft(rest, " ")
	for _, u := range joinedUnits {
		if strings.HasPrefix(rest, u.word) {
			return u.scale
		}
	}
	word, after := firstWord(rest)
	scale, ok := units[word]
	if !ok {
		return 1
	}
	next, _ := firstWord(strings.TrimLeft(after, ". "))
	switch {
	case word == "b" && turkish.in(after): // "12 B görüntüleme": bin, thousand
		return 1e3
	case word == "mil" && (next == "m" || next == "millones" || next == "mln"): // es "1,2 mil M"
		return 1e9
	}
	return scale
}

func firstWord(s string) (word, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}

// joinedUnits stand before the next word without a space.
var joinedUnits = []struct {
	word  string
	scale float64
}{
	{"千万", 1e7}, {"百万", 1e6}, {"十万", 1e5},
	{"万", 1e4}, {"萬", 1e4}, {"億", 1e8}, {"亿", 1e8}, {"兆", 1e12}, {"千", 1e3},
	{"천만", 1e7}, {"백만", 1e6}, {"만", 1e4}, {"억", 1e8}, {"천", 1e3},
	{"ล้าน", 1e6}, {"แสน", 1e5}, {"หมื่น", 1e4}, {"พัน", 1e3},
}

// units are whole words, lower case, without a full stop.
var units = composed(map[string]float64{
	"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "millions": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9,
	"t": 1e12, "trillion": 1e12,
	"lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "crore": 1e7, "crores": 1e7, "cr": 1e7, "l": 1e5,
	"mil": 1e3, "mi": 1e6, "milhão": 1e6, "milhões": 1e6, "bi": 1e9, "bilhão": 1e9, "bilhões": 1e9, // pt
	"mill": 1e6, "millón": 1e6, "millones": 1e6, // es
	"tsd": 1e3, "mio": 1e6, "millionen": 1e6, "mrd": 1e9, "milliarden": 1e9, // de
	"md": 1e9, "mds": 1e9, "milliard": 1e9, "milliards": 1e9, // fr
	"mila": 1e3, "mln": 1e6, "milioni": 1e6, "mld": 1e9, "miliardi": 1e9, // it
	"тыс": 1e3, "тисяч": 1e3, "тис": 1e3, "млн": 1e6, "млрд": 1e9, // ru, uk
	"tys": 1e3, "tis": 1e3, "mlrd": 1e9, // pl, cs
	"bin": 1e3, "mn": 1e6, "mr": 1e9, // tr
	"rb": 1e3, "ribu": 1e3, "jt": 1e6, "juta": 1e6, // id
	"n": 1e3, "tr": 1e6, "nghìn": 1e3, "triệu": 1e6, "tỷ": 1e9, // vi
	"dzd": 1, "duizend": 1e3, "miljoen": 1e6, "miljard": 1e9, // nl
	"tn": 1e3, "milj": 1e6, "mdr": 1e9, "tusen": 1e3, "millioner": 1e6, "miljoner": 1e6, // nordic
	"हज़ार": 1e3, "हजार": 1e3, "लाख": 1e5, "करोड़": 1e7, "अरब": 1e9, // hi
	"হাজার": 1e3, "লাখ": 1e5, "কোটি": 1e7, // bn
	"ألف": 1e3, "آلاف": 1e3, "ألفًا": 1e3, "مليون": 1e6, "ملايين": 1e6, "مليار": 1e9, // ar
	"هزار": 1e3, "میلیون": 1e6, "میلیارد": 1e9, // fa
	"אלף": 1e3, "מיליון": 1e6, // he
	"χιλ": 1e3, "εκ": 1e6, "δισ": 1e9, // el
})

// composed puts the keys into the form that plainNumber gives texts.
func composed(words map[string]float64) map[string]float64 {
	m := make(map[string]float64, len(words))
	for word, scale := range words {
		m[norm.NFC.String(word)] = scale
	}
	return m
}

// wordList is a set of fragments, lower case, of which one in a text decides.
type wordList []string

func (l wordList) in(s string) bool {
	for _, w := range l {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

var turkish = wordList{"görüntüleme", "abone", "kez", "izle"}

// zeroWords are how "No views" and "No subscribers" begin or what they hold.
var zeroWords = wordList{
	"no views", "no subscribers", "no likes", "no view", "nenhum", "sem visualiza", "keine", "kein aufruf", "aucun", "ningun", "ningún", "sin visualizaciones", "sin vistas",
	"нет просмотров", "нет подписчиков", "немає", "nessuna", "nessun", "geen", "brak", "yok", "belum", "tidak ada", "inga", "ingen", "žádn", "chưa có",
	"कोई व्यू नहीं", "कोई नहीं", "回視聴なし", "視聴なし", "視聴回数なし", "조회수 없음", "없음", "无人", "無人", "没有", "沒有", "尚无", "尚無", "لا توجد", "بدون", "ไม่มี",
}

// watchingWords mark a count as people watching or waiting now.
var watchingWords = wordList{
	"watching", "waiting", "assistindo", "aguardando", "à espera", "a ver ", "esperando", "viendo", "espectador", "zuschauer", "sehen", "schauen", "warten", "wartend",
	"spectateur", "en attente", "regarde", "смотр", "зрител", "ждут", "ожида", "spettator", "in attesa", "guardando", "kijker", "wachtend", "izliyor", "bekliyor", "ogląda", "czeka",
	"menonton", "menunggu", "देख रहे", "इंतज़ार", "इंतज़ार", "प्रतीक्षा", "視聴中", "待機", "시청 중", "시청중", "대기", "正在观看", "正在觀看", "人在看", "等待", "يشاهد", "مشاهد الآن", "ينتظر", "đang xem", "đang chờ", "กำลังดู",
}

// viewWords mark a count as views.
var viewWords = wordList{
	"view", "visualiza", "aufruf", "vue", "vista", "visualizzazion", "visualizacion", "просмотр", "перегляд", "weergave", "görüntüleme", "wyświetl", "zhlédnut", "ditonton", "penayangan",
	"visning", "näyttö", "व्यू", "बार देखा", "視聴", "回視聴", "조회", "次观看", "觀看", "观看", "مشاهد", "lượt xem", "การดู", "προβολ",
}

func isWatching(text string) bool { return watchingWords.in(strings.ToLower(text)) }
func isViews(text string) bool    { return viewWords.in(strings.ToLower(text)) }

// count parses text into a pointer, nil when it holds no count.
func count(text string) *int64 {
	n, _, ok := ParseCount(text)
	if !ok {
		return nil
	}
	return &n
}
