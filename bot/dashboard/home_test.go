package dashboard_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/bot/dashboard"
	"cratedigger/internal/browser"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/youtube"

	"github.com/chromedp/chromedp"
)

// findings are what a bot says of itself in these tests.
func findings(context.Context, string) []dashboard.Finding {
	return []dashboard.Finding{
		{Area: "gateway", Status: "ok", Text: "The bot is connected to Discord's gateway."},
		{Area: "backups", Status: "warn", Text: "The newest backup is 3 days old.", Fix: "Look for “backup” in the log."},
		{Area: "pages", Status: "ok", Text: "420 of today's 500 pages of YouTube are left."},
	}
}

// postingWorld is a world that lives and in which posts are delivered.
func postingWorld(t *testing.T) *world {
	t.Helper()
	var w *world
	w = newWorld(t, 300, func(o *dashboard.Options) {
		o.Health = findings
		o.Deliver = func(ctx context.Context, guildID string) error { // as Discord would take them
			rows, err := w.catalog.Pending(ctx, guildID)
			for i, row := range rows {
				err = errors.Join(err, w.catalog.MarkSent(ctx, row.ID, fmt.Sprint(500000+i), now))
			}
			return err
		}
	})
	w.live(t)
	w.source.videos = map[string]youtube.Video{}
	for _, id := range w.ids { // their pages are still there
		v, _, err := w.catalog.Video(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		w.source.videos[id] = v.Video
	}
	return w
}

func (w *world) heldIDs(t *testing.T) (ids []string) {
	t.Helper()
	held, err := w.catalog.Held(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range held {
		ids = append(ids, h.VideoID)
	}
	return ids
}

func TestHomeSaysWhatThereIs(t *testing.T) {
	w := postingWorld(t)
	before := w.state(t)
	res, body := w.get(t, g+"/home")
	if res.StatusCode != 200 || len(body) > 50_000 {
		t.Fatalf("status %d, %d bytes", res.StatusCode, len(body))
	}
	for _, want := range []string{
		"Tomorrow at 18:00 WET", "in 21 hours", "This is what would be picked now.", "Something needs a look", "The newest backup is 3 days old.", "Look for “backup”",
		"420 of today&#39;s 500 pages", "Picks that were liked", " picks were liked; of random candidates the model expects ", "Post these 5 now",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(body, "Until the first post") || strings.Contains(body, "0 songs") {
		t.Error("the page speaks of what there is not")
	}
	if after := w.state(t); after != before {
		t.Error("looking at the page has changed something, or asked YouTube")
	}
	// Held picks are shown as they are held.
	if _, err := w.loop.PrepareAhead(t.Context(), guildID, "test"); err != nil {
		t.Fatal(err)
	}
	_, body = w.get(t, g+"/home")
	at := 0
	for _, id := range w.heldIDs(t) {
		next := strings.Index(body, `value="`+id+`"`)
		if next < at {
			t.Errorf("%s is not shown, or not in its place", id)
		}
		at = max(at, next)
	}
	if !strings.Contains(body, "These songs are ready.") {
		t.Error("the page does not say that the picks are held")
	}
}

func TestHomeWithoutAnything(t *testing.T) {
	w := newWorld(t, 0, nil)
	_, body := w.get(t, g+"/home")
	for _, want := range []string{"There is no song to post yet", "Until the first post", "Search now", "Nothing was posted in the last seven days."} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(body, "All is well") {
		t.Error("the page says that all is well, and nobody has looked")
	}
	for want, change := range map[string]func(*catalog.Guild){
		"Posting is paused. The channel is gone.": func(g *catalog.Guild) { g.Paused, g.PauseReason = true, "The channel is gone." },
		"There is no channel to post in yet":      func(g *catalog.Guild) { g.ChannelID = "" },
		"No post is scheduled":                    func(g *catalog.Guild) { g.Schedule = nil },
		"The bot was removed from this server":    func(g *catalog.Guild) { g.LeftAt = now },
	} {
		saved, _, _ := w.catalog.Guild(t.Context(), guildID)
		if err := w.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { change(g); return nil }); err != nil {
			t.Fatal(err)
		}
		if res, body := w.get(t, g+"/home"); res.StatusCode != 200 || !strings.Contains(body, want) || strings.Contains(body, "Post these") {
			t.Errorf("the page lacks %q", want)
		}
		if err := w.catalog.SaveGuild(t.Context(), saved); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWishesThatCannotBe are about a post or a pick that is not there any more.
func TestWishesThatCannotBe(t *testing.T) {
	w := postingWorld(t)
	if _, err := w.loop.PrepareAhead(t.Context(), guildID, "test"); err != nil {
		t.Fatal(err)
	}
	before := w.heldIDs(t)
	slot := guildID + "/post/2026-11-23T18:00"
	for _, tt := range []struct{ path, slot, video, done string }{
		{"/swap", guildID + "/post/2026-11-22T18:00", before[0], "noslot"},
		{"/keep", slot, w.ids[0], "nopick"},
		{"/veto", "", before[0], "noslot"},
		{"/postnow", slot + "x", "", "noslot"},
	} {
		res, _ := w.post(t, g+tt.path, map[string]string{"slot": tt.slot, "video": tt.video})
		if res.Header.Get("Location") != g+"/home?done="+tt.done {
			t.Errorf("%s leads to %q", tt.path, res.Header.Get("Location"))
		}
		if _, body := w.get(t, g+"/home?done="+tt.done); !strings.Contains(body, `role="alert"`) {
			t.Errorf("the page does not say %s", tt.done)
		}
	}
	if res, _ := w.post(t, g+"/swap", map[string]string{"slot": slot, "video": "<script>"}); res.StatusCode != 400 {
		t.Errorf("a video that is none: status %d", res.StatusCode)
	}
	if after := w.heldIDs(t); !slices.Equal(before, after) {
		t.Errorf("held: %q, was %q", after, before)
	}
}

// TestBrowserHome keeps, swaps, vetoes, takes that back and posts, as an owner would.
func TestBrowserHome(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := postingWorld(t)
	browser.Answer(t, ctx, "https://i.ytimg.com/*", thumbnails)
	browser.Look(t, ctx, 1440, 900, "light")
	browser.Do(t, ctx, chromedp.Navigate(w.front.URL+"/"))
	browser.Until(t, ctx, `location.pathname.endsWith("/home") && document.querySelectorAll(".next .pick").length === 5`)
	shown := func() []string {
		return browser.Eval[[]string](t, ctx, `[...document.querySelectorAll(".next .pick [name=video]")].map(i => i.value)`)
	}
	said := func(text string) {
		t.Helper()
		browser.Until(t, ctx, fmt.Sprintf(`document.querySelector(".notice")?.textContent.includes(%q)`, text))
	}
	first := shown()

	browser.Do(t, ctx, chromedp.Click(chromedp.CSS("#keep-2")))
	said("stays when the picks are chosen again")
	if held := w.heldIDs(t); !slices.Equal(held, first) || !browser.Eval[bool](t, ctx, `document.querySelector("#keep-2").getAttribute("aria-pressed") === "true" && document.querySelector("#next").closest("section").textContent.includes("These songs are ready.")`) {
		t.Errorf("after keeping %q is held, shown was %q", held, first)
	}
	browser.Do(t, ctx, chromedp.Focus(chromedp.CSS("#swap-1")), chromedp.KeyEvent("\r"))
	said("The next best song")
	second := shown()
	if second[0] == first[0] || !slices.Equal(second[1:], first[1:]) || !slices.Equal(second, w.heldIDs(t)) {
		t.Errorf("after the swap %q is shown, before %q", second, first)
	}
	if browser.Eval[string](t, ctx, `document.activeElement.id`) != "swap-1" {
		t.Error("the keyboard's place is lost after a swap")
	}
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS("#veto-3")))
	browser.Until(t, ctx, `document.querySelector("#undo") !== null`)
	if third := shown(); slices.Contains(third, second[2]) || len(third) != 5 {
		t.Errorf("after the veto %q is shown, before %q", third, second)
	}
	guild, _, _ := w.catalog.Guild(ctx, guildID)
	if len(guild.BlockedSongs) != 1 || guild.BlockedSongs[0].VideoID != second[2] {
		t.Errorf("blocked: %+v", guild.BlockedSongs)
	}
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS("#undo")))
	said("back in its place")
	if fourth := shown(); !slices.Equal(fourth, second) || !slices.Equal(fourth, w.heldIDs(t)) {
		t.Errorf("after the undo %q is shown, before the veto %q", fourth, second)
	}
	if guild, _, _ = w.catalog.Guild(ctx, guildID); len(guild.BlockedSongs) != 0 {
		t.Errorf("blocked after the undo: %+v", guild.BlockedSongs)
	}
	want := shown()
	browser.Do(t, ctx, chromedp.Click(chromedp.CSS(".sure summary")), chromedp.Click(chromedp.CSS(".sure button")))
	said("being sent")
	posts, err := w.catalog.Posts(ctx, guildID, now)
	if err != nil {
		t.Fatal(err)
	}
	var posted []string
	for _, p := range posts {
		posted = append(posted, p.VideoID)
	}
	if !slices.Equal(posted, want) || len(w.heldIDs(t)) != 0 {
		t.Errorf("posted %q, shown was %q", posted, want)
	}
	browser.Until(t, ctx, `document.querySelector(".next .title p").textContent.includes("Tuesday 24 November")`)
}

// TestBrowserHomeLooks draws the page with difficult titles and in all its states.
func TestBrowserHomeLooks(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; left out with -short")
	}
	ctx := browser.Start(t)
	w := postingWorld(t)
	hard := []string{
		"أم كلثوم - إنت عمري (Official Video)", "宇多田ヒカル - First Love 初戀 ラブソング 最高の夜に聴きたい", "🔥🎧 Mara Quill - 💿💿 Lanterns 👩‍👩‍👧‍👦 (Official Video)",
		"Otto Venn feat. The Extraordinarily Long Named Orchestra of the Northern Harbour Districts - Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft, Part Two of Twelve",
		"<b>Bold</b> & \"quoted\" - 'Song'",
	}
	held := make([]catalog.Held, len(hard))
	for i, title := range hard {
		seconds, id := int64(180+i), fmt.Sprintf("hardtitle-%d", i)
		v := youtube.Video{ID: id, Title: title, Channel: strings.SplitN(title, " - ", 2)[0], ChannelID: fmt.Sprintf("UChard%018d", i), Category: "Music", DurationSeconds: &seconds}
		if _, err := w.catalog.Observe(t.Context(), []catalog.Sighting{{Video: v, Status: youtube.StatusOK, At: now, GuildID: guildID, Query: "indie folk", Detailed: true}}); err != nil {
			t.Fatal(err)
		}
		held[i] = catalog.Held{Kept: i == 1, Post: catalog.Post{VideoID: id, Position: i, Score: .35 + .12*float64(i), Variance: .4, ModelVersion: 1, Policy: catalog.PolicyThompson, Propensity: .2,
			Reasons: []catalog.Reason{{Kind: catalog.ReasonQuery, Words: []string{"indie folk"}}, {Kind: catalog.ReasonArtist, Words: []string{"Mara Quill"}, Number: 3}, {Kind: catalog.ReasonFresh, Number: 2}}}}
	}
	slot := catalog.Slot{Key: guildID + "/post/2026-11-23T18:00", GuildID: guildID, Kind: catalog.RunPost, At: time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)}
	if _, err := w.catalog.Hold(t.Context(), slot, held); err != nil {
		t.Fatal(err)
	}
	if err := w.catalog.UpdateGuild(ctx, guildID, func(g *catalog.Guild) error {
		g.BlockedSongs = []catalog.BlockedSong{{VideoID: "blockedsong", Artist: "Otto Venn", Title: "Basalt", At: now}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	empty := newWorld(t, 0, nil)
	browser.Answer(t, ctx, "https://i.ytimg.com/*", func(url string) []byte {
		if strings.Contains(url, "hardtitle-4") {
			return []byte("no picture")
		}
		return thumbnails(url)
	})
	for name, address := range map[string]string{"home-held": w.front.URL + g + "/home?done=vetoed", "home-refused": w.front.URL + g + "/home?done=noslot", "home-empty": empty.front.URL + g + "/home"} {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1440, 390} {
				browser.Look(t, ctx, width, 900, theme)
				browser.Do(t, ctx, chromedp.Navigate(address))
				browser.NoOverflow(t, ctx, name)
				browser.Picture(t, ctx, fmt.Sprintf("%s-%s-%d", name, theme, width))
				browser.Do(t, ctx, chromedp.Navigate(address+"#week"))
				browser.Picture(t, ctx, fmt.Sprintf("%s-below-%s-%d", name, theme, width))
			}
			browser.Accessible(t, ctx, name+", "+theme)
			if name == "home-held" {
				browser.Until(t, ctx, `document.querySelectorAll(".next .thumb").length === 5 && document.querySelectorAll(".next .thumb img.missing").length === 1`)
			}
		}
	}
}

// TestHomeSaysWhetherFavouritesAreFound: until the first post the list of steps has one for the
// favourites that were told.
func TestHomeSaysWhetherFavouritesAreFound(t *testing.T) {
	w := newWorld(t, 40, nil)
	w.sing(t)
	const step = "A song by one of your favourites is among them."
	for liked, want := range map[string]string{"": "", "Nobody Known": "To do: ", "Nobody Known, Mara Quill": "Done: "} {
		if _, err := labels.TellFavourites(t.Context(), w.catalog, guildID, liked, "", now); err != nil {
			t.Fatal(err)
		}
		_, body := w.get(t, g+"/home")
		if got := strings.Contains(body, step); got != (want != "") || got && !strings.Contains(body, want+"</span> "+step) {
			t.Errorf("with the favourites %q the page says %v, want %q before it", liked, got, want)
		}
	}
}
