// Package conform is the conformance suite of the catalogue: what package catalog promises,
// as tests that every store must pass. Each promise has a test of its own, and
// random operations are compared with a store of plain maps, which is as simple as the
// promises allow. Only tests import it, as testing/fstest.
package conform

import (
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
)

// Home is where the data of one store lie. It opens the store, on a given clock, with all
// that was written before; one store at a time is open.
type Home func(now func() time.Time) (catalog.Store, error)

// Test runs the suite, which takes some seconds, or minutes if it is long. newHome makes a
// home that is empty.
func Test(t *testing.T, long bool, newHome func(t *testing.T) Home) {
	for name, promise := range promises {
		t.Run(name, func(t *testing.T) {
			b := begin(t, newHome(t))
			b.long = long
			promise(t, b)
		})
	}
	t.Run("Random", func(t *testing.T) { random(t, long, newHome) })
}
