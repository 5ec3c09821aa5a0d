package catalog

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// Upload is what a video tells of the song that it holds.
func Upload(v youtube.Video) song.Upload {
	u := song.Upload{Title: v.Title, Channel: v.Channel, Description: v.Description, Category: v.Category}
	for _, c := range v.Music {
		u.Music = append(u.Music, song.Credit(c))
	}
	return u
}

// Performers are who performs in a video, the main one first: artists who are sure, of
// a song. It has none where a singer is named who does not sing, as in karaoke.
func (v Video) Performers() []string {
	if s := v.Song; s.Sure() && s.Kind.IsSong() && s.Kind != song.Karaoke && s.Title != "" {
		return s.Artists
	}
	return nil
}

// Named is what people call a video, and by whom it is: the song, with what makes it
// another version, and its artists where they are sure, else title and channel.
func (v Video) Named() (name, by string) {
	if len(v.Performers()) == 0 {
		return v.Title, v.Channel
	}
	version := v.Song.Version
	if version == "" {
		switch v.Song.Kind {
		case song.Live, song.Cover, song.Remix, song.Nightcore, song.Slowed, song.SpedUp:
			version = string(v.Song.Kind)
		}
	}
	if name = v.Song.Title; version != "" {
		name += " (" + version + ")"
	}
	return name, v.Song.Artist()
}

// OwnChannel reports whether a video is on a channel of one of its performers, not on
// a label's or a stranger's.
func (v Video) OwnChannel() bool {
	channel := song.ArtistKey(v.Channel)
	if len(v.Performers()) == 0 || channel == "" {
		return false
	}
	return slices.ContainsFunc(slices.Concat(v.Song.Artists, v.Song.Also), func(name string) bool { return song.ArtistKey(name) == channel })
}

// SetSongs reads the songs of videos that know each other, such as those of a file.
func SetSongs(ctx context.Context, videos []Video) error {
	uploads := make([]song.Upload, len(videos))
	for i, v := range videos {
		uploads[i] = Upload(v.Video)
	}
	songs, err := song.ReadAll(ctx, uploads)
	if err != nil {
		return fmt.Errorf("the songs of %d videos were not read: %w", len(videos), err)
	}
	for i := range songs {
		videos[i].Song = songs[i]
	}
	return nil
}

// song packs what an upload holds into one field: the version of the rules, the
// evidence, margin, fame and confidence, then texts, each after its length.
func (p *packer) song(s song.Song) {
	if s.Rules == 0 {
		return
	}
	b := binary.AppendUvarint(nil, uint64(s.Rules))
	b = binary.AppendUvarint(b, uint64(s.Evidence))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.Margin))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.Fame))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.Confidence))
	b = binary.AppendUvarint(b, uint64(len(s.Artists)))
	for _, texts := range [][]string{{string(s.Kind), s.Title, s.Version, s.Original}, s.Artists, s.Also} {
		for _, text := range texts {
			b = binary.AppendUvarint(b, uint64(len(text)))
			b = append(b, text...)
		}
	}
	p.bytes(fieldSong, string(b))
}

// unpackSong reads what packer.song wrote; its texts share s.
func unpackSong(s string) (out song.Song, err error) {
	number := func() (n uint64) {
		var shift uint
		for i := 0; i < len(s) && i < binary.MaxVarintLen64; i++ {
			n |= uint64(s[i]&0x7f) << shift
			if shift += 7; s[i] < 0x80 {
				s = s[i+1:]
				return n
			}
		}
		err = errPacked
		return 0
	}
	fraction := func() float64 {
		if len(s) < 8 {
			err = errPacked
			return 0
		}
		bits := binary.LittleEndian.Uint64([]byte(s[:8]))
		s = s[8:]
		return math.Float64frombits(bits)
	}
	text := func() (t string) {
		n := number()
		if err != nil || n > uint64(len(s)) {
			err = errPacked
			return ""
		}
		t, s = s[:n], s[n:]
		return t
	}
	out.Rules, out.Evidence = int(number()), song.Evidence(number())
	out.Margin, out.Fame, out.Confidence = fraction(), fraction(), fraction()
	artists := number()
	out.Kind, out.Title, out.Version, out.Original = song.Kind(text()), text(), text(), text()
	if err != nil || artists > uint64(len(s)) {
		return song.Song{}, errPacked
	}
	if artists > 0 {
		out.Artists = make([]string, artists)
		for i := range out.Artists {
			out.Artists[i] = text()
		}
	}
	for err == nil && s != "" {
		out.Also = append(out.Also, text())
	}
	return out, err
}
