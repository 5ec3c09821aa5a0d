package song

import "strings"

// forms are names of classical works, and catalogues that number them.
var forms = set(`op op. opus bwv k. kv k.v. wq hob hob. rv d. s. woo wwv gwv sonata sonate sonatina concerto prelude prélude preludes fugue nocturne nocturnes etude étude etudes
	études mazurka polonaise waltz valse gavotte minuet symphony scherzo ballade impromptu rhapsody partita toccata fantasia fantasie fantaisie humoresque humoreske rondo romance
	bagatelle barcarolle serenade suite variations caprice capriccio intermezzo berceuse pieces klavierstücke morceaux skizzen tarantella élégie elegie`)

// classical reads "Composer: Work, Op. 5" in either order. It needs a work's number
// or key in the title, or two words such as "sonata".
func (t *title) classical(parts []part) (Song, bool) {
	if t.kind > "" && rank[t.kind] > rank[Live] || !strings.ContainsAny(t.text, "0123456789") && !strings.Contains(t.text, "ajor") && !strings.Contains(t.text, "inor") {
		return Song{}, false
	}
	work, most := -1, 0
	for i, p := range parts {
		if n := formality(p.text); n > most {
			work, most = i, n
		}
	}
	if most < 3 {
		return Song{}, false
	}
	t.kind = Classical
	if len(parts) == 1 {
		return t.classicalLine(parts[work])
	}
	composer := -1
	for i, p := range parts {
		if i == work || formality(p.text) > 0 && len(parts) > 2 {
			continue
		}
		if composer < 0 || p.by && !parts[composer].by {
			composer = i
		}
	}
	if composer < 0 {
		return Song{}, false
	}
	t.evidence |= Paired | Works
	name := parts[composer].plain
	return Song{Artists: t.artists(t.beforeComma(name)), Title: parts[work].text}, true
}

// beforeComma cuts dates and instruments off a composer's name.
func (t *title) beforeComma(s string) string {
	if at := strings.IndexAny(s, ",/"); at > 0 {
		return strings.TrimSpace(s[:at])
	}
	return s
}

// classicalLine reads "Scarlatti Sonata K. 285" and "Moon-Pictures by MacDowell".
func (t *title) classicalLine(p part) (Song, bool) {
	t.evidence |= Works
	if song, artist, ok := t.cutBy(p.text); ok {
		return Song{Artists: t.artists(t.beforeComma(withoutBrackets(artist))), Title: song}, true
	}
	ws := strings.Fields(p.text)
	for i, w := range ws {
		if i > 0 && forms[strings.ToLower(strings.Trim(w, ",:"))] {
			return Song{Artists: []string{strings.Join(ws[:i], " ")}, Title: strings.Join(ws[i:], " ")}, true
		}
	}
	return Song{}, false
}

// formality scores how much a text looks like the name of a classical work: 3 for a
// catalogue number or a key, 1 for each form such as "sonata".
func formality(s string) int {
	n := 0
	ws := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == ',' || r == '(' || r == ')' })
	for i, w := range ws {
		next := ""
		if i+1 < len(ws) {
			next = ws[i+1]
		}
		digit := next != "" && next[0] >= '0' && next[0] <= '9'
		switch {
		case catalogues[w] && digit, strings.HasPrefix(w, "op.") && len(w) > 3, w == "minor" && i > 0, w == "major" && i > 0 && len(ws[i-1]) < 7:
			n += 3
		case w == "no." && digit || strings.HasPrefix(w, "no.") && len(w) > 3, strings.HasPrefix(w, "#"):
			n++
		case forms[w]:
			n++
		}
	}
	return n
}

var catalogues = set(`op op. opus bwv k. k kv wq hob. rv woo wwv gwv d. s.`)
