package bot

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// titled gives a video of the catalogue a title and a channel, as its page would.
func (w *world) titled(id, title, channel string) {
	w.t.Helper()
	v := youtube.Video{ID: id, Title: title, Channel: channel, ChannelID: "UC" + strings.Repeat("b", 11) + id}
	if _, err := w.catalog.Observe(w.ctx, []catalog.Sighting{{Video: v, At: w.clock.Now(), GuildID: w.guild, Detailed: true}}); err != nil {
		w.t.Fatal(err)
	}
}

// sent posts picks of some titles, each on a channel.
func (w *world) sent(titles ...[2]string) []catalog.Post {
	w.t.Helper()
	posts := w.slot(w.guild, w.channel, w.clock.Now(), len(titles), nil)
	for i, t := range titles {
		w.titled(posts[i].VideoID, t[0], t[1])
	}
	if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	for i := range posts {
		posts[i], _, _ = w.catalog.Post(w.ctx, posts[i].ID)
	}
	return posts
}

// buttons are the labels and custom ids of the buttons under a message, by row.
func buttons(m discord.Message) (labels, ids []string) {
	for _, b := range m.Components[0].(discord.Row).Components {
		labels, ids = append(labels, b.(discord.Button).Label), append(ids, b.(discord.Button).CustomID)
	}
	return labels, ids
}

// A pick on a label's channel can be turned down by its artist, where the artist is
// sure; on the artist's own channel and where nobody is sure it is the channel.
func TestButtonsUnderAPick(t *testing.T) {
	t.Parallel()
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	for title, want := range map[[2]string]string{
		{"Mara Quill - Paper Lanterns (Official Video)", "Lumo Records"}:       "Not this artist",
		{"Mara Quill - Paper Lanterns (Official Video)", "Mara Quill"}:         "Not this channel",
		{"Mara Quill - Paper Lanterns (Official Video)", "MaraQuillVEVO"}:      "Not this channel",
		{"Mara Quill - Paper Lanterns (Official Video)", "Mara Quill - Topic"}: "Not this channel",
		{"Mara Quill - Paper Lanterns (Karaoke Version)", "Sing Along"}:        "Not this channel",
		{"Paper Lanterns", "Lumo Records"}:                                     "Not this channel",
		{"Deep House Mix 2026 | Chill Vibes | Summer Music", "House Radio"}:    "Not this channel",
	} {
		labels, ids := buttons(pickMessage(texts.For("en"), votesButtons, catalog.Post{ID: strings.Repeat("f", 32)}, video("vid-0000001", title[0], title[1])))
		if len(labels) != 5 || labels[2] != want {
			t.Errorf("%q: buttons %q", title, labels)
		}
		for _, id := range ids {
			if action, ok := discord.ParseCustomID(id); !ok || action.Arg(0) != strings.Repeat("f", 32) {
				t.Errorf("%q: custom id %q", title, id)
			}
		}
	}
}

// Who is named is a stranger's text: nothing of it formats, mentions, hides or turns
// the direction of writing, and it is cut.
func TestNamesOfArtistsAreStrangersText(t *testing.T) {
	t.Parallel()
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	hostile := "**<@1>** \u202egnp.\u200b`x`||s|| [a](https://evil.example) " + strings.Repeat("long ", 60)
	v := catalog.Video{Video: youtube.Video{ID: "vid-0000001", Title: "T", Channel: "C"}, Song: song.Song{Artists: []string{hostile, hostile}, Title: hostile, Version: hostile, Confidence: 1}}
	post := catalog.Post{ID: "p", Reasons: []catalog.Reason{{Kind: catalog.ReasonArtist, Words: []string{hostile}, Number: 3}}}
	for _, l := range []*text.Language{texts.For("en"), texts.For("pt-BR"), texts.For("de")} {
		content := pickMessage(l, votesBoth, post, v).Content
		if len([]rune(content)) > 400 || strings.ContainsFunc(content, func(r rune) bool { return unicode.Is(unicode.Cf, r) }) {
			t.Errorf("%d characters: %q", len([]rune(content)), content)
		}
		for _, raw := range []string{"<@1>", "||", "](", "**<", " `x`"} {
			if strings.Contains(strings.ReplaceAll(content, "\\", "\\ "), raw) {
				t.Errorf("%q stands in %q", raw, content)
			}
		}
	}
}

// An administrator's press blocks the artist, a member's is a 👎 and a request; the
// block is listed and undone, and the post is asked anew who performs in it.
func TestNotThisArtist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lanterns := [2]string{"Mara Quill - Paper Lanterns (Official Video)", "Lumo Records"}
	posts := w.sent(lanterns, [2]string{"Otto Venn - Basalt (Official Video)", "Lumo Records"})
	press := func(member string, post int) string {
		return w.do(fakediscord.Interaction{MemberID: member, MessageID: posts[post].MessageID, CustomID: discord.CustomID(actionArtist, posts[post].ID)}).Answer().Content
	}
	w.titled(posts[0].VideoID, "Paper Lanterns", "Lumo Records")
	if got := press(w.admin, 0); !strings.Contains(got, "no longer sure") || len(w.settings().BlockedArtists) > 0 {
		t.Errorf("of an unsure artist: %q, %+v", got, w.settings().BlockedArtists)
	}
	w.titled(posts[0].VideoID, lanterns[0], lanterns[1])
	if got := press(w.ben, 0); !strings.Contains(got, "👎") || !strings.Contains(got, "**Mara Quill**") || w.vote(posts[0].ID, w.ben) != -1 {
		t.Errorf("a member: %q, vote %d", got, w.vote(posts[0].ID, w.ben))
	}
	press(w.cy, 0)
	press(w.cy, 1)
	if len(w.settings().BlockedArtists) > 0 {
		t.Errorf("members blocked %+v", w.settings().BlockedArtists)
	}
	admin := func(sub string, options map[string]any, focused string) *fakediscord.Call {
		return w.do(fakediscord.Interaction{MemberID: w.admin, Command: "cratedigger", Sub: sub, Options: options, Focused: focused})
	}
	if got := admin("block", nil, "").Answer().Content; !strings.Contains(got, "○ Mara Quill (artist) (2 requests)\n○ Otto Venn (artist) (1 request)") {
		t.Errorf("listed: %q", got)
	}
	if got := w.do(fakediscord.Interaction{MemberID: w.admin, Command: "status"}).Answer().Content; !strings.Contains(got, "2 channels or artists, Mara Quill (artist) first") {
		t.Errorf("status: %q", got)
	}
	if got := admin("block", map[string]any{"artist": "QUILL"}, "artist").Choices(); len(got) != 1 || got[0].Name != "Mara Quill" {
		t.Errorf("completed: %+v", got)
	}
	if got := admin("block", map[string]any{"channel": ""}, "channel").Choices(); slices.ContainsFunc(got, func(c fakediscord.Choice) bool { return c.Name == "Mara Quill" }) {
		t.Errorf("an artist is completed as a channel: %+v", got)
	}
	for range 2 { // a second press changes nothing
		if got := press(w.admin, 0); !strings.Contains(got, "I will not post **Mara Quill** again") {
			t.Errorf("an administrator: %q", got)
		}
	}
	blocked := w.settings().BlockedArtists
	if len(blocked) != 1 || blocked[0].Name != "Mara Quill" || blocked[0].By != w.admin || !blocked[0].At.Equal(w.clock.Now()) {
		t.Fatalf("blocked: %+v", blocked)
	}
	if got := admin("block", nil, "").Answer().Content; !strings.Contains(got, "• Mara Quill (artist)") || strings.Contains(got, "○ Mara Quill") {
		t.Errorf("listed after the block: %q", got)
	}
	if _, err := w.catalog.ForgetMember(t.Context(), "", w.admin); err != nil || w.settings().BlockedArtists[0].By != "" {
		t.Errorf("a forgotten member is still named: %+v, %v", w.settings().BlockedArtists, err)
	}
	if got := admin("unblock", map[string]any{"what": "maraquillVEVO"}, "").Answer().Content; !strings.Contains(got, "I may post") || len(w.settings().BlockedArtists) > 0 {
		t.Errorf("undone: %q, %+v", got, w.settings().BlockedArtists)
	}
}

// What a guild may block of artists is bounded where Discord takes it, too.
func TestBlockedArtistsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.sent([2]string{"Mara Quill - Paper Lanterns (Official Video)", "Lumo Records"})
	block := func(name string) string {
		return w.do(fakediscord.Interaction{MemberID: w.admin, Command: "cratedigger", Sub: "block", Options: map[string]any{"artist": name}}).Answer().Content
	}
	if got := block(strings.Repeat("a", 201)); !strings.Contains(got, "Blocked artists: must be a text of 1 to 200 characters") {
		t.Errorf("a long name: %q", got)
	}
	w.configure(func(g *catalog.Guild) {
		for range 500 {
			g.BlockedArtists = append(g.BlockedArtists, catalog.BlockedArtist{Name: "A"})
		}
	})
	pressed := w.do(fakediscord.Interaction{MemberID: w.admin, MessageID: posts[0].MessageID, CustomID: discord.CustomID(actionArtist, posts[0].ID)}).Answer().Content
	for _, got := range []string{block("B"), pressed} {
		if !strings.Contains(got, "Blocked artists: must have at most 500 entries") {
			t.Errorf("the 501st: %q", got)
		}
	}
	if n := len(w.settings().BlockedArtists); n != 500 {
		t.Errorf("%d are blocked", n)
	}
}

// Votes on two uploads of one song are votes on one song in /top and the recap, and of
// a member's the later counts.
func TestTopIsOfSongs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.sent([2]string{"Mara Quill - Paper Lanterns (Official Video)", "Lumo Records"},
		[2]string{"Mara Quill - Paper Lanterns (Lyrics)", "LyricNest"}, [2]string{"Mara Quill - Paper Lanterns (Live at Halle 3)", "Mara Quill"})
	for _, v := range []struct {
		member string
		post   int
		emoji  string
	}{{w.ana, 1, "👎"}, {w.ana, 0, "👍"}, {w.ben, 1, "👍"}, {w.cy, 2, "👍"}} {
		w.clock.add(time.Minute)
		if err := w.discord.React(v.member, w.channel, posts[v.post].MessageID, v.emoji); err != nil {
			t.Fatal(err)
		}
		w.settle()
	}
	got := w.do(fakediscord.Interaction{Command: "top"}).Answer().Content
	want := "**The most liked of the week** (3 votes)\n" +
		"1. **[Paper Lanterns](<https://www.youtube.com/watch?v=vid-0000001>)** · Mara Quill · 👍 2 · found with ‘live session’\n" +
		"2. **[Paper Lanterns (Live at Halle 3)](<https://www.youtube.com/watch?v=vid-0000002>)** · Mara Quill · 👍 1 · found with ‘live session’\n"
	if !strings.HasPrefix(got, want) {
		t.Errorf("top:\n%s\nwant\n%s", got, want)
	}
}
