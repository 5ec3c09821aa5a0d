package youtube

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// element is a start tag of an HTML page with the attributes that the
// readers ask for.
type element struct {
	tag   string
	attrs map[string]string
	void  bool
}

func (e *element) attr(name string) string { return e.attrs[name] }

// class reports whether the element has the class.
func (e *element) class(name string) bool {
	for rest := e.attrs["class"]; rest != ""; {
		var one string
		one, rest, _ = strings.Cut(rest, " ")
		if one == name {
			return true
		}
	}
	return false
}

// walkHTML calls open at every start tag, text at every text and shut at
// every end of an element, in page order. Scripts and styles, most of a page,
// are left out before they reach the tokenizer. Elements that the page
// forgets to close end with what surrounds them.
func walkHTML(page []byte, open func(e *element, depth int), text func(s []byte), shut func(tag string, depth int)) {
	var stack []string
	attrs := map[string]string{}
	for _, part := range withoutScripts(page) {
		z := html.NewTokenizer(bytes.NewReader(part))
		z.SetMaxBuf(1 << 20)
		for {
			kind := z.Next()
			if kind == html.ErrorToken {
				break
			}
			switch kind {
			case html.TextToken:
				text(z.Text())
			case html.StartTagToken, html.SelfClosingTagToken:
				name, more := z.TagName()
				e := element{tag: string(name), attrs: attrs}
				clear(attrs)
				for more {
					var key, value []byte
					key, value, more = z.TagAttr()
					if wantedAttributes[string(key)] {
						attrs[string(key)] = string(value)
					}
				}
				e.void = voidElements[e.tag] || kind == html.SelfClosingTagToken
				if !e.void && len(stack) < 512 {
					stack = append(stack, e.tag)
				}
				open(&e, len(stack))
			case html.EndTagToken:
				name, _ := z.TagName()
				stack = closeTag(stack, string(name), shut)
			}
		}
	}
	for len(stack) > 0 {
		stack = closeTag(stack, stack[len(stack)-1], shut)
	}
}

// closeTag pops the stack down to the nearest element of that name.
func closeTag(stack []string, name string, shut func(tag string, depth int)) []string {
	at := len(stack) - 1
	for at >= 0 && stack[at] != name {
		at--
	}
	if at < 0 {
		return stack
	}
	for len(stack) > at {
		shut(stack[len(stack)-1], len(stack))
		stack = stack[:len(stack)-1]
	}
	return stack
}

var voidElements = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true,
	"link": true, "meta": true, "source": true, "track": true, "wbr": true,
}

// wantedAttributes are those that any reader looks at.
var wantedAttributes = map[string]bool{
	"class": true, "id": true, "href": true, "title": true, "content": true, "property": true, "name": true, "itemprop": true,
	"itemtype": true, "itemscope": true, "rel": true, "src": true, "data-thumb": true, "data-context-item-id": true, "lang": true,
}

// withoutScripts cuts a page into what lies between its scripts and styles.
func withoutScripts(page []byte) [][]byte {
	var parts [][]byte
	for {
		i, tag := nextRaw(page)
		if i < 0 {
			return append(parts, page)
		}
		parts = append(parts, page[:i])
		end := bytes.Index(page[i:], []byte("</"+tag))
		if end < 0 {
			return parts
		}
		page = page[i+end:]
		if j := bytes.IndexByte(page, '>'); j >= 0 {
			page = page[j+1:]
		} else {
			return parts
		}
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
