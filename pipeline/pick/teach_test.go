package pick

import (
	"testing"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

func teachable(id, title string, p, variance float64) Candidate {
	return Candidate{Video: catalog.Video{Video: youtube.Video{ID: id, Title: title}}, Probability: p, Variance: variance}
}

func TestTeachingAsksWhatIsUncertainAndUnlike(t *testing.T) {
	candidates := []Candidate{
		teachable("sure-yes", "one sunny morning", 0.97, 0),
		teachable("sure-no", "grey afternoon tape", 0.02, 0),
		teachable("doubt-a", "neon river drive", 0.5, 0.2),
		teachable("doubt-a-again", "neon river drive", 0.5, 0.2),
		teachable("doubt-b", "quiet winter piano", 0.45, 0.1),
	}
	got := Teaching(candidates, 2)
	if len(got) != 2 || got[0].Video.ID != "doubt-a" || got[1].Video.ID != "doubt-b" {
		t.Errorf("asks %v, want the uncertain doubt-a and, unlike it, doubt-b", ids(got))
	}
	if all := Teaching(candidates, 10); len(all) != len(candidates) {
		t.Errorf("asks %d of %d candidates when all are wanted", len(all), len(candidates))
	}
	if none := Teaching(nil, 3); len(none) != 0 {
		t.Errorf("asks %v of nothing", ids(none))
	}
}

func ids(cs []Candidate) (out []string) {
	for _, c := range cs {
		out = append(out, c.Video.ID)
	}
	return out
}
