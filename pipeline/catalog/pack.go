package catalog

import (
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"cratedigger/pipeline/youtube"
)

// Videos are stored packed, because a catalogue holds a hundred thousand and all
// are read for a ranking. The form is a version byte, then fields in any order. A
// field is a tag and a value: the tag is the field's number shifted left by one,
// with the low bit set if the value is a length and that many bytes, and clear if
// it is one signed varint. Field numbers never change their meaning; a reader
// skips those that it does not know. A missing field is zero.
const packing = 1

const (
	fieldTitle = iota + 1
	fieldChannel
	fieldChannelID
	fieldSubscribers
	fieldViews
	fieldViewers
	fieldLikes
	fieldDislikes
	fieldDuration
	fieldWidth
	fieldHeight
	fieldPublished // nanoseconds since 1970, as all times
	fieldPrecision // nanoseconds
	fieldPublishedText
	fieldStartsAt
	fieldLive
	fieldUpcoming
	fieldShort
	fieldTag // one for each tag
	fieldCategory
	fieldDescription
	fieldThumbnail
	fieldApproximate
	fieldEmbeddable // 1 yes, 0 no
	fieldArtist
	fieldStatus
	fieldFirstSeen
	fieldLastSeen
	fieldDetailedAt
	fieldQuery       // one for each query
	fieldObservation // one for each observation: the six numbers of PackedObservation
	fieldLanguage
	fieldNeighbours // numbers of the video's neighbours: see PackNeighbours
	fieldSong       // see packer.song
	fieldMusic      // one for each song of the music section: the length of its name, the name, the artist
)

type packer []byte

func (p *packer) number(field int, n int64) {
	*p = binary.AppendUvarint(*p, uint64(field)<<1)
	*p = binary.AppendVarint(*p, n)
}

func (p *packer) known(field int, n *int64) {
	if n != nil {
		p.number(field, *n)
	}
}

func (p *packer) flag(field int, b bool) {
	if b {
		p.number(field, 1)
	}
}

func (p *packer) moment(field int, t time.Time) {
	if !t.IsZero() {
		p.number(field, t.UnixNano())
	}
}

func (p *packer) text(field int, s string) {
	if s != "" {
		p.bytes(field, s)
	}
}

func (p *packer) bytes(field int, s string) {
	*p = binary.AppendUvarint(*p, uint64(field)<<1|1)
	*p = binary.AppendUvarint(*p, uint64(len(s)))
	*p = append(*p, s...)
}

// PackVideo makes the stored form of a video, without its id.
func PackVideo(v Video) []byte {
	p := packer{packing}
	p.text(fieldTitle, v.Title)
	p.text(fieldChannel, v.Channel)
	p.text(fieldChannelID, v.ChannelID)
	p.known(fieldSubscribers, v.Subscribers)
	p.known(fieldViews, v.Views)
	p.known(fieldViewers, v.Viewers)
	p.known(fieldLikes, v.Likes)
	p.known(fieldDislikes, v.Dislikes)
	p.known(fieldDuration, v.DurationSeconds)
	p.known(fieldWidth, v.Width)
	p.known(fieldHeight, v.Height)
	p.moment(fieldPublished, v.Published.Time)
	if v.Published.Precision != 0 {
		p.number(fieldPrecision, int64(v.Published.Precision))
	}
	p.text(fieldPublishedText, v.PublishedText)
	p.moment(fieldStartsAt, v.StartsAt)
	p.flag(fieldLive, v.Live)
	p.flag(fieldUpcoming, v.Upcoming)
	p.flag(fieldShort, v.Short)
	for _, tag := range v.Tags {
		p.bytes(fieldTag, tag)
	}
	p.text(fieldCategory, v.Category)
	p.text(fieldDescription, v.Description)
	p.text(fieldThumbnail, v.ThumbnailURL)
	p.flag(fieldApproximate, v.ViewsApproximate)
	if v.Embeddable != nil {
		n := int64(0)
		if *v.Embeddable {
			n = 1
		}
		p.number(fieldEmbeddable, n)
	}
	p.flag(fieldArtist, v.ArtistChannel)
	p.text(fieldLanguage, v.Language)
	p.text(fieldStatus, string(v.Status))
	p.moment(fieldFirstSeen, v.FirstSeen)
	p.moment(fieldLastSeen, v.LastSeen)
	p.moment(fieldDetailedAt, v.DetailedAt)
	for _, query := range v.Queries {
		p.bytes(fieldQuery, query)
	}
	var row [6 * binary.MaxVarintLen64]byte
	for _, o := range v.Observations {
		numbers := row[:0]
		for _, n := range PackObservation(o) {
			numbers = binary.AppendVarint(numbers, n)
		}
		p.bytes(fieldObservation, string(numbers))
	}
	for _, c := range v.Music {
		p.bytes(fieldMusic, string(binary.AppendUvarint(nil, uint64(len(c.Song))))+c.Song+c.Artist)
	}
	p.song(v.Song)
	return p
}

var errPacked = errors.New("its packed form is damaged")

// PackNeighbours appends the numbers of a video's neighbours to its packed form. They
// are not part of Video, as few readers need them.
func PackNeighbours(packed []byte, refs string) []byte {
	p := packer(packed)
	p.text(fieldNeighbours, refs)
	return p
}

// UnpackVideo reads the stored form of a video, with the song that the rules of
// its time saw in it.
func UnpackVideo(id string, data []byte) (Video, error) {
	v := Video{Video: youtube.Video{ID: id}}
	return v, unpack(data, v.setNumber, v.setText)
}

// UnpackNeighbours reads the numbers of a packed video's neighbours.
func UnpackNeighbours(data []byte) (refs string, err error) {
	err = unpack(data, func(int, int64) {}, func(field int, s string) error {
		if field == fieldNeighbours {
			refs = s
		}
		return nil
	})
	return refs, err
}

// unpack walks the fields of a packed video.
func unpack(data []byte, setNumber func(field int, n int64), setText func(field int, s string) error) error {
	if len(data) == 0 || data[0] != packing {
		return errPacked
	}
	texts := string(data) // one copy that all texts share
	for at := 1; at < len(data); {
		tag, n := binary.Uvarint(data[at:])
		if n <= 0 {
			return errPacked
		}
		at += n
		if tag&1 == 0 {
			value, n := binary.Varint(data[at:])
			if n <= 0 {
				return errPacked
			}
			at += n
			setNumber(int(tag>>1), value)
			continue
		}
		length, n := binary.Uvarint(data[at:])
		if n <= 0 || length > uint64(len(data)-at-n) {
			return errPacked
		}
		at += n
		if err := setText(int(tag>>1), texts[at:at+int(length)]); err != nil {
			return err
		}
		at += int(length)
	}
	return nil
}

func (v *Video) setNumber(field int, n int64) {
	switch field {
	case fieldSubscribers:
		v.Subscribers = &n
	case fieldViews:
		v.Views = &n
	case fieldViewers:
		v.Viewers = &n
	case fieldLikes:
		v.Likes = &n
	case fieldDislikes:
		v.Dislikes = &n
	case fieldDuration:
		v.DurationSeconds = &n
	case fieldWidth:
		v.Width = &n
	case fieldHeight:
		v.Height = &n
	case fieldPublished:
		v.Published.Time = time.Unix(0, n).UTC()
	case fieldPrecision:
		v.Published.Precision = time.Duration(n)
	case fieldStartsAt:
		v.StartsAt = time.Unix(0, n).UTC()
	case fieldLive:
		v.Live = n != 0
	case fieldUpcoming:
		v.Upcoming = n != 0
	case fieldShort:
		v.Short = n != 0
	case fieldApproximate:
		v.ViewsApproximate = n != 0
	case fieldEmbeddable:
		yes := n != 0
		v.Embeddable = &yes
	case fieldArtist:
		v.ArtistChannel = n != 0
	case fieldFirstSeen:
		v.FirstSeen = time.Unix(0, n).UTC()
	case fieldLastSeen:
		v.LastSeen = time.Unix(0, n).UTC()
	case fieldDetailedAt:
		v.DetailedAt = time.Unix(0, n).UTC()
	}
}

func (v *Video) setText(field int, s string) error {
	switch field {
	case fieldTitle:
		v.Title = s
	case fieldLanguage:
		v.Language = s
	case fieldChannel:
		v.Channel = s
	case fieldChannelID:
		v.ChannelID = s
	case fieldPublishedText:
		v.PublishedText = s
	case fieldTag:
		v.Tags = append(v.Tags, s)
	case fieldCategory:
		v.Category = s
	case fieldDescription:
		v.Description = s
	case fieldThumbnail:
		v.ThumbnailURL = s
	case fieldStatus:
		v.Status = youtube.Status(s)
	case fieldQuery:
		v.Queries = append(v.Queries, s)
	case fieldObservation:
		var row PackedObservation
		r := strings.NewReader(s)
		for i := range row {
			n, err := binary.ReadVarint(r)
			if err != nil {
				return errPacked
			}
			row[i] = n
		}
		v.Observations = append(v.Observations, row.Observation())
	case fieldMusic:
		length, n := binary.Uvarint([]byte(s[:min(len(s), binary.MaxVarintLen64)]))
		if n <= 0 || length > uint64(len(s)-n) {
			return errPacked
		}
		v.Music = append(v.Music, youtube.Credit{Song: s[n : n+int(length)], Artist: s[n+int(length):]})
	case fieldSong:
		var err error
		v.Song, err = unpackSong(s)
		return err
	}
	return nil
}

// PackedObservation is an Observation as six numbers: seconds since 1970, views, likes,
// dislikes, subscribers (-1: unknown), and 1 if detailed.
type PackedObservation [6]int64

func PackObservation(o Observation) PackedObservation {
	n := func(p *int64) int64 {
		if p == nil {
			return -1
		}
		return *p
	}
	s := PackedObservation{o.At.Unix(), n(o.Views), n(o.Likes), n(o.Dislikes), n(o.Subscribers), 0}
	if o.Detailed {
		s[5] = 1
	}
	return s
}

func (s PackedObservation) Observation() Observation {
	p := func(n int64) *int64 {
		if n < 0 {
			return nil
		}
		return &n
	}
	return Observation{At: time.Unix(s[0], 0).UTC(), Views: p(s[1]), Likes: p(s[2]), Dislikes: p(s[3]), Subscribers: p(s[4]), Detailed: s[5] == 1}
}
