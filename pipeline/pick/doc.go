// Package pick chooses the videos of a slot from the scored candidates.
//
// A Floor drops what must not be posted in a guild, whatever its score: blocked
// channels and words, other categories, lengths outside the limits, videos that
// cannot be played. Choose draws the slot from the rest by Thompson sampling,
// so that a video that the model is unsure of gets a chance. Maximal marginal
// relevance makes the picks differ; there is at most one of each channel and no
// re-upload, videos similar to disliked ones are penalised, and one pick may be
// a wildcard. Each pick records the probability with which it was chosen, so
// that learning can account for it.
package pick
