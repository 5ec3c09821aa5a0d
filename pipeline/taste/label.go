package taste

import "time"

// Label is what training sees of one video in one guild.
type Label struct {
	VideoID string
	Share   float64 // of likes, smoothed, 0 to 1
	Weight  float64 // > 0; 1 is one plain vote of today
	Voters  int     // distinct members behind it; 0 for a weak negative and for what was told
	Weak    bool    // nobody voted on it while another pick of its slot was voted on
	Told    bool    // nobody voted on it, and somebody told of it apart from posts

	// KnownAt is when the video was posted. Its features are read as they were
	// known then; zero means as in the newest observation.
	KnownAt time.Time
	// VotedAt is the time of the newest vote, by which labels are ordered;
	// zero: unknown.
	VotedAt time.Time
}
