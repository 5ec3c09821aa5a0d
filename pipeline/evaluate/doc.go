// Package evaluate measures what package taste learns, on label files that
// people keep.
//
// Evaluate divides a file's rows (TimeSplit, CrossSplits, ReadFolds), learns from
// one part of each division and measures on the other. Backtest replays the
// whole file as a bot would have lived it, and LearningCurve tells what more
// labels are worth. All three run the code that serves guilds.
package evaluate
