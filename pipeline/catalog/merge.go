package catalog

import (
	"reflect"
	"slices"
	"time"

	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// sameVisit is how long after a watch page a result row only fills gaps.
const sameVisit = 12 * time.Hour

// AddQuery adds a query to a sorted set of at most maxQueries.
func AddQuery(set []string, word string) []string {
	i, found := slices.BinarySearch(set, word)
	if word == "" || found || len(set) >= maxQueries {
		return set
	}
	return slices.Insert(slices.Clone(set), i, word)
}

// Merge updates a video by a sighting, and reads its song again if its words changed.
func (v *Video) Merge(s Sighting) {
	before := Upload(v.Video)
	if v.merge(s); !reflect.DeepEqual(before, Upload(v.Video)) || v.Song.Rules == 0 {
		v.Song = song.Read(Upload(v.Video), nil)
	}
}

func (v *Video) merge(s Sighting) {
	n := &s.Video
	// A row from about the same time as the watch page, or earlier, only fills
	// gaps.
	older := s.At.Before(v.LastSeen) && !s.Detailed
	fills := older || !s.Detailed && !v.DetailedAt.IsZero() && s.At.Sub(v.DetailedAt) < sameVisit
	// A later row replaces the watch page's counts, but not its texts.
	words := !fills && (s.Detailed || v.DetailedAt.IsZero())

	text := func(old *string, new string, wins bool) {
		if new != "" && (wins || *old == "") {
			*old = new
		}
	}
	text(&v.Title, n.Title, words)
	text(&v.Channel, n.Channel, words)
	text(&v.ChannelID, n.ChannelID, words)
	text(&v.Description, n.Description, words)
	text(&v.Category, n.Category, words)
	text(&v.Language, n.Language, words)
	text(&v.ThumbnailURL, n.ThumbnailURL, words)
	text(&v.PublishedText, n.PublishedText, words)
	if len(n.Tags) > 0 && (words || len(v.Tags) == 0) {
		v.Tags = n.Tags
	}
	if len(n.Music) > 0 && (words || len(v.Music) == 0) {
		v.Music = n.Music
	}

	count := func(old **int64, new *int64, wins bool) {
		if new != nil && (wins || *old == nil) {
			*old = new
		}
	}
	// A truncated count replaces an exact one only if it is larger.
	views := !fills && (!n.ViewsApproximate || v.ViewsApproximate || n.Views != nil && v.Views != nil && *n.Views > *v.Views)
	if n.Views != nil && (views || v.Views == nil) {
		v.Views, v.ViewsApproximate = n.Views, n.ViewsApproximate
	}
	count(&v.Viewers, n.Viewers, !fills)
	count(&v.Likes, n.Likes, !fills)
	count(&v.Dislikes, n.Dislikes, !fills)
	count(&v.Subscribers, n.Subscribers, !fills)
	count(&v.DurationSeconds, n.DurationSeconds, words)
	count(&v.Width, n.Width, words)
	count(&v.Height, n.Height, words)

	if n.Published.Known() && (!v.Published.Known() || n.Published.Precision < v.Published.Precision ||
		words && n.Published.Precision == v.Published.Precision) {
		v.Published = n.Published
	}
	if !n.StartsAt.IsZero() && (!fills || v.StartsAt.IsZero()) {
		v.StartsAt = n.StartsAt
	}
	if n.Embeddable != nil && (words || v.Embeddable == nil) {
		v.Embeddable = n.Embeddable
	}
	readable := s.Status == "" || s.Status == youtube.StatusOK || s.Status == youtube.StatusLive || s.Status == youtube.StatusUpcoming
	if !fills && readable {
		v.Live, v.Upcoming = n.Live, n.Upcoming
	}
	v.Short = v.Short || n.Short
	v.ArtistChannel = v.ArtistChannel || n.ArtistChannel

	if s.Detailed && !s.At.Before(v.DetailedAt) {
		v.DetailedAt = s.At
		v.Status = s.Status
	}
	if v.FirstSeen.IsZero() || s.At.Before(v.FirstSeen) {
		v.FirstSeen = s.At
	}
	if s.At.After(v.LastSeen) {
		v.LastSeen = s.At
	}
	v.Queries = AddQuery(v.Queries, s.Query)
	v.Observations = addObservation(v.Observations, Observation{
		At: s.At, Views: n.Views, Likes: n.Likes, Dislikes: n.Dislikes, Subscribers: n.Subscribers, Detailed: s.Detailed,
	})
}
