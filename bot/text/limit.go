package text

import (
	"strconv"
	"strings"

	"cratedigger/pipeline/limit"
)

// Limit says what a setting may be, such as "a whole number from 1 to 10".
func (l *Language) Limit(x limit.Limit) string {
	what := l.Say("limit."+string(x.Form), "min", amount(x.Min), "max", amount(x.Max), "list", strings.Join(x.Choices, ", "))
	if x.Empty {
		return l.Say("limit.optional", "limit", what)
	}
	return what
}

// Broken says what is wrong with a setting, to follow its name: "must be a whole
// number from 1 to 10, not “11”". It writes the value as it is.
func (l *Language) Broken(b limit.Broken) string {
	switch {
	case b.Many():
		return l.Say("limit.many", "value", b.Value, "max", strconv.Itoa(b.Limit.Most))
	case b.Reason != nil:
		return l.Say("limit.reason", "limit", l.Limit(b.Limit), "value", b.Value, "reason", b.Reason)
	}
	return l.Say("limit.broken", "limit", l.Limit(b.Limit), "value", b.Value)
}

// Refused is Broken as a sentence with the name of the setting.
func (l *Language) Refused(b limit.Broken) string {
	return l.Say("limit.refused", "setting", l.Say("setting."+b.Limit.Setting), "broken", l.Broken(b))
}

// amount writes a limit as the documents do: digits only.
func amount(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
