package pick

import (
	"fmt"
	"strings"

	"cratedigger/pipeline/youtube"
)

// Bar is what keeps a video from being picked in a guild.
type Bar string

// The bars. All but the last two are the Floor's.
const (
	BarStatus   Bar = "status"   // YouTube does not show it to everybody
	BarLive     Bar = "live"     // it is a live stream or has not begun
	BarPlayer   Bar = "player"   // its player may not be shown elsewhere
	BarChannel  Bar = "channel"  // its channel is blocked
	BarArtist   Bar = "artist"   // its artist is blocked
	BarSong     Bar = "song"     // its song is blocked
	BarKind     Bar = "kind"     // it is a mix, karaoke or another of the Kinds
	BarWord     Bar = "word"     // it holds a blocked word
	BarCategory Bar = "category" // it is not music
	BarLanguage Bar = "language" // it is in a language that the guild has not chosen
	BarShort    Bar = "short"
	BarLong     Bar = "long"
	BarPosted   Bar = "posted"   // it was posted before
	BarReupload Bar = "reupload" // of what was posted before
)

// Refusal says why a video is not picked in a guild; the zero Refusal says nothing.
type Refusal struct {
	Bar    Bar
	Status youtube.Status // of BarStatus
	Word   string         // of BarWord
}

var clauses = map[Bar]string{
	BarLive:     "it is a live stream or has not begun",
	BarPlayer:   "its player may not be shown elsewhere",
	BarChannel:  "its channel is blocked",
	BarArtist:   "its artist is blocked",
	BarSong:     "its song is blocked",
	BarKind:     "it is a mix, an album, karaoke, a reaction or talk",
	BarCategory: "it is not music",
	BarLanguage: "it is in another language",
	BarShort:    "it is too short",
	BarLong:     "it is too long",
	BarPosted:   "it was posted before",
	BarReupload: "it is a re-upload of what was posted before",
}

// String is a short clause: "its channel is blocked".
func (r Refusal) String() string {
	switch r.Bar {
	case BarStatus:
		return fmt.Sprintf("YouTube says it is %s", strings.ReplaceAll(string(r.Status), "_", " "))
	case BarWord:
		return fmt.Sprintf("it holds the blocked word %q", r.Word)
	}
	return clauses[r.Bar]
}
