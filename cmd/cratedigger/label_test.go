package main

import (
	"bufio"
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

func TestLabelKeepsEachAnswerAtOnce(t *testing.T) {
	var out bytes.Buffer
	kept, err := catalog.OpenMemory(catalog.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
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
	votes, err := kept.Votes("1")
	if err != nil || len(votes) != 1 { // the second was taken back
		t.Fatalf("votes %+v, %v", votes, err)
	}
	if v := votes[0]; v.VideoID != "aaaaaaaaaaa" || v.MemberID != catalog.ImportVoter || v.Value != 1 {
		t.Errorf("kept %+v", v)
	}
	if len(s.given) != 1 || !s.over {
		t.Errorf("%d kept, over %v", len(s.given), s.over)
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e") {
		t.Error("a hostile title reached the terminal")
	}
}
