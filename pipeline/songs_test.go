package pipeline_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/labels"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// record is a video of the world of Mara Quill.
type record struct {
	id, title, channel string
	views              int64
	beside             []string // channels
}

// records are three uploads of one song, versions of it, and others.
var records = []record{
	{"official-01", "Mara Quill - Paper Lanterns (Official Video)", "Mara Quill", 100, []string{"Ilse Marrow"}},
	{"lyricvid-01", "Mara Quill - Paper Lanterns (Lyrics)", "LyricNest", 900, nil},
	{"reupload-01", "Mara Quill - Paper Lanterns", "Crate Uploads", 500, nil},
	{"liveshow-01", "Mara Quill - Paper Lanterns (Live at Halle 3)", "Mara Quill", 100, nil},
	{"covering-01", "Mara Quill - Paper Lanterns (Otto Venn Cover)", "Otto Venn", 100, nil},
	{"together-01", "Mara Quill x Otto Venn - Slate (Official Video)", "Mara Quill", 100, nil},
	{"ottovenn-01", "Otto Venn - Basalt (Official Audio)", "Otto Venn", 100, nil},
	{"ilsemarr-01", "Ilse Marrow - Ether (Official Video)", "Ilse Marrow", 100, nil},
	{"stranger-01", "Junia Holt - Kerosene (Official Video)", "Junia Holt", 100, nil},
}

// songBench is a bench with some videos and no YouTube.
func songBench(t *testing.T, change func(*catalog.Guild), some ...record) *bench {
	t.Helper()
	b := newBench(t, fakeyoutube.Options{Seed: 3}, func(g *catalog.Guild) {
		g.Picks, g.SameSongDays = 9, 365
		if change != nil {
			change(g)
		}
	})
	b.options.Source, b.options.Log = nil, slog.New(slog.DiscardHandler)
	b.setAhead(false)
	b.observe(some...)
	return b
}

// observe keeps videos as their watch pages show them.
func (b *bench) observe(some ...record) {
	b.t.Helper()
	var seen []catalog.Sighting
	for _, r := range some {
		length := int64(200 + 3*len(r.channel)) // every uploader adds something
		s := catalog.Sighting{GuildID: guildID, Query: "jazz", At: b.now, Detailed: true, Status: youtube.StatusOK, Video: youtube.Video{
			ID: r.id, Title: r.title, Channel: r.channel, ChannelID: "UC" + r.channel, Category: "Music", DurationSeconds: &length, Views: &r.views,
		}}
		for i, channel := range r.beside {
			s.Neighbours = append(s.Neighbours, youtube.Neighbour{ID: "besidevid0" + string(rune('a'+i)), Title: "Something", Channel: channel})
		}
		seen = append(seen, s)
	}
	if _, err := b.catalog.Observe(b.t.Context(), seen); err != nil {
		b.t.Fatal(err)
	}
}

// posted prepares a slot and returns its videos.
func (b *bench) posted() (ids []string) {
	b.t.Helper()
	_, posts := b.prepare()
	for _, p := range posts {
		ids = append(ids, p.VideoID)
	}
	slices.Sort(ids)
	return ids
}

// A song with three uploads is posted once a year, the best upload first, and no
// upload twice. Its versions are other songs.
func TestASongIsPostedOnceAYear(t *testing.T) {
	b := songBench(t, nil, records[:3]...)
	day := func(n int) { b.now = b.now.Add(time.Duration(n) * 24 * time.Hour) }
	for i, want := range []string{"official-01", "lyricvid-01", "reupload-01"} {
		if got := b.posted(); !slices.Equal(got, []string{want}) {
			t.Errorf("year %d: posted %q, want %s", i, got, want)
		}
		ranked, err := b.Rank(t.Context(), guildID, "", 0)
		if err != nil || len(ranked) != 3 {
			t.Fatal(ranked, err)
		}
		for _, r := range ranked {
			if !r.Posted {
				t.Errorf("year %d: %s is not marked as posted", i, r.Video.ID)
			}
		}
		for range 2 {
			if day(182); len(b.posted()) > 0 {
				t.Errorf("year %d: posted again after %v", i, b.now)
			}
		}
		day(1)
	}
	if day(9999); len(b.posted()) > 0 {
		t.Error("an upload is posted twice")
	}
}

func TestASongMayComeAgainAtOnce(t *testing.T) {
	b := songBench(t, func(g *catalog.Guild) { g.SameSongDays = 0 }, records[:3]...)
	for _, want := range []string{"official-01", "lyricvid-01", "reupload-01"} {
		if got := b.posted(); !slices.Equal(got, []string{want}) {
			t.Errorf("posted %q, want %s", got, want)
		}
		b.now = b.now.Add(time.Hour)
	}
}

// A slot has one song of an artist; a live version and a cover are songs of their own.
func TestASlotHasOneSongAnArtist(t *testing.T) {
	b := songBench(t, nil, append(records[:len(records):len(records)], record{"ottolabel-1", "Otto Venn - Granite", "Crate Uploads", 100, nil})...)
	seen := map[string]bool{}
	for range 5 {
		slot := map[string]int{}
		for _, id := range b.posted() {
			v, _, err := b.catalog.Video(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			seen[id] = true
			for _, a := range v.Song.Artists {
				slot[a]++
			}
		}
		for artist, n := range slot {
			if n > 1 {
				t.Errorf("%d songs by %s in a slot", n, artist)
			}
		}
		b.now = b.now.Add(24 * time.Hour)
	}
	if len(seen) != 8 || seen["lyricvid-01"] || seen["reupload-01"] {
		t.Errorf("posted in five slots: %v", seen)
	}
}

// Votes on two uploads are votes on one song, of a member's the later counts, and
// versions have their own.
func TestVotesAreOnSongs(t *testing.T) {
	b := songBench(t, nil, records...)
	labels := func() map[string]taste.Label {
		t.Helper()
		_, all, err := b.TrainingData(t.Context(), guildID)
		if err != nil {
			t.Fatal(err)
		}
		byID := map[string]taste.Label{}
		for _, l := range all {
			byID[l.VideoID] = l
		}
		return byID
	}
	b.label("901", true, "official-01")
	b.now = b.now.Add(time.Hour)
	b.label("902", true, "lyricvid-01")
	b.label("902", false, "covering-01")
	b.label("902", true, "liveshow-01")
	got := labels()
	if len(got) != 3 || got["official-01"].Voters != 2 || got["official-01"].Share < 0.7 || got["covering-01"].Share > 0.5 || got["liveshow-01"].Voters != 1 {
		t.Errorf("labels: %+v", got)
	}
	b.now = b.now.Add(time.Hour)
	b.label("901", false, "reupload-01") // who changed their mind
	got = labels()
	if len(got) != 3 || got["official-01"].Voters != 2 || got["official-01"].Share < 0.3 || got["official-01"].Share > 0.7 {
		t.Errorf("after a later vote on another upload: %+v", got["official-01"])
	}

	listed := func(member string) (ids []string) {
		t.Helper()
		ranked, err := b.Rank(t.Context(), guildID, member, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range ranked {
			ids = append(ids, r.Video.ID)
			if known := slices.Contains([]string{"official-01", "lyricvid-01", "reupload-01", "covering-01", "liveshow-01"}, r.Video.ID); r.Known != known {
				t.Errorf("%s is known: %v", r.Video.ID, r.Known)
			}
		}
		slices.Sort(ids)
		return ids
	}
	if got := listed("901"); !slices.Equal(got, []string{"covering-01", "ilsemarr-01", "liveshow-01", "ottovenn-01", "stranger-01", "together-01"}) {
		t.Errorf("a member who voted on two uploads is shown %q", got)
	}
	if got := listed("903"); len(got) != 7 || slices.Contains(got, "lyricvid-01") {
		t.Errorf("a member who voted on none is shown %q", got)
	}
	if got := listed(""); len(got) != 9 {
		t.Errorf("all are %q", got)
	}
	for _, id := range b.posted() {
		if slices.Contains([]string{"official-01", "lyricvid-01", "reupload-01"}, id) {
			t.Errorf("%s is posted, whose song everybody who votes knows", id)
		}
	}
}

// What is no song is not posted where only music is, unless a guild chooses it.
func TestKindsAreOffUnderMusicOnly(t *testing.T) {
	kinds := map[string]record{
		"karaoke":  {"karaokes-01", "Mara Quill - Winter Road (Karaoke)", "Sing Along", 10, nil},
		"mix":      {"housemix-01", "Deep House Mix 2026 | Chill Vibes | Summer Music", "House Radio", 10, nil},
		"album":    {"fullalbum-1", "Ilse Marrow - Slate and Snow (Full Album)", "Ilse Marrow", 10, nil},
		"reaction": {"reaction-01", "Otto Venn - Paper Birds (Reaction)", "Two Guys", 10, nil},
		"talk":     {"interview-1", "I watched every interview of this singer and it was crazy!", "Four Guys", 10, nil},
	}
	b := songBench(t, func(g *catalog.Guild) { g.SameSongDays = 0 }, records[8])
	for _, r := range kinds {
		b.observe(r)
	}
	set := func(musicOnly bool, chosen ...string) {
		t.Helper()
		if err := b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error { g.MusicOnly, g.Kinds = musicOnly, chosen; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	count := func() int {
		t.Helper()
		ranked, err := b.Rank(t.Context(), guildID, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		return len(ranked)
	}
	if got := b.posted(); !slices.Equal(got, []string{"stranger-01"}) {
		t.Errorf("posted %q", got)
	}
	for kind, r := range kinds {
		set(true, kind)
		b.now = b.now.Add(time.Hour)
		if got := b.posted(); !slices.Equal(got, []string{r.id}) {
			t.Errorf("with %s: posted %q", kind, got)
		}
	}
	set(true)
	if n := count(); n != 1 {
		t.Errorf("%d candidates where only music is", n)
	}
	set(false)
	if n := count(); n != 6 {
		t.Errorf("%d candidates where not only music is", n)
	}
}

// An artist who is blocked is no candidate, no proposal, and is held where picks were
// prepared before.
func TestABlockedArtist(t *testing.T) {
	b := songBench(t, nil, records...)
	prepared := b.posted()
	if !slices.Contains(prepared, "ilsemarr-01") {
		t.Fatalf("prepared: %q", prepared)
	}
	blocked := func(id string) bool {
		t.Helper()
		_, blocked, err := b.Blocked(t.Context(), guildID, id)
		if err != nil {
			t.Fatal(err)
		}
		return blocked
	}
	if blocked("ilsemarr-01") {
		t.Error("blocked before anybody did")
	}
	if err := b.catalog.UpdateGuild(t.Context(), guildID, func(g *catalog.Guild) error {
		g.BlockedArtists = []catalog.BlockedArtist{{Name: "ilse marrow"}, {Name: "MaraQuillVEVO"}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		want := r.id == "ilsemarr-01" || r.id != "covering-01" && r.id != "ottovenn-01" && r.id != "stranger-01"
		if blocked(r.id) != want {
			t.Errorf("%s is blocked: %v", r.title, !want)
		}
	}
	ranked, err := b.Rank(t.Context(), guildID, "", 0)
	if err != nil || len(ranked) != 3 {
		t.Errorf("%d candidates are left, %v", len(ranked), err)
	}
	if _, why, err := b.Blocked(t.Context(), guildID, "official-01"); err != nil || !why {
		t.Errorf("%v, %v", why, err)
	}
	if why, _, _ := b.Blocked(t.Context(), guildID, "official-01"); why.Bar != pick.BarArtist {
		t.Errorf("because of %q", why.Bar)
	}
}

// Like ranks the artist's songs first, then those of a partner, then what stands beside
// the video; ByArtist takes an artist's name as people write it; Ranked says how many
// songs by its artists were liked.
func TestLikeAndByArtist(t *testing.T) {
	b := songBench(t, nil, records...)
	b.label("901", true, "ottovenn-01", "together-01")
	b.label("901", false, "ilsemarr-01")
	ids := func(ranked []pipeline.Ranked, err error) (ids []string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range ranked {
			ids = append(ids, r.Video.ID)
		}
		return ids
	}
	like := ids(b.Like(t.Context(), guildID, "official-01", "", 0))
	if len(like) != 5 || !slices.Equal(like[4:], []string{"ilsemarr-01"}) || slices.Index(like, "together-01") > 1 || slices.Index(like, "liveshow-01") > 1 {
		t.Errorf("like the song are %q", like)
	}
	if got := ids(b.Like(t.Context(), guildID, "official-01", "901", 2)); !slices.Equal(got, []string{"liveshow-01", "covering-01"}) {
		t.Errorf("for a member: %q", got)
	}
	if _, err := b.Like(t.Context(), guildID, "nosuchvideo", "", 0); err == nil {
		t.Error("an unknown video is like some")
	}
	for name, want := range map[string][]string{
		"The  OTTO venn": {"covering-01", "ottovenn-01", "together-01"}, "Mara Quill": {"liveshow-01", "lyricvid-01", "official-01", "reupload-01", "together-01"}, "Nobody": nil, "": nil,
	} {
		got := ids(b.ByArtist(t.Context(), guildID, name, "", 0))
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("by %q: %q", name, got)
		}
	}
	ranked, err := b.ByArtist(t.Context(), guildID, "Otto Venn", "902", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range ranked {
		if a := r.Artists[len(r.Artists)-1]; a.Name != "Otto Venn" || a.Liked != 2 || a.Disliked != 0 || a.Key == "" {
			t.Errorf("%s: %+v", r.Video.ID, r.Artists)
		}
	}
	artists, err := b.Artists(t.Context(), guildID, "m", 9)
	if err != nil || len(artists) != 2 || artists[0].Name != "Mara Quill" || artists[0].Liked != 1 || artists[1].Name != "Ilse Marrow" || artists[1].Disliked != 1 {
		t.Errorf("artists with m: %+v, %v", artists, err)
	}
	if x, err := b.Explain(t.Context(), guildID, "covering-01"); err != nil || len(x.Artists) != 1 || x.Artists[0].Liked != 2 {
		t.Errorf("explained: %+v, %v", x.Artists, err)
	}
}

// Another upload of a song that the model learned from is scored as the song is, out of
// fold, in lists and explanations.
func TestUploadsOfASongHaveItsScore(t *testing.T) {
	b := songBench(t, nil, records...)
	b.label("901", true, "official-01", "liveshow-01", "together-01")
	b.label("901", false, "stranger-01", "ilsemarr-01")
	for i := range 30 {
		id, title, channel := "lovedsong-"+string(rune('A'+i)), "Mara Quill - Window "+string(rune('A'+i))+" (Official Video)", "Mara Quill"
		if i%2 == 0 {
			id, title, channel = "hatedsong-"+string(rune('A'+i)), "Junia Holt - Gravel "+string(rune('A'+i))+" (Official Video)", "Junia Holt"
		}
		b.observe(record{id, title, channel, 100, nil})
		b.label("901", i%2 == 1, id)
	}
	if run, err := b.Retrain(t.Context(), guildID, "test", "", nil); err != nil || run.Counts["promoted"] != 1 {
		t.Fatalf("training gave %+v, %v", run, err)
	}
	ranked, err := b.Rank(t.Context(), guildID, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	scores := map[string]float64{}
	for _, r := range ranked {
		scores[r.Video.ID] = r.Score
		if r.ModelVersion == 0 {
			t.Fatal("the rule ranks")
		}
	}
	if scores["official-01"] == 0 || scores["lyricvid-01"] != scores["official-01"] || scores["reupload-01"] != scores["official-01"] || scores["covering-01"] == scores["official-01"] {
		t.Errorf("scores: %v", scores)
	}
	if x, err := b.Explain(t.Context(), guildID, "lyricvid-01"); err != nil || x.Score != scores["official-01"] {
		t.Errorf("explained with %v, listed with %v, %v", x.Score, scores["official-01"], err)
	}
}

// Of an upload that nobody can be sure of a guess is enough to leave it out, and not
// enough to join its votes.
func TestAGuessIsNotPostedAgain(t *testing.T) {
	sure := record{"official-02", "Plastic Ghosts - 川 Sugar (Official Video)", "Plastic Ghosts", 100, nil}
	guess := record{"reupload-02", "川 Sugar by Plastic Ghosts", "Wild Machine Uploads", 100, nil}
	for _, order := range [][]record{{sure, guess}, {guess, sure}} {
		b := songBench(t, nil, order[0])
		if got := b.posted(); !slices.Equal(got, []string{order[0].id}) {
			t.Fatalf("posted %q", got)
		}
		b.observe(order[1], records[8])
		b.now = b.now.Add(24 * time.Hour)
		for _, r := range order {
			v, _, err := b.catalog.Video(t.Context(), r.id)
			if err != nil || v.Song.Sure() != (r.id == sure.id) || len(v.Song.Artists) != 1 {
				t.Fatalf("%s is read as %+v, %v", r.title, v.Song, err)
			}
		}
		if got := b.posted(); !slices.Equal(got, []string{records[8].id}) {
			t.Errorf("after %s: posted %q", order[0].id, got)
		}
		if b.now = b.now.Add(364 * 24 * time.Hour); !slices.Equal(b.posted(), []string{order[1].id}) {
			t.Errorf("after a year %s is not posted", order[1].id)
		}
	}
}

// TestFavouritesFound: a favourite is found once a song by its artist is; what nobody wants to
// hear, and what a member told, do not count.
func TestFavouritesFound(t *testing.T) {
	b := songBench(t, nil, records...)
	for _, tt := range []struct {
		liked       string
		found, told int
	}{{"", 0, 0}, {"Nobody Known, Someone Else – A Song", 0, 2}, {"the OTTO  venn; Nobody Known; Mara Quill – No Such Song", 2, 3}} {
		if _, err := labels.TellFavourites(t.Context(), b.catalog, guildID, tt.liked, "Ilse Marrow", b.now); err != nil {
			t.Fatal(err)
		}
		found, told, err := b.Favourites(t.Context(), guildID)
		if err != nil || found != tt.found || told != tt.told {
			t.Errorf("of %q %d of %d are found (%v), want %d of %d", tt.liked, found, told, err, tt.found, tt.told)
		}
	}
}
