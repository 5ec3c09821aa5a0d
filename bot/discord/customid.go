package discord

import "strings"

const customVersion = "v1"

// CustomID is what a component carries: a version, an action and its
// arguments, which hold no colon.
type CustomID struct {
	Action string
	args   []string
}

// ID makes a custom id.
func ID(action string, args ...string) string {
	return strings.Join(append([]string{customVersion, action}, args...), ":")
}

// ParseCustomID reads a custom id of any version that is still known. What
// comes back is as untrusted as what came in.
func ParseCustomID(s string) (CustomID, bool) {
	parts := strings.Split(s, ":")
	if len(s) > 100 || len(parts) < 2 || parts[0] != customVersion || parts[1] == "" {
		return CustomID{}, false
	}
	return CustomID{Action: parts[1], args: parts[2:]}, true
}

// Arg is the i-th argument, "" without one.
func (c CustomID) Arg(i int) string {
	if i < len(c.args) {
		return c.args[i]
	}
	return ""
}
