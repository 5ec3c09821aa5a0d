package labels

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"cratedigger/model/sheet"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

const (
	// MaxLikes bounds a file of likes, in bytes.
	MaxLikes = 8 << 20
	// likesPeeked is how many records tell which file it is, and likesHead how many
	// bytes they have at most.
	likesPeeked = 12
	likesHead   = 64 << 10
	// maxLikeCells bounds the cells of a file, which may all be in one row: each takes
	// some fifty bytes of memory, however short it is.
	maxLikeCells = 1_000_000
	// maxLikeName bounds an artist's name and a title, in bytes: the catalogue cuts there.
	maxLikeName = 300
)

// What is wrong with a whole file of likes.
var (
	ErrLikesLarge = fmt.Errorf("the file is larger than %d MB, or has more than a million cells: split it", MaxLikes>>20)
	ErrLikesForm  = errors.New("the file is none of those that are taken: " + likesForms)
)

const likesForms = "a table with the columns artist and title (and y: 1 liked, 0 not), " +
	"a playlist or the liked videos of YouTube Takeout as CSV, or a CSV of your songs on Last.fm"

// SkipReason says why a row of a file of likes was skipped.
type SkipReason string

// The reasons.
const (
	SkipUnnamed SkipReason = "unnamed" // no artist or no title
	SkipNoVideo SkipReason = "novideo" // not an id and a time
	SkipLabel   SkipReason = "label"   // y is neither yes nor no
	SkipTwice   SkipReason = "twice"   // an earlier row says it
	SkipCut     SkipReason = "cut"     // the row does not end
	SkipLong    SkipReason = "long"    // a name of more than 300 bytes
)

// Skipped counts the rows that were skipped for one reason.
type Skipped struct {
	Why  SkipReason
	Rows int
	Line int // of the file, from 1, of the first of them
}

// skipSentences are the reasons in words, to follow a number of rows.
var skipSentences = map[SkipReason]string{
	SkipUnnamed: "without an artist or a title", SkipNoVideo: "without a video's id and a time", SkipLabel: "with a y that is neither yes nor no",
	SkipTwice: "that say again what another says", SkipCut: "that do not end", SkipLong: "with a name of more than 300 bytes",
}

// Likes is what a file tells of somebody's taste.
type Likes struct {
	Source catalog.PreferenceSource
	Batch  string // names the file by its content: read again, it is the same
	// Preferences has each song or video once, in the file's order, without owner and
	// time: at most [catalog.MemberPreferences].
	Preferences []catalog.Preference
	Rows        int // read, without a header
	Skipped     []Skipped
	Left        int // rows beyond the most that are kept
}

// String says in words what is in the file, and what was skipped and why.
func (l *Likes) String() string {
	form := map[catalog.PreferenceSource]string{catalog.FromCSV: "a table of songs", catalog.FromTakeout: "YouTube Takeout", catalog.FromLastFM: "Last.fm"}[l.Source]
	n := l.Disliked()
	text := fmt.Sprintf("%d preferences (%d liked, %d not) from %d rows of %s", len(l.Preferences), len(l.Preferences)-n, n, l.Rows, form)
	for _, s := range l.Skipped {
		text += fmt.Sprintf("; skipped: %d rows %s (the first is line %d)", s.Rows, skipSentences[s.Why], s.Line)
	}
	if l.Left > 0 {
		text += fmt.Sprintf("; left out: %d rows, as %d are the most", l.Left, catalog.MemberPreferences)
	}
	return text
}

// Disliked counts the preferences that are dislikes.
func (l *Likes) Disliked() (n int) {
	for _, p := range l.Preferences {
		if !p.Like {
			n++
		}
	}
	return n
}

func (l *Likes) skip(why SkipReason, line int) {
	i := slices.IndexFunc(l.Skipped, func(s Skipped) bool { return s.Why == why })
	if i < 0 {
		i, l.Skipped = len(l.Skipped), append(l.Skipped, Skipped{Why: why, Line: line})
	}
	l.Skipped[i].Rows++
}

// ReadLikes reads what somebody likes from one of three files, each in any encoding and
// with any separator that package sheet reads:
//
//   - a table with a header that names artist and title, also in other languages, and
//     perhaps y with the words that [Read] knows; without y a row is a like
//   - a playlist or the liked videos of YouTube Takeout, in any language: rows of an
//     id and a time, below whatever stands above them
//   - the songs of a Last.fm account as four programs write them: with a header and a
//     column of times, or without as artist, album, track, time or date, time, artist, track
//
// A file of another form is [ErrLikesForm], one of more than 8 MB or a million cells
// [ErrLikesLarge], found while it is read. Rows that cannot be used are skipped and counted.
func ReadLikes(r io.Reader) (*Likes, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxLikes+1))
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	if len(data) > MaxLikes {
		return nil, ErrLikesLarge
	}
	sum := sha256.Sum256(data)
	likes := &Likes{Batch: "file-" + hex.EncodeToString(sum[:8])}
	if data, err = sheet.Decode(data); err != nil {
		return nil, ErrLikesForm
	}
	records, above := newReader(data)
	if bytes.Count(data, []byte(string(records.Comma))) > maxLikeCells {
		return nil, ErrLikesLarge
	}
	source, skip, read := likesForm(data)
	if read == nil {
		return nil, ErrLikesForm
	}
	likes.Source = source
	return likes, likes.read(records, skip, above, torn(data, source), read)
}

// holdsLikes reports whether a file that begins with head is one of likes.
func holdsLikes(head []byte) bool {
	data, err := sheet.Decode(head)
	if err != nil {
		return false
	}
	_, _, read := likesForm(data)
	return read != nil
}

// Of is the preferences of a file as an owner's, told at a moment.
func (l *Likes) Of(guildID, memberID string, at time.Time) []catalog.Preference {
	all := slices.Clone(l.Preferences)
	for i := range all {
		all[i].GuildID, all[i].MemberID, all[i].Batch, all[i].At = guildID, memberID, l.Batch, at
	}
	return all
}

// likeReader reads one record. why is "" if it could.
type likeReader func(record []string) (p catalog.Preference, why SkipReason)

// read reads all records behind the first skip ones.
func (l *Likes) read(records *csv.Reader, skip, above int, torn bool, read likeReader) error {
	said := map[string]int{} // places in Preferences
	var p catalog.Preference
	var why SkipReason
	line := 0 // of the record before
	take := func() {
		if l.Rows++; why != "" {
			l.skip(why, line)
			return
		}
		subject := strings.ToLower(p.VideoID + "\x00" + p.Artist + "\x00" + p.Title)
		if p.VideoID != "" { // ids differ by case
			subject = p.VideoID
		}
		at, twice := said[subject]
		switch {
		case twice:
			l.Preferences[at].Like = p.Like // the later one counts
			l.skip(SkipTwice, line)
		case len(l.Preferences) == catalog.MemberPreferences:
			l.Left++
		default:
			said[subject] = len(l.Preferences)
			l.Preferences = append(l.Preferences, p)
		}
	}
	err := eachRecord(records, func(record []string, at int) error {
		if skip > 0 {
			skip--
			return nil
		}
		if line > 0 {
			take()
		}
		p, why = read(record)
		p.Source, line = l.Source, at+above
		return nil
	})
	if line > 0 {
		if torn {
			why = SkipCut
		}
		take()
	}
	return err
}

// torn reports whether a file was cut off in its last record. Programs end every line;
// what a person typed may end without, but not within quotes.
func torn(data []byte, source catalog.PreferenceSource) bool {
	if len(data) == 0 || bytes.HasSuffix(data, []byte("\n")) || bytes.HasSuffix(data, []byte("\r")) {
		return false
	}
	last := data[bytes.LastIndexAny(data, "\r\n")+1:]
	return source == catalog.FromLastFM || bytes.Count(last, []byte(`"`))%2 == 1
}

// likesForm tells by the first records of a file what it is, how many of them are no
// rows, and how to read the others. read is nil for a file that is not taken.
func likesForm(data []byte) (source catalog.PreferenceSource, skip int, read likeReader) {
	records, _ := newReader(data)
	var first [][]string
	err := eachRecord(records, func(record []string, _ int) error {
		if first = append(first, slices.Clone(record)); len(first) == likesPeeked {
			return io.EOF
		}
		return nil
	})
	if err != nil && !errors.Is(err, io.EOF) || len(first) == 0 {
		return "", 0, nil
	}
	if source, read := namedColumns(first[0]); read != nil {
		return source, 1, read
	}
	if at := slices.IndexFunc(first, isTakeout); at >= 0 && 2*countRecords(first[at:], isTakeout) >= len(first)-at {
		return catalog.FromTakeout, at, takeoutRow
	}
	for _, columns := range []struct{ artist, title, time int }{{0, 2, 3}, {2, 3, 0}} {
		shaped := func(record []string) bool {
			return len(record) == 4 && isTime(record[columns.time]) && (columns.time > 0 || isTime(record[1]))
		}
		// The song that is being played stands first, without a time, and the file may
		// be cut off in the last of these.
		rest := first
		if last := len(first[0]) - 1; columns.time > 0 && last == columns.time && cell(first[0][last]) == "" {
			rest = first[1:]
		}
		if n := countRecords(rest, shaped); n > 0 && countRecords(rest[:len(rest)-1], shaped) == len(rest)-1 {
			return catalog.FromLastFM, 0, func(record []string) (catalog.Preference, SkipReason) {
				if !shaped(record) && (columns.time == 0 || len(record) != 4) {
					return catalog.Preference{}, SkipUnnamed
				}
				return named(record[columns.artist], record[columns.title])
			}
		}
	}
	return "", 0, nil
}

// countRecords is how many records have a shape.
func countRecords(records [][]string, shaped func([]string) bool) (n int) {
	for _, record := range records {
		if shaped(record) {
			n++
		}
	}
	return n
}

// Names of columns, in lower case.
var (
	artistColumns = strings.Fields("artist artists artista artiste künstler interpret исполнитель アーティスト 歌手 아티스트")
	titleColumns  = strings.Fields("title song track titel lied título titulo música musica canción cancion titre chanson titolo canzone название 曲名 제목")
	labelColumns  = strings.Fields("y like liked")
	timeColumns   = strings.Fields("uts utc_time time date timestamp date_uts loved_at")
)

// namedColumns reads a table by the names of its columns. read is nil without artist and
// title, for a label file, and for a collection of Discogs, whose titles are albums.
func namedColumns(header []string) (source catalog.PreferenceSource, read likeReader) {
	artist, title, label := -1, -1, -1
	source = catalog.FromCSV
	for i, name := range header {
		name = strings.ToLower(cell(name))
		name, _, user := strings.Cut(name, "#") // "Date#name"
		switch {
		case name == "release_id", name == "video_id":
			return "", nil
		case user && name != "date":
		case artist < 0 && slices.Contains(artistColumns, name):
			artist = i
		case title < 0 && slices.Contains(titleColumns, name):
			title = i
		case label < 0 && slices.Contains(labelColumns, name):
			label = i
		case slices.Contains(timeColumns, name):
			source = catalog.FromLastFM
		}
	}
	if artist < 0 || title < 0 {
		return "", nil
	}
	return source, func(record []string) (catalog.Preference, SkipReason) {
		if len(record) <= max(artist, title) {
			return catalog.Preference{}, SkipUnnamed
		}
		p, why := named(record[artist], record[title])
		if why == "" && label >= 0 && label < len(record) {
			y, ok := readLabel(cell(record[label]))
			if !ok {
				return p, SkipLabel
			}
			p.Like = y == nil || *y >= 0.5
		}
		return p, why
	}
}

// named is a like of a song.
func named(artist, title string) (p catalog.Preference, why SkipReason) {
	if strings.ContainsAny(artist+title, "\r\n") { // a quotation mark that none closes
		return p, SkipCut
	}
	p = catalog.Preference{Artist: cell(artist), Title: cell(title), Like: true}
	switch {
	case p.Artist == "" || p.Title == "":
		return p, SkipUnnamed
	case len(p.Artist) > maxLikeName || len(p.Title) > maxLikeName:
		return p, SkipLong
	}
	return p, ""
}

// takeoutRow is a like of a video: an id and a time, in either order.
func takeoutRow(record []string) (p catalog.Preference, why SkipReason) {
	var filled []string
	for _, text := range record {
		if text = cell(text); text != "" {
			filled = append(filled, text)
		}
	}
	if len(filled) != 2 {
		return p, SkipNoVideo
	}
	if isTime(filled[0]) {
		slices.Reverse(filled)
	}
	id, ok := youtube.ParseID(filled[0])
	if !ok || id != filled[0] || !isTime(filled[1]) {
		return p, SkipNoVideo
	}
	return catalog.Preference{VideoID: id, Like: true}, ""
}

func isTakeout(record []string) bool { _, why := takeoutRow(record); return why == "" }

// cell is a cell's text without what spreadsheets add and without control characters.
func cell(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cc, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.TrimSpace(sheet.Unescape(strings.TrimSpace(s)))
}

// isTime reports whether a text is a time as these files write it: also a number of
// seconds or milliseconds since 1970, and a time of day.
func isTime(s string) bool {
	s = strings.TrimSpace(s)
	for _, layout := range []string{"2 Jan 2006 15:04", "2 Jan 2006, 15:04", time.TimeOnly} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n >= 1e9 && n < 1e13
	}
	_, ok := dateReader{}.parse("", s)
	return ok
}
