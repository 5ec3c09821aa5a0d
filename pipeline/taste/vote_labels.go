package taste

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"
)

// VoteOptions say how the weight of a vote falls with its age.
type VoteOptions struct {
	Now      time.Time     // the age of a vote is counted up to here; zero means the time of the newest vote
	HalfLife time.Duration // of a vote's weight; required
}

const (
	priorVotes = 0.5            // strength of the Beta prior
	weakWeight = 0.7            // of a weak negative where every pick is answered; a vote's is 1
	weakPrior  = 10.0           // picks, half of them answered, that a guild begins with
	settleTime = 20 * time.Hour // after which a pick without a vote may become a weak negative
	memberCap  = 30.0           // how many votes of one member count in full, however few the others give
	biasVotes  = 10             // votes from which a member's bias is removed
)

// Labels turns the votes and posts of one guild into labels, sorted by VotedAt
// and then by video.
//
// A label's share is the video's share of likes, smoothed by a Beta prior at the
// guild's base rate. The label's weight grows with the square root of the number of
// voters, because a second voter adds less than the first, and halves with each
// HalfLife. A pick that nobody voted on while another of its slot got votes is
// a weak negative, unless its post failed or was taken back. Silence says more where
// members answer most picks: its weight is 0.7 times the share of the guild's picks of
// other slots that were answered.
//
// All votes of one member together weigh at most as much as 30 votes, or as the
// votes of all others if these are more. From ten votes on, Labels removes a
// member's bias: the difference between their and the guild's share of 👍, shrunk.
// So the 👍 of somebody who likes everything moves little.
func Labels(votes []catalog.Vote, posts []catalog.Post, o VoteOptions) []Label {
	votes = slices.DeleteFunc(slices.Clone(votes), func(v catalog.Vote) bool { return v.Value == 0 })
	if o.Now.IsZero() {
		for _, v := range votes {
			if v.At.After(o.Now) {
				o.Now = v.At
			}
		}
	}
	base := 0.5
	up := 0.0
	for _, v := range votes {
		if v.Value > 0 {
			up++
		}
	}
	if len(votes) > 0 {
		base = (up + 1) / (float64(len(votes)) + 2)
	}
	members := weighMembers(votes, base)

	shown := map[string]catalog.Post{} // the first post of each video
	for _, p := range posts {
		if old, ok := shown[p.VideoID]; !ok || p.CreatedAt.Before(old.CreatedAt) {
			shown[p.VideoID] = p
		}
	}

	type tally struct {
		likes, weight, count float64
		voters               map[string]bool
		newest               time.Time
	}
	tallies := map[string]*tally{}
	for _, v := range votes {
		t := tallies[v.VideoID]
		if t == nil {
			t = &tally{voters: map[string]bool{}}
			tallies[v.VideoID] = t
		}
		m := members[v.MemberID]
		decay := m.scale * math.Exp2(-max(0, o.Now.Sub(v.At).Hours())/o.HalfLife.Hours())
		like := 0.0
		if v.Value > 0 {
			like = 1
		}
		t.likes += decay * min(1, max(0, like-m.bias))
		t.weight += decay
		t.count++
		t.voters[v.MemberID] = true
		if v.At.After(t.newest) {
			t.newest = v.At
		}
	}
	var labels []Label
	for id, t := range tallies {
		// The prior ages with the votes, so that an old label loses weight but
		// keeps its share.
		prior := priorVotes * t.weight / t.count
		voters := float64(len(t.voters))
		l := Label{
			VideoID: id, Voters: len(t.voters), VotedAt: t.newest,
			Share:  (prior*base + t.likes) / (prior + t.weight),
			Weight: t.weight / t.count * math.Sqrt(voters),
		}
		if p, ok := shown[id]; ok {
			l.KnownAt = knownAt(p)
		}
		if l.Weight > 0 {
			labels = append(labels, l)
		}
	}

	voted := map[string]bool{} // slots in which any pick was voted on
	for _, p := range posts {
		if tallies[p.VideoID] != nil {
			voted[p.Slot] = true
		}
	}
	settled := func(p catalog.Post) bool {
		return o.Now.Sub(p.CreatedAt) >= settleTime && p.State != catalog.StateFailed && p.State != catalog.StateRetired
	}
	type answers struct{ picks, answered float64 }
	of, all := map[string]answers{}, answers{} // by slot; of all
	for id, p := range shown {
		if !settled(p) {
			continue
		}
		a := of[p.Slot]
		a.picks, all.picks = a.picks+1, all.picks+1
		if tallies[id] != nil {
			a.answered, all.answered = a.answered+1, all.answered+1
		}
		of[p.Slot] = a
	}
	for id, p := range shown {
		if tallies[id] != nil || !voted[p.Slot] || !settled(p) {
			continue
		}
		own, age := of[p.Slot], o.Now.Sub(p.CreatedAt)
		elsewhere := (all.answered - own.answered + weakPrior/2) / (all.picks - own.picks + weakPrior)
		labels = append(labels, Label{
			VideoID: id, Weak: true, KnownAt: knownAt(p), VotedAt: p.CreatedAt.Add(settleTime),
			Weight: weakWeight * elsewhere * math.Exp2(-age.Hours()/o.HalfLife.Hours()),
		})
	}
	slices.SortFunc(labels, func(a, b Label) int {
		return cmp.Or(a.VotedAt.Compare(b.VotedAt), cmp.Compare(a.VideoID, b.VideoID))
	})
	return labels
}

// knownAt is when the values were read that a post was scored with.
func knownAt(p catalog.Post) time.Time {
	if !p.Observation.At.IsZero() {
		return p.Observation.At
	}
	return p.CreatedAt
}

// member has the weight and the bias of one member's votes.
type member struct {
	scale float64 // weight of each of their votes
	bias  float64 // their share of 👍 minus the guild's, shrunk
}

// weighMembers returns each member's weight and bias, by member id. base is the
// guild's share of 👍.
func weighMembers(votes []catalog.Vote, base float64) map[string]member {
	type count struct{ n, up float64 }
	counts := map[string]*count{}
	for _, v := range votes {
		c := counts[v.MemberID]
		if c == nil {
			c = &count{}
			counts[v.MemberID] = c
		}
		c.n++
		if v.Value > 0 {
			c.up++
		}
	}
	members := make(map[string]member, len(counts))
	for id, c := range counts {
		m := member{scale: 1}
		others := float64(len(votes)) - c.n
		if limit := max(memberCap, others); len(counts) > 1 && c.n > limit {
			m.scale = limit / c.n
		}
		if len(counts) > 1 && c.n >= biasVotes {
			const shrink = 5 // strength, in votes, of the prior that a member is like the guild
			m.bias = c.n / (c.n + shrink) * (c.up/c.n - base)
		}
		members[id] = m
	}
	return members
}

// The smallest numbers of labels, and of labels of each class, to learn from.
const (
	minLabels = 10
	minClass  = 2
)

// Ready reports whether there are enough labels to learn from: ten, and two of
// each class, weak negatives included. What was told does not count.
func Ready(labels []Label) bool { return Missing(labels) == 0 }

// Missing is how many labels more there must be at least to learn from them.
func Missing(labels []Label) int {
	labels = Votes(labels)
	liked := countLiked(labels)
	return max(0, minLabels-len(labels), max(0, minClass-liked)+max(0, minClass-(len(labels)-liked)))
}

// Lacking says in a sentence which labels are still needed to learn from; "" when
// there are enough.
func Lacking(labels []Label) string {
	if Ready(labels) {
		return ""
	}
	labels = Votes(labels)
	liked := countLiked(labels)
	return fmt.Sprintf("Learning takes at least %d labels, %d of them liked and %d not; there are %d, %d liked and %d not.",
		minLabels, minClass, minClass, len(labels), liked, len(labels)-liked)
}

func countLiked(labels []Label) (liked int) {
	for _, l := range labels {
		if l.Share >= 0.5 {
			liked++
		}
	}
	return liked
}
