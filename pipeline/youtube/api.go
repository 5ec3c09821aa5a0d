package youtube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// API reads YouTube through its official Data API v3 with the owner's key.
//
// It needs only two calls: search.list, which a key may call 100 times a day, and
// videos.list, which reads 50 videos for one of 10,000 daily units. They are made
// with net/http: for two GET requests the official client adds 13 MB to the
// program (22 MB instead of 9 MB, measured with v0.311.0) and some 240 packages,
// among them gRPC and OpenTelemetry.
//
// The API's policy demands that its data is refreshed or dropped within
// [APIMaxAge].
type API struct {
	fetch *fetcher
	feed  *Feed
}

const (
	// APIMaxAge is the age at which data of the API must be refreshed or dropped.
	APIMaxAge = 30 * 24 * time.Hour

	// APISearchesPerDay and APIUnitsPerDay are the quota of a key; it is reset at
	// midnight in California.
	APISearchesPerDay = 100
	APIUnitsPerDay    = 10_000

	apiBatch = 50 // ids in a call, and results on a page
)

// NewAPI returns a reader of the Data API.
func NewAPI(o Options) (*API, error) {
	if o.APIKey == "" {
		return nil, errors.New("the Data API needs a key: set youtube.api_key")
	}
	p, err := o.prepare()
	if err != nil {
		return nil, err
	}
	f := newFetcher(p)
	return &API{fetch: f, feed: &Feed{fetch: f}}, nil
}

// APICounters returns the names of the day's counters of searches and units.
func APICounters(now time.Time) (searches, units string) {
	today := now.In(california()).Format(time.DateOnly)
	return "youtube/api-searches/" + today, "youtube/api-units/" + today
}

// APIReset is when the quota is full again: the next midnight in California.
func APIReset(now time.Time) time.Time {
	there := now.In(california())
	return time.Date(there.Year(), there.Month(), there.Day()+1, 0, 0, 0, 0, there.Location())
}

func california() *time.Location {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		return time.FixedZone("PST", -8*3600) // no zones on this system
	}
	return zone
}

// spend counts a call against the quota before it is made.
func (a *API) spend(ctx context.Context, search bool) func() error {
	return func() error {
		a.fetch.quota.Lock()
		defer a.fetch.quota.Unlock()
		searches, units := APICounters(a.fetch.Now())
		name, most := units, uint64(APIUnitsPerDay)
		if search {
			name, most = searches, APISearchesPerDay
		}
		used, err := a.fetch.Counters.Counter(ctx, name)
		if err != nil {
			return fmt.Errorf("the count of today's API calls could not be read: %w", err)
		}
		if used >= most {
			return fmt.Errorf("%w (%d calls of the Data API since midnight in California)", ErrQuota, used)
		}
		if _, err = a.fetch.Counters.AddCounter(ctx, name, 1); err != nil {
			return fmt.Errorf("the count of today's API calls could not be kept: %w", err)
		}
		return nil
	}
}

// call makes one call and decodes its answer.
func (a *API) call(ctx context.Context, method string, parameters url.Values, search bool, into any) error {
	u := a.fetch.apiBase.JoinPath("/youtube/v3/", method)
	u.RawQuery = parameters.Encode()
	r := request{
		kind: KindAPI, url: u.String(), secret: "key=" + url.QueryEscape(a.fetch.APIKey), spend: a.spend(ctx, search),
	}
	return a.fetch.fetch(ctx, r, func(answer answer) error {
		if err := json.Unmarshal(answer.body, into); err != nil {
			return &DriftError{Kind: KindAPI, What: "the answer is not the JSON of " + method, Raw: a.fetch.keepRaw(KindAPI, answer.body)}
		}
		return nil
	})
}

// Search makes one search.list call a page and then reads the videos found, as
// search answers lack lengths and views. A channel's query reads its feed.
func (a *API) Search(ctx context.Context, q Query) (Results, error) {
	all := Results{Query: q, Layout: "api", Status: StatusEmpty}
	if err := q.Validate(); err != nil {
		return all, err
	}
	if q.Channel != "" {
		return a.feed.Search(ctx, q)
	}
	parameters := url.Values{
		"part": {"id"}, "type": {"video"}, "q": {q.Text}, "maxResults": {strconv.Itoa(apiBatch)},
		"regionCode": {askRegion}, "relevanceLanguage": {askLanguage},
	}
	if age, ok := uploadAges[q.Upload]; ok {
		// From midnight, so that the same search hits the cache all day.
		after := a.fetch.Now().UTC().Truncate(day).Add(-age)
		parameters.Set("publishedAfter", after.Format(time.RFC3339))
	}
	if q.Length == "long" || q.Length == "short" {
		parameters.Set("videoDuration", q.Length) // a wider "short" than ours; see fits
	}
	for page := range q.pages() {
		var list struct {
			NextPageToken string
			Items         []struct {
				ID struct{ VideoID string }
			}
		}
		if err := a.call(ctx, "search", parameters, true, &list); err != nil {
			return all, err
		}
		var ids []string
		for _, item := range list.Items {
			if validID(item.ID.VideoID) {
				ids = append(ids, item.ID.VideoID)
			}
		}
		if err := a.join(ctx, &all, ids); err != nil {
			return all, err
		}
		all.NoResults = page == 0 && len(list.Items) == 0
		if list.NextPageToken == "" {
			break
		}
		parameters.Set("pageToken", list.NextPageToken)
	}
	return all, nil
}

var uploadAges = map[string]time.Duration{"today": day, "week": 7 * day, "month": 31 * day, "year": 366 * day}

// join reads the videos of one page and adds those that fit the query.
func (a *API) join(ctx context.Context, all *Results, ids []string) error {
	page := Results{Layout: "api", Pages: 1, Skipped: map[string]int{}}
	err := a.Read(ctx, ids, func(p Page) error {
		switch {
		case p.Video == nil:
			page.Skipped[string(p.Status)]++
		case !all.Query.fits(p.Video):
			page.Skipped["length"]++
		default:
			page.Videos = append(page.Videos, *p.Video)
		}
		return nil
	})
	page.Coverage = map[string]PageStats{KindAPI: statsOf(page.Videos, page.Skipped, nil)}
	all.join(page)
	return err
}

// fits applies the length filter of the web pages, whose limits differ from the
// API's.
func (q Query) fits(v *Video) bool {
	if v.DurationSeconds == nil {
		return q.Length == "any"
	}
	switch s := *v.DurationSeconds; q.Length {
	case "any":
		return true
	case "short":
		return s < 180
	case "long":
		return s > 1200
	default:
		return s >= 180 && s <= 1200
	}
}

// Read makes one videos.list call for every 50 ids. A video missing from the
// answer is removed or private: the API does not say which.
func (a *API) Read(ctx context.Context, ids []string, each func(Page) error) error {
	for len(ids) > 0 {
		batch := ids[:min(apiBatch, len(ids))]
		ids = ids[len(batch):]
		for _, id := range batch {
			if !validID(id) {
				return fmt.Errorf("%q is not the id of a video", id)
			}
		}
		var list struct{ Items []apiVideo }
		parameters := url.Values{
			"part": {"snippet,contentDetails,statistics,status,liveStreamingDetails"}, "id": {strings.Join(batch, ",")},
		}
		if err := a.call(ctx, "videos", parameters, false, &list); err != nil {
			return err
		}
		found := make(map[string]*apiVideo, len(list.Items))
		for i := range list.Items {
			found[list.Items[i].ID] = &list.Items[i]
		}
		for _, id := range batch {
			page := Page{ID: id, Status: StatusRemoved, Layout: "api", kind: KindAPI}
			if item := found[id]; item != nil {
				item.fill(&page)
			}
			if err := each(page); err != nil {
				return err
			}
		}
	}
	return nil
}

// apiVideo is a video resource of the Data API.
type apiVideo struct {
	ID      string
	Snippet struct {
		PublishedAt, ChannelID, Title, Description, ChannelTitle string
		CategoryID, LiveBroadcastContent, DefaultAudioLanguage   string
		Tags                                                     []string
		Thumbnails                                               map[string]struct{ URL string }
	}
	ContentDetails struct {
		Duration      string
		ContentRating struct{ YtRating string }
	}
	Statistics struct{ ViewCount, LikeCount string }
	Status     struct {
		PrivacyStatus string
		Embeddable    *bool
	}
	LiveStreamingDetails struct{ ScheduledStartTime, ConcurrentViewers string }
}

// fill turns the resource into the page's video.
func (item *apiVideo) fill(page *Page) {
	s := &item.Snippet
	v := &Video{
		ID: item.ID, Title: s.Title, Channel: s.ChannelTitle, Description: s.Description, Tags: s.Tags,
		Category: categories[s.CategoryID], Published: parseDate(s.PublishedAt), Embeddable: item.Status.Embeddable,
		Language: s.DefaultAudioLanguage,
		Live:     s.LiveBroadcastContent == "live", Upcoming: s.LiveBroadcastContent == "upcoming",
		Likes: natural(item.Statistics.LikeCount),
	}
	if ValidChannelID(s.ChannelID) {
		v.ChannelID = s.ChannelID
	}
	for _, size := range []string{"maxres", "standard", "high", "medium", "default"} {
		if t, ok := s.Thumbnails[size]; ok {
			v.ThumbnailURL = webAddress(t.URL)
			break
		}
	}
	if n, ok := parseISOLength(item.ContentDetails.Duration); ok && n > 0 {
		v.DurationSeconds = &n
	}
	page.Status, page.Video = StatusOK, v
	switch {
	case v.Live:
		page.Status, v.Viewers = StatusLive, natural(item.LiveStreamingDetails.ConcurrentViewers)
	case v.Upcoming:
		page.Status, v.StartsAt = StatusUpcoming, parseDate(item.LiveStreamingDetails.ScheduledStartTime).Time
	default:
		v.Views = natural(item.Statistics.ViewCount)
		if item.ContentDetails.ContentRating.YtRating == "ytAgeRestricted" {
			page.Status = StatusAgeRestricted
		}
	}
}

// categories are the names that YouTube's pages give to category ids.
var categories = map[string]string{
	"1": "Film & Animation", "2": "Autos & Vehicles", "10": "Music", "15": "Pets & Animals", "17": "Sports", "19": "Travel & Events",
	"20": "Gaming", "22": "People & Blogs", "23": "Comedy", "24": "Entertainment", "25": "News & Politics", "26": "Howto & Style",
	"27": "Education", "28": "Science & Technology", "29": "Nonprofits & Activism",
}

// apiFailure reads the error in an answer of a Google API.
func apiFailure(body []byte) (message string, quota bool) {
	var failure struct {
		Error struct {
			Message string
			Errors  []struct{ Reason string }
		}
	}
	if json.Unmarshal(body, &failure) != nil {
		return "", false
	}
	for _, e := range failure.Error.Errors {
		switch e.Reason {
		case "quotaExceeded", "dailyLimitExceeded", "rateLimitExceeded", "userRateLimitExceeded":
			quota = true
		}
	}
	return withoutTags(failure.Error.Message), quota
}

// withoutTags is the text of a message that may be HTML.
func withoutTags(message string) string {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(message))
	if err != nil {
		return message
	}
	return doc.Text()
}
