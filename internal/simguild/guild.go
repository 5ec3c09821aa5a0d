package simguild

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Options of a guild.
type Options struct {
	Seed   uint64
	Sample []Traits // videos as they occur; sets what the guild likes a quarter of
	Drift  float64  // step of a day; 0 means 0.02
	Look   float64  // mean chance that a member looks at a post; 0 means 0.28
}

const (
	likedShare = 0.25 // of the sample that the hidden taste likes
	noiseShare = 0.18 // of votes that are given without regard to taste
)

// Guild is the members and what they think. It is deterministic: the same
// options and the same calls give the same answers. It is not safe for
// concurrent use.
type Guild struct {
	opts      Options
	names     []string
	members   []member
	day       int
	rng       *rand.Rand // of the drift
	threshold float64    // of the guild's mean liking

	posts, quiet, votes, down, noise, taken int
}

type member struct {
	name  string
	taste taste
	cut   float64 // likes what is above
	look  float64
	grump float64 // chance to say 👎 to what they dislike
}

// Reaction is what one member does to one post.
type Reaction struct {
	Member string        // name, "ada"
	Index  int           // of the member, from 0
	After  time.Duration // since the post
	Up     bool          // 👍 or 👎
	Remove bool          // taken back, not given
	Noise  bool          // given without regard to taste
}

var memberNames = []string{"ada", "ben", "chloe", "dmitri", "emi", "farid", "gina", "hugo"}

// New makes a guild.
func New(o Options) *Guild {
	if o.Drift <= 0 {
		o.Drift = 0.02
	}
	if o.Look <= 0 {
		o.Look = 0.28
	}
	g := &Guild{opts: o, names: keys(o.Sample), rng: rand.New(rand.NewPCG(o.Seed, 0xd21f))}
	rng := rand.New(rand.NewPCG(o.Seed, 0x5e1f))
	common := newTaste(rng, g.names, nil, [2]uint64{})
	for _, name := range memberNames {
		m := member{name: name, taste: newTaste(rng, g.names, &common, [2]uint64{o.Seed ^ 0x5069, o.Seed ^ hash(name)}),
			look: o.Look * (0.4 + 1.2*rng.Float64()), grump: 0.02 + 0.08*rng.Float64()}
		m.cut = quantile(o.Sample, m.taste.likes, 1-0.3)
		g.members = append(g.members, m)
	}
	g.threshold = quantile(o.Sample, g.liking, 1-likedShare)
	return g
}

// quantile is the value below which the share q of the sample lies.
func quantile(sample []Traits, value func(Traits) float64, q float64) float64 {
	if len(sample) == 0 {
		return 0
	}
	values := make([]float64, len(sample))
	for i, v := range sample {
		values[i] = value(v)
	}
	slices.Sort(values)
	return values[min(len(values)-1, int(q*float64(len(values))))]
}

func (g *Guild) liking(v Traits) float64 {
	sum := 0.0
	for i := range g.members {
		sum += g.members[i].taste.likes(v)
	}
	return sum / float64(len(g.members))
}

// Likes reports whether the guild's hidden taste likes a video on a day. Days
// only go forward.
func (g *Guild) Likes(day int, v Traits) bool {
	g.advance(day)
	return g.liking(v) > g.threshold
}

func (g *Guild) advance(day int) {
	for ; g.day < day; g.day++ {
		for i := range g.members {
			g.members[i].taste.drift(g.rng, g.names, g.opts.Drift)
			g.members[i].cut = quantile(g.opts.Sample, g.members[i].taste.likes, 1-0.3)
		}
		g.threshold = quantile(g.opts.Sample, g.liking, 1-likedShare)
	}
}

// Favourites are up to n artists of songs that one member likes at first, the member
// and the songs drawn by the seed: an artist of many such songs is drawn more often.
func (g *Guild) Favourites(n int) (member string, artists []string) {
	rng := rand.New(rand.NewPCG(g.opts.Seed, 0xfa40))
	m := &g.members[rng.IntN(len(g.members))]
	for _, i := range rng.Perm(len(g.opts.Sample)) {
		v := g.opts.Sample[i]
		if len(artists) < n && v.Artist != "" && !slices.Contains(artists, v.Artist) && m.taste.likes(v) > m.cut {
			artists = append(artists, v.Artist)
		}
	}
	return m.name, artists
}

// Reactions are what the members do to a post of a day, in order of time. The
// post's id decides the draw, so that the order of asking does not.
func (g *Guild) Reactions(day int, postID string, v Traits) []Reaction {
	g.advance(day)
	rng := rand.New(rand.NewPCG(g.opts.Seed^hash(postID), 0xeac7))
	var out []Reaction
	votes := 0
	for i := range g.members {
		m := &g.members[i]
		looks, luck, mindless := rng.Float64() < m.look, rng.Float64(), rng.Float64()
		up, noise, react := true, false, false
		if looks {
			if likes := m.taste.likes(v) > m.cut; likes {
				react = luck < 0.65
			} else if luck < m.grump {
				up, react = false, true
			}
			// A vote without regard to taste: in place of a real one, or where
			// there would have been none.
			if react && mindless < 0.75*noiseShare || !react && mindless < 0.45*noiseShare {
				up, noise, react = rng.Float64() < 0.85, true, true
			}
		}
		if !react {
			continue
		}
		after := time.Duration((0.05 + 9*rng.Float64()*rng.Float64()) * float64(time.Hour)).Round(time.Second)
		r := Reaction{Member: m.name, Index: i, After: after, Up: up, Noise: noise}
		out = append(out, r)
		votes++
		g.votes++
		if !up {
			g.down++
		}
		if noise {
			g.noise++
		}
		if rng.Float64() < 0.04 {
			r.Remove, r.After = true, after+time.Duration(1+3*rng.Float64())*time.Hour
			out = append(out, r)
			g.taken++
		}
	}
	g.posts++
	if votes <= 1 {
		g.quiet++
	}
	slices.SortFunc(out, func(a, b Reaction) int { return cmp.Or(cmp.Compare(a.After, b.After), cmp.Compare(a.Index, b.Index)) })
	return out
}

func hash(s string) uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// Tally is what the members have done so far.
type Tally struct {
	Posts int // asked about
	Quiet int // of them with no vote or one
	Votes int // given
	Down  int // of the votes: 👎
	Noise int // of the votes: without regard to taste
	Taken int // of the votes: taken back
}

// Tally counts what the members have done so far.
func (g *Guild) Tally() Tally { return Tally{g.posts, g.quiet, g.votes, g.down, g.noise, g.taken} }

// String describes the guild: the numbers by which it behaves, and each
// member's taste.
func (g *Guild) String() string {
	liked := 0
	for _, v := range g.opts.Sample {
		if g.liking(v) > g.threshold {
			liked++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d members; the guild's hidden taste likes %d of %d sampled videos (%.0f %%).\n", len(g.members), liked, len(g.opts.Sample), 100*float64(liked)/max(1, float64(len(g.opts.Sample))))
	fmt.Fprintf(&b, "A member looks at %.0f %% of posts; about %.0f %% of votes are noise; 4 %% are taken back; tastes drift by %.0f %% a day.\n", 100*g.opts.Look, 100*noiseShare, 100*g.opts.Drift)
	for i := range g.members {
		m := &g.members[i]
		fmt.Fprintf(&b, "  %-7s looks at %2.0f %%, says 👎 to %2.0f %% of what displeases; %s\n", m.name, 100*m.look, 100*m.grump, m.taste.String())
	}
	return b.String()
}
