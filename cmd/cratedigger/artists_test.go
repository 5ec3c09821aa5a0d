//go:build unix

package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/config"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
)

// TestArtistsThroughTheBot: what stands under a pick and is typed about artists reaches
// the guild's candidates: songs that are like a pick, an artist's songs, and a block,
// after which none of them is shown or posted.
func TestArtistsThroughTheBot(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{Seed: 7}, func(cfg *config.Config) { cfg.Defaults.Votes = "buttons" })
	w.start()
	do := func(in fakediscord.Interaction) *fakediscord.Call {
		t.Helper()
		in.ChannelID = w.channel
		call, err := w.discord.Run(w.wait(), in)
		if err != nil {
			t.Fatal(err)
		}
		w.rest()
		return call
	}
	w.until(w.next(18, 1))
	post := w.posts(time.Time{})[0]
	message, _ := w.discord.Message(w.channel, post.MessageID)
	ids := customIDs(t, message)
	if len(ids) != 5 || !strings.HasPrefix(ids[4], "v1:like:") {
		t.Fatalf("under a pick: %q", ids)
	}
	like := do(fakediscord.Interaction{MemberID: w.members[0], MessageID: message.ID, CustomID: ids[4]}).Answer()
	posted := w.posts(time.Time{})
	if shown := linked(like.Content); !like.Ephemeral() || len(shown) == 0 || len(shown) > 3 ||
		slices.ContainsFunc(posted, func(p catalog.Post) bool { return slices.Contains(shown, p.VideoID) }) {
		t.Errorf("more like this: %q", like.Content)
	}

	byArtist := func(name string) []string {
		t.Helper()
		w.until(w.clock.Now().Add(6 * time.Second)) // a member's next list takes five
		call := do(fakediscord.Interaction{MemberID: w.members[0], Command: "recommend", Options: map[string]any{"artist": name, "count": 8}})
		return linked(call.Answer().Content)
	}
	offered := do(fakediscord.Interaction{MemberID: w.members[0], Command: "recommend", Options: map[string]any{"artist": ""}, Focused: "artist"}).Choices()
	if len(offered) == 0 || len(offered) > 25 {
		t.Fatalf("%d artists are offered", len(offered))
	}
	name := ""
	for _, o := range offered {
		if name == "" && len(byArtist(o.Name)) > 0 {
			name = o.Name
		}
	}
	for _, id := range byArtist(name) {
		v, _, err := w.service.Catalog.Video(t.Context(), id)
		if err != nil || !slices.ContainsFunc(v.Performers(), func(a string) bool { return song.ArtistKey(a) == song.ArtistKey(name) }) {
			t.Errorf("by %q: %q (%v)", name, v.Title, err)
		}
	}
	do(fakediscord.Interaction{MemberID: w.admin, Command: "cratedigger", Sub: "block", Options: map[string]any{"artist": strings.ToUpper(name)}})
	if still := byArtist(name); len(still) > 0 {
		t.Errorf("after the block of %q: %q", name, still)
	}
	do(fakediscord.Interaction{MemberID: w.admin, Command: "cratedigger", Sub: "unblock", Options: map[string]any{"what": name}})
	if len(byArtist(name)) == 0 {
		t.Errorf("after the block of %q was undone there is nothing", name)
	}
}
