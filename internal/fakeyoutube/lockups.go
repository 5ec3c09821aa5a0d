package fakeyoutube

import (
	"bytes"
	"fmt"
	"html"
	"time"
)

// lockupPage is a result page as it was rendered until mid-2020.
func (c *catalogue) lockupPage(q search, now time.Time) []byte {
	var b bytes.Buffer
	b.WriteString(`<!DOCTYPE html><html lang="en" data-cast-api-enabled="true"><head><title>results</title></head><body><div id="results"><ol class="section-list"><li><ol class="item-section">`)
	found := c.find(q, now)
	page := found[min(q.page*pageSize, len(found)):min((q.page+1)*pageSize, len(found))]
	if len(page) > 0 {
		ad := c.off("ad "+q.text, now, 1)[0]
		b.WriteString(`<li>` + c.lockupRow(ad, now, "https://www.googleadservices.com/pagead/aclk?v="+ad.ID, true) + "</li>\n")
	} else {
		b.WriteString(`<li><div class="display-message">No more results</div></li>`)
	}
	for _, v := range page {
		b.WriteString(`<li>` + c.lockupRow(v, now, "/watch?v="+v.ID, false) + "</li>\n")
	}
	b.WriteString(`</ol></li></ol></div><div class="branded-page-box search-pager"></div></body></html>`)
	return b.Bytes()
}

func (c *catalogue) lockupRow(v *Video, now time.Time, href string, ad bool) string {
	badge, length, meta := "", "", ""
	views := viewText(v.views(now))
	switch {
	case ad:
		badge = `<span class="yt-badge yt-badge-ad">Ad</span>`
		meta = "<li>" + views + "</li>"
	case v.Streaming:
		badge = `<span class="yt-badge yt-badge-live">Live now</span>`
		meta = "<li>" + group(v.watching(now)) + " watching</li>"
	case v.Upcoming:
		meta = "<li>Scheduled: " + now.Add(20*time.Hour).Format("1/2/06, 3:04 PM") + "</li>"
	default:
		length = `<span class="video-time" aria-hidden="true">` + clock(v.Seconds) + `</span>`
		meta = "<li>" + ago(now.Sub(v.Published)) + "</li><li>" + views + "</li>"
	}
	title := html.EscapeString(v.Title)
	return fmt.Sprintf(`<div class="yt-lockup yt-lockup-tile yt-lockup-video clearfix" data-context-item-id="%[1]s"><div class="yt-lockup-thumbnail"><a href="%[2]s"><img alt="" src="/yts/img/pixel.gif" data-thumb="%[3]s">%[4]s</a></div>`+
		`<div class="yt-lockup-content"><h3 class="yt-lockup-title "><a href="%[2]s" class="yt-uix-tile-link" title="%[5]s">%[5]s</a></h3><div class="yt-lockup-byline "><a href="/channel/%[6]s">%[7]s</a></div>`+
		`<div class="yt-lockup-meta "><ul class="yt-lockup-meta-info">%[8]s</ul></div><div class="yt-lockup-description yt-ui-ellipsis">%[9]s</div><div class="yt-lockup-badges">%[10]s</div></div></div>`,
		v.ID, html.EscapeString(href), thumbnail(v.ID), length, title, v.ChannelID, html.EscapeString(v.Channel), meta, html.EscapeString(firstWords(v.Description, 20)), badge)
}
