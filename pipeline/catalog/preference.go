package catalog

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

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

// subject is what a preference is about: equal for two that say the same, or opposite
// things, of one song, artist or video.
func (p Preference) subject() string {
	return p.VideoID + "\x00" + strings.ToLower(p.Artist) + "\x00" + strings.ToLower(p.Title)
}

// storedPreference has its guild, member and batch in the key.
type storedPreference struct {
	Source PreferenceSource `json:"s"`
	Artist string           `json:"a,omitempty"`
	Title  string           `json:"t,omitempty"`
	Video  string           `json:"v,omitempty"`
	Like   bool             `json:"l,omitempty"`
	At     time.Time        `json:"at"`
}

// preferencesOf is the common start of the keys of an owner's preferences, or with a
// batch of those that came together. The keys end with a digest of the subject, so
// that a batch that is added twice is kept once.
func preferencesOf(guildID, memberID, batch string) []byte {
	if batch == "" {
		return prefix(guildID, memberID)
	}
	return prefix(guildID, memberID, batch)
}

// AddPreferences keeps preferences of one owner that come together, that is, with the
// same guild, member and batch, in one transaction. Names are cut to 300 bytes; one
// without At is told now. As many are kept as the limits leave room for
// ([MemberPreferences], [GuildPreferences]), the first ones before the others; added is
// how many of this call are kept. What a member told before they asked to be forgotten
// is not kept.
func (c *Catalog) AddPreferences(ctx context.Context, all ...Preference) (added int, err error) {
	if err := ctx.Err(); err != nil || len(all) == 0 {
		return 0, err
	}
	all = slices.Clone(all)
	for i := range all {
		if err := all[i].tidy(all[0]); err != nil {
			return 0, fmt.Errorf("no preference was kept: %w", err)
		}
	}
	err = c.update(ctx, "preferences", small, func(tx *bolt.Tx) (err error) {
		added, _, err = addPreferences(tx, c.now(), all)
		return err
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// addPreferences writes tidy preferences of one owner and batch. left is how many of
// them there was no room for.
func addPreferences(tx *bolt.Tx, now time.Time, all []Preference) (added, left int, err error) {
	b := tx.Bucket(bucketPreferences)
	guildID, memberID := all[0].GuildID, all[0].MemberID
	ofGuild, ofMember := countRows(b, prefix(guildID)), countRows(b, preferencesOf(guildID, memberID, ""))
	forgotten := forgottenAt(tx, guildID, memberID)
	for _, p := range all {
		if p.At.IsZero() {
			p.At = now
		}
		if before(p.At, forgotten) {
			continue
		}
		k := append(preferencesOf(guildID, memberID, p.Batch), digest(26, "preference", p.subject())...)
		if b.Get(k) == nil {
			if ofGuild >= GuildPreferences || ofMember >= MemberPreferences {
				left++
				continue // what the batch holds already may still change its mind
			}
			ofGuild, ofMember, added = ofGuild+1, ofMember+1, added+1
		}
		err := put(b, k, storedPreference{Source: p.Source, Artist: p.Artist, Title: p.Title, Video: p.VideoID, Like: p.Like, At: p.At.UTC()})
		if err != nil {
			return added, left, err
		}
	}
	return added, left, nil
}

// ErrNoRoom says that an owner has told as many preferences as are kept.
var ErrNoRoom = fmt.Errorf("there is no room for more: %d preferences of one member or of the server's own are kept, %d of a server; take a file of likes back first", MemberPreferences, GuildPreferences)

// ReplacePreferences puts preferences in the place of all that came with their batch
// before; with none it only removes those. What is told again keeps the time when it was
// first told. If there is no room for all, nothing changes, and the error is [ErrNoRoom].
func (c *Catalog) ReplacePreferences(ctx context.Context, guildID, memberID, batch string, all ...Preference) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	owner := Preference{GuildID: guildID, MemberID: memberID, Batch: batch}
	all = slices.Clone(all)
	err := checkIDs(guildID, cmp.Or(memberID, "nobody"), batch)
	for i := range all {
		err = errors.Join(err, all[i].tidy(owner))
	}
	if err != nil {
		return fmt.Errorf("no preference was changed: %w", err)
	}
	return c.update(ctx, "preferences", small, func(tx *bolt.Tx) error {
		pre := preferencesOf(guildID, memberID, batch)
		old, err := readPreferences(tx, pre)
		if err != nil {
			return err
		}
		if err := deleteIf(tx.Bucket(bucketPreferences), pre, func(_, _ []byte) (bool, error) { return true, nil }); err != nil || len(all) == 0 {
			return err
		}
		for i, p := range all {
			same := func(o Preference) bool { return o.Like == p.Like && o.subject() == p.subject() }
			if at := slices.IndexFunc(old, same); at >= 0 {
				all[i].At = old[at].At
			}
		}
		_, left, err := addPreferences(tx, c.now(), all)
		if err == nil && left > 0 {
			err = ErrNoRoom
		}
		return err
	})
}

// tidy cuts a preference's names, and refuses one that cannot be kept or that comes of
// another owner or batch than the first.
func (p *Preference) tidy(first Preference) error {
	p.Artist = shorten(strings.TrimSpace(p.Artist), maxPreferenceName)
	p.Title = shorten(strings.TrimSpace(p.Title), maxPreferenceName)
	if err := checkIDs(p.GuildID, cmp.Or(p.MemberID, "nobody"), p.Batch); err != nil {
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

// countRows counts the rows under a prefix.
func countRows(b *bolt.Bucket, pre []byte) (n int) {
	_ = each(b, pre, func(_, _ []byte) error { n++; return nil })
	return n
}

// RemovePreferences deletes what came with one batch of an owner's preferences, or with
// "" all of theirs. memberID "" is the guild itself. It returns how many it deleted.
func (c *Catalog) RemovePreferences(ctx context.Context, guildID, memberID, batch string) (removed int, err error) {
	if err := checkIDs(guildID, cmp.Or(memberID, "nobody"), cmp.Or(batch, "all")); err != nil {
		return 0, fmt.Errorf("no preference was taken back: %w", err)
	}
	err = c.update(ctx, "preferences", small, func(tx *bolt.Tx) error {
		removed = 0
		return deleteIf(tx.Bucket(bucketPreferences), preferencesOf(guildID, memberID, batch), func(_, _ []byte) (bool, error) {
			removed++
			return true, nil
		})
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
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

// Preferences returns all that a member, or with "" the guild itself, told, batch by
// batch, also what was said twice.
func (c *Catalog) Preferences(ctx context.Context, guildID, memberID string) (all []Preference, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) (err error) {
		all, err = readPreferences(tx, preferencesOf(guildID, memberID, ""))
		return err
	})
	return all, err
}

// readPreferences reads the preferences under a prefix of their keys.
func readPreferences(tx *bolt.Tx, pre []byte) (all []Preference, err error) {
	err = each(tx.Bucket(bucketPreferences), pre, func(k, data []byte) error {
		row, err := decode[storedPreference](k, data)
		if err != nil {
			return err
		}
		guildID, memberID, batch := preferenceOwner(k)
		all = append(all, Preference{GuildID: guildID, MemberID: memberID, Batch: batch,
			Source: row.Source, Artist: row.Artist, Title: row.Title, VideoID: row.Video, Like: row.Like, At: row.At})
		return nil
	})
	return all, err
}

// preferenceOwner returns what the key of a preference begins with.
func preferenceOwner(k []byte) (guildID, memberID, batch string) {
	parts := bytes.SplitN(k, []byte{0}, 4)
	if len(parts) < 4 {
		return string(parts[0]), "", ""
	}
	return string(parts[0]), string(parts[1]), string(parts[2])
}

// standing returns, of what one owner told of one subject, the latest. The order of all
// stays; of two told at the same time the later in it stands.
func standing(all []Preference) []Preference {
	type told struct{ member, subject string }
	latest := map[told]int{} // places in all
	for i, p := range all {
		k := told{p.MemberID, p.subject()}
		if j, before := latest[k]; !before || !p.At.Before(all[j].At) {
			latest[k] = i
		}
	}
	kept := make([]Preference, 0, len(latest))
	for i, p := range all {
		if latest[told{p.MemberID, p.subject()}] == i {
			kept = append(kept, p)
		}
	}
	return kept
}

// forgetPreferences deletes a member's preferences in a guild, or with "" in all.
func forgetPreferences(tx *bolt.Tx, guildID, memberID string) error {
	var pre []byte
	if guildID != "" {
		pre = prefix(guildID)
	}
	return deleteIf(tx.Bucket(bucketPreferences), pre, func(k, _ []byte) (bool, error) {
		_, member, _ := preferenceOwner(k)
		return member == memberID, nil
	})
}
