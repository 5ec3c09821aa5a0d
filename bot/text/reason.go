package text

import (
	"math"
	"strconv"
	"strings"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

// A Sanitizer makes a name from YouTube or Discord safe to show: it cuts the name to
// at most that many characters, and takes out what the place where it is shown would
// read as formatting or as a mention.
type Sanitizer func(name string, most int) string

// shownWords is how many words one reason names.
const shownWords = 3

// Reason says why a video was picked, or returns "" if there is nothing to say. member
// returns the name of a member by id, or "" to leave out who proposed the video.
func (l *Language) Reason(r catalog.Reason, clean Sanitizer, member func(id string) string) string {
	first, words := "", r.Words[:min(len(r.Words), shownWords)]
	if len(words) > 0 {
		first = words[0]
	}
	switch r.Kind {
	case catalog.ReasonChannel:
		if r.Number >= 1 {
			return l.Say("reason.channel", "n", int(r.Number))
		}
		return l.Say("reason.channel.some")
	case catalog.ReasonArtist:
		switch {
		case first == "":
			return ""
		case r.Number >= 1:
			return l.Say("reason.artist", "n", int(r.Number), "artist", clean(first, 40))
		}
		return l.Say("reason.artist.some", "artist", clean(first, 40))
	case catalog.ReasonWords:
		var quoted []string
		for _, w := range words {
			quoted = append(quoted, "‘"+clean(w, 40)+"’")
		}
		return strings.Join(quoted, ", ")
	case catalog.ReasonFresh:
		return l.fresh(r.Number)
	case catalog.ReasonSeed:
		if name := member(first); name != "" {
			return l.Say("reason.seed", "member", name)
		}
	case catalog.ReasonWildcard:
		return l.Say("post.wildcard")
	case catalog.ReasonExplore:
		return l.Say("reason.explore")
	case catalog.ReasonLike:
		if first != "" {
			return l.Say("reason.like", "title", clean(first, 40))
		}
	case catalog.ReasonQuery:
		if first != "" {
			return l.Say("reason.query", "query", clean(first, 40))
		}
	case catalog.ReasonFact, catalog.ReasonRule:
		if first == "fresh" {
			return l.fresh(r.Number)
		}
		var names []string
		for _, w := range words {
			key := "rule." + underscored(w)
			if r.Kind == catalog.ReasonFact || !l.Has(key) {
				names = append(names, l.fact(w, clean))
			} else {
				names = append(names, l.Say(key))
			}
		}
		return strings.Join(names, ", ")
	}
	return ""
}

// fresh says how many whole days old a video is, as a page that says "1 day ago" counts.
func (l *Language) fresh(age float64) string {
	days := int(math.Max(0, math.Floor(age)))
	if days == 0 {
		return l.Say("reason.fresh.today")
	}
	count := l.Number(days)
	if key := "number." + strconv.Itoa(days); l.Has(key) {
		count = l.Say(key)
	}
	return l.Say("reason.fresh", "n", days, "count", count)
}

// Part names what moved a score.
func (l *Language) Part(p pipeline.Part, clean Sanitizer) string {
	name := clean(p.Name, 40)
	switch p.Kind {
	case pipeline.PartWord:
		return "‘" + name + "’"
	case pipeline.PartFact:
		return l.fact(p.Name, clean)
	case pipeline.PartQuery:
		return l.Say("reason.query", "query", name)
	case pipeline.PartLike:
		if p.Weight < 0 { // the most similar liked video is not similar enough
			return l.Say("part.unlike")
		}
		return l.Say("reason.like", "title", name)
	case pipeline.PartArtist:
		if p.Name == "" {
			return l.Say("part.artist")
		}
	case pipeline.PartRest:
		return l.Say("part.rest")
	case pipeline.PartOwn:
		return l.Say("part.own")
	}
	return name
}

// Prefers says which values of a fact are better, such as "long titles"; "" where it has
// no words for it.
func (l *Language) Prefers(p pipeline.Part) string {
	key := "fact." + p.Name + ".more"
	if p.Weight < 0 {
		key = "fact." + p.Name + ".less"
	}
	if !l.Has(key) {
		return ""
	}
	return l.Say(key)
}

// fact translates a fact's name. A name without a translation stays as it is.
func (l *Language) fact(name string, clean Sanitizer) string {
	if key := "fact." + underscored(name); l.Has(key) {
		return l.Say(key)
	}
	return clean(name, 40)
}

func underscored(s string) string { return strings.ReplaceAll(s, " ", "_") }
