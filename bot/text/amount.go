package text

import (
	"fmt"
	"math"
	"strings"

	"golang.org/x/text/number"
)

// Amount writes a number of a video the way people do: a length as "3 min 20 s", an
// age as "2 weeks", a count as "1.2 million". fact is the number's name, and n has the
// unit that feature.Facts gives it. Amount returns "" for a category, which has no
// number, for NaN and infinities, and for 0, which may mean that nobody knows it.
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

// length writes a duration in its two largest units.
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

// age writes a number of days as days, weeks, months or years.
func (l *Language) age(days float64) string {
	unit, n := "amount.years", days/365.25
	switch {
	case days < 1:
		return l.Say("amount.today")
	case days < 14:
		unit, n = "amount.days", math.Floor(days) // as reason.fresh and the pages count
	case days < 60:
		unit, n = "amount.weeks", days/7
	case days < 700:
		unit, n = "amount.months", days/30.44
	}
	return l.Say(unit, "n", int(math.Round(n)))
}

// count writes a number of things: below ten with one decimal, then as a whole
// number, from 10,000 on in whole thousands, and from a million on as "1.2 million".
func (l *Language) count(n float64) string {
	for _, unit := range []struct {
		key  string
		size float64
	}{{"amount.billions", 1e9}, {"amount.millions", 1e6}} {
		if v := math.Round(10*n/unit.size) / 10; v >= 1 {
			return l.Say(unit.key, "n", int(v), "value", l.decimal(v)) // n chooses the plural form, value is shown
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

// decimal writes a number below ten with one decimal and a larger one with none.
func (l *Language) decimal(v float64) string {
	digits := 1
	if math.Abs(v) >= 10 {
		digits = 0
	}
	return l.numbers.Sprint(number.Decimal(v, number.MaxFractionDigits(digits)))
}
