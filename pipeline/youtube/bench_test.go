package youtube

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The pages are padded to today's size: 25 kB for each item, most of it unused.

func modernPage(items int) []byte {
	var b bytes.Buffer
	b.WriteString(`<!DOCTYPE html><html lang="en"><head><script nonce="x">ytcfg.set({"INNERTUBE_CONTEXT":{"client":{"hl":"en","gl":"US","clientVersion":"2.20260123.01.00"}}});</script></head><body><script nonce="x">var ytInitialData = {"responseContext":{},"contents":{"twoColumnSearchResultsRenderer":{"primaryContents":{"sectionListRenderer":{"contents":[{"itemSectionRenderer":{"contents":[`)
	padding := strings.Repeat(`{"url":"https://rr3---sn-example.googlevideo.com/initplayback?source=youtube\u0026oeis=1\u0026c=WEB","width":360,"flags":[true,false,null,1.5]},`, 190)
	for i := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		byline := `{"runs":[{"text":"Velvet \"Harbour\"","navigationEndpoint":{"clickTrackingParams":"CAQ","browseEndpoint":{"browseId":"UC6agiNZlMdGE9yqtQT9n8aw","canonicalBaseUrl":"/@x"}}}]}`
		fmt.Fprintf(&b, `{"videoRenderer":{"videoId":"AAAAAAAA%03d","thumbnail":{"thumbnails":[{"url":"https://i.ytimg.com/vi/x/hq720.jpg?a=1\u0026b=2","width":720}]},"title":{"runs":[{"text":"Night Drive \u0026 more (Official Video)"}]},"longBylineText":%[2]s,"publishedTimeText":{"simpleText":"2 hours ago"},"lengthText":{"simpleText":"3:16"},"viewCountText":{"simpleText":"1,862 views"},"inlinePlaybackEndpoint":[%[3]s{}],"ownerText":%[2]s,"shortBylineText":%[2]s,"detailedMetadataSnippets":[{"snippetText":{"runs":[{"text":"a "},{"text":"song"}]}}]}}`, i, byline, padding)
	}
	b.WriteString(`]}},{"continuationItemRenderer":{"continuationEndpoint":{"continuationCommand":{"token":"T"}}}}]}}}}};</script></body></html>`)
	return b.Bytes()
}

func oldPage(rows int) []byte {
	var b bytes.Buffer
	b.WriteString(`<!DOCTYPE html><html lang="en"><head>` + strings.Repeat("<script>var x = {a: 1};</script>\n", 1000) + `</head><body><ol class="item-section">`)
	menu := strings.Repeat(`<button class="yt-uix-button yt-uix-button-size-small yt-uix-button-default" type="button" title="Watch later" data-video-ids="x"><span class="yt-uix-button-arrow yt-sprite"></span></button>`, 12)
	for i := range rows {
		fmt.Fprintf(&b, `<li><div class="yt-lockup yt-lockup-tile yt-lockup-video clearfix" data-context-item-id="AAAAAAAA%03d"><a href="/watch?v=x"><img src="https://i.ytimg.com/vi/x/hq.jpg?a=1&amp;b=2"><span class="video-time">44:09</span></a>%s<h3 class="yt-lockup-title "><a href="/watch?v=AAAAAAAA%03d" title="A &amp; B">A &amp; B</a></h3><div class="yt-lockup-byline "><a href="/channel/UCxStUAP-Gyt-KwY9AbVTRyQ">C</a></div><ul class="yt-lockup-meta-info"><li>3 years ago</li><li>1,234 views</li></ul><div class="yt-lockup-description">d</div></div></li>`, i, menu, i)
	}
	b.WriteString(`</ol></body></html>`)
	return b.Bytes()
}

func watchPage(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`<!DOCTYPE html><html lang="en"><head><meta property="og:url" content="https://www.youtube.com/watch?v=AAAAAAAAAAA"></head><body><script>var ytInitialPlayerResponse = {"playabilityStatus":{"status":"OK"},"streamingData":{"formats":[`)
	format := `{"itag":18,"url":"https://rr3---sn-example.googlevideo.com/videoplayback?expire=1\u0026ei=x","mimeType":"video/mp4; codecs=\"avc1.42001E\"","bitrate":503351,"width":640,"height":360},`
	b.WriteString(strings.Repeat(format, size/2/len(format)) + `{}]},"videoDetails":{"videoId":"AAAAAAAAAAA","title":"t","lengthSeconds":"100","viewCount":"5","shortDescription":"d","keywords":["a"]},"microformat":{"playerMicroformatRenderer":{"lengthSeconds":"101","publishDate":"2020-01-01"}}};</script><script>var ytInitialData = {"contents":{"twoColumnWatchNextResults":{"results":{"results":{"contents":[{"videoPrimaryInfoRenderer":{"title":{"runs":[{"text":"t"}]}}}]}},"secondaryResults":[`)
	b.WriteString(strings.Repeat(format, size/2/len(format)) + `{}]}}};</script></body></html>`)
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, bench := range []struct {
		name  string
		page  []byte
		parse func([]byte) int
	}{
		{"results2026", modernPage(25), func(p []byte) int { return len(ParseResults(p, at).Videos) }},
		{"results2020", oldPage(20), func(p []byte) int { return len(ParseResults(p, at).Videos) }},
		{"watch2026", watchPage(300_000), func(p []byte) int { return len(ParseWatch(p).ID) }},
	} {
		b.Run(bench.name, func(b *testing.B) { benchmark(b, bench.page, bench.parse) })
	}
}

func benchmark(b *testing.B, page []byte, parse func([]byte) int) {
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	b.ReportMetric(float64(len(page))/1000, "page-kB")
	for b.Loop() {
		if parse(page) == 0 {
			b.Fatal("nothing was read")
		}
	}
}

func BenchmarkRecordings(b *testing.B) {
	dir := recordingsDir(b)
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	results := func(p []byte) int { return len(ParseResults(p, at).Status) }
	watch := func(p []byte) int { return len(ParseWatch(p).ID) }
	for _, bench := range []struct {
		name, file string
		parse      func([]byte) int
	}{
		{"results2026-shell", "results/np-empty-shell.html.gz", results},
		{"search2026", "innertube/search-np-all-2.json.gz", func(p []byte) int { r, _ := ParseInnerTube(p, at); return len(r.Videos) }},
		{"results2020-lockup", "results/rez-data_science_1.html.gz", results},
		{"results2020-polymer", "results/rez-machine_learning_5.html.gz", results},
		{"watch7", "watch/rez--DDrE6T0ct4.html.gz", watch},
		{"watch2020-polymer", "watch/rez-0QYhaFyftLM.html.gz", watch},
		{"watch2023", "watch/ptf-QRS8MkLhQmM.html.gz", watch},
	} {
		page := readRecording(b, dir, bench.file)
		b.Run(bench.name, func(b *testing.B) { benchmark(b, page, bench.parse) })
	}
}
