package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cratedigger/pipeline/youtube"
)

// The most preferences that are kept, of all batches together. A history reads all of a
// guild's: 20,000 take about a tenth of a second and 5 MB.
const (
	MemberPreferences = 2_000 // of one member, or of the guild itself
	GuildPreferences  = 20_000
)

// maxPreferenceName bounds an artist's name and a title, in bytes.
const maxPreferenceName = 300

// PreferenceSource says where somebody told a preference.
type PreferenceSource string

// The sources of preferences.
const (
	FromFavourite PreferenceSource = "favourite" // typed at the set-up, on the dashboard
	FromTakeout   PreferenceSource = "takeout"   // a playlist or the likes of YouTube Takeout
	FromLastFM    PreferenceSource = "lastfm"    // a list of songs of Last.fm
	FromCSV       PreferenceSource = "csv"       // a table of one's own
)

// Preference is what somebody told of their taste apart from any post: that they like
// or dislike a song, an artist (Artist without Title) or a video.
type Preference struct {
	GuildID  string
	MemberID string // "" when it is the guild's own
	Source   PreferenceSource
	Batch    string // id of the import or the answer that it came with, by which it is taken back

	Artist  string // a name as told; required with Title
	Title   string // of the song, as told
	VideoID string // required without Artist

	Like bool
	At   time.Time // UTC, when it was told, not when it was heard
}

// Subject is what a preference is about: equal for two that say the same, or opposite
// things, of one song, artist or video.
func (p Preference) Subject() string {
	return p.VideoID + "\x00" + strings.ToLower(p.Artist) + "\x00" + strings.ToLower(p.Title)
}

// ErrNoRoom says that an owner has told as many preferences as are kept.
var ErrNoRoom = fmt.Errorf("there is no room for more: %d preferences of one member or of the server's own are kept, %d of a server; take a file of likes back first", MemberPreferences, GuildPreferences)

// Tidy cuts a preference's names, and refuses one that cannot be kept or that comes of
// another owner or batch than the first.
func (p *Preference) Tidy(first Preference) error {
	p.Artist = Shorten(strings.TrimSpace(p.Artist), maxPreferenceName)
	p.Title = Shorten(strings.TrimSpace(p.Title), maxPreferenceName)
	if err := CheckIDs(p.GuildID, cmp.Or(p.MemberID, "nobody"), p.Batch); err != nil {
		return err
	}
	id, isVideo := youtube.ParseID(p.VideoID)
	year := p.At.Year()
	switch {
	case p.GuildID != first.GuildID || p.MemberID != first.MemberID || p.Batch != first.Batch:
		return errors.New("those that come together have one guild, one member and one batch")
	case p.VideoID != "" && (!isVideo || id != p.VideoID):
		return fmt.Errorf("%.20q is no video id", p.VideoID)
	case p.VideoID == "" && p.Artist == "":
		return errors.New("it names neither an artist nor a video")
	case p.Title != "" && p.Artist == "":
		return fmt.Errorf("the song %.100q has no artist", p.Title)
	case !p.At.IsZero() && (year < firstYear || year > lastYear):
		return fmt.Errorf("its time is in the year %d", year)
	}
	switch p.Source {
	case FromFavourite, FromTakeout, FromLastFM, FromCSV:
		return nil
	}
	return fmt.Errorf("its source %q is unknown", p.Source)
}

// PreferenceBatch is what one owner told at once.
type PreferenceBatch struct {
	ID     string
	Source PreferenceSource
	Told   int       // preferences
	At     time.Time // UTC, of the first of them
}

// ImportedFiles are the files among what one owner told, the newest first.
func ImportedFiles(all []Preference) (files []PreferenceBatch) {
	at := map[string]int{} // places in files
	for _, p := range all {
		if p.Source == FromFavourite {
			continue
		}
		i, known := at[p.Batch]
		if !known {
			i = len(files)
			at[p.Batch], files = i, append(files, PreferenceBatch{ID: p.Batch, Source: p.Source, At: p.At})
		}
		files[i].Told++
	}
	slices.SortStableFunc(files, func(a, b PreferenceBatch) int { return b.At.Compare(a.At) })
	return files
}

// Standing returns, of what one owner told of one subject, the latest. The order of all
// stays; of two told at the same time the later in it stands.
func Standing(all []Preference) []Preference {
	type told struct{ member, subject string }
	latest := map[told]int{} // places in all
	for i, p := range all {
		k := told{p.MemberID, p.Subject()}
		if j, before := latest[k]; !before || !p.At.Before(all[j].At) {
			latest[k] = i
		}
	}
	kept := make([]Preference, 0, len(latest))
	for i, p := range all {
		if latest[told{p.MemberID, p.Subject()}] == i {
			kept = append(kept, p)
		}
	}
	return kept
}
