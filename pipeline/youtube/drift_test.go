package youtube

import (
	"strings"
	"testing"
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
