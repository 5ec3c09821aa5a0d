package pick

import (
	"slices"
	"strings"
	"unicode"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// Floor holds the conditions that a video must meet to be posted in one guild.
type Floor struct {
	guild    catalog.Guild
	channels map[string]bool // blocked ids and folded names
	words    [][]string      // blocked words and phrases
	artists  map[string]bool // blocked artists' keys
	songs    map[string]bool // what is kin to blocked songs, and the ids of their videos
	names    *song.Directory
}

// NewFloor returns the floor of a guild's settings. names tells which names are
// one artist; nil knows of none.
func NewFloor(g catalog.Guild, names *song.Directory) Floor {
	if names == nil {
		names = &song.Directory{}
	}
	f := Floor{guild: g, channels: map[string]bool{}, artists: map[string]bool{}, songs: map[string]bool{}, names: names}
	for _, s := range g.BlockedSongs {
		f.songs[s.VideoID] = true
		if s.Artist != "" {
			f.songs[song.KinOf(names.SongBy(song.ArtistKey(s.Artist), song.Song{Artists: []string{s.Artist}, Title: s.Title}, ""))] = true
		}
	}
	delete(f.songs, "")
	for _, a := range g.BlockedArtists {
		if key := names.Key(a.Name, a.ChannelID); key != "" {
			f.artists[key] = true
		}
	}
	for _, c := range g.BlockedChannels {
		if c.ID != "" {
			f.channels[c.ID] = true
		} else if name := feature.Words(c.Name); len(name) > 0 {
			f.channels[strings.Join(name, " ")] = true
		}
	}
	for _, phrase := range g.BlockedWords {
		if ws := feature.Words(phrase); len(ws) > 0 {
			f.words = append(f.words, ws)
		}
	}
	return f
}

// Allows reports whether a video may be posted, and if not, why. Unknown values do
// not count against a video.
func (f Floor) Allows(v catalog.Video) (ok bool, why Refusal) {
	switch v.Status {
	case "", youtube.StatusOK:
	case youtube.StatusLive, youtube.StatusUpcoming:
		return false, Refusal{Bar: BarLive}
	default:
		return false, Refusal{Bar: BarStatus, Status: v.Status}
	}
	switch {
	case v.Live || v.Upcoming:
		return false, Refusal{Bar: BarLive}
	case v.Embeddable != nil && !*v.Embeddable:
		return false, Refusal{Bar: BarPlayer}
	}
	if blocked, why := f.Blocks(v); blocked {
		return false, why
	}
	switch {
	case f.guild.MusicOnly && v.Category != "" && !taste.IsMusic(v.Category):
		return false, Refusal{Bar: BarCategory}
	case f.guild.MusicOnly && kindOf(v) != "" && !slices.Contains(f.guild.Kinds, kindOf(v)):
		return false, Refusal{Bar: BarKind}
	case len(f.guild.Languages) > 0 && !accepts(f.guild.Languages, v):
		return false, Refusal{Bar: BarLanguage}
	}
	if d := v.DurationSeconds; d != nil {
		if f.guild.MinSeconds > 0 && *d < int64(f.guild.MinSeconds) {
			return false, Refusal{Bar: BarShort}
		}
		if f.guild.MaxSeconds > 0 && *d > int64(f.guild.MaxSeconds) {
			return false, Refusal{Bar: BarLong}
		}
	}
	return true, Refusal{}
}

// Blocks reports whether somebody has blocked a video's channel, its artist, its song or
// one of its words, and which.
func (f Floor) Blocks(v catalog.Video) (blocked bool, why Refusal) {
	switch {
	case f.channels[v.ChannelID] && v.ChannelID != "", v.Channel != "" && f.channels[strings.Join(feature.Words(v.Channel), " ")]:
		return true, Refusal{Bar: BarChannel}
	case f.blocksArtist(v):
		return true, Refusal{Bar: BarArtist}
	case f.blocksSong(v):
		return true, Refusal{Bar: BarSong}
	case len(f.words) == 0:
		return false, Refusal{}
	}
	for _, text := range append([]string{v.Title, v.Channel}, v.Tags...) {
		ws := feature.Words(text)
		for _, phrase := range f.words {
			if containsRun(ws, phrase) {
				return true, Refusal{Bar: BarWord, Word: strings.Join(phrase, " ")}
			}
		}
	}
	return false, Refusal{}
}

// Kinds are what is not posted where only music is, unless a guild chooses it.
var Kinds = []string{"mix", "album", "karaoke", "reaction", "talk"}

// ReadKinds reads kinds as people write them, "Mix, karaoke", each once. What is none
// of the Kinds is returned as it is; the caller checks it.
func ReadKinds(text string) (kinds []string) {
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;", r) }) {
		if !slices.Contains(kinds, word) {
			kinds = append(kinds, word)
		}
	}
	return kinds
}

// kindOf is which of the Kinds a video is, "" for none. What a title says of its kind
// is taken without more: a song that is left out by mistake costs little.
func kindOf(v catalog.Video) string {
	switch k := v.Song.Kind; k {
	case song.Mix, song.Album, song.Karaoke, song.Reaction, song.Talk:
		return string(k)
	case song.Trailer, song.Teaser:
		return string(song.Talk)
	}
	return ""
}

// blocksArtist reports whether a video is by a blocked artist. Here a guess counts,
// and the channel's name: who blocks an artist wants none of them.
func (f Floor) blocksArtist(v catalog.Video) bool {
	if len(f.artists) == 0 {
		return false
	}
	for _, name := range v.Song.Artists {
		if f.blocksName(name, v.ChannelID) {
			return true
		}
	}
	return f.blocksName(v.Channel, v.ChannelID)
}

// blocksName reports whether a name on a channel is a blocked artist's. One that was
// blocked without a channel stands for all namesakes.
func (f Floor) blocksName(name, channelID string) bool {
	return f.artists[f.names.Key(name, channelID)] || f.artists[f.names.Key(name, "")]
}

// blocksSong reports whether a video is an upload of a blocked song, in any version. Who
// else has the artist's name does not matter.
func (f Floor) blocksSong(v catalog.Video) bool {
	if len(f.songs) == 0 || f.songs[v.ID] {
		return len(f.songs) > 0
	}
	return len(v.Performers()) > 0 && f.songs[song.KinOf(f.names.SongBy(song.ArtistKey(v.Song.Artists[0]), v.Song, ""))]
}

func containsRun(ws, phrase []string) bool {
	for i := 0; i+len(phrase) <= len(ws); i++ {
		match := true
		for j, w := range phrase {
			if ws[i+j] != w {
				match = false
				break
			}
		}
		if match {
			return true
		}
	}
	return false
}
