package discord

import (
	"strconv"
	"time"
)

// IsID reports whether s can be an id of Discord's.
func IsID(s string) bool {
	if len(s) == 0 || len(s) > 20 {
		return false
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// CompareIDs orders ids by their number.
func CompareIDs(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	if a < b {
		return -1
	} else if a > b {
		return 1
	}
	return 0
}

// IDAfter is the id that follows one, so that a page before it begins with it.
func IDAfter(id string) string {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return ""
	}
	return strconv.FormatUint(n+1, 10)
}

// IDTime is when Discord made an id, to the millisecond; zero for what is no id.
func IDTime(id string) time.Time {
	const epoch = 1420070400000 // the first of January 2015, in Unix milliseconds
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(n>>22) + epoch).UTC()
}
