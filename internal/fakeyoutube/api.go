package fakeyoutube

import (
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// keyed refuses a call without the key, as the Data API does.
func (s *Server) keyed(w http.ResponseWriter, r *http.Request) bool {
	key := r.FormValue("key")
	if key != "" && (s.options.APIKey == "" || key == s.options.APIKey) {
		return true
	}
	apiError(w, http.StatusBadRequest, "API key not valid. Please pass a valid API key.", "badRequest")
	return false
}

func apiError(w http.ResponseWriter, code int, message, reason string) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(code)
	fmt.Fprintf(w, "%s", encode(object{"error": object{"code": code, "message": message, "errors": list{object{"message": message, "domain": "youtube.quota", "reason": reason}}}}))
}

// serveAPISearch is search.list.
func (s *Server) serveAPISearch(w http.ResponseWriter, r *http.Request) {
	if !s.keyed(w, r) {
		return
	}
	if s.recorded != nil {
		sendJSON(w, object{"kind": "youtube#searchListResponse", "items": list{}})
		return
	}
	limit, err := strconv.Atoi(r.FormValue("maxResults"))
	if err != nil || limit < 1 || limit > 50 {
		limit = 5
	}
	offset, _ := strconv.Atoi(strings.TrimPrefix(r.FormValue("pageToken"), "P")) // no token: the first page
	body := object{"kind": "youtube#searchListResponse", "regionCode": "US"}
	s.locked(func(now time.Time) {
		found := s.world.find(search{text: r.FormValue("q")}, now)
		if channel := r.FormValue("channelId"); channel != "" {
			found = s.world.ofChannel(channel, now)
		}
		found = slices.DeleteFunc(found, func(v *Video) bool { return !apiPasses(r, v) })
		if r.FormValue("order") == "date" {
			slices.SortStableFunc(found, func(a, b *Video) int { return b.Published.Compare(a.Published) })
		}
		items := list{}
		for _, v := range found[min(offset, len(found)):min(offset+limit, len(found))] {
			items = append(items, object{"kind": "youtube#searchResult", "id": object{"kind": "youtube#video", "videoId": v.ID}, "snippet": object{
				"publishedAt": v.Published.Format(time.RFC3339), "channelId": v.ChannelID, "channelTitle": html.EscapeString(v.Channel),
				"title": html.EscapeString(v.Title), "description": firstWords(v.Description, 15), "liveBroadcastContent": v.broadcast(),
				"thumbnails": object{"high": object{"url": thumbnail(v.ID)}},
			}})
		}
		body["items"] = items
		body["pageInfo"] = object{"totalResults": len(found), "resultsPerPage": limit}
		if offset+limit < len(found) {
			body["nextPageToken"] = "P" + strconv.Itoa(offset+limit)
		}
	})
	sendJSON(w, body)
}

func apiPasses(r *http.Request, v *Video) bool {
	if after, err := time.Parse(time.RFC3339, r.FormValue("publishedAfter")); err == nil && v.Published.Before(after) {
		return false
	}
	if r.FormValue("videoCategoryId") == "10" && v.category() != "Music" {
		return false
	}
	switch r.FormValue("videoDuration") {
	case "short":
		return v.Seconds < 240
	case "medium":
		return v.Seconds >= 240 && v.Seconds <= 1200
	case "long":
		return v.Seconds > 1200
	}
	return true
}

func (v *Video) broadcast() string {
	switch {
	case v.Streaming:
		return "live"
	case v.Upcoming:
		return "upcoming"
	}
	return "none"
}

// serveAPIVideos is videos.list.
func (s *Server) serveAPIVideos(w http.ResponseWriter, r *http.Request) {
	if !s.keyed(w, r) {
		return
	}
	ids := strings.Split(r.FormValue("id"), ",")
	if len(ids) > 50 {
		apiError(w, http.StatusBadRequest, "The request specifies too many ids.", "invalidFilters")
		return
	}
	items := list{}
	s.locked(func(now time.Time) {
		if s.world == nil {
			return
		}
		for _, id := range ids {
			if v := s.world.byID[id]; v != nil && !v.Published.After(now) {
				items = append(items, v.resource(now))
			}
		}
	})
	sendJSON(w, object{"kind": "youtube#videoListResponse", "items": items})
}

// resource is a video as videos.list returns it.
func (v *Video) resource(now time.Time) object {
	snippet := object{
		"publishedAt": v.Published.Format(time.RFC3339), "channelId": v.ChannelID, "channelTitle": v.Channel, "title": v.Title,
		"description": v.Description, "categoryId": map[string]string{"Music": "10", "Entertainment": "24", "People & Blogs": "22"}[v.category()],
		"liveBroadcastContent": v.broadcast(), "thumbnails": object{"high": object{"url": thumbnail(v.ID)}},
	}
	if len(v.Tags) > 0 {
		snippet["tags"] = v.Tags
	}
	statistics := object{"viewCount": strconv.FormatInt(v.views(now), 10)}
	if !v.hidesLikes {
		statistics["likeCount"] = strconv.FormatInt(v.likes(now), 10)
	}
	length := fmt.Sprintf("PT%dM%dS", v.Seconds/60, v.Seconds%60)
	resource := object{"kind": "youtube#video", "id": v.ID, "snippet": snippet, "statistics": statistics, "status": object{"embeddable": true}}
	if v.Streaming || v.Upcoming {
		length = "P0D"
		resource["liveStreamingDetails"] = object{"scheduledStartTime": now.Add(20 * time.Hour).Format(time.RFC3339), "concurrentViewers": strconv.FormatInt(v.watching(now), 10)}
	}
	resource["contentDetails"] = object{"duration": length, "definition": map[bool]string{true: "hd", false: "sd"}[v.hd]}
	return resource
}

// ofChannel returns a channel's videos, the newest first.
func (c *catalogue) ofChannel(id string, now time.Time) (videos []*Video) {
	for _, v := range c.videos {
		if v.ChannelID == id && !v.Published.After(now) {
			videos = append(videos, v)
		}
	}
	slices.SortStableFunc(videos, func(a, b *Video) int { return b.Published.Compare(a.Published) })
	return videos
}

// serveFeed is a channel's Atom feed.
func (s *Server) serveFeed(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("channel_id")
	var videos []*Video
	var entries strings.Builder
	s.locked(func(now time.Time) {
		if s.world == nil {
			return
		}
		videos = s.world.ofChannel(id, now)
		for _, v := range videos[:min(15, len(videos))] {
			path := "/watch?v="
			if v.Short {
				path = "/shorts/"
			}
			fmt.Fprintf(&entries, ` <entry><id>yt:video:%[1]s</id><yt:videoId>%[1]s</yt:videoId><yt:channelId>%[2]s</yt:channelId><title>%[3]s</title><link rel="alternate" href="https://www.youtube.com%[4]s%[1]s"/><author><name>%[5]s</name></author><published>%[6]s</published><media:group><media:title>%[3]s</media:title><media:thumbnail url="%[7]s" width="480" height="360"/><media:description>%[8]s</media:description><media:community><media:starRating count="%[9]d" average="5.00" min="1" max="5"/><media:statistics views="%[10]d"/></media:community></media:group></entry>
`, v.ID, v.ChannelID, escape(v.Title), path, escape(v.Channel), v.Published.Format(time.RFC3339), thumbnail(v.ID), escape(v.Description), v.likes(now), v.views(now))
		}
	})
	if len(videos) == 0 {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=UTF-8")
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom"><yt:channelId>%s</yt:channelId><title>%s</title>
%s</feed>`, strings.TrimPrefix(id, "UC"), escape(videos[0].Channel), entries.String())
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
