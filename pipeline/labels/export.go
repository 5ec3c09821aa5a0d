package labels

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/model/sheet"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// Exporter reads labels and their videos. The catalogue implements it.
type Exporter interface {
	Votes(ctx context.Context, guildID string) ([]catalog.Vote, error)
	GuildVideos(ctx context.Context, guildID string) ([]catalog.Video, error)
	Video(ctx context.Context, id string) (catalog.Video, bool, error)
}

// Export writes a guild's labelled videos as a label file, or with unlabelled
// those without a label, for a person to fill in y. y is 1 where all votes on a
// video are 👍, 0 where all are 👎, and their share between. It returns the
// number of rows, which come by date of publication, then title.
func Export(ctx context.Context, from Exporter, w io.Writer, guildID string, unlabelled bool) (rows int, err error) {
	tallies, err := tally(ctx, from, guildID)
	if err != nil {
		return 0, err
	}
	videos, err := from.GuildVideos(ctx, guildID)
	if err != nil {
		return 0, err
	}
	shown := map[string]bool{}
	kept := videos[:0]
	for _, v := range videos {
		shown[v.ID] = true
		if (tallies[v.ID].votes == 0) == unlabelled {
			kept = append(kept, v)
		}
	}
	if !unlabelled { // add videos that were voted on but are no longer found by a query
		for id := range tallies {
			if shown[id] {
				continue
			}
			v, found, err := from.Video(ctx, id)
			if err != nil {
				return 0, err
			}
			if found {
				kept = append(kept, v)
			}
		}
	}
	slices.SortFunc(kept, func(a, b catalog.Video) int {
		return cmp.Or(a.Published.Time.Compare(b.Published.Time), strings.Compare(a.Title, b.Title), strings.Compare(a.ID, b.ID))
	})
	out := sheet.NewWriter(w)
	if err := out.Write(Columns); err != nil {
		return 0, fmt.Errorf("the labels were not written: %w", err)
	}
	for _, v := range kept {
		if err := ctx.Err(); err != nil {
			return rows, err
		}
		if err := out.Write(record(v, tallies[v.ID])); err != nil {
			return rows, fmt.Errorf("the labels were not written: %w", err)
		}
		rows++
	}
	if err := out.Flush(); err != nil {
		return rows, fmt.Errorf("the labels were not written: %w", err)
	}
	return rows, nil
}

// counted are the votes on one video.
type counted struct {
	votes, up int
	newest    time.Time
}

func tally(ctx context.Context, from Exporter, guildID string) (map[string]counted, error) {
	votes, err := from.Votes(ctx, guildID)
	if err != nil {
		return nil, err
	}
	tallies := map[string]counted{}
	for _, v := range votes {
		if v.Value == 0 {
			continue
		}
		n := tallies[v.VideoID]
		n.votes++
		if v.Value > 0 {
			n.up++
		}
		if v.At.After(n.newest) {
			n.newest = v.At
		}
		tallies[v.VideoID] = n
	}
	return tallies, nil
}

// record is the line of a video.
func record(v catalog.Video, n counted) []string {
	fields := map[string]string{
		"video_id":         v.ID,
		"title":            v.Title,
		"channel_id":       v.ChannelID,
		"channel":          v.Channel,
		"published":        day(v.Published.Time),
		"scraped":          day(cmp.Or(v.DetailedAt, v.LastSeen)),
		"views":            count(v.Views),
		"likes":            count(v.Likes),
		"dislikes":         count(v.Dislikes),
		"width":            count(v.Width),
		"height":           count(v.Height),
		"tags":             list(v.Tags),
		"category":         v.Category,
		"description":      v.Description,
		"duration_seconds": count(v.DurationSeconds),
		"subscribers":      count(v.Subscribers),
		"queries":          list(v.Queries),
		"url":              youtube.WatchURL(v.ID),
	}
	if v.Short {
		fields["short"] = "1"
	}
	if v.Embeddable != nil {
		fields["embeddable"] = "0"
		if *v.Embeddable {
			fields["embeddable"] = "1"
		}
	}
	if n.votes > 0 {
		fields["y"] = strconv.FormatFloat(float64(n.up)/float64(n.votes), 'g', 3, 64)
		fields["voted_at"] = n.newest.UTC().Format(time.RFC3339)
	}
	line := make([]string, len(Columns))
	for i, column := range Columns {
		line[i] = fields[column]
	}
	return line
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func count(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// list joins words by "|" and replaces that in the words.
func list(words []string) string {
	clean := make([]string, len(words))
	for i, w := range words {
		clean[i] = strings.ReplaceAll(w, "|", "/")
	}
	return strings.Join(clean, "|")
}
