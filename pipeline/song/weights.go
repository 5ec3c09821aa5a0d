package song

// The weights of the evidence.
var weights = [evidences + 2]float64{
	0.27,  // margin to 4
	0.12,  // margin beyond
	-0.72, // two parts
	1.04,  // a dash
	-0.16, // the song first
	-0.96, // many parts
	1.04,  // the channel's name
	-0.74, // part of the channel's name
	0.47,  // a known artist
	2.56,  // the artist's own channel
	-0.05, // a title alone
	0.75,  // quotes
	1.19,  // \"by\"
	1.35,  // who covers is named
	-1.14, // a cover
	2.24,  // a classical work
	0.01,  // a guess
	0.00,  // the music section
	-2.01, // words of what is no song
	0.92,  // wrapping behind the song
	-0.07, // no channel
	-1.30, // a long name
	-0.72, // an untidy song
	-1.43, // words that lean the other way
	0.77,  // a weak separator
	0.23,  // a known song
	0.73,  // a given name
	-0.38, // an ensemble
	-2.10, // an untidy name
	-1.82, // a number in the song
	-2.02, // a long song
}

const constant = -0.02
