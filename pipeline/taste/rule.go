package taste

import (
	"math"
	"strings"
	"time"

	"cratedigger/pipeline/catalog"
)

// Rule ranks while there is no model. A video scores for the music category
// (0.30), a length of one and a half to twelve minutes (0.20), its age (0.20,
// halving every 30 days), likes by view (0.15, full marks for 100 likes of
// 2,500 views) and views a day (0.15, on a log scale, full marks for 10,000).
// An unknown value counts half; a live stream or a Short gets half the score.
// The score is 0 to 1 but not a probability. Reasons are the parts that raised
// it, strongest first.
func Rule(v catalog.Video, now time.Time) (score float64, reasons []catalog.Reason) {
	part := func(name string, weight, value, number float64) {
		score += weight * value
		if value > 0.5 {
			reasons = append(reasons, catalog.Reason{Kind: catalog.ReasonRule, Words: []string{name}, Number: number, Weight: weight * (value - 0.5)})
		}
	}
	music := 0.5
	if v.Category != "" {
		music = 0
		if IsMusic(v.Category) {
			music = 1
		}
	}
	part("music", 0.30, music, 0)

	length := 0.5
	if v.DurationSeconds != nil {
		s := float64(*v.DurationSeconds)
		switch {
		case s >= 90 && s <= 720:
			length = 1
		case s >= 60 && s <= 1200:
			length = 0.4
		default:
			length = 0
		}
		part("length", 0.20, length, s)
	} else {
		score += 0.20 * length
	}

	days := math.NaN()
	if v.Published.Known() {
		days = max(0.5, now.Sub(v.Published.Time).Hours()/24)
		part("fresh", 0.20, math.Exp2(-days/30), days)
	} else {
		score += 0.10
	}
	if v.Views != nil && v.Likes != nil && *v.Views > 0 {
		// Smoothed, as three likes of ten views say little.
		ratio := (float64(*v.Likes) + 2) / (float64(*v.Views) + 100)
		part("like ratio", 0.15, min(1, ratio/0.04), ratio)
	} else {
		score += 0.075
	}
	if v.Views != nil && !math.IsNaN(days) {
		perDay := float64(*v.Views) / days
		part("views per day", 0.15, min(1, math.Log10(1+perDay)/4), perDay)
	} else {
		score += 0.075
	}
	if v.Live || v.Upcoming || v.Short {
		score *= 0.5
	}
	sortReasons(reasons)
	return score, reasons
}

// IsMusic reports whether a category is YouTube's Music, by its number, 10, or
// its name in common languages.
func IsMusic(category string) bool {
	switch strings.ToLower(strings.TrimSpace(category)) {
	case "music", "música", "musica", "musique", "musik", "muziek", "muzyka", "музыка", "音楽", "音乐", "音樂", "음악", "müzik", "hudba", "zene", "musiikki", "10":
		return true
	}
	return false
}
