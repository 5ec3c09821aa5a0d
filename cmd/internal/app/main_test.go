package app

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain: no test may leave a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
