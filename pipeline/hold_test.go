package pipeline_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/schedule"
)

// holdBench is a bench of twelve songs by as many artists, half an hour after the search
// and before the post, that prepares ahead.
func holdBench(t *testing.T, change func(*catalog.Guild)) *bench {
	t.Helper()
	b := songBench(t, func(g *catalog.Guild) {
		g.Picks = 3
		if change != nil {
			change(g)
		}
	})
	b.setAhead(true)
	for i := range int64(12) {
		name := []string{"Mara Quill", "Otto Venn", "Ilse Marrow", "Junia Holt", "Pavel Orr", "Nadja Fenn", "Tilo Brandt", "Wren Ashby", "Cosmo Lark", "Dara Voss", "Edda Crane", "Finn Moor"}[i]
		title := []string{"Lanterns", "Basalt", "Ether", "Kerosene", "Halyard", "Quartz", "Tundra", "Velvet", "Meridian", "Saffron", "Obsidian", "Juniper"}[i]
		b.observe(record{id: "holdsong-" + string(rune('a'+i)) + "1", title: name + " - " + title + " (Official Video)", channel: name, views: 1000 * (i + 1)})
	}
	b.now = b.now.Add(30 * time.Minute)
	return b
}

// setAhead makes the bench's loop anew, with the setting or without.
func (b *bench) setAhead(ahead bool) {
	b.t.Helper()
	b.options.PrepareAhead = ahead
	var err error
	if b.Loop, err = pipeline.New(b.options); err != nil {
		b.t.Fatal(err)
	}
}

// ahead prepares the next post and returns what is held.
func (b *bench) ahead() []catalog.Held {
	b.t.Helper()
	if run, err := b.PrepareAhead(b.t.Context(), guildID, "test"); err != nil || run.Kind != catalog.RunPrepare || run.Outcome != catalog.OutcomeOK {
		b.t.Fatalf("%+v, %v", run, err)
	}
	return b.held()
}

func (b *bench) held() []catalog.Held {
	b.t.Helper()
	held, err := b.catalog.Held(b.t.Context(), guildID)
	if err != nil {
		b.t.Fatal(err)
	}
	return held
}

// upcoming is Upcoming without an error.
func (b *bench) upcoming() pipeline.Upcoming {
	b.t.Helper()
	u, err := b.Upcoming(b.t.Context(), guildID)
	if err != nil {
		b.t.Fatal(err)
	}
	return u
}

func heldIDs(held []catalog.Held) (ids []string) {
	for _, p := range held {
		ids = append(ids, p.VideoID)
	}
	return ids
}

func pickedIDs(picks []pipeline.Picked) (ids []string) {
	for _, p := range picks {
		ids = append(ids, p.Video.ID)
	}
	return ids
}

// minute moves the clock to the slot and prepares its posts.
func (b *bench) minute() []catalog.Post {
	b.t.Helper()
	b.now = time.Date(2026, 3, 2, 18, 0, 0, 0, time.UTC)
	_, posts := b.prepare()
	return posts
}

func TestHeldPicksArePosted(t *testing.T) {
	b := holdBench(t, nil)
	before := b.upcoming()
	if before.Held || len(before.Picks) != 3 || before.Slot.Key != guildID+"/post/2026-03-02T18:00" {
		t.Fatalf("before the search: %+v", before)
	}
	held := b.ahead()
	if u := b.upcoming(); !u.Held || !slices.Equal(pickedIDs(u.Picks), heldIDs(held)) || !slices.Equal(pickedIDs(before.Picks), heldIDs(held)) {
		t.Errorf("shown %q, held %q", pickedIDs(u.Picks), heldIDs(held))
	}
	posts := b.minute()
	for i, p := range posts {
		if p.VideoID != held[i].VideoID || p.Policy != catalog.PolicyRule || p.Propensity != held[i].Propensity || p.Propensity <= 0 || p.Position != i || !p.CreatedAt.Equal(b.now) {
			t.Errorf("post %d is %+v, held was %+v", i, p, held[i].Post)
		}
	}
	if len(posts) != 3 || len(b.held()) != 0 {
		t.Errorf("%d posts, and %d are held still", len(posts), len(b.held()))
	}
}

// TestWhatHappensInBetweenCounts: each takes the first held pick away, and another is
// posted in its place without a propensity.
func TestWhatHappensInBetweenCounts(t *testing.T) {
	update := func(change func(g *catalog.Guild, v catalog.Video)) func(*bench, catalog.Video) error {
		return func(b *bench, v catalog.Video) error {
			return b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { change(g, v); return nil })
		}
	}
	for name, do := range map[string]func(*bench, catalog.Video) error{
		"artist blocked": update(func(g *catalog.Guild, v catalog.Video) { g.BlockedArtists = []catalog.BlockedArtist{{Name: v.Channel}} }),
		"channel blocked": update(func(g *catalog.Guild, v catalog.Video) {
			g.BlockedChannels = []catalog.BlockedChannel{{ID: v.ChannelID}}
		}),
		"too long now": update(func(g *catalog.Guild, v catalog.Video) { g.MaxSeconds = int(*v.DurationSeconds) - 1; g.MinSeconds = 0 }),
		"known to all": func(b *bench, v catalog.Video) error {
			_, err := b.catalog.Vote(t.Context(), catalog.VoteChange{GuildID: guildID, VideoID: v.ID, MemberID: "901", Up: true, Set: true, Source: catalog.SourceImport, At: b.now})
			return err
		},
		"gone from YouTube": func(b *bench, v catalog.Video) error {
			v.Video.ID = v.ID
			_, err := b.catalog.Observe(t.Context(), []catalog.Sighting{{Video: v.Video, Status: "private", At: b.now, Detailed: true}})
			return err
		},
		"dropped": func(b *bench, v catalog.Video) error { _, err := b.catalog.DropVideos(t.Context(), v.ID); return err },
		"posted by hand": func(b *bench, v catalog.Video) error {
			slot := catalog.Slot{Key: guildID + "/post/by-hand", GuildID: guildID, Kind: catalog.RunPost, At: b.now}
			_, err := b.catalog.CreatePosts(t.Context(), slot, []catalog.Post{{GuildID: guildID, VideoID: v.ID}}, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := holdBench(t, nil)
			held := b.ahead()
			first, _, err := b.catalog.Video(t.Context(), held[0].VideoID)
			if err != nil {
				t.Fatal(err)
			}
			if err := do(b, first); err != nil {
				t.Fatal(err)
			}
			fell := 0
			posts := b.minute()
			for _, p := range posts {
				i := slices.Index(heldIDs(held), p.VideoID)
				switch {
				case p.VideoID == first.ID:
					t.Errorf("%s is posted though it fell", p.VideoID)
				case i < 0 && (p.Policy != catalog.PolicyChanged || p.Propensity != 0):
					t.Errorf("in its place came %+v", p)
				case i < 0:
					fell++
				case p.Propensity != held[i].Propensity || p.Policy != held[i].Policy:
					t.Errorf("a pick that stayed is %+v, was %+v", p, held[i].Post)
				}
			}
			if fell == 0 || len(posts) != 3 {
				t.Errorf("%d posts, %d in place of others", len(posts), fell)
			}
		})
	}
}

// TestUndoneVetoGoesBackToItsPlace, as changed, unless the owner has kept what came there,
// the song is no candidate any more, or the picks were drawn anew.
func TestUndoneVetoGoesBackToItsPlace(t *testing.T) {
	const slot = guildID + "/post/2026-03-02T18:00"
	for name, tt := range map[string]struct {
		between func(b *bench, out, in string) error
		back    bool
	}{
		"at once": {nil, true},
		"kept":    {func(b *bench, _, in string) error { return b.Keep(t.Context(), guildID, slot, in, true) }, false},
		"swapped": {func(b *bench, _, in string) error { return b.Swap(t.Context(), guildID, slot, in) }, false},
		"artist blocked": {func(b *bench, out, _ string) error {
			v, _, err := b.catalog.Video(t.Context(), out)
			return errors.Join(err, b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
				g.BlockedArtists = []catalog.BlockedArtist{{Name: v.Channel}}
				return nil
			}))
		}, false},
		"not to be posted any more": {func(b *bench, _, _ string) error {
			return b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { g.Paused = true; return nil })
		}, false},
		"nothing came": {func(b *bench, _, _ string) error { return nil }, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := holdBench(t, func(g *catalog.Guild) {
				if name == "nothing came" {
					g.Picks = 12
				}
			})
			held := b.ahead()
			out := held[1].VideoID
			if err := b.Veto(t.Context(), guildID, slot, out, ""); err != nil {
				t.Fatal(err)
			}
			in := b.held()[1].VideoID
			if tt.between != nil {
				if err := tt.between(b, out, in); err != nil {
					t.Fatal(err)
				}
			}
			before := heldIDs(b.held())
			back, err := b.Unveto(t.Context(), guildID, out)
			if err != nil || back != tt.back {
				t.Fatalf("back: %t, want %t (%v)", back, tt.back, err)
			}
			got := b.held()
			if !tt.back {
				if !slices.Equal(heldIDs(got), before) && name != "artist blocked" {
					t.Errorf("held %q, before the undo %q", heldIDs(got), before)
				}
				return
			}
			if !slices.Equal(heldIDs(got), heldIDs(held)) || got[1].Policy != catalog.PolicyChanged || got[1].Propensity != 0 || got[1].Position != 1 {
				t.Errorf("held %q, before the veto %q; it came back as %+v", heldIDs(got), heldIDs(held), got[1].Post)
			}
			if again, err := b.Unveto(t.Context(), guildID, out); err != nil || again {
				t.Error("what is not vetoed came back:", again, err)
			}
		})
	}
}

// TestNothingIsHeldForNoPost: a pause, another schedule and fewer picks.
func TestNothingIsHeldForNoPost(t *testing.T) {
	b := holdBench(t, nil)
	held := b.ahead()
	offered := func() []string {
		ranked, err := b.Rank(t.Context(), guildID, "901", 0)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, r := range ranked {
			ids = append(ids, r.Video.ID)
		}
		return ids
	}
	isOffered := func() bool { return slices.Contains(offered(), held[0].VideoID) }
	if isOffered() {
		t.Error("/recommend offers what is held")
	}
	if picks, err := b.Choose(t.Context(), guildID, "901"); err != nil || slices.ContainsFunc(picks, func(p pipeline.Picked) bool { return slices.Contains(heldIDs(held), p.Video.ID) }) {
		t.Error("what would be posted now is what is held:", err)
	}
	for name, change := range map[string]func(*catalog.Guild){
		"paused":           func(g *catalog.Guild) { g.Paused = true },
		"another hour":     func(g *catalog.Guild) { g.Schedule = []string{"0 21 * * *"} },
		"another zone":     func(g *catalog.Guild) { g.Zone = "Europe/Lisbon"; g.Schedule = []string{"0 18 * * *"} },
		"without channel":  func(g *catalog.Guild) { g.ChannelID = "" },
		"the bot has left": func(g *catalog.Guild) { g.LeftAt = b.now },
	} {
		saved, _, _ := b.catalog.Guild(t.Context(), guildID)
		changed := saved
		change(&changed)
		if err := b.catalog.SaveGuild(t.Context(), changed); err != nil {
			t.Fatal(err)
		}
		if name == "another zone" { // Lisbon is in UTC in March
			if isOffered() {
				t.Error("the same minute in another zone frees the picks")
			}
		} else if !isOffered() {
			t.Errorf("%s: the picks are held for a post that does not come", name)
		}
		if err := b.catalog.SaveGuild(t.Context(), saved); err != nil {
			t.Fatal(err)
		}
	}
	b.now = b.now.Add(30*time.Minute + schedule.MissedFor + time.Minute)
	if !isOffered() {
		t.Error("the picks of a slot that is too old to be made up are still held")
	}
}

func TestFewerPicksThanHeld(t *testing.T) {
	b := holdBench(t, nil)
	held := b.ahead()
	if err := b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { g.Picks = 2; return nil }); err != nil {
		t.Fatal(err)
	}
	if posts := b.minute(); len(posts) != 2 || posts[0].VideoID != held[0].VideoID || posts[1].Propensity != held[1].Propensity {
		t.Errorf("posts: %+v", posts)
	}
}

func TestKeepSwapVeto(t *testing.T) {
	b := holdBench(t, nil)
	u := b.upcoming()
	slot, first := u.Slot.Key, u.Picks[0].Video.ID
	// The first wish holds the picks that were shown.
	if err := b.Keep(t.Context(), guildID, slot, first, true); err != nil {
		t.Fatal(err)
	}
	if got := b.held(); !slices.Equal(heldIDs(got), pickedIDs(u.Picks)) || !got[0].Kept || got[1].Kept || got[0].Propensity != u.Picks[0].Post.Propensity {
		t.Fatalf("held: %+v", got)
	}
	// A search finds better songs: all but the kept one are drawn anew.
	for i := range int64(6) {
		b.observe(record{id: "bettersng-" + string(rune('a'+i)), title: "Better Artist " + string(rune('A'+i)) + " - Song " + string(rune('A'+i)), channel: "Better Artist " + string(rune('A'+i)), views: 50_000_000 + i})
	}
	held := b.ahead()
	if held[0].VideoID != first || held[0].Policy != catalog.PolicyChanged || held[0].Propensity != 0 || !held[0].Kept {
		t.Errorf("the kept pick is %+v", held[0])
	}
	if held[1].Propensity <= 0 || held[1].Policy != catalog.PolicyRule || slices.Equal(heldIDs(held), pickedIDs(u.Picks)) {
		t.Errorf("the others were not drawn anew: %q", heldIDs(held))
	}
	// A swap takes the next best, again and again, and never the one before.
	seen := map[string]bool{held[1].VideoID: true}
	for range 4 {
		out := b.held()[1].VideoID
		if err := b.Swap(t.Context(), guildID, slot, out); err != nil {
			t.Fatal(err)
		}
		in := b.held()[1]
		if seen[in.VideoID] || in.Policy != catalog.PolicyChanged || in.Propensity != 0 || in.Position != 1 || !in.Kept || in.State != catalog.StateHeld {
			t.Errorf("swapped in: %+v", in)
		}
		seen[in.VideoID] = true
	}
	if got := b.held(); got[0].VideoID != first || got[2].VideoID != held[2].VideoID || got[2].Propensity != held[2].Propensity {
		t.Errorf("a swap has changed its neighbours: %q", heldIDs(got))
	}
	if ranked, err := b.Rank(t.Context(), guildID, "", 0); err != nil || !slices.ContainsFunc(ranked, func(r pipeline.Ranked) bool { return r.Video.ID == held[1].VideoID && !r.Held && !r.Posted }) {
		t.Error("a song that was swapped out is no candidate any more:", err)
	}
	// A veto blocks the song for the guild and fills the gap.
	b.observe(record{id: "holdagain-1", title: "Mara Quill - Lanterns (Live)", channel: "Somebody Else", views: 10})
	if err := b.Veto(t.Context(), guildID, slot, first, ""); err != nil {
		t.Fatal(err)
	}
	if got := b.held(); len(got) != 3 || slices.Contains(heldIDs(got), first) || got[0].Policy != catalog.PolicyChanged {
		t.Errorf("after the veto %+v", got)
	}
	if why, blocked, err := b.Blocked(t.Context(), guildID, first); err != nil || !blocked || why.Bar != pick.BarSong {
		t.Errorf("vetoed: %v, %v, %v", why, blocked, err)
	}
	if back, err := b.Unveto(t.Context(), guildID, first); err != nil || !back {
		t.Fatal(back, err)
	}
	if _, blocked, _ := b.Blocked(t.Context(), guildID, first); blocked {
		t.Error("the undone veto blocks")
	}
	// Wishes about what is not there any more change nothing.
	before := heldIDs(b.held())
	for name, err := range map[string]error{
		"another slot": b.Swap(t.Context(), guildID, guildID+"/post/2026-03-01T18:00", before[0]),
		"no pick":      b.Keep(t.Context(), guildID, slot, "holdagain-1", true),
		"veto":         b.Veto(t.Context(), guildID, guildID+"/post/2026-03-01T18:00", before[0], ""),
	} {
		if !errors.Is(err, pipeline.ErrNoSlot) && !errors.Is(err, pipeline.ErrNoPick) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !slices.Equal(before, heldIDs(b.held())) {
		t.Error("a refused wish has changed what is held")
	}
}

// TestVetoBlocksEveryUpload: another upload and another version of the song.
func TestVetoBlocksEveryUpload(t *testing.T) {
	b := holdBench(t, nil)
	b.observe(records...)
	if err := b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
		g.BlockedSongs = []catalog.BlockedSong{{VideoID: "official-01", Artist: "Mara Quill", Title: "Paper Lanterns"}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"official-01": true, "lyricvid-01": true, "liveshow-01": true, "ottovenn-01": false, "together-01": false}
	got := map[string]bool{}
	for id := range want {
		_, got[id], _ = b.Blocked(t.Context(), guildID, id)
	}
	if !maps.Equal(got, want) {
		t.Errorf("blocked: %v", got)
	}
}

func TestPostNowUsesTheSlotUp(t *testing.T) {
	b := holdBench(t, nil)
	held := b.ahead()
	if _, err := b.PostNow(t.Context(), guildID, guildID+"/post/2026-03-03T18:00", "dashboard"); !errors.Is(err, pipeline.ErrNoSlot) {
		t.Errorf("tomorrow's slot: %v", err)
	}
	run, err := b.PostNow(t.Context(), guildID, held[0].Slot, "dashboard")
	if err != nil || run.Counts["picks"] != 3 {
		t.Fatalf("%+v, %v", run, err)
	}
	if posts, _ := b.catalog.Posts(t.Context(), guildID, time.Time{}); len(posts) != 3 || posts[0].VideoID != held[0].VideoID {
		t.Errorf("posts: %+v", posts)
	}
	if u := b.upcoming(); u.Slot.Key != guildID+"/post/2026-03-03T18:00" || u.Held {
		t.Errorf("the next post is %q", u.Slot.Key)
	}
	b.now = time.Date(2026, 3, 2, 18, 0, 0, 0, time.UTC)
	if fresh, err := b.catalog.BeginSlot(t.Context(), b.slot()); err != nil || fresh {
		t.Error("the slot would be posted again at its minute:", err)
	}
}

// TestTwoSlotsNeverHoldOneVideo: two posts within the hour of one search.
func TestTwoSlotsNeverHoldOneVideo(t *testing.T) {
	b := holdBench(t, func(g *catalog.Guild) { g.Schedule = []string{"0 18 * * *", "30 18 * * *"}; g.Scrape = "0 17 * * *" })
	first := b.ahead()
	posts := b.minute()
	second := b.ahead()
	if len(second) != 3 || second[0].Slot != guildID+"/post/2026-03-02T18:30" {
		t.Fatalf("the second slot holds %+v", second)
	}
	for _, id := range heldIDs(second) {
		if slices.Contains(heldIDs(first), id) || slices.ContainsFunc(posts, func(p catalog.Post) bool { return p.VideoID == id }) {
			t.Errorf("%s is in both slots", id)
		}
	}
}

// TestSearchPreparesAhead: a scheduled search holds the picks of the post that follows,
// a search by hand long before does not, and neither does without the setting.
func TestSearchPreparesAhead(t *testing.T) {
	for _, ahead := range []bool{true, false} {
		b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
		b.setAhead(ahead)
		b.now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		b.scrape()
		if n := len(b.held()); n != 0 {
			t.Errorf("a search in the morning holds %d picks", n)
		}
		b.now = time.Date(2026, 3, 2, 17, 0, 0, 0, time.UTC)
		b.scrape()
		held := b.held()
		if want := map[bool]int{true: 3}[ahead]; len(held) != want {
			t.Errorf("prepare ahead %v: %d picks are held", ahead, len(held))
		}
		if !ahead {
			continue
		}
		// At its minute a video has become private.
		gone := held[0].VideoID
		b.youtube.Withdraw(gone)
		b.now = b.now.Add(time.Hour)
		_, posts := b.prepare()
		if len(posts) != 3 || slices.ContainsFunc(posts, func(p catalog.Post) bool { return p.VideoID == gone }) {
			t.Errorf("posted: %+v", posts)
		}
	}
}

// TestHeldPicksOfAnotherSchedule: where the schedule has a post no more, its picks are no
// longer held, and may be those of the new one.
func TestHeldPicksOfAnotherSchedule(t *testing.T) {
	b := holdBench(t, func(g *catalog.Guild) { g.Exploration, g.Wildcard = 0, false })
	first := b.ahead()
	err := b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { g.Schedule = []string{"30 21 * * *"}; return nil })
	if err != nil {
		t.Fatal(err)
	}
	second := b.ahead()
	if len(first) != 3 || len(second) != 3 || second[0].Slot == first[0].Slot || !slices.Equal(heldIDs(first), heldIDs(second)) {
		t.Errorf("held were %v of %s, now %v of %s", heldIDs(first), first[0].Slot, heldIDs(second), second[0].Slot)
	}
}
