package feature

import (
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cratedigger/pipeline/catalog"
)

// The numbers of a video, in column order.
const (
	numTitleLength = iota
	numTitleWords
	numCapitals
	numCapitalised
	numDigits
	numPunctuation
	numBrackets
	numSeparators
	numExclaims
	numForeign
	numQuestion
	numTexts // how many are computed from the title
)

const (
	numViews = iota + numTexts
	numViewsPerDay
	numGrowth
	numAge
	numDuration
	numLikeRatio
	numDislikeRatio
	numSubscribers
	numReach
	numHeight
	numWide
	numWeekday
	numWeekend
	numDescription
	numTags
	numQueries
	numShort
	numLive
	numArtist
	numbers
)

// numberNames are the column names of the numbers, after "num:".
var numberNames = [numbers]string{
	"title_length", "title_words", "capitals", "capitalised", "digits", "punctuation", "brackets", "separators", "exclaims",
	"foreign", "question",
	"views", "views_per_day", "growth", "age", "duration", "like_ratio", "dislike_ratio", "subscribers", "reach",
	"height", "wide", "weekday", "weekend", "description_length", "tags", "queries", "short", "live", "artist",
}

func missing() float64 { return math.NaN() }

// known returns the newest observation up to at, and the newest that is at
// least half a day older than that. A zero at means the newest of all.
func known(v catalog.Video, at time.Time) (now, before *catalog.Observation) {
	for i := len(v.Observations) - 1; i >= 0; i-- {
		o := &v.Observations[i]
		if !at.IsZero() && o.At.After(at) || o.Views == nil && o.Likes == nil && o.Subscribers == nil {
			continue
		}
		switch {
		case now == nil:
			now = o
		case o.Views != nil && now.At.Sub(o.At) >= 12*time.Hour:
			return now, o
		}
	}
	return now, nil
}

// readNumbers returns the numbers of a video as known at a time; NaN is
// missing. Counts come from observations up to that time or, if the video has
// no observation, from the video itself.
func readNumbers(v catalog.Video, t *Text, at time.Time) [numbers]float64 {
	var n [numbers]float64
	for i := range n {
		n[i] = missing()
	}
	views, likes, dislikes, subscribers := v.Views, v.Likes, v.Dislikes, v.Subscribers
	if len(v.Observations) > 0 {
		views, likes, dislikes, subscribers = nil, nil, nil, nil
		now, before := known(v, at)
		if now != nil {
			views, likes, dislikes, subscribers = now.Views, now.Likes, now.Dislikes, now.Subscribers
			if at.IsZero() || now.At.Before(at) {
				at = now.At // counts and age belong to the same moment
			}
			if before != nil && now.Views != nil {
				days := now.At.Sub(before.At).Hours() / 24
				n[numGrowth] = math.Log((float64(*now.Views)+10)/(float64(*before.Views)+10)) / days
			}
		}
	}
	days := missing()
	if v.Published.Known() && !at.IsZero() && v.Published.Precision <= 45*24*time.Hour {
		days = max(0.5, at.Sub(v.Published.Time).Hours()/24)
		n[numAge] = math.Log(days)
		if v.Published.Precision <= 24*time.Hour {
			weekday := (int(v.Published.Time.Weekday()) + 6) % 7 // Monday 0
			n[numWeekday] = float64(weekday)
			n[numWeekend] = flag(weekday >= 5)
		}
	}
	if views != nil {
		x := max(0, float64(*views))
		n[numViews] = math.Log1p(x)
		n[numViewsPerDay] = math.Log((x + 1) / days)
		if likes != nil {
			n[numLikeRatio] = math.Log((max(0, float64(*likes)) + 1) / (x + 25))
		}
		if subscribers != nil {
			n[numReach] = math.Log((x + 10) / (max(0, float64(*subscribers)) + 100))
		}
	}
	if likes != nil && dislikes != nil {
		l, d := max(0, float64(*likes)), max(0, float64(*dislikes))
		n[numDislikeRatio] = (d + 0.5) / (l + d + 5)
	}
	if subscribers != nil {
		n[numSubscribers] = math.Log1p(max(0, float64(*subscribers)))
	}
	if v.DurationSeconds != nil {
		n[numDuration] = math.Log1p(max(0, float64(*v.DurationSeconds)))
	}
	if v.Height != nil && v.Width != nil && *v.Height > 0 && *v.Width > 0 {
		n[numHeight] = math.Log(float64(*v.Height))
		n[numWide] = math.Log(float64(*v.Width) / float64(*v.Height))
	}
	copy(n[:], t.nums[:])
	// An empty text is unknown unless the video's page was read.
	if v.Description != "" || !v.DetailedAt.IsZero() {
		n[numDescription] = math.Log1p(float64(min(t.description, 160)))
	}
	if len(v.Tags) > 0 || !v.DetailedAt.IsZero() {
		n[numTags] = math.Log1p(float64(t.tags))
	}
	if len(v.Queries) > 0 {
		n[numQueries] = math.Log(float64(len(v.Queries)))
	}
	n[numShort], n[numLive], n[numArtist] = flag(v.Short), flag(v.Live), flag(v.ArtistChannel)
	return n
}

// readTitle counts what a cleaned title consists of.
func readTitle(n *[numTexts]float64, title string) {
	runes, capitals, letters, digits, marks, foreign := 0, 0, 0, 0, 0, 0
	brackets, separators, exclaims := 0, 0, 0
	for _, r := range title {
		runes++
		switch {
		case unicode.IsLetter(r):
			letters++
			if unicode.IsUpper(r) {
				capitals++
			}
		case unicode.IsDigit(r):
			digits++
		case !unicode.IsSpace(r):
			marks++
			switch r {
			case '(', '[', '{', '（', '【', '「':
				brackets++
			case '|', '-', '–', '—', ':', '•', '/', '·', '~':
				separators++
			case '!', '！':
				exclaims++
			}
		}
		if r > 127 {
			foreign++
		}
	}
	words, upper := 0, 0
	for w := range strings.FieldsSeq(title) {
		words++
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(r) {
			upper++
		}
	}
	n[numTitleLength] = float64(runes)
	n[numTitleWords] = float64(words)
	n[numCapitals] = share(capitals, letters)
	n[numCapitalised] = share(upper, words)
	n[numDigits] = float64(digits)
	n[numPunctuation] = float64(marks)
	n[numBrackets] = float64(brackets)
	n[numSeparators] = float64(separators)
	n[numExclaims] = float64(exclaims)
	n[numForeign] = share(foreign, runes)
	n[numQuestion] = flag(strings.ContainsAny(title, "?？"))
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// FactNames are the names of the facts that may move a score.
func FactNames() []string { return append([]string{"category"}, numberNames[:]...) }

// Facts are a document's numbers in units for people, such as views instead of
// their logarithm. Missing ones are NaN.
func Facts(v catalog.Video, d *Document) map[string]float64 {
	out := make(map[string]float64, numbers)
	for i, name := range numberNames {
		x := d.nums[i]
		switch i {
		case numViews, numSubscribers, numDuration, numDescription, numTags:
			x = math.Expm1(x)
		case numViewsPerDay, numAge, numLikeRatio, numReach, numHeight, numWide, numQueries, numGrowth:
			x = math.Exp(x)
		}
		out[name] = x
	}
	return out
}
