package song

import (
	"strings"
	"testing"
)

// Every word of the weighted lists has a weight.
func TestWords(t *testing.T) {
	for name, list := range map[string]map[string]float64{"leanings": leanings, "mixes": mixWords, "talk": talkWords} {
		if len(list) < 50 {
			t.Errorf("the list of %s has %d words", name, len(list))
		}
		for word, weight := range list {
			if weight == 0 || strings.Trim(word, "0123456789.-") == "" && !strings.HasSuffix(word, "s") {
				t.Errorf("%s: %q has the weight %v", name, word, weight)
			}
		}
	}
}
