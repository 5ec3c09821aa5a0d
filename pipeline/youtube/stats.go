package youtube

// The kinds of pages, for coverage.
const (
	KindResults = "results" // GET /results
	KindSearch  = "search"  // a search answer of InnerTube
	KindWatch   = "watch"
	KindAPI     = "api"
	KindFeed    = "feed"
)

// PageStats counts, for the pages of one kind, how many videos had each field.
type PageStats struct {
	Pages   int
	Videos  int
	Fields  map[string]int
	Skipped map[string]int // known item kinds that hold no video
	Unknown map[string]int // unknown item kinds
}

// Add adds other's counts.
func (s *PageStats) Add(other PageStats) {
	s.Pages += other.Pages
	s.Videos += other.Videos
	s.Fields = addCounts(s.Fields, other.Fields)
	s.Skipped = addCounts(s.Skipped, other.Skipped)
	s.Unknown = addCounts(s.Unknown, other.Unknown)
}

func addCounts(to, from map[string]int) map[string]int {
	if to == nil && len(from) > 0 {
		to = make(map[string]int, len(from))
	}
	for k, n := range from {
		to[k] += n
	}
	return to
}

// statsOf counts the fields of one page's videos.
func statsOf(videos []Video, skipped, unknown map[string]int) PageStats {
	s := PageStats{Pages: 1, Fields: map[string]int{}}
	s.Skipped, s.Unknown = addCounts(nil, skipped), addCounts(nil, unknown)
	for i := range videos {
		s.count(&videos[i])
	}
	return s
}

func (s *PageStats) count(v *Video) {
	s.Videos++
	has := func(field string, there bool) {
		if there {
			s.Fields[field]++
		}
	}
	has("title", v.Title != "")
	has("channel", v.Channel != "")
	has("channel_id", v.ChannelID != "")
	has("subscribers", v.Subscribers != nil)
	has("views", v.Views != nil || v.Viewers != nil)
	has("likes", v.Likes != nil)
	has("duration_seconds", v.DurationSeconds != nil || v.Live || v.Upcoming)
	has("published", v.Published.Known() || v.PublishedText != "" || v.Live || v.Upcoming)
	has("tags", len(v.Tags) > 0)
	has("category", v.Category != "")
	has("description", v.Description != "")
	has("thumbnail_url", v.ThumbnailURL != "")
}
