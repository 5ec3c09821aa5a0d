package youtube

import (
	"strconv"
	"strings"
)

// maxSeconds bounds a length, about 272 years: endless streams run for years.
const maxSeconds = 1 << 33

// parseLength reads a length as shown on a thumbnail, "0:39", "1:02:03" or
// "242860:15", in seconds. It is not ok for "LIVE" and the like.
func parseLength(text string) (seconds int64, ok bool) {
	parts := strings.Split(strings.TrimSpace(plainNumber(text)), ":")
	if len(parts) == 1 {
		parts = strings.Split(parts[0], ".") // fi, da, it: "2.16"
	}
	if len(parts) < 2 || len(parts) > 4 {
		return 0, false
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil || len(p) == 0 || i > 0 && len(p) != 2 || i > 0 && n > 59 {
			return 0, false
		}
		base := int64(60)
		if len(parts) == 4 && i == 1 {
			base = 24 // days come first
		}
		seconds = seconds*base + int64(n)
	}
	return seconds, seconds < maxSeconds
}

// parseISOLength reads an ISO 8601 duration without years and months,
// "PT5M37S", in seconds. Minutes may exceed 59; "P0D", of a live video, is 0.
func parseISOLength(text string) (seconds int64, ok bool) {
	rest, found := strings.CutPrefix(text, "P")
	if !found || rest == "" {
		return 0, false
	}
	inTime, parts := false, 0
	for rest != "" {
		if !inTime && rest[0] == 'T' {
			inTime, rest = true, rest[1:]
			continue
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if end <= 0 {
			return 0, false
		}
		n, err := strconv.ParseInt(rest[:end], 10, 64)
		if err != nil || n >= maxSeconds {
			return 0, false
		}
		var unit int64
		switch {
		case !inTime && rest[end] == 'W':
			unit = 7 * 24 * 3600
		case !inTime && rest[end] == 'D':
			unit = 24 * 3600
		case inTime && rest[end] == 'H':
			unit = 3600
		case inTime && rest[end] == 'M':
			unit = 60
		case inTime && rest[end] == 'S':
			unit = 1
		default:
			return 0, false
		}
		if seconds += n * unit; n > maxSeconds/unit || seconds >= maxSeconds {
			return 0, false
		}
		rest = rest[end+1:]
		parts++
	}
	return seconds, parts > 0
}
