package discord

import "strings"

const customVersion = "v1"

// CustomID is what a component carries: a version, an action and its
// arguments, which hold no colon.
func CustomID(action string, args ...string) string {
	return strings.Join(append([]string{customVersion, action}, args...), ":")
}

// Action is what a custom id asks for.
type Action struct {
	Name string
	args []string
}

// ParseCustomID reads a custom id of any version that is still known. What
// comes back is as untrusted as what came in.
func ParseCustomID(s string) (Action, bool) {
	parts := strings.Split(s, ":")
	if len(s) > 100 || len(parts) < 2 || parts[0] != customVersion || parts[1] == "" {
		return Action{}, false
	}
	return Action{Name: parts[1], args: parts[2:]}, true
}

// Arg is the i-th argument, "" without one.
func (a Action) Arg(i int) string {
	if i < len(a.args) {
		return a.args[i]
	}
	return ""
}
