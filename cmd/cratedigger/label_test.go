//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
)

func TestLabelKeepsEachAnswerAtOnce(t *testing.T) {
	var out bytes.Buffer
	kept, err := bolt.OpenMemory(bolt.Options{Log: slog.New(slog.DiscardHandler)})
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
	votes, err := kept.Votes(t.Context(), "1")
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

// TestLabelCommand asks about what has no label yet, until there is no more or the
// person stops.
func TestLabelCommand(t *testing.T) {
	dir := t.TempDir()
	if code, _, errOut := execute(t, dir, "video_id,title,y\naaaaaaaaaaa,One,1\nbbbbbbbbbbb,Two,0\nccccccccccc,Three,\nddddddddddd,Four,\n", "labels", "import", "-"); code != 0 {
		t.Fatal(errOut)
	}
	code, out, errOut := execute(t, dir, "y\n", "label", "-n", "1")
	if code != 0 || strings.Count(out, "like it?") != 1 || !strings.Contains(out, "1 labels kept") {
		t.Errorf("one video: exit %d, %q, %s", code, out, errOut)
	}
	code, out, errOut = execute(t, dir, "u\nn\n", "label")
	if code != 0 || strings.Count(out, "like it?") != 2 || !strings.Contains(out, "nothing to take back") || !strings.Contains(out, "no more videos") {
		t.Errorf("the rest: exit %d, %q, %s", code, out, errOut)
	}
	if _, out, _ := execute(t, dir, "", "labels", "export"); strings.Count(out, "\n") != 5 {
		t.Errorf("after the answers the labels are %q", out)
	}
}

// The terminal asks what the guild would be asked everywhere, in that order.
func TestLabelAsksTheGuildsNextQuestions(t *testing.T) {
	dir := t.TempDir()
	rows := "video_id,title,channel,y\n"
	for i, artist := range []string{"Mara Quill", "Otto Venn", "Ilse Marrow", "Otto Venn", "Mara Quill", "Otto Venn", "Junia Holt", "Bram Tessel"} {
		rows += fmt.Sprintf("aaaaaaaaaa%d,%s - Number %c (Official Video),%s,\n", i, artist, 'A'+i, artist)
	}
	if code, _, errOut := execute(t, dir, rows, "labels", "import", "-"); code != 0 {
		t.Fatal(errOut)
	}
	code, out, errOut := execute(t, dir, strings.Repeat("s\n", 7), "label", "-n", "7")
	if code != 0 {
		t.Fatal(errOut)
	}
	inv := &invocation{ctx: t.Context(), out: io.Discard, errOut: io.Discard, now: time.Now, globals: &cli{}, getenv: func(name string) string {
		return map[string]string{"CRATEDIGGER_DATA_DIR": dir}[name]
	}}
	p, id, err := inv.openGuild("")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	next, err := p.Loop.LabelNext(t.Context(), id, 7, nil)
	if err != nil || len(next) != 7 || !strings.HasPrefix(next[0].Video.Title, "Otto Venn") {
		t.Fatal(next, err)
	}
	at := 0
	for i, r := range next {
		found := strings.Index(out[at:], fmt.Sprintf("\n%d. %s\n", i+1, r.Video.Title))
		if found < 0 {
			t.Fatalf("question %d is not about %s:\n%s", i+1, r.Video.Title, out)
		}
		at += found
	}
}
