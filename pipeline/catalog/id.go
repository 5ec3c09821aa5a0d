package catalog

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"
)

var words32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Digest hashes the parts of an identity to n characters a-z2-7.
func Digest(n int, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return words32.EncodeToString(sum[:])[:n]
}

// PostID is the id of the post of a video in a slot, derived from both: 16
// characters a-z2-7.
func PostID(slotKey, videoID string) string { return Digest(16, "post", slotKey, videoID) }

// Nonce is the nonce that an outbox row is sent with, 25 characters.
func Nonce(outboxID string) string { return Digest(25, "nonce", outboxID) }

// HeldID is the id of the outbox row that holds a slot's pick, by its place from 0.
func HeldID(slotKey string, place int) string { return fmt.Sprintf("%s/held/%02d", slotKey, place) }

// CheckIDs refuses ids that no store keeps: empty, longer than 200 bytes or with a zero byte.
func CheckIDs(ids ...string) error {
	for _, id := range ids {
		switch {
		case id == "":
			return errors.New("an id is empty")
		case len(id) > 200:
			return fmt.Errorf("the id %.20q… is too long", id)
		case strings.ContainsRune(id, 0):
			return fmt.Errorf("the id %q holds a zero byte", id)
		}
	}
	return nil
}

// CounterDay is the day (UTC) in the name of a daily counter.
func CounterDay(counter string) (day time.Time, ok bool) {
	for part := range strings.SplitSeq(counter, "/") {
		if day, err := time.Parse(time.DateOnly, part); err == nil {
			return day, true
		}
	}
	return day, false
}

// Blot replaces an id by [ByForgotten] in a text that another part composed, such as a
// message, and reports whether the text contained it.
func Blot(id string, text *string) bool {
	changed := false
	for from := 0; ; {
		at := findID((*text)[from:], id)
		if at < 0 {
			return changed
		}
		at += from
		*text = (*text)[:at] + string(ByForgotten) + (*text)[at+len(id):]
		from, changed = at+len(ByForgotten), true
	}
}

// Mentions reports whether a text contains an id.
func Mentions(text, id string) bool { return findID(text, id) >= 0 }

// findID finds an id in a text as a whole word, or returns -1: 12 is not found in
// 123.
func findID(text, id string) int {
	inWord := func(at int) bool {
		return at >= 0 && at < len(text) &&
			(text[at] >= '0' && text[at] <= '9' || text[at] >= 'a' && text[at] <= 'z' || text[at] >= 'A' && text[at] <= 'Z')
	}
	for from := 0; ; {
		at := strings.Index(text[from:], id)
		if at < 0 {
			return -1
		}
		at += from
		if !inWord(at-1) && !inWord(at+len(id)) {
			return at
		}
		from = at + 1
	}
}
