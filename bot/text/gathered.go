package text

import (
	"strings"
	"time"

	"cratedigger/pipeline/catalog"
)

// week is how far Gathered looks back.
const week = 7 * 24 * time.Hour

// Gathered says how much a guild told in the last week, by kind: counts alone.
func (l *Language) Gathered(h catalog.History, now time.Time) string {
	var kinds []string
	for _, g := range h.Gathered(now.Add(-week)) {
		kinds = append(kinds, l.Say("gathered."+string(g.Evidence), "n", g.Count))
	}
	if len(kinds) == 0 {
		return l.Say("status.gathered.none")
	}
	return l.Say("status.gathered", "list", strings.Join(kinds, ", "))
}
