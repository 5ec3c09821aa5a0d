package pipeline

import (
	"cmp"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/song"
)

// A songbook tells which videos hold the same song and who performs in them. Only
// what song.Sure lets pass is an identity: any other video is a song of its own.
type songbook struct {
	directory song.Directory
	songs     map[string]string // the song's key by video, where it is sure
}

func newSongbook(videos []catalog.Video) *songbook {
	b := &songbook{songs: map[string]string{}}
	b.add(videos)
	return b
}

// add takes videos into the book.
func (b *songbook) add(videos []catalog.Video) {
	artists := make([]string, len(videos))
	for i, v := range videos {
		artists[i] = b.directory.Add(v.Song, v.Channel, v.ChannelID)
	}
	for i, v := range videos { // with what all of them tell
		if key := b.directory.SongBy(artists[i], v.Song, v.ChannelID); key != "" {
			b.songs[v.ID] = key
		}
	}
}

// tell gives the songs of videos the keys of their artists, by which models learn: two
// artists of one name are apart, and two names of one artist are joined.
func (b *songbook) tell(videos []catalog.Video) {
	for i := range videos {
		v := &videos[i]
		v.Song.Keys = b.directory.Keys(v.Song, v.ChannelID)
	}
}

// Song is the key of a video's song, "" where it is not sure.
func (b *songbook) Song(v catalog.Video) string { return b.songs[v.ID] }

// Artists are the keys of a video's artists, none where they are not sure.
func (b *songbook) Artists(v catalog.Video) []string {
	if !v.Song.Sure() {
		return nil
	}
	keys := make([]string, 0, len(v.Song.Artists))
	for _, name := range v.Song.Artists {
		if key := b.directory.Key(name, v.ChannelID); key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// A songHistory is a guild's history by songs: votes and posts on the uploads of a
// song stand on the first of them that the guild saw.
type songHistory struct {
	catalog.History
	whole catalog.History // as the catalogue has it
	book  *songbook
	first map[string]string // by song
}

// bySong joins a history's votes by song.
func (b *songbook) bySong(h catalog.History) songHistory {
	s := songHistory{whole: h, book: b, first: map[string]string{}}
	see := func(videoID string) {
		if key := b.songs[videoID]; key != "" && s.first[key] == "" {
			s.first[key] = videoID
		}
	}
	for _, p := range h.Posts {
		see(p.VideoID)
	}
	votes := slices.Clone(h.Votes)
	slices.SortStableFunc(votes, func(a, b catalog.Vote) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.VideoID, b.VideoID))
	})
	for _, v := range votes {
		see(v.VideoID)
	}
	for _, d := range h.Duels {
		see(d.A)
		see(d.B)
	}
	s.History = h.BySong(s.upload)
	return s
}

// upload is the video that has the votes on all uploads of a video's song.
func (s songHistory) upload(videoID string) string {
	return cmp.Or(s.first[s.book.songs[videoID]], videoID)
}

// leaveOut drops from a ranked list the videos with one of the ids, and other uploads
// of their songs.
func (s songHistory) leaveOut(ranked []Ranked, ids map[string]bool) []Ranked {
	return slices.DeleteFunc(ranked, func(r Ranked) bool { return ids[r.Video.ID] || ids[s.upload(r.Video.ID)] })
}

// posted tells what a guild was shown of the songs, as far as they are sure; package
// pick leaves out what is likely the same.
type posted struct {
	history songHistory
	videos  map[string]time.Time // when, the last time
	recent  map[string]bool      // songs that were posted not long ago, by songHistory.upload
}

func newPosted(h songHistory, guild catalog.Guild, now time.Time) posted {
	p := posted{h, map[string]time.Time{}, map[string]bool{}}
	for _, post := range h.whole.Posts {
		if post.Used() {
			p.videos[post.VideoID] = post.CreatedAt
			if !mayComeAgain(post, guild, now) {
				p.recent[h.upload(post.VideoID)] = true
			}
		}
	}
	return p
}

// mayComeAgain reports whether a post is long enough ago for another upload of its
// song.
func mayComeAgain(p catalog.Post, guild catalog.Guild, now time.Time) bool {
	return now.Sub(p.CreatedAt) >= time.Duration(guild.SameSongDays)*24*time.Hour
}

// bars reports whether a video may not be posted, because it was posted before, or
// another upload of its song not long ago.
func (p posted) bars(videoID string) bool {
	_, was := p.videos[videoID]
	return was || p.recent[p.history.upload(videoID)]
}

// records are how a guild took to the songs of artists, by the artist's key.
type records map[string]ArtistRecord

// records counts a guild's liked and disliked songs; videos are those of its history
// and may be more.
func (s songHistory) records(videos []catalog.Video) records {
	sums, all := s.Sums(), records{}
	for _, v := range videos {
		n := sums[v.ID]
		if n == 0 {
			continue
		}
		for _, key := range s.book.Artists(v) {
			r := all[key]
			if n > 0 {
				r.Liked++
			} else {
				r.Disliked++
			}
			all[key] = r
		}
	}
	return all
}

// of are a video's artists, none where they are not sure.
func (r records) of(book *songbook, v catalog.Video) (artists []ArtistRecord) {
	if !v.Song.Sure() {
		return nil
	}
	for _, name := range v.Song.Artists {
		key := book.directory.Key(name, v.ChannelID)
		artist := r[key]
		artist.Key, artist.Name = key, name
		artists = append(artists, artist)
	}
	return artists
}

// bestUploads keeps the best upload of each song in a ranked list.
func bestUploads(ranked []Ranked, book *songbook) []Ranked {
	best, at := pick.BestUploads(videosOf(ranked), book), -1
	return slices.DeleteFunc(ranked, func(Ranked) bool { at++; return !best[at] })
}
