package fakeyoutube

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// group writes a number with commas.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func viewText(n int64) string {
	switch n {
	case 0:
		return "No views"
	case 1:
		return "1 view"
	}
	return group(n) + " views"
}

// compact writes a number as YouTube shortens it: cut, not rounded.
func compact(n int64) string {
	for _, u := range []struct {
		size int64
		sign string
	}{{1e9, "B"}, {1e6, "M"}, {1e3, "K"}} {
		switch {
		case n >= 10*u.size:
			return strconv.FormatInt(n/u.size, 10) + u.sign
		case n >= u.size:
			tenths := n * 10 / u.size
			if tenths%10 == 0 {
				return strconv.FormatInt(tenths/10, 10) + u.sign
			}
			return fmt.Sprintf("%d.%d%s", tenths/10, tenths%10, u.sign)
		}
	}
	return strconv.FormatInt(n, 10)
}

// clock writes a length, 0:39 or 1:02:03.
func clock(seconds int) string {
	if seconds >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

// ago writes an age in whole units, rounded down.
func ago(d time.Duration) string {
	units := []struct {
		name string
		size time.Duration
		from int
	}{{"year", 365 * day, 1}, {"month", 30 * day, 1}, {"week", 7 * day, 2}, {"day", day, 1}, {"hour", time.Hour, 1}, {"minute", time.Minute, 1}}
	for _, u := range units {
		if n := int(d / u.size); n >= u.from {
			return plural(n, u.name) + " ago"
		}
	}
	return plural(max(0, int(d/time.Second)), "second") + " ago"
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

func firstWords(text string, n int) string {
	words := strings.Fields(text)
	if len(words) > n {
		return strings.Join(words[:n], " ") + " ..."
	}
	return strings.Join(words, " ")
}
