// Package feature turns videos into rows that learners read.
//
// It works in two steps. Read makes a Document of one video as it was known at
// one time: its words and character n-grams, by block of text, and its numbers;
// Cache caches it. Fit makes a Space of many documents: the vocabulary with its
// inverse document frequencies, the scale of each number, and latent factors.
// It uses no labels. A Space then turns documents into matrices with named
// columns, in several views, because linear learners need other columns than
// trees.
//
// Packaging phrases ("Official Music Video", "HD") are removed first: they say
// how a video is presented and nothing of its content, and a model would learn
// them.
package feature
