// Package pick chooses what is posted: from scored candidates to the few of a
// slot.
//
// A Floor drops what must never be posted in a guild, whatever its score:
// blocked channels and words, other categories, odd lengths, what cannot be
// played. Choose draws the slot from the rest: Thompson sampling over the
// scores (a video that the model is unsure of gets its chance), maximal
// marginal relevance so that the picks differ, one per channel, no re-uploads,
// nothing like what was disliked, and, if the guild wants it, one wildcard.
// Each pick knows the chance with which it was chosen, so that what is learned
// from the answers stays honest.
package pick
