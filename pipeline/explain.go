package pipeline

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// Explanation says what moved the score of one video.
type Explanation struct {
	Ranked
	Base  float64 // raw score (log-odds) that the parts add to
	Parts []Part  // largest |Weight| first; Base plus all weights is the raw score
}

// PartKind says what a part of a score stands for.
type PartKind = taste.PartKind

// The kinds of parts.
const (
	PartWord    = taste.PartWord
	PartChannel = taste.PartChannel
	PartFact    = taste.PartFact
	PartQuery   = taste.PartQuery
	PartLike    = taste.PartLike
	PartRest    = taste.PartRest
)

// Part is the contribution of one word, channel or fact to a score.
type Part struct {
	Kind   PartKind
	Name   string  // the word, the channel's name, the fact ("views a day")
	Value  string  // the fact's value, formatted for people ("1.2 million"); "" for a word
	Weight float64 // in log-odds, signed
	Minor  bool    // not a reason worth showing: how the title is written, a short word, the rest
}

// Predict reads a video from YouTube now and explains its score. The video is
// kept in the catalogue but does not become a candidate of the guild.
func (l *Loop) Predict(ctx context.Context, guildID, videoID string) (Explanation, error) {
	if _, err := l.readOne(ctx, catalog.Sighting{}, videoID); err != nil {
		return Explanation{}, err
	}
	return l.Explain(ctx, guildID, videoID)
}

// Seed reads a video from YouTube now and makes it a candidate of the guild,
// proposed by memberID.
func (l *Loop) Seed(ctx context.Context, guildID, videoID, memberID string) (catalog.Video, error) {
	if _, err := l.guild(guildID); err != nil {
		return catalog.Video{}, err
	}
	return l.readOne(ctx, catalog.Sighting{GuildID: guildID, SeededBy: memberID}, videoID)
}

// Explain says what moved the score of a video of the catalogue.
func (l *Loop) Explain(ctx context.Context, guildID, videoID string) (Explanation, error) {
	if _, err := l.guild(guildID); err != nil {
		return Explanation{}, err
	}
	video, ok, err := l.store.Video(videoID)
	if err != nil {
		return Explanation{}, fmt.Errorf("video %s could not be read from the catalogue: %w", videoID, err)
	}
	if !ok {
		return Explanation{}, fmt.Errorf("video %s is not in the catalogue: paste its link into /predict", videoID)
	}
	model, err := l.loadChampion(guildID)
	if err != nil {
		return Explanation{}, err
	}
	x := Explanation{Ranked: Ranked{Video: video}}
	if model != nil && model.Learned() { // otherwise the score is the rule's, not a probability
		x.ModelVersion = l.ranker(guildID).current()
	}
	if model == nil {
		now := l.now()
		score, reasons := taste.Rule(video, now)
		x.Score, x.Reasons = score, reasons
		for _, r := range reasons {
			x.Parts = append(x.Parts, Part{Kind: PartFact, Name: r.Words[0], Value: value(r.Words[0], r.Number), Weight: r.Weight})
		}
		return x, nil
	}
	why, err := model.Explain(video, l.now())
	if err != nil {
		return Explanation{}, fmt.Errorf("the score of video %s could not be explained: %w", videoID, err)
	}
	x.Score, x.Variance, x.Base, x.Reasons = why.Probability, spread(why.Score), why.Base, why.Reasons
	x.raw, x.rawVariance = why.Raw, why.Score.Variance
	for _, p := range why.Parts {
		x.Parts = append(x.Parts, Part{Kind: p.Kind, Name: p.Name, Value: value(p.Name, p.Number), Weight: p.Weight, Minor: p.Minor()})
	}
	return x, nil
}

// value formats a fact's number for people.
func value(name string, n float64) string {
	switch {
	case n == 0:
		return ""
	case name == "age":
		return fmt.Sprintf("%.0f d", math.Max(1, n))
	case name == "duration":
		return (time.Duration(n+0.5) * time.Second).String()
	case strings.HasSuffix(name, "ratio") || strings.Contains(name, "share"):
		return fmt.Sprintf("%.1f %%", 100*n)
	case n >= 1e6:
		return fmt.Sprintf("%.1f million", n/1e6)
	case n >= 1e4:
		return fmt.Sprintf("%.0f,000", n/1e3)
	case n >= 10:
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.2g", n)
}

// VideoError says why a video cannot be read or shown.
type VideoError struct {
	ID     string
	Status youtube.Status
}

func (e *VideoError) Error() string {
	return fmt.Sprintf("video %s cannot be used: YouTube says it is %s", e.ID, e.Status)
}

// readOne reads one video's page into the catalogue. sighting names the guild
// and the member it is read for.
func (l *Loop) readOne(ctx context.Context, sighting catalog.Sighting, videoID string) (catalog.Video, error) {
	var got *youtube.Page
	err := l.source.Read(ctx, []string{videoID}, func(page youtube.Page) error {
		got = &page
		return l.keepPage(ctx, page, sighting)
	})
	if err != nil {
		return catalog.Video{}, fmt.Errorf("video %s could not be read: %w", videoID, err)
	}
	if got == nil || got.Video == nil || !playable(got.Status) {
		e := &VideoError{ID: videoID}
		if got != nil {
			e.Status = got.Status
		}
		return catalog.Video{}, e
	}
	video, ok, err := l.store.Video(videoID)
	if err != nil {
		return catalog.Video{}, fmt.Errorf("video %s could not be read from the catalogue: %w", videoID, err)
	}
	if !ok {
		return catalog.Video{}, fmt.Errorf("video %s was read but the catalogue does not hold it", videoID)
	}
	return video, nil
}

// playable reports whether members can watch a video of this status.
func playable(s youtube.Status) bool {
	return s == youtube.StatusOK || s == youtube.StatusLive
}
