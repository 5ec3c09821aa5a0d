package bot

import (
	"strings"
	"testing"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
)

// TestStatusShortOfPages: /status says when the day's pages of YouTube were too few for
// this server, until a search had enough.
func TestStatusShortOfPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, short := range []int{14, 0} {
		run, err := w.catalog.StartRun(t.Context(), catalog.Run{GuildID: w.guild, Kind: catalog.RunScrape, By: catalog.BySchedule, Started: w.clock.Now()})
		if err != nil {
			t.Fatal(err)
		}
		run.Ended, run.Outcome, run.Counts = w.clock.Now(), catalog.OutcomeOK, map[string]int{catalog.CountShort: short}
		if err := w.catalog.FinishRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		said := w.do(fakediscord.Interaction{MemberID: w.admin, Command: "status"}).Answer().Content
		if strings.Contains(said, "left 14 songs unread") != (short > 0) || strings.Contains(said, "official API") != (short > 0) {
			t.Errorf("%d unread: %s", short, said)
		}
	}
}
