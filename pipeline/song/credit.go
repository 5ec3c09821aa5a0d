package song

import "strings"

// credit returns the artists of the music section where it agrees with the title:
// its song and one of its artists stand in title or channel.
func (t *title) credit(s Song, music []Credit) ([]string, bool) {
	if s.Kind == Cover || !s.Kind.IsSong() || len(music) != 1 {
		return nil, false // a section of several songs is a mix's
	}
	c := music[0]
	name, song := Fold(clean(c.Artist)), Fold(withoutBrackets(clean(c.Song)))
	whole := Fold(t.text)
	if name == "" || song == "" || !holds(whole, song) {
		return nil, false
	}
	for _, a := range t.artists(clean(c.Artist)) {
		if f := Fold(a); f != "" && (holds(whole, f) || t.channel.match(f) == 2) {
			return t.artists(clean(c.Artist)), strings.EqualFold(Fold(withoutBrackets(s.Title)), song)
		}
	}
	return nil, false
}
