package dashboard

import (
	"context"
	"io"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

// Ranker answers what a guild's champion (or the rule, before there is one)
// thinks of videos. pipeline.Loop is one.
type Ranker interface {
	// Rank returns the guild's candidates that a member has not voted on, best
	// first: the first n of them, or all with n <= 0.
	Rank(ctx context.Context, guildID, memberID string, n int) ([]pipeline.Ranked, error)
	// Explain says what moved the score of a video of the catalogue.
	Explain(ctx context.Context, guildID, videoID string) (pipeline.Explanation, error)
	// Predict reads a video from YouTube now and explains its score; the
	// video does not become a candidate.
	Predict(ctx context.Context, guildID, videoID string) (pipeline.Explanation, error)
}

// Trainer changes which model serves a guild. pipeline.Loop is one.
type Trainer interface {
	// Retrain trains a challenger and promotes it by the written rule. by
	// says who asked; slot is "" for a person. progress may be nil.
	Retrain(ctx context.Context, guildID string, by catalog.Asker, slot string, progress pipeline.Progress) (catalog.Run, error)
	// Tune is Retrain after a search for parameters of so many trials; 0 is
	// as many as are usual.
	Tune(ctx context.Context, guildID string, by catalog.Asker, trials int, progress pipeline.Progress) (catalog.Run, error)
	// Promote makes an earlier version the champion: a roll-back, or a
	// promotion against the rule.
	Promote(ctx context.Context, guildID string, version int) error
}

// Labeller chooses the videos from whose labels most is learnt.
// pipeline.Loop is one.
type Labeller interface {
	// LabelNext returns at most n videos that are uncertain and unlike each
	// other, none of exclude and none that has a label.
	LabelNext(ctx context.Context, guildID string, n int, exclude []string) ([]pipeline.Ranked, error)
}

// LabelFiles reads and writes a guild's labels as CSV, with the columns of
// `cratedigger labels import|export`.
type LabelFiles interface {
	// Export writes the guild's labels; with unlabelled also its videos
	// without a label, with an empty y, for a spreadsheet.
	Export(ctx context.Context, w io.Writer, guildID string, unlabelled bool) error
	// Import reads a file whole or not at all. The error names the lines
	// that are refused.
	Import(ctx context.Context, r io.Reader, guildID string) (imported int, err error)
}
