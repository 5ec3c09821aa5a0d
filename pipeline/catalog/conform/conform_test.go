package conform

import "testing"

// TestPlain: the plain store, with which others are compared, keeps the promises itself.
func TestPlain(t *testing.T) {
	for name, promise := range promises {
		switch name {
		case "Moments", "EveryField", "FieldLimits": // it keeps values as they come, and of a video only some
			continue
		}
		t.Run(name, func(t *testing.T) { promise(t, begin(t, newPlain(nil).home)) })
	}
}
