package labels

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
)

// The most favourites of a guild, liked and disliked together, and the most characters
// of one. A form holds them all: so many of two UTF-16 units each are less than the
// 4,000 that Discord allows in a field.
const (
	MaxFavourites      = 20
	MaxFavouriteLength = 90
)

// favouriteBatch is the batch of a guild's favourites: there is one.
const favouriteBatch = "favourites"

// FavouriteFault says why favourites were refused.
type FavouriteFault string

// The faults.
const (
	FavouriteLink    FavouriteFault = "link"    // it is a link
	FavouriteLong    FavouriteFault = "long"    // longer than MaxFavouriteLength
	FavouriteUnnamed FavouriteFault = "unnamed" // nothing in it is a name
	FavouriteBoth    FavouriteFault = "both"    // told as liked and as disliked
	FavouriteMany    FavouriteFault = "many"    // more than MaxFavourites
)

// FavouriteError is a refusal of favourites.
type FavouriteError struct {
	Fault FavouriteFault
	Name  string // as typed, cut to MaxFavouriteLength; "" for FavouriteMany
}

// Error is for programs; people read the text of their language.
func (e *FavouriteError) Error() string {
	return fmt.Sprintf("the favourites were refused (%s): %q", e.Fault, e.Name)
}

// favouriteStore keeps what a guild tells.
type favouriteStore interface {
	Preferences(ctx context.Context, guildID, memberID string) ([]catalog.Preference, error)
	ReplacePreferences(ctx context.Context, guildID, memberID, batch string, all ...catalog.Preference) error
}

// TellFavourites keeps what a guild likes, and what nobody there wants to hear, in the
// place of what it told before, and returns what was understood, as Favourites does. Both
// are texts that a person typed, as [ReadFavourites] takes them. Who typed is not kept.
// The error is a *[FavouriteError], or of the catalogue, and nothing changed then.
func TellFavourites(ctx context.Context, to favouriteStore, guildID, liked, disliked string, now time.Time) ([]catalog.Preference, error) {
	all, err := ReadFavourites(liked, disliked)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].GuildID, all[i].Batch, all[i].At = guildID, favouriteBatch, now
	}
	if err := to.ReplacePreferences(ctx, guildID, "", favouriteBatch, all...); err != nil {
		return nil, fmt.Errorf("the favourites could not be kept, and are as they were: %w", err)
	}
	return Favourites(ctx, to, guildID)
}

// Favourites returns what a guild told of its favourites, the liked ones first, by name.
func Favourites(ctx context.Context, from favouriteStore, guildID string) ([]catalog.Preference, error) {
	all, err := from.Preferences(ctx, guildID, "")
	if err != nil {
		return nil, fmt.Errorf("the favourites could not be read: %w", err)
	}
	all = slices.DeleteFunc(all, func(p catalog.Preference) bool { return p.Source != catalog.FromFavourite })
	slices.SortStableFunc(all, func(a, b catalog.Preference) int {
		switch {
		case a.Like && !b.Like:
			return -1
		case b.Like && !a.Like:
			return 1
		}
		return cmp.Or(cmp.Compare(song.Fold(a.Artist), song.Fold(b.Artist)), cmp.Compare(song.Fold(a.Title), song.Fold(b.Title)))
	})
	return all, nil
}

// FavouriteText writes the liked or the disliked favourites as [ReadFavourites] reads
// them: one a line.
func FavouriteText(all []catalog.Preference, liked bool) string {
	var lines []string
	for _, p := range all {
		if p.Like != liked {
			continue
		}
		line := p.Artist
		if p.Title != "" {
			line += " – " + p.Title
		}
		if strings.ContainsAny(line, separators) {
			line = `"` + line + `"`
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// ReadFavourites reads the names of artists, and songs as "Artist – Title", with commas,
// semicolons or new lines between them; a name with a comma stands in quotation marks.
// A name that is told twice counts once. The error is a *[FavouriteError].
func ReadFavourites(liked, disliked string) (all []catalog.Preference, err error) {
	told := map[string]bool{} // whether it is liked, by artist and song
	for _, like := range []bool{true, false} {
		text := disliked
		if like {
			text = liked
		}
		for name := range strings.Lines(apart(text)) {
			name = strings.TrimSpace(strings.Map(printed, name))
			if name == "" {
				continue
			}
			p, key, fault := readFavourite(name)
			before, twice := told[key]
			switch {
			case fault != "":
			case twice && before != like:
				fault = FavouriteBoth
			case twice:
				continue
			case len(all) == MaxFavourites:
				return nil, &FavouriteError{Fault: FavouriteMany}
			}
			if fault != "" {
				if runes := []rune(name); len(runes) > MaxFavouriteLength {
					name = string(runes[:MaxFavouriteLength])
				}
				return nil, &FavouriteError{fault, name}
			}
			p.Like, told[key] = like, like
			all = append(all, p)
		}
	}
	return all, nil
}

var (
	link = regexp.MustCompile(`(?i)\b(https?://|www\.|youtu\.be/|[a-z0-9-]+\.[a-z]{2,}/)`)
	// dash stands between artist and title. One without spaces may be part of a name.
	dash = regexp.MustCompile(`\s[-–—]\s|—`)
)

// readFavourite reads one artist or song. key is equal for two spellings of the same.
func readFavourite(name string) (p catalog.Preference, key string, fault FavouriteFault) {
	switch {
	case link.MatchString(name):
		return p, "", FavouriteLink
	case utf8.RuneCountInString(name) > MaxFavouriteLength:
		return p, "", FavouriteLong
	}
	p = catalog.Preference{Source: catalog.FromFavourite, Artist: name}
	if at := dash.FindStringIndex(name); at != nil {
		p.Artist, p.Title = strings.TrimSpace(name[:at[0]]), strings.TrimSpace(name[at[1]:])
		// A title that was copied from a video has more than the song's.
		if s := song.Read(song.Upload{Title: p.Artist + " - " + p.Title}, nil); s.Title != "" && song.ArtistKey(s.Artist()) == song.ArtistKey(p.Artist) {
			p.Title = s.Title
		}
	}
	artist := song.ArtistKey(p.Artist)
	if artist == "" {
		return p, "", FavouriteUnnamed
	}
	return p, artist + "/" + song.Fold(p.Title), ""
}

// printed drops control characters and what is no UTF-8.
func printed(r rune) rune {
	if unicode.IsControl(r) || r == utf8.RuneError {
		return -1
	}
	return r
}

// separators stand between names, outside quotation marks.
const separators = ",;"

// apart puts each name on a line of its own, and takes quotation marks off that hold
// separators. A line with an odd number of them has none that hold anything.
func apart(text string) string {
	var lines []string
	for line := range strings.Lines(strings.NewReplacer("\r", "\n", "“", `"`, "”", `"`, "„", `"`).Replace(text)) {
		parts := strings.Split(line, `"`)
		if len(parts)%2 == 0 {
			parts = []string{line}
		}
		for i, part := range parts {
			switch quoted := i%2 == 1; {
			case !quoted:
				parts[i] = strings.Map(func(r rune) rune {
					if strings.ContainsRune(separators, r) {
						return '\n'
					}
					return r
				}, part)
			case !strings.ContainsAny(part, separators):
				parts[i] = `"` + part + `"` // part of the name
			}
		}
		lines = append(lines, strings.Join(parts, ""))
	}
	return strings.Join(lines, "\n")
}
