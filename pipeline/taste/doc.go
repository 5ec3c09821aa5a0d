// Package taste learns what a guild likes.
//
// Votes become labels (Labels: a smoothed share of likes with a weight), a
// video becomes a row of numbers and words as they were known when it was
// posted (package feature), and an ensemble (package model) learns the one
// from the other. Train returns a Model that scores videos, says how sure it
// is, explains itself in words and knows its own card. Where there are too few
// labels, or where the ensemble is no better out of fold than the base rate, a
// stated rule ranks instead (Rule).
package taste
