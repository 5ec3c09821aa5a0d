package pipeline

import (
	"math"
	"testing"

	"cratedigger/pipeline/taste"
)

// TestAhead: the direction of a fact is by the videos that have more of it against
// those that have less, not by whether it mostly speaks for or against.
func TestAhead(t *testing.T) {
	parts := func(pairs ...float64) (out []taste.Part) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, taste.Part{Kind: PartFact, Name: "duration", Number: pairs[i], Weight: pairs[i+1], Known: true})
		}
		return out
	}
	for name, tt := range map[string]struct {
		parts []taste.Part
		want  float64
	}{
		"longer is better":                   {parts(100, -0.5, 200, -0.4, 300, -0.2, 400, -0.1), 0.3},
		"shorter is better, all speak for":   {parts(400, 0.1, 300, 0.2, 200, 0.4, 100, 0.5), -0.3},
		"a flag that few have":               {parts(0, 0, 0, 0, 0, 0, 1, 0.8), 0.8},
		"a flag that most have":              {parts(0, -0.8, 1, 0, 1, 0, 1, 0), 0.8},
		"equal numbers stay in one half":     {parts(1, 0, 2, 0.2, 2, 0.4, 2, 0.6), 0.4},
		"all have the same":                  {parts(5, 0.3, 5, 0.1), 0},
		"one alone":                          {parts(5, 0.3), 0},
		"what is not known does not count":   {append(parts(1, 0.2, 2, 0.4), taste.Part{Kind: PartFact, Number: 0, Weight: -9}), 0.2},
		"nothing is known, as of a category": {[]taste.Part{{Kind: PartFact, Name: "category", Weight: 0.7}}, 0},
	} {
		if got := ahead(tt.parts); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
