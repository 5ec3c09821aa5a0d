package conform

import (
	"testing"
)

// TestPlain: the plain store, with which others are compared, keeps the promises itself.
func TestPlain(t *testing.T) {
	Test(t, func(*testing.T) Home { return newPlain(nil).home })
}
