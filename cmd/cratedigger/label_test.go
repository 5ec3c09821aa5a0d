package main

import (
	"bufio"
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

type keptVotes struct{ changes []catalog.VoteChange }

func (k *keptVotes) Vote(_ context.Context, changes ...catalog.VoteChange) ([]catalog.Vote, error) {
	k.changes = append(k.changes, changes...)
	return nil, nil
}

func TestLabelKeepsEachAnswerAtOnce(t *testing.T) {
	var out bytes.Buffer
	kept := &keptVotes{}
	inv := &invocation{ctx: t.Context(), out: &out, now: func() time.Time { return time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC) }}
	s := labelSession{inv: inv, guild: "1", votes: kept, answers: bufio.NewScanner(strings.NewReader("y\nwhat?\nn\nu\ns\nq\n"))}
	for _, id := range []string{"aaaaaaaaaaa", "bbbbbbbbbbb", "ccccccccccc", "ddddddddddd"} {
		var r pipeline.Ranked
		r.Video.ID, r.Video.Title = id, "evil\x1b[31m \u202etitle"
		if err := s.ask(r); err != nil {
			t.Fatal(err)
		}
		if s.over {
			break
		}
	}
	if len(kept.changes) != 3 || !kept.changes[0].Up || kept.changes[1].Up || kept.changes[2].Set {
		t.Fatalf("changes %+v", kept.changes)
	}
	if c := kept.changes[2]; c.VideoID != "bbbbbbbbbbb" || c.MemberID != catalog.ImportVoter || c.Source != catalog.SourceImport {
		t.Errorf("taken back %+v", c)
	}
	if len(s.given) != 1 || !s.over {
		t.Errorf("%d kept, over %v", len(s.given), s.over)
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e") {
		t.Error("a hostile title reached the terminal")
	}
}
