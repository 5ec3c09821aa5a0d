package youtube

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// What the recorded watch pages show beside their video, read a second time
// with encoding/json: every video of the list in page order, each id once.
func TestNeighboursOfRecordings(t *testing.T) {
	dir := recordingsDir(t)
	pages, neighbours := 0, 0
	for _, r := range readIndex(t, dir) {
		var page Page
		var data []byte
		switch body := readRecording(t, dir, r.File); r.Kind {
		case "watch-html":
			page, data = ParseWatch(body), initialData(body)
		case "next-json":
			_, p := ParseInnerTube(body, time.Time{})
			page, data = *p, body
		case "player+next":
			data = readRecording(t, dir, r.Second)
			page = parsePlayerNext(body, data)
		default:
			continue
		}
		want := trueNeighbours(t, data)
		if !slices.Equal(page.Neighbours, want) {
			t.Errorf("%s:\n got %v\nwant %v", r.File, page.Neighbours, want)
		}
		if len(want) > 0 {
			pages++
			neighbours += len(want)
		}
		for _, n := range page.Neighbours {
			if n.Title == "" || n.Channel == "" {
				t.Errorf("%s: %+v", r.File, n)
			}
		}
	}
	t.Logf("%d neighbours on %d pages", neighbours, pages)
	if pages < 18 {
		t.Errorf("%d pages show anything beside their video", pages)
	}
}

// trueNeighbours finds the entries of the second column at any depth, by the names
// of their kinds.
func trueNeighbours(t *testing.T, data []byte) (list []Neighbour) {
	var page any
	if data == nil {
		return nil
	}
	if err := json.NewDecoder(strings.NewReader(string(data))).Decode(&page); err != nil {
		t.Fatal(err)
	}
	at := func(v any, keys ...any) any {
		for _, key := range keys {
			switch k := key.(type) {
			case string:
				m, _ := v.(map[string]any)
				v = m[k]
			case int:
				a, _ := v.([]any)
				if k >= len(a) {
					return nil
				}
				v = a[k]
			}
		}
		return v
	}
	text := func(v any) string {
		if s, ok := at(v, "simpleText").(string); ok {
			return s
		}
		s := ""
		runs, _ := at(v, "runs").([]any)
		for _, run := range runs {
			s += fmt.Sprint(at(run, "text"))
		}
		return s
	}
	add := func(n Neighbour) {
		if !slices.ContainsFunc(list, func(have Neighbour) bool { return have.ID == n.ID }) {
			list = append(list, n)
		}
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, entry := range v {
				walk(entry)
			}
		case map[string]any:
			if r, ok := v["compactVideoRenderer"]; ok {
				add(Neighbour{fmt.Sprint(at(r, "videoId")), text(at(r, "title")), text(at(r, "longBylineText"))})
			} else if l, ok := v["lockupViewModel"]; ok && at(l, "contentType") == "LOCKUP_CONTENT_TYPE_VIDEO" {
				meta := at(l, "metadata", "lockupMetadataViewModel")
				channel := at(meta, "metadata", "contentMetadataViewModel", "metadataRows", 0, "metadataParts", 0, "text", "content")
				add(Neighbour{fmt.Sprint(at(l, "contentId")), fmt.Sprint(at(meta, "title", "content")), strings.TrimSpace(fmt.Sprint(channel))})
			} else {
				for _, key := range []string{"compactAutoplayRenderer", "itemSectionRenderer", "contents"} {
					walk(v[key])
				}
			}
		}
	}
	walk(at(page, "contents", "twoColumnWatchNextResults", "secondaryResults", "secondaryResults", "results"))
	return list
}

func TestNeighboursOfAPageAreBounded(t *testing.T) {
	var entries []string
	for i := range 60 {
		entries = append(entries, fmt.Sprintf(`{"playlistPanelVideoRenderer":{"videoId":"MIX%08d","title":{"simpleText":"M%d"},"longBylineText":{"runs":[{"text":"Band"}]}}}`, i/2, i/2))
	}
	beside := `{"compactVideoRenderer":{"videoId":"BBBBBBBBBBB","title":{"simpleText":"B"},"shortBylineText":{"runs":[{"text":"Some "},{"text":"Band"}]}}},` +
		`{"compactVideoRenderer":{"videoId":"AAAAAAAAAAA","title":{"simpleText":"the page's own"}}},{"compactVideoRenderer":{"videoId":"no id"}},` +
		`{"compactRadioRenderer":{"playlistId":"RDAAAAAAAAAAA","title":{"simpleText":"Mix"}}},{"lockupViewModel":{"contentId":"RD","contentType":"LOCKUP_CONTENT_TYPE_PLAYLIST"}},` +
		`{"promotedSparklesWebRenderer":{"videoId":"CCCCCCCCCCC"}},{"itemSectionRenderer":{"contents":[` + lockup("", row("Other Band"), row("1 view", "2d ago")) + `]}}`
	body := `{"contents":{"twoColumnWatchNextResults":{"results":{"results":{"contents":[{"videoPrimaryInfoRenderer":{"title":{"simpleText":"T"}}}]}},"secondaryResults":{"secondaryResults":{"results":[` +
		strings.ReplaceAll(beside, `"contentId":"AAAAAAAAAAA"`, `"contentId":"DDDDDDDDDDD"`) + `]}},"playlist":{"playlist":{"contents":[` + strings.Join(entries, ",") +
		`]}}}},"currentVideoEndpoint":{"watchEndpoint":{"videoId":"AAAAAAAAAAA"}}}`
	_, page := ParseInnerTube([]byte(body), testAt)
	if len(page.Neighbours) != 24 || page.Neighbours[0] != (Neighbour{"BBBBBBBBBBB", "B", "Some Band"}) || page.Neighbours[1] != (Neighbour{"DDDDDDDDDDD", "T", "Other Band"}) || page.Neighbours[2] != (Neighbour{"MIX00000000", "M0", "Band"}) {
		t.Errorf("%d: %+v", len(page.Neighbours), page.Neighbours)
	}
	if page.ID != "AAAAAAAAAAA" || page.Status != StatusOK {
		t.Errorf("%+v", page)
	}
}
