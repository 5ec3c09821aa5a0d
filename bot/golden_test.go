package bot

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

var update = flag.Bool("update", false, "write the golden messages anew")

// golden compares what members see with a file that a person has read.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run with -update and read the file", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

var snowflake = regexp.MustCompile(`\b1[0-9]{17,18}\b`)

// seen is a message in words: content, embeds, buttons, menus, files, reactions. Ids
// are named in the order in which they appear.
func (w *world) seen(m fakediscord.Message) string {
	var b strings.Builder
	if m.Ephemeral() {
		b.WriteString("(only you can see this)\n")
	}
	b.WriteString(m.Content + "\n")
	var embeds []discord.Embed
	json.Unmarshal(m.Embeds, &embeds)
	for _, e := range embeds {
		fmt.Fprintf(&b, "| %s <%s>\n| %s\n| (picture %s)\n", e.Title, e.URL, e.Description, e.Thumbnail.URL)
	}
	var rows []struct {
		Components []struct {
			Type        int
			Label       string
			Placeholder string
			Disabled    bool
			Emoji       struct{ Name string }
			CustomID    string `json:"custom_id"`
			Options     []struct{ Label string }
		}
	}
	json.Unmarshal(m.Components, &rows)
	for _, row := range rows {
		for _, c := range row.Components {
			switch {
			case c.Type == 2:
				fmt.Fprintf(&b, "[%s]", strings.TrimSpace(c.Emoji.Name+" "+c.Label))
			default:
				fmt.Fprintf(&b, "[%s ▾ %d options]", c.Placeholder, len(c.Options))
			}
			if c.Disabled {
				b.WriteString(" (disabled)")
			}
			b.WriteString(" ")
		}
		b.WriteString("\n")
	}
	for _, f := range m.Files {
		fmt.Fprintf(&b, "(file %s: %s)\n", f.Name, f.Description)
	}
	var emoji []string
	for _, r := range m.Reactions {
		emoji = append(emoji, r.Emoji)
	}
	if len(emoji) > 0 {
		b.WriteString("reactions: " + strings.Join(emoji, " ") + "\n")
	}
	names := map[string]string{w.channel: "music", w.ana: "Ana", w.ben: "Ben", w.cy: "Cy", w.admin: "Ada", w.guild: "guild"}
	return snowflake.ReplaceAllStringFunc(b.String(), func(id string) string {
		if names[id] == "" {
			names[id] = fmt.Sprintf("id%d", len(names))
		}
		return names[id]
	})
}

// answers is what a call shows: a message, completions or a form.
func (w *world) answers(c *fakediscord.Call) string {
	if c.Kind() == 9 {
		return "form: " + string(c.Form()) + "\n"
	}
	var b strings.Builder
	if c.Kind() == 8 {
		for _, choice := range c.Choices() {
			fmt.Fprintf(&b, "- %s\n", choice.Name)
		}
		return b.String()
	}
	b.WriteString(w.seen(c.Answer()))
	for _, m := range c.Followups() {
		b.WriteString("-- then:\n" + w.seen(m))
	}
	return b.String()
}

// liveWorld is a world with posts, votes and a model that answers.
func liveWorld(t *testing.T) (*world, []catalog.Post) {
	w := newWorld(t)
	for i, id := range videoIDs(12) {
		w.stages.ranked = append(w.stages.ranked, pipeline.Ranked{
			Video: video(id, fmt.Sprintf("Song %d (live)", i), fmt.Sprintf("Artist %d", i)), Score: 0.9 - float64(i)/20, ModelVersion: 4, Posted: i < 3,
			Reasons: []catalog.Reason{{Kind: "channel", Words: []string{"Artist"}, Number: float64(i), Weight: 1}, {Kind: "words", Words: []string{"acoustic", "live session"}, Weight: 0.5}},
		})
	}
	quill := pipeline.Ranked{Video: video("vid-0000008", "Mara Quill - Paper Lanterns (Official Video)", "Lumo Records"), Score: 0.5, ModelVersion: 4,
		Artists: []pipeline.ArtistRecord{{Name: "Mara Quill", Liked: 3, Disliked: 1}}, Reasons: []catalog.Reason{{Kind: "artist", Words: []string{"Mara Quill"}, Number: 3}}}
	w.stages.ranked[8] = quill
	w.stages.explain = func(id string) (pipeline.Explanation, error) {
		if id == quill.Video.ID {
			return pipeline.Explanation{Ranked: quill, Parts: []pipeline.Part{{Kind: "artist", Name: "Mara Quill", Weight: 1.2}}}, nil
		}
		return pipeline.Explanation{
			Ranked: pipeline.Ranked{Video: video(id, "Song 2 (live)", "Artist 2"), Score: 0.84, ModelVersion: 4},
			Parts: []pipeline.Part{{Kind: "channel", Name: "Artist 2", Weight: 1.2}, {Kind: "word", Name: "live", Weight: 0.7},
				{Kind: "fact", Name: "views_per_day", Number: 1_234_567, Weight: -0.4}, {Kind: "rest", Name: "boost", Weight: 0.1}},
		}, nil
	}
	w.stages.taste = pipeline.Taste{ModelVersion: 4, Votes: 131, Learned: 131,
		Words:    []pipeline.Part{{Kind: "word", Name: "acoustic", Weight: 0.9}, {Kind: "word", Name: "remix", Weight: -0.8}},
		Channels: []pipeline.Part{{Kind: "channel", Name: "Artist 2", Weight: 0.7}},
		Facts:    []pipeline.Part{{Kind: "fact", Name: "age", Weight: -0.2}},
		Artists:  []pipeline.ArtistRecord{{Name: "Mara Quill", Liked: 3}, {Name: "Otto Venn", Liked: 2, Disliked: 1}, {Name: "Junia Holt", Disliked: 1}}}
	w.stages.artists = w.stages.taste.Artists
	posts := w.deliver(3)
	for _, r := range []struct {
		member string
		post   int
		emoji  string
	}{{w.ana, 0, "👍"}, {w.ben, 0, "👍"}, {w.cy, 0, "👎"}, {w.ana, 1, "👍"}, {w.cy, 2, "👎"}} {
		if err := w.discord.React(r.member, w.channel, posts[r.post].MessageID, r.emoji); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	return w, posts
}

func TestGoldenPosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hostile := "**@everyone** [free](https://evil.example) \u202etxt.exe\u200b <@1> `x` ||s|| :tada: " + strings.Repeat("long ", 60)
	posts := w.slot(w.guild, w.channel, w.clock.Now(), 8, func(p *catalog.Post) {
		switch p.Position {
		case 1:
			p.Reasons = []catalog.Reason{{Kind: "channel", Words: []string{"Artist 1"}, Number: 3, Weight: 1}, {Kind: "words", Words: []string{"acoustic", "live session"}, Weight: 0.4}}
			p.ModelVersion, p.Labels = 3, 140
		case 2:
			p.Wildcard, p.ModelVersion, p.Labels = true, 3, 40
			p.Reasons = []catalog.Reason{{Kind: "explore", Weight: 1}}
		case 3:
			p.Reasons = []catalog.Reason{{Kind: "seed", Words: []string{w.ana}, Weight: 1}}
			proposed := catalog.Sighting{Video: youtube.Video{ID: p.VideoID}, At: w.clock.Now(), GuildID: w.guild, SeededBy: w.ana}
			if _, err := w.catalog.Observe(w.ctx, []catalog.Sighting{proposed}); err != nil {
				t.Fatal(err)
			}
		case 4:
			p.Reasons = []catalog.Reason{{Kind: "rule", Words: []string{"music"}, Weight: 0.3}, {Kind: "rule", Words: []string{"fresh"}, Number: 1, Weight: 0.2}}
		case 5:
			p.Reasons = []catalog.Reason{{Kind: "artist", Words: []string{"Mara Quill"}, Number: 3}, {Kind: "words", Words: []string{"lanterns"}, Weight: 0.4}}
		case 6:
			p.Reasons = []catalog.Reason{{Kind: "artist", Words: []string{"Mara Quill"}, Weight: 0.4}}
		}
	})
	w.titled(posts[5].VideoID, "Mara Quill - Paper Lanterns (Official Video)", "Lumo Records")
	w.titled(posts[6].VideoID, "Mara Quill - Paper Lanterns (Live at Halle 3)", "Mara Quill")
	w.titled(posts[7].VideoID, "Deep House Mix 2026 | Chill Vibes | Summer Music", "House Radio")
	_, err := w.catalog.Observe(w.ctx, []catalog.Sighting{{Video: youtube.Video{ID: posts[3].VideoID, Title: hostile, Channel: "a_b*c"}, At: w.clock.Now(), Detailed: true}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
		t.Fatal(err)
	}
	show := func() string {
		var b strings.Builder
		for _, m := range w.discord.Messages(w.channel) {
			b.WriteString(w.seen(m) + "\n")
		}
		return b.String()
	}
	golden(t, "posts", show())

	for _, m := range w.discord.Messages(w.channel) {
		w.discord.DeleteMessage(w.channel, m.ID)
	}
	w.clock.add(24 * time.Hour)
	w.configure(func(g *catalog.Guild) { g.Language, g.Votes = "pt-BR", votesBoth })
	posts = w.slot(w.guild, w.channel, w.clock.Now(), 2, func(p *catalog.Post) {
		if p.Position == 1 {
			p.Reasons = []catalog.Reason{{Kind: "artist", Words: []string{"Mara Quill"}, Number: 3}}
		}
	})
	w.titled(posts[1].VideoID, "Mara Quill - Paper Lanterns (Official Video)", "Lumo Records")
	if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
		t.Fatal(err)
	}
	golden(t, "posts-pt-BR", show())
}

func TestGoldenCommands(t *testing.T) {
	t.Parallel()
	type step struct {
		name string
		in   fakediscord.Interaction
	}
	w, posts := liveWorld(t)
	w.stages.scrape = func(_ context.Context, p pipeline.Progress) (catalog.Run, error) {
		p("reading", 3, 10)
		return catalog.Run{Counts: map[string]int{"new": 12, "found": 80}, Alarms: []string{"views: 40 % filled, 98 % before"}}, nil
	}
	w.stages.retrain = func(context.Context, pipeline.Progress) (catalog.Run, error) {
		return catalog.Run{Counts: map[string]int{"votes": 131, "model": 5, "promoted": 1}}, nil
	}
	w.stages.start = func(context.Context, string, pipeline.Progress) (catalog.Run, error) {
		return catalog.Run{Counts: map[string]int{"picks": 5}}, nil
	}
	first := posts[0].MessageID
	admin := func(in fakediscord.Interaction) fakediscord.Interaction { in.MemberID = w.admin; return in }
	opts := func(kv ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i].(string)] = kv[i+1]
		}
		return m
	}
	other := func() string { return w.discord.AddMember(w.guild, fakediscord.Member{Name: "Dee"}) } // whom no pause holds
	steps := []step{
		{"recommend", fakediscord.Interaction{Command: "recommend", Options: opts("count", 2)}},
		{"recommend-artist", fakediscord.Interaction{MemberID: other(), Command: "recommend", Options: opts("artist", "mara quill")}},
		{"recommend-artist-none", fakediscord.Interaction{MemberID: other(), Command: "recommend", Options: opts("artist", "**Nobody** <@1>")}},
		{"recommend-complete", fakediscord.Interaction{Command: "recommend", Options: opts("artist", "m"), Focused: "artist"}},
		{"like", fakediscord.Interaction{MemberID: other(), MessageID: first, CustomID: discord.CustomID(actionLike, posts[0].ID)}},
		{"like-pt-BR", fakediscord.Interaction{MemberID: w.ana, MessageID: first, CustomID: discord.CustomID(actionLike, posts[0].ID)}},
		{"why", fakediscord.Interaction{Command: "why"}},
		{"why-link", fakediscord.Interaction{Command: "why", Options: opts("link", "https://youtu.be/vid-0000001")}},
		{"why-bad-link", fakediscord.Interaction{Command: "why", Options: opts("link", "https://evil.example/@everyone")}},
		{"why-button", fakediscord.Interaction{MessageID: first, CustomID: discord.CustomID(actionWhy, posts[0].ID)}},
		{"predict", fakediscord.Interaction{Command: "predict", Options: opts("link", "https://www.youtube.com/watch?v=vid-0000009")}},
		{"predict-again", fakediscord.Interaction{Command: "predict", Options: opts("link", "vid-0000009")}},
		{"predict-artist", fakediscord.Interaction{MemberID: w.cy, Command: "predict", Options: opts("link", "vid-0000008")}},
		{"predict-artist-pt-BR", fakediscord.Interaction{MemberID: w.ana, Command: "predict", Options: opts("link", "vid-0000008")}},
		{"top", fakediscord.Interaction{Command: "top"}},
		{"top-all", fakediscord.Interaction{Command: "top", Options: opts("period", "all")}},
		{"taste", fakediscord.Interaction{Command: "taste"}},
		{"taste-pt-BR", fakediscord.Interaction{MemberID: w.ana, Command: "taste"}},
		{"label", fakediscord.Interaction{Command: "label"}},
		{"seed", fakediscord.Interaction{Command: "seed", Options: opts("link", "vid-0000042")}},
		{"privacy-show", fakediscord.Interaction{Command: "privacy", Sub: "show"}},
		{"privacy-forget-me", fakediscord.Interaction{Command: "privacy", Sub: "forget-me"}},
		{"help", fakediscord.Interaction{Command: "help"}},
		{"help-admin", admin(fakediscord.Interaction{Command: "help"})},
		{"help-pt-BR", fakediscord.Interaction{MemberID: w.ana, Command: "help"}},
		{"block-request", fakediscord.Interaction{MessageID: first, CustomID: discord.CustomID(actionBlock, posts[0].ID)}},
		{"block-admin", admin(fakediscord.Interaction{MessageID: first, CustomID: discord.CustomID(actionBlock, posts[0].ID)})},
		{"status", admin(fakediscord.Interaction{Command: "status"})},
		{"setup", admin(fakediscord.Interaction{Command: "setup"})},
		{"setup-complete", admin(fakediscord.Interaction{Command: "setup", Options: opts("genres", "jazz, fol"), Focused: "genres"})},
		{"setup-zone", admin(fakediscord.Interaction{Command: "setup", Options: opts("zone", "sao"), Focused: "zone"})},
		{"rescrape", admin(fakediscord.Interaction{Command: "rescrape"})},
		{"rescrape-again", admin(fakediscord.Interaction{Command: "rescrape"})},
		{"retrain", admin(fakediscord.Interaction{Command: "retrain"})},
		{"queries-add", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "queries add", Options: opts("query", "jazz trio", "upload", "month")})},
		{"queries-list", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "queries list"})},
		{"queries-remove-complete", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "queries remove", Options: opts("query", "ja"), Focused: "query"})},
		{"queries-remove", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "queries remove", Options: opts("query", "live session")})},
		{"schedule-hour", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "schedule", Options: opts("post", "7h30; 30 19 * * 5,6")})},
		{"schedule", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "schedule", Options: opts("post", "30 19 * * *", "recap", "0 12 * * 0", "zone", "Europe/Lisbon")})},
		{"schedule-complete", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "schedule", Options: opts("recap", "20:15"), Focused: "recap"})},
		{"schedule-complete-off", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "schedule", Options: opts("duels", ""), Focused: "duels"})},
		{"schedule-complete-line", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "schedule", Options: opts("post", "0 */6 * * *"), Focused: "post"})},
		{"schedule-refused", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "schedule", Options: opts("post", "0 0 31 2 *")})},
		{"settings", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "settings", Options: opts("votes", "both", "exploration", 30)})},
		{"block-list", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "block"})},
		{"block-word", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "block", Options: opts("word", "Nightcore")})},
		{"block-complete", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "block", Options: opts("channel", "artist"), Focused: "channel"})},
		{"block-artist", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "block", Options: opts("artist", "the Otto Venn")})},
		{"block-artist-complete", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "block", Options: opts("artist", ""), Focused: "artist"})},
		{"block-artist-nameless", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "block", Options: opts("artist", "!!!")})},
		{"block-list-artist", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "block"})},
		{"unblock-complete", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "unblock", Options: opts("what", "ot"), Focused: "what"})},
		{"unblock-artist", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "unblock", Options: opts("what", "OTTO VENN")})},
		{"unblock", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "unblock", Options: opts("what", "nightcore")})},
		{"pause", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "pause"})},
		{"pause-off", admin(fakediscord.Interaction{Command: "cratedigger", Sub: "pause"})},
		{"take-back", admin(fakediscord.Interaction{Command: "Take this pick back", Target: first})},
	}
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&b, "=== %s\n%s\n", s.name, w.answers(w.do(s.in)))
	}
	golden(t, "commands", b.String())
	if _, still := w.discord.Message(w.channel, first); still {
		t.Error("the pick that was taken back is still there")
	}
	if got := w.settings(); len(got.BlockedChannels) != 1 || got.Zone != "Europe/Lisbon" || got.Schedule[0] != "30 19 * * *" {
		t.Errorf("settings: %+v", got)
	}
}

func TestGoldenRecap(t *testing.T) {
	t.Parallel()
	w, _ := liveWorld(t)
	before := len(w.discord.Messages(w.channel))
	slot := catalog.Slot{Key: w.guild + "/recap/2026-11-22T20:00", GuildID: w.guild, Kind: "recap", At: w.clock.Now().Add(2 * time.Hour)}
	for range 2 { // the second firing of a slot sends nothing
		if err := w.bot.Recap(w.ctx, slot); err != nil {
			t.Fatal(err)
		}
	}
	messages := w.discord.Messages(w.channel)
	if len(messages) != before+1 {
		t.Fatalf("%d recaps", len(messages)-before)
	}
	golden(t, "recap", w.seen(messages[before]))
}

func TestGoldenCommandList(t *testing.T) {
	t.Parallel()
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.MarshalIndent(Commands(texts), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "command-list", string(data)+"\n")
}
