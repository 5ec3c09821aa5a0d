package taste

import (
	"cmp"
	"math"
	"slices"

	"cratedigger/pipeline/catalog"
)

// sortReasons sorts by weight, the strongest first, then by words.
func sortReasons(reasons []catalog.Reason) {
	slices.SortStableFunc(reasons, func(a, b catalog.Reason) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), slices.Compare(a.Words, b.Words))
	})
}
