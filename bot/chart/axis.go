package chart

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Format is how an axis writes its numbers.
type Format int

// The formats.
const (
	Number  Format = iota // 1,200 or 0.35
	Percent               // 0.35 is 35%
	Integer               // a count: no ticks between whole numbers
	Date                  // seconds since 1970, UTC
)

// Axis describes one direction of a plot.
type Axis struct {
	Label  string // what and in which unit: "posts", "views a day"
	Format Format
	// Min and Max widen the range of the data, if Min < Max. Except for dates, the
	// ends of the range are then rounded outwards to ticks.
	Min, Max float64
}

// scale maps values of an axis to pixels.
type scale struct {
	axis     Axis
	min, max float64
	from, to float64 // pixels of min and max
	ticks    []float64
	step     float64
}

// newScale fits an axis to the range of data and about n ticks.
func newScale(a Axis, low, high, from, to float64, n int) scale {
	if a.Min < a.Max {
		low, high = min(low, a.Min), max(high, a.Max)
	}
	if a.Format == Date { // the years 0 to 9999, which a date can be written in
		low, high = max(low, -62167219200), min(high, 253402300799)
	}
	if !(low <= high) { // no finite value
		low, high = 0, 1
		if a.Format == Date {
			high = 86400
		}
	}
	if low == high {
		grow := math.Abs(low) * 0.1
		if grow == 0 || a.Format == Integer || a.Format == Date {
			grow = 1
		}
		low, high = low-grow, high+grow
	}
	s := scale{axis: a, min: low, max: high, from: from, to: to}
	if a.Format == Date {
		s.ticks, s.step = dateTicks(low, high, n)
		return s
	}
	s.step = niceStep((high - low) / float64(max(n, 2)))
	if a.Format == Integer {
		s.step = max(s.step, 1)
	}
	s.min, s.max = math.Floor(low/s.step+1e-9)*s.step, math.Ceil(high/s.step-1e-9)*s.step
	if !(s.max > s.min) {
		s.max = s.min + s.step
	}
	if !(s.max > s.min) { // the step is too small for a float
		s.min, s.max, s.step = 0, 1, 1
	}
	// A step so small that adding it changes nothing must not loop for ever.
	for i := 0; i <= 4*n+8; i++ {
		v := s.min + float64(i)*s.step
		if v > s.max+s.step/2 {
			break
		}
		s.ticks = append(s.ticks, v)
	}
	return s
}

// at is the pixel of a value, inside the axis.
func (s scale) at(v float64) float64 {
	t := (v - s.min) / (s.max - s.min)
	return s.from + min(max(t, 0), 1)*(s.to-s.from)
}

// label formats the number at a tick.
func (s scale) label(v float64) string { return format(s.axis.Format, v, s.step) }

// niceStep rounds v up to 1, 2 or 5 times a power of ten.
func niceStep(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// dateTicks returns about n starts of hours, days, months or years in UTC, and their
// distance.
func dateTicks(low, high float64, n int) ([]float64, float64) {
	const day = 86400
	want := (high - low) / float64(max(n, 2))
	if want > 20*day {
		return monthTicks(low, high, int(math.Ceil(want/(30.5*day))))
	}
	step := 3600.0
	for _, s := range []float64{3600, 3 * 3600, 6 * 3600, 12 * 3600, day, 2 * day, 4 * day, 7 * day, 14 * day, 28 * day} {
		if step = s; s >= want {
			break
		}
	}
	var ticks []float64
	for v := math.Ceil(low/step) * step; v <= high && len(ticks) < 4*n+8; v += step {
		ticks = append(ticks, v)
	}
	return ticks, step
}

// monthTicks returns first days of months, at least the given number of months apart,
// and their distance.
func monthTicks(low, high float64, months int) ([]float64, float64) {
	for _, m := range []int{1, 2, 3, 6, 12, 24, 60, 120} {
		if m >= months {
			months = m
			break
		}
	}
	t := time.Unix(int64(low), 0).UTC()
	t = time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	var ticks []float64
	for range 2000 {
		v := float64(t.Unix())
		if v > high || len(ticks) > 40 {
			break
		}
		if v >= low {
			ticks = append(ticks, v)
		}
		t = t.AddDate(0, months, 0)
	}
	return ticks, float64(months) * 30 * 86400
}

// format writes a value with enough digits that neighbouring ticks differ.
func format(f Format, v, step float64) string {
	switch f {
	case Percent:
		return strconv.FormatFloat(v*100, 'f', digits(step*100), 64) + "%"
	case Integer:
		return group(strconv.FormatFloat(math.Round(v), 'f', 0, 64))
	case Date:
		t := time.Unix(int64(v), 0).UTC()
		switch {
		case step < 86400:
			return t.Format("2 Jan 15:04")
		case step > 20*86400:
			return t.Format("Jan 2006")
		default:
			return t.Format("2 Jan")
		}
	}
	switch a := math.Abs(v); {
	case a >= 1e15:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 1e9:
		return trim(v/1e9, 1) + "B"
	case a >= 1e6:
		return trim(v/1e6, 1) + "M"
	case a >= 1e4:
		return trim(v/1e3, 1) + "k"
	}
	return group(strconv.FormatFloat(v, 'f', digits(step), 64))
}

// digits is how many decimals neighbouring ticks need to differ.
func digits(step float64) int {
	if !(step > 0) || step >= 1 {
		return 0
	}
	return min(int(math.Ceil(-math.Log10(step)-1e-9)), 6)
}

// trim writes a value with at most n decimals.
func trim(v float64, n int) string {
	s := strconv.FormatFloat(v, 'f', n, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// group separates thousands by commas and writes a typographic minus sign.
func group(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "−", s[1:]
	}
	whole, rest, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		rest = "." + rest
	}
	if strings.Trim(whole+rest, "0.,") == "" {
		sign = ""
	}
	return sign + whole + rest
}
