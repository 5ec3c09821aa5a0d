package youtube

import (
	"strings"
	"testing"
)

// Only characters that XML forbids are removed from a feed, raw or as references.
func TestFeedWithForbiddenCharacters(t *testing.T) {
	for title, want := range map[string]string{
		"a \x08b":                    "a b",
		"a\x00\x1fb\x0b":             "ab",
		"a &#8;b &#x1F; &#X0b;c":     "a b  c",
		"a &#xFFFF;b\uffff":          "a b",
		"a &#99999999999999;b":       "a b",
		"tab\tand &#x1F680; &#233;":  "tab\tand 🚀 é",
		"Q&amp;A &amp;#8; \u202e é́": "Q&A &#8; \u202e é́",
		"not \xff UTF-8":             "not \ufffd UTF-8",
	} {
		feed := `<?xml version="1.0" encoding="UTF-8"?><feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom"><title>C` + "\x01" + `</title>` +
			`<entry><yt:videoId>AAAAAAAAAAA</yt:videoId><title>` + title + `</title></entry><entry><yt:videoId>BBBBBBBBBBB</yt:videoId><title>good</title></entry></feed>`
		videos, err := parseFeed([]byte(feed))
		if err != nil || len(videos) != 2 || videos[0].Title != want || videos[1].Title != "good" {
			t.Errorf("%q: %v, %+v", title, err, videos)
		}
	}
	if _, err := parseFeed([]byte("<html>404")); err == nil || !strings.Contains(err.Error(), "not Atom") {
		t.Errorf("a page that is no feed: %v", err)
	}
}

// A control character in a string is invalid JSON, but the title is read.
func TestTextWithControlCharacter(t *testing.T) {
	v := oneVideo(t, `{"videoRenderer":{"videoId":"AAAAAAAAAAA","title":{"simpleText":"a`+"\x08"+` \"b\""},"ownerText":{"simpleText":"c`+"\x01"+`d"}}}`)
	if v.Title != `a "b"` || v.Channel != "c\x01d" {
		t.Errorf("title %q, channel %q", v.Title, v.Channel)
	}
}
