package youtube

import (
	"maps"
	"slices"
)

// FairShares divides a day's pages among guilds by max-min fairness: each gets
// what it asks for up to an equal share, and what the modest do not need is
// divided among the rest. The remainder of the division goes to those that ask
// for more, in the order of their ids, starting at an offset that the caller
// changes from day to day.
func FairShares(pages int, asks map[string]int, offset int) map[string]int {
	ids := slices.Sorted(maps.Keys(asks))
	// The level up to which every request is granted.
	byAsk := slices.SortedFunc(maps.Values(asks), func(a, b int) int { return a - b })
	left, level := max(0, pages), 0
	for i, ask := range byAsk {
		step := min(max(0, ask)-level, left/(len(byAsk)-i))
		if step > 0 {
			level += step
			left -= step * (len(byAsk) - i)
		}
		if level < ask {
			break
		}
	}
	shares := make(map[string]int, len(asks))
	for i := range ids {
		id := ids[(i+max(0, offset))%len(ids)]
		shares[id] = min(max(0, asks[id]), level)
		if left > 0 && asks[id] > level {
			shares[id]++
			left--
		}
	}
	return shares
}
