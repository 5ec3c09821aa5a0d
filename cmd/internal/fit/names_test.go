package fit

import (
	"strings"
	"testing"
)

// TestRefusedNames: for each name that is refused there is one to use.
func TestRefusedNames(t *testing.T) {
	for use, others := range refused {
		if boostParams[use] == nil {
			t.Errorf("the name to use, %s, is not known", use)
		}
		for name := range strings.FieldsSeq(others) {
			if boostParams[name] != nil {
				t.Errorf("%s is both refused and known", name)
			}
		}
	}
}
