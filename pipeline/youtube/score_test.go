package youtube

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
)

// The scoring test reads every recording and compares each field with
// index.jsonl. Known differences are listed in notOnPage with the reason; any
// other fails.

// notOnPage names truths that come from another recording of the same page
// than the file that is read.
var notOnPage = map[string]string{
	"innertube/next-np-rcollaborators.json.gz width":    "only in the player answer, which was not recorded",
	"innertube/next-np-rcollaborators.json.gz height":   "only in the player answer, which was not recorded",
	"innertube/next-np-rcollaborators.json.gz category": "only in the player answer, which was not recorded",
	"innertube/next-np-rcollaborators.json.gz channel":  "the truth is the player's author; the page itself names both collaborators",
	"innertube/next-np-rlivestream.json.gz width":       "only in the player answer, which was not recorded",
	"innertube/next-np-rlivestream.json.gz height":      "only in the player answer, which was not recorded",
	"innertube/next-np-rlivestream.json.gz category":    "only in the player answer, which was not recorded",
}

type scorer struct {
	t            *testing.T
	agree, total map[string]int
	invented     int
}

func (s *scorer) compare(file, field string, got any, truths ...any) {
	s.total[field]++
	got = plain(got)
	for _, truth := range truths {
		if fmt.Sprint(got) == fmt.Sprint(plain(truth)) {
			s.agree[field]++
			return
		}
	}
	if reason := notOnPage[file+" "+field]; reason != "" {
		s.t.Logf("%s %s: got %v, truth %v: %s", file, field, got, truths, reason)
		return
	}
	if plain(truths[0]) == nil {
		s.invented++
	}
	s.t.Errorf("%s %s: got %v, truth %v", file, field, got, truths)
}

// plain makes values of the parser and of the index comparable.
func plain(v any) any {
	switch v := v.(type) {
	case *int64:
		if v == nil {
			return nil
		}
		return *v
	case float64:
		return int64(v)
	case string:
		if v == "" {
			return nil
		}
		return strings.Join(strings.Fields(norm.NFC.String(v)), " ")
	case []string:
		if len(v) == 0 {
			return nil
		}
		return strings.Join(v, "|")
	case []any:
		if len(v) == 0 {
			return nil
		}
		var texts []string
		for _, one := range v {
			texts = append(texts, fmt.Sprint(one))
		}
		return strings.Join(texts, "|")
	case Date:
		if !v.Known() {
			return nil
		}
		return v.Time.Format(time.DateOnly)
	}
	return v
}

// with appends the values of the list "<field>_alt".
func with(truth any, alt any) []any {
	truths := []any{truth}
	if list, ok := alt.([]any); ok {
		truths = append(truths, list...)
	}
	return truths
}

func TestScoreRecordings(t *testing.T) {
	dir := recordingsDir(t)
	s := &scorer{t: t, agree: map[string]int{}, total: map[string]int{}}
	for _, r := range readIndex(t, dir) {
		body := readRecording(t, dir, r.File)
		switch r.Kind {
		case "results-html":
			s.results(r, ParseResults(body, time.Time{}))
		case "search-json":
			results, _ := ParseInnerTube(body, time.Time{})
			if results == nil {
				t.Errorf("%s is not read as search results", r.File)
				continue
			}
			s.results(r, *results)
		case "watch-html":
			s.watch(r, ParseWatch(body))
		case "next-json":
			_, page := ParseInnerTube(body, time.Time{})
			s.watch(r, *page)
		case "player+next":
			s.watch(r, parsePlayerNext(body, readRecording(t, dir, r.Second)))
		}
		if kind := DetectKind(body); (kind == "results") != (r.Kind == "results-html") || (kind == "watch") != (r.Kind == "watch-html") {
			t.Errorf("%s is detected as %s", r.File, kind)
		}
	}
	agree, total := 0, 0
	fields := make([]string, 0, len(s.total))
	for field := range s.total {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	for _, field := range fields {
		t.Logf("%-17s %d of %d", field, s.agree[field], s.total[field])
		agree, total = agree+s.agree[field], total+s.total[field]
	}
	share := float64(agree) / float64(total)
	t.Logf("agreement %d of %d, %.4f; invented %d", agree, total, share, s.invented)
	if share < 0.995 || s.invented > 0 {
		t.Errorf("agreement %.4f, invented %d", share, s.invented)
	}
}

// results scores a result page: the organic videos in order, and each row.
func (s *scorer) results(r recording, got Results) {
	if len(got.Unknown) > 0 {
		s.t.Errorf("%s: unknown items %v", r.File, got.Unknown)
	}
	if r.Videos == nil {
		return
	}
	var want []map[string]any
	seen := map[string]bool{}
	for _, v := range r.Videos {
		container, _ := v["container"].(string)
		ad, _ := v["is_ad"].(bool)
		if id := v["video_id"].(string); !ad && (container == "" || container == "item") && !seen[id] {
			want = append(want, v)
			seen[id] = true
		}
	}
	status := StatusOK
	if len(want) == 0 {
		status = StatusEmpty
	}
	if got.Status != status || len(want) == 0 && !got.NoResults {
		s.t.Errorf("%s: status %s, no-results item %v", r.File, got.Status, got.NoResults)
	}
	if r.Continuation != nil && *r.Continuation != (got.Continuation != "") {
		s.t.Errorf("%s: continuation %q", r.File, got.Continuation)
	}
	if len(want) != len(got.Videos) {
		s.t.Errorf("%s: %d videos, want %d", r.File, len(got.Videos), len(want))
		return
	}
	for i, v := range want {
		g := got.Videos[i]
		name := r.File + " " + g.ID
		s.compare(name, "id", g.ID, v["video_id"])
		s.compare(name, "title", g.Title, v["title"])
		s.compare(name, "channel", g.Channel, v["channel"])
		s.compare(name, "channel_id", g.ChannelID, v["channel_id"])
		s.compare(name, "views", g.Views, v["views"])
		s.compare(name, "duration_seconds", g.DurationSeconds, v["length_s"])
		s.compare(name, "description", g.Description, v["snippet"])
		s.compare(name, "live", g.Live, v["is_live"])
		age, ok := v["age_text"]
		if !ok {
			age = v["published_text"]
			s.compare(name, "short", g.Short, v["is_short"])
			s.compare(name, "viewers", g.Viewers, v["viewers"])
		}
		s.compare(name, "published_text", g.PublishedText, age)
	}
}

// watch scores a watch page.
func (s *scorer) watch(r recording, got Page) {
	v, g := r.Video, got.Video
	if v == nil {
		if g != nil || got.Status != StatusPrivate {
			s.t.Errorf("%s: status %s, video %v", r.File, got.Status, g)
		}
		return
	}
	if g == nil {
		s.t.Errorf("%s: no video, status %s", r.File, got.Status)
		return
	}
	s.compare(r.File, "id", g.ID, v["video_id"])
	s.compare(r.File, "title", g.Title, with(v["title"], v["title_alt"])...)
	s.compare(r.File, "views", g.Views, with(v["views"], v["views_alt"])...)
	s.compare(r.File, "likes", g.Likes, v["likes"])
	s.compare(r.File, "dislikes", g.Dislikes, v["dislikes"])
	s.compare(r.File, "category", g.Category, v["category"])
	s.compare(r.File, "tags", g.Tags, v["keywords"])
	status := StatusOK
	if _, old := v["duration_s"]; old {
		s.compare(r.File, "channel", g.Channel, v["channel"])
		s.compare(r.File, "channel_id", g.ChannelID, v["channel_id"])
		s.compare(r.File, "published", g.Published, with(v["published"], v["published_alt"])...)
		s.compare(r.File, "published_text", g.PublishedText, v["published_text"])
		s.compare(r.File, "duration_seconds", g.DurationSeconds, with(v["duration_s"], v["duration_alt"])...)
		s.compare(r.File, "width", g.Width, v["width"])
		s.compare(r.File, "height", g.Height, v["height"])
		if text, ok := v["subscribers_text"].(string); ok {
			s.compare(r.File, "subscribers", g.Subscribers, count(text))
		}
	} else {
		s.compare(r.File, "channel", g.Channel, v["author"])
		s.compare(r.File, "channel_id", g.ChannelID, v["p_channel_id"])
		if text, _ := v["publish_date"].(string); text != "" {
			s.compare(r.File, "published", g.Published, parseDate(text))
		}
		s.compare(r.File, "duration_seconds", g.DurationSeconds, with(v["mf_length_s"], []any{v["length_s"]})...)
		s.compare(r.File, "width", g.Width, v["embed_w"])
		s.compare(r.File, "height", g.Height, v["embed_h"])
		text, _ := v["subscribers_text"].(string)
		s.compare(r.File, "subscribers", g.Subscribers, count(text))
		live, _ := v["is_live"].(bool)
		s.compare(r.File, "live", g.Live, live)
		switch {
		case live:
			status = StatusLive
		case v["playability"] == "LOGIN_REQUIRED":
			status = StatusAgeRestricted
		}
	}
	if got.Status != status {
		s.t.Errorf("%s: status %s, want %s", r.File, got.Status, status)
	}
}

// parsePlayerNext joins a player and a next answer into a page.
func parsePlayerNext(player, next []byte) Page {
	r := watchReader{page: Page{Layout: "innertube"}}
	r.readPlayer(player)
	r.readNext(next)
	r.body = r.primary
	return r.done()
}
