// Package model is an ensemble over matrices: several learners, each trained
// on its own view of the same rows, combined by weights that were found on
// rows which none of them had seen, and calibrated to probabilities.
//
// It knows matrices, labels and weights, and nothing of what a row stands for.
// Folders: matrix holds the rows; linear, boost, forest, neighbour and record
// are learners; tree is what the tree learners share; metric measures,
// calibrate turns scores into probabilities, tune searches parameters, and
// container is the file format.
package model
