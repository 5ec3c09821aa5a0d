package song

// The weights of the evidence.
var weights = [evidences + 2]float64{
	0.26,  // margin to 4
	0.10,  // margin beyond
	-0.57, // two parts
	1.23,  // a dash
	-0.38, // the song first
	-0.97, // many parts
	1.21,  // the channel's name
	-0.10, // part of the channel's name
	0.50,  // a known artist
	2.40,  // the artist's own channel
	0.37,  // a title alone
	1.05,  // quotes
	1.35,  // \"by\"
	1.89,  // who covers is named
	-0.99, // a cover
	0.60,  // a classical work
	0.23,  // a guess
	0.00,  // the music section
	-1.22, // words of what is no song
	0.90,  // wrapping behind the song
	-0.11, // no channel
	-1.39, // a long name
	-0.79, // an untidy song
	-1.35, // words that lean the other way
	0.67,  // a weak separator
	0.44,  // a known song
	0.75,  // a given name
}

const constant = -0.47
