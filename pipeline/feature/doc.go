// Package feature turns videos into rows that learners read.
//
// It works in two steps. Read makes a Document of a video as it was known at
// one time: its words and character n-grams, block by block, and its numbers.
// That step looks at one video alone and is cached (Cache). Fit looks at many
// documents and makes a Space: the vocabulary with its inverse document
// frequencies, the scale of each number, and latent factors, all without any
// label. A Space then turns documents into matrices with named columns, in
// several views: what a linear learner wants is not what trees want.
//
// Packaging phrases ("Official Music Video", "HD") are taken out before
// anything else sees the text: they say how a video is wrapped and not what is
// in it, and a model that may use them learns the wrapping.
package feature
