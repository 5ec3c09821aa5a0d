package simguild_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"cratedigger/internal/simguild"
)

func sample(seed uint64, n int) []simguild.Traits {
	rng := rand.New(rand.NewPCG(seed, 1))
	one := func(kind string, n int) string { return fmt.Sprint(kind, rng.IntN(n)) }
	out := make([]simguild.Traits, n)
	for i := range out {
		out[i] = simguild.Traits{Genre: one("g", 16), Mood: one("m", 6), Era: one("e", 4), Language: one("l", 10), Format: one("f", 8),
			Energy: rng.Float64(), Quality: rng.Float64()}
	}
	return out
}

// The guild behaves as issue people do: most posts quiet, few 👎, noise, and a
// quarter of videos liked.
func TestMembersBehaveAsPeopleDo(t *testing.T) {
	for seed := range uint64(5) {
		videos := sample(seed, 1000)
		g := simguild.New(simguild.Options{Seed: seed, Sample: videos})
		liked := 0
		var likedVotes, otherVotes float64
		var likedPosts, otherPosts float64
		for i, v := range videos {
			day := i / 100
			up := 0.0
			for _, r := range g.Reactions(day, fmt.Sprint("post", i), v) {
				if r.Up && !r.Remove {
					up++
				}
			}
			if g.Likes(day, v) {
				liked++
				likedVotes += up
				likedPosts++
			} else {
				otherVotes += up
				otherPosts++
			}
		}
		c := g.Tally()
		if share := float64(liked) / 1000; share < 0.2 || share > 0.3 {
			t.Errorf("seed %d: the guild likes %.2f of videos, want 0.20 to 0.30", seed, share)
		}
		if share := float64(c.Quiet) / float64(c.Posts); share < 0.6 {
			t.Errorf("seed %d: only %.2f of posts have no vote or one", seed, share)
		}
		if share := float64(c.Noise) / float64(c.Votes); share < 0.15 || share > 0.5 {
			t.Errorf("seed %d: %.2f of votes are noise", seed, share)
		}
		if share := float64(c.Down) / float64(c.Votes); share > 0.3 {
			t.Errorf("seed %d: %.2f of votes are down", seed, share)
		}
		if c.Taken == 0 {
			t.Errorf("seed %d: no reaction was taken back", seed)
		}
		if a, b := likedVotes/likedPosts, otherVotes/otherPosts; a < 1.8*b {
			t.Errorf("seed %d: liked posts get %.2f 👍, others %.2f: nothing to learn from", seed, a, b)
		}
	}
}

func TestSameSeedSameGuildWhateverTheOrder(t *testing.T) {
	videos := sample(9, 50)
	a, b := simguild.New(simguild.Options{Seed: 9, Sample: videos}), simguild.New(simguild.Options{Seed: 9, Sample: videos})
	first := a.Reactions(3, "x", videos[0])
	b.Reactions(3, "y", videos[1])
	if second := b.Reactions(3, "x", videos[0]); !reflect.DeepEqual(first, second) {
		t.Errorf("reactions differ:\n%v\n%v", first, second)
	}
	if a.String() != b.String() || !strings.Contains(a.String(), "8 members") {
		t.Error("the description is not the same")
	}
}

// Who likes a song likes its other uploads, and most of the artist's songs.
func TestMembersLikeSongsAndArtists(t *testing.T) {
	same, byArtist, songs := 0.0, 0.0, 0.0
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 3))
		videos := sample(seed, 1200) // 60 artists with ten songs, each with two uploads
		for i := range videos {
			v, artist := &videos[i], i/20
			v.Artist, v.Song, v.Genre = fmt.Sprint("artist", artist), fmt.Sprint("song", i/2), fmt.Sprint("g", artist%16)
			if v.Language = fmt.Sprint("l", artist%10); i%2 == 1 {
				quality := v.Quality
				*v = videos[i-1]
				v.Quality = 0.8*v.Quality + 0.2*quality // of the upload
			}
		}
		g := simguild.New(simguild.Options{Seed: seed, Sample: videos})
		for range 20_000 {
			i := rng.IntN(len(videos))
			if !g.Likes(0, videos[i]) {
				continue
			}
			songs++
			if g.Likes(0, videos[i^1]) {
				same++
			}
			if other := i/20*20 + (i%20-i%2+2+rng.IntN(18))%20; g.Likes(0, videos[other]) {
				byArtist++
			}
		}
	}
	if same/songs < 0.85 || byArtist/songs < 0.5 || byArtist > same {
		t.Errorf("who likes a song likes %.2f of its other uploads and %.2f of the artist's other songs", same/songs, byArtist/songs)
	}
	t.Logf("%.2f of other uploads, %.2f of the artist's other songs", same/songs, byArtist/songs)
}
