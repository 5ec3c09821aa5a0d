package demo

import (
	"io"
	"math/rand/v2"
	"slices"
	"sync"

	"cratedigger/cmd/internal/app"
	"cratedigger/internal/demopage"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/internal/simguild"
	"cratedigger/pipeline/schedule"
)

// world is all that surrounds the bot in the demo: the stand-ins, the members and the
// clock. It counts how many posts the members' hidden tastes like.
type world struct {
	seed       uint64
	days       int // 0: without end
	favourites int // artists that the bot is told of at first
	clock      *schedule.Stepped
	print      io.Writer
	pace       pacer
	youtube    *fakeyoutube.Server
	discord    *fakediscord.Server
	service    *app.Service
	page       *demopage.Page // nil when headless

	guild, channel, viewer string
	queries                []string
	members                *simguild.Guild
	memberIDs              []string
	random                 []randomPicker

	seen    map[string]bool   // posts that were counted, by id
	heard   map[string]string // the video that was posted, by recording
	repeats []Repeat
	pending []reaction // that the members will give, in order of time

	mu    sync.Mutex
	state demopage.State
	rates []dayRate
	votes int
	posts int
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
		never := v.Short || v.Streaming || v.Upcoming || v.Traits.Format == "karaoke" || v.Traits.Format == "reaction" // is it posted
		if slices.Contains(w.queries, v.Traits.Genre) && !never {
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

// traits converts a video's traits for the simulated members, who do not mind with which
// pictures they hear a song.
func traits(t fakeyoutube.Traits) simguild.Traits {
	switch t.Format {
	case "video", "audio", "lyrics":
		t.Format = "studio"
	}
	return simguild.Traits{
		Genre: t.Genre, Mood: t.Mood, Era: t.Era, Language: t.Language, Format: t.Format, Artist: t.Artist, Song: t.Song,
		Energy: t.Energy, Quality: t.Quality,
	}
}

// likes reports whether the guild's hidden taste likes a video on a day.
func (w *world) likes(day int, id string) bool {
	t, ok := w.youtube.Traits(id)
	return ok && w.members.Likes(day, traits(t))
}
