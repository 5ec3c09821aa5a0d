package bot

import (
	"strings"
	"testing"

	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/youtube"
)

// TestTeach: the menu of a message with a link is the caller's own like of the video,
// and no other word of the message is kept.
func TestTeach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	say := func(content string) string {
		t.Helper()
		id, err := w.discord.Say(w.cy, w.channel, content)
		if err != nil {
			t.Fatal(err)
		}
		w.settle()
		return id
	}
	teach := func(memberID, message string) fakediscord.Message {
		t.Helper()
		w.clock.add(coolSeed)
		return w.do(fakediscord.Interaction{MemberID: memberID, Command: cmdTeach, Target: message}).Answer()
	}
	message := say("dailymotion.com/x 12345678901 secretplans, see [this](https://www.youtube.com/watch?v=vid-0000007&t=4s) and https://youtu.be/vid-0000008")
	answer := teach(w.ben, message)
	if got := answer.Content; !answer.Ephemeral() || got != "I noted that you like **A linked song** by Somebody." {
		t.Errorf("said %q", got)
	}
	votes, err := w.catalog.Votes(t.Context(), w.guild)
	if err != nil || len(votes) != 1 || votes[0].MemberID != w.ben || votes[0].VideoID != "vid-0000007" || votes[0].PostID != "" || votes[0].Value != 1 {
		t.Errorf("votes %+v, %v", votes, err)
	}
	if log := w.log.String(); strings.Contains(log, "secretplans") {
		t.Errorf("the message is in the log:\n%s", log)
	}
	// /seed's pause is shared: both read a page.
	if got := w.do(fakediscord.Interaction{Command: "seed", Options: map[string]any{"link": "vid-0000001"}}).Answer().Content; !strings.Contains(got, "Please wait") {
		t.Errorf("a proposal right after: %q", got)
	}
	w.button(w.ben, answer, "Undo")
	if votes, err := w.catalog.Votes(t.Context(), w.guild); err != nil || len(votes) != 0 {
		t.Errorf("undo left %+v, %v", votes, err)
	}

	for _, c := range []struct {
		err  error
		want string
	}{
		{&pipeline.RefusedError{Why: pick.Refusal{Bar: pick.BarCategory}}, "I do not learn from **A linked song** by Somebody: YouTube does not list it as music, and I post only music here."},
		{&pipeline.RefusedError{Why: pick.Refusal{Bar: pick.BarArtist}}, "its artist is blocked here"},
		{&pipeline.VideoError{Status: youtube.StatusPrivate}, "I cannot use that video: it is private."},
	} {
		w.stages.teach = func(string) error { return c.err }
		if got := teach(w.ben, message).Content; !strings.Contains(got, c.want) {
			t.Errorf("%v: %q", c.err, got)
		}
	}
	w.stages.teach = func(id string) error { t.Errorf("%s was read", id); return nil }
	for _, content := range []string{"no link: abcdefghijk", "https://example.com/watch?v=vid-0000007", "https://youtube.com/@channel"} {
		if got := teach(w.ben, say(content)).Content; got != "There is no link to a YouTube video in that message." {
			t.Errorf("%q: %q", content, got)
		}
	}
	if votes, err := w.catalog.Votes(t.Context(), w.guild); err != nil || len(votes) != 0 {
		t.Errorf("what was refused left %+v, %v", votes, err)
	}
}

// TestLinked: links in words, in markdown, without a preview, and only in the preview.
func TestLinked(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"<https://youtu.be/vid-0000001>": "vid-0000001", "||https://m.youtube.com/watch?v=vid-0000002||": "vid-0000002",
		"a http://www.youtube.com/shorts/vid-0000003?x=1 b": "vid-0000003", "vid-0000004": "", "": "", "https://": "",
		strings.Repeat("https://a.example/ ", mostAddresses) + "https://youtu.be/vid-0000005": "",
	} {
		if got, _ := linked(content, nil); got != want {
			t.Errorf("%.60q: %q, want %q", content, got, want)
		}
	}
	if got, _ := linked("look", []string{"", "https://www.youtube.com/watch?v=vid-0000006"}); got != "vid-0000006" {
		t.Errorf("a preview alone: %q", got)
	}
	if got, ok := linked("look", []string{"vid-0000006"}); ok {
		t.Errorf("an id that is no link: %q", got)
	}
}
