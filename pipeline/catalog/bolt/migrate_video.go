package bolt

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// packVideos (schema 2 to 3) packs the videos, which were JSON before.
func packVideos(tx *bolt.Tx) error {
	b := tx.Bucket(bucketVideos)
	var ids [][]byte
	err := b.ForEach(func(k, _ []byte) error { ids = append(ids, slices.Clone(k)); return nil })
	if err != nil {
		return err
	}
	for _, id := range ids {
		var row video2
		if err := json.Unmarshal(b.Get(id), &row); err != nil {
			return fmt.Errorf("video %s: %w", id, err)
		}
		if err := b.Put(id, catalog.PackVideo(row.video(string(id)))); err != nil {
			return err
		}
	}
	return nil
}

// video2 is a video as schemas 1 and 2 stored it.
type video2 struct {
	Title         string     `json:"t,omitempty"`
	Channel       string     `json:"c,omitempty"`
	ChannelID     string     `json:"ci,omitempty"`
	Subscribers   *int64     `json:"su,omitempty"`
	Views         *int64     `json:"v,omitempty"`
	Viewers       *int64     `json:"vw,omitempty"`
	Likes         *int64     `json:"l,omitempty"`
	Dislikes      *int64     `json:"dl,omitempty"`
	Duration      *int64     `json:"d,omitempty"`
	Width         *int64     `json:"w,omitempty"`
	Height        *int64     `json:"h,omitempty"`
	Published     time.Time  `json:"p,omitzero"`
	Precision     int64      `json:"pp,omitempty"` // nanoseconds
	PublishedText string     `json:"pt,omitempty"`
	StartsAt      time.Time  `json:"sa,omitzero"`
	Live          bool       `json:"li,omitempty"`
	Upcoming      bool       `json:"up,omitempty"`
	Short         bool       `json:"sh,omitempty"`
	Tags          []string   `json:"tg,omitempty"`
	Category      string     `json:"ct,omitempty"`
	Description   string     `json:"ds,omitempty"`
	Thumbnail     string     `json:"th,omitempty"`
	Approximate   bool       `json:"va,omitempty"`
	Embeddable    *bool      `json:"em,omitempty"`
	ArtistChannel bool       `json:"ac,omitempty"`
	Status        string     `json:"st,omitempty"`
	FirstSeen     time.Time  `json:"fs,omitzero"`
	LastSeen      time.Time  `json:"ls,omitzero"`
	DetailedAt    time.Time  `json:"da,omitzero"`
	Queries       []string   `json:"q,omitempty"`
	Observations  [][6]int64 `json:"o,omitempty"`
}

func (s video2) video(id string) catalog.Video {
	v := catalog.Video{
		Video: youtube.Video{
			ID: id, Title: s.Title, Channel: s.Channel, ChannelID: s.ChannelID,
			Subscribers: s.Subscribers, Views: s.Views, Viewers: s.Viewers, Likes: s.Likes, Dislikes: s.Dislikes,
			DurationSeconds: s.Duration, Width: s.Width, Height: s.Height,
			Published:     youtube.Date{Time: s.Published, Precision: time.Duration(s.Precision)},
			PublishedText: s.PublishedText, StartsAt: s.StartsAt,
			Live: s.Live, Upcoming: s.Upcoming, Short: s.Short,
			Tags: s.Tags, Category: s.Category, Description: s.Description, ThumbnailURL: s.Thumbnail,
			ViewsApproximate: s.Approximate, Embeddable: s.Embeddable, ArtistChannel: s.ArtistChannel,
		},
		Status: youtube.Status(s.Status), FirstSeen: s.FirstSeen, LastSeen: s.LastSeen, DetailedAt: s.DetailedAt, Queries: s.Queries,
	}
	for _, o := range s.Observations {
		v.Observations = append(v.Observations, catalog.PackedObservation(o).Observation())
	}
	return v
}
