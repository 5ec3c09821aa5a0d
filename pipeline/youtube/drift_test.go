package youtube

import (
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDrift(t *testing.T) {
	full := func() PageStats {
		return PageStats{Pages: 5, Videos: 100, Fields: map[string]int{"title": 100, "views": 98, "likes": 30, "tags": 5}, Unknown: map[string]int{}}
	}
	history := []PageStats{full(), full(), full(), full()}
	for _, test := range []struct {
		name   string
		change func(*PageStats)
		want   string // in the one alarm, "" none
	}{
		{"as ever", func(*PageStats) {}, ""},
		{"a little less", func(s *PageStats) { s.Fields["views"] = 85 }, ""},
		{"views gone", func(s *PageStats) { s.Fields["views"] = 10 }, "views is on 10 %"},
		{"views missing altogether", func(s *PageStats) { delete(s.Fields, "views") }, "views is on 0 %"},
		{"likes gone", func(s *PageStats) { delete(s.Fields, "likes") }, "likes"},
		{"rare field gone", func(s *PageStats) { delete(s.Fields, "tags") }, ""},
		{"no videos", func(s *PageStats) { s.Videos = 0 }, "no video"},
		{"few videos are not judged", func(s *PageStats) { s.Videos, s.Fields = 10, map[string]int{} }, ""},
		{"unknown items", func(s *PageStats) { s.Unknown["newVideoRenderer"] = 40 }, "newVideoRenderer"},
		{"an odd item", func(s *PageStats) { s.Unknown["oddRenderer"] = 2 }, ""},
	} {
		now := full()
		test.change(&now)
		alarms := Drift("results", history, now)
		if test.want == "" && len(alarms) > 0 || test.want != "" && (len(alarms) != 1 || !strings.Contains(alarms[0], test.want)) {
			t.Errorf("%s: %q", test.name, alarms)
		}
	}
	if alarms := Drift("results", history[:2], PageStats{Pages: 1, Videos: 50}); len(alarms) > 0 {
		t.Errorf("two runs are no norm: %q", alarms)
	}
}

func TestFairShares(t *testing.T) {
	for _, test := range []struct {
		pages int
		asks  map[string]int
		want  map[string]int
	}{
		{100, map[string]int{"a": 10, "b": 20}, map[string]int{"a": 10, "b": 20}},
		{30, map[string]int{"a": 100, "b": 5, "c": 100}, map[string]int{"a": 13, "b": 5, "c": 12}},
		{0, map[string]int{"a": 1}, map[string]int{"a": 0}},
		{5, map[string]int{}, map[string]int{}},
	} {
		if got := FairShares(test.pages, test.asks, 0); !maps.Equal(got, test.want) {
			t.Errorf("%d pages for %v: %v, want %v", test.pages, test.asks, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		pages := rapid.IntRange(0, 1000).Draw(t, "pages")
		asks := rapid.MapOf(rapid.StringMatching(`[a-z]{1,3}`), rapid.IntRange(0, 300)).Draw(t, "asks")
		shares := FairShares(pages, asks, rapid.IntRange(0, 50).Draw(t, "offset"))
		sum, wanted := 0, 0
		for id, ask := range asks {
			if shares[id] > ask || shares[id] < 0 {
				t.Fatalf("%s asks for %d and gets %d", id, ask, shares[id])
			}
			sum, wanted = sum+shares[id], wanted+ask
			for other := range asks {
				if shares[id] < ask && shares[other] > shares[id]+1 {
					t.Fatalf("%s goes short with %d while %s has %d", id, shares[id], other, shares[other])
				}
			}
		}
		if sum != min(pages, wanted) {
			t.Fatalf("%d of %d pages are shared out", sum, min(pages, wanted))
		}
	})
}
