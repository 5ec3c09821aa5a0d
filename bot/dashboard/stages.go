package dashboard

import (
	"context"
	"io"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

// Stages is the work behind the pages. *pipeline.Loop is one.
type Stages interface {
	// Songs returns all songs of a guild, shelf by shelf. What the member has voted on
	// is not up next.
	Songs(ctx context.Context, guildID, memberID string) ([]pipeline.Ranked, error)
	// Favourites is how many favourites the guild has told that it likes, and by the artists
	// of how many of them a song was found.
	Favourites(ctx context.Context, guildID string) (found, told int, err error)
	// Explain says what moved the score of a video of the catalogue.
	Explain(ctx context.Context, guildID, videoID string) (pipeline.Explanation, error)
	// Predict reads a video from YouTube now and explains its score; the
	// video does not become a candidate.
	Predict(ctx context.Context, guildID, videoID string) (pipeline.Explanation, error)
	// Taste is what the guild's model has learned, in words and channels.
	Taste(ctx context.Context, guildID string) (pipeline.Taste, error)
	// LabelNext returns at most n videos to ask about next, none of exclude and none
	// of a known song.
	LabelNext(ctx context.Context, guildID string, n int, exclude []string) ([]pipeline.Ranked, error)
	// Missing is how many votes more a guild needs at least, until a model can learn.
	Missing(ctx context.Context, guildID string) (int, error)
	// Scrape searches a guild's queries now; its parameters are as of Retrain.
	Scrape(ctx context.Context, guildID string, by catalog.Asker, slot string, progress pipeline.Progress) (catalog.Run, error)
	// Retrain trains a challenger and promotes it by the written rule. by
	// says who asked; slot is "" for a person. progress may be nil.
	Retrain(ctx context.Context, guildID string, by catalog.Asker, slot string, progress pipeline.Progress) (catalog.Run, error)
	// Tune searches for parameters and then does what Retrain does. trials is
	// the number of trials of the search; 0 means the usual number.
	Tune(ctx context.Context, guildID string, by catalog.Asker, trials int, progress pipeline.Progress) (catalog.Run, error)
	// Promote makes an earlier version the champion: a roll-back, or a
	// promotion against the rule.
	Promote(ctx context.Context, guildID string, version int) error
	// Upcoming is the next post: the picks that are held for it, or what would be picked
	// now. It has no effect.
	Upcoming(ctx context.Context, guildID string) (pipeline.Upcoming, error)
	// Swap, Keep and Veto change one of the next post's picks, if slotKey still is the next
	// post; else the error is pipeline.ErrNoSlot, ErrNoPick or ErrNoOther.
	Swap(ctx context.Context, guildID, slotKey, videoID string) error
	Keep(ctx context.Context, guildID, slotKey, videoID string, keep bool) error
	Veto(ctx context.Context, guildID, slotKey, videoID, by string) error
	// Unveto takes a song off the block list. back says that it is among the next post's
	// picks again.
	Unveto(ctx context.Context, guildID, videoID string) (back bool, err error)
	// PostNow writes the next post's picks into the outbox and uses the slot up.
	PostNow(ctx context.Context, guildID, slotKey string, by catalog.Asker) (catalog.Run, error)
	// Week sums up the last seven days.
	Week(ctx context.Context, guildID string) (pipeline.Week, error)
	// Busy is an error if a run of a kind is going already, or nil.
	Busy(ctx context.Context, kind catalog.RunKind, guildID string) error
	// Step is how far the run of a kind is; zero if none is going.
	Step(kind catalog.RunKind, guildID string) pipeline.Step
}

// LabelFiles reads and writes a guild's labels as CSV, with the columns of
// `cratedigger labels import|export`.
type LabelFiles interface {
	// Export writes the guild's labels; with unlabelled also its videos
	// without a label, with an empty y, for a spreadsheet.
	Export(ctx context.Context, w io.Writer, guildID string, unlabelled bool) error
	// Import imports all rows of a file of labels or none, or a file of likes, and says
	// in words what it holds; with preview it does only that. The error names the lines
	// that are wrong.
	Import(ctx context.Context, r io.Reader, guildID string, preview bool) (holds string, err error)
}

// Store is what the dashboard asks of the catalogue. [catalog.Store] is one.
type Store interface {
	Guild(ctx context.Context, id string) (catalog.Guild, bool, error)
	Guilds(context.Context) ([]catalog.Guild, error)
	UpdateGuild(ctx context.Context, id string, change func(*catalog.Guild) error) error
	Video(ctx context.Context, id string) (catalog.Video, bool, error)
	// Generation grows at each change of videos that the guild has found.
	Generation(ctx context.Context, guildID string) (uint64, error)
	// VideoCount is how many videos there are.
	VideoCount(context.Context) (int, error)
	Votes(ctx context.Context, guildID string) ([]catalog.Vote, error)
	// Posts returns a guild's posts since a time.
	Posts(ctx context.Context, guildID string, since time.Time) ([]catalog.Post, error)
	Preferences(ctx context.Context, guildID, memberID string) ([]catalog.Preference, error)
	// ReplacePreferences puts those of a batch, perhaps none, in the place of what it was.
	ReplacePreferences(ctx context.Context, guildID, memberID, batch string, all ...catalog.Preference) error
	RemovePreferences(ctx context.Context, guildID, memberID, batch string) (removed int, err error)
	Vote(ctx context.Context, changes ...catalog.VoteChange) ([]catalog.Vote, error)
	History(ctx context.Context, guildID string) (catalog.History, error)
	Runs(ctx context.Context, guildID string, limit int) ([]catalog.Run, error)
	// Models is a guild's models without their blobs.
	Models(ctx context.Context, guildID string) ([]catalog.Model, error)
}
