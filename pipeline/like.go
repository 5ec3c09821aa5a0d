package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/song"
)

// What makes a candidate like a video, as parts of its likeness. They are chosen for
// the order that they give: the artist's other songs, those of who they work with,
// then what YouTube shows beside the video, then the words.
const (
	likeArtist  = 1.0 // an artist of the video's
	likePartner = 0.7 // somebody who performs with one of them elsewhere
	likeBeside  = 0.5 // it stands beside the video on YouTube
	likeNear    = 0.3 // its artist or channel does
	likeWords   = 0.3 // times the likeness of words and channel
	likeScore   = 0.2 // times the score
	likeLeast   = 0.1 // before the score counts

	// likeRead is how many of the best candidates have their words compared, besides
	// all that are near the video otherwise: reading words takes most of the time.
	likeRead = 1000
)

// Like returns the guild's candidates that are like a video of the catalogue, the most
// similar first. It leaves out uploads of the video's own song and, as Rank does, songs
// that the member has voted on.
func (l *Loop) Like(ctx context.Context, guildID, videoID, memberID string, n int) ([]Ranked, error) {
	r, err := l.ranking(ctx, guildID)
	if err != nil {
		return nil, err
	}
	video, ok, err := l.store.Video(ctx, videoID)
	if err != nil {
		return nil, fmt.Errorf("video %s could not be read from the catalogue: %w", videoID, err)
	}
	if !ok {
		return nil, fmt.Errorf("video %s is not in the catalogue: paste its link into /predict", videoID)
	}
	near, err := l.near(ctx, video, r)
	if err != nil {
		return nil, err
	}
	type like struct {
		Ranked
		likeness float64
	}
	var all []like
	var videos []catalog.Video // of all
	for i, c := range r.list {
		own := near.song != "" && r.history.book.Song(c.Video) == near.song
		if likeness := near.likeness(c.Video); c.Video.ID != videoID && !own && (likeness > 0 || i < likeRead) {
			all, videos = append(all, like{c, likeness}), append(videos, c.Video)
		}
	}
	for i, words := range pick.Alike(videos, video, l.packaging()) {
		all[i].likeness += likeWords * words
	}
	all = slices.DeleteFunc(all, func(c like) bool { return c.likeness < likeLeast })
	for i := range all {
		all[i].likeness += likeScore * all[i].Score
	}
	slices.SortStableFunc(all, func(a, b like) int { return cmp.Compare(b.likeness, a.likeness) })
	list := make([]Ranked, len(all))
	for i, c := range all {
		list[i] = c.Ranked
	}
	return l.shown(ctx, r, list, memberID, n), nil
}

// ByArtist returns the guild's candidates by an artist, best first, for a member as
// Rank does. The artist is named as people write it.
func (l *Loop) ByArtist(ctx context.Context, guildID, artist, memberID string, n int) ([]Ranked, error) {
	r, err := l.ranking(ctx, guildID)
	if err != nil {
		return nil, err
	}
	book := r.history.book
	wanted := book.directory.Key(artist, "")
	list := slices.DeleteFunc(r.list, func(c Ranked) bool {
		return wanted == "" || !slices.ContainsFunc(c.Video.Song.Artists, func(name string) bool {
			return c.Video.Song.Sure() && book.directory.Key(name, "") == wanted
		})
	})
	return l.shown(ctx, r, list, memberID, n), nil
}

// Favourites returns how many favourites the guild has told that it likes, and by the
// artists of how many of them the searches have found a song.
func (l *Loop) Favourites(ctx context.Context, guildID string) (found, told int, err error) {
	guild, history, err := l.guildHistory(ctx, guildID)
	if err != nil {
		return 0, 0, err
	}
	liked := slices.DeleteFunc(slices.Clone(history.Preferences), func(p catalog.Preference) bool { return p.Source != catalog.FromFavourite || !p.Like })
	if len(liked) == 0 {
		return 0, 0, nil // without reading the videos
	}
	r, err := l.candidates(ctx, guild, history)
	if err != nil {
		return 0, 0, err
	}
	book, known := r.history.book, map[string]bool{}
	for _, v := range r.videos {
		for _, key := range book.Artists(v) {
			known[key] = true
		}
	}
	for _, p := range liked {
		if known[book.directory.Key(p.Artist, "")] {
			found++
		}
	}
	return found, len(liked), nil
}

// Artists returns the artists of a guild's candidates and of what it voted on whose
// names begin with a text or have a word that does, those with the most songs liked
// first, then by name; at most n.
func (l *Loop) Artists(ctx context.Context, guildID, begins string, n int) ([]ArtistRecord, error) {
	r, err := l.ranking(ctx, guildID)
	if err != nil {
		return nil, err
	}
	begins = song.Fold(begins)
	all := slices.DeleteFunc(r.artists(), func(a ArtistRecord) bool { return !strings.Contains(" "+song.Fold(a.Name), " "+begins) })
	slices.SortStableFunc(all, func(a, b ArtistRecord) int {
		return cmp.Or(cmp.Compare(b.Liked, a.Liked), cmp.Compare(a.Name, b.Name))
	})
	return all[:min(n, len(all))], nil
}

// artists are the artists of the guild's videos, by key.
func (r ranking) artists() []ArtistRecord {
	records, found := r.history.records(r.videos), map[string]ArtistRecord{}
	for _, v := range r.videos {
		for _, a := range records.of(r.history.book, v) {
			found[a.Key] = a
		}
	}
	all := make([]ArtistRecord, 0, len(found))
	for _, key := range sortedKeys(found) {
		all = append(all, found[key])
	}
	return all
}

// ranking ranks a guild's candidates.
func (l *Loop) ranking(ctx context.Context, guildID string) (ranking, error) {
	guild, history, err := l.guildHistory(ctx, guildID)
	if err != nil {
		return ranking{}, err
	}
	return l.candidates(ctx, guild, history)
}

// packaging are the phrases that are taken out of titles before they are compared;
// nil stands for the default ones.
func (l *Loop) packaging() *feature.Packaging {
	if phrases := l.opts.Learning.Packaging; phrases != nil {
		return feature.NewPackaging(phrases)
	}
	return nil
}

// vicinity is who and what is near a video.
type vicinity struct {
	book     *songbook
	song     string
	artists  map[string]bool
	partners map[string]bool
	beside   map[string]bool // videos
	names    map[string]bool // artists, as keys of the channels beside it
}

func (l *Loop) near(ctx context.Context, video catalog.Video, r ranking) (vicinity, error) {
	book := r.history.book
	v := vicinity{book: book, song: book.directory.Song(video.Song, video.ChannelID), artists: map[string]bool{}, partners: map[string]bool{}, beside: map[string]bool{}, names: map[string]bool{}}
	for _, key := range book.Artists(video) {
		v.artists[key] = true
	}
	for _, other := range r.videos {
		if keys := book.Artists(other); len(keys) > 1 && slices.ContainsFunc(keys, func(k string) bool { return v.artists[k] }) {
			for _, key := range keys {
				v.partners[key] = true
			}
		}
	}
	neighbours, err := l.store.Neighbours(ctx, video.ID)
	if err != nil {
		return v, err
	}
	for _, b := range neighbours {
		v.beside[b.ID] = true
		v.names[book.directory.Key(b.Channel, "")] = true
	}
	return v, nil
}

// likeness is how near a candidate is, without its words.
func (v vicinity) likeness(c catalog.Video) (likeness float64) {
	artist, partner, near := false, false, v.names[v.book.directory.Key(c.Channel, "")] && c.Channel != ""
	for _, key := range v.book.Artists(c) {
		artist, partner, near = artist || v.artists[key], partner || v.partners[key], near || v.names[key]
	}
	switch {
	case artist:
		likeness = likeArtist
	case partner:
		likeness = likePartner
	}
	switch {
	case v.beside[c.ID]:
		likeness += likeBeside
	case near:
		likeness += likeNear
	}
	return likeness
}
