package youtube

import (
	"bytes"
	"html"
	"strings"

	"golang.org/x/net/html/atom"
)

// readLockups reads the server-rendered result page of up to mid-2020: rows
// of class yt-lockup.
func (r *resultsReader) readLockups(page []byte) {
	r.Layout = "lockup-html"
	var row *lockupRow
	var rowDepth int
	var into *string // receives the captured text at the end of its element
	var intoDepth int
	var capturing pieces
	stop := func() {
		if into != nil {
			*into, into = string(capturing), nil
		}
	}
	capture := func(to *string, depth int) {
		stop()
		into, intoDepth, capturing = to, depth, nil
	}
	finish := func() {
		if row != nil {
			stop()
			r.addRow(row)
			row = nil
		}
	}
	open := func(e *element, depth int) {
		if e.class(classYtLockup) {
			finish()
			row, rowDepth = &lockupRow{id: e.attr("data-context-item-id"), kind: lockupKind(e)}, depth
			return
		}
		if row == nil {
			switch {
			case e.class(classDisplayMessage):
				r.NoResults = true
				r.Skipped["display-message"]++
			case e.class(classYtShelfGridItem) || e.class(classShelfTitleTable):
				r.Skipped["shelf"]++
			}
			return
		}
		row.open(e, depth, capture)
	}
	text := func(s []byte) {
		if into != nil {
			capturing.add(html.UnescapeString(string(s)))
		}
	}
	shut := func(depth int) {
		if depth <= intoDepth {
			stop()
		}
		if row == nil {
			return
		}
		row.shut(depth)
		if depth <= rowDepth {
			finish()
		}
	}
	walkHTML(before(from(page, `class="section-list"`), `search-pager`), open, text, shut)
	finish()
}

// from cuts off a page before the tag that contains a mark, if there is one.
func from(page []byte, mark string) []byte {
	if i := bytes.Index(page, []byte(mark)); i >= 0 {
		if start := bytes.LastIndexByte(page[:i], '<'); start >= 0 {
			return page[start:]
		}
	}
	return page
}

// lockupRow is one row while it is being read.
type lockupRow struct {
	id, kind             string
	title, heading, href string
	channel, channelHref string
	length, snippet      string
	thumbnail            string
	meta, badges         []*string
	ad                   bool

	inTitle, inByline, inMeta int // depth of the surrounding element, 0 outside
}

func lockupKind(e *element) string {
	for class, kind := range map[classes]string{
		classYtLockupVideo: "video", classYtLockupChannel: "channel", classYtLockupPlaylist: "playlist",
		classYtLockupMix: "mix", classYtLockupMovie: "movie", classYtLockupShow: "show",
	} {
		if e.class(class) {
			return kind
		}
	}
	return "lockup"
}

func (w *lockupRow) open(e *element, depth int, capture func(*string, int)) {
	switch {
	case e.class(classYtLockupTitle):
		w.inTitle = depth
	case e.class(classYtLockupByline):
		w.inByline = depth
	case e.class(classYtLockupMetaInfo):
		w.inMeta = depth
	case e.class(classVideoTime):
		capture(&w.length, depth)
	case e.class(classYtLockupDescription):
		capture(&w.snippet, depth)
	case e.class(classYtBadge):
		badge := new(string)
		w.badges = append(w.badges, badge)
		w.ad = w.ad || e.class(classYtBadgeAd)
		capture(badge, depth)
	case e.tag == atom.A && w.inTitle > 0 && w.href == "":
		w.href, w.title = e.attr("href"), e.attr("title")
		capture(&w.heading, depth)
	case e.tag == atom.A && w.inByline > 0 && w.channelHref == "":
		w.channelHref = e.attr("href")
		capture(&w.channel, depth)
	case e.tag == atom.Li && w.inMeta > 0:
		li := new(string)
		w.meta = append(w.meta, li)
		capture(li, depth)
	case e.tag == atom.Img && w.thumbnail == "":
		if w.thumbnail = webAddress(e.attr("data-thumb")); w.thumbnail == "" {
			w.thumbnail = webAddress(e.attr("src"))
		}
	}
}

func (w *lockupRow) shut(depth int) {
	for _, in := range []*int{&w.inTitle, &w.inByline, &w.inMeta} {
		if depth <= *in {
			*in = 0
		}
	}
}

// addRow adds a row as a video, or counts it by its kind.
func (r *resultsReader) addRow(w *lockupRow) {
	// An advertisement's title leads to the advertising network.
	leadsAway := w.href != "" && !strings.HasPrefix(w.href, "/")
	if strings.HasPrefix(w.href, "https://www.youtube.com/") || strings.HasPrefix(w.href, "http://www.youtube.com/") {
		leadsAway = false
	}
	switch {
	case w.ad || leadsAway:
		r.Skipped["ad"]++
		return
	case w.kind != "video":
		r.Skipped[w.kind]++
		return
	case w.href == "":
		return // the page ends in the middle of this row
	}
	v := Video{
		ID: w.id, Title: w.title, Channel: strings.TrimSpace(w.channel),
		Description: strings.TrimSpace(w.snippet), ThumbnailURL: w.thumbnail,
	}
	if v.Title == "" {
		v.Title = strings.TrimSpace(w.heading)
	}
	if id, ok := ParseID("https://www.youtube.com" + strings.TrimPrefix(w.href, "https://www.youtube.com")); ok && v.ID == "" {
		v.ID = id
	}
	if i := strings.Index(w.channelHref, "/channel/"); i >= 0 {
		id, _, _ := strings.Cut(w.channelHref[i+len("/channel/"):], "?")
		if ValidChannelID(id) {
			v.ChannelID = id
		}
	}
	if n, ok := parseLength(w.length); ok {
		v.DurationSeconds = &n
	}
	var texts []string
	for _, li := range w.meta {
		texts = append(texts, strings.TrimSpace(*li))
	}
	v.readTexts(texts, 1, r.at) // age, then views
	v.finish(r.at)
	r.add(v)
}
