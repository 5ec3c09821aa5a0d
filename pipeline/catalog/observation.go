package catalog

import (
	"slices"
	"time"
)

// Of a video's observations one a day is kept for a month, then one a week for
// half a year, then one a month, and never more than maxObservations.
const maxObservations = 60

// addObservation adds o to a list that is sorted by time, and thins the list. The
// first and the newest observation stay.
func addObservation(list []Observation, o Observation) []Observation {
	if o.Views == nil && o.Likes == nil && o.Dislikes == nil && o.Subscribers == nil {
		return list
	}
	o.At = o.At.UTC().Truncate(time.Second) // the stored precision
	i, _ := slices.BinarySearchFunc(list, o, func(a, b Observation) int { return a.At.Compare(b.At) })
	list = slices.Insert(slices.Clone(list), i, o)
	newest := list[len(list)-1].At

	thin := list[:0]
	for _, o := range list {
		if n := len(thin); n > 0 && period(newest, thin[n-1].At) == period(newest, o.At) {
			if n > 1 || sameDay(thin[0].At, o.At) {
				thin[n-1] = joinObservations(thin[n-1], o)
				continue
			}
		}
		thin = append(thin, o)
	}
	for len(thin) > maxObservations {
		thin = slices.Delete(thin, 1, 2)
	}
	return slices.Clip(thin)
}

// period identifies the day, week or month of which one observation is kept.
func period(newest, at time.Time) int64 {
	day := at.Unix() / 86400
	switch age := newest.Sub(at); {
	case age <= 30*24*time.Hour:
		return day
	case age <= 180*24*time.Hour:
		return -1 - day/7
	default:
		return -1_000_000 - day/30
	}
}

func sameDay(a, b time.Time) bool { return a.Unix()/86400 == b.Unix()/86400 }

// joinObservations keeps the detailed one of two observations, otherwise the
// later one, and fills its missing values from the other.
func joinObservations(a, b Observation) Observation {
	if a.Detailed && !b.Detailed {
		a, b = b, a
	}
	for _, p := range []struct {
		to   **int64
		from *int64
	}{{&b.Views, a.Views}, {&b.Likes, a.Likes}, {&b.Dislikes, a.Dislikes}, {&b.Subscribers, a.Subscribers}} {
		if *p.to == nil {
			*p.to = p.from
		}
	}
	return b
}
