package fakeyoutube

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"
	"time"
)

type (
	object = map[string]any
	list   = []any
)

const (
	pageSize      = 20
	clientVersion = "2.20261120.01.00"
)

// readSearch reads the body of a search request.
func readSearch(r *http.Request) (search, error) {
	var body struct {
		Context struct {
			Client struct{ ClientName, ClientVersion string }
		}
		Query, Params, Continuation string
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(&body); err != nil {
		return search{}, err
	}
	if body.Context.Client.ClientName != "WEB" || body.Context.Client.ClientVersion == "" {
		return search{}, errors.New("the request has no context of a client")
	}
	if body.Continuation == "" {
		return search{text: body.Query, params: body.Params}, nil
	}
	q, ok := decodeToken(body.Continuation)
	if !ok {
		return search{}, errors.New("the continuation is invalid")
	}
	return q, nil
}

// searchAnswer is the body of a search request's answer.
func (c *catalogue) searchAnswer(q search, now time.Time) object {
	items, next := c.page(q, now)
	if q.page == 0 {
		return object{"responseContext": object{}, "estimatedResults": "123456", "contents": columns(sectionList(items, next))}
	}
	return object{"responseContext": object{}, "estimatedResults": "123456", "onResponseReceivedCommands": continuation(section(items), next)}
}

func continuation(entries ...any) list {
	kept := list{}
	for _, e := range entries {
		if e != nil {
			kept = append(kept, e)
		}
	}
	return list{object{"appendContinuationItemsAction": object{"continuationItems": kept, "targetId": "search-feed"}}}
}

func noMore() any {
	return section(list{object{"messageRenderer": object{"text": runs("No more results")}}})
}

func columns(primary object) object {
	return object{"twoColumnSearchResultsRenderer": object{"primaryContents": primary}}
}

func section(items list) any { return object{"itemSectionRenderer": object{"contents": items}} }

func sectionList(items list, next any) object {
	entries := list{section(items)}
	if next != nil {
		entries = append(entries, next)
	}
	return object{"sectionListRenderer": object{"contents": entries, "targetId": "search-feed"}}
}

func richGrid(items list, next any) object {
	entries := list{}
	for _, item := range items {
		entries = append(entries, object{"richItemRenderer": object{"content": item}})
	}
	if next != nil {
		entries = append(entries, next)
	}
	return object{"richGridRenderer": object{"contents": entries, "targetId": "search-feed"}}
}

// page returns one page's items, with the advertisements, shelves and
// playlists that YouTube mixes in, and the continuation.
func (c *catalogue) page(q search, now time.Time) (items list, next any) {
	found := c.find(q, now)
	from := min(q.page*pageSize, len(found))
	to := min(from+pageSize, len(found))
	if from == to {
		if q.page == 0 {
			return list{object{"backgroundPromoRenderer": object{"title": runs("No results found"), "bodyText": runs("Try different keywords or remove search filters")}}}, nil
		}
		return list{object{"messageRenderer": object{"text": runs("No more results")}}}, nil
	}
	for i, v := range found[from:to] {
		chance := noise(c.seed, q.text, "item"+v.ID)
		switch {
		case i == 0 && q.page == 0 && chance < 0.4:
			items = append(items, c.advertisement(q.text, now))
		case i == 4 && chance < 0.3:
			items = append(items, c.shelf(q.text, now))
		case i == 7 && chance < 0.4 && q.page == 0:
			items = append(items, c.shortsShelf(now))
		case i == 9 && chance < 0.4:
			items = append(items, playlist(v))
		case i == 11 && chance < 0.2:
			items = append(items, channelItem(c.channels[v.channel]))
		}
		if noise(c.seed, "lockup", v.ID) < 0.1 && !v.Upcoming {
			items = append(items, lockup(v, now))
		} else {
			items = append(items, object{"videoRenderer": videoRenderer(v, now)})
		}
	}
	if to < len(found) {
		q.page++
		next = object{"continuationItemRenderer": object{
			"trigger":              "CONTINUATION_TRIGGER_ON_ITEM_SHOWN",
			"continuationEndpoint": object{"continuationCommand": object{"token": encodeToken(q), "request": "CONTINUATION_REQUEST_TYPE_SEARCH"}},
		}}
	}
	return items, next
}

// off returns some video that does not answer the query.
func (c *catalogue) off(text string, now time.Time, n int) (videos []*Video) {
	start := int(noise(c.seed, "off", text) * float64(len(c.videos)))
	for i := range c.videos {
		v := c.videos[(start+i)%len(c.videos)]
		if len(videos) == n {
			break
		}
		if !v.Published.After(now) && !v.Streaming {
			videos = append(videos, v)
		}
	}
	return videos
}

func (c *catalogue) advertisement(text string, now time.Time) any {
	v := c.off("ad "+text, now, 1)[0]
	return object{"adSlotRenderer": object{"fulfillmentContent": object{"fulfilledLayout": object{"inFeedAdLayoutRenderer": object{
		"renderingContent": object{"promotedVideoRenderer": object{"videoId": v.ID, "title": simple(v.Title)}},
	}}}}}
}

func (c *catalogue) shelf(text string, now time.Time) any {
	var items list
	for _, v := range c.off(text, now, 3) {
		items = append(items, object{"videoRenderer": videoRenderer(v, now)})
	}
	return object{"shelfRenderer": object{"title": simple("People also watched"), "content": object{"verticalListRenderer": object{"items": items}}}}
}

func (c *catalogue) shortsShelf(now time.Time) any {
	var items list
	for _, v := range c.videos {
		if v.Short && !v.Published.After(now) && len(items) < 6 {
			items = append(items, object{"shortsLockupViewModel": object{
				"entityId":        "shorts-shelf-item-" + v.ID,
				"onTap":           object{"innertubeCommand": object{"reelWatchEndpoint": object{"videoId": v.ID}}},
				"overlayMetadata": object{"primaryText": object{"content": v.Title}, "secondaryText": object{"content": compact(v.views(now)) + " views"}},
			}})
		}
	}
	return object{"gridShelfViewModel": object{"contents": items, "header": object{"sectionHeaderViewModel": object{"headline": object{"content": "Shorts"}}}}}
}

func playlist(v *Video) any {
	return object{"lockupViewModel": object{
		"contentId": "PL" + v.ID + v.ID, "contentType": "LOCKUP_CONTENT_TYPE_PLAYLIST",
		"metadata": object{"lockupMetadataViewModel": object{"title": object{"content": "Best of " + v.Channel}}},
	}}
}

func channelItem(ch channel) any {
	return object{"channelRenderer": object{"channelId": ch.id, "title": simple(ch.name), "videoCountText": simple(compact(int64(ch.fans)) + " subscribers")}}
}

func simple(text string) object { return object{"simpleText": text} }
func runs(texts ...string) object {
	var r list
	for _, t := range texts {
		r = append(r, object{"text": t})
	}
	return object{"runs": r}
}

// byline is the text of a channel, or of two that made a video together.
func byline(v *Video) object {
	if v.Collaborator == "" {
		return object{"runs": list{object{"text": v.Channel, "navigationEndpoint": browse(v.ChannelID)}}}
	}
	return object{"runs": list{object{"text": v.Channel + " and " + v.Collaborator, "navigationEndpoint": collaborators(v)}}}
}

func browse(id string) object {
	return object{"browseEndpoint": object{"browseId": id, "canonicalBaseUrl": "/channel/" + id}}
}

func collaborators(v *Video) object {
	item := func(name, id string) any {
		return object{"listItemViewModel": object{"title": object{"content": name, "commandRuns": list{object{"onTap": object{"innertubeCommand": browse(id)}}}}}}
	}
	return object{"showDialogCommand": object{"panelLoadingStrategy": object{"inlineContent": object{"dialogViewModel": object{
		"customContent": object{"listViewModel": object{"listItems": list{item(v.Channel, v.ChannelID), item(v.Collaborator, "UC0000000000000000000000")}}},
	}}}}}
}

func videoRenderer(v *Video, now time.Time) object {
	r := object{
		"videoId": v.ID, "title": runs(v.Title), "ownerText": byline(v), "longBylineText": byline(v), "shortBylineText": byline(v),
		"thumbnail":                object{"thumbnails": list{object{"url": thumbnail(v.ID), "width": 360, "height": 202}}},
		"navigationEndpoint":       object{"watchEndpoint": object{"videoId": v.ID}},
		"detailedMetadataSnippets": list{object{"snippetText": runs(firstWords(v.Description, 20))}},
	}
	if v.artist {
		r["ownerBadges"] = list{object{"metadataBadgeRenderer": object{"style": "BADGE_STYLE_TYPE_VERIFIED_ARTIST"}}}
	}
	switch {
	case v.Streaming:
		r["viewCountText"] = runs(group(v.watching(now)), " watching")
		r["badges"] = list{object{"metadataBadgeRenderer": object{"style": "BADGE_STYLE_TYPE_LIVE_NOW", "label": "LIVE"}}}
		r["thumbnailOverlays"] = list{overlay("LIVE", "LIVE")}
	case v.Upcoming:
		r["upcomingEventData"] = object{"startTime": strconv.FormatInt(now.Add(20*time.Hour).Unix(), 10)}
		r["thumbnailOverlays"] = list{overlay("UPCOMING", "UPCOMING")}
	default:
		views := v.views(now)
		r["publishedTimeText"] = simple(ago(now.Sub(v.Published)))
		r["viewCountText"], r["shortViewCountText"] = simple(viewText(views)), simple(compact(views)+" views")
		r["lengthText"] = simple(clock(v.Seconds))
		if v.Short {
			r["thumbnailOverlays"] = list{overlay("SHORTS", "SHORTS")}
			r["navigationEndpoint"] = object{"reelWatchEndpoint": object{"videoId": v.ID}}
		} else {
			r["thumbnailOverlays"] = list{overlay("DEFAULT", clock(v.Seconds))}
		}
	}
	return r
}

func overlay(style, text string) any {
	return object{"thumbnailOverlayTimeStatusRenderer": object{"style": style, "text": simple(text)}}
}

// lockup is the newer form of an item.
func lockup(v *Video, now time.Time) any {
	part := func(text any) any { return object{"text": text} }
	channel := object{"content": v.Channel, "commandRuns": list{object{"onTap": object{"innertubeCommand": browse(v.ChannelID)}}}}
	if v.Collaborator != "" {
		channel = object{"content": v.Channel + " and " + v.Collaborator, "commandRuns": list{object{"onTap": object{"innertubeCommand": collaborators(v)}}}}
	}
	second := list{part(object{"content": compact(v.views(now)) + " views"}), part(object{"content": ago(now.Sub(v.Published))})}
	badge := object{"text": clock(v.Seconds), "badgeStyle": "THUMBNAIL_OVERLAY_BADGE_STYLE_DEFAULT"}
	if v.Streaming {
		second = list{part(object{"content": compact(v.watching(now)) + " watching"})}
		badge = object{"text": "LIVE", "badgeStyle": "THUMBNAIL_OVERLAY_BADGE_STYLE_LIVE"}
	}
	return object{"lockupViewModel": object{
		"contentId": v.ID, "contentType": "LOCKUP_CONTENT_TYPE_VIDEO",
		"contentImage": object{"thumbnailViewModel": object{
			"image":    object{"sources": list{object{"url": thumbnail(v.ID)}}},
			"overlays": list{object{"thumbnailBottomOverlayViewModel": object{"badges": list{object{"thumbnailBadgeViewModel": badge}}}}},
		}},
		"metadata": object{"lockupMetadataViewModel": object{
			"title": object{"content": v.Title},
			"metadata": object{"contentMetadataViewModel": object{"metadataRows": list{
				object{"metadataParts": list{part(channel)}}, object{"metadataParts": second},
			}}},
		}},
	}}
}

func thumbnail(id string) string { return "https://i.ytimg.com/vi/" + id + "/hqdefault.jpg" }

func (v *Video) watching(now time.Time) int64 { return 5 + v.views(now)/200 }

// resultsPage is the page of GET /results.
func (c *catalogue) resultsPage(q search, now time.Time, layout string) []byte {
	items, next := c.page(q, now)
	if layout == "lockup-html" {
		return c.lockupPage(q, now)
	}
	primary := sectionList(items, next)
	if layout == "rich-grid" {
		primary = richGrid(items, next)
	}
	data := encode(object{"responseContext": object{}, "estimatedResults": "123456", "contents": columns(primary)})
	assignment := "var ytInitialData = " + string(data) + ";"
	if layout == "escaped" {
		assignment = "var ytInitialData = '" + hexEscape(data) + "';"
	}
	return shell(q.text+" - YouTube", "", assignment, "var ytInitialPlayerResponse = null;")
}

// shell is a page around scripts, with the configuration that names the
// client.
func shell(title, head string, scripts ...string) []byte {
	var b bytes.Buffer
	config := encode(object{
		"INNERTUBE_API_KEY": "stand-in", "INNERTUBE_CLIENT_VERSION": clientVersion, "HL": "en", "GL": "US",
		"INNERTUBE_CONTEXT": object{"client": object{"hl": "en", "gl": "US", "clientName": "WEB", "clientVersion": clientVersion, "visitorData": "CgtzdGFuZC1pbg%3D%3D"}},
	})
	fmt.Fprintf(&b, `<!DOCTYPE html><html style="font-size: 10px" lang="en"><head><script nonce="n">ytcfg.set({"CLIENT_CANARY_STATE":"none"});ytcfg.set(%s);</script><title>%s</title>%s</head><body>`,
		config, html.EscapeString(title), head)
	for _, s := range scripts {
		fmt.Fprintf(&b, `<script nonce="n">%s</script>`, s)
	}
	b.WriteString("</body></html>")
	return b.Bytes()
}

// encode writes JSON as YouTube does: with < > & escaped.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of texts and numbers always encode
	}
	return b
}

func hexEscape(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		switch {
		case c == '\\':
			b.WriteString(`\\`)
		case c < 0x20 || strings.IndexByte(`"'{}[]<>&=`, c) >= 0:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func sendJSON(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	fmt.Fprintf(w, "%s", encode(body))
}
