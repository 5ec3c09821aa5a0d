package pipeline

import (
	"context"
	"fmt"
	"iter"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// refreshStore is what refreshing asks of the catalogue.
type refreshStore interface {
	Videos(context.Context) iter.Seq2[catalog.Video, error]
	DropVideos(ctx context.Context, ids ...string) (dropped int, err error)
}

// Refresh reads again up to most videos that were last seen longer than age ago,
// and drops those that are gone. The YouTube Data API's policy demands one or the
// other every 30 days.
func (l *Loop) Refresh(ctx context.Context, age time.Duration, most int) (catalog.Run, error) {
	run := catalog.Run{Kind: catalog.RunRefresh, By: catalog.BySchedule}
	return l.runs.do(ctx, run, func(ctx context.Context, run *catalog.Run) error {
		var old []string
		for v, err := range l.store.Videos(ctx) {
			if err != nil {
				return fmt.Errorf("the videos could not be read: %w", err)
			}
			if l.now().Sub(v.LastSeen) > age && len(old) < most {
				old = append(old, v.ID)
			}
		}
		var gone []string
		err := l.source.Read(ctx, old, func(page youtube.Page) error {
			run.Counts["read"]++
			if page.Status == youtube.StatusRemoved || page.Status == youtube.StatusPrivate {
				gone = append(gone, page.ID)
				return nil
			}
			return l.keepPage(ctx, page, catalog.Sighting{})
		})
		dropped, derr := l.store.DropVideos(ctx, gone...)
		run.Counts["dropped"] = dropped
		if err == nil {
			err = derr
		}
		if err != nil {
			return fmt.Errorf("not everything old was read again: %w", err)
		}
		return nil
	})
}
