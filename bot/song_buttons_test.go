package bot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// suggest makes n songs candidates of the world's guild.
func (w *world) suggest(n int) []string {
	w.t.Helper()
	ids := videoIDs(n)
	for i, id := range ids {
		v := video(id, "Song "+string(rune('A'+i))+" (live)", "Artist "+string(rune('A'+i)))
		if _, err := w.catalog.Observe(w.ctx, []catalog.Sighting{{Video: v.Video, At: w.clock.Now(), GuildID: w.guild, Query: "live session"}}); err != nil {
			w.t.Fatal(err)
		}
		w.stages.ranked = append(w.stages.ranked, pipeline.Ranked{Video: v, Score: 0.5})
	}
	return ids
}

// pressed are the buttons of a message that are not plain, as "👍 2".
func pressed(m fakediscord.Message) (all []string) {
	gjson.ParseBytes(m.Components).ForEach(func(_, row gjson.Result) bool {
		row.Get("components").ForEach(func(_, b gjson.Result) bool {
			if b.Get("style").Int() != 2 {
				all = append(all, strings.TrimSpace(b.Get("emoji.name").String()+" "+b.Get("label").String()))
			}
			return true
		})
		return true
	})
	return all
}

// The most songs that /recommend lists have a 👍 and a 👎 each, and the member's own
// answer shows what was pressed.
func TestSongsOfAListAreVotedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.suggest(10)
	call := w.do(fakediscord.Interaction{Command: "recommend", Options: map[string]any{"count": mostSongs}})
	list := call.Answer()
	press := func(video, side string) fakediscord.Message {
		t.Helper()
		w.clock.add(time.Second)
		w.do(fakediscord.Interaction{MessageID: list.ID, CustomID: discord.CustomID(actionSong, video, side)})
		return call.Answer()
	}
	for i, id := range ids[:mostSongs] {
		press(id, map[bool]string{true: "u", false: "d"}[i%2 == 0])
	}
	m := press(ids[0], "u") // takes it back
	want := []string{"👎 2", "👍 3", "👎 4", "👍 5", "👎 6", "👍 7", "👎 8"}
	if got := pressed(m); !slices.Equal(got, want) {
		t.Errorf("the buttons show %v, want %v", got, want)
	}
	if strings.Count(list.Content, "](<https://") != mostSongs {
		t.Errorf("players part the list from its buttons: %s", list.Content)
	}
	if m.Content != list.Content || !strings.Contains(m.Content, "8. **[Song H") {
		t.Errorf("the list says %s", m.Content)
	}
	press(ids[1], "u") // the other way
	votes, err := w.catalog.MemberVotes(t.Context(), w.guild, w.ben)
	if err != nil || len(votes) != 7 || votes[0].VideoID != ids[1] || votes[0].Value != 1 || votes[0].PostID != "" {
		t.Errorf("%d votes, %v: %+v", len(votes), err, votes)
	}
	if n, err := w.catalog.ForgetMember(t.Context(), "", w.ben); err != nil || n != 7 {
		t.Errorf("%d votes were forgotten: %v", n, err)
	}
}

// Of a member's votes on a post and without one the later counts, once: in /top, in
// the recap's buttons, and for learning.
func TestVoteWithoutAPostIsTheSameMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.deliver(2)
	for _, member := range []string{w.ben, w.cy} {
		if err := w.discord.React(member, w.channel, posts[0].MessageID, emojiUp); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	w.clock.add(time.Hour)
	slot := catalog.Slot{Key: w.guild + "/recap/x", GuildID: w.guild, Kind: catalog.RunRecap, At: w.clock.Now()}
	if err := w.bot.Recap(w.ctx, slot); err != nil {
		t.Fatal(err)
	}
	messages := w.discord.Messages(w.channel)
	recap := messages[len(messages)-1]
	says := func(side, want string) {
		t.Helper()
		w.clock.add(time.Second)
		answer := w.do(fakediscord.Interaction{MessageID: recap.ID, CustomID: discord.CustomID(actionSong, posts[0].VideoID, side)}).Answer()
		if !answer.Ephemeral() || !strings.HasPrefix(answer.Content, want) {
			t.Errorf("a press on %s is answered %q, want %q", side, answer.Content, want)
		}
	}
	top := func() string { return w.do(fakediscord.Interaction{Command: "top"}).Answer().Content }
	learned := func() taste.Label {
		t.Helper()
		h, err := w.catalog.History(t.Context(), w.guild)
		if err != nil {
			t.Fatal(err)
		}
		h = h.BySong(func(id string) string { return id })
		return taste.Labels(h.Votes, nil, taste.VoteOptions{HalfLife: 1000 * time.Hour})[0]
	}

	if got := top(); !strings.Contains(got, "(2 votes)") || !strings.Contains(got, "👍 2") {
		t.Errorf("before: %s", got)
	}
	says("u", "👍 Noted")
	if got := top(); !strings.Contains(got, "(2 votes)") || learned().Voters != 2 {
		t.Errorf("a second 👍 of one member counts: %s, %+v", got, learned())
	}
	liked := learned().Share
	says("d", "👎 Noted")
	if got := learned(); got.Voters != 2 || got.Share > liked-0.3 {
		t.Errorf("the later 👎 does not count: %+v", got)
	}
	if got := top(); !strings.Contains(got, "Nobody") { // one likes it, one does not
		t.Errorf("after a 👎: %s", got)
	}
	says("d", "I took this vote back. Your 👍")
	if got := top(); !strings.Contains(got, "👍 2") {
		t.Errorf("after it was taken back: %s", got)
	}
}

// Only videos that the catalogue knows get votes, whatever custom id somebody sends.
func TestForgedSongVotesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.suggest(1)
	for _, id := range []string{"v1:song:vid-0000099:u", "v1:song:" + ids[0] + ":x", "v1:song:../../etc:u", "v1:song", "v1:song:" + ids[0]} {
		c := &call{client: w.bot.client, log: w.bot.log, now: w.clock.Now, in: &discord.Interaction{GuildID: w.guild, Member: &discord.Member{User: discord.Account{ID: w.ben}}}, guild: w.settings()}
		c.id, _ = discord.ParseCustomID(id)
		if err := w.bot.interactions.components[actionSong](w.ctx, c); err == nil || err.Error() != "error.unknown" {
			t.Errorf("%s: %v", id, err)
		}
	}
	if votes, _ := w.catalog.Votes(t.Context(), w.guild); len(votes) > 0 {
		t.Errorf("%+v", votes)
	}
}
