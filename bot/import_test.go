package bot

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/reference"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
)

const table = "artist,title,y\nBjörk,Jóga,1\nBurial,Archangel,no\n,Nobody,1\n**@everyone** <@1>,Li Beirut,1\n"

// give is a member's /import of a file.
func (w *world) give(memberID, name, data string) *fakediscord.Call {
	w.t.Helper()
	w.clock.add(coolSeed)
	return w.do(fakediscord.Interaction{MemberID: memberID, Command: "import", Options: map[string]any{"file": fakediscord.File{Name: name, Data: []byte(data)}}})
}

// button presses a button of a message by its words, as Discord's client lets a member.
func (w *world) button(memberID string, m fakediscord.Message, label string) *fakediscord.Call {
	w.t.Helper()
	var rows []struct {
		Components []struct {
			Label    string
			CustomID string `json:"custom_id"`
		}
	}
	if err := json.Unmarshal(m.Components, &rows); err != nil {
		w.t.Fatal(err)
	}
	for _, row := range rows {
		for _, c := range row.Components {
			if c.Label == label {
				return w.do(fakediscord.Interaction{MemberID: memberID, MessageID: m.ID, CustomID: c.CustomID})
			}
		}
	}
	w.t.Fatalf("no button %q in %s", label, m.Components)
	return nil
}

// told is what a member told, in words.
func (w *world) told(memberID string) (all []string) {
	w.t.Helper()
	kept, err := w.catalog.Preferences(w.ctx, w.guild, memberID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range kept {
		all = append(all, fmt.Sprintf("%s%s %s %t %s", p.VideoID, p.Artist, p.Title, p.Like, p.Source))
	}
	slices.Sort(all)
	return all
}

// TestImport: a file is shown before anything of it is kept, kept as its member's own,
// and taken back at once or later.
func TestImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	preview := w.give(w.ben, "my songs.csv", table).Answer()
	golden(t, "import", w.seen(preview))
	if !preview.Ephemeral() || len(w.told(w.ben)) != 0 {
		t.Errorf("a preview kept %q", w.told(w.ben))
	}
	w.button(w.ben, preview, "Cancel")
	preview = w.give(w.ben, "my songs.csv", table).Answer()
	done := w.button(w.ben, preview, "Import")
	want := []string{"**@everyone** <@1> Li Beirut true csv", "Björk Jóga true csv", "Burial Archangel false csv"}
	if got := w.told(w.ben); !slices.Equal(got, want) {
		t.Errorf("kept %q", got)
	}
	if got := done.Answer().Content; !strings.HasPrefix(got, "I kept 3 songs of 3.") {
		t.Errorf("said %q", got)
	}
	w.button(w.ben, done.Answer(), "Undo")
	if got := w.told(w.ben); len(got) != 0 {
		t.Errorf("undo left %q", got)
	}

	w.button(w.ana, w.give(w.ana, "x.csv", table).Answer(), "Importar")
	takeout := "Video-ID,Zeitstempel\nFGAffqEV0Gw,2024-03-09T18:30:00+00:00\n"
	w.button(w.ben, w.give(w.ben, "Mag ich-Videos.csv", takeout).Answer(), "Import")
	w.button(w.ben, w.give(w.ben, "x.csv", table).Answer(), "Import")
	again := w.button(w.ben, w.give(w.ben, "x.csv", table).Answer(), "Import")
	if got := again.Answer().Content; !strings.HasPrefix(got, "I kept 0 songs of 3.") || !strings.Contains(got, "knew from you already") {
		t.Errorf("the same file again: %q", got)
	}
	list := w.do(fakediscord.Interaction{Command: "import"}).Answer()
	if got := list.Content; !strings.Contains(got, "1. 3 songs of a table of songs") || !strings.Contains(got, "2. 1 song of YouTube Takeout") {
		t.Errorf("the list: %q", got)
	}
	if got := w.do(fakediscord.Interaction{Command: "privacy", Sub: "show"}).Answer().Content; !strings.Contains(got, "4 songs, artists or videos that you told me of") {
		t.Errorf("/privacy show: %q", got)
	}
	w.button(w.ben, list, "Undo 1")
	if got := w.told(w.ben); !slices.Equal(got, []string{"FGAffqEV0Gw  true takeout"}) {
		t.Errorf("undo of the list left %q", got)
	}
	if got := w.told(w.ana); len(got) != 3 {
		t.Errorf("Ana has %q", got)
	}
}

// TestImportIsOnesOwn: what a member reads in is nobody else's to keep or to undo, and
// forged buttons do nothing.
func TestImportIsOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, err := labels.ReadLikes(strings.NewReader(table))
	if err != nil {
		t.Fatal(err)
	}
	w.button(w.ana, w.give(w.ana, "x.csv", table).Answer(), "Importar")
	w.give(w.ben, "x.csv", table)
	n := 0
	forge := func(memberID, customID string) {
		n++
		raw := fmt.Sprintf(`{"id":"88%d","token":"t%d","application_id":"1","type":3,"guild_id":%q,"channel_id":%q,"member":{"user":{"id":%q},"permissions":"0"},"data":{"custom_id":"v1:%s","component_type":2}}`,
			n, n, w.guild, w.channel, memberID, customID)
		var in discord.Interaction
		if err := json.Unmarshal([]byte(raw), &in); err != nil {
			t.Fatal(err)
		}
		w.bot.receive(&in)
		if err := w.bot.Settle(w.ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"import:yes:" + l.Batch, "import:undo:" + l.Batch, "import:undo", "import:undo:", "import:yes", "import", "import:all:x"} {
		forge(w.cy, id)
		if got := w.told(w.cy); len(got) != 0 {
			t.Errorf("%s gave Cy %q", id, got)
		}
	}
	for _, id := range []string{"import:undo", "import:undo:", "import:yes:file-0", "import:undo:" + l.Batch + `\u0000`} {
		forge(w.ana, id)
	}
	if ana, ben := w.told(w.ana), w.told(w.ben); len(ana) != 3 || len(ben) != 0 {
		t.Errorf("Ana has %q, Ben %q", ana, ben)
	}

	// A preview is good for a quarter of an hour, and gone with its member.
	w.clock.add(previewKept + 1)
	forge(w.ben, "import:yes:"+l.Batch)
	if got := w.told(w.ben); len(got) != 0 {
		t.Errorf("a preview of long ago gave %q", got)
	}
	w.give(w.ben, "x.csv", table)
	ask := w.do(fakediscord.Interaction{Command: "privacy", Sub: "forget-me"})
	w.do(fakediscord.Interaction{MessageID: ask.Answer().ID, CustomID: discord.CustomID(actionForget)})
	w.clock.add(time.Second)
	forge(w.ben, "import:yes:"+l.Batch)
	if got := w.told(w.ben); len(got) != 0 {
		t.Errorf("kept %q", got)
	}
}

// TestImportRefuses: what is too large or none of the three files is told with what is
// taken, in words, and cools down.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct{ data, want string }{
		"large":   {strings.Repeat("artist,title\n", labels.MaxLikes/13+1), "larger than 8 MB"},
		"empty":   {"", "artist and title"},
		"nothing": {"artist,title\n", "I understood 0 songs"},
	} {
		if got := w.give(w.ben, name+".csv", c.data).Answer().Content; !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	again := w.do(fakediscord.Interaction{Command: "import", Options: map[string]any{"file": fakediscord.File{Name: "x.csv", Data: []byte(table)}}})
	if got := again.Answer().Content; !strings.Contains(got, "Please wait") {
		t.Errorf("twice in a minute: %q", got)
	}
	dir := reference.File(t, "music/exports")
	for name, want := range map[string]string{
		"deezer/deezer-data_0000000000.xlsx": "I do not take that file", "exportify/liked.watsonbox.csv": "I do not take that file", "spotify/YourLibrary.json": "I do not take that file",
		"lastfm/ghan.csv": "I understood 14 songs of 14 rows of Last.fm", "youtube-takeout/playlists/Liked videos.old-format.csv": "I understood 10 songs of 10 rows of YouTube Takeout",
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := w.give(w.ben, filepath.Base(name), string(data)).Answer().Content; !strings.Contains(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestPreviewsAreBounded: of many members' previews the newest stay.
func TestPreviewsAreBounded(t *testing.T) {
	t.Parallel()
	clock := newTestClock()
	i := &imports{now: clock.Now}
	of := func(n int) *call {
		return &call{guild: catalog.Guild{ID: "1"}, in: &discord.Interaction{User: &discord.Account{ID: fmt.Sprint(n)}}}
	}
	for n := range mostPreviews + 3 {
		clock.add(1)
		i.keep(of(n), &labels.Likes{Batch: "b"})
	}
	if len(i.previews) != mostPreviews || i.take(of(0), "b") != nil || i.take(of(3), "b") == nil || i.take(of(3), "b") != nil {
		t.Errorf("%d are kept", len(i.previews))
	}
}
