package youtube

import (
	"bytes"
	"html"
	"strings"

	"golang.org/x/net/html/atom"
)

// htmlFacts are the video's data in the head, the microdata and the visible
// page of 2020.
type htmlFacts struct {
	id, title, thumbnail  string // og: or microdata
	ogWidth, ogHeight     string
	tags                  []string
	name, seconds         string
	channelID, published  string
	views, genre          string
	width, height         string // of the video, not of its thumbnail
	author                string
	shorts                bool
	eowTitle, viewText    string
	timeText, description string
	channel, channelHref  string
	subscribers           string
	like, dislike         string
}

// readHTML reads head, microdata and the visible page of 2020 in one walk.
func (r *watchReader) readHTML(page []byte) {
	h := &r.html
	var into *string
	var intoDepth int
	var capturing, description pieces
	var authorDepth, thumbDepth, userDepth, descDepth, likeDepth, dislikeDepth int
	capture := func(to *string, depth int) {
		if into != nil {
			*into = string(capturing)
		}
		if *to == "" {
			into, intoDepth, capturing = to, depth, nil
		}
	}
	open := func(e *element, depth int) {
		switch {
		case e.tag == atom.Meta && e.bytes("property") != nil:
			h.property(e.attr("property"), e.attr("content"))
		case e.bytes("itemprop") != nil:
			switch {
			case e.has("itemprop", "author"):
				authorDepth = depth
			case e.has("itemprop", "thumbnail"):
				thumbDepth = depth
			case authorDepth > 0:
				if e.has("itemprop", "name") {
					h.author = e.attr("content")
				}
			case thumbDepth > 0:
			default:
				h.itemprop(e.attr("itemprop"), e)
			}
		case e.tag == atom.Link && e.has("rel", "canonical"):
			if id, ok := ParseID(e.attr("href")); ok {
				h.setID(id)
				h.shorts = h.shorts || strings.Contains(e.attr("href"), "/shorts/")
			}
		case e.has("id", "eow-title"):
			r.watch7 = true
			h.eowTitle = e.attr("title")
		case e.has("id", "watch7-headline"):
			r.watch7 = true
		case e.class(classWatchViewCount):
			capture(&h.viewText, depth)
		case e.class(classWatchTimeText):
			capture(&h.timeText, depth)
		case e.has("id", "watch7-user-header"):
			userDepth = depth
		case e.tag == atom.A && userDepth > 0 && e.class(classYtUixSessionlink) && !e.class(classYtUserPhoto):
			if h.channelHref == "" {
				h.channelHref = e.attr("href")
			}
			capture(&h.channel, depth)
		case e.class(classYtSubscriberCount):
			if t := e.attr("title"); t != "" && h.subscribers == "" {
				h.subscribers = t
			}
			capture(&h.subscribers, depth)
		case e.class(classLikeButtonRendererLikeButtonUnclicked):
			likeDepth = depth
		case e.class(classLikeButtonRendererDislikeButtonUnclicked):
			dislikeDepth = depth
		case e.class(classYtUixButtonContent) && likeDepth > 0:
			capture(&h.like, depth)
		case e.class(classYtUixButtonContent) && dislikeDepth > 0:
			capture(&h.dislike, depth)
		case e.has("id", "eow-description"):
			descDepth = depth
		case e.tag == atom.Br && descDepth > 0:
			description.add("\n")
		}
	}
	text := func(s []byte) {
		if descDepth > 0 {
			description.add(html.UnescapeString(string(s)))
		}
		if into != nil {
			capturing.add(html.UnescapeString(string(s)))
		}
	}
	shut := func(depth int) {
		if into != nil && depth <= intoDepth {
			*into, into = string(capturing), nil
		}
		for _, d := range []*int{&authorDepth, &thumbDepth, &userDepth, &descDepth, &likeDepth, &dislikeDepth} {
			if depth <= *d {
				*d = 0
			}
		}
	}
	walkHTML(before(page, `id="watch7-sidebar"`), open, text, shut)
	h.description = string(description)
}

// before cuts off a page at a mark, if there is one: more than half of a page
// of 2020 is suggestions.
func before(page []byte, mark string) []byte {
	if i := bytes.Index(page, []byte(mark)); i >= 0 {
		return page[:i]
	}
	return page
}

func (h *htmlFacts) setID(id string) {
	if h.id == "" && validID(id) {
		h.id = id
	}
}

// property reads one Open Graph tag.
func (h *htmlFacts) property(name, content string) {
	switch name {
	case "og:url":
		if id, ok := ParseID(content); ok {
			h.setID(id)
			h.shorts = h.shorts || strings.Contains(content, "/shorts/")
		}
	case "og:title":
		h.title = content
	case "og:image":
		h.thumbnail = webAddress(content)
	case "og:video:tag":
		h.tags = append(h.tags, content)
	case "og:video:width":
		h.ogWidth = content
	case "og:video:height":
		h.ogHeight = content
	}
}

// itemprop reads one property of the VideoObject, not of its nested objects
// (author, thumbnail). The first value of a name counts.
func (h *htmlFacts) itemprop(name string, e *element) {
	content := e.attr("content")
	first := func(to *string) {
		if *to == "" {
			*to = content
		}
	}
	switch name {
	case "videoId", "identifier":
		h.setID(content)
	case "name":
		if e.tag == atom.Meta {
			first(&h.name)
		}
	case "duration":
		first(&h.seconds)
	case "channelId":
		first(&h.channelID)
	case "datePublished":
		first(&h.published)
	case "interactionCount":
		first(&h.views)
	case "genre":
		first(&h.genre)
	case "width":
		first(&h.width)
	case "height":
		first(&h.height)
	}
}
