package song

// The weights of the evidence.
var weights = [evidences + 2]float64{
	0.27,  // margin to 4
	0.03,  // margin beyond
	-0.11, // two parts
	1.01,  // a dash
	-0.87, // the song first
	-1.06, // many parts
	1.20,  // the channel's name
	-0.66, // part of the channel's name
	0.52,  // a known artist
	2.48,  // the artist's own channel
	-0.22, // a title alone
	0.68,  // quotes
	1.13,  // \"by\"
	1.56,  // who covers is named
	-1.05, // a cover
	2.02,  // a classical work
	0.05,  // a guess
	0.00,  // the music section
	-2.00, // words of what is no song
	0.82,  // wrapping behind the song
	-0.32, // no channel
	-1.21, // a long name
	-0.79, // an untidy song
	-0.94, // words that lean the other way
	0.59,  // a weak separator
	0.38,  // a known song
	0.48,  // a given name
	-0.03, // an ensemble
	-2.20, // an untidy name
	-1.86, // a number in the song
	-2.09, // a long song
}

const constant = 0.09
