package youtube

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// done merges the parts of the page into one video.
func (r *watchReader) done() Page {
	p, n, h := &r.player, &r.next, &r.html
	page := &r.page
	page.Reason = p.reason
	page.Status = r.status()
	id := firstOf(p.id, p.mfID)
	if id == "" && (r.primary || r.watch7 || !p.seen) {
		id = firstOf(n.id, h.id)
	}
	page.ID = firstOf(id, n.id, h.id)
	page.Neighbours = slices.DeleteFunc(n.neighbours, func(other Neighbour) bool { return other.ID == page.ID })
	if !validID(id) {
		return *page
	}
	v := &Video{
		ID: id, Title: firstOf(p.title, p.mfTitle, n.title, h.eowTitle, h.name, h.title),
		Category: firstOf(p.category, h.genre), Description: firstOf(p.description, n.description, p.mfDescription, strings.TrimSpace(h.description)),
		ThumbnailURL: firstOf(p.thumbnail, h.thumbnail), Tags: p.tags,
		Live: r.isLive(), Upcoming: r.isUpcoming(), ArtistChannel: n.artist, Embeddable: p.embeddable, Language: p.language, Music: n.music,
	}
	if len(v.Tags) == 0 {
		v.Tags = h.tags
	}
	r.setChannel(v)
	r.setCounts(v)
	r.setTimes(v)
	v.Width, v.Height = positive(firstOf(p.width, h.ogWidth, h.width)), positive(firstOf(p.height, h.ogHeight, h.height))
	v.Short = p.shorts || h.shorts || r.portrait(v)
	if !p.details && !r.body && v.Title == "" {
		return *page // only an id: the page is not about a video
	}
	page.Video = v
	return *page
}

func (r *watchReader) setChannel(v *Video) {
	p, n, h := &r.player, &r.next, &r.html
	v.Channel = firstOf(n.ownerTitle, p.channel, p.mfOwner, n.owner.name, strings.TrimSpace(h.channel), h.author)
	for _, id := range []string{p.channelID, p.mfOwnerID, n.owner.id, h.channelID, channelOfPath(h.channelHref)} {
		if ValidChannelID(id) {
			v.ChannelID = id
			break
		}
	}
	v.Subscribers = count(firstOf(n.subscribers, strings.TrimSpace(h.subscribers)))
}

func channelOfPath(href string) string {
	_, id, _ := strings.Cut(href, "/channel/")
	id, _, _ = strings.Cut(id, "?")
	return id
}

// setCounts sets views or viewers, likes and dislikes. The visible view count is
// preferred, as the metadata lag behind it.
func (r *watchReader) setCounts(v *Video) {
	p, n, h := &r.player, &r.next, &r.html
	text := plainNumber(firstOf(n.views, strings.TrimSpace(h.viewText)))
	m := marksIn(text)
	visible, _, counts := parseCount(text, m)
	switch {
	case v.Live || v.Upcoming:
		if counts {
			v.Viewers = &visible
		}
	case counts && !m.countsPeople():
		v.Views = &visible
	default:
		for _, digits := range []string{p.views, p.mfViews, h.views} {
			if v.Views = natural(digits); v.Views != nil {
				break
			}
		}
	}
	v.Likes = natural(p.likes)
	if v.Likes == nil {
		v.Likes = natural(n.likesPlain)
	}
	if v.Likes == nil {
		v.Likes = count(n.likes)
	}
	v.Dislikes = count(n.dislikes)
	if r.watch7 {
		// Read the number, not the label, which says 0 even with ratings
		// disabled.
		v.Likes, v.Dislikes = count(h.like), count(h.dislike)
	}
	if likes, dislikes, ok := strings.Cut(n.sentiment, " / "); ok && v.Likes != nil && v.Dislikes == nil {
		if l := count(likes); l != nil && *l == *v.Likes {
			v.Dislikes = count(dislikes)
		}
	}
}

// setTimes sets length, publication and scheduled start.
func (r *watchReader) setTimes(v *Video) {
	p, n, h := &r.player, &r.next, &r.html
	if !v.Live && !v.Upcoming {
		v.DurationSeconds = positive(p.mfSeconds)
		if v.DurationSeconds == nil {
			if s, ok := parseISOLength(h.seconds); ok && s > 0 {
				v.DurationSeconds = &s
			}
		}
		if s := positive(p.seconds); v.DurationSeconds == nil && s != nil && (*s > 1 || !p.liveContent) {
			v.DurationSeconds = s
		}
	}
	v.PublishedText = strings.TrimSpace(firstOf(n.date, h.timeText))
	for _, text := range []string{p.publishDate, h.published, p.uploadDate, v.PublishedText} {
		if v.Upcoming && text == v.PublishedText {
			continue // "Scheduled for …" is not a date of publication
		}
		if d := parseDate(text); d.Known() {
			v.Published = d
			break
		}
	}
	if v.Upcoming {
		if v.StartsAt = p.startsAt; v.StartsAt.IsZero() {
			v.StartsAt = n.startsAt
		}
	}
}

// portrait reports whether a video is a Short by its upright format and length,
// for pages that do not say so.
func (r *watchReader) portrait(v *Video) bool {
	const shortest = 180
	return v.Width != nil && v.Height != nil && *v.Height > *v.Width &&
		v.DurationSeconds != nil && *v.DurationSeconds <= shortest &&
		v.Published.Time.After(time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)) && !r.watch7
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// natural parses plain digits; nil if text is not a number.
func natural(digits string) *int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 {
		return nil
	}
	return &n
}

// positive parses plain digits above zero and below maxSeconds.
func positive(digits string) *int64 {
	n := natural(digits)
	if n == nil || *n == 0 || *n >= maxSeconds {
		return nil
	}
	return n
}
