package song

// The weights of the evidence, in log odds: a logistic regression on the labelled
// titles (TestConfidence prints it). Fitted on three quarters of the sources and
// judged on the fourth, in turn, 96.6 % of what is said with .9 and more is right.
// No labelled title has a music section; of 19 on pages 17 named the right song,
// which is its weight.
var weights = [margins + evidences]float64{
	-0.26, // margin to 2
	0.40,  // margin to 5
	0.07,  // margin beyond
	-0.47, // two parts
	0.73,  // a dash
	-0.33, // the song first
	-0.43, // many parts
	1.09,  // the channel's name
	-0.71, // part of the channel's name
	0.50,  // a known artist
	2.24,  // the artist's own channel
	-0.78, // a title alone
	0.56,  // quotes
	0.93,  // \"by\"
	0.26,  // who covers is named
	-0.59, // a cover
	1.20,  // a classical work
	-0.93, // a guess
	2.10,  // the music section
	-1.92, // words of what is no song
	0.44,  // wrapping behind the song
	-0.24, // no channel
	-0.31, // a long name
	0.26,  // an untidy song
	-0.75, // words that lean the other way
	0.60,  // a weak separator
	0.26,  // a known song
	0.11,  // a given name
	-1.19, // an ensemble
	-1.73, // an untidy name
	-1.79, // a number in the song
	-1.81, // a long song
	-1.47, // a number in the name
	0.16,  // several artists
	-0.42, // a bracket that says nothing
	0.64,  // a name of two words
	-0.79, // a song of many words
	-1.90, // a slash or quotes in the song
	-0.50, // words left over
	1.12,  // nothing else
}

const constant = 0.91
