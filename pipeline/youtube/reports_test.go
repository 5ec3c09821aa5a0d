package youtube

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestReports reads the pages of the folder reports, which were once misread,
// and compares them with the right values. This package's other tests have
// examples of the same faults.
func TestReports(t *testing.T) {
	for file, want := range map[string]string{
		"01-results-ru-views.html": "ok: [Some Artist, 1234 views, 3 дня назад 2026-11-19 12:00] [Some Artist, 3500 views, 2 часа назад 2026-11-22 10:00] " +
			"[Some Artist, 0 views, 5 минут назад 2026-11-22 11:55] [Артист, 1200000 views, 1 год назад 2025-11-22 12:00]",
		"02-watch-rate-limit-in-subreason-unplayable.html": "blocked",
		"03-watch-rate-limit-in-subreason-error.html":      "blocked",
		"04-watch-captcha-in-error-screen.html":            "blocked",
		"05-results-compact-ages.html": "ok: [Some Artist, 250000 views, 16h ago 2026-11-21 20:00] [Some Artist, 250000 views, 5d ago 2026-11-17 12:00] " +
			"[Some Artist, 250000 views, 2w ago 2026-11-08 12:00] [Some Artist, 250000 views, 1mo ago 2026-10-22 12:00] [Some Artist, 250000 views, 3y ago 2023-11-22 12:00] " +
			"[Some Artist, 250000 views, 45m ago 2026-11-22 11:15] [Some Artist, 250000 views, 12s ago 2026-11-22 11:59]",
		"06-results-compact-age-views-hidden.html": "ok: [Some Artist, 16h ago 2026-11-21 20:00] [Some Artist, 5d ago 2026-11-17 12:00] [Some Artist, Streamed 3d ago 2026-11-19 12:00]",
		"07-results-lockup-premiere.html":          "ok: [Some Artist, 56 viewers, starts 2030-08-14 13:00] [Some Artist, starts] [Some Artist, 56 viewers, starts 2030-12-05 00:00]",
		"08-results-channel-name-read-as-number.html": "ok: [The Interview and 2 more, 288000 views, 4 months ago 2026-07-22 12:00] [5-Minute Crafts FAMILY, 250000 views, 2 days ago 2026-11-20 12:00] " +
			"[Singapore Review, 2 days ago 2026-11-20 12:00] [Viewpoint 360, 250000 views, 2 days ago 2026-11-20 12:00] [10 Hours Fairy Music, 250000 views]",
		"14-feed-control-character.xml":                 `aaaaaaaaa01 "bad  char" aaaaaaaaa02 "good" [, 2026-01-01 00:00] [, 2026-01-02 00:00]`,
		"16-watch-shell-description-names-captcha.html": "stub",
	} {
		body, err := os.ReadFile(filepath.Join(recordingsDir(t), "..", "reports", "inputs", file))
		if err != nil {
			t.Skipf("the reports are not beside the recordings (set CRATEDIGGER_TESTDATA): %v", err)
		}
		var got string
		switch {
		case strings.HasSuffix(file, ".xml"):
			videos, err := parseFeed(body)
			if err != nil {
				t.Error(err)
			}
			for _, v := range videos { // a feed's entries are known by id and title
				got += v.ID + " " + strconv.Quote(v.Title) + " "
			}
			got += told(videos)
		case DetectKind(body) == "results":
			r := ParseResults(body, testAt)
			got = string(r.Status) + ": " + told(r.Videos)
		default:
			got = string(ParseWatch(body).Status)
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", file, got, want)
		}
	}
}

// told lists what videos say of channel, views, viewers and time.
func told(videos []Video) string {
	var all []string
	for _, v := range videos {
		parts := []string{v.Channel}
		add := func(format string, args ...any) {
			parts = append(parts, strings.TrimSpace(fmt.Sprintf(format, args...)))
		}
		if v.Views != nil {
			add("%d views", *v.Views)
		}
		if v.Viewers != nil {
			add("%d viewers", *v.Viewers)
		}
		const form = "2006-01-02 15:04"
		if v.Published.Known() {
			add("%s %s", v.PublishedText, v.Published.Time.Format(form))
		} else if v.PublishedText != "" {
			add("%s", v.PublishedText)
		}
		switch {
		case v.Upcoming && v.StartsAt.IsZero():
			add("starts")
		case v.Upcoming:
			add("starts %s", v.StartsAt.Format(form))
		}
		all = append(all, "["+strings.Join(parts, ", ")+"]")
	}
	return strings.Join(all, " ")
}
