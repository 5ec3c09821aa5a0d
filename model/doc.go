// Package model is an ensemble of learners over matrices: each learner is trained
// on its own view of the same rows, their scores are combined by stacking (Wolpert
// 1992; with weights that are not negative, Breiman 1996) and calibrated to
// probabilities. Weights and calibration are found on out-of-fold scores. It
// departs from the papers in that no weight is fitted: the weights are the mean of a
// few starts by how well each explains the labels (see stack.go).
//
// It knows matrices, labels and weights, and nothing of what a row stands for.
// Folders: matrix holds the rows; linear, boost, forest, neighbour and record are
// learners; pooled learns from the first label on and stands alone; tree is what the tree learners share; metric measures, calibrate
// corrects probabilities, tune searches parameters, and container is the file
// format.
package model
