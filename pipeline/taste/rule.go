package taste

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"cratedigger/model/pooled"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/feature/glove"
	"cratedigger/pipeline/song"
)

// A Rule ranks while there is no model, and has a say beside a young one. It begins with
// what usually pleases: music, a good length, fresh, well liked and much watched videos,
// on the artist's own channel, found by several queries. Each label moves what its video
// has in common with others: the query, the artist, the channel, the kind, the words of
// the title and their meaning, and how much the usual facts count here. What few labels
// tell of stays near the guild's rate, and the guild's near the usual one (package
// pooled). Its methods may be called concurrently.
type Rule struct {
	cache   *feature.Cache
	gist    *feature.Gist
	queries map[string]bool // of the guild
	model   *pooled.Model
	left    map[string]float64 // by video with a label: the log-odds by the other labels
}

// ruleLabels is how many labels a rule learns from at most: the newest. With so many the
// model ranks alone.
const ruleLabels = 300

// ruleTags is how many tags of a video count: the first, which say most.
const ruleTags = 15

// NewRule returns the rule of a guild before any label. cache has the texts of the guild's
// videos; queries are the guild's.
func NewRule(cache *feature.Cache, videos []catalog.Video, queries []string) *Rule {
	r := &Rule{cache: cache, gist: feature.NewGist(cache.Documents(videos, nil)), queries: map[string]bool{}}
	for _, q := range queries {
		r.queries[q] = true
	}
	r.model, _ = pooled.Train(nil, nil, nil, usual) // without rows nothing can fail
	return r
}

// Learn returns the rule that labels of videos teach. Labels of other videos are ignored.
func (r *Rule) Learn(videos []catalog.Video, labels []Label) (*Rule, error) {
	learned := &Rule{cache: r.cache, gist: r.gist, queries: r.queries, left: map[string]float64{}}
	at := make(map[string]int, len(videos))
	for i := range videos {
		at[videos[i].ID] = i
	}
	labels = slices.DeleteFunc(slices.Clone(labels), func(l Label) bool {
		_, known := at[l.VideoID]
		return !known || l.Weight <= 0
	})
	labels = labels[max(0, len(labels)-ruleLabels):]
	labelled, when := make([]catalog.Video, len(labels)), make([]time.Time, len(labels))
	y, w := make([]float64, len(labels)), make([]float64, len(labels))
	for i, l := range labels {
		labelled[i], when[i], y[i], w[i] = videos[at[l.VideoID]], l.KnownAt, l.Share, l.Weight
	}
	rows := make([][]pooled.Value, len(labels))
	for i, d := range r.cache.Documents(labelled, when) {
		rows[i] = r.row(nil, labelled[i], d, when[i])
	}
	var err error
	if learned.model, err = pooled.Train(rows, y, w, usual); err != nil {
		return nil, fmt.Errorf("the rule learned nothing from the labels: %w", err)
	}
	for i, l := range labels {
		learned.left[l.VideoID] = learned.model.WithoutLabel(i).Raw
	}
	return learned, nil
}

// The columns of a rule, by what their names begin with. The facts are named as reasons
// and parts name them.
const (
	columnBase    = ""
	columnFact    = "fact:"
	columnQuery   = "query:"
	columnArtist  = "artist:"
	columnChannel = "channel:"
	columnKind    = "kind:"
	columnTag     = "tag:"
	columnWord    = "word:"
	columnMeaning = "meaning:"
)

// The facts of a video.
const (
	factMusic = iota
	factLength
	factFresh
	factLiked
	factWatched
	factOwn
	factAgreement
	factNoSong
	factCount
)

// facts are what usually pleases: the facts' names, and the log-odds between the least
// and the most of each.
var facts = [factCount]struct {
	name string
	mean float64
}{
	{"music", 1.2}, {"length", 0.8}, {"fresh", 0.8}, {"like ratio", 0.6}, {"views per day", 0.6},
	{"own channel", 0.3}, {"agreement", 0.3}, {"no song", -1},
}

// factNamed is the index of a fact, -1 for other names.
func factNamed(name string) int {
	for i := range facts {
		if facts[i].name == name {
			return i
		}
	}
	return -1
}

// usual is what is believed of a column before any label, in log-odds. All begin at the
// rate of likes of picks.
func usual(column string) pooled.Prior {
	name := column[:strings.IndexByte(column, ':')+1]
	switch name {
	case columnBase:
		return pooled.Prior{Mean: -0.6, Spread: 1}
	case columnFact:
		return pooled.Prior{Mean: facts[factNamed(column[len(name):])].mean, Spread: 0.5}
	case columnKind:
		return pooled.Prior{Spread: 0.7}
	case columnWord, columnMeaning:
		return pooled.Prior{Spread: 1.5}
	}
	return pooled.Prior{Spread: 1}
}

// meaningColumns are the names of the columns of a title's meaning.
var meaningColumns = func() (names [glove.Dims]string) {
	for d := range names {
		names[d] = fmt.Sprint(columnMeaning, d)
	}
	return names
}()

// row appends a video's values, as known at a time, to a row. A fact that is not known
// counts half, which is 0.
func (r *Rule) row(row []pooled.Value, v catalog.Video, d *feature.Document, at time.Time) []pooled.Value {
	add := func(kind, name string, x float64) {
		if x != 0 {
			row = append(row, pooled.Value{Column: kind + name, X: x})
		}
	}
	add(columnBase, "", 1)
	values, _ := factsOf(v, at)
	for i, x := range values {
		add(columnFact, facts[i].name, x)
	}
	found := 0
	for _, q := range v.Queries {
		if r.queries[q] {
			found++
		}
	}
	if found > 0 {
		add(columnFact, facts[factAgreement].name, min(1, math.Log2(float64(found))/2))
		for _, q := range v.Queries {
			if r.queries[q] {
				add(columnQuery, q, 1/math.Sqrt(float64(found)))
			}
		}
	}
	for _, a := range d.Text.Artists {
		add(columnArtist, a.Group, a.Share)
	}
	add(columnChannel, d.Text.Channel, 1)
	switch k := v.Song.Kind; k {
	case song.None, song.Video, song.Lyrics, song.Audio: // packaging
	default:
		add(columnKind, string(k), 1)
	}
	tags := v.Tags[:min(len(v.Tags), ruleTags)]
	for i, tag := range tags {
		if tag = strings.ToLower(strings.TrimSpace(tag)); !slices.Contains(tags[:i], tag) {
			add(columnTag, tag, 1/math.Sqrt(float64(len(tags))))
		}
	}
	var meaning [glove.Dims]float64
	r.gist.Of(d, meaning[:], func(word string, weight float64) { add(columnWord, word, weight) })
	for k, x := range meaning {
		if x != 0 {
			row = append(row, pooled.Value{Column: meaningColumns[k], X: x})
		}
	}
	return row
}

// Score returns the scores of videos, as they are known at now. No score comes from the
// video's own label.
func (r *Rule) Score(videos []catalog.Video, now time.Time) []Score {
	out := make([]Score, len(videos))
	when := make([]time.Time, len(videos))
	for i := range when {
		when[i] = now
	}
	var row []pooled.Value
	for i, d := range r.cache.Documents(videos, when) {
		row = r.row(row[:0], videos[i], d, now)
		out[i] = r.scored(videos[i].ID, row)
	}
	return out
}

// caution is the part of the columns' variance that draws of picks take into account.
// Each column may move a lot, but draws of all at once would pick at random.
const caution = 0.04

// scored is the score of a video with a row. What all videos share, the rate and what
// facts count, does not make one less certain than others.
func (r *Rule) scored(videoID string, row []pooled.Value) Score {
	s := r.model.Score(row)
	own := slices.IndexFunc(row, func(v pooled.Value) bool { return v.Column != columnBase && !strings.HasPrefix(v.Column, columnFact) })
	s.Variance = caution * r.model.Score(row[max(0, own):]).Variance
	left, learned := r.left[videoID]
	if learned {
		s.Raw = left
	}
	return Score{VideoID: videoID, Probability: 1 / (1 + math.Exp(-s.Raw)), Raw: s.Raw, Variance: s.Variance, OutOfFold: learned}
}

// Explain says what moved the score of a video, as it is known at now.
func (r *Rule) Explain(v catalog.Video, now time.Time) Explanation {
	d := r.cache.Documents([]catalog.Video{v}, []time.Time{now})[0]
	row := r.row(nil, v, d, now)
	x := Explanation{Score: r.scored(v.ID, row)}
	_, numbers := factsOf(v, now)
	rest, whole := 0.0, 0.0
	for k, w := range r.model.Parts(row) {
		whole += w
		kind, name, _ := strings.Cut(row[k].Column, ":")
		switch kind + ":" {
		case columnFact:
			x.Parts = append(x.Parts, Part{Kind: PartFact, Name: name, Number: numbers[factNamed(name)], Weight: w})
		case columnQuery:
			x.Parts = append(x.Parts, Part{Kind: PartQuery, Name: name, Weight: w})
		case columnWord, columnKind, columnTag:
			x.Parts = append(x.Parts, Part{Kind: PartWord, Name: name, Weight: w})
		case columnChannel:
			x.Parts = append(x.Parts, Part{Kind: PartChannel, Name: v.Channel, Weight: w})
		case columnArtist:
			if artist := performer(v.Song, name); artist != "" {
				x.Parts = append(x.Parts, Part{Kind: PartArtist, Name: artist, Weight: w})
			} else {
				rest += w
			}
		case columnMeaning:
			rest += w
		default:
			x.Base += w
		}
	}
	x.Parts = append(x.Parts, Part{Kind: PartRest, Weight: rest})
	if x.OutOfFold {
		x.Parts = append(x.Parts, Part{Kind: PartOwn, Weight: x.Raw - whole})
	}
	x.Parts = slices.DeleteFunc(x.Parts, func(p Part) bool { return p.Weight == 0 })
	sortParts(x.Parts)
	x.Reasons = reasonsOf(x.Parts)
	byArtist := func(r catalog.Reason) bool { return r.Kind == catalog.ReasonArtist }
	others := slices.DeleteFunc(slices.Clone(x.Reasons), byArtist)
	if x.OutOfFold { // its own label may have given the artist
		x.Reasons = others
	} else { // whom people like says more to them than what usually pleases
		x.Reasons = append(slices.DeleteFunc(x.Reasons, func(r catalog.Reason) bool { return !byArtist(r) }), others...)
	}
	return x
}

// factsOf are what usually pleases of a video, each from −½ to ½ and 0 where it is not
// known, and the numbers behind them as people count them: seconds, days, a share. A
// length of one and a half to twelve minutes is good; freshness halves every 30 days; full
// marks are for 100 likes of 2,500 views, and on a log scale for 10,000 views a day.
func factsOf(v catalog.Video, at time.Time) (values, numbers [factCount]float64) {
	set := func(fact int, number, value float64) { numbers[fact], values[fact] = number, value-0.5 }
	if v.Category != "" {
		values[factMusic] = -0.5
		if IsMusic(v.Category) {
			values[factMusic] = 0.5
		}
	}
	if v.DurationSeconds != nil {
		s, good := float64(*v.DurationSeconds), 0.0
		switch {
		case s >= 90 && s <= 720:
			good = 1
		case s >= 60 && s <= 1200:
			good = 0.4
		}
		set(factLength, s, good)
	}
	if at.IsZero() && len(v.Observations) > 0 { // as it is known last
		at = v.Observations[len(v.Observations)-1].At
	}
	views, likes := v.Views, v.Likes
	for _, o := range slices.Backward(v.Observations) {
		if !o.At.After(at) {
			views, likes = o.Views, o.Likes
			break
		}
	}
	if views != nil && likes != nil && *views > 0 {
		// Smoothed, as three likes of ten views say little.
		ratio := (float64(*likes) + 2) / (float64(*views) + 100)
		set(factLiked, ratio, min(1, ratio/0.04))
	}
	if v.Published.Known() && !at.IsZero() {
		days := max(0.5, at.Sub(v.Published.Time).Hours()/24)
		set(factFresh, days, math.Exp2(-days/30))
		if views != nil {
			perDay := float64(*views) / days
			set(factWatched, perDay, min(1, math.Log10(1+perDay)/4))
		}
	}
	if v.OwnChannel() {
		values[factOwn] = 0.5
	}
	if v.Live || v.Upcoming || v.Short {
		values[factNoSong] = 1
	}
	return values, numbers
}

// IsMusic reports whether a category is YouTube's Music, by its number, 10, or
// its name in common languages.
func IsMusic(category string) bool {
	switch strings.ToLower(strings.TrimSpace(category)) {
	case "music", "música", "musica", "musique", "musik", "muziek", "muzyka", "музыка", "音楽", "音乐", "音樂", "음악", "müzik", "hudba", "zene", "musiikki", "10":
		return true
	}
	return false
}
