package schedule

import (
	"slices"
	"testing"
	"time"
)

// TestReadWeek: what people can say as days and a time is read and written so; what says
// more stays a cron line.
func TestReadWeek(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"0 18 * * *": "0 18 * * *", " 5  7 * *   1-5 ": "5 7 * * 1,2,3,4,5", "30 19 * * 7": "30 19 * * 0", "0 0 * * 0,6": "0 0 * * 0,6",
		"0 9 * * 5-7": "0 9 * * 0,5,6", "0 9 * * 0-6": "0 9 * * *", "0 9 * * 1,1": "0 9 * * 1",
		"*/5 18 * * *": "", "0 18,19 * * *": "", "0 18 1 * *": "", "0 18 * 2 *": "", "@daily": "", "60 18 * * *": "", "0 18 * * 9": "", "0 18 * * */2": "", "": "", "0 18 * * mon": "",
	} {
		w, ok := ReadWeek(spec)
		if got := w.String(); ok != (want != "") || ok && got != want {
			t.Errorf("%q is read as %t, %q, want %q", spec, ok, got, want)
			continue
		}
		if !ok {
			continue
		}
		a, err := Parse(spec, "Europe/Lisbon")
		b, err2 := Parse(w.String(), "Europe/Lisbon")
		from := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
		if err != nil || err2 != nil || !slices.EqualFunc(a.NextN(from, 20), b.NextN(from, 20), time.Time.Equal) {
			t.Errorf("%q and %q fire at other times (%v, %v)", spec, w, err, err2)
		}
	}
	if w, _ := ReadWeek("5 7 * * 6,0"); !w.Every(time.Saturday, time.Sunday) || w.Every(time.Saturday) || w.Clock() != "07:05" || w.Days[0] != time.Saturday {
		t.Errorf("Saturdays and Sundays are %+v", w)
	}
}

// TestReadClock: times of day are read as people type them.
func TestReadClock(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]int{"18": {18, 0}, " 7:05 ": {7, 5}, "19h": {19, 0}, "19H30": {19, 30}, "0.00": {0, 0}, "24": {-1}, "7:60": {-1}, "": {-1}, "7:5": {-1}, "-1": {-1}, "18:00:00": {-1}} {
		hour, minute, ok := ReadClock(text)
		if ok != (want[0] >= 0) || ok && (hour != want[0] || minute != want[1]) {
			t.Errorf("%q is read as %d:%d, %t", text, hour, minute, ok)
		}
	}
}

// TestZoneByItsCity: people type a city.
func TestZoneByItsCity(t *testing.T) {
	for typed, want := range map[string]string{
		"Lisbon": "Europe/Lisbon", " são paulo": "são paulo", "sao paulo": "America/Sao_Paulo", "new_york": "America/New_York",
		"europe/berlin": "Europe/Berlin", "utc": "UTC", "Europe/Malta": "Europe/Malta", "": "", "../etc": "../etc",
	} {
		if got := Zone(typed); got != want {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
	}
}
