package pipeline

import (
	"fmt"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
)

// BenchmarkSongbook makes the songbook of 10,000 videos and joins 1,000 votes by it.
func BenchmarkSongbook(b *testing.B) {
	var videos []catalog.Video
	var h catalog.History
	for i := range 10_000 {
		var v catalog.Video
		v.ID, v.Title = fmt.Sprintf("video%06d", i), fmt.Sprintf("Mara Quill%c%c - Paper Lanterns%c%c (Official Video)", 'a'+i%26, 'a'+i/26%26, 'a'+i%7, 'a'+i/676%26)
		v.Channel, v.ChannelID = "Mara Quill"+string(rune('a'+i%26)), fmt.Sprintf("UC%d", i%1000)
		v.Song = song.Read(catalog.Upload(v.Video), nil)
		if videos = append(videos, v); i%10 == 0 {
			h.Votes = append(h.Votes, catalog.Vote{VideoID: v.ID, MemberID: "901", Value: 1, At: time.Unix(int64(i), 0)})
		}
	}
	b.Run("make", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newSongbook(videos)
		}
	})
	book := newSongbook(videos)
	b.Run("join", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			book.bySong(h)
		}
	})
	songs := book.bySong(h)
	b.Run("records", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			songs.records(videos)
		}
	})
}
