package youtube

import (
	"bytes"
	"strings"
	"time"
)

// Page is the content of one watch page, or of one record of another source.
type Page struct {
	ID       string // of the video asked for, or read
	Video    *Video // nil if the page has none
	Status   Status
	Layout   string // "watch7", "polymer", "innertube", "api", "feed"
	Language string // of the page
	Region   string
	Reason   string // YouTube's own words on why the video does not play
	Broken   bool   // the page ends early or is malformed

	Neighbours []Neighbour // suggested videos and those of a mix, at most 25

	kind string
}

// Stats returns the page's coverage.
func (p Page) Stats() PageStats {
	var videos []Video
	if p.Video != nil {
		videos = append(videos, *p.Video)
	}
	return statsOf(videos, nil, nil)
}

// Kind returns the kind of the page, for coverage.
func (p Page) Kind() string {
	if p.kind == "" {
		return KindWatch
	}
	return p.kind
}

// ParseWatch reads a watch page in any of its layouts. Each field is taken from
// the best of its places: the player response, ytInitialData, the head and
// microdata, the visible page of 2020.
func ParseWatch(page []byte) Page {
	r := watchReader{page: Page{Language: htmlLanguage(page)}}
	r.readHTML(page)
	player, data := playerResponse(page), initialData(page)
	if player != nil {
		r.readPlayer(player)
	}
	if data != nil {
		r.readNext(data)
	}
	switch {
	case r.watch7:
		r.page.Layout = "watch7"
	case data != nil || player != nil:
		r.page.Layout = "polymer"
	}
	if config := readConfig(page); config.Region != "" {
		r.page.Region = config.Region
		if r.page.Language == "" {
			r.page.Language = config.Language
		}
	}
	if player == nil && data == nil && !r.watch7 && r.html.id == "" {
		r.page.Status = obstacle(page)
		return r.page
	}
	r.body = r.watch7 || r.primary
	return r.done()
}

// watchReader collects the data of the parts of a page.
type watchReader struct {
	page   Page
	player playerFacts
	next   nextFacts
	html   htmlFacts
	at     time.Time // when the page was fetched, zero if unknown

	watch7  bool // the visible page of 2020
	primary bool // ytInitialData has the video's primary information
	body    bool // the page has one of both, or is a player answer: it is not a stub
}

// playerFacts are the video's data in a player response; mf is its microformat.
type playerFacts struct {
	seen, details, microformat bool

	id, title, channel, channelID      string
	mfID, mfTitle, mfOwner, mfOwnerID  string
	description, mfDescription         string
	category, thumbnail                string
	seconds, mfSeconds, views, mfViews string
	likes                              string
	publishDate, uploadDate            string
	width, height                      string
	tags                               []string
	live, upcoming, liveNow, liveEnded bool
	liveContent, private, shorts       bool
	unsafe                             bool
	startsAt                           time.Time
	status, reason                     string
	sellsMembership, captcha           bool // what the error screen shows
	embeddable                         *bool
	language                           string // of the automatic captions
}

// readPlayer reads ytInitialPlayerResponse or the body of a player answer.
func (r *watchReader) readPlayer(data []byte) {
	p := &r.player
	p.seen = true
	c := &cursor{src: data}
	c.object(func(key []byte) {
		switch string(key) {
		case "playabilityStatus":
			p.readPlayability(c)
		case "videoDetails":
			p.details = true
			p.readDetails(c)
		case "captions":
			c.into(func() { p.readCaptions(c) }, "playerCaptionsTracklistRenderer", "captionTracks")
		case "microformat":
			c.into(func() {
				p.microformat = true
				p.readMicroformat(c)
			}, "playerMicroformatRenderer")
		}
	})
	r.page.Broken = r.page.Broken || c.bad
}

func (p *playerFacts) readPlayability(c *cursor) {
	c.object(func(key []byte) {
		switch name := string(key); name {
		case "status":
			p.status = c.string()
		case "playableInEmbed":
			b := c.bool()
			p.embeddable = &b
		case "errorScreen":
			start := c.pos
			c.skip()
			screen := c.src[min(start, len(c.src)):c.pos]
			p.sellsMembership = bytes.Contains(screen, []byte("YpcOffer")) || bytes.Contains(screen, []byte("sponsorships"))
			p.readErrorScreen(&cursor{src: screen})
		case "liveStreamability":
			c.into(func() { p.startsAt = unixTime(c.string()) }, "liveStreamabilityRenderer", "offlineSlate",
				"liveStreamOfflineSlateRenderer", "scheduledStartTime")
		default:
			if isReason(name) {
				p.addReasons(c)
			}
		}
	})
}

// readErrorScreen collects YouTube's reasons at any depth: for a plain "Video
// unavailable" only the subreason says why. It does not read names of channels
// and memberships, which anybody can choose: they have other keys.
func (p *playerFacts) readErrorScreen(c *cursor) {
	if c.peek() == '[' {
		c.array(func(int) { p.readErrorScreen(c) })
		return
	}
	c.object(func(key []byte) {
		name := string(key)
		if isReason(name) {
			p.addReasons(c)
			return
		}
		p.captcha = p.captcha || strings.Contains(name, "Captcha")
		p.readErrorScreen(c)
	})
}

// isReason reports whether a key holds YouTube's words on why a video does not
// play.
func isReason(key string) bool {
	switch key {
	case "title", "subtitle", "message", "messages", "dialogMessages", "bodyText":
		return true
	}
	return strings.HasSuffix(key, "eason") // reason, subreason
}

// addReasons adds a text, or a list of texts, to the page's reason.
func (p *playerFacts) addReasons(c *cursor) {
	if c.peek() == '[' {
		c.array(func(int) { p.addReasons(c) })
		return
	}
	text := strings.TrimSpace(c.text())
	switch {
	case text == "" || strings.Contains(p.reason, text) || len(p.reason) > maxText:
	case p.reason == "":
		p.reason = text
	default:
		p.reason = strings.TrimSuffix(p.reason, ".") + ". " + text
	}
}

// readCaptions finds the language of YouTube's automatic captions ("asr").
// Captions written by people may be translations.
func (p *playerFacts) readCaptions(c *cursor) {
	c.array(func(int) {
		var kind, language string
		c.object(func(key []byte) {
			switch string(key) {
			case "kind":
				kind = c.string()
			case "languageCode":
				language = c.string()
			}
		})
		if kind == "asr" && p.language == "" {
			p.language = language
		}
	})
}

func (p *playerFacts) readDetails(c *cursor) {
	c.object(func(key []byte) {
		switch string(key) {
		case "videoId":
			p.id = c.string()
		case "title":
			p.title = c.text()
		case "author":
			p.channel = c.string()
		case "channelId":
			p.channelID = c.string()
		case "lengthSeconds":
			p.seconds = c.string()
		case "viewCount":
			p.views = c.string()
		case "shortDescription":
			p.description = c.string()
		case "keywords":
			c.array(func(int) { p.tags = append(p.tags, c.string()) })
		case "thumbnail":
			p.thumbnail = readThumbnail(c)
		case "isLive":
			p.live = c.bool()
		case "isUpcoming":
			p.upcoming = c.bool()
		case "isLiveContent":
			p.liveContent = c.bool()
		case "isPrivate":
			p.private = c.bool()
		}
	})
}

func (p *playerFacts) readMicroformat(c *cursor) {
	c.object(func(key []byte) {
		switch string(key) {
		case "externalVideoId":
			p.mfID = c.string()
		case "title":
			p.mfTitle = c.text()
		case "description":
			p.mfDescription = c.text()
		case "ownerChannelName":
			p.mfOwner = c.string()
		case "externalChannelId":
			p.mfOwnerID = c.string()
		case "lengthSeconds":
			p.mfSeconds = c.string()
		case "viewCount":
			p.mfViews = c.string()
		case "likeCount":
			p.likes = c.string()
		case "category":
			p.category = c.string()
		case "publishDate":
			p.publishDate = c.string()
		case "uploadDate":
			p.uploadDate = c.string()
		case "isFamilySafe":
			p.unsafe = !c.bool()
		case "isShortsEligible":
			p.shorts = c.bool()
		case "thumbnail":
			if u := readThumbnail(c); p.thumbnail == "" {
				p.thumbnail = u
			}
		case "embed":
			c.object(func(key []byte) {
				switch string(key) {
				case "width":
					p.width = c.string()
				case "height":
					p.height = c.string()
				}
			})
		case "liveBroadcastDetails":
			p.readBroadcast(c)
		}
	})
}

func (p *playerFacts) readBroadcast(c *cursor) {
	c.object(func(key []byte) {
		switch string(key) {
		case "isLiveNow":
			p.liveNow = c.bool()
		case "startTimestamp":
			if d := parseDate(c.string()); d.Known() && p.startsAt.IsZero() {
				p.startsAt = d.Time
			}
		case "endTimestamp":
			p.liveEnded = c.string() != ""
		}
	})
}

// status is found by the player's status, by which objects are missing, and by
// marks in the translated text of the reason.
func (r *watchReader) status() Status {
	p := &r.player
	reason := plainNumber(p.reason)
	says := marksIn(reason)
	if p.status != "OK" && (p.captcha || says.has(markLater) && !p.sellsMembership) {
		return StatusBlocked // YouTube wants this address to wait
	}
	switch p.status {
	case "LOGIN_REQUIRED", "AGE_VERIFICATION_REQUIRED", "AGE_CHECK_REQUIRED", "CONTENT_CHECK_REQUIRED":
		switch {
		case says.has(markRobot):
			return StatusBlocked
		case p.status != "LOGIN_REQUIRED":
			return StatusAgeRestricted
		case p.private:
			return StatusPrivate
		case p.details && (p.unsafe || !p.microformat || says.has(markAdult)):
			return StatusAgeRestricted
		case p.details:
			return StatusPrivate
		case r.primary && says.has(markAdult):
			return StatusAgeRestricted
		case r.primary:
			return StatusBlocked
		}
		return StatusPrivate
	case "ERROR":
		return StatusRemoved
	case "LIVE_STREAM_OFFLINE":
		if p.liveEnded {
			return StatusUnplayable
		}
		return StatusUpcoming
	case "UNPLAYABLE":
		switch {
		case strings.Contains(reason, "premium"):
			return StatusUnplayable
		case p.sellsMembership || says.has(markMembers):
			return StatusMembersOnly
		}
		return StatusUnplayable
	}
	switch {
	case !r.body:
		return StatusStub
	case r.isUpcoming():
		return StatusUpcoming
	case r.isLive():
		return StatusLive
	}
	return StatusOK
}

func (r *watchReader) isUpcoming() bool {
	return r.player.upcoming || r.player.status == "LIVE_STREAM_OFFLINE" && !r.player.liveEnded || r.next.upcoming
}

func (r *watchReader) isLive() bool {
	return !r.isUpcoming() && (r.player.live || r.player.liveNow || r.next.live)
}
