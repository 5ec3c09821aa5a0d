package conform

import "testing"

// TestPlain: the plain store, with which others are compared, keeps the promises itself.
func TestPlain(t *testing.T) {
	for name, promise := range promises {
		switch name {
		case "Moments", "FieldLimits": // it keeps values as they come
			continue
		}
		t.Run(name, func(t *testing.T) { promise(t, begin(t, newPlain(nil).home)) })
	}
}
