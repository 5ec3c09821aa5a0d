package bot

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// TestForgedInteractions sends interactions that no client of Discord's would send:
// nothing of them can be trusted.
func TestForgedInteractions(t *testing.T) {
	t.Parallel()
	w, posts := liveWorld(t)
	other := w.discord.AddGuild(fakediscord.Guild{Name: "Elsewhere"})
	channel := w.discord.AddChannel(other, fakediscord.Channel{Name: "music"})
	w.settle()
	theirs := w.slot(other, channel, w.clock.Now(), 1, nil)[0]
	before, err := w.catalog.Guilds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	forge := func(kind int, permissions, data string) {
		n++
		raw := fmt.Sprintf(`{"id":"99%d","token":"t%d","application_id":"1","type":%d,"guild_id":%q,"channel_id":%q,"member":{"user":{"id":%q},"permissions":%q},"data":%s}`,
			n, n, kind, w.guild, w.channel, w.cy, permissions, data)
		var in discord.Interaction
		if err := json.Unmarshal([]byte(raw), &in); err != nil {
			t.Fatal(err)
		}
		w.bot.receive(&in)
	}
	for _, customID := range []string{
		"v1:up:" + theirs.ID, "v1:down:" + theirs.ID, "v1:block:" + theirs.ID, "v1:why:" + theirs.ID,
		"v1:up", "v1:up:", "v1:up:../../x", "v0:up:" + posts[0].ID, "v1::", ":", "v1:setup:start", "v1:setup:genres", "v1:setup:count", "v1:nothing",
		"v1:artist:" + theirs.ID, "v1:like:" + theirs.ID, "v1:artist:" + posts[0].ID, "v1:artist", "v1:artist:", "v1:like", "v1:like:../../x",
		"v1:up:" + strings.Repeat("a", 500), "v1:cancel:retrain:" + w.admin, "v1:label:aaaaaaaaaaa:u:-7", "v1:block:" + posts[0].ID + `\u0000`,
	} {
		forge(3, "0", fmt.Sprintf(`{"custom_id":"%s","component_type":2,"values":["7"]}`, customID))
		forge(5, "0", fmt.Sprintf(`{"custom_id":"%s","components":[]}`, customID))
	}
	for _, command := range []string{"setup", "rescrape", "retrain", "status", "cratedigger", "Take this pick back", "nothing", ""} {
		forge(2, "0", fmt.Sprintf(`{"name":%q,"target_id":%q,"options":[{"name":"pause","type":1}]}`, command, posts[0].MessageID))
		forge(4, "3072", fmt.Sprintf(`{"name":%q}`, command))
	}
	long := strings.Repeat("\\u202e", 50_000)
	for _, artist := range []string{`"` + long + `"`, `{"a":1}`, `7`, `["x"]`, `null`, `"\u0000"`} {
		option := `"options":[{"name":"artist","type":3,"focused":true,"value":` + artist + `}]`
		for _, kind := range []int{2, 4} {
			forge(kind, "0", `{"name":"recommend",`+option+`}`)
			forge(kind, "0", `{"name":"cratedigger","options":[{"name":"block","type":1,`+option+`}]}`)
		}
		w.settle()
	}
	if _, kept, err := w.catalog.State(t.Context(), requestsState(w.guild)); kept || err != nil {
		t.Errorf("a request was kept (%v)", err)
	}
	w.settle()
	for _, answer := range []string{"u:7", "d:1"} {
		forge(3, "0", fmt.Sprintf(`{"custom_id":"v1:label:aaaaaaaaaaa:%s","component_type":2}`, answer))
		w.settle()
	}
	after, err := w.catalog.Guilds(t.Context())
	if err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("settings were changed: %+v, then %+v (%v)", before, after, err)
	}
	if got := w.vote(theirs.ID, w.cy); got != 0 {
		t.Errorf("a vote of %+d from another guild was taken", got)
	}
	if votes, err := w.catalog.Votes(t.Context(), w.guild); err != nil || slices.ContainsFunc(votes, func(v catalog.Vote) bool { return v.PostID == "" }) {
		t.Errorf("a label of a video that was never asked about: %+v (%v)", votes, err)
	}
	if p, _, err := w.catalog.Post(t.Context(), posts[0].ID); err != nil || p.State != catalog.StateSent {
		t.Errorf("the pick is %q (%v)", p.State, err)
	}
	if len(w.stages.seeded) > 0 {
		t.Errorf("proposed: %q", w.stages.seeded)
	}
	// An administrator may; how Discord says so is a number in a string.
	forge(2, "32", `{"name":"cratedigger","options":[{"name":"pause","type":1}]}`)
	w.settle()
	if !w.settings().Paused {
		t.Error("an administrator could not pause")
	}
}

// TestFloodOfCommands: costly commands have a cool-down, and each guild has a limit
// of its own for commands at once.
func TestFloodOfCommands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	predict := fakediscord.Interaction{Command: "predict", Options: map[string]any{"link": "vid-0000001"}}
	seed := fakediscord.Interaction{Command: "seed", Options: map[string]any{"link": "vid-0000001"}}
	posts := w.deliver(1)
	like := fakediscord.Interaction{MessageID: posts[0].MessageID, CustomID: discord.CustomID(actionLike, posts[0].ID)}
	for _, costly := range []fakediscord.Interaction{seed, {Command: "recommend"}, like} {
		if first := w.do(costly).Answer().Content; strings.Contains(first, "Please wait") {
			t.Errorf("%s: %q", costly.Command, first)
		}
		if again := w.do(costly).Answer().Content; !strings.Contains(again, "Please wait") {
			t.Errorf("%s a second time at once: %q", costly.Command, again)
		}
		w.clock.add(coolRank)
	}
	release := make(chan struct{})
	w.stages.explain = func(string) (pipeline.Explanation, error) {
		<-release
		return pipeline.Explanation{}, errors.New("nothing")
	}
	var calls []*fakediscord.Call
	for range 2 * laneWidth {
		predict.ChannelID, predict.MemberID = w.channel, w.discord.AddMember(w.guild, fakediscord.Member{Name: "Zed"})
		call, err := w.discord.Interact(predict)
		if err != nil {
			t.Fatal(err)
		}
		calls = append(calls, call)
	}
	turnedAway := func() (n int) {
		for _, c := range calls {
			if c.Kind() == 4 {
				n++
			}
		}
		return n
	}
	w.until("as many as there are places are let in", func() bool { return turnedAway() == laneWidth })
	other := w.discord.AddGuild(fakediscord.Guild{Name: "Quiet"})
	channel := w.discord.AddChannel(other, fakediscord.Channel{Name: "music"})
	member := w.discord.AddMember(other, fakediscord.Member{Name: "Yan"})
	call, err := w.discord.Run(w.ctx, fakediscord.Interaction{ChannelID: channel, MemberID: member, Command: "help"})
	if err != nil || call.Answer().Content == "" {
		t.Errorf("another guild waits: %v", err)
	}
	close(release)
	w.settle()
}

// TestPagesOfNoVideoHaveAPause: a page that holds no video is one of the day's
// pages too, so asking for it again has to wait; where nothing was read, not.
func TestPagesOfNoVideoHaveAPause(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	predict := fakediscord.Interaction{Command: "predict", Options: map[string]any{"link": "vid-0000001"}}
	for _, tt := range []struct {
		err    error
		pauses bool
	}{
		{errors.New("YouTube cannot be reached"), false},
		{&pipeline.VideoError{ID: "vid-0000001", Status: youtube.StatusRemoved}, true},
	} {
		w.stages.explain = func(string) (pipeline.Explanation, error) { return pipeline.Explanation{}, tt.err }
		w.do(predict)
		if again := w.do(predict).Answer().Content; strings.Contains(again, "Please wait") != tt.pauses {
			t.Errorf("after %q: %q", tt.err, again)
		}
	}
}
