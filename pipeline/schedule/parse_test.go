package schedule

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func parse(t testing.TB, spec, zone string) Schedule {
	t.Helper()
	s, err := Parse(spec, zone)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ spec, zone, want string }{
		{"", "", "empty"},
		{"TZ=UTC", "", "zone inside the line"},
		{"TZ=0", "", "zone inside the line"},
		{"CRON_TZ=", "", "zone inside the line"},
		{"cron_tz=Europe/Lisbon 0 18 * * *", "", "zone inside the line"},
		{"@every -5s", "", "backwards"},
		{"@every 0s", "", "backwards"},
		{"@every 14m59s", "", "too often"},
		{"@every 90m30s", "", "whole minutes"},
		{"@every 100000h", "", "too seldom"},
		{"@every", "", "interval"},
		{"@every soon", "", "interval"},
		{"@reboot", "", "not a cron line"},
		{"0 0 31 2 *", "", "never fires"},
		{"0 0 30 2 *", "", "never fires"},
		{"* * * * *", "", "twice within 1m0s"},
		{"*/5 * * * *", "", "twice within 5m0s"},
		{"*/14 * * * *", "", "twice within 14m0s"},
		{"0,50 * * * *", "", "twice within 10m0s"},
		{"59,0 23,0 * * *", "", "twice within 1m0s"},
		{"0 25 * * *", "", `not a cron line: "25" is no hour, which goes from 0 to 23`},
		{"0 18 * * 8", "", `"8" is no day of a week, which goes from 0 to 7`},
		{"60 18 * * *", "", `"60" is no minute`},
		{"0 18 * *", "", "not a cron line: give minute, hour"},
		{"every noon", "", "not a cron line: give minute, hour"},
		{"0 0 18 * * *", "", "not a cron line"},
		{strings.Repeat("0,", 500) + " 18 * * *", "", "at most 200"},
		{"0 18 * * *", "Mars/Olympus", "unknown"},
		{"0 18 * * *", "Local", "not a name"},
		{"0 18 * * *", "../../etc/passwd", "unknown"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.spec, tt.zone)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Parse(%.40q, %q): %v, want a sentence with %q", tt.spec, tt.zone, err, tt.want)
		}
	}
}

// In cron 7 is Sunday, as 0 is. The first Sunday after the moment asked from is
// 2026-11-01.
func TestSevenIsSunday(t *testing.T) {
	for days, want := range map[string]string{
		"7": "0", "5-7": "0,5,6", "1-7": "0,1,2,3,4,5,6", "0-7": "0,1,2,3,4,5,6", "6,7": "0,6", "7,1": "0,1", "1-7/2": "0,1,3,5", "2-7/2": "2,4,6", "7-7": "0",
		"fri-sun": "0,5,6", "FRI-SUN": "0,5,6", "5-sun": "0,5,6", "mon-7": "0,1,2,3,4,5,6", "sun": "0", "sun-tue": "0,1,2", "0": "0", "*/7": "0", "1-5,7": "0,1,2,3,4,5",
	} {
		var got []string
		for _, at := range parse(t, "0 18 * * "+days, "UTC").NextN(time.Date(2026, 10, 31, 20, 0, 0, 0, time.UTC), 7) {
			if at.Before(time.Date(2026, 11, 8, 0, 0, 0, 0, time.UTC)) {
				got = append(got, strconv.Itoa(int(at.Weekday())))
			}
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%s fires on the days %s, want %s", days, strings.Join(got, ","), want)
		}
	}
	for _, days := range []string{"8", "7-8", "7-1", "6-5", "1-7/0", "1-7/x", "-7", "7-", "1-7-7", "07x"} {
		if _, err := Parse("0 18 * * "+days, ""); err == nil {
			t.Errorf("%s was taken", days)
		}
	}
	if s := parse(t, "0 18 * * 7", ""); s.String() != "0 18 * * 7" {
		t.Errorf("the line is shown as %s", s)
	}
	// The seventh of a month, July and seven o'clock are no Sundays.
	if at := parse(t, "7 7 7 7 *", "").Next(time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC)); at.Format("2006-01-02T15:04") != "2027-07-07T07:07" {
		t.Errorf("7 7 7 7 * fires at %v", at)
	}
}

func TestParseTakes(t *testing.T) {
	from := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC) // a Sunday
	tests := []struct {
		spec, zone string
		want       []string
	}{
		{"0 18 * * *", "", []string{"2026-11-23T18:00", "2026-11-24T18:00", "2026-11-25T18:00"}},
		{" 0  18 * *  mon ", "UTC", []string{"2026-11-23T18:00", "2026-11-30T18:00", "2026-12-07T18:00"}},
		{"*/15 * * * *", "", []string{"2026-11-22T18:15", "2026-11-22T18:30", "2026-11-22T18:45"}},
		{"0 0 29 2 *", "", []string{"2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"}},
		{"@daily", "Asia/Kolkata", []string{"2026-11-23T00:00", "2026-11-24T00:00", "2026-11-25T00:00"}},
		{"@every 36h", "", []string{"2026-11-24T00:00Z", "2026-11-25T12:00Z", "2026-11-27T00:00Z"}},
		{"30 17 * * *", "America/Sao_Paulo", []string{"2026-11-22T17:30", "2026-11-23T17:30", "2026-11-24T17:30"}},
	}
	for _, tt := range tests {
		s := parse(t, tt.spec, tt.zone)
		var got []string
		for _, at := range s.NextN(from, 3) {
			got = append(got, s.Wall(at))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q in %q: %v, want %v", tt.spec, tt.zone, got, tt.want)
		}
	}
	if s := (Schedule{}); !s.Next(from).IsZero() || s.NextN(from, 3) != nil {
		t.Error("the zero schedule fires")
	}
}

// TestDST goes over both changes of the clocks in zones that differ in hour,
// size and hemisphere.
func TestDST(t *testing.T) {
	tests := []struct {
		name, spec, zone, from string
		want                   []string // moments in UTC
	}{
		{"New York, skipped 02:30", "30 2 * * *", "America/New_York", "2026-03-07T12:00Z",
			[]string{"2026-03-08T07:00Z", "2026-03-09T06:30Z"}}, // 03:00 EDT, then 02:30 EDT
		{"New York, 01:30 twice", "30 1 * * *", "America/New_York", "2026-10-31T12:00Z",
			[]string{"2026-11-01T05:30Z", "2026-11-02T06:30Z"}}, // the EDT one only
		{"New York, every half hour over the gap", "*/30 * * * *", "America/New_York", "2026-03-08T06:15Z",
			[]string{"2026-03-08T06:30Z", "2026-03-08T07:00Z", "2026-03-08T07:30Z"}},
		{"New York, every half hour over the second hour", "*/30 * * * *", "America/New_York", "2026-11-01T05:15Z",
			[]string{"2026-11-01T05:30Z", "2026-11-01T07:00Z", "2026-11-01T07:30Z"}},
		{"New York, asked in the second hour", "45 1 * * *", "America/New_York", "2026-11-01T06:15Z",
			[]string{"2026-11-02T06:45Z"}},
		{"Lisbon, skipped 01:30", "30 1 * * *", "Europe/Lisbon", "2026-03-28T12:00Z",
			[]string{"2026-03-29T01:00Z", "2026-03-30T00:30Z"}},
		{"Lisbon, 01:30 twice", "30 1 * * *", "Europe/Lisbon", "2026-10-24T12:00Z",
			[]string{"2026-10-25T00:30Z", "2026-10-26T01:30Z"}},
		{"Lord Howe, half an hour skipped", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T10:00Z",
			[]string{"2026-10-03T15:30Z", "2026-10-04T15:15Z"}},
		{"Lord Howe, half an hour twice", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T10:00Z",
			[]string{"2026-04-04T14:45Z", "2026-04-05T15:15Z"}},
		{"São Paulo, midnight skipped", "0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00Z",
			[]string{"2018-11-04T03:00Z", "2018-11-05T02:00Z"}},
		{"Apia, a whole day skipped", "0 18 * * *", "Pacific/Apia", "2011-12-29T12:00Z",
			[]string{"2011-12-30T04:00Z", "2011-12-30T10:00Z", "2011-12-31T04:00Z"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := parse(t, tt.spec, tt.zone)
			from, err := time.Parse("2006-01-02T15:04Z", tt.from)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, at := range s.NextN(from, len(tt.want)) {
				got = append(got, at.UTC().Format("2006-01-02T15:04Z"))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestEarlier(t *testing.T) {
	post := parse(t, "30 0 * * *", "Europe/Lisbon")
	search := post.Earlier(time.Hour)
	from := time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC)
	posts, searches := post.NextN(from, 5), search.NextN(from, 5)
	for i := range posts { // also over the change of the clocks on the 25th
		if !searches[i].Equal(posts[i].Add(-time.Hour)) {
			t.Errorf("post at %v, search at %v", posts[i], searches[i])
		}
	}
	if search.Wall(searches[0]) != "2026-10-24T23:30" || search.String() == post.String() {
		t.Errorf("named %s, %s", search.Wall(searches[0]), search)
	}
}

// TestDSTYears checks over ten years that a daily line fires once on each day
// of the calendar, each time later than the last, with different names.
func TestDSTYears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom([]string{"America/New_York", "Europe/Lisbon", "Australia/Lord_Howe", "Africa/Casablanca", "UTC", "Asia/Kathmandu"}).Draw(t, "zone")
		hour, minute := rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute")
		s, err := Parse(strings.Join([]string{strconv.Itoa(minute), strconv.Itoa(hour), "* * *"}, " "), zone)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2020+rapid.IntRange(0, 9).Draw(t, "year"), 1, 1, 12, 0, 0, 0, time.UTC)
		at = s.Next(at)
		y, m, d := at.Date()
		seen := map[string]bool{}
		for i := range 366 {
			next := s.Next(at)
			ny, nm, nd := next.Date()
			want := time.Date(y, m, d+1+i, 0, 0, 0, 0, time.UTC)
			if !next.After(at) || !time.Date(ny, nm, nd, 0, 0, 0, 0, time.UTC).Equal(want) || seen[s.Wall(next)] {
				t.Fatalf("%s: after %v comes %v, want a firing on %v", s, at, next, want)
			}
			seen[s.Wall(next)] = true
			at = next
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0 18 * * *", "@every 1h", "TZ=UTC", "@every -5s", "0 0 31 2 *", "*/7 1-4,9 ? JAN-mar sun", "@weekly", "\x00", "1/0 * * * *", "0-0/0 * * * *"} {
		f.Add(s, "America/New_York")
	}
	f.Fuzz(func(t *testing.T, spec, zone string) {
		s, err := Parse(spec, zone)
		if err != nil {
			return
		}
		at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for _, next := range s.NextN(at, 5) {
			if !next.After(at) {
				t.Fatalf("%q in %q: %v is not after %v", spec, zone, next, at)
			}
			at = next
		}
	})
}

func BenchmarkNext(b *testing.B) {
	s := parse(b, "30 18 * * *", "America/New_York")
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		s.Next(at)
	}
}
