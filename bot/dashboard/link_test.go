package dashboard_test

import (
	"strings"
	"testing"

	"cratedigger/bot/dashboard"
	"cratedigger/pipeline/catalog"
)

// TestChannelAndThumbnails: the pages link the guild's channel, and take pictures from
// where the options say, which the policy allows and no other place.
func TestChannelAndThumbnails(t *testing.T) {
	const youtubes = "https://i.ytimg.com"
	for _, tt := range []struct {
		what, origin, picture, link string
		change                      func(*dashboard.Options)
	}{
		{"by default", youtubes, youtubes + "/vi/", "", func(*dashboard.Options) {}},
		{"with both", "http://127.0.0.1:9", "http://127.0.0.1:9/thumb/", `href="https://chat.example/` + guildID + `"`, func(o *dashboard.Options) {
			o.Thumbnails = "http://127.0.0.1:9/thumb/{id}.svg"
			o.Channel = func(g catalog.Guild) string { return "https://chat.example/" + g.ID }
		}},
		{"without a channel", youtubes, youtubes + "/vi/", "", func(o *dashboard.Options) { o.Channel = func(catalog.Guild) string { return "" } }},
	} {
		w := newWorld(t, 3, tt.change)
		for _, path := range []string{"/songs", "/label", "/video/" + w.ids[0]} {
			res, body := w.send(t, "GET", g+path, "", nil)
			if got := strings.Count(body, `<img src="`+tt.picture); got == 0 {
				t.Errorf("%s, %s: no picture is from %s", tt.what, path, tt.picture)
			}
			if linked := strings.Contains(body, `class="channel"`); linked != (tt.link != "") || !strings.Contains(body, tt.link) {
				t.Errorf("%s, %s: want the link %q", tt.what, path, tt.link)
			}
			if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "img-src 'self' "+tt.origin+";") {
				t.Errorf("%s, %s: the policy is %s", tt.what, path, csp)
			}
		}
	}
}
