package song

import (
	"math"
	"strings"
)

// Evidence is a set of what an answer rests on.
type Evidence uint32

// What an answer may rest on.
const (
	Paired       Evidence = 1 << iota // artist and song are parts of the title
	Dashed                            // separated by " - "
	Reversed                          // the song stands first
	ManyParts                         // of three parts and more
	ChannelIs                         // the artist is the channel's name
	ChannelHolds                      // the channel's name holds the artist's, or the other way round
	KnownArtist                       // other uploads know the artist
	OwnChannel                        // the title is the song, on the artist's Topic or VEVO channel
	OwnSong                           // the title is the song, on a channel that may be the artist's
	Quoted                            // the song stands in quotes
	SaidBy                            // "by Artist"
	CoverNamed                        // who covers is named
	Covers                            // it is a cover
	Works                             // a classical work
	Guessed                           // two words were taken for an artist
	Credited                          // the music section agrees with the title
	NotSong                           // words of mixes, talk and the like
)

var evidenceNames = [...]string{"two parts", "a dash", "the song first", "many parts", "the channel's name", "part of the channel's name", "a known artist",
	"the artist's own channel", "a title alone", "quotes", "\"by\"", "who covers is named", "a cover", "a classical work", "a guess", "the music section", "words of what is no song"}

// String lists what the evidence is.
func (e Evidence) String() string {
	var names []string
	for i, name := range evidenceNames {
		if e&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// confidence is the chance that an answer is right.
func (e Evidence) confidence(margin float64) float64 {
	z := weights.constant + weights.margin*math.Min(margin, 8)
	for i, w := range weights.flags {
		if e&(1<<i) != 0 {
			z += w
		}
	}
	return 1 / (1 + math.Exp(-z))
}

var weights = struct {
	constant, margin float64
	flags            [17]float64
}{}
