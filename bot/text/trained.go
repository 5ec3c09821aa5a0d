package text

import "cratedigger/pipeline/catalog"

// Trained says what came of a training that has ended well. who says that the rule still
// ranks, and why; "" where it does not.
func (l *Language) Trained(run catalog.Run, who string) string {
	key := "retrain.done"
	switch {
	case run.Counts[catalog.CountUnchanged] > 0:
		key = "retrain.unchanged"
	case who != "":
		key = "retrain.rule"
	case run.Counts["promoted"] > 0:
		key = "retrain.promoted"
	case run.Counts["votes"] == 0:
		key = "retrain.nothing"
	case run.Counts["model"] == 0:
		key = "retrain.none"
	}
	return l.Say(key, "n", run.Counts["votes"], "who", who)
}
