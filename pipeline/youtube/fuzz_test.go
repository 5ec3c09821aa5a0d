package youtube

import (
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"
)

// The targets are seeded with generated pages. For any input a parser must end,
// allocate in proportion, and return well-formed values.

func checkVideo(t *testing.T, v *Video) {
	t.Helper()
	if !validID(v.ID) {
		t.Errorf("id %q", v.ID)
	}
	if v.ChannelID != "" && !ValidChannelID(v.ChannelID) {
		t.Errorf("channel id %q", v.ChannelID)
	}
	for _, n := range []*int64{v.Views, v.Viewers, v.Likes, v.Dislikes, v.Subscribers, v.DurationSeconds, v.Width, v.Height} {
		if n != nil && *n < 0 {
			t.Errorf("negative number in %+v", v)
		}
	}
	for _, s := range []string{v.Title, v.Channel, v.Description} {
		if !utf8.ValidString(s) {
			t.Errorf("%q is not UTF-8", s)
		}
	}
	if v.Live && v.Upcoming {
		t.Error("live and upcoming")
	}
}

func checkResults(t *testing.T, r *Results) {
	t.Helper()
	seen := map[string]bool{}
	for i := range r.Videos {
		checkVideo(t, &r.Videos[i])
		if seen[r.Videos[i].ID] {
			t.Errorf("%s twice", r.Videos[i].ID)
		}
		seen[r.Videos[i].ID] = true
	}
	if (r.Status == StatusOK) != (len(r.Videos) > 0) {
		t.Errorf("status %s with %d videos", r.Status, len(r.Videos))
	}
}

func FuzzParseResults(f *testing.F) {
	f.Add(modernPage(2)[:4000])
	f.Add(oldPage(1))
	for _, item := range []string{
		`{"videoRenderer":{"videoId":"AAAAAAAAAAA","title":{"simpleText":"x"},"viewCountText":{"simpleText":"1,2 mi"},"publishedTimeText":{"simpleText":"há 1 ano"}}}`,
		`{"lockupViewModel":{"contentId":"AAAAAAAAAAA","contentType":"LOCKUP_CONTENT_TYPE_VIDEO"}}`, `{"messageRenderer":{}}`,
	} {
		f.Add([]byte("<html lang=en><script>var ytInitialData = " + string(searchBody(item)) + ";</script>"))
	}
	f.Add([]byte(`<script>var ytInitialData = '\x7b\x22contents\x22:{}\x7d';ytcfg.set({"INNERTUBE_CONTEXT":{"client":{"hl":"en"}}})</script>`))
	f.Fuzz(func(t *testing.T, page []byte) {
		r := ParseResults(page, testAt)
		checkResults(t, &r)
		readConfig(page)
		DetectKind(page)
	})
}

func FuzzParseWatch(f *testing.F) {
	f.Add(watchPage(2000))
	f.Add(watchHTML(`{"playabilityStatus":{"status":"OK"},"videoDetails":{"videoId":"AAAAAAAAAAA","keywords":["a"],"lengthSeconds":"7"}}`, `{"videoPrimaryInfoRenderer":{"dateText":{"simpleText":"Dec 5, 2019"}}},{"videoSecondaryInfoRenderer":{"owner":{"videoOwnerRenderer":{"title":{"runs":[{"text":"x"}]}}}}}`))
	f.Add([]byte(`<script>ytplayer.config = {"args":{"player_response":"{\"videoDetails\":{\"videoId\":\"AAAAAAAAAAA\",\"title\":\"\\u00e9\\ud83d\\ude80\"}}"}};</script><div id="watch7-content"><span id="eow-title" title="x">`))
	f.Fuzz(func(t *testing.T, page []byte) {
		if p := ParseWatch(page); p.Video != nil {
			checkVideo(t, p.Video)
		}
	})
}

func FuzzParseInnerTube(f *testing.F) {
	f.Add(searchBody(`{"videoRenderer":{"videoId":"AAAAAAAAAAA","ownerText":{"runs":[{"text":"A and B","navigationEndpoint":{"showDialogCommand":{}}}]}}}`))
	f.Add([]byte(`{"onResponseReceivedCommands":[{"appendContinuationItemsAction":{"continuationItems":[{"itemSectionRenderer":{"contents":[{"messageRenderer":{}}]}}]}}]}`))
	f.Add([]byte(`{"playabilityStatus":{"status":"LOGIN_REQUIRED","messages":["x"]},"videoDetails":{"videoId":"AAAAAAAAAAA"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		results, page := ParseInnerTube(body, testAt)
		if results != nil {
			checkResults(t, results)
		}
		if page != nil && page.Video != nil {
			checkVideo(t, page.Video)
		}
	})
}

func FuzzParseCount(f *testing.F) {
	for _, s := range []string{"1,234,567 views", "1,2 mi de visualizações", "12,34,567", "1.2万次观看", "조회수 1.2만회", "12 लाख", "١٬٢٣٤", "No views", "2,3 mil M", "1’234"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, _, ok := readCount(s); n < 0 || n > 1e15 || !ok && n != 0 {
			t.Errorf("readCount(%q) = %d, %v", s, n, ok)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"Dec 5, 2019", "9 Sept 2010", "27.04.2021", "15 de mar. de 2020", "2019年12月5日", "2015-01-27T21:14:36-08:00", "3/4/2021", "Streamed 2 hours ago", "5 दिस॰ 2019"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d := parseDate(s); d.Known() && (d.Time.Year() < 2004 || d.Time.Year() > 2200 || d.Time.Location() != time.UTC) {
			t.Errorf("parseDate(%q) = %v", s, d)
		}
		if a, ok := readAge(s); ok && (a.N < 0 || a.Unit <= 0 || a.Before(testAt).Time.After(testAt)) {
			t.Errorf("readAge(%q) = %v", s, a)
		}
	})
}

func FuzzParseLength(f *testing.F) {
	for _, s := range []string{"0:39", "1:02:03", "242860:15", "PT562M56S", "P0D", "P1DT2H", "LIVE", "2.16"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := parseLength(s); ok && (n < 0 || n >= maxSeconds) {
			t.Errorf("parseLength(%q) = %d", s, n)
		}
		if n, ok := parseISOLength(s); ok && (n < 0 || n >= maxSeconds) {
			t.Errorf("parseISOLength(%q) = %d", s, n)
		}
	})
}

func FuzzParseID(f *testing.F) {
	for _, s := range []string{"-DDrE6T0ct4", "https://youtu.be/-DDrE6T0ct4?si=x", "https://www.youtube.com/attribution_link?u=%2Fwatch%3Fv%3D-DDrE6T0ct4", "youtube.com/shorts/-DDrE6T0ct4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, ok := ParseID(s); ok && !validID(id) {
			t.Errorf("ParseID(%q) = %q", s, id)
		}
	})
}

func FuzzParseFeed(f *testing.F) {
	f.Add([]byte(`<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom"><entry><yt:videoId>AAAAAAAAAAA</yt:videoId><title>x</title><published>2026-01-01T00:00:00+00:00</published></entry></feed>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		videos, _ := parseFeed(body) // an error is an answer too
		for i := range videos {
			checkVideo(t, &videos[i])
		}
	})
}

// FuzzCursor compares the cursor with encoding/json: on valid JSON both see
// the same keys and strings, and the cursor never fails.
func FuzzCursor(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"c\"d\\"}],"e":null,"f":"\u00e9"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c := &cursor{src: body}
		got := map[string]string{}
		c.object(func(key []byte) {
			name := unquote(key)
			if c.peek() == '"' {
				got[name] = c.string()
			} else {
				delete(got, name)
			}
		})
		var want map[string]any
		if !json.Valid(body) || json.Unmarshal(body, &want) != nil || want == nil {
			return
		}
		if c.bad {
			t.Fatalf("the cursor fails on %s", body)
		}
		for key, value := range want {
			if s, ok := value.(string); ok && got[key] != s {
				t.Errorf("%q is %q, want %q", key, got[key], s)
			}
		}
	})
}
