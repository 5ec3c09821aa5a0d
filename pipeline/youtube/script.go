package youtube

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// assigned returns the JSON objects that page assigns to a variable, in page
// order: `var name = {…}`, `window["name"] = {…}`, `name = JSON.parse("…")` and
// `name = '\x7b…'`. Other mentions of the name (reading it, assigning null) are
// skipped. Each result starts at its `{` and may run beyond its end, which only
// the reader of the JSON can find: titles may contain `};` and `</script>`.
func assigned(page []byte, name string) [][]byte {
	var found [][]byte
	tried := 0
	for rest := page; ; {
		i := bytes.Index(rest, []byte(name))
		if i < 0 || tried >= maxAssignments {
			return found
		}
		rest = rest[i+len(name):]
		value := assignment(rest)
		switch {
		case len(value) == 0:
		case value[0] == '{':
			tried++
			found = append(found, value)
		case value[0] == '\'' || value[0] == '"':
			tried++
			if text := unquoteScript(value); len(text) > 0 && text[0] == '{' {
				found = append(found, text)
			}
		}
	}
}

// maxAssignments is how many assignments are looked at, as each may run to the
// end of the page.
const maxAssignments = 16

// assignment returns the text after `= ` or `= JSON.parse(`, nil if the
// variable's name is followed by neither.
func assignment(after []byte) []byte {
	after = bytes.TrimLeft(after, `"']`)
	after = bytes.TrimLeft(after, " \t\r\n")
	after, ok := bytes.CutPrefix(after, []byte("="))
	if !ok {
		return nil
	}
	after = bytes.TrimLeft(after, " \t\r\n")
	if call, ok := bytes.CutPrefix(after, []byte("JSON.parse(")); ok {
		after = bytes.TrimLeft(call, " \t\r\n")
	}
	return after
}

// unquoteScript decodes the JavaScript string literal that value starts with;
// nil if it does not end.
func unquoteScript(value []byte) []byte {
	quote := value[0]
	out := make([]byte, 0, len(value)/2)
	for i := 1; i < len(value); i++ {
		switch b := value[i]; b {
		case quote:
			return out
		case '\n':
			return nil
		case '\\':
			if i++; i >= len(value) {
				return nil
			}
			switch e := value[i]; e {
			case 'x', 'u':
				digits := 2
				if e == 'u' {
					digits = 4
				}
				if i+digits >= len(value) {
					return nil
				}
				n, err := strconv.ParseUint(string(value[i+1:i+1+digits]), 16, 32)
				if err != nil {
					return nil
				}
				i += digits
				switch {
				case e == 'x' && n < 0x80:
					out = append(out, byte(n))
				case n >= 0xD800 && n < 0xE000:
					// Half of a surrogate pair: the JSON decoder reads it.
					out = append(out, `\u`...)
					out = append(out, value[i-3:i+1]...)
				default:
					out = utf8.AppendRune(out, rune(n))
				}
			case 'n':
				out = append(out, '\n')
			case 't':
				out = append(out, '\t')
			case 'r':
				out = append(out, '\r')
			case 'b':
				out = append(out, '\b')
			case 'f':
				out = append(out, '\f')
			default:
				out = append(out, e)
			}
		default:
			out = append(out, b)
		}
	}
	return nil
}

// initialData returns the page's ytInitialData, nil if there is none. The first
// of several may be a stub, so one with contents is preferred.
func initialData(page []byte) []byte {
	all := assigned(page, "ytInitialData")
	for _, data := range all {
		if hasKey(data, "contents") || hasKey(data, "onResponseReceivedCommands") {
			return data
		}
	}
	if len(all) > 0 {
		return all[0]
	}
	return nil
}

// playerResponse returns the page's player response: ytInitialPlayerResponse,
// or the string player_response within ytplayer.config (to 2020).
func playerResponse(page []byte) []byte {
	all := assigned(page, "ytInitialPlayerResponse")
	for _, data := range all {
		if hasKey(data, "videoDetails") {
			return data
		}
	}
	for _, config := range assigned(page, "ytplayer.config") {
		var response []byte
		c := cursor{src: config}
		c.into(func() {
			if c.peek() != '"' {
				return
			}
			raw := c.rawString()
			if c.bad {
				return
			}
			response = decodeString(raw)
		}, "args", "player_response")
		if response != nil {
			return response
		}
	}
	if len(all) > 0 {
		return all[0]
	}
	return nil
}

// decodeString decodes the JSON escapes of a long string; nil if they are broken.
func decodeString(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(out, raw...)
		}
		out = append(out, raw[:i]...)
		raw = raw[i:]
		if len(raw) < 2 {
			return nil
		}
		switch raw[1] {
		case '"', '\\', '/':
			out = append(out, raw[1])
			raw = raw[2:]
		case 'u':
			end := 2
			for end < len(raw) && end < 6 {
				end++
			}
			// Decode a surrogate pair together.
			if end == 6 && len(raw) >= 12 && (raw[2]|0x20) == 'd' && raw[6] == '\\' && raw[7] == 'u' {
				end = 12
			}
			s := unquote(raw[:end])
			if s == "" {
				return nil
			}
			out = append(out, s...)
			raw = raw[end:]
		default:
			s := unquote(raw[:2])
			if s == "" {
				return nil
			}
			out = append(out, s...)
			raw = raw[2:]
		}
	}
	return out
}

// hasKey reports whether the object has the key at its top level.
func hasKey(object []byte, key string) bool {
	c := cursor{src: object}
	found := false
	c.object(func(k []byte) {
		if string(k) == key {
			found = true
			c.fail() // stop reading
		}
	})
	return found
}

// pageConfig holds the values of ytcfg.set: the page's language, and how to
// request the next page.
type pageConfig struct {
	Language      string // hl
	Region        string // gl
	Key           string // INNERTUBE_API_KEY, no longer needed
	ClientVersion string
	Context       json.RawMessage // INNERTUBE_CONTEXT
}

// readConfig reads the calls of ytcfg.set that carry an InnerTube context.
func readConfig(page []byte) pageConfig {
	var config pageConfig
	const call = "ytcfg.set("
	seen := 0
	for rest := page; ; {
		i := bytes.Index(rest, []byte(call))
		if i < 0 || seen >= maxAssignments {
			return config
		}
		rest = rest[i+len(call):]
		if len(rest) == 0 || rest[0] != '{' {
			continue
		}
		seen++
		c := cursor{src: rest}
		c.object(func(key []byte) {
			switch string(key) {
			case "INNERTUBE_API_KEY":
				config.Key = c.string()
			case "INNERTUBE_CLIENT_VERSION", "INNERTUBE_CONTEXT_CLIENT_VERSION":
				config.ClientVersion = c.string()
			case "HL":
				config.Language = c.string()
			case "GL":
				config.Region = c.string()
			case "INNERTUBE_CONTEXT":
				start := c.pos
				config.readContext(&c)
				if !c.bad && json.Valid(c.src[start:c.pos]) {
					config.Context = bytes.Clone(c.src[start:c.pos])
				}
			}
		})
	}
}

func (p *pageConfig) readContext(c *cursor) {
	c.into(func() {
		c.object(func(key []byte) {
			switch string(key) {
			case "clientVersion":
				p.ClientVersion = c.string()
			case "hl":
				if p.Language == "" {
					p.Language = c.string()
				}
			case "gl":
				if p.Region == "" {
					p.Region = c.string()
				}
			}
		})
	}, "client")
}
