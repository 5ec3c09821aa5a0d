package dashboard

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
)

// timesRow is one schedule in the form: days and a time of day, or a cron line that says
// more than these can.
type timesRow struct {
	Name       string // the beginning of its inputs' names; with a dot before the number in a list
	Days       []dayBox
	Time, Cron string
}

type dayBox struct {
	Value int // Sunday is 0
	Name  string
	On    bool
}

// ID is the row's name in the ids of its elements.
func (r timesRow) ID() string { return strings.ReplaceAll(r.Name, ".", "-") }

// unfinished matches a schedule of which the days or the time are missing, or of which the
// time is none: the time, @ and the days. It is no cron line, so it is never saved.
var unfinished = regexp.MustCompile(`^(.*)@([0-6,]*)$`)

// showTimes shows a line as days and a time of day if they can say it.
func (s *Server) showTimes(name, line string) timesRow {
	r := timesRow{Name: name}
	var on []time.Weekday
	if w, ok := schedule.ReadWeek(line); ok {
		on, r.Time = w.Days, w.Clock()
	} else if part := unfinished.FindStringSubmatch(line); part != nil {
		r.Time = part[1]
		for day := range strings.SplitSeq(part[2], ",") {
			if n, err := strconv.Atoi(day); err == nil {
				on = append(on, time.Weekday(n))
			}
		}
	} else {
		r.Cron = line
	}
	for _, day := range schedule.EveryDay {
		r.Days = append(r.Days, dayBox{int(day), s.Text.For(text.English).Day(day), slices.Contains(on, day)})
	}
	return r
}

// readTimes reads the inputs of one schedule as a line. A cron line comes before days and
// time. If they mean what one of the shown lines means, that line stays as it is written.
func readTimes(f url.Values, name string, shown []string) string {
	if cron := strings.Join(strings.Fields(f.Get(name+".cron")), " "); cron != "" {
		return cron
	}
	clock := strings.TrimSpace(f.Get(name + ".time"))
	w := schedule.Week{}
	var numbers []string
	for _, value := range f[name+".day"] {
		n, err := strconv.Atoi(value)
		if day := time.Weekday(n); err == nil && slices.Contains(schedule.EveryDay, day) && !slices.Contains(w.Days, day) {
			w.Days, numbers = append(w.Days, day), append(numbers, strconv.Itoa(n))
		}
	}
	if clock == "" && len(w.Days) == 0 {
		return ""
	}
	var ok bool
	if w.Hour, w.Minute, ok = schedule.ReadClock(clock); !ok || len(w.Days) == 0 {
		return strings.Join(strings.Fields(clock), " ") + "@" + strings.Join(numbers, ",")
	}
	for _, line := range shown {
		if old, ok := schedule.ReadWeek(line); ok && old.String() == w.String() {
			return line
		}
	}
	return w.String()
}

// missing says what an unfinished schedule lacks, "" if it is none.
func missing(line string) string {
	part := unfinished.FindStringSubmatch(line)
	switch {
	case part == nil:
		return ""
	case part[2] == "":
		return "choose at least one day for " + cut(part[1], 20) + "."
	case part[1] == "":
		return "choose a time of day for these days."
	}
	return "“" + cut(part[1], 20) + "” is not a time of day such as 18:30."
}

// sayTimes says a line in words, or as it is if it says more than days and a time of day.
func (s *Server) sayTimes(line string) string {
	if w, ok := schedule.ReadWeek(line); ok {
		return s.Text.For(text.English).Week(w)
	}
	return line
}

// nextRow is when a schedule fires next.
type nextRow struct {
	What, When string
	Times      []string
	Problem    string
}

// nextTimes is when each kind of a guild's schedules fires next.
func (s *Server) nextTimes(g catalog.Guild) []nextRow {
	var rows []nextRow
	add := func(what string, specs ...string) {
		row := nextRow{What: what}
		var said []string
		var times []time.Time
		for _, spec := range specs {
			if spec == "" {
				continue
			}
			said = append(said, s.sayTimes(spec))
			parsed, err := schedule.Parse(spec, g.Zone)
			if err != nil {
				row.Problem = brief(err)
				continue
			}
			times = append(times, parsed.NextN(s.Now(), 3)...)
		}
		slices.SortFunc(times, time.Time.Compare)
		times = slices.CompactFunc(times, time.Time.Equal)
		for _, t := range times[:min(3, len(times))] {
			row.Times = append(row.Times, schedule.In(t, g.Zone).Format("Mon 2 Jan 15:04 MST"))
		}
		if row.When = fit(strings.Join(said, "; "), maxShown); len(said) > 0 {
			rows = append(rows, row)
		}
	}
	if g.ID == catalog.LocalGuild {
		add("searches before", g.Schedule...)
	} else {
		add("posts", g.Schedule...)
	}
	add("search", g.Scrape)
	add("training", g.Retrain)
	add("recap", g.Recap)
	add("duels", g.Duels)
	return rows
}
