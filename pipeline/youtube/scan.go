package youtube

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// cursor walks a JSON text from left to right, reading each byte once. It calls
// the caller back for each key or element; a value that the callback does not
// consume is skipped. A malformed or truncated text sets bad, after which every
// method returns at once with zero values.
type cursor struct {
	src   []byte
	pos   int
	depth int
	bad   bool
}

// maxDepth bounds the nesting of consumed values. Skipped values may nest to
// any depth, as skipping needs no stack.
const maxDepth = 200

// peek returns the first byte of the next value, 0 at the end.
func (c *cursor) peek() byte {
	for c.pos < len(c.src) {
		switch b := c.src[c.pos]; b {
		case ' ', '\t', '\r', '\n':
			c.pos++
		default:
			return b
		}
	}
	return 0
}

func (c *cursor) fail() { c.bad, c.pos = true, len(c.src) }

// object calls each with every key; each may consume the value. A value that is
// not an object is skipped.
func (c *cursor) object(each func(key []byte)) {
	if c.peek() != '{' {
		c.skip()
		return
	}
	if c.depth++; c.depth > maxDepth {
		c.fail()
	}
	defer func() { c.depth-- }()
	c.pos++
	for !c.bad {
		switch c.peek() {
		case '}':
			c.pos++
			return
		case ',':
			c.pos++
		case '"':
			key := c.rawString()
			if c.peek() != ':' {
				c.fail()
				return
			}
			c.pos++
			c.peek()
			before := c.pos
			each(key)
			if c.pos == before {
				c.skip()
			}
		default:
			c.fail()
		}
	}
}

// array calls each with every element's index; each may consume the element.
func (c *cursor) array(each func(i int)) {
	if c.peek() != '[' {
		c.skip()
		return
	}
	if c.depth++; c.depth > maxDepth {
		c.fail()
	}
	defer func() { c.depth-- }()
	c.pos++
	for i := 0; !c.bad; {
		switch c.peek() {
		case ']':
			c.pos++
			return
		case ',':
			c.pos++
		case 0:
			c.fail()
		default:
			before := c.pos
			each(i)
			if c.pos == before {
				c.skip()
			}
			if c.pos == before {
				c.fail()
			}
			i++
		}
	}
}

// into follows a path of keys and calls found at the value. "[]" stands for every
// element of an array.
func (c *cursor) into(found func(), keys ...string) {
	if len(keys) == 0 {
		found()
		return
	}
	if keys[0] == "[]" {
		c.array(func(int) { c.into(found, keys[1:]...) })
		return
	}
	c.object(func(key []byte) {
		if string(key) == keys[0] {
			c.into(found, keys[1:]...)
		}
	})
}

// rawString consumes a string and returns the bytes between its quotes, with
// escapes.
func (c *cursor) rawString() []byte {
	start := c.pos + 1
	end := endOfString(c.src, start)
	if end < 0 {
		c.fail()
		return nil
	}
	c.pos = end
	return c.src[start : end-1]
}

// string consumes the value and returns its text if it is a string, or the
// digits if it is a number; "" otherwise.
func (c *cursor) string() string {
	switch b := c.peek(); {
	case b == '"':
		return unquote(c.rawString())
	case b == '-' || b >= '0' && b <= '9':
		start := c.pos
		c.skip()
		return string(c.src[start:c.pos])
	}
	c.skip()
	return ""
}

// bool consumes the value and reports whether it is true.
func (c *cursor) bool() bool {
	start := c.pos
	c.skip()
	return string(c.src[min(start, len(c.src)):c.pos]) == "true"
}

// skip skips one value. Most of a page is skipped, so the state is kept in
// registers.
func (c *cursor) skip() {
	src, i, depth := c.src, c.pos, 0
	for i < len(src) {
		switch src[i] {
		case '"':
			if i = endOfString(src, i+1); i < 0 {
				c.fail()
				return
			}
		case '{', '[':
			depth++
			i++
		case '}', ']':
			if depth == 0 { // there is no value: the surrounding object or array ends
				c.pos = i
				return
			}
			depth--
			i++
		case ',', ':':
			if depth == 0 {
				c.pos = i
				return
			}
			i++
			continue
		case ' ', '\t', '\r', '\n':
			i++
			continue
		default:
			for i < len(src) && !delimiter[src[i]] {
				i++
			}
		}
		if depth == 0 {
			c.pos = i
			return
		}
	}
	c.fail()
}

// endOfString returns the position after the closing quote of the string that
// from is in, -1 if there is none.
func endOfString(src []byte, from int) int {
	i := from
	for i < len(src) {
		quote := bytes.IndexByte(src[i:], '"')
		if quote < 0 {
			return -1
		}
		quote += i
		slashes := 0
		for quote-slashes > i && src[quote-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return quote + 1
		}
		i = quote + 1
	}
	return -1
}

// delimiter holds the bytes that end a number or a literal.
var delimiter = [256]bool{
	' ': true, '\t': true, '\r': true, '\n': true, ',': true, ':': true,
	'"': true, '{': true, '}': true, '[': true, ']': true,
}

// unquote decodes the escapes of a JSON string. Lone surrogates and invalid
// UTF-8 become U+FFFD; a string with an invalid escape becomes "".
func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		if utf8.Valid(raw) {
			return string(raw)
		}
		return string(bytes.ToValidUTF8(raw, []byte("\uFFFD")))
	}
	quoted := make([]byte, 0, len(raw)+2)
	quoted = append(append(append(quoted, '"'), raw...), '"')
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		// A bare control character is invalid JSON, but no reason to lose a
		// title.
		quoted = bytes.Map(func(r rune) rune {
			if r < ' ' {
				return -1
			}
			return r
		}, quoted)
		if json.Unmarshal(quoted, &s) != nil {
			return ""
		}
	}
	return s
}

// maxText bounds a text that is joined from pieces, in bytes. The longest texts,
// descriptions, have 5,000 characters.
const maxText = 1 << 15

// pieces joins a text, up to maxText.
type pieces []byte

func (p *pieces) add(piece string) {
	if len(*p) < maxText {
		*p = append(*p, piece...)
	}
}

// text consumes a text object and returns its text: {simpleText},
// {runs:[{text}]}, {content} or a plain string.
func (c *cursor) text() string {
	if c.peek() == '"' {
		return c.string()
	}
	var text string
	c.object(func(key []byte) {
		switch string(key) {
		case "simpleText", "content":
			if t := c.string(); t != "" {
				text = t
			}
		case "runs":
			var runs pieces
			c.array(func(int) {
				c.object(func(key []byte) {
					if string(key) == "text" {
						runs.add(c.string())
					}
				})
			})
			if text == "" {
				text = string(runs)
			}
		}
	})
	return text
}
