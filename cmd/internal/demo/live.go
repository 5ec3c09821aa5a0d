package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cratedigger/internal/demopage"
	"cratedigger/internal/simguild"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/schedule"
)

// live lives through the days.
func (w *world) live(ctx context.Context) error {
	fmt.Fprintf(w.print, "%s\nThe server %q searches for: %s.\n", w.members, "The Listening Room", joinAnd(w.queries))
	w.update(func(s *demopage.State) {
		s.Days = w.days
		s.Likes, s.Dislikes = w.secrets()
	})
	if err := w.discord.Until(ctx, func() bool { return w.discord.Connected() > 0 }); err != nil {
		return fmt.Errorf("the bot did not connect to the stand-in: %w", err)
	}
	if err := w.rest(ctx); err != nil {
		return err
	}
	if err := w.tell(ctx); err != nil {
		return err
	}
	for day := 1; w.days == 0 || day <= w.days; day++ {
		if err := w.day(ctx, day); err != nil {
			return err
		}
	}
	w.update(func(s *demopage.State) { s.Ended, s.Doing = true, "" })
	return nil
}

// tell tells the bot one member's favourites, as its set-up asks for them.
func (w *world) tell(ctx context.Context) error {
	if w.favourites == 0 {
		return nil
	}
	member, artists := w.members.Favourites(w.favourites)
	_, err := labels.TellFavourites(ctx, w.service.Catalog, w.guild, strings.Join(artists, "\n"), "", w.clock.Now())
	fmt.Fprintf(w.print, "Told at the set-up, as %s's favourites: %s.\n", member, joinAnd(artists))
	return err
}

// reaction is a member's reaction to a post.
type reaction struct {
	simguild.Reaction
	at   time.Time
	post catalog.Post
}

// day goes from one morning to the next: the searches, the posts, the members'
// reactions, the night's training. When the bot posts is the guild's choice, which
// may change meanwhile on the dashboard.
func (w *world) day(ctx context.Context, day int) error {
	night := firstMorning.AddDate(0, 0, day)
	if w.pace.arrive(day) {
		fmt.Fprintln(w.print, "\nFour weeks are over, and the clock stands still. \"Go on\" in the page lets it go on; Ctrl-C ends the demo.")
	}
	w.update(func(s *demopage.State) { s.Day, s.Doing = day, "reading YouTube" })
	var posts []catalog.Post // of today
	var said []reaction      // to them
	for w.clock.Now().Before(night) {
		next, err := w.nextPost(ctx, night)
		if err != nil {
			return err
		}
		if len(w.pending) > 0 && w.pending[0].at.Before(next) {
			next = w.pending[0].at
		}
		if next.After(w.clock.Now()) {
			if err := w.step(ctx, next); err != nil {
				return err
			}
		}
		fresh, err := w.freshPosts(ctx)
		if err != nil {
			return err
		}
		if len(fresh) > 0 {
			if err := w.count(ctx, day, fresh); err != nil {
				return err
			}
			answers := w.answers(day, fresh)
			posts, said = append(posts, fresh...), append(said, answers...)
			w.pending = sorted(append(w.pending, answers...))
			w.update(func(s *demopage.State) { s.Doing = "waiting for the night's training" })
		}
		if err := w.react(ctx); err != nil {
			return err
		}
	}
	if len(posts) == 0 {
		if err := w.count(ctx, day, nil); err != nil {
			return err
		}
	}
	w.printReactions(posts, sorted(said))
	w.reveal(day, posts)
	return w.night(ctx, day)
}

// nextPost is when the guild posts next, and the bot has a minute for it; at the
// latest end.
func (w *world) nextPost(ctx context.Context, end time.Time) (time.Time, error) {
	guild, _, err := w.service.Catalog.Guild(ctx, w.guild)
	if err != nil || guild.Paused {
		return end, err
	}
	for _, line := range guild.Schedule {
		// What cannot be parsed is not posted either; the bot's log says so.
		if s, err := schedule.Parse(line, guild.Zone); err == nil {
			if at := s.Next(w.clock.Now()).Add(time.Minute); at.Before(end) {
				end = at
			}
		}
	}
	return end, nil
}

// freshPosts are the bot's posts since the last call.
func (w *world) freshPosts(ctx context.Context) ([]catalog.Post, error) {
	posts, err := w.service.Catalog.Posts(ctx, w.guild, w.clock.Now().AddDate(0, 0, -2))
	fresh := slices.DeleteFunc(posts, func(p catalog.Post) bool { return w.seen[p.ID] })
	for _, p := range fresh {
		w.seen[p.ID] = true
	}
	return fresh, err
}

// answers are what the members will do with the day's posts.
func (w *world) answers(day int, posts []catalog.Post) (all []reaction) {
	for _, p := range posts {
		t, ok := w.youtube.Traits(p.VideoID)
		if !ok || p.MessageID == "" {
			continue
		}
		for _, r := range w.members.Reactions(day, p.ID, traits(t)) {
			all = append(all, reaction{r, p.SentAt.Add(r.After), p})
		}
	}
	return all
}

// sorted is reactions in the order in which they happen.
func sorted(all []reaction) []reaction {
	slices.SortStableFunc(all, func(a, b reaction) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.post.ID, b.post.ID), cmp.Compare(a.Index, b.Index))
	})
	return all
}

// react lets the members do what is due.
func (w *world) react(ctx context.Context) error {
	for len(w.pending) > 0 && !w.pending[0].at.After(w.clock.Now()) {
		r := w.pending[0]
		w.pending = w.pending[1:]
		emoji := "👎"
		if r.Up {
			emoji = "👍"
		}
		act := w.discord.React
		if r.Remove {
			act = w.discord.Unreact
		}
		if err := act(w.memberIDs[r.Index], r.post.ChannelID, r.post.MessageID, emoji); err != nil {
			continue // a moderator took the post away meanwhile
		}
		if !r.Remove {
			w.votes++
		}
		if err := w.rest(ctx); err != nil {
			return err
		}
	}
	return nil
}

// step moves the clock, at the pace that the page asks for, and waits until nothing
// is going on any more.
func (w *world) step(ctx context.Context, to time.Time) error {
	if err := w.pace.wait(ctx, to.Sub(w.clock.Now())); err != nil {
		return err
	}
	if err := w.clock.Step(ctx, to); err != nil {
		return err
	}
	return w.rest(ctx)
}

// rest returns when neither the stand-in, nor the bot, nor the schedule has anything
// left to do.
func (w *world) rest(ctx context.Context) error {
	for range 2 { // what the bot did last may have caused another event
		if err := w.discord.Settle(ctx); err != nil {
			return err
		}
		if err := w.service.Bot.Settle(ctx); err != nil {
			return err
		}
		if err := w.clock.Settle(ctx); err != nil {
			return err
		}
	}
	w.update(func(*demopage.State) {})
	return nil
}
