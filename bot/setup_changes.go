package bot

import (
	"slices"
	"strings"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

func setChannel(id string) func(*catalog.Guild) error {
	return func(g *catalog.Guild) error {
		if !discord.IsID(id) {
			return problem("error.no_channel")
		}
		g.PostTo(id)
		return nil
	}
}

func setGenres(names []string) func(*catalog.Guild) error {
	return func(g *catalog.Guild) error {
		var queries []youtube.Query
		for _, name := range names {
			name = discord.Plain(name, discord.LimitContent)
			switch {
			case name == "":
			case slices.ContainsFunc(genres, func(known string) bool { return strings.EqualFold(known, name) }):
				queries = append(queries, queriesOf(strings.ToLower(name))...)
			default:
				queries = append(queries, youtube.Query{Text: name})
			}
		}
		if len(queries) == 0 {
			return problem("error.no_queries")
		}
		g.Queries = queries
		return nil
	}
}

// pickGenres searches for the genres picked from the menu. Searches that the menu does not
// offer stay.
func pickGenres(names []string) func(*catalog.Guild) error {
	return func(g *catalog.Guild) error {
		others := slices.DeleteFunc(slices.Clone(g.Queries), func(q youtube.Query) bool {
			return slices.ContainsFunc(genres, func(name string) bool { return slices.Contains(queriesOf(strings.ToLower(name)), q) })
		})
		err := setGenres(names)(g)
		if err == nil {
			g.Queries = append(g.Queries, others...)
		}
		return err
	}
}

// setHour has posts at an hour of the days that were chosen, or of every day.
func setHour(hour int) func(*catalog.Guild) error {
	return setWeek(func(w *schedule.Week) {
		if hour != w.Hour {
			w.Hour, w.Minute = hour, 0
		}
	})
}

// setDays has posts on days of the week, at the time that was chosen.
func setDays(days []time.Weekday) func(*catalog.Guild) error {
	return setWeek(func(w *schedule.Week) { w.Days = days })
}

// setWeek changes the days and the time of the posts. What these cannot say is replaced.
func setWeek(change func(*schedule.Week)) func(*catalog.Guild) error {
	return func(g *catalog.Guild) error {
		w, ok := weekOf(*g)
		if !ok {
			w = usualWeek
		}
		change(&w)
		g.Schedule = []string{w.String()}
		return nil
	}
}

// usualWeek is when posts come until somebody chooses.
var usualWeek = schedule.Week{Days: schedule.EveryDay, Hour: 18}

// weekOf is when a guild's posts come, where days and one time of day say it.
func weekOf(g catalog.Guild) (schedule.Week, bool) {
	if len(g.Schedule) != 1 {
		return schedule.Week{}, false
	}
	return schedule.ReadWeek(g.Schedule[0])
}

func setCount(n int) func(*catalog.Guild) error {
	return func(g *catalog.Guild) error { g.Picks = n; return nil }
}

func setZone(zone string) func(*catalog.Guild) error {
	return func(g *catalog.Guild) error { g.Zone = schedule.Zone(zone); return nil }
}
