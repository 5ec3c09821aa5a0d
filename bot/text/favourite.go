package text

import (
	"errors"
	"strings"
	"unicode/utf8"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
)

// mostListed bounds each list of favourites, in characters.
const mostListed = 500

// Favourites says in lines what was understood of a guild's favourites: which artists
// and songs it likes, and which nobody there wants to hear.
func (l *Language) Favourites(all []catalog.Preference, clean Sanitizer) (lines []string) {
	lists, length := map[bool][]string{}, map[bool]int{}
	for _, p := range all {
		one := l.Say("favourites.artist", "artist", clean(p.Artist, labels.MaxFavouriteLength))
		if p.Title != "" {
			one = l.Say("favourites.song", "artist", clean(p.Artist, labels.MaxFavouriteLength), "title", clean(p.Title, labels.MaxFavouriteLength))
		}
		before := length[p.Like]
		switch length[p.Like] += utf8.RuneCountInString(one); {
		case length[p.Like] <= mostListed:
			lists[p.Like] = append(lists[p.Like], one)
		case before <= mostListed:
			lists[p.Like] = append(lists[p.Like], "…")
		}
	}
	if list := lists[true]; len(list) > 0 {
		lines = append(lines, l.Say("setup.favourites", "list", strings.Join(list, "; ")))
	}
	if list := lists[false]; len(list) > 0 {
		lines = append(lines, l.Say("setup.disliked", "list", strings.Join(list, "; ")))
	}
	if len(lines) == 0 {
		return []string{l.Say("setup.no_favourites")}
	}
	return lines
}

// RefusedFavourites is a refusal of what was told as favourites, in a sentence; ok is
// false for any other error.
func (l *Language) RefusedFavourites(err error, clean Sanitizer) (sentence string, ok bool) {
	if errors.Is(err, catalog.ErrNoRoom) {
		return l.Say("favourites.refused.no_room"), true
	}
	refused, ok := errors.AsType[*labels.FavouriteError](err)
	if !ok {
		return "", false
	}
	return l.Say("favourites.refused."+string(refused.Fault), "name", clean(refused.Name, labels.MaxFavouriteLength),
		"most", labels.MaxFavourites, "long", labels.MaxFavouriteLength), true
}
