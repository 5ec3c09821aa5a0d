package schedule

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Week is a schedule as people say it: some days of the week at one time of day.
type Week struct {
	Days         []time.Weekday // Monday first; all seven for every day
	Hour, Minute int
}

// EveryDay is all days of the week, Monday first.
var EveryDay = []time.Weekday{1, 2, 3, 4, 5, 6, 0}

// daily is a cron line at one minute of one hour; its days of the week are the last
// group.
var daily = regexp.MustCompile(`^(\d{1,2}) (\d{1,2}) \* \* ([*\d,-]+)$`)

// ReadWeek reads a cron line as days and a time of day; ok is false for one that says
// more, such as every hour or the first of the month.
func ReadWeek(spec string) (w Week, ok bool) {
	g := daily.FindStringSubmatch(strings.Join(strings.Fields(spec), " "))
	if _, err := Parse(spec, ""); g == nil || err != nil {
		return Week{}, false
	}
	w.Minute, _ = strconv.Atoi(g[1]) // Parse has checked them
	w.Hour, _ = strconv.Atoi(g[2])
	on := map[int]bool{}
	for part := range strings.SplitSeq(g[3], ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.Atoi(from)
		last := first
		if part == "*" {
			first, last, err = 1, 7, nil
		} else if isRange {
			last, _ = strconv.Atoi(to)
		}
		if err != nil {
			return Week{}, false
		}
		for day := first; day <= last; day++ {
			on[day%7] = true
		}
	}
	for day := 1; day <= 7; day++ {
		if on[day%7] {
			w.Days = append(w.Days, time.Weekday(day%7))
		}
	}
	return w, true
}

// String is the cron line.
func (w Week) String() string {
	days := "*"
	if !w.Every(EveryDay...) {
		var numbers []string
		for day := range 7 {
			if slices.Contains(w.Days, time.Weekday(day)) {
				numbers = append(numbers, strconv.Itoa(day))
			}
		}
		days = strings.Join(numbers, ",")
	}
	return fmt.Sprintf("%d %d * * %s", w.Minute, w.Hour, days)
}

// Every reports whether these are the days, and no others.
func (w Week) Every(days ...time.Weekday) bool {
	return len(w.Days) == len(days) && !slices.ContainsFunc(days, func(d time.Weekday) bool { return !slices.Contains(w.Days, d) })
}

// Clock is the time of day, as "18:05".
func (w Week) Clock() string { return fmt.Sprintf("%02d:%02d", w.Hour, w.Minute) }

// clock is a time of day as people type it: 18, 18:05, 18h05, 18.05.
var clock = regexp.MustCompile(`^(\d{1,2})(?:[:.h](\d{2})?)?$`)

// ReadClock reads a time of day of 24 hours.
func ReadClock(text string) (hour, minute int, ok bool) {
	g := clock.FindStringSubmatch(strings.ToLower(strings.TrimSpace(text)))
	if g == nil {
		return 0, 0, false
	}
	hour, _ = strconv.Atoi(g[1])
	minute, _ = strconv.Atoi(g[2])
	return hour, minute, hour < 24 && minute < 60
}
