//go:build linux

package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/config"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/internal/simguild"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// What each guild of a farm has.
const (
	farmCandidates = 2000
	farmVotes      = 500
	farmDays       = 30 // of posts
	farmPicks      = 5
	farmQueries    = 6
	farmNight      = 10 // votes between two trainings

	farmModels = 20     // guilds that are trained by the real code; the others are their copies
	farmVideos = 12_000 // of all guilds
)

// farm is a data folder with many guilds of generated data, and the stand-ins around
// them.
type farm struct {
	t       *testing.T
	guilds  int
	dir     string
	full    string // a file that says that all guilds are written
	youtube *fakeyoutube.Server
	discord *fakediscord.Server
}

// Ids of the i-th guild and its channel.
func farmGuild(i int) string   { return strconv.Itoa(1_000_000_000_000_000_000 + i) }
func farmChannel(i int) string { return strconv.Itoa(1_100_000_000_000_000_000 + i) }

// farmMember is the j-th member, the same people in all guilds.
func farmMember(j int) string { return strconv.Itoa(1_200_000_000_000_000_000 + j) }

// farmMessage is the message of a pick: its id tells when it was sent.
func farmMessage(at time.Time, guild, position int) string {
	return strconv.FormatInt((at.UnixMilli()-1420070400000)<<22+int64(guild*8+position), 10)
}

// breed is what one guild's data is, but for the ids.
type breed struct {
	queries []youtube.Query
	finds   []catalog.Sighting
	picks   [farmDays][]string
	votes   []breedVote
	models  []breedModel // oldest first
}

// breedModel is a version of a breed's model.
type breedModel struct {
	card  []byte
	parts [][]byte
}

// breedVote is a vote on a pick, or with day -1 on a video.
type breedVote struct {
	day, position int
	video         string
	member        int
	up            bool
}

// newFarm opens a data folder, fills it if it is new, and puts the stand-ins around it.
func newFarm(t *testing.T, dir string, guilds, models int) *farm {
	t.Helper()
	f := &farm{t: t, guilds: guilds, dir: dir}
	var err error
	if f.youtube, err = fakeyoutube.New(fakeyoutube.Options{Seed: 25, Videos: farmVideos, PerDay: -1, Plain: true, Songs: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.youtube.Close)
	f.discord, err = fakediscord.New(fakediscord.Options{Latency: 100 * time.Millisecond, Global: 50, RateLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.discord.Close() })
	f.full = filepath.Join(dir, fmt.Sprintf("full-%d-%d", guilds, models))
	if _, err := os.Stat(f.full); err != nil {
		f.fill(models)
		f.check(os.WriteFile(f.full, nil, 0o600))
	}
	return f
}

func (f *farm) check(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// open opens the catalogue without syncing: what is lost is made again.
func (f *farm) open(options ...func(*bolt.Options)) *bolt.Catalog {
	f.t.Helper()
	o := bolt.Options{Log: slog.New(slog.DiscardHandler), NoSync: true, Timeout: 20 * time.Second}
	for _, change := range options {
		change(&o)
	}
	c, err := bolt.Open(filepath.Join(f.dir, app.CatalogueFile), o)
	f.check(err)
	return c
}

// parts opens the stages over the catalogue, without searches for parameters and without
// syncing.
func (f *farm) parts() *app.Parts {
	f.t.Helper()
	cfg := config.Default()
	cfg.DataDir, cfg.Taste.TuneTrials = f.dir, 0
	p := &app.Parts{Config: cfg, Clock: schedule.System{}, Log: slog.New(slog.DiscardHandler), Throwaway: true}
	f.check(p.OpenCatalogue(time.Now))
	f.check(p.OpenLoop(f.t.Context()))
	return p
}

// videos is how many videos there are.
func (f *farm) videos(c catalog.Store) int {
	f.t.Helper()
	n, err := c.VideoCount(f.t.Context())
	f.check(err)
	return n
}

// fill makes the data: videos that were read page by page, twenty guilds that are
// trained, and their copies. It goes on where it was interrupted.
func (f *farm) fill(models int) {
	f.t.Helper()
	p := f.parts()
	defer func() { f.check(p.Close()) }()
	begun := time.Now()
	if f.videos(p.Catalog) == 0 {
		f.readVideos(p.Catalog)
	}
	f.t.Logf("%d videos were read in %v", f.videos(p.Catalog), time.Since(begun).Round(time.Second))
	breeds := make([]*breed, min(farmModels, f.guilds))
	for i := range breeds {
		b := f.breed(uint64(i))
		breeds[i] = b
		kept, err := p.Catalog.Models(f.t.Context(), farmGuild(i))
		f.check(err)
		if len(kept) == 0 {
			f.write(p.Catalog, i, b)
		}
		for n := len(kept); n < models; n++ { // between trainings members vote
			f.vote(p.Catalog, i, b.votes[:len(b.votes)-(models-1-n)*farmNight])
			if _, err := p.Loop.Retrain(f.t.Context(), farmGuild(i), catalog.ByCommand, "", nil); err != nil {
				f.t.Fatal(err)
			}
		}
		kept, err = p.Catalog.Models(f.t.Context(), farmGuild(i))
		f.check(err)
		for _, m := range slices.Backward(kept) {
			stored, _, err := p.Catalog.Model(f.t.Context(), farmGuild(i), m.Version)
			f.check(err)
			trained, err := taste.Load(bytes.NewReader(stored.Blob))
			f.check(err)
			parts, err := trained.Parts()
			f.check(err)
			b.models = append(b.models, breedModel{stored.Card, parts})
		}
	}
	f.t.Logf("%d guilds are trained after %v", len(breeds), time.Since(begun).Round(time.Second))
	for i := range f.guilds {
		b := breeds[i%len(breeds)]
		kept, err := p.Catalog.Models(f.t.Context(), farmGuild(i))
		f.check(err)
		if len(kept) == 0 {
			f.write(p.Catalog, i, b)
			f.vote(p.Catalog, i, b.votes)
		}
		for _, m := range b.models[min(len(kept), len(b.models)):] {
			_, err := p.Catalog.SaveModel(f.t.Context(), farmGuild(i), m.card, m.parts, true)
			f.check(err)
		}
	}
	f.t.Logf("%d guilds are written after %v", f.guilds, time.Since(begun).Round(time.Second))
}

// readVideos reads all pages of videos.
func (f *farm) readVideos(c catalog.Store) {
	client, err := youtube.NewClient(youtube.Options{BaseURL: f.youtube.URL()})
	f.check(err)
	var ids []string
	for _, v := range f.youtube.Videos() {
		ids = append(ids, v.ID)
	}
	var sightings []catalog.Sighting
	f.check(client.Read(f.t.Context(), ids, func(p youtube.Page) error {
		if p.Video != nil {
			sightings = append(sightings, catalog.Sighting{Video: *p.Video, Status: p.Status, At: time.Now(), Detailed: true, Neighbours: p.Neighbours})
		}
		return nil
	}))
	_, err = c.Observe(f.t.Context(), sightings)
	f.check(err)
}

// breed invents a guild: its queries, the videos that they found, what was posted to
// members with tastes, and how they voted.
func (f *farm) breed(seed uint64) *breed {
	rng := rand.New(rand.NewPCG(seed, 25))
	b := &breed{}
	genres := fakeyoutube.Genres()
	rng.Shuffle(len(genres), func(i, j int) { genres[i], genres[j] = genres[j], genres[i] })
	genres = genres[:farmQueries]
	for _, genre := range genres {
		b.queries = append(b.queries, youtube.Query{Text: genre})
	}
	traits := map[string]simguild.Traits{}
	var sample []simguild.Traits
	var ids []string
	videos := f.youtube.Videos()
	rng.Shuffle(len(videos), func(i, j int) { videos[i], videos[j] = videos[j], videos[i] })
	for _, v := range videos {
		t := v.Traits
		if len(ids) == farmCandidates || !slices.Contains(genres, t.Genre) || v.Streaming || v.Upcoming {
			continue
		}
		traits[v.ID] = simguild.Traits{Genre: t.Genre, Mood: t.Mood, Era: t.Era, Language: t.Language, Format: t.Format,
			Artist: t.Artist, Song: t.Song, Energy: t.Energy, Quality: t.Quality}
		sample, ids = append(sample, traits[v.ID]), append(ids, v.ID)
		b.finds = append(b.finds, catalog.Sighting{Video: youtube.Video{ID: v.ID}, At: farmSlot(0), Query: t.Genre})
	}
	if len(ids) < farmCandidates {
		f.t.Fatalf("only %d candidates", len(ids))
	}
	members := simguild.New(simguild.Options{Seed: seed, Sample: sample})
	next := 0
	for day := range farmDays {
		for position := range farmPicks {
			id := ids[next]
			for tries := 0; tries < 3 && !members.Likes(day, traits[id]); tries++ { // as a model would
				next++
				id = ids[next]
			}
			next++
			b.picks[day] = append(b.picks[day], id)
			for _, r := range members.Reactions(day, id, traits[id]) {
				if !r.Remove {
					b.votes = append(b.votes, breedVote{day, position, id, r.Index, r.Up})
				}
			}
		}
	}
	for ; len(b.votes) < farmVotes; next++ {
		id := ids[next]
		up := members.Likes(farmDays, traits[id]) != (rng.Float64() < 0.1)
		b.votes = append(b.votes, breedVote{day: -1, video: id, member: rng.IntN(8), up: up})
	}
	return b
}

// farmSlot is when the posts of a day were made.
func farmSlot(day int) time.Time {
	return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, day-farmDays).Add(18 * time.Hour)
}

// write writes a guild without its votes.
func (f *farm) write(c catalog.Store, i int, b *breed) {
	f.t.Helper()
	ctx, id, channel := f.t.Context(), farmGuild(i), farmChannel(i)
	f.check(c.SaveGuild(ctx, catalog.Guild{
		ID: id, Name: fmt.Sprint("Guild ", i), JoinedAt: farmSlot(0), ChannelID: channel, Queries: b.queries, Schedule: []string{"0 18 * * *"},
		Retrain: "0 4 * * *", Recap: "0 19 * * 0", Zone: "UTC", Picks: farmPicks, Exploration: 0.5, Wildcard: true, Votes: "reactions",
		MinSeconds: 60, MaxSeconds: 900, MusicOnly: true, SameSongDays: 365,
	}))
	for n := range b.finds {
		b.finds[n].GuildID = id
	}
	_, err := c.Observe(ctx, b.finds)
	f.check(err)
	for day, picks := range b.picks {
		at := farmSlot(day)
		slot := catalog.Slot{GuildID: id, Kind: catalog.RunPost, At: at, Key: id + "/post/" + at.Format("2006-01-02T15:04")}
		var posts []catalog.Post
		for position, video := range picks {
			posts = append(posts, catalog.Post{
				ID: catalog.PostID(slot.Key, video), GuildID: id, ChannelID: channel, MessageID: farmMessage(at, i, position), VideoID: video,
				Slot: slot.Key, Position: position, Score: 0.5, Policy: catalog.PolicyThompson, Propensity: 0.1, ModelVersion: 1,
				State: catalog.StateSent, CreatedAt: at, SentAt: at,
			})
		}
		_, err := c.CreatePosts(ctx, slot, posts, nil)
		f.check(err)
	}
	run, err := c.StartRun(ctx, catalog.Run{GuildID: id, Kind: catalog.RunScrape, By: catalog.BySchedule, Started: time.Now().Add(-time.Hour)})
	f.check(err)
	f.check(c.FinishRun(ctx, run))
}

// vote writes votes of a guild.
func (f *farm) vote(c catalog.Store, i int, votes []breedVote) {
	f.t.Helper()
	id := farmGuild(i)
	changes := make([]catalog.VoteChange, len(votes))
	for n, v := range votes {
		change := catalog.VoteChange{GuildID: id, VideoID: v.video, MemberID: farmMember(v.member), Up: v.up, Set: true, Source: catalog.SourceImport, At: farmSlot(farmDays - 1)}
		if v.day >= 0 {
			at := farmSlot(v.day)
			change.PostID = catalog.PostID(id+"/post/"+at.Format("2006-01-02T15:04"), v.video)
			change.Source, change.At = catalog.SourceReaction, at.Add(time.Hour)
		}
		changes[n] = change
	}
	_, err := c.Vote(f.t.Context(), changes...)
	f.check(err)
}

// found founds the guilds in the stand-in for Discord, with the messages of their posts
// and the reactions below them, if the catalogue has any.
func (f *farm) found(c catalog.Store) {
	f.t.Helper()
	bot := fakediscord.User{ID: f.discord.BotID(), Username: "Cratedigger", Bot: true}
	for i := range f.guilds {
		guild, channel := farmGuild(i), farmChannel(i)
		f.discord.AddGuild(fakediscord.Guild{ID: guild, Name: fmt.Sprint("Guild ", i)})
		f.discord.AddChannel(guild, fakediscord.Channel{ID: channel, Name: "music"})
		if i == 0 {
			f.discord.AddMember(guild, fakediscord.Member{ID: farmMember(99), Name: "admin", Permissions: fakediscord.PermManageGuild})
		}
		if c == nil {
			continue
		}
		posts, err := c.Posts(f.t.Context(), guild, time.Time{})
		f.check(err)
		votes, err := c.Votes(f.t.Context(), guild)
		f.check(err)
		reactions := map[string][]fakediscord.Reaction{}
		for _, v := range votes {
			if v.PostID == "" {
				continue
			}
			for emoji, flag := range map[string]catalog.Flag{"👍": v.Up, "👎": v.Down} {
				if !flag.Reaction.IsZero() {
					reactions[v.PostID] = append(reactions[v.PostID], fakediscord.Reaction{UserID: v.MemberID, Emoji: emoji})
				}
			}
		}
		for _, p := range posts {
			own := []fakediscord.Reaction{{UserID: bot.ID, Emoji: "👍"}, {UserID: bot.ID, Emoji: "👎"}}
			f.discord.Put(fakediscord.Message{ID: p.MessageID, ChannelID: channel, Author: bot, Content: "https://youtu.be/" + p.VideoID,
				Sent: p.SentAt, Reactions: append(own, reactions[p.ID]...)})
		}
	}
}
