package youtube

import (
	"testing"
)

// watchHTML is a watch page of a player response and contents of results.
func watchHTML(player, contents string) []byte {
	return []byte(`<!doctype html><html lang="en"><head><link rel="canonical" href="https://www.youtube.com/watch?v=AAAAAAAAAAA"></head><script>var ytInitialPlayerResponse = ` + player + `;</script><script>var ytInitialData = {"contents":{"twoColumnWatchNextResults":{"results":{"results":{"contents":[` + contents + `]}}}},"currentVideoEndpoint":{"watchEndpoint":{"videoId":"AAAAAAAAAAA"}}};</script></html>`)
}

func TestWatchStatus(t *testing.T) {
	const (
		details  = `"videoDetails":{"videoId":"AAAAAAAAAAA","title":"T","lengthSeconds":"100","viewCount":"7","channelId":"` + channelID + `"}`
		noViews  = `"videoDetails":{"videoId":"AAAAAAAAAAA","title":"T","lengthSeconds":"100"}`
		upcoming = `"videoDetails":{"videoId":"AAAAAAAAAAA","title":"T","lengthSeconds":"0","viewCount":"0","isUpcoming":true}`
		live     = `"videoDetails":{"videoId":"AAAAAAAAAAA","title":"T","lengthSeconds":"0","viewCount":"754262","isLive":true}`
		primary  = `{"ticketShelfRenderer":{}},{"videoPrimaryInfoRenderer":{"title":{"runs":[{"text":"T"}]}}}`
		watching = `{"videoPrimaryInfoRenderer":{"viewCount":{"videoViewCountRenderer":{"viewCount":{"runs":[{"text":"10,226"},{"text":" watching now"}]},"isLive":true}}}}`
		waiting  = `{"videoPrimaryInfoRenderer":{"viewCount":{"videoViewCountRenderer":{"viewCount":{"runs":[{"text":"6"},{"text":" waiting"}]},"isLive":true}},"dateText":{"simpleText":"Scheduled for Feb 28, 2023"}}}`
		adult    = `"microformat":{"playerMicroformatRenderer":{"isFamilySafe":false}}`
		starts   = `"microformat":{"playerMicroformatRenderer":{"liveBroadcastDetails":{"isLiveNow":false,"startTimestamp":"2023-02-28T10:00:00+00:00"}}}`
	)
	const (
		later  = "This content isn’t available, try again later."
		abroad = "The uploader has not made this video available in your country."
	)
	screen := func(status, screen, rest string) string { // a plain reason, with the true one in the error screen
		if rest != "" {
			rest = "," + rest
		}
		return `{"playabilityStatus":{"status":"` + status + `","reason":"Video unavailable","errorScreen":` + screen + `}` + rest + `}`
	}
	message := func(subreason string) string {
		return `{"playerErrorMessageRenderer":{"subreason":` + subreason + `,"reason":{"simpleText":"Video unavailable"},"proceedButton":{"buttonRenderer":{"text":{"simpleText":"Sign in"}}}}}`
	}
	play := func(status, reason, rest string) string {
		if rest != "" {
			rest = "," + rest
		}
		return `{"playabilityStatus":{"status":"` + status + `","reason":"` + reason + `"}` + rest + `}`
	}
	for _, test := range []struct {
		name, player, contents string
		want                   Status
		video                  bool
	}{
		{"normal", play("OK", "", details), primary, StatusOK, true},
		{"just-ended stream", play("OK", "Este evento ao vivo foi encerrado.", details), primary, StatusOK, true},
		{"age-restricted", play("LOGIN_REQUIRED", "Sign in to confirm your age", details+","+adult), primary, StatusAgeRestricted, true},
		{"age-restricted, translated", play("LOGIN_REQUIRED", "Confirme", details+","+adult), primary, StatusAgeRestricted, true},
		{"age check", play("AGE_CHECK_REQUIRED", "x", details), primary, StatusAgeRestricted, true},
		{"private 2026", play("LOGIN_REQUIRED", "This video is private", ""), "", StatusPrivate, false},
		{"private 2021", `{"playabilityStatus":{"status":"LOGIN_REQUIRED","messages":["This is a private video. Please sign in"]}}`, "", StatusPrivate, false},
		{"bot check", play("LOGIN_REQUIRED", "Sign in to confirm you’re not a bot", ""), primary, StatusBlocked, true},
		{"bot check, translated", play("LOGIN_REQUIRED", "xyz", ""), primary, StatusBlocked, true},
		{"removed", play("ERROR", "Video unavailable", ""), "", StatusRemoved, false},
		{"rate-limited", play("UNPLAYABLE", "This content isn't available, try again later.", ""), "", StatusBlocked, false},
		{"rate-limited, in the error screen", screen("UNPLAYABLE", message(`{"simpleText":"`+later+`"}`), details), primary, StatusBlocked, true},
		{"rate-limited, in runs", screen("ERROR", message(`{"runs":[{"text":"This content isn’t available, "},{"text":"try again later."}]}`), ""), "", StatusBlocked, false},
		{"rate-limited, as content", screen("ERROR", `{"novelViewModel":{"messages":[{"content":"`+later+`"}]}}`, ""), "", StatusBlocked, false},
		{"rate-limited, sign in", screen("LOGIN_REQUIRED", message(`{"simpleText":"`+later+`"}`), ""), "", StatusBlocked, false},
		{"rate-limited, in Russian", screen("UNPLAYABLE", message(`{"simpleText":"Этот контент недоступен. Повторите попытку позже."}`), details), primary, StatusBlocked, true},
		{"rate-limited, in Japanese", screen("UNPLAYABLE", message(`{"simpleText":"このコンテンツは利用できません。しばらくしてからもう一度お試しください。"}`), details), primary, StatusBlocked, true},
		{"captcha", screen("UNPLAYABLE", `{"playerCaptchaViewModel":{}}`, details), primary, StatusBlocked, true},
		{"captcha, within", screen("ERROR", `{"playerErrorMessageRenderer":{"playerCaptchaViewModel":{}}}`, ""), "", StatusBlocked, false},
		{"bot check in the error screen", screen("LOGIN_REQUIRED", message(`{"simpleText":"Sign in to confirm you’re not a bot"}`), details), primary, StatusBlocked, true},
		{"country, in the error screen", screen("UNPLAYABLE", message(`{"simpleText":"`+abroad+`"}`), details), primary, StatusUnplayable, true},
		{"a record label of such a name", screen("UNPLAYABLE", message(`{"simpleText":"This video contains content from Later Robot Records, who has blocked it in your country on copyright grounds"}`), details), primary, StatusUnplayable, true},
		{"removed, in the error screen", screen("ERROR", message(`{"simpleText":"This video has been removed by the uploader"}`), ""), "", StatusRemoved, false},
		{"members, in the error screen", screen("UNPLAYABLE", message(`{"simpleText":"Join this channel to get access to members-only content like this video."}`), noViews), primary, StatusMembersOnly, true},
		{"a message about management", play("LOGIN_REQUIRED", "This video is private. Message the manager", details+`,"microformat":{"playerMicroformatRenderer":{}}`), primary, StatusPrivate, true},
		{"country", play("UNPLAYABLE", "The uploader has not made this video available in your country", details), primary, StatusUnplayable, true},
		{"members", play("UNPLAYABLE", "This video is available to this channel's members on level: x", noViews), primary, StatusMembersOnly, true},
		{"premium", play("UNPLAYABLE", "This video is only available to Music Premium members", details), primary, StatusUnplayable, true},
		{"ended, not kept", play("UNPLAYABLE", "This live stream recording is not available.", details), primary, StatusUnplayable, true},
		{"scheduled", play("LIVE_STREAM_OFFLINE", "This live event will begin in 18 hours.", upcoming+","+starts), waiting, StatusUpcoming, true},
		{"live", play("OK", "", live), watching, StatusLive, true},
		{"stub", play("OK", "", details), "", StatusStub, true},
	} {
		p := ParseWatch(watchHTML(test.player, test.contents))
		if p.Status != test.want || (p.Video != nil) != test.video || p.ID != "AAAAAAAAAAA" {
			t.Errorf("%s: status %s, id %q, video %+v", test.name, p.Status, p.ID, p.Video)
			continue
		}
		switch v := p.Video; test.name {
		case "members":
			if v.Views != nil {
				t.Errorf("members: views %d", *v.Views)
			}
		case "scheduled":
			if v.Views != nil || number(v.Viewers) != "6" || v.DurationSeconds != nil || v.Live || !v.Upcoming || v.StartsAt.IsZero() || v.Published.Known() {
				t.Errorf("scheduled: %+v", v)
			}
		case "live":
			if v.Views != nil || number(v.Viewers) != "10226" || v.DurationSeconds != nil || !v.Live {
				t.Errorf("live: %+v", v)
			}
		case "normal":
			if number(v.Views) != "7" || number(v.DurationSeconds) != "100" {
				t.Errorf("normal: %+v", v)
			}
		}
	}
}

// A next answer alone calls a scheduled stream live, too.
func TestScheduledStreamIsNotLive(t *testing.T) {
	for name, test := range map[string]struct {
		views, date string
		live        bool
		starts      string
	}{
		"waiting":          {"6 waiting", "", false, ""},
		"scheduled":        {"", "Scheduled for Feb 28, 2027", false, "2027-02-28"},
		"with a clock":     {"", "14/08/2030, 13:00", false, "2030-08-14"},
		"date ahead":       {"12 xyz", "xyz 27.12.2026", false, "2026-12-27"},
		"waiting in pt":    {"1.234 aguardando", "Programado para 28 de fev. de 2027", false, "2027-02-28"},
		"waiting in ja":    {"12 人が待機中", "", false, ""},
		"on":               {"10,226 watching now", "Started streaming on 4 Jun 2026", true, ""},
		"on, with views":   {"10,226 views", "Started streaming on 4 Jun 2026", true, ""},
		"on, in de":        {"1.204 Zuschauer", "Live seit 04.06.2026", true, ""},
		"on, untranslated": {"12 xyz", "", true, ""},
	} {
		body := `{"contents":{"twoColumnWatchNextResults":{"results":{"results":{"contents":[{"videoPrimaryInfoRenderer":{"title":{"simpleText":"T"},"dateText":{"simpleText":"` + test.date +
			`"},"viewCount":{"videoViewCountRenderer":{"viewCount":{"simpleText":"` + test.views + `"},"isLive":true}}}}]}}}},"currentVideoEndpoint":{"watchEndpoint":{"videoId":"AAAAAAAAAAA"}}}`
		_, p := ParseInnerTube([]byte(body), testAt)
		starts := ""
		if !p.Video.StartsAt.IsZero() {
			starts = p.Video.StartsAt.Format("2006-01-02")
		}
		want := map[bool]Status{true: StatusLive, false: StatusUpcoming}[test.live]
		if p.Status != want || p.Video.Live != test.live || p.Video.Upcoming == test.live || starts != test.starts || p.Video.Published.Known() && !test.live {
			t.Errorf("%s: %s, starts %q, %+v", name, p.Status, starts, p.Video)
		}
	}
}

func TestPagesThatAreNone(t *testing.T) {
	for page, want := range map[string]Status{
		"": StatusStub, "<html><title>YouTube</title></html>": StatusStub, "not html": StatusStub,
		`<form action="https://consent.youtube.com/save">`:                                          StatusConsent,
		`<html><title>YouTube</title><form id="captcha-form">`:                                      StatusBlocked,
		`<script src="https://www.google.com/recaptcha/api.js"></script>`:                           StatusBlocked,
		`<meta http-equiv="refresh" content="0;url=https://www.google.com/sorry/index?continue=x">`: StatusBlocked,
		`<script>window.location = "https://www.google.com/sorry/index?continue=x"</script>`:        StatusBlocked,
		// People's texts about captchas and consent do not count.
		`<meta name="description" content="past https://www.google.com/sorry/index and g-recaptcha">`:                                StatusStub,
		`<meta property="og:description" content="https://consent.youtube.com/m?continue=x">`:                                        StatusStub,
		`<p><a href="https://www.google.com/sorry/index">how I got past</a> #captcha-form</p>`:                                       StatusStub,
		`<script type="application/ld+json">{"description":"https://www.google.com/sorry/index, class g-recaptcha"}</script>`:        StatusStub,
		`<script>ytcfg.set({"X":1}); window.ytInitialX = {"description":"https://www.google.com/sorry/index captcha-form"}</script>`: StatusStub,
		`{"title":"<form id=captcha-form></form>","text":"<script src=https://www.google.com/recaptcha/api.js></script>"}`:           StatusStub,
	} {
		if r := ParseResults([]byte(page), testAt); r.Status != want || len(r.Videos) != 0 || r.NoResults {
			t.Errorf("%q as results is %s", page, r.Status)
		}
		if p := ParseWatch([]byte(page)); p.Status != want || p.Video != nil {
			t.Errorf("%q as watch page is %s", page, p.Status)
		}
	}
}

func TestLikesThroughTheYears(t *testing.T) {
	primary := func(buttons, more string) string {
		return `{"videoPrimaryInfoRenderer":{"videoActions":{"menuRenderer":{"topLevelButtons":[` + buttons + `]}}` + more + `}}`
	}
	toggle := func(icon, label, own string) string {
		return `{"toggleButtonRenderer":{"defaultIcon":{"iconType":"` + icon + `"},"defaultText":{"accessibility":{"accessibilityData":{"label":"` + label + `"}},"simpleText":"x"},"toggledText":{"simpleText":"9"},"accessibility":{"label":"` + own + `"}}}`
	}
	model := func(text string) string {
		return `{"segmentedLikeDislikeButtonViewModel":{"likeButtonViewModel":{"likeButtonViewModel":{"toggleButtonViewModel":{"toggleButtonViewModel":{"defaultButtonViewModel":{"buttonViewModel":{"title":"31k","accessibilityText":"` + text + `"}},"toggledButtonViewModel":{"buttonViewModel":{"accessibilityText":"like this video along with 9 other people"}}}}}}}}`
	}
	for _, test := range []struct {
		name, contents, likes, dislikes string
	}{
		{"2021", primary(toggle("LIKE", "3,485,266 likes", "l")+","+toggle("DISLIKE", "26,780 dislikes", "d"), ""), "3485266", "26780"},
		{"2021, zero", primary(toggle("LIKE", "Like", "like this video along with 0 other people")+","+toggle("DISLIKE", "Dislike", "dislike this video along with 0 other people"), ""), "0", "0"},
		{"2020, ratings off", primary(toggle("LIKE", "Gostei", "Gostei")+","+toggle("DISLIKE", "Não gostei", "Não gostei"), ""), "null", "null"},
		{"2023", primary(`{"segmentedLikeDislikeButtonRenderer":{"likeButton":`+toggle("LIKE", "3,907 likes", "l")+`,"dislikeButton":`+toggle("DISLIKE", "", "Dislike this video")+`}}`, ""), "3907", "null"},
		{"2026", primary(model("like this video along with 31,009 other people"), ""), "31009", "null"},
		{"2026, hidden", primary(model("Like"), ""), "null", "null"},
		{"sentiment bar", primary(toggle("LIKE", "935 gostaram", "l"), `,"sentimentBar":{"sentimentBarRenderer":{"tooltip":"935 / 31"}}`), "935", "31"},
	} {
		p := ParseWatch(watchHTML(`{"playabilityStatus":{"status":"OK"},"videoDetails":{"videoId":"AAAAAAAAAAA","title":"T"}}`, test.contents))
		if number(p.Video.Likes) != test.likes || number(p.Video.Dislikes) != test.dislikes {
			t.Errorf("%s: likes %s, dislikes %s", test.name, number(p.Video.Likes), number(p.Video.Dislikes))
		}
	}
}

func TestEnglishWatch7(t *testing.T) {
	page := `<!DOCTYPE html><html lang="en"><head><meta content="Q&amp;A &amp;amp; more" property="og:title"><meta property="og:video:tag" content="one"><meta property="og:video:tag" content="two">
<meta property="og:video:width" content="1280"><meta property="og:video:height" content="720"></head><body><script>var x = '<span id="eow-title" title="wrong">';</script>
<div id="watch7-content" itemscope itemtype="http://schema.org/VideoObject"><meta itemprop="name" content="Q&amp;A &amp;amp; more"><meta itemprop="videoId" content="AAAAAAAAAAA"><meta itemprop="duration" content="PT562M56S">
<span itemprop="author" itemscope><link itemprop="url" href="x"><link itemprop="name" content="Wrong"></span><span itemprop="thumbnail" itemscope><meta itemprop="width" content="480"><meta itemprop="height" content="360"></span>
<meta itemprop="interactionCount" content="1190"><meta itemprop="datePublished" content="2020-03-15"><meta itemprop="genre" content="Science &amp; Technology">
<span id="eow-title" class="watch-title" title="Q&amp;A &amp;amp; more">x</span><div id="watch7-user-header"><a class="yt-user-photo yt-uix-sessionlink" href="/channel/x"><img alt="y"></a><div class="yt-user-info"><a href="/channel/` + channelID + `" class="yt-uix-sessionlink">Rock &amp; Roll</a></div>
<span class="yt-subscription-button-subscriber-count-branded-horizontal yt-subscriber-count" title="1.76M">1.76M</span></div>
<div class="watch-view-count">1,234 views</div><button class="like-button-renderer-like-button like-button-renderer-like-button-unclicked" title="I like this"><span class="yt-uix-button-content">1,003</span></button>
<button class="like-button-renderer-like-button-clicked"><span class="yt-uix-button-content">1,004</span></button>
<button class="like-button-renderer-dislike-button-unclicked"></button><strong class="watch-time-text">Streamed live on Mar 14, 2020</strong>
<p id="eow-description">first<br>second <a href="x">link &amp; text</a></p></div></body></html>`
	p := ParseWatch([]byte(page))
	v := p.Video
	if v == nil || p.Layout != "watch7" || p.Status != StatusOK {
		t.Fatalf("%+v", p)
	}
	if v.Title != "Q&A &amp; more" || v.Channel != "Rock & Roll" || v.ChannelID != channelID || number(v.Views) != "1234" || number(v.Likes) != "1003" || v.Dislikes != nil || number(v.DurationSeconds) != "33776" ||
		number(v.Width) != "1280" || number(v.Height) != "720" || v.Category != "Science & Technology" || len(v.Tags) != 2 || v.Description != "first\nsecond link & text" ||
		v.PublishedText != "Streamed live on Mar 14, 2020" || v.Published.Time.Format("2006-01-02") != "2020-03-15" || number(v.Subscribers) != "1760000" {
		t.Errorf("%+v views %s likes %s seconds %s", v, number(v.Views), number(v.Likes), number(v.DurationSeconds))
	}
}
