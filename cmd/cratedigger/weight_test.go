//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/taste"
)

// weight measures what a farm writes, and how long votes wait while much is written.
func (f *farm) weight(row func(what, format string, args ...any)) {
	f.t.Helper()
	path := filepath.Join(f.dir, app.CatalogueFile)
	cpu := func(do func()) float64 {
		before := processorTime(f.t, os.Getpid())
		do()
		return (processorTime(f.t, os.Getpid()) - before).Seconds()
	}
	f.check(os.Remove(f.full)) // what is forgotten below is made again
	var c *bolt.Catalog
	synced := func(o *bolt.Options) { o.NoSync = false }
	row("start of the store", "%.2f s CPU", cpu(func() { c = f.open(synced) }))
	breeds := [2]*breed{f.breed(0), f.breed(1)}
	models := [2][][]byte{}
	for i := range models {
		m, found, err := c.Champion(f.t.Context(), farmGuild(i))
		f.check(err)
		if !found {
			f.t.Fatalf("guild %d has no model", i)
		}
		breeds[i].models = []breedModel{{card: m.Card}}
		trained, err := taste.Load(bytes.NewReader(m.Blob))
		f.check(err)
		models[i], err = trained.Parts()
		f.check(err)
	}
	wrote := func(what string, times int, do func(n int)) {
		before := bytesWritten(f.t)
		for n := range times {
			do(n)
		}
		row(what, "%d kB", (bytesWritten(f.t)-before)/int64(times)/1000)
	}
	wrote("bytes written by a vote", 200, func(n int) { f.press(c, n, 1) })
	// Guild 1's model is new to the guilds of other breeds, its space too.
	other := func(n int) string { return farmGuild(2 + n*farmModels%max(1, f.guilds-2)) }
	wrote("by a model with a space of its own", 20, func(n int) {
		_, err := c.SaveModel(f.t.Context(), other(n), breeds[1].models[0].card, models[1], false)
		f.check(err)
	})
	wrote("by a model that shares the guild's space", 20, func(n int) {
		parts := [][]byte{models[0][0], models[1][1], models[0][2]}
		_, err := c.SaveModel(f.t.Context(), other(n), breeds[0].models[0].card, parts, false)
		f.check(err)
	})
	wrote("by a day of a guild", 20, func(n int) {
		f.day(c, n, breeds[n%2])
		_, err := c.SaveModel(f.t.Context(), farmGuild(n), breeds[n%2].models[0].card, [][]byte{models[1-n%2][0], models[n%2][1], models[1-n%2][2]}, true)
		f.check(err)
	})

	ctx, stop := context.WithCancel(f.t.Context())
	var voters sync.WaitGroup
	var longest time.Duration
	votes := 0
	voters.Go(func() {
		for tick := time.NewTicker(20 * time.Millisecond); ctx.Err() == nil; <-tick.C {
			begun := time.Now()
			f.press(c, votes, 10)
			longest = max(longest, time.Since(begun))
			votes += 10
		}
	})
	during := func(what string, do func() error) {
		longest, votes = 0, 0
		begun := time.Now()
		f.check(do())
		row("votes during "+what, "%d in %.1f s, the longest wait %d ms", votes, time.Since(begun).Seconds(), longest.Milliseconds())
	}
	during("nothing else", func() error { time.Sleep(5 * time.Second); return nil })
	during("Prune of all votes before the last ten days", func() error {
		_, err := c.Prune(ctx, time.Now().AddDate(0, 0, -10), time.Now().AddDate(0, 0, -10))
		return err
	})
	during("20 models saved", func() error {
		for n := range 20 {
			if _, err := c.SaveModel(ctx, other(n), breeds[0].models[0].card, models[0], false); err != nil {
				return err
			}
		}
		return nil
	})
	during("ForgetGuild of every third guild", func() error {
		for i := 0; i < f.guilds; i += 3 {
			if err := c.ForgetGuild(ctx, farmGuild(i)); err != nil {
				return err
			}
		}
		return nil
	})
	during("a backup", func() error {
		_, err := c.Copy(ctx)
		return err
	})
	stop()
	voters.Wait()
	f.check(c.Close())
	row("check of the file", "%.1f s CPU", cpu(func() {
		report, err := bolt.Check(path)
		f.check(err)
		f.check(report.Err())
	}))
}

// press writes votes on posts of as many guilds.
func (f *farm) press(c catalog.Store, from, n int) {
	f.t.Helper()
	changes := make([]catalog.VoteChange, n)
	for k := range changes {
		guild := farmGuild((from + k) * 7 % f.guilds)
		at := farmSlot(farmDays - 1 - (from+k)%5)
		video := fmt.Sprintf("%011d", from+k) // a song told of, as by a button of a list
		changes[k] = catalog.VoteChange{GuildID: guild, VideoID: video, MemberID: farmMember(50), Up: true, Set: true, Source: catalog.SourceButton, At: at}
	}
	_, err := c.Vote(f.t.Context(), changes...)
	f.check(err)
}

// day writes what a day of a guild writes, but for its model: what the search found, a
// tenth of it new, the posts with their outbox, and ten votes.
func (f *farm) day(c catalog.Store, i int, b *breed) {
	f.t.Helper()
	ctx, id, now := f.t.Context(), farmGuild(i), time.Now()
	run, err := c.StartRun(ctx, catalog.Run{GuildID: id, Kind: catalog.RunScrape, By: catalog.BySchedule, Started: now})
	f.check(err)
	var found []catalog.Sighting
	for n, s := range b.finds[:100] {
		s.GuildID, s.At = id, now
		if n%10 == 0 {
			s.Video.ID = fmt.Sprintf("new%03d%05d", n, i)
			s.Video.Title, s.Video.Channel = "A song that is new today", "Its channel"
		}
		found = append(found, s)
	}
	_, err = c.Observe(ctx, found)
	f.check(err)
	f.check(c.FinishRun(ctx, run))
	slot := catalog.Slot{GuildID: id, Kind: catalog.RunPost, At: now, Key: id + "/post/" + now.Format("2006-01-02T15:04")}
	var posts []catalog.Post
	var rows []catalog.Outbox
	var votes []catalog.VoteChange
	for position, video := range b.picks[0] {
		post := catalog.Post{
			ID: catalog.PostID(slot.Key, video), GuildID: id, ChannelID: farmChannel(i), VideoID: video, Slot: slot.Key, Position: position,
			Score: 0.5, Policy: catalog.PolicyThompson, Propensity: 0.1, ModelVersion: 1, State: catalog.StatePending, CreatedAt: now,
		}
		posts = append(posts, post)
		rows = append(rows, catalog.Outbox{
			ID: fmt.Sprint(slot.Key, "/", position), GuildID: id, ChannelID: post.ChannelID, Slot: slot.Key, Kind: catalog.OutboxPick,
			PostID: post.ID, Nonce: fmt.Sprint(i, position), State: catalog.StatePending, CreatedAt: now,
		})
		for member := range 2 {
			votes = append(votes, catalog.VoteChange{GuildID: id, VideoID: video, PostID: post.ID, MemberID: farmMember(member), Up: true, Set: true, Source: catalog.SourceReaction, At: now})
		}
	}
	_, err = c.CreatePosts(ctx, slot, posts, rows)
	f.check(err)
	for position, o := range rows {
		f.check(c.Attempt(ctx, o.ID, now))
		f.check(c.MarkSent(ctx, o.ID, farmMessage(now, i, position), now))
		f.check(c.MarkReactions(ctx, o.ID))
	}
	f.check(c.FinishSlot(ctx, slot.Key))
	for _, v := range votes {
		_, err := c.Vote(ctx, v)
		f.check(err)
	}
}

// bytesWritten is how many bytes this process has passed to the system to write.
func bytesWritten(t *testing.T) (bytes int64) {
	t.Helper()
	data, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if _, err := fmt.Sscanf(line, "wchar: %d", &bytes); err == nil {
			return bytes
		}
	}
	t.Fatal("/proc/self/io tells no wchar")
	return 0
}
