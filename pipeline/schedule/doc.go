// Package schedule runs a guild's jobs at the wall-clock times of its cron
// lines.
//
// All cron lines go through [Parse], which refuses lines that would fire too
// often or never, or that make the cron library panic. A [Schedule] works on
// the wall clock of its zone: a time that a change of the clocks skips fires
// once, at the moment of the change, and a time that comes twice fires the
// first time.
//
// A [Runner] waits on a [Clock], so the same code runs on the system's clock
// and on one that a test or the demo steps. Each firing is a slot, named by
// guild, kind and wall clock, and the work of a slot is done once, even if it
// fires again because of a restart, a clock set back or two lines with the same
// time.
package schedule
