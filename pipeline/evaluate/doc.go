// Package evaluate measures how well package taste learns, on label files.
//
// Evaluate trains and tests on splits of a file (TimeSplit, CrossSplits,
// ReadFolds). Backtest simulates a bot that picks from the file round by round,
// and LearningCurve shows what more labels are worth. All three run the code
// that serves guilds.
package evaluate
