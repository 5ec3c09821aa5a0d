package feature

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"cratedigger/model/record"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
)

// Document is one video as it was known at one time: the terms of each text
// block, as ids of a lexicon, and its numbers.
type Document struct {
	VideoID string
	Text    *Text
	nums    [numbers]float64
}

// Text is the part of a Document that does not depend on the time. Documents of
// one Cache share it as long as the video's text stays the same, so results may
// be cached by its pointer.
type Text struct {
	Channel string          // the channel's key: id, or folded name; "" when unknown
	Artists []record.Member // who performs, by song.Song.KeyOf, and how surely

	title string            // without packaging
	words []titleWord       // of the title, each once
	terms [blocks][]int32   // ascending
	tf    [blocks][]float32 // 1 + ln(count) of each term
	nums  [numTexts]float64 // the numbers computed from the title

	description, tags int // length in bytes and count, without packaging
}

// Options say how text is cut into terms. All learners share these settings.
type Options struct {
	WordGrams int // longest run of title words; default 2
	CharLow   int // shortest character n-gram; default 2
	CharHigh  int // longest character n-gram; default 5
	MinDocs   int // documents a term must occur in to become a column; default 2
	Factors   int // maximum of latent factors; default 32, negative for none

	Packaging []string // phrases to remove; nil means DefaultPackaging
}

func (o Options) filled() Options {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&o.WordGrams, 2)
	def(&o.CharLow, 2)
	def(&o.CharHigh, 5)
	def(&o.MinDocs, 2)
	def(&o.Factors, 32)
	if o.Packaging == nil {
		o.Packaging = DefaultPackaging
	}
	return o
}

// sensible reports whether the settings are valid. Those of a damaged file may
// be anything.
func (o Options) sensible() bool {
	const most = 64 // words or characters in a run
	return o.WordGrams >= 1 && o.WordGrams <= most && o.CharLow >= 1 && o.CharHigh >= o.CharLow && o.CharHigh <= most
}

// lexicon gives the terms of each block ids, in the order in which they are
// first seen. It only grows, and is not safe for concurrent use.
type lexicon struct {
	ids   [blocks]map[string]int32
	terms [blocks][]string
	words map[string]*word
}

// newLexicon returns an empty lexicon.
func newLexicon() *lexicon {
	l := &lexicon{words: map[string]*word{}}
	for b := range l.ids {
		l.ids[b] = map[string]int32{}
	}
	return l
}

func (l *lexicon) id(b Block, term string) int32 {
	id, ok := l.ids[b][term]
	if !ok {
		term = strings.Clone(term) // so that the whole text can be freed
		id = int32(len(l.terms[b]))
		l.ids[b][term] = id
		l.terms[b] = append(l.terms[b], term)
	}
	return id
}

// word returns a word of titles with its vector, which is looked up once.
func (l *lexicon) word(text string) *word {
	w := l.words[text]
	if w == nil {
		id := l.id(TitleWords, text)
		text = l.terms[TitleWords][id]
		w = newWord(text, id)
		l.words[text] = w
	}
	return w
}

// clone returns an independent copy.
func (l *lexicon) clone() *lexicon {
	n := &lexicon{words: maps.Clone(l.words)}
	for b := range l.ids {
		n.ids[b], n.terms[b] = maps.Clone(l.ids[b]), slices.Clone(l.terms[b])
	}
	return n
}

// Reader makes documents with one set of options and one lexicon.
type Reader struct {
	opts      Options
	packaging *Packaging
	lexicon   *lexicon
}

// NewReader returns a reader with a lexicon of its own.
func NewReader(o Options) *Reader {
	o = o.filled()
	return &Reader{opts: o, packaging: NewPackaging(o.Packaging), lexicon: newLexicon()}
}

// Read makes the document of v as it was known at a time; zero means as in its
// newest observation.
func (r *Reader) Read(v catalog.Video, at time.Time) *Document {
	t := r.text(v)
	return &Document{VideoID: v.ID, Text: t, nums: readNumbers(v, t, at)}
}

func (r *Reader) text(v catalog.Video) *Text {
	title, packed := r.packaging.clean(cut(v.Title))
	performance := v.Song
	if packed { // which says nothing of who performs, but something of how surely it is read
		u := catalog.Upload(v.Video)
		u.Title = title
		performance = song.Read(u, nil)
	}
	d := &Text{Channel: ChannelKey(v), Artists: performers(performance, v.Song), title: title}
	readTitle(&d.nums, title)

	counts := map[int32]int{}
	collect := func(b Block, fill func(add func(string))) {
		clear(counts)
		fill(func(term string) { counts[r.lexicon.id(b, term)]++ })
		terms := make([]int32, 0, len(counts))
		for id := range counts {
			terms = append(terms, id)
		}
		slices.Sort(terms)
		tf := make([]float32, len(terms))
		for i, id := range terms {
			tf[i] = float32(1 + math.Log(float64(counts[id])))
		}
		d.terms[b], d.tf[b] = terms, tf
	}
	words := tokens(title)
	collect(TitleWords, func(add func(string)) { eachGram(words, r.opts.WordGrams, add) })
	for i, w := range words {
		if word := r.lexicon.word(w); !slices.Contains(words[:i], w) {
			at, _ := slices.BinarySearch(d.terms[TitleWords], word.id)
			d.words = append(d.words, titleWord{word, d.tf[TitleWords][at]})
		}
	}
	collect(TitleChars, func(add func(string)) { eachCharGram(title, r.opts.CharLow, r.opts.CharHigh, add) })
	description, packed := r.packaging.clean(cut(v.Description))
	d.description = len(v.Description)
	if packed {
		d.description = len(description)
	}
	collect(Description, func(add func(string)) { eachGram(tokens(description), 2, add) })
	collect(Tags, func(add func(string)) {
		for _, tag := range v.Tags[:min(len(v.Tags), 100)] {
			tag, packed := r.packaging.clean(cut(tag))
			ws := tokens(tag)
			if len(ws) > 0 || !packed {
				d.tags++
			}
			if len(ws) > 1 {
				add(strings.Join(ws, " "))
			}
			for _, w := range ws {
				add(w)
			}
		}
	})
	collect(Channel, func(add func(string)) {
		if d.Channel != "" {
			add(d.Channel)
		}
	})
	collect(Category, func(add func(string)) {
		if c := tidySpace(fold(cut(v.Category))); c != "" {
			add(c)
		}
	})
	collect(Queries, func(add func(string)) {
		for _, q := range v.Queries[:min(len(v.Queries), 100)] {
			add(tidySpace(fold(cut(q))))
		}
	})
	collect(Kind, func(add func(string)) {
		switch k := performance.Kind; k {
		case song.None, song.Video, song.Lyrics, song.Audio: // packaging
		default:
			add(string(k))
		}
	})
	return d
}

// performers are the artists of a song. A guess counts by its chance of being right. An
// artist who is known by other uploads has the key that they gave.
func performers(s, known song.Song) []record.Member {
	var out []record.Member
	for _, name := range s.Artists {
		m := record.Member{Group: known.KeyOf(name), Share: s.Confidence}
		if m.Group != "" && m.Share > 0 && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// ChannelKey identifies a video's channel: its id, its folded name if the id is
// unknown, or "".
func ChannelKey(v catalog.Video) string {
	if v.ChannelID != "" {
		return v.ChannelID
	}
	return tidySpace(fold(cut(v.Channel)))
}
