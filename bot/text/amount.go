package text

import (
	"fmt"
	"math"
	"strings"

	"golang.org/x/text/number"
)

// Amount is the number of a fact about a video, as feature.Facts counts it, the way
// people write it: a length as "3 min 20 s", an age as "2 weeks", a count as "1.2
// million". It is "" for 0, which may stand for what is not known, and for what is
// no number.
func (l *Language) Amount(fact string, n float64) string {
	if n == 0 || math.IsNaN(n) || math.IsInf(n, 0) {
		return ""
	}
	switch underscored(fact) {
	case "category":
		return ""
	case "duration", "length":
		return l.length(n)
	case "age", "fresh":
		return l.age(n)
	case "like_ratio", "dislike_ratio", "capitals", "capitalised", "foreign":
		return l.Say("amount.share", "value", l.decimal(100*n))
	case "growth": // of the views in a day, as a factor
		return l.Say("amount.growth", "value", l.decimal(100*(n-1)))
	case "music", "short", "live", "artist", "question", "weekend":
		return l.Say("amount.yes")
	case "weekday": // from Monday, 0
		return l.Say(fmt.Sprintf("amount.weekday.%d", min(max(int(math.Round(n)), 0), 6)))
	case "height":
		return fmt.Sprintf("%.0fp", n)
	}
	return l.count(n)
}

// length is a duration of so many seconds, in its two largest units.
func (l *Language) length(seconds float64) string {
	left := int(math.Round(min(max(seconds, 1), 1e9)))
	var parts []string
	for _, unit := range []struct {
		key     string
		seconds int
	}{{"amount.hours", 3600}, {"amount.minutes", 60}, {"amount.seconds", 1}} {
		if n := left / unit.seconds; n > 0 && len(parts) < 2 {
			parts = append(parts, l.Say(unit.key, "n", n))
			left -= n * unit.seconds
		}
	}
	return strings.Join(parts, " ")
}

// age is a time of so many days, in the unit that people would take.
func (l *Language) age(days float64) string {
	unit, n := "amount.years", days/365.25
	switch {
	case days < 1:
		return l.Say("amount.today")
	case days < 13.5:
		unit, n = "amount.days", days
	case days < 60:
		unit, n = "amount.weeks", days/7
	case days < 700:
		unit, n = "amount.months", days/30.44
	}
	return l.Say(unit, "n", int(math.Round(n)))
}

// count is a number of things: whole from ten on, and in millions.
func (l *Language) count(n float64) string {
	for _, unit := range []struct {
		key  string
		size float64
	}{{"amount.billions", 1e9}, {"amount.millions", 1e6}} {
		if v := math.Round(10*n/unit.size) / 10; v >= 1 {
			return l.said(unit.key, int(v), "value", l.decimal(v))
		}
	}
	switch {
	case n >= 1e4:
		n = math.Round(n/1e3) * 1e3
	case n < 10:
		return l.decimal(n)
	}
	return l.Number(int(math.Round(n)))
}

// said is Say of a text whose plural form a whole number chooses that it does not
// show.
func (l *Language) said(key string, n int, args ...any) string {
	return l.Say(key, append([]any{"n", n}, args...)...)
}

// decimal is a number with one decimal, without one from ten on.
func (l *Language) decimal(v float64) string {
	digits := 1
	if math.Abs(v) >= 10 {
		digits = 0
	}
	return l.numbers.Sprint(number.Decimal(v, number.MaxFractionDigits(digits)))
}
