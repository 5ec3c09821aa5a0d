package pipeline

import (
	"context"
	"fmt"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

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
	history, err := l.history(guildID)
	if err != nil {
		return Explanation{}, err
	}
	model, err := l.loadChampion(guildID)
	if err != nil {
		return Explanation{}, err
	}
	x := Explanation{Ranked: Ranked{Video: video, Known: history.LabelledBy("")[videoID]}}
	if model != nil && model.Learned() { // otherwise the score is the rule's, not a probability
		x.ModelVersion = l.ranker(guildID).current()
	}
	if model == nil {
		now := l.now()
		score, reasons := taste.Rule(video, now)
		x.Score, x.Reasons = score, reasons
		for _, r := range reasons {
			x.Parts = append(x.Parts, Part{Kind: PartFact, Name: r.Words[0], Number: r.Number, Weight: r.Weight})
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
		x.Parts = append(x.Parts, Part{Kind: p.Kind, Name: p.Name, Number: p.Number, Weight: p.Weight, Minor: p.Minor()})
	}
	return x, nil
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
