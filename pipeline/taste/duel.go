package taste

import (
	"cmp"
	"math"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"
)

// duelWeight is the weight of each of the two labels that an answer to a duel gives: as
// much as a vote's. TestDuelWeights chose it on one half of a person's songs.
const duelWeight = 1.0

// WithDuels adds the answers to duels to the labels of a guild's votes. An answer is
// two labels: the chosen song is liked and the other is
// not; of both, both are, of neither, none. A member's vote on a song says more than
// their answers about it, which do not count then. The labels age as votes do, and all
// answers of one member weigh at most as much as 30, or as those of all others.
//
// The model of Bradley and Terry (1952), a logistic regression on differences, learned
// less where listeners press by taste alone, for it hears nothing in both and neither,
// and as much where some like everything (TestDuelsAsDifferences).
func WithDuels(labels []Label, duels []catalog.Duel, votes []catalog.Vote, o VoteOptions) []Label {
	return withDuels(labels, duels, votes, o, duelWeight)
}

func withDuels(labels []Label, duels []catalog.Duel, votes []catalog.Vote, o VoteOptions, each float64) []Label {
	duels = slices.DeleteFunc(slices.Clone(duels), func(d catalog.Duel) bool { return d.MemberID == "" || d.Choice == "" })
	if len(duels) == 0 {
		return labels
	}
	type voter struct{ member, video string }
	voted := map[voter]bool{}
	for _, v := range votes {
		voted[voter{v.MemberID, v.VideoID}] = v.Value != 0
	}
	of := map[string]int{}
	for _, d := range duels {
		of[d.MemberID]++
		if o.Now.Before(d.At) {
			o.Now = d.At
		}
	}
	type tally struct {
		likes, weight float64
		voters        map[string]bool
		newest        time.Time
	}
	tallies := map[string]*tally{}
	add := func(d catalog.Duel, video string, liked bool) {
		if voted[voter{d.MemberID, video}] {
			return
		}
		t := tallies[video]
		if t == nil {
			t = &tally{voters: map[string]bool{}}
			tallies[video] = t
		}
		w := each * math.Exp2(-max(0, o.Now.Sub(d.At).Hours())/o.HalfLife.Hours())
		if n := of[d.MemberID]; len(of) > 1 {
			w *= min(1, max(memberCap, float64(len(duels)-n))/float64(n))
		}
		t.weight += w
		if liked {
			t.likes += w
		}
		t.voters[d.MemberID] = true
		if d.At.After(t.newest) {
			t.newest = d.At
		}
	}
	for _, d := range duels {
		add(d, d.A, d.Choice == catalog.ChoseA || d.Choice == catalog.ChoseBoth)
		add(d, d.B, d.Choice == catalog.ChoseB || d.Choice == catalog.ChoseBoth)
	}
	labels = slices.Clone(labels)
	for i, l := range labels {
		if t := tallies[l.VideoID]; t != nil {
			labels[i].Share = (l.Share*l.Weight + t.likes) / (l.Weight + t.weight)
			labels[i].Weight, labels[i].Weak = l.Weight+t.weight, false
			labels[i].Voters = max(l.Voters, len(t.voters))
			if t.newest.After(l.VotedAt) {
				labels[i].VotedAt = t.newest
			}
			delete(tallies, l.VideoID)
		}
	}
	const prior = priorVotes // towards neither
	for id, t := range tallies {
		if t.weight > 0 {
			labels = append(labels, Label{VideoID: id, Voters: len(t.voters), VotedAt: t.newest, Weight: t.weight,
				Share: (prior*t.weight/2 + t.likes) / (prior*t.weight + t.weight)})
		}
	}
	slices.SortFunc(labels, func(a, b Label) int {
		return cmp.Or(a.VotedAt.Compare(b.VotedAt), cmp.Compare(a.VideoID, b.VideoID))
	})
	return labels
}
