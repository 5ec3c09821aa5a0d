package youtube

import "slices"

// FairShares divides a day's pages among guilds so that none goes short for
// another's sake: each gets what it asks for up to an equal share, and what
// the modest leave is divided among the rest (max-min fairness). What cannot
// be divided evenly goes to those that ask for more, in the order of their
// ids, from an offset that the caller moves from day to day.
func FairShares(pages int, asks map[string]int, offset int) map[string]int {
	ids := make([]string, 0, len(asks))
	for id := range asks {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		if asks[a] != asks[b] {
			return asks[a] - asks[b]
		}
		if a < b {
			return -1
		}
		return 1
	})
	shares := make(map[string]int, len(asks))
	left := max(0, pages)
	for i, id := range ids {
		shares[id] = min(max(0, asks[id]), left/(len(ids)-i))
		left -= shares[id]
	}
	slices.Sort(ids)
	for moved := true; left > 0 && moved; {
		moved = false
		for i := range ids {
			id := ids[(i+max(0, offset))%len(ids)]
			if left > 0 && shares[id] < asks[id] {
				shares[id]++
				left--
				moved = true
			}
		}
	}
	return shares
}
