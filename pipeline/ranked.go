package pipeline

import "cratedigger/pipeline/catalog"

// Ranked is one entry of a guild's ranked list.
type Ranked struct {
	Video        catalog.Video
	Score        float64 // probability of 👍, 0 to 1; the rule's score when ModelVersion is 0
	Variance     float64 // of Score; 0 when unknown
	ModelVersion int     // 0: the rule ranked
	Posted       bool    // it was posted in the guild before
	Reasons      []catalog.Reason

	raw, rawVariance float64 // log-odds and their variance; 0 when the rule ranked
}
