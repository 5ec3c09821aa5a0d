package youtube

import (
	"bytes"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// element is a start tag of an HTML page with the attributes that readers use. It
// is valid only during the call that receives it.
type element struct {
	tag     atom.Atom
	classes classes
	names   []string
	texts   [][]byte
}

func (e *element) bytes(name string) []byte {
	for i, n := range e.names {
		if n == name {
			return e.texts[i]
		}
	}
	return nil
}

// attr returns an attribute's value, "" when it is absent.
func (e *element) attr(name string) string { return html.UnescapeString(string(e.bytes(name))) }

// readAttributes reads the used attributes of a raw tag. The tokenizer's own
// method copies every value, which took a sixth of the time.
func (e *element) readAttributes(tag []byte) {
	const space = " \t\r\n"
	tag = tag[max(0, bytes.IndexAny(tag, space+"/")):] // after the name
	for {
		tag = bytes.TrimLeft(tag, space+"/")
		end := bytes.IndexAny(tag, "=>"+space)
		if end < 0 || tag[0] == '>' {
			return
		}
		key := tag[:end]
		tag = bytes.TrimLeft(tag[end:], space)
		if len(tag) == 0 || tag[0] != '=' {
			continue // an attribute without a value
		}
		var value []byte
		value, tag = attributeValue(bytes.TrimLeft(tag[1:], space))
		switch wanted, ok := wantedAttributes[string(key)]; {
		case wanted == "class":
			e.classes = readClasses(value)
		case ok:
			e.names, e.texts = append(e.names, wanted), append(e.texts, value)
		}
	}
}

// attributeValue cuts the value that tag begins with.
func attributeValue(tag []byte) (value, rest []byte) {
	if len(tag) > 0 && (tag[0] == '"' || tag[0] == '\'') {
		end := bytes.IndexByte(tag[1:], tag[0])
		if end < 0 {
			return nil, nil
		}
		return tag[1 : end+1], tag[end+2:]
	}
	end := bytes.IndexAny(tag, " \t\r\n>")
	if end < 0 {
		return nil, nil
	}
	return tag[:end], tag[end:]
}

// has reports whether an attribute has exactly this value.
func (e *element) has(name, value string) bool { return string(e.bytes(name)) == value }

// class reports whether the element has the class.
func (e *element) class(one classes) bool { return e.classes&one != 0 }

// classes is a set of the classes that the readers know.
type classes uint64

const (
	classYtLockup classes = 1 << iota
	classDisplayMessage
	classYtShelfGridItem
	classShelfTitleTable
	classYtLockupTitle
	classYtLockupByline
	classYtLockupMetaInfo
	classVideoTime
	classYtLockupDescription
	classYtBadge
	classYtBadgeAd
	classWatchViewCount
	classWatchTimeText
	classYtUixSessionlink
	classYtUserPhoto
	classYtSubscriberCount
	classLikeButtonRendererLikeButtonUnclicked
	classLikeButtonRendererDislikeButtonUnclicked
	classYtUixButtonContent
	classYtLockupVideo
	classYtLockupChannel
	classYtLockupPlaylist
	classYtLockupMix
	classYtLockupMovie
	classYtLockupShow
)

var classNames = map[string]classes{
	"yt-lockup":             classYtLockup,
	"display-message":       classDisplayMessage,
	"yt-shelf-grid-item":    classYtShelfGridItem,
	"shelf-title-table":     classShelfTitleTable,
	"yt-lockup-title":       classYtLockupTitle,
	"yt-lockup-byline":      classYtLockupByline,
	"yt-lockup-meta-info":   classYtLockupMetaInfo,
	"video-time":            classVideoTime,
	"yt-lockup-description": classYtLockupDescription,
	"yt-badge":              classYtBadge,
	"yt-badge-ad":           classYtBadgeAd,
	"watch-view-count":      classWatchViewCount,
	"watch-time-text":       classWatchTimeText,
	"yt-uix-sessionlink":    classYtUixSessionlink,
	"yt-user-photo":         classYtUserPhoto,
	"yt-subscriber-count":   classYtSubscriberCount,
	"like-button-renderer-like-button-unclicked":    classLikeButtonRendererLikeButtonUnclicked,
	"like-button-renderer-dislike-button-unclicked": classLikeButtonRendererDislikeButtonUnclicked,
	"yt-uix-button-content":                         classYtUixButtonContent,
	"yt-lockup-video":                               classYtLockupVideo,
	"yt-lockup-channel":                             classYtLockupChannel,
	"yt-lockup-playlist":                            classYtLockupPlaylist,
	"yt-lockup-mix":                                 classYtLockupMix,
	"yt-lockup-movie":                               classYtLockupMovie,
	"yt-lockup-show":                                classYtLockupShow,
}

// readClasses reads a class attribute.
func readClasses(attribute []byte) (set classes) {
	for len(attribute) > 0 {
		end := bytes.IndexByte(attribute, ' ')
		if end < 0 {
			end = len(attribute)
		}
		set |= classNames[string(attribute[:end])]
		attribute = attribute[min(end+1, len(attribute)):]
	}
	return set
}

// walkHTML calls open at every start tag, text at every text and shut at the
// end of every element, in page order. Scripts and styles, which are most of a
// page, are cut out before the tokenizer sees them. An element that is never
// closed ends with its parent.
func walkHTML(page []byte, open func(e *element, depth int), text func(s []byte), shut func(depth int)) {
	var stack []atom.Atom
	var e element
	z := html.NewTokenizer(bytes.NewReader(withoutScripts(page)))
	z.SetMaxBuf(1 << 20)
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			for len(stack) > 0 {
				stack = closeTag(stack, stack[len(stack)-1], shut)
			}
			return
		case html.TextToken:
			text(z.Raw())
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			e.tag, e.classes, e.names, e.texts = atom.Lookup(name), 0, e.names[:0], e.texts[:0]
			if more {
				e.readAttributes(z.Raw())
			}
			if !voidElements[e.tag] && kind != html.SelfClosingTagToken && len(stack) < 512 {
				stack = append(stack, e.tag)
			}
			open(&e, len(stack))
		case html.EndTagToken:
			name, _ := z.TagName()
			stack = closeTag(stack, atom.Lookup(name), shut)
		}
	}
}

// closeTag pops the stack down to the nearest element of that name.
func closeTag(stack []atom.Atom, name atom.Atom, shut func(depth int)) []atom.Atom {
	at := len(stack) - 1
	for at >= 0 && stack[at] != name {
		at--
	}
	if at < 0 {
		return stack
	}
	for len(stack) > at {
		shut(len(stack))
		stack = stack[:len(stack)-1]
	}
	return stack
}

var voidElements = map[atom.Atom]bool{
	atom.Area: true, atom.Base: true, atom.Br: true, atom.Col: true, atom.Embed: true, atom.Hr: true, atom.Img: true, atom.Input: true,
	atom.Link: true, atom.Meta: true, atom.Source: true, atom.Track: true, atom.Wbr: true,
}

// wantedAttributes are the attributes that any reader uses.
var wantedAttributes = func() map[string]string {
	m := map[string]string{}
	for _, name := range []string{
		"class", "id", "href", "title", "content", "property", "itemprop", "rel", "src", "data-thumb", "data-context-item-id",
	} {
		m[name] = name
	}
	return m
}()

// withoutScripts returns what lies between a page's scripts and styles.
func withoutScripts(page []byte) []byte {
	rest := make([]byte, 0, len(page)/3)
	for {
		i, tag := nextRaw(page)
		if i < 0 {
			return append(rest, page...)
		}
		rest = append(rest, page[:i]...)
		end := bytes.Index(page[i:], []byte("</"+tag))
		if end < 0 {
			return rest
		}
		page = page[i+end:]
		j := bytes.IndexByte(page, '>')
		if j < 0 {
			return rest
		}
		page = page[j+1:]
	}
}

func nextRaw(page []byte) (at int, tag string) {
	for from := 0; ; {
		i := bytes.Index(page[from:], []byte("<s"))
		if i < 0 {
			return -1, ""
		}
		from += i
		switch {
		case bytes.HasPrefix(page[from:], []byte("<script")):
			return from, "script"
		case bytes.HasPrefix(page[from:], []byte("<style")):
			return from, "style"
		}
		from += 2
	}
}

// htmlLanguage returns the lang attribute of the page's root element.
func htmlLanguage(page []byte) string {
	head := page[:min(len(page), 4096)]
	i := bytes.Index(head, []byte("<html"))
	if i < 0 {
		return ""
	}
	z := html.NewTokenizer(bytes.NewReader(head[i:]))
	if z.Next() != html.StartTagToken {
		return ""
	}
	_, more := z.TagName()
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if string(key) == "lang" && len(value) < 36 {
			return string(value)
		}
	}
	return ""
}
