package taste

import (
	"fmt"
	"math"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
)

func vote(member, video string, value int, daysAgo float64) catalog.Vote {
	return catalog.Vote{GuildID: "1", MemberID: member, VideoID: video, Value: value, At: now.Add(-time.Duration(daysAgo * 24 * float64(time.Hour)))}
}

func post(video, slot string, daysAgo float64) catalog.Post {
	at := now.Add(-time.Duration(daysAgo * 24 * float64(time.Hour)))
	return catalog.Post{VideoID: video, Slot: slot, CreatedAt: at, State: catalog.StateSent, Observation: catalog.Observation{At: at.Add(-time.Hour)}}
}

func byVideo(labels []Label) map[string]Label {
	out := map[string]Label{}
	for _, l := range labels {
		out[l.VideoID] = l
	}
	return out
}

func TestLabelsFromVotes(t *testing.T) {
	votes := []catalog.Vote{vote("a", "loved", 1, 1), vote("b", "loved", 1, 1), vote("a", "split", 1, 1), vote("b", "split", -1, 1),
		vote("a", "old", 1, 181), vote("a", "gone", 0, 1)}
	posts := []catalog.Post{post("loved", "s1", 2), post("ignored", "s1", 2), post("alone", "s2", 2), post("fresh", "s1", 0.1)}
	failed := post("failed", "s1", 2)
	failed.State = catalog.StateFailed
	l := byVideo(Labels(votes, append(posts, failed), VoteOptions{Now: now, HalfLife: 90 * 24 * time.Hour}))
	if len(l) != 4 {
		t.Fatalf("labels %+v", l)
	}
	if l["loved"].Share <= l["split"].Share || l["loved"].Share >= 1 || l["loved"].Voters != 2 {
		t.Errorf("loved %+v, split %+v", l["loved"], l["split"])
	}
	if got, want := l["old"].Weight/l["loved"].Weight*math.Sqrt2, 0.25; math.Abs(got-want) > 0.01 {
		t.Errorf("a vote two half-lives old weighs %.3f of a fresh one, want %.2f", got, want)
	}
	if w := l["ignored"]; !w.Weak || w.Share != 0 || w.Weight >= l["split"].Weight {
		t.Errorf("a pick left lying: %+v", w)
	}
	if !l["loved"].KnownAt.Equal(posts[0].Observation.At) {
		t.Errorf("known at %v, posted on %v", l["loved"].KnownAt, posts[0].Observation.At)
	}
	for _, id := range []string{"alone", "fresh", "failed", "gone"} {
		if _, ok := l[id]; ok {
			t.Errorf("%s became a label", id)
		}
	}
}

// Silence on a pick says less where members answer few picks, and how its own slot was
// answered says nothing of that.
func TestSilenceSaysLessInAQuietGuild(t *testing.T) {
	weak := func(answered, slots int) float64 {
		votes := []catalog.Vote{vote("a", "heard", 1, 1)}
		posts := []catalog.Post{post("heard", "own", 2), post("ignored", "own", 2)}
		for i := range slots {
			id := fmt.Sprint("v", i)
			posts = append(posts, post(id, fmt.Sprint("s", i), 3))
			if i < answered {
				votes = append(votes, vote("a", id, 1, 2))
			}
		}
		return byVideo(Labels(votes, posts, VoteOptions{Now: now, HalfLife: 1e6 * time.Hour}))["ignored"].Weight
	}
	quiet, young, busy := weak(2, 40), weak(0, 0), weak(38, 40)
	if math.Abs(young-weakWeight/2) > 0.001 || math.Abs(quiet-weakWeight*7/50) > 0.001 || math.Abs(busy-weakWeight*43/50) > 0.001 {
		t.Errorf("a weak negative weighs %.3f in a quiet guild, %.3f in a young one, %.3f in a busy one", quiet, young, busy)
	}
}

func TestNoMemberOutweighsTheOthers(t *testing.T) {
	var votes []catalog.Vote
	for i := range 500 {
		votes = append(votes, vote("loud", fmt.Sprint("loud", i), 1, 1))
	}
	for i := range 40 {
		votes = append(votes, vote(fmt.Sprint("m", i%5), fmt.Sprint("quiet", i), 1-2*(i%4/3), 1))
	}
	loud, quiet := 0.0, 0.0
	for id, l := range byVideo(Labels(votes, nil, VoteOptions{Now: now, HalfLife: 90 * 24 * time.Hour})) {
		if id[0] == 'l' {
			loud += l.Weight
		} else {
			quiet += l.Weight
		}
	}
	if loud > 1.05*quiet {
		t.Errorf("one member weighs %.1f, all others %.1f", loud, quiet)
	}
}

func TestWhoLikesEverythingSaysLittle(t *testing.T) {
	var votes []catalog.Vote
	for i := range 30 {
		votes = append(votes, vote("yes", fmt.Sprint("x", i), 1, 1), vote("no", fmt.Sprint("y", i), 1-2*(i%2), 1))
	}
	l := byVideo(Labels(votes, nil, VoteOptions{Now: now, HalfLife: 90 * 24 * time.Hour}))
	if l["x1"].Share >= l["y0"].Share-0.05 {
		t.Errorf("👍 of who likes everything %.2f, of who chooses %.2f", l["x1"].Share, l["y0"].Share)
	}
}

func TestReady(t *testing.T) {
	labels := func(yes, no int) (out []Label) {
		for range yes {
			out = append(out, Label{Share: 0.9, Weight: 1})
		}
		for range no {
			out = append(out, Label{Share: 0.1, Weight: 1, Weak: true})
		}
		return out
	}
	for _, c := range []struct {
		yes, no int
		want    bool
	}{{0, 0, false}, {20, 1, false}, {8, 2, true}, {5, 4, false}, {1, 50, false}} {
		if got := Ready(labels(c.yes, c.no)); got != c.want {
			t.Errorf("%d liked, %d not: %v", c.yes, c.no, got)
		}
	}
}
