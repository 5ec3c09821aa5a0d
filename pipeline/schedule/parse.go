package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // for containers without a zone database

	"github.com/robfig/cron/v3"
)

const (
	// Shortest is the least time between two firings.
	Shortest = 15 * time.Minute
	// Longest is the longest interval of an "@every" line.
	Longest = 366 * 24 * time.Hour

	maxSpec = 200 // bytes
)

// Schedule is a valid cron line in a zone.
type Schedule struct {
	spec, zone string
	loc        *time.Location
	wall       cron.Schedule // nil for "@every"
	every      time.Duration
	early      time.Duration // it fires this long before the line's times
}

// parsed remembers what Parse returned, by line and zone: thousands of guilds share a
// few lines, and the check of one walks hundreds of firings.
var parsed = struct {
	sync.Mutex
	lines map[[2]string]Schedule
}{lines: map[[2]string]Schedule{}}

// maxParsed is how many lines are remembered.
const maxParsed = 4096

// Parse reads a cron line: five fields (minute, hour, day of month, month, day
// of week, where 0 and 7 are Sunday), "@hourly", "@daily", "@weekly",
// "@monthly", "@yearly" or "@every 36h". zone is a name such as
// "Europe/Lisbon"; "" means UTC. The error says in a sentence what is wrong
// with the line.
func Parse(spec, zone string) (Schedule, error) {
	key := [2]string{spec, zone}
	parsed.Lock()
	s, ok := parsed.lines[key]
	parsed.Unlock()
	if ok {
		return s, nil
	}
	s, err := parseLine(spec, zone)
	if err == nil {
		parsed.Lock()
		defer parsed.Unlock()
		if len(parsed.lines) >= maxParsed {
			clear(parsed.lines)
		}
		parsed.lines[key] = s
	}
	return s, err
}

// parseLine is Parse, without its memory.
func parseLine(spec, zone string) (Schedule, error) {
	s := Schedule{spec: strings.Join(strings.Fields(spec), " "), zone: zone}
	if s.zone == "" {
		s.zone = "UTC"
	}
	var err error
	if s.loc, err = loadZone(s.zone); err != nil {
		return Schedule{}, err
	}
	upper := strings.ToUpper(s.spec)
	switch {
	case s.spec == "":
		return Schedule{}, errors.New("the schedule is empty: give five fields, such as \"0 18 * * *\" for every day at 18:00")
	case len(spec) > maxSpec:
		return Schedule{}, fmt.Errorf("the schedule is %d bytes long: a cron line has at most %d", len(spec), maxSpec)
	case strings.Contains(upper, "TZ="):
		return Schedule{}, fmt.Errorf("the schedule %.40q names a zone inside the line: set the zone by its own setting", s.spec)
	case strings.HasPrefix(upper, "@EVERY"):
		return s, s.parseEvery()
	}
	if s.wall, err = parseWall(s.spec); err != nil {
		return Schedule{}, err
	}
	return s, s.checkPace()
}

// CheckZone returns an error that says in a sentence what is wrong with the
// name of a zone. An empty name is an error; it does not mean the machine's
// zone.
func CheckZone(name string) error {
	if name == "" {
		return errors.New("the zone has no name: use one such as \"Europe/Lisbon\" or \"UTC\"")
	}
	_, err := loadZone(name)
	return err
}

// In is a moment in a zone, or in UTC where there is no such zone.
func In(t time.Time, zone string) time.Time {
	loc, err := loadZone(zone)
	if err != nil {
		loc = time.UTC
	}
	return t.In(loc)
}

// loadZone is time.LoadLocation without "Local" and paths, which depend on the
// machine.
func loadZone(name string) (*time.Location, error) {
	if name == "Local" || len(name) > 100 {
		return nil, fmt.Errorf("the zone %.20q is not a name such as \"Europe/Lisbon\"", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the zone %q is unknown: use a name such as \"Europe/Lisbon\" or \"UTC\"", name)
	}
	return loc, nil
}

// parseWall calls the cron library, and recovers from its panics on some lines.
func parseWall(spec string) (s cron.Schedule, err error) {
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, fmt.Errorf("the schedule %.40q is not a cron line", spec)
		}
	}()
	s, err = cron.ParseStandard(sundays(spec))
	if err != nil {
		return nil, fmt.Errorf("the schedule %.40q is not a cron line: %s", spec, wrongField(spec))
	}
	return s, nil
}

// fieldNames are what stands in a cron line, in its order, and from where to where it goes.
var fieldNames = [...][2]string{{"minute", "0 to 59"}, {"hour", "0 to 23"}, {"day of a month", "1 to 31"}, {"month", "1 to 12"}, {"day of a week", "0 to 7"}}

// wrongField says in words what is wrong with a line that the cron library refuses.
func wrongField(spec string) string {
	fields := strings.Fields(spec)
	for i, field := range fields {
		alone := strings.Fields("* * * * *")
		if len(fields) != len(alone) {
			break
		}
		alone[i] = field
		if _, err := cron.ParseStandard(sundays(strings.Join(alone, " "))); err != nil {
			return fmt.Sprintf("%q is no %s, which goes from %s", field, fieldNames[i][0], fieldNames[i][1])
		}
	}
	return "give minute, hour, day of month, month and day of week, such as \"0 18 * * *\""
}

// sundays rewrites 7 as a day of the week, alone or at the end of a range,
// because the library knows only 0 to 6.
func sundays(spec string) string {
	fields := strings.Fields(spec)
	if len(fields) != 5 {
		return spec
	}
	items := strings.Split(fields[4], ",")
	for i, item := range items {
		span, text, stepped := strings.Cut(item, "/")
		from, to, ranged := strings.Cut(span, "-")
		if !ranged {
			to = from
		}
		first, last, step := dayOfWeek(from), dayOfWeek(to), 1
		if stepped {
			step, _ = strconv.Atoi(text)
		}
		if last == 0 && first > 0 {
			last = 7
		}
		if last != 7 || first < 0 || step < 1 {
			continue // left for the library to parse or refuse
		}
		var days []string
		for day := first; day <= last; day += step {
			days = append(days, strconv.Itoa(day%7))
		}
		items[i] = strings.Join(days, ",")
	}
	fields[4] = strings.Join(items, ",")
	return strings.Join(fields, " ")
}

// dayOfWeek is the number of a day, 0 to 7, or -1 if text is none.
func dayOfWeek(text string) int {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n <= 7 {
		return n
	}
	return slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, strings.ToLower(text))
}

func (s *Schedule) parseEvery() error {
	_, text, _ := strings.Cut(s.spec, " ")
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return fmt.Errorf("the schedule %.40q has no interval that can be read: write it like \"@every 36h\"", s.spec)
	case d <= 0:
		return fmt.Errorf("the schedule %.40q goes backwards: its interval must be at least %v", s.spec, Shortest)
	case d < Shortest:
		return fmt.Errorf("the schedule %.40q fires too often: the shortest interval is %v", s.spec, Shortest)
	case d > Longest:
		return fmt.Errorf("the schedule %.40q fires too seldom: the longest interval is %d days", s.spec, Longest/(24*time.Hour))
	case d%time.Minute != 0:
		return fmt.Errorf("the schedule %.40q has seconds: use whole minutes", s.spec)
	}
	s.every = d
	return nil
}

// checkPace refuses a line without firings, or with two that are too close. It
// checks only the first firings after a fixed day, which is enough because a
// line fires at the same times on each of its days.
func (s *Schedule) checkPace() error {
	t := time.Date(2023, 12, 31, 23, 59, 0, 0, time.UTC)
	last := time.Time{}
	for range 400 {
		t = s.wall.Next(t)
		if t.IsZero() {
			if last.IsZero() {
				return fmt.Errorf("the schedule %.40q never fires: no date is like that", s.spec)
			}
			return nil
		}
		if !last.IsZero() && t.Sub(last) < Shortest {
			return fmt.Errorf("the schedule %.40q fires twice within %v: the shortest interval is %v", s.spec, t.Sub(last), Shortest)
		}
		last = t
	}
	return nil
}

// String is the line, with single spaces.
func (s Schedule) String() string {
	if s.early != 0 {
		return s.spec + " (" + s.early.String() + " earlier)"
	}
	return s.spec
}

// Zone is the name of the zone.
func (s Schedule) Zone() string { return s.zone }

// Location is the zone.
func (s Schedule) Location() *time.Location { return s.loc }

// Earlier returns the schedule that fires by before each firing of s.
func (s Schedule) Earlier(by time.Duration) Schedule {
	s.early += by
	return s
}

// Next returns the first firing after t, in the schedule's zone. It is zero if
// there is none in the five years that the cron library looks ahead.
func (s Schedule) Next(t time.Time) time.Time {
	if s.loc == nil { // the zero Schedule
		return time.Time{}
	}
	if at := s.next(t.Add(s.early)); !at.IsZero() {
		return at.Add(-s.early)
	}
	return time.Time{}
}

// next is Next without early.
func (s Schedule) next(t time.Time) time.Time {
	if s.every > 0 {
		// Intervals count from 1970, so that a restart does not shift them.
		return time.Unix(0, 0).Add(t.Sub(time.Unix(0, 0)).Truncate(s.every) + s.every).In(s.loc)
	}
	wall := asUTC(t.In(s.loc))
	for range 1000 { // enough to pass the firings of a repeated hour
		wall = s.wall.Next(wall)
		if wall.IsZero() {
			return time.Time{}
		}
		if at := s.moment(wall); at.After(t) {
			return at
		}
	}
	return time.Time{}
}

// NextN returns up to n firings after t.
func (s Schedule) NextN(t time.Time, n int) []time.Time {
	var all []time.Time
	for range n {
		if t = s.Next(t); t.IsZero() {
			break
		}
		all = append(all, t)
	}
	return all
}

// Wall is the name of a firing: its wall-clock time to the minute, in UTC for an
// interval.
func (s Schedule) Wall(t time.Time) string {
	if s.every > 0 {
		return t.UTC().Format("2006-01-02T15:04Z")
	}
	return t.In(s.loc).Format("2006-01-02T15:04")
}

// asUTC returns the wall-clock time of t as a time in UTC, where no hour is
// missing or repeated.
func asUTC(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// moment returns when the zone's clocks show wall: the first time if they show it
// twice, and the moment of the change if they skip it.
func (s Schedule) moment(wall time.Time) time.Time {
	var first time.Time
	for _, around := range []time.Duration{-30 * time.Hour, 30 * time.Hour} {
		_, offset := wall.Add(around).In(s.loc).Zone()
		at := wall.Add(-time.Duration(offset) * time.Second).In(s.loc)
		if asUTC(at).Equal(wall) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	if !first.IsZero() {
		return first
	}
	// The time is skipped: use the offset from before the change.
	_, offset := wall.Add(-30 * time.Hour).In(s.loc).Zone()
	at := wall.Add(-time.Duration(offset) * time.Second).In(s.loc)
	change, _ := at.ZoneBounds()
	return change.In(s.loc)
}
