// Package schedule runs a guild's jobs at the wall-clock times of its cron
// lines.
//
// [Parse] is the one door for cron lines: it refuses what the cron library
// would run wildly, never, or panic on. A [Schedule] works on the wall clock
// of its zone: a time that a change of the clocks leaves out fires once, at
// the moment of the change, and a time that comes twice fires at the first.
//
// A [Runner] waits on a [Clock], so the same code runs by the system's clock
// and by one that a test or the demo moves. Each firing is a slot, named by
// guild, kind and wall clock, and a slot is done once: a second firing of it,
// by a restart, a clock set back or two lines that meet, is no work.
package schedule
