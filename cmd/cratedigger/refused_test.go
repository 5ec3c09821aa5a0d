package main

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cratedigger/config"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
)

// TestRefusedSlotIsMadeUp: picks that Discord refused for no fault of theirs are
// posted within six hours, when the cause is gone; those at fault never again.
func TestRefusedSlotIsMadeUp(t *testing.T) {
	ids := func(posts []catalog.Post) (all []string) {
		for _, p := range posts {
			all = append(all, p.VideoID)
		}
		slices.Sort(all)
		return all
	}
	newWorld := func(t *testing.T) *town {
		w := newTown(t, fakeyoutube.Options{Seed: 7}, func(cfg *config.Config) {
			cfg.Defaults.Exploration, cfg.Defaults.Wildcard = 0, false
		})
		w.start()
		return w
	}
	refuse := func(w *town, status, code int) {
		w.discord.Break(func(r *http.Request) *fakediscord.Fault {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, w.channel+"/messages") {
				return &fakediscord.Fault{Status: status, Code: code}
			}
			return nil
		})
	}
	t.Run("channel forbidden", func(t *testing.T) {
		w := newWorld(t)
		refuse(w, 403, 50013)
		w.until(w.next(18, 1))
		refused := w.posts(time.Time{})
		if len(refused) != 5 || refused[0].State != catalog.StateFailed || refused[0].Used() {
			t.Fatalf("%d posts: %+v", len(refused), refused)
		}
		w.until(w.clock.Now().Add(2 * time.Hour))
		w.discord.Break(nil)
		call, err := w.discord.Run(w.wait(), fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, Command: "cratedigger", Sub: "pause", Options: map[string]any{"on": false}})
		if err != nil {
			t.Fatal(err)
		}
		w.rest()
		w.until(w.clock.Now().Add(time.Minute))
		posts := w.posts(time.Time{})
		if got, want := ids(posts), ids(refused); !slices.Equal(got, want) {
			t.Errorf("after %q the posts are %v, refused were %v", call.Answer().Content, got, want)
		}
		w.checkMessages()
		if n := len(w.discord.Messages(w.channel)); n != 6 {
			t.Errorf("%d messages", n)
		}
	})
	t.Run("another reason", func(t *testing.T) {
		w := newWorld(t)
		refuse(w, 400, 50024)
		w.until(w.next(18, 1))
		w.discord.Break(nil)
		w.until(w.clock.Now().Add(11 * time.Minute)) // a failed slot is tried again
		if posts := w.posts(time.Time{}); len(posts) != 5 {
			t.Errorf("%d posts", len(posts))
		}
		w.checkMessages()
	})
	t.Run("all but the heading", func(t *testing.T) {
		w := newWorld(t)
		var sent atomic.Int32
		w.discord.Break(func(r *http.Request) *fakediscord.Fault {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, w.channel+"/messages") && sent.Add(1) > 1 {
				return &fakediscord.Fault{Status: 400, Code: 50024}
			}
			return nil
		})
		w.until(w.next(18, 1))
		if n := len(w.discord.Messages(w.channel)); n != 1 {
			t.Fatalf("%d messages, want the heading", n)
		}
		w.discord.Break(nil)
		w.until(w.clock.Now().Add(11 * time.Minute))
		w.checkMessages()
		if n := len(w.discord.Messages(w.channel)); n != 6 {
			t.Errorf("%d messages, want the heading and five picks", n)
		}
	})
	t.Run("picks at fault", func(t *testing.T) {
		w := newWorld(t)
		refuse(w, 400, 240000)
		w.until(w.next(18, 1))
		refused := w.posts(time.Time{})
		w.discord.Break(nil)
		w.until(w.clock.Now().Add(3 * time.Hour))
		if posts := w.posts(time.Time{}); len(posts) != 5 || posts[0].State != catalog.StateFailed {
			t.Errorf("posts that were at fault were made up: %+v", posts)
		}
		since := w.clock.Now()
		w.until(w.next(18, 1))
		for _, id := range ids(w.posts(since)) {
			if slices.Contains(ids(refused), id) {
				t.Errorf("%s was refused for what it says, and is posted again", id)
			}
		}
	})
}
