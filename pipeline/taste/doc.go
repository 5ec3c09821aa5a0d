// Package taste learns what a guild likes.
//
// Labels turns votes into labels: a smoothed share of likes with a weight.
// Package feature turns a video, as it was known when it was posted, into a row
// of numbers and words, and an ensemble (package model) learns to predict
// labels from rows. Train returns a Model that scores videos with a variance,
// explains scores in words and has a card. If there are too few labels, or the
// ensemble is no better out of fold than guessing, a stated rule ranks instead
// (Rule).
package taste
