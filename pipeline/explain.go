package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/youtube"
)

// Predict reads a video from YouTube now and explains its score. The video is
// kept in the catalogue but does not become a candidate of the guild.
func (l *Loop) Predict(ctx context.Context, guildID, videoID string) (Explanation, error) {
	if _, _, err := l.readOne(ctx, videoID); err != nil {
		return Explanation{}, err
	}
	return l.Explain(ctx, guildID, videoID)
}

// Seed reads a video from YouTube now and makes it a candidate of the guild,
// proposed by memberID. A video that would never be picked is refused (*RefusedError).
// credit is the member who proposed the video first, perhaps not memberID.
func (l *Loop) Seed(ctx context.Context, guildID, videoID, memberID string) (video catalog.Video, credit string, err error) {
	guild, err := l.guild(ctx, guildID)
	if err != nil {
		return catalog.Video{}, "", err
	}
	video, page, err := l.readOne(ctx, videoID)
	if err != nil {
		return catalog.Video{}, "", err
	}
	switch refused, why, err := l.refuses(ctx, guild, video); {
	case err != nil:
		return catalog.Video{}, "", err
	case refused:
		return video, "", &RefusedError{ID: videoID, Why: why}
	}
	if err := l.keepPage(ctx, page, catalog.Sighting{GuildID: guildID, SeededBy: memberID}); err != nil {
		return catalog.Video{}, "", err
	}
	finds, err := l.store.Finds(ctx, guildID)
	if err != nil {
		return catalog.Video{}, "", fmt.Errorf("who proposed what could not be read: %w", err)
	}
	for _, f := range finds {
		if f.VideoID == videoID {
			credit = f.SeededBy
		}
	}
	return video, credit, nil
}

// Teach reads a video from YouTube now, so that a member's like of it can be learned
// from. The video does not become a candidate. One that is blocked in the guild, or is
// no song where only music is posted, is refused (*RefusedError).
func (l *Loop) Teach(ctx context.Context, guildID, videoID string) (catalog.Video, error) {
	guild, err := l.guild(ctx, guildID)
	if err != nil {
		return catalog.Video{}, err
	}
	video, _, err := l.readOne(ctx, videoID)
	if err != nil {
		return catalog.Video{}, err
	}
	book, err := l.book(ctx, guildID)
	if err != nil {
		return catalog.Video{}, err
	}
	guild.MinSeconds, guild.MaxSeconds, guild.Languages = 0, 0, nil // of posts, not of taste
	if ok, why := pick.NewFloor(guild, &book.directory).Allows(video); !ok {
		return video, &RefusedError{ID: videoID, Why: why}
	}
	return video, nil
}

// refuses reports whether a video would not be picked in a guild as things stand.
func (l *Loop) refuses(ctx context.Context, guild catalog.Guild, video catalog.Video) (bool, pick.Refusal, error) {
	history, err := l.history(ctx, guild.ID)
	if err != nil {
		return false, pick.Refusal{}, err
	}
	videos, err := l.store.VideosByID(ctx, history.VideoIDs())
	if err != nil {
		return false, pick.Refusal{}, fmt.Errorf("the videos that were shown could not be read: %w", err)
	}
	videos[video.ID] = video
	book := newSongbook(slices.Collect(maps.Values(videos)))
	if ok, why := pick.NewFloor(guild, &book.directory).Allows(video); !ok {
		return true, why, nil
	}
	refused, why := l.pickOptions(guild, book.bySong(history), videos, "").PostedBefore(video)
	return refused, why, nil
}

// Blocked reports whether a guild has blocked a video's channel, its artist or a word
// of it, and which. The bot asks before it sends, because somebody may have blocked it
// after the post was prepared.
func (l *Loop) Blocked(ctx context.Context, guildID, videoID string) (why pick.Refusal, blocked bool, err error) {
	guild, err := l.guild(ctx, guildID)
	if err != nil || len(guild.BlockedArtists)+len(guild.BlockedChannels)+len(guild.BlockedSongs)+len(guild.BlockedWords) == 0 {
		return why, false, err
	}
	video, ok, err := l.store.Video(ctx, videoID)
	if err != nil || !ok {
		return why, false, err
	}
	book := newSongbook(nil)
	if len(guild.BlockedArtists)+len(guild.BlockedSongs) > 0 {
		if book, err = l.book(ctx, guildID); err != nil {
			return why, false, err
		}
	}
	blocked, why = pick.NewFloor(guild, &book.directory).Blocks(video)
	return why, blocked, nil
}

// book is the songbook of a guild's videos.
func (l *Loop) book(ctx context.Context, guildID string) (*songbook, error) {
	r := l.ranker(guildID)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.book != nil {
		return r.book, nil
	}
	videos, err := l.store.GuildVideos(ctx, guildID)
	if err != nil {
		return nil, fmt.Errorf("the videos of guild %s could not be read: %w", guildID, err)
	}
	return newSongbook(videos), nil
}

// RefusedError says why a proposed video would not be picked.
type RefusedError struct {
	ID  string
	Why pick.Refusal
}

// Error is a sentence.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("video %s would not be picked: %s", e.ID, e.Why)
}

// Explain says what moved the score of a video of the catalogue. If another upload of
// its song has a label, it explains the score of that upload, as lists show it.
func (l *Loop) Explain(ctx context.Context, guildID, videoID string) (Explanation, error) {
	guild, err := l.guild(ctx, guildID)
	if err != nil {
		return Explanation{}, err
	}
	video, ok, err := l.store.Video(ctx, videoID)
	if err != nil {
		return Explanation{}, fmt.Errorf("video %s could not be read from the catalogue: %w", videoID, err)
	}
	if !ok {
		return Explanation{}, fmt.Errorf("video %s is not in the catalogue: paste its link into /predict", videoID)
	}
	history, err := l.history(ctx, guildID)
	if err != nil {
		return Explanation{}, err
	}
	if _, err := l.loadChampion(ctx, guildID); err != nil {
		return Explanation{}, err
	}
	known := l.ranker(guildID)
	known.mu.Lock()
	r, _, err := l.scored(ctx, guild, history, known) // the list itself would take much longer
	known.mu.Unlock()
	if err != nil {
		return Explanation{}, err
	}
	videos, err := l.store.VideosByID(ctx, history.VideoIDs())
	if err != nil {
		return Explanation{}, fmt.Errorf("the videos that were shown could not be read: %w", err)
	}
	videos[videoID] = video
	all := slices.Collect(maps.Values(videos))
	songs := newSongbook(all).bySong(history)
	x := Explanation{Ranked: Ranked{
		Video: video, Known: songs.LabelledBy("")[songs.upload(videoID)], Artists: songs.records(all).of(songs.book, video),
	}}
	own := songs.Sums()[songs.upload(videoID)]
	x.ModelVersion = r.version
	asked := video
	if upload := songs.upload(videoID); x.Known { // as in a list
		asked = videos[upload]
	}
	asked.Song.Keys = r.history.book.directory.Keys(asked.Song, asked.ChannelID)
	why, err := r.explain(asked, l.now())
	if err != nil {
		return Explanation{}, fmt.Errorf("the score of video %s could not be explained: %w", videoID, err)
	}
	x.Score, x.Variance, x.Base, x.Reasons = why.Probability, spread(why.Score), why.Base, withArtists(why.Reasons, video, x.Artists, own)
	x.raw, x.rawVariance = why.Raw, why.Score.Variance
	for _, p := range why.Parts {
		if p.Kind == PartArtist && !slices.Contains(asked.Performers(), p.Name) {
			p.Name = "" // a guess counts, and is not shown as a fact
		}
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

// readOne reads one video's page into the catalogue.
func (l *Loop) readOne(ctx context.Context, videoID string) (catalog.Video, youtube.Page, error) {
	var got *youtube.Page
	err := l.source.Read(ctx, []string{videoID}, func(page youtube.Page) error {
		got = &page
		return l.keepPage(ctx, page, catalog.Sighting{})
	})
	if err != nil {
		return catalog.Video{}, youtube.Page{}, fmt.Errorf("video %s could not be read: %w", videoID, err)
	}
	if got == nil || got.Video == nil || !playable(got.Status) {
		e := &VideoError{ID: videoID}
		if got != nil {
			e.Status = got.Status
		}
		return catalog.Video{}, youtube.Page{}, e
	}
	video, ok, err := l.store.Video(ctx, videoID)
	if err != nil {
		return catalog.Video{}, youtube.Page{}, fmt.Errorf("video %s could not be read from the catalogue: %w", videoID, err)
	}
	if !ok {
		return catalog.Video{}, youtube.Page{}, fmt.Errorf("video %s was read but the catalogue does not hold it", videoID)
	}
	return video, *got, nil
}

// playable reports whether members can watch a video of this status.
func playable(s youtube.Status) bool {
	return s == youtube.StatusOK || s == youtube.StatusLive
}
