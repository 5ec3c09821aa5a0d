package fakeyoutube

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"time"
)

// watchPage is the page of GET /watch.
func (c *catalogue) watchPage(id string, v *Video, now time.Time) []byte {
	if v == nil {
		player := object{"playabilityStatus": object{"status": "ERROR", "reason": "Video unavailable"}}
		return shell(" - YouTube", "", "var ytInitialPlayerResponse = "+string(encode(player))+";",
			"var ytInitialData = "+string(encode(object{"responseContext": object{}, "contents": object{"twoColumnWatchNextResults": object{"results": object{"results": object{"contents": list{}}}}}}))+";")
	}
	return shell(v.Title+" - YouTube", v.head(),
		"var ytInitialPlayerResponse = "+string(encode(v.player(now)))+";var meta = document.createElement('meta');",
		"var ytInitialData = "+string(encode(c.next(v, now)))+";")
}

func (v *Video) head() string {
	var b strings.Builder
	property := func(name, content string) {
		fmt.Fprintf(&b, `<meta property="%s" content="%s">`, name, html.EscapeString(content))
	}
	address := "https://www.youtube.com/watch?v=" + v.ID
	fmt.Fprintf(&b, `<link rel="canonical" href="%s">`, address)
	property("og:site_name", "YouTube")
	property("og:url", address)
	property("og:title", v.Title)
	property("og:image", thumbnail(v.ID))
	for _, tag := range v.Tags {
		property("og:video:tag", tag)
	}
	return b.String()
}

// player is the player response.
func (v *Video) player(now time.Time) object {
	details := object{
		"videoId": v.ID, "title": v.Title, "lengthSeconds": strconv.Itoa(v.Seconds), "channelId": v.ChannelID, "author": v.Channel,
		"shortDescription": v.Description, "viewCount": strconv.FormatInt(v.views(now), 10), "isLiveContent": v.Streaming || v.Upcoming,
		"thumbnail": object{"thumbnails": list{object{"url": thumbnail(v.ID), "width": 480, "height": 360}}},
	}
	if len(v.Tags) > 0 {
		details["keywords"] = v.Tags
	}
	width, height := v.box()
	micro := object{
		"title": simple(v.Title), "description": simple(v.Description), "lengthSeconds": strconv.Itoa(v.Seconds), "externalChannelId": v.ChannelID,
		"ownerChannelName": v.Channel, "isFamilySafe": true, "category": v.category(), "viewCount": strconv.FormatInt(v.views(now), 10),
		"publishDate": v.Published.In(pacific).Format(time.RFC3339), "uploadDate": v.Published.In(pacific).Format(time.RFC3339),
		"embed": object{"iframeUrl": "https://www.youtube.com/embed/" + v.ID, "width": width, "height": height}, "externalVideoId": v.ID,
		"isShortsEligible": v.Short,
	}
	if !v.hidesLikes && !v.Upcoming {
		micro["likeCount"] = strconv.FormatInt(v.likes(now), 10)
	}
	status := object{"status": "OK", "playableInEmbed": true}
	switch {
	case v.Streaming:
		details["isLive"], details["lengthSeconds"] = true, "0"
		delete(micro, "lengthSeconds")
		micro["liveBroadcastDetails"] = object{"isLiveNow": true, "startTimestamp": v.Published.Format(time.RFC3339)}
	case v.Upcoming:
		details["isUpcoming"], details["lengthSeconds"] = true, "0"
		delete(micro, "lengthSeconds")
		micro["liveBroadcastDetails"] = object{"isLiveNow": false, "startTimestamp": now.Add(20 * time.Hour).Format(time.RFC3339)}
		status = object{"status": "LIVE_STREAM_OFFLINE", "reason": "This live event will begin in 20 hours.", "playableInEmbed": true}
	}
	return object{"responseContext": object{}, "playabilityStatus": status, "videoDetails": details, "microformat": object{"playerMicroformatRenderer": micro}}
}

// pacific is the offset in which YouTube writes dates, without daylight saving.
var pacific = time.FixedZone("PST", -8*3600)

func (v *Video) box() (width, height int) {
	switch {
	case v.Short:
		return 202, 360
	case v.hd:
		return 1280, 720
	}
	return 480, 360
}

func (v *Video) category() string {
	if noise(1, "category", v.ID) < 0.85 {
		return "Music"
	}
	return []string{"Entertainment", "People & Blogs"}[int(noise(2, "category", v.ID)*2)]
}

// next is ytInitialData of a watch page.
func (c *catalogue) next(v *Video, now time.Time) object {
	count := object{"viewCount": simple(viewText(v.views(now))), "shortViewCount": simple(compact(v.views(now)) + " views")}
	date := object{"simpleText": v.Published.Format("Jan 2, 2006")}
	switch {
	case v.Streaming:
		count = object{"viewCount": runs(group(v.watching(now)), " watching now"), "isLive": true}
		date = simple("Started streaming on " + v.Published.Format("Jan 2, 2006"))
	case v.Upcoming:
		count = object{"viewCount": runs("6", " waiting"), "isLive": true}
		date = simple("Scheduled for " + now.Add(20*time.Hour).Format("Jan 2, 2006"))
	}
	label, title := "like this video along with "+group(v.likes(now))+" other people", compact(v.likes(now))
	if v.hidesLikes {
		label, title = "Like", "Like"
	}
	button := object{"defaultButtonViewModel": object{"buttonViewModel": object{"iconName": "LIKE", "title": title, "accessibilityText": label}}}
	owner := object{"title": byline(v), "navigationEndpoint": browse(v.ChannelID), "subscriberCountText": simple(compact(int64(c.fans(v, now))) + " subscribers")}
	if v.Collaborator != "" {
		owner = object{
			"attributedTitle":    object{"content": v.Channel + " and " + v.Collaborator, "commandRuns": list{object{"onTap": object{"innertubeCommand": collaborators(v)}}}},
			"navigationEndpoint": collaborators(v),
		}
	}
	if v.artist {
		owner["badges"] = list{object{"metadataBadgeRenderer": object{"style": "BADGE_STYLE_TYPE_VERIFIED_ARTIST"}}}
	}
	contents := list{
		object{"ticketShelfRenderer": object{}},
		object{"videoPrimaryInfoRenderer": object{
			"title": runs(v.Title), "viewCount": object{"videoViewCountRenderer": count}, "dateText": date,
			"videoActions": object{"menuRenderer": object{"topLevelButtons": list{object{"segmentedLikeDislikeButtonViewModel": object{
				"likeButtonViewModel": object{"likeButtonViewModel": object{"toggleButtonViewModel": object{"toggleButtonViewModel": button}}},
			}}}}},
		}},
		object{"videoSecondaryInfoRenderer": object{"owner": object{"videoOwnerRenderer": owner}, "attributedDescription": object{"content": v.Description}}},
	}
	var related list
	for _, other := range c.off("related "+v.ID, now, 8) {
		related = append(related, lockup(other, now))
	}
	return object{
		"responseContext": object{},
		"contents": object{"twoColumnWatchNextResults": object{
			"results":          object{"results": object{"contents": contents}},
			"secondaryResults": object{"secondaryResults": object{"results": related}},
		}},
		"currentVideoEndpoint": object{"watchEndpoint": object{"videoId": v.ID}},
	}
}

func (c *catalogue) fans(v *Video, now time.Time) float64 {
	grown := now.Sub(c.start).Hours() / 24 / 365
	return c.channels[v.channel].fans * math.Exp(0.3*grown)
}
