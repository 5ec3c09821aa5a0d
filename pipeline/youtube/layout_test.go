package youtube

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func asHostError(err error, host **HostError) bool { return errors.As(err, host) }

var testAt = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const channelID = "UC6agiNZlMdGE9yqtQT9n8aw"

// searchBody is a search answer of these items.
func searchBody(items ...string) []byte {
	return []byte(`{"contents":{"twoColumnSearchResultsRenderer":{"primaryContents":{"sectionListRenderer":{"contents":[{"itemSectionRenderer":{"contents":[` + strings.Join(items, ",") + `]}}]}}}}}`)
}

func oneVideo(t *testing.T, item string) Video {
	t.Helper()
	r, _ := ParseInnerTube(searchBody(item), testAt)
	if r == nil || len(r.Videos) != 1 {
		t.Fatalf("%s gives %+v", item, r)
	}
	return r.Videos[0]
}

func number(n *int64) string {
	if n == nil {
		return "null"
	}
	return fmt.Sprint(*n)
}

func TestVideoRendererKinds(t *testing.T) {
	const byline = `"ownerText":{"runs":[{"text":"Band","navigationEndpoint":{"browseEndpoint":{"browseId":"` + channelID + `"}}}]}`
	for _, test := range []struct {
		name, item string
		want       func(Video) bool
	}{
		{"no title", `{"videoRenderer":{"videoId":"AAAAAAAAAAA"}}`, func(v Video) bool {
			return v.Title == "" && v.Views == nil && v.DurationSeconds == nil && !v.Published.Known() && v.Channel == ""
		}},
		{"no views", `{"videoRenderer":{"videoId":"AAAAAAAAAAA","viewCountText":{"simpleText":"No views"}}}`, func(v Video) bool { return number(v.Views) == "0" }},
		{"live", `{"videoRenderer":{"videoId":"AAAAAAAAAAA",` + byline + `,"viewCountText":{"runs":[{"text":"925"},{"text":" watching"}]},"badges":[{"metadataBadgeRenderer":{"style":"BADGE_STYLE_TYPE_LIVE_NOW","label":"AO VIVO"}}]}}`,
			func(v Video) bool {
				return v.Live && v.Views == nil && number(v.Viewers) == "925" && v.Channel == "Band"
			}},
		{"live in another language", `{"videoRenderer":{"videoId":"AAAAAAAAAAA","viewCountText":{"runs":[{"text":"925"},{"text":" xyz"}]},"thumbnailOverlays":[{"thumbnailOverlayTimeStatusRenderer":{"style":"LIVE"}}]}}`,
			func(v Video) bool { return v.Live && v.Views == nil && number(v.Viewers) == "925" }},
		{"upcoming", `{"videoRenderer":{"videoId":"AAAAAAAAAAA","upcomingEventData":{"startTime":"1795435200"},"viewCountText":{"simpleText":"56 waiting"},"lengthText":{"simpleText":"3:20"}}}`,
			func(v Video) bool {
				return v.Upcoming && !v.Live && v.Views == nil && number(v.Viewers) == "56" && v.StartsAt.Unix() == 1795435200 && number(v.DurationSeconds) == "200"
			}},
		{"short", `{"videoRenderer":{"videoId":"AAAAAAAAAAA","lengthText":{"simpleText":"0:39"},"viewCountText":{"simpleText":"1 view"},"thumbnailOverlays":[{"thumbnailOverlayTimeStatusRenderer":{"style":"SHORTS","text":{"simpleText":"SHORTS"}}}]}}`,
			func(v Video) bool { return v.Short && number(v.DurationSeconds) == "39" && number(v.Views) == "1" }},
		{"collaboration", `{"videoRenderer":{"videoId":"AAAAAAAAAAA","ownerText":{"runs":[{"text":"A and B","navigationEndpoint":{"showDialogCommand":{"panelLoadingStrategy":{"inlineContent":{"dialogViewModel":{"customContent":{"listViewModel":{"listItems":[{"listItemViewModel":{"title":{"content":"A","commandRuns":[{"onTap":{"innertubeCommand":{"browseEndpoint":{"browseId":"` + channelID + `"}}}}]}}},{"listItemViewModel":{"title":{"content":"B","commandRuns":[{"onTap":{"innertubeCommand":{"browseEndpoint":{"browseId":"UC0000000000000000000000"}}}}]}}}]}}}}}}}}]}}}`,
			func(v Video) bool { return v.Channel == "A and B" && v.ChannelID == channelID }},
		{"entities stay in JSON", `{"videoRenderer":{"videoId":"AAAAAAAAAAA","title":{"simpleText":"Q&A &amp; more \ud83d\ude80 \u202e };</script>"}}}`,
			func(v Video) bool { return v.Title == "Q&A &amp; more 🚀 \u202e };</script>" }},
		{"artist", `{"videoRenderer":{"videoId":"-AAAAAAAAA_","ownerBadges":[{"metadataBadgeRenderer":{"style":"BADGE_STYLE_TYPE_VERIFIED_ARTIST"}}]}}`, func(v Video) bool { return v.ArtistChannel && v.ID == "-AAAAAAAAA_" }},
		{"age", `{"videoRenderer":{"videoId":"AAAAAAAAAAA","publishedTimeText":{"simpleText":"Streamed 3 days ago"}}}`,
			func(v Video) bool {
				return v.Published.Time.Equal(testAt.Add(-3*day)) && v.Published.Precision == day && v.PublishedText == "Streamed 3 days ago"
			}},
		{"mobile", `{"videoWithContextRenderer":{"videoId":"AAAAAAAAAAA","headline":{"runs":[{"text":"T"}]},"shortBylineText":{"runs":[{"text":"Band","navigationEndpoint":{"browseEndpoint":{"browseId":"` + channelID + `"}}}]},"shortViewCountText":{"runs":[{"text":"1.2M views"}]},"lengthText":{"runs":[{"text":"1:02:03"}]}}}`,
			func(v Video) bool {
				return v.Title == "T" && v.ChannelID == channelID && number(v.Views) == "1200000" && v.ViewsApproximate && number(v.DurationSeconds) == "3723"
			}},
	} {
		if v := oneVideo(t, test.item); !test.want(v) {
			t.Errorf("%s: %+v views %s viewers %s seconds %s", test.name, v, number(v.Views), number(v.Viewers), number(v.DurationSeconds))
		}
	}
}

// lockup is a video's lockup with one overlay on its picture.
func lockup(overlay string, rows ...string) string {
	return `{"lockupViewModel":{"contentId":"AAAAAAAAAAA","contentType":"LOCKUP_CONTENT_TYPE_VIDEO","contentImage":{"thumbnailViewModel":{"overlays":[` + overlay + `]}},"metadata":{"lockupMetadataViewModel":{"title":{"content":"T"},"metadata":{"contentMetadataViewModel":{"metadataRows":[` + strings.Join(rows, ",") + `]}}}}}}`
}

// row is one row of a lockup's metadata.
func row(parts ...string) string {
	for i := range parts {
		parts[i] = `{"text":{"content":"` + parts[i] + `"}}`
	}
	return `{"metadataParts":[` + strings.Join(parts, ",") + `]}`
}

func TestVideoLockups(t *testing.T) {
	const length = `{"thumbnailBottomOverlayViewModel":{"badges":[{"thumbnailBadgeViewModel":{"text":"3:45"}}]}}`
	for _, test := range []struct {
		name, item                      string
		channel, views, viewers, length string
		live, upcoming                  bool
		age                             string
	}{
		{"usual", lockup(length, row("Band"), row("15m views", "2 days ago")), "Band", "15000000", "null", "225", false, false, "2 days ago"},
		{"channel page: one row", lockup(length, row("1.2K views", "3 weeks ago")), "", "1200", "null", "225", false, false, "3 weeks ago"},
		{"spacer row", lockup(length, row("Band"), row("12 views", "há 1 ano"), `{"metadataParts":[]}`, `{"isSpacerRow":true}`), "Band", "12", "null", "225", false, false, "há 1 ano"},
		{"live", lockup(`{"thumbnailOverlayBadgeViewModel":{"thumbnailBadges":[{"thumbnailBadgeViewModel":{"text":"LIVE","badgeStyle":"THUMBNAIL_OVERLAY_BADGE_STYLE_LIVE"}}]}}`, row("Band"), row("2k watching")), "Band", "null", "2000", "null", true, false, ""},
		{"upcoming", lockup(`{"thumbnailBottomOverlayViewModel":{"badges":[{"thumbnailBadgeViewModel":{"text":"Upcoming","badgeStyle":"THUMBNAIL_OVERLAY_BADGE_STYLE_UPCOMING"}}]}}`, row("Band"), row("Premieres 14/08/2025, 13:00")), "Band", "null", "null", "null", false, true, ""},
		{"no views part", lockup(length, row("Band"), row("1 month ago")), "Band", "null", "null", "225", false, false, "1 month ago"},
		{"number in the channel", lockup(length, row("Blink 182"), row("1 view", "5 years ago")), "Blink 182", "1", "null", "225", false, false, "5 years ago"},
		{"other language", lockup(length, row("バンド"), row("1.2万 回視聴", "3 か月前")), "バンド", "12000", "null", "225", false, false, "3 か月前"},
	} {
		v := oneVideo(t, test.item)
		if v.Title != "T" || v.Channel != test.channel || number(v.Views) != test.views || number(v.Viewers) != test.viewers || number(v.DurationSeconds) != test.length || v.Live != test.live || v.Upcoming != test.upcoming || v.PublishedText != test.age {
			t.Errorf("%s: %+v views %s viewers %s seconds %s", test.name, v, number(v.Views), number(v.Viewers), number(v.DurationSeconds))
		}
	}
}

// A premiere is recognised by its badge, by people waiting, by a time of day or
// by a future date, in any language.
func TestLockupPremieres(t *testing.T) {
	for _, test := range []struct {
		name, badge, row string
		viewers, starts  string
	}{
		{"english badge", "Upcoming", row("56 waiting", "Premieres 14/08/2030, 13:00"), "56", "2030-08-14 13:00"},
		{"half past one at night", "3:21", row("Scheduled for Dec 5, 2030, 12:30 AM"), "null", "2030-12-05 00:30"},
		{"american date", "Upcoming", row("Scheduled for 12/1/30, 1:00 PM"), "null", ""},
		{"in three hours", "Upcoming", row("Premieres in 3 hours"), "null", ""},
		{"german", "Demnächst", row("1.234 warten", "Premiere am 14.08.2030, 13:00"), "1234", "2030-08-14 13:00"},
		{"portuguese", "Em breve", row("56 aguardando", "Estreia em 14/08/2030, 13:00"), "56", "2030-08-14 13:00"},
		{"russian", "Скоро", row("56 ожидают"), "56", ""},
		{"japanese", "近日公開", row("56 人が待機中", "2030/08/14 13:00 にプレミア公開"), "56", "2030-08-14 13:00"},
		{"korean", "예정", row("56명 대기 중"), "56", ""},
		{"unknown language, time of day", "Qxz", row("56 qxz", "Qxz 14/08/2030, 13:00"), "56", "2030-08-14 13:00"},
		{"unknown language, badge alone", "Qxz", row("56 qxz"), "null", ""},
		{"unknown language, number and word", "Qxz", row("56 qxz", "Zqx"), "56", ""},
		{"unknown language, date ahead", "Qxz", row("Qxz 27.12.2026"), "null", "2026-12-27 00:00"},
	} {
		item := lockup(`{"thumbnailOverlayBadgeViewModel":{"thumbnailBadges":[{"thumbnailBadgeViewModel":{"text":"`+test.badge+`","badgeStyle":"THUMBNAIL_OVERLAY_BADGE_STYLE_DEFAULT"}}]}}`, row("Band"), test.row)
		v := oneVideo(t, item)
		starts := ""
		if !v.StartsAt.IsZero() {
			starts = v.StartsAt.Format("2006-01-02 15:04")
		}
		if !v.Upcoming || v.Live || v.Views != nil || number(v.Viewers) != test.viewers || starts != test.starts || v.Published.Known() || v.PublishedText != "" || v.Channel != "Band" {
			t.Errorf("%s: %+v viewers %s, starts %s", test.name, v, number(v.Viewers), starts)
		}
	}
	// A past premiere is an ordinary video.
	for _, text := range []string{"Premiered 3 days ago", "Premiere am 24.12.2020", "Première diffusée il y a 2 jours", "Streamed 3d ago"} {
		if v := oneVideo(t, lockup(`{"thumbnailBottomOverlayViewModel":{"badges":[{"thumbnailBadgeViewModel":{"text":"3:45"}}]}}`, row("Band"), row("1.2K views", text))); v.Upcoming || v.PublishedText != text || !v.Published.Known() || number(v.Views) != "1200" {
			t.Errorf("%q: %+v", text, v)
		}
	}
	// A row with views or an age is no premiere in spite of an unknown badge.
	for _, texts := range [][]string{{"1.2K views"}, {"1.2K views", "3 zqx"}, {"1200 qxz", "2 days ago"}} {
		if v := oneVideo(t, lockup(`{"thumbnailBottomOverlayViewModel":{"badges":[{"thumbnailBadgeViewModel":{"text":"Qxz"}}]}}`, row("Band"), row(texts...))); v.Upcoming || number(v.Views) != "1200" || v.Viewers != nil {
			t.Errorf("%q: %+v", texts, v)
		}
	}
	// While a premiere is shown it is live.
	if v := oneVideo(t, lockup(`{"thumbnailOverlayBadgeViewModel":{"thumbnailBadges":[{"thumbnailBadgeViewModel":{"text":"PREMIERE","badgeStyle":"THUMBNAIL_OVERLAY_BADGE_STYLE_DEFAULT"}}]}}`, row("Band"), row("2K watching"))); !v.Live || v.Upcoming || number(v.Viewers) != "2000" {
		t.Errorf("a premiere that is on: %+v", v)
	}
	// Views and age may be one text.
	if v := oneVideo(t, lockup(`{"thumbnailBottomOverlayViewModel":{"badges":[{"thumbnailBadgeViewModel":{"text":"3:45"}}]}}`, row("Band • 24/7"), row("250K views • 16h ago"))); v.Channel != "Band • 24/7" || number(v.Views) != "250000" || v.PublishedText != "16h ago" {
		t.Errorf("one text: %+v", v)
	}
	// Live badges carry the style of others, too.
	if v := oneVideo(t, lockup(`{"thumbnailOverlayBadgeViewModel":{"thumbnailBadges":[{"thumbnailBadgeViewModel":{"text":"AO VIVO","badgeStyle":"THUMBNAIL_OVERLAY_BADGE_STYLE_DEFAULT"}}]}}`, row("Band"), row("2 mil assistindo"))); !v.Live || number(v.Viewers) != "2000" {
		t.Errorf("live: %+v", v)
	}
}

// The first row of several is the channel, whatever it looks like.
func TestLockupChannelNames(t *testing.T) {
	const length = `{"thumbnailBottomOverlayViewModel":{"badges":[{"thumbnailBadgeViewModel":{"text":"3:45"}}]}}`
	for _, name := range []string{
		"The Interview and 2 more", "5-Minute Crafts FAMILY", "Singapore Review", "Viewpoint 360", "10 Hours Fairy Music", "24/7 Lofi Radio, 13:00", "Dec 5, 2030", "Inga", "Yok", "3 days ago",
		"1.2M views", "No views", "56 waiting", "Premieres", "1984", "12 просмотров", "2 年前",
	} {
		v := oneVideo(t, lockup(length, row(name), row("1.2K views", "2 days ago"), `{"metadataParts":[]}`))
		if v.Channel != name || number(v.Views) != "1200" || v.PublishedText != "2 days ago" || v.Upcoming || v.Live {
			t.Errorf("%q: %+v views %s", name, v, number(v.Views))
		}
		if v := oneVideo(t, lockup(length, row(name), row("2 days ago"))); v.Channel != name || v.Views != nil || v.Viewers != nil || v.PublishedText != "2 days ago" {
			t.Errorf("%q without views: %+v", name, v)
		}
	}
	// If views are hidden, no other number is taken for them.
	for _, text := range []string{"16h ago", "vor 3 Std.", "-7 h", "Members only", "5 new", "Premieres in 3 hours", "4K", "12:30"} {
		if v := oneVideo(t, lockup(length, row("Band"), row(text))); text != "4K" && (v.Views != nil || v.Viewers != nil) {
			t.Errorf("%q: views %s, viewers %s", text, number(v.Views), number(v.Viewers))
		}
	}
	// In an unknown language the first of two numbers is taken for views.
	if v := oneVideo(t, lockup(length, row("Band"), row("1.234 qxz", "3 zqx"))); number(v.Views) != "1234" {
		t.Errorf("%+v", v)
	}
}

// Marks are whole words: these names hold "inga", "fa", "yok", "no" and "view".
func TestNamesAreNoMarks(t *testing.T) {
	for _, text := range []string{"Singapore", "Yokohama Nights", "Fairy Music", "Norah Jones", "Interview", "Nova Viewing Club", "Seherin", "Assistindol"} {
		if n, _, ok := readCount(text); ok {
			t.Errorf("readCount(%q) = %d", text, n)
		}
		if age, ok := readAge("10 Hours " + text); ok {
			t.Errorf("readAge(%q) = %v", text, age)
		}
		m := marksIn(plainNumber("12 " + text))
		if m.countsViews() || m.countsPeople() {
			t.Errorf("%q counts something", text)
		}
	}
}

func TestWhatIsNoVideoIsCounted(t *testing.T) {
	video := `{"videoRenderer":{"videoId":"AAAAAAAAAAA"}}`
	inner := `{"videoRenderer":{"videoId":"BBBBBBBBBBB"}}`
	items := []string{
		video, video,
		`{"adSlotRenderer":{"x":` + inner + `}}`, `{"promotedVideoRenderer":{"videoId":"BBBBBBBBBBB"}}`, `{"searchPyvRenderer":{"ads":[` + inner + `]}}`,
		`{"shelfRenderer":{"content":{"verticalListRenderer":{"items":[` + inner + `]}}}}`, `{"gridShelfViewModel":{"contents":[]}}`, `{"reelShelfRenderer":{}}`,
		`{"playlistRenderer":{"videos":[{"childVideoRenderer":{"videoId":"BBBBBBBBBBB"}}]}}`, `{"radioRenderer":{}}`, `{"channelRenderer":{}}`, `{"movieRenderer":{}}`,
		`{"lockupViewModel":{"contentId":"PL","contentType":"LOCKUP_CONTENT_TYPE_PLAYLIST"}}`, `{"showingResultsForRenderer":{}}`, `{"novelRenderer":{"videoId":"BBBBBBBBBBB"}}`,
		`{"videoRenderer":{"videoId":"BBBBBBBBBBB","badges":[{"metadataBadgeRenderer":{"style":"BADGE_STYLE_TYPE_AD"}}]}}`, `{"videoRenderer":{"videoId":"not an id"}}`,
	}
	r, _ := ParseInnerTube(searchBody(items...), testAt)
	if len(r.Videos) != 1 || r.Videos[0].ID != "AAAAAAAAAAA" || r.Status != StatusOK {
		t.Errorf("videos %+v", r.Videos)
	}
	for kind, n := range map[string]int{"adSlotRenderer": 1, "promotedVideoRenderer": 1, "searchPyvRenderer": 1, "shelfRenderer": 1, "gridShelfViewModel": 1, "playlistRenderer": 1, "radioRenderer": 1, "lockupViewModel PLAYLIST": 1, "ad": 1} {
		if r.Skipped[kind] != n {
			t.Errorf("%d of %s skipped, want %d: %v", r.Skipped[kind], kind, n, r.Skipped)
		}
	}
	if len(r.Unknown) != 1 || r.Unknown["novelRenderer"] != 1 {
		t.Errorf("unknown %v", r.Unknown)
	}
}

func TestFormsOfAssignment(t *testing.T) {
	data := string(searchBody(`{"videoRenderer":{"videoId":"AAAAAAAAAAA","title":{"simpleText":"a };</script> 'b' \"c\" \u00e9"}}}`))
	hex := strings.NewReplacer(`\`, `\\`, `{`, `\x7b`, `}`, `\x7d`, `"`, `\x22`, `'`, `\x27`, `é`, `\u00e9`).Replace(data)
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(data)
	for name, script := range map[string]string{
		"window[]":      `window["ytInitialData"] = ` + data + `; window["ytInitialPlayerResponse"] = null;`,
		"var":           `var ytInitialData = ` + data + `;`,
		"bare":          `if (x) {y = window.ytInitialData;} ytInitialData = ` + data,
		"escaped":       `var ytInitialData = '` + hex + `';`,
		"JSON.parse":    `window['ytInitialData'] = JSON.parse("` + quoted + `");`,
		"stub first":    `var ytInitialData = {"responseContext":{}};</script><script>var ytInitialData = ` + data + `;`,
		"mention first": `a = {x: window.ytInitialData}; ytInitialData = null; var ytInitialData=` + data + `;`,
	} {
		r := ParseResults([]byte(`<!doctype html><html lang="en-GB"><script>`+script+`</script></html>`), testAt)
		if len(r.Videos) != 1 || r.Videos[0].Title != `a };</script> 'b' "c" é` || r.Language != "en-GB" || r.Status != StatusOK {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestContinuations(t *testing.T) {
	for name, entry := range map[string]string{
		"plain":   `{"continuationItemRenderer":{"continuationEndpoint":{"continuationCommand":{"token":"TOKEN"}}}}`,
		"command": `{"continuationItemRenderer":{"continuationEndpoint":{"commandExecutorCommand":{"commands":[{"x":1},{"continuationCommand":{"token":"TOKEN"}}]}}}}`,
		"button":  `{"continuationItemRenderer":{"button":{"buttonRenderer":{"command":{"continuationCommand":{"token":"TOKEN"}}}}}}`,
		"2020":    `{"itemSectionRenderer":{"contents":[],"continuations":[{"nextContinuationData":{"continuation":"TOKEN"}}]}}`,
	} {
		body := `{"contents":{"twoColumnSearchResultsRenderer":{"primaryContents":{"sectionListRenderer":{"contents":[` + entry + `]}}}}}`
		if r, _ := ParseInnerTube([]byte(body), testAt); r.Continuation != "TOKEN" {
			t.Errorf("%s: %q", name, r.Continuation)
		}
		body = `{"onResponseReceivedCommands":[{"appendContinuationItemsAction":{"continuationItems":[` + entry + `]}}]}`
		if r, _ := ParseInnerTube([]byte(body), testAt); r == nil || r.Continuation != "TOKEN" {
			t.Errorf("%s in a continuation: %+v", name, r)
		}
	}
}
