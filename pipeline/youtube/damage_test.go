package youtube

import (
	"bytes"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// idsOf parses a body by its kind and returns every video id that comes out.
func idsOf(kind string, body []byte) (ids []string) {
	add := func(r *Results, p *Page) {
		if r != nil {
			for _, v := range r.Videos {
				ids = append(ids, v.ID)
			}
		}
		if p != nil && p.Video != nil {
			ids = append(ids, p.Video.ID)
		}
		if p != nil && p.ID != "" {
			ids = append(ids, p.ID)
		}
		if p != nil {
			for _, b := range p.Neighbours {
				ids = append(ids, b.ID)
			}
		}
	}
	switch kind {
	case "results-html":
		r := ParseResults(body, time.Time{})
		add(&r, nil)
	case "watch-html":
		p := ParseWatch(body)
		add(nil, &p)
	default:
		add(ParseInnerTube(body, time.Time{}))
	}
	return ids
}

// TestDamagedRecordings cuts and flips recordings: no panic, and no id that
// the whole page lacks. By default a few places on a part of the recordings;
// CRATEDIGGER_LONG=1 takes 200 places on each.
func TestDamagedRecordings(t *testing.T) {
	dir := recordingsDir(t)
	places, every := 4, 12
	if os.Getenv("CRATEDIGGER_LONG") != "" {
		places, every = 200, 1
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i, r := range readIndex(t, dir) {
		if i%every != 0 {
			continue
		}
		body := readRecording(t, dir, r.File)
		whole := map[string]bool{}
		for _, id := range idsOf(r.Kind, body) {
			whole[id] = true
		}
		for range places {
			for _, id := range idsOf(r.Kind, body[:rng.IntN(len(body))]) {
				if !whole[id] {
					t.Errorf("%s cut yields %s", r.File, id)
				}
			}
		}
		flipped := bytes.Clone(body)
		for range places {
			at := rng.IntN(len(body))
			flipped[at] ^= 1 << rng.IntN(8)
			idsOf(r.Kind, flipped)
			flipped[at] = body[at]
		}
	}
}

func TestEveryCutOfSmallPages(t *testing.T) {
	page := func(script string) []byte { return []byte(`<html lang="en"><script>` + script + `</script></html>`) }
	data := string(searchBody(`{"videoRenderer":{"videoId":"AAAAAAAAAAA","title":{"runs":[{"text":"a \"b\" \ud83d\ude80"}]}}}`, `{"lockupViewModel":{"contentId":"BBBBBBBBBBB","contentType":"LOCKUP_CONTENT_TYPE_VIDEO"}}`))
	for _, whole := range [][]byte{
		page("var ytInitialData = " + data + ";"),
		page("var ytInitialData = '" + strings.NewReplacer(`\`, `\\`, `"`, `\x22`).Replace(data) + "';"),
		oldPage(2),
		watchHTML(`{"playabilityStatus":{"status":"OK"},"videoDetails":{"videoId":"AAAAAAAAAAA"}}`, ""),
	} {
		step := 1 + len(whole)/800
		for cut := 0; cut < len(whole); cut += step {
			for _, id := range idsOf("results-html", whole[:cut]) {
				if !bytes.Contains(whole, []byte(id)) {
					t.Fatalf("cut at %d yields %s", cut, id)
				}
			}
			idsOf("watch-html", whole[:cut])
		}
	}
}

// TestHostilePages reads pages that take hours if the work grows with the
// square of their size.
func TestHostilePages(t *testing.T) {
	const many = 1 << 14
	for name, body := range map[string]string{
		"nested contents":  strings.Repeat(`{"contents":`, many),
		"nested sections":  `{"contents":{"twoColumnSearchResultsRenderer":{"primaryContents":` + strings.Repeat(`{"itemSectionRenderer":{"contents":[`, many),
		"nested arrays":    strings.Repeat("[", many),
		"nested elements":  strings.Repeat("<div>", many),
		"many assignments": strings.Repeat(`ytInitialData={"a":[`, many),
		"many settings":    strings.Repeat(`ytcfg.set({"a":[`, many),
		"many quotes":      strings.Repeat(`ytInitialData='`, many),
		"many runs":        string(searchBody(`{"videoRenderer":{"videoId":"AAAAAAAAAAA","title":{"runs":[` + strings.Repeat(`{"text":"aaaa"},`, many) + `{}]}}}`)),
		"many breaks":      `<p id="eow-description">` + strings.Repeat(`a<br>`, many),
		"open scripts":     strings.Repeat(`<script>`, many),
		"many styles":      strings.Repeat(`<style></style>`, many),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			idsOf("search-json", []byte(body))
			idsOf("results-html", []byte("<script>var ytInitialData = "+body))
			idsOf("watch-html", []byte(body))
			runtime.ReadMemStats(&after)
			// Three readings, each with a copy of its own.
			if bytes, most := after.TotalAlloc-before.TotalAlloc, uint64(3*16*len(body)+1<<22); bytes > most {
				t.Errorf("%d bytes allocated for a page of %d", bytes, len(body))
			}
		})
	}
}
