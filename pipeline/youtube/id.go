package youtube

import (
	"net/url"
	"strings"
)

// validID reports whether s has the form of a video id.
func validID(s string) bool {
	if len(s) != 11 {
		return false
	}
	for i := range len(s) {
		if b := s[i]; !(b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_') {
			return false
		}
	}
	return true
}

// ReadChannel finds the id of a channel in what somebody typed: the id, or an address that
// ends with it.
func ReadChannel(text string) (id string, ok bool) {
	if _, rest, found := strings.Cut(text, "youtube.com/channel/"); found && len(rest) >= 24 {
		text = rest[:24]
	}
	return text, ValidChannelID(text)
}

// ValidChannelID reports whether s has the form of a channel id.
func ValidChannelID(s string) bool {
	return len(s) == 24 && strings.HasPrefix(s, "UC") && validID(s[2:13]) && validID(s[13:])
}

// ParseID reads a video id from an id or from any link to a video on
// YouTube, YouTube Music, youtu.be or the player's cookie-free host.
func ParseID(s string) (id string, ok bool) {
	s = strings.Trim(strings.TrimSpace(s), "<>")
	if validID(s) {
		return s, true
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", false
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	switch host {
	case "youtu.be":
		id, _, _ = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	case "youtube.com", "m.youtube.com", "music.youtube.com", "gaming.youtube.com", "youtube-nocookie.com":
		return idOfPath(u)
	}
	return id, validID(id)
}

// idOfPath reads the id from a link's path and query on a YouTube host.
func idOfPath(u *url.URL) (id string, ok bool) {
	first, rest, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	switch first {
	case "watch":
		if id = u.Query().Get("v"); id == "" {
			id, _, _ = strings.Cut(rest, "/")
		}
	case "shorts", "live", "embed", "v", "e":
		id, _, _ = strings.Cut(rest, "/")
	case "attribution_link", "redirect", "oembed":
		for _, key := range []string{"u", "q", "url"} {
			inner, err := url.Parse(u.Query().Get(key))
			if err == nil && strings.HasPrefix(strings.TrimPrefix(inner.Path, "/"), "watch") {
				id = inner.Query().Get("v")
			}
		}
	}
	return id, validID(id)
}

// CoverURL returns the address of a video's picture, 320 × 180, which every video has.
func CoverURL(id string) string { return "https://i.ytimg.com/vi/" + id + "/mqdefault.jpg" }

// WatchURL returns the address of a video's page for people.
func WatchURL(id string) string { return "https://www.youtube.com/watch?v=" + id }
