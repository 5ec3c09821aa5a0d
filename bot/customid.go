package bot

import "strings"

// Actions of components. A custom id lives as long as its message, so an
// action is never renamed; a new meaning gets a new version.
const (
	actionUp     = "up"     // 👍 as a button; the post
	actionDown   = "down"   // 👎 as a button; the post
	actionBlock  = "block"  // not this channel; the post
	actionWhy    = "why"    // why this pick; the post
	actionAbout  = "about"  // what is this; the outbox row's nonce
	actionCancel = "cancel" // cancel long work; kind and member
	actionLabel  = "label"  // a label; video, "u", "d" or "s", how many are left
	actionSetup  = "setup"  // one step of the set-up
	actionForget = "forget" // forget me, for sure
)

const customVersion = "v1"

// customID is what a component carries: a version, an action and its
// arguments, which hold no colon.
type customID struct {
	action string
	args   []string
}

// id makes a custom id.
func id(action string, args ...string) string {
	return strings.Join(append([]string{customVersion, action}, args...), ":")
}

// parseCustomID reads a custom id of any version that is still known. What
// comes back is as untrusted as what came in.
func parseCustomID(s string) (customID, bool) {
	parts := strings.Split(s, ":")
	if len(s) > 100 || len(parts) < 2 || parts[0] != customVersion || parts[1] == "" {
		return customID{}, false
	}
	return customID{action: parts[1], args: parts[2:]}, true
}

// arg is the i-th argument, "" without one.
func (c customID) arg(i int) string {
	if i < len(c.args) {
		return c.args[i]
	}
	return ""
}
