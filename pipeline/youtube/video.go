package youtube

import "time"

// Video is the data of one video on one page. A nil pointer or an empty string
// means that the page lacks the value; a reader never invents one. Only Title
// may really be empty, on a video that has an ID.
type Video struct {
	ID        string // YouTube's 11 characters
	Title     string
	Channel   string // display name; "A and B" for collaborations
	ChannelID string // "UC" and 22 characters; the first collaborator's

	Subscribers     *int64 // of the channel, often truncated by YouTube
	Views           *int64
	Viewers         *int64 // watching (or waiting) now; live and upcoming only
	Likes           *int64
	Dislikes        *int64
	DurationSeconds *int64
	Width, Height   *int64 // pixels of the embed box

	Published     Date
	PublishedText string    // as shown, "3 years ago"
	StartsAt      time.Time // UTC, scheduled start of an upcoming video; zero if unknown

	Live, Upcoming, Short bool

	Tags         []string
	Category     string
	Description  string
	ThumbnailURL string
	Music        []Credit // what YouTube recognised in the sound, in page order

	ViewsApproximate bool  // Views was read from a compact, truncated text
	Embeddable       *bool // whether other sites may embed the player
	ArtistChannel    bool  // the channel carries the official artist badge

	Language string // spoken or sung, BCP 47: as set by the uploader, or detected by YouTube's captions
}

// Date is a time with a precision. The zero Date is unknown.
type Date struct {
	Time      time.Time     // UTC
	Precision time.Duration // 0: exact; 24 h: to the day; longer: read from "3 years ago"
}

// Known reports whether the date is known.
func (d Date) Known() bool { return !d.Time.IsZero() }

// Query is one search that a guild has chosen, or one channel that it follows.
type Query struct {
	Text    string // what a person would type; "" when ChannelID is set
	Channel string // "UC…": read this channel's feed instead of searching
	Upload  string // "", "today", "week", "month", "year"
	Length  string // "short" (under 3 min), "medium" (3 to 20 min), "long", "any"; "" means medium: neither Shorts nor hour-long mixes
	Pages   int    // result pages to read; 0 means 1
}

// Status is the state of a video or a page.
type Status string

// The statuses of a page.
const (
	StatusOK            Status = "ok"
	StatusEmpty         Status = "empty"
	StatusLive          Status = "live"
	StatusUpcoming      Status = "upcoming"
	StatusPrivate       Status = "private"
	StatusRemoved       Status = "removed"
	StatusAgeRestricted Status = "age_restricted"
	StatusMembersOnly   Status = "members_only"
	StatusUnplayable    Status = "unplayable"
	StatusConsent       Status = "consent"
	StatusBlocked       Status = "blocked"
	StatusStub          Status = "stub"
)
