package demo

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/internal/demopage"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/internal/simguild"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
)

// world is all that surrounds the bot in the demo: the stand-ins, the members and the
// clock. It counts how many posts the members' hidden tastes like.
type world struct {
	seed    uint64
	days    int // 0: without end
	clock   *schedule.Stepped
	print   io.Writer
	pace    pacer
	youtube *fakeyoutube.Server
	discord *fakediscord.Server
	service *app.Service
	page    *demopage.Page // nil when headless

	guild, channel, viewer string
	queries                []string
	members                *simguild.Guild
	memberIDs              []string
	random                 []randomPicker

	mu    sync.Mutex
	state demopage.State
	rates []dayRate
	votes int
	posts int
}

// dayRate compares one day's picks with random ones.
type dayRate struct {
	day, picks, hits int
	random           float64 // share of hits of random picks
}

// searched is how many genres the guild has chosen to search for.
const searched = 6

// settle makes the guild: its members, their tastes, its queries.
func (w *world) settle() {
	rng := rand.New(rand.NewPCG(w.seed, 0xde30))
	genres := fakeyoutube.Genres()
	rng.Shuffle(len(genres), func(i, j int) { genres[i], genres[j] = genres[j], genres[i] })
	w.queries = genres[:searched]
	slices.Sort(w.queries)

	var sample []simguild.Traits
	for _, v := range w.youtube.Videos() {
		if slices.Contains(w.queries, v.Traits.Genre) && !v.Short && !v.Streaming && !v.Upcoming {
			sample = append(sample, traits(v.Traits))
		}
	}
	w.members = simguild.New(simguild.Options{Seed: w.seed, Sample: sample})
	w.guild = w.discord.AddGuild(fakediscord.Guild{Name: "The Listening Room"})
	w.channel = w.discord.AddChannel(w.guild, fakediscord.Channel{Name: "music"})
	for _, name := range w.members.Names() {
		w.memberIDs = append(w.memberIDs, w.discord.AddMember(w.guild, fakediscord.Member{Name: name}))
	}
	w.viewer = w.discord.AddMember(w.guild, fakediscord.Member{Name: "you", Permissions: fakediscord.PermManageGuild})
	for i := range randomPickers {
		w.random = append(w.random, randomPicker{rng: rand.New(rand.NewPCG(w.seed, 0xa11d0+uint64(i))), shown: map[string]bool{}})
	}
}

// traits converts a video's traits for the simulated members.
func traits(t fakeyoutube.Traits) simguild.Traits {
	return simguild.Traits{
		Genre: t.Genre, Mood: t.Mood, Era: t.Era, Language: t.Language, Format: t.Format,
		Energy: t.Energy, Quality: t.Quality,
	}
}

// likes reports whether the guild's hidden taste likes a video on a day.
func (w *world) likes(day int, id string) bool {
	t, ok := w.youtube.Traits(id)
	return ok && w.members.Likes(day, traits(t))
}

// live lives through the days.
func (w *world) live(ctx context.Context) error {
	fmt.Fprintf(w.print, "%s\nThe server %q searches for: %s.\n", w.members, "The Listening Room", joinAnd(w.queries))
	w.update(func(s *demopage.State) { s.Days, s.Taste = w.days, w.tastes() })
	if err := w.discord.Until(ctx, func() bool { return w.discord.Connected() > 0 }); err != nil {
		return fmt.Errorf("the bot did not connect to the stand-in: %w", err)
	}
	if err := w.rest(ctx); err != nil {
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

// day goes from one morning to the next: the search, the post, the members'
// reactions, the night's training.
func (w *world) day(ctx context.Context, day int) error {
	morning := firstMorning.AddDate(0, 0, day-1)
	evening := time.Date(morning.Year(), morning.Month(), morning.Day(), 18, 0, 0, 0, time.UTC)
	w.pace.arrive(day)
	w.update(func(s *demopage.State) { s.Day, s.Doing = day, "reading YouTube" })
	before := w.clock.Now()
	if err := w.step(ctx, evening.Add(time.Minute)); err != nil {
		return err
	}
	w.update(func(s *demopage.State) { s.Doing = "" })
	posts, err := w.service.Catalog.Posts(w.guild, before)
	if err != nil {
		return err
	}
	if err := w.count(ctx, day, posts); err != nil {
		return err
	}
	if err := w.react(ctx, day, posts); err != nil {
		return err
	}
	w.update(func(s *demopage.State) { s.Doing = "waiting for the night's training" })
	if err := w.step(ctx, morning.AddDate(0, 0, 1)); err != nil {
		return err
	}
	return w.night(day)
}

// reaction is a member's reaction to a post.
type reaction struct {
	simguild.Reaction
	at   time.Time
	post catalog.Post
}

// react lets the members answer the day's posts, each at their time.
func (w *world) react(ctx context.Context, day int, posts []catalog.Post) error {
	var all []reaction
	for _, p := range posts {
		t, ok := w.youtube.Traits(p.VideoID)
		if !ok || p.MessageID == "" {
			continue
		}
		for _, r := range w.members.Reactions(day, p.ID, traits(t)) {
			all = append(all, reaction{r, p.SentAt.Add(r.After), p})
		}
	}
	slices.SortStableFunc(all, func(a, b reaction) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.post.ID, b.post.ID), cmp.Compare(a.Index, b.Index))
	})
	for _, r := range all {
		if r.at.After(w.clock.Now()) {
			if err := w.step(ctx, r.at); err != nil {
				return err
			}
		}
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
	w.printReactions(posts, all)
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

// randomPickers is how many independent pickers the bot is compared with; the result
// of one alone would vary too much.
const randomPickers = 20

// randomPicker picks at random from the bot's candidates and shows nothing
// twice.
type randomPicker struct {
	rng   *rand.Rand
	shown map[string]bool
}

// count compares the day's picks with random ones from the same candidates.
func (w *world) count(ctx context.Context, day int, posts []catalog.Post) error {
	today := map[string]bool{}
	rate := dayRate{day: day, picks: len(posts)}
	for _, p := range posts {
		today[p.VideoID] = true
		if w.likes(day, p.VideoID) {
			rate.hits++
		}
	}
	ranked, err := w.service.Loop.Rank(ctx, w.guild, "", 0)
	if err != nil {
		return err
	}
	var candidates []string
	liked := 0
	for _, r := range ranked {
		if !r.Posted || today[r.Video.ID] {
			candidates = append(candidates, r.Video.ID)
			if w.likes(day, r.Video.ID) {
				liked++
			}
		}
	}
	slices.Sort(candidates)
	picked, hits := 0, 0
	for _, r := range w.random {
		n := 0
		for _, i := range r.rng.Perm(len(candidates)) {
			id := candidates[i]
			if n == len(posts) {
				break
			}
			if r.shown[id] {
				continue
			}
			r.shown[id] = true
			n++
			if w.likes(day, id) {
				hits++
			}
		}
		picked += n
	}
	if picked > 0 {
		rate.random = float64(hits) / float64(picked)
	}
	w.posts += len(posts)
	w.mu.Lock()
	w.rates = append(w.rates, rate)
	if len(candidates) > 0 {
		w.state.Base = float64(liked) / float64(len(candidates))
	}
	if rate.picks > 0 {
		w.state.Rates = append(w.state.Rates, demopage.Rate{
			Day: day, Bot: float64(rate.hits) / float64(rate.picks), Random: rate.random, Picks: rate.picks,
		})
	}
	w.mu.Unlock()
	return w.printPosts(day, posts, len(candidates), liked)
}
