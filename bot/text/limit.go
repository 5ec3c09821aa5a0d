package text

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"cratedigger/pipeline/limit"
	"cratedigger/pipeline/schedule"
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

// Refused is Broken as a sentence with the name of the setting, for people: a share is in
// percent.
func (l *Language) Refused(b limit.Broken) string {
	if n, ok := b.Limit.Number(b.Value); ok && b.Limit.Percent {
		b.Value = b.Limit.Shown(n)
	}
	b.Limit = b.Limit.People()
	return l.Say("limit.refused", "setting", l.Say("setting."+b.Limit.Setting), "broken", l.Broken(b))
}

// Week says when a schedule fires: "Monday to Friday at 18:05".
func (l *Language) Week(w schedule.Week) string {
	switch {
	case w.Every(schedule.EveryDay...):
		return l.Say("schedule.daily", "time", w.Clock())
	case w.Every(1, 2, 3, 4, 5):
		return l.Say("schedule.workdays", "time", w.Clock())
	}
	var days []string
	for _, day := range w.Days {
		days = append(days, l.Day(day))
	}
	return l.Say("schedule.days", "days", strings.Join(days, ", "), "time", w.Clock())
}

// Day is the name of a day of the week.
func (l *Language) Day(day time.Weekday) string {
	return l.Say(fmt.Sprintf("amount.weekday.%d", (day+6)%7))
}

// amount writes a limit as the documents do: digits only.
func amount(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
