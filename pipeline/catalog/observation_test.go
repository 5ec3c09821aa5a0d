package catalog

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)

func n64(n int64) *int64 { return &n }

func TestObservationsStaySmall(t *testing.T) {
	var list []Observation
	for day := range 3 * 365 {
		for hour := range 3 {
			list = addObservation(list, Observation{At: start.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour), Views: n64(int64(day*10 + hour)), Detailed: hour == 1})
		}
	}
	last := list[len(list)-1]
	if !list[0].At.Equal(start.Add(time.Hour)) || *last.Views != 10941 || !last.Detailed {
		t.Errorf("from %+v to %+v", list[0], last)
	}
	if len(list) > maxObservations {
		t.Errorf("%d observations", len(list))
	}
	month := 0
	for _, o := range list {
		if last.At.Sub(o.At) <= 30*24*time.Hour {
			month++
		}
	}
	if month < 28 {
		t.Errorf("only %d of the last month", month)
	}
}

func TestObservationsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []Observation
		newest := time.Time{}
		for range rapid.IntRange(1, 200).Draw(t, "n") {
			at := start.Add(time.Duration(rapid.IntRange(0, 400*24*60).Draw(t, "minute")) * time.Minute)
			if at.After(newest) {
				newest = at
			}
			list = addObservation(list, Observation{At: at, Likes: n64(1)})
		}
		if len(list) > maxObservations || !slices.IsSortedFunc(list, func(a, b Observation) int { return a.At.Compare(b.At) }) {
			t.Fatalf("%d observations: %v", len(list), list)
		}
		if !list[len(list)-1].At.Equal(newest) {
			t.Fatalf("the newest is %v, want %v", list[len(list)-1].At, newest)
		}
	})
}
