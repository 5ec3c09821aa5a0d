package song

import (
	"math"
	"strings"
)

// Evidence is the set of observations that support an answer, or speak against it.
type Evidence uint64

// The kinds of evidence.
const (
	Paired       Evidence = 1 << iota // artist and song are parts of the title
	Dashed                            // separated by " - "
	Reversed                          // the song stands first
	ManyParts                         // the title has three parts or more
	ChannelIs                         // the artist is the channel's name
	ChannelHolds                      // the channel's name holds the artist's, or the other way round
	KnownArtist                       // other uploads know the artist
	OwnChannel                        // the title is the song, on the artist's Topic or VEVO channel
	OwnSong                           // the title is the song, on a channel that may be the artist's
	Quoted                            // the song stands in quotes
	SaidBy                            // "by Artist"
	CoverNamed                        // the artist of the cover is named
	Covers                            // a cover whose artist is not named
	Works                             // a classical work
	Guessed                           // two words were taken for an artist
	Credited                          // the music section agrees with the title
	NotSong                           // words that mixes and talk have
	Wrapped                           // "Official Video" or the like follows the song
	NoChannel                         // the channel is not known
	LongName                          // the artist has three words or more, and other uploads do not know it
	Untidy                            // brackets, commas or an "&" are left in the song
	KnownSong                         // other uploads know the song
	NameFirst                         // the artist begins with a given name
	Combo                             // a trio or a quartet, whose leader may be the artist
	UntidyName                        // a colon, quotes or brackets are left in the artist
	Numbered                          // a number after the song's first word
	LongSong                          // the song has seven words or more
	NumberedName                      // a number in the artist
	Several                           // the artists are "A, B" or "A x B"
	TwoWords                          // the artist has two words, like most names
	WordySong                         // the song has five words or more
	Medley                            // a slash, a colon or quotes are left in the song
	Clean                             // two plain parts around a dash, or a title on its artist's own channel, and nothing speaks against them
	Official                          // the title calls the video official
	TheName                           // the artist begins with "The"
	Capitals                          // the artist is in capitals, and the song is not
	Elsewhere                         // a word of the channel's name is in the title and not in the artist
	Act                               // the artist is "A & B" or "A with B"
	SongIsArtist                      // other uploads know the song as an artist
	TwoWordSong                       // the song has two words
	Duet                              // the artist is two full names, "First Last & First Last"
	Signed                            // the artist is the channel's name, and stands first, before a dash, or it is their Topic or VEVO channel
	evidences    = iota
)

// margins is the number of features that are not a kind of evidence.
const margins = 5

// features are the inputs of the regression: the margin between the best reading and
// the next as a piecewise linear function, with a slope of its own if the song comes
// first, how often other uploads name the artist, and a 0 or 1 for each kind of evidence.
func (e Evidence) features(margin, fame float64) (f [margins + evidences]float64) {
	f[0], f[1], f[2] = min(margin, 2), max(0, min(margin, 5)-2), max(0, min(margin, 12)-5)
	f[3] = min(math.Log1p(fame), 3)
	if e&Reversed != 0 {
		f[4] = f[1]
	}
	for i := range evidences {
		if e&(1<<i) != 0 {
			f[i+margins] = 1
		}
	}
	return f
}

// confidence is the probability that an answer with these features is right.
func confidence(f [margins + evidences]float64) float64 {
	z := constant
	for i, w := range weights {
		z += w * f[i]
	}
	return 1 / (1 + math.Exp(-z))
}

var evidenceNames = [...]string{"two parts", "a dash", "the song first", "many parts", "the channel's name", "part of the channel's name", "a known artist",
	"the artist's own channel", "a title alone", "quotes", "\"by\"", "who covers is named", "a cover", "a classical work", "a guess", "the music section", "words of what is no song",
	"wrapping behind the song", "no channel", "a long name", "an untidy song", "a known song", "a given name",
	"an ensemble", "an untidy name", "a number in the song", "a long song", "a number in the name", "several artists", "a name of two words",
	"a song of many words", "a slash or quotes in the song", "nothing else", "official",
	"a name with The", "the artist in capitals", "the channel elsewhere", "an act with &", "the song is a known artist", "a song of two words", "two full names", "a signed title"}

// String lists the kinds of evidence in the set.
func (e Evidence) String() string {
	var names []string
	for i, name := range evidenceNames {
		if e&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
