package pick

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"

	"pgregory.net/rapid"
)

func candidates(n int) []Candidate {
	out := make([]Candidate, n)
	words := []string{"red", "blue", "green", "moon", "rain", "fire", "night", "river", "stone", "glass", "echo"}
	for i := range out {
		v := &out[i]
		v.Video.ID = fmt.Sprintf("v%010d", i)
		v.Video.Title = fmt.Sprint(words[i%11], " ", words[(i/11+i*3)%11], " ", i)
		v.Video.ChannelID = fmt.Sprint("UC", i%40)
		v.Raw = 2 - 4*float64(i)/float64(n)
		v.Probability = 1 / (1 + math.Exp(-v.Raw))
		v.Variance = 0.2
	}
	return out
}

// TestFloorKinds: each kind can be chosen, and all are there where not only music is.
func TestFloorKinds(t *testing.T) {
	for _, kind := range Kinds {
		var v catalog.Video
		v.Song.Kind = song.Kind(kind)
		for _, c := range []struct {
			guild catalog.Guild
			ok    bool
		}{{catalog.Guild{MusicOnly: true}, false}, {catalog.Guild{MusicOnly: true, Kinds: []string{kind}}, true}, {catalog.Guild{}, true}} {
			if ok, why := NewFloor(c.guild, nil).Allows(v); ok != c.ok || !ok && why.Bar != BarKind {
				t.Errorf("%s with %+v: %v, %v", kind, c.guild.Kinds, ok, why)
			}
		}
	}
}

// TestFloorNamesakes: an artist who is blocked by name is blocked under all names that
// are theirs, and with all namesakes; one who is blocked on a channel is alone.
func TestFloorNamesakes(t *testing.T) {
	var names song.Directory
	var videos []catalog.Video
	for _, id := range []string{"UC1", "UC2"} {
		v := catalog.Video{Song: song.Song{Artists: []string{"Lumen"}, Title: "Ether", Confidence: 1}}
		v.Channel, v.ChannelID = "Lumen - Topic", id
		names.Add(v.Song, v.Channel, v.ChannelID)
		videos = append(videos, v)
	}
	allowed := func(b catalog.BlockedArtist) (all []bool) {
		for _, v := range videos {
			ok, _ := NewFloor(catalog.Guild{BlockedArtists: []catalog.BlockedArtist{b}}, &names).Allows(v)
			all = append(all, ok)
		}
		return all
	}
	if got := allowed(catalog.BlockedArtist{Name: "LUMEN"}); got[0] || got[1] {
		t.Errorf("blocked by name: %v", got)
	}
	if got := allowed(catalog.BlockedArtist{Name: "Lumen", ChannelID: "UC2"}); !got[0] || got[1] {
		t.Errorf("blocked on a channel: %v", got)
	}
}

func TestFloor(t *testing.T) {
	no, seconds := false, int64(2000)
	f := NewFloor(catalog.Guild{MusicOnly: true, MinSeconds: 60, MaxSeconds: 720,
		BlockedChannels: []catalog.BlockedChannel{{ID: "UCbad"}, {Name: "Bad Channel"}}, BlockedWords: []string{"Nightcore", "10 hours"},
		BlockedArtists: []catalog.BlockedArtist{{Name: "The Otto Venn"}}, Kinds: []string{"karaoke"}}, nil)
	video := func(change func(*catalog.Video)) catalog.Video {
		var v catalog.Video
		v.Title, v.Category, v.Status = "A song", "Music", youtube.StatusOK
		change(&v)
		return v
	}
	sung := func(title string) catalog.Video {
		return video(func(v *catalog.Video) { v.Title, v.Song = title, song.Read(song.Upload{Title: title}, nil) })
	}
	tests := []struct {
		name string
		ok   bool
		v    catalog.Video
	}{
		{"plain", true, video(func(*catalog.Video) {})},
		{"nothing known", true, catalog.Video{}},
		{"private", false, video(func(v *catalog.Video) { v.Status = youtube.StatusPrivate })},
		{"not embeddable", false, video(func(v *catalog.Video) { v.Embeddable = &no })},
		{"gaming", false, video(func(v *catalog.Video) { v.Category = "Gaming" })},
		{"music in Portuguese", true, video(func(v *catalog.Video) { v.Category = "Música" })},
		{"too long", false, video(func(v *catalog.Video) { v.DurationSeconds = &seconds })},
		{"upcoming", false, video(func(v *catalog.Video) { v.Upcoming = true })},
		{"blocked id", false, video(func(v *catalog.Video) { v.ChannelID = "UCbad" })},
		{"blocked name", false, video(func(v *catalog.Video) { v.Channel = "BAD channel" })},
		{"blocked word", false, video(func(v *catalog.Video) { v.Title = "Song (NIGHTCORE)" })},
		{"blocked phrase", false, video(func(v *catalog.Video) { v.Tags = []string{"rain 10 hours"} })},
		{"blocked artist", false, sung("Mara Quill, Otto Venn - Slate")},
		{"blocked artist's channel", false, video(func(v *catalog.Video) { v.Channel = "OttoVennVEVO" })},
		{"another artist", true, sung("Otto Venner - Slate")},
		{"a mix", false, sung("Deep House Mix 2026 | Chill Vibes | Summer Music")},
		{"an album", false, sung("Mara Quill - Slate (Full Album)")},
		{"a reaction", false, sung("Mara Quill - Slate (Reaction)")},
		{"karaoke, which was chosen", true, sung("Mara Quill - Slate (Karaoke)")},
		{"part of a word", true, video(func(v *catalog.Video) { v.Title = "Nightcorean" })},
	}
	for _, c := range tests {
		if ok, why := f.Allows(c.v); ok != c.ok || ok == (why.String() != "") {
			t.Errorf("%s: %v, %q", c.name, ok, why)
		}
	}
}

// With any settings no channel is picked twice, nothing is posted again,
// propensities are probabilities, and the same seed gives the same picks.
func TestPicksKeepTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := candidates(rapid.IntRange(0, 50).Draw(t, "candidates"))
		o := Options{N: rapid.IntRange(0, 8).Draw(t, "n"), Seed: rapid.Uint64().Draw(t, "seed"),
			Exploration: rapid.Float64Range(0, 1).Draw(t, "exploration"), Wildcard: rapid.Bool().Draw(t, "wildcard"), ByRule: rapid.Bool().Draw(t, "rule")}
		for i := range all {
			if i%7 == 0 {
				o.Posted = append(o.Posted, Posted{Video: all[i].Video})
			}
		}
		r := Choose(all, o)
		if len(r.Picks) > o.N || (len(r.Picks) < o.N) != (r.Short != "") {
			t.Fatalf("%d picks of %d, %q", len(r.Picks), o.N, r.Short)
		}
		channels := map[string]bool{}
		for _, p := range r.Picks {
			if channels[p.Video.ChannelID] {
				t.Fatalf("channel %s twice", p.Video.ChannelID)
			}
			channels[p.Video.ChannelID] = true
			if !(p.Propensity > 0 && p.Propensity <= 1.0000001) {
				t.Fatalf("propensity %v", p.Propensity)
			}
			for _, q := range o.Posted {
				if q.Video.ID == p.Video.ID {
					t.Fatal("posted again")
				}
			}
		}
		if again := Choose(all, o); !reflect.DeepEqual(r, again) {
			t.Fatal("the same seed gave other picks")
		}
	})
}

func TestGreedyTakesTheBestAndThompsonTheUnsure(t *testing.T) {
	all := candidates(100)
	r := Choose(all, Options{N: 5, Seed: 1})
	for _, p := range r.Picks {
		if p.Policy != "greedy" || p.Propensity != 1 || p.Probability < 0.8 {
			t.Errorf("%+v", p)
		}
	}
	unsure := 80
	all[unsure].Variance = 40
	taken := 0.0
	const times = 100
	for seed := range uint64(times) {
		for _, p := range Choose(all, Options{N: 5, Seed: seed, Exploration: 1}).Picks {
			if p.Video.ID == all[unsure].Video.ID {
				taken++
			}
		}
	}
	if taken/times < 0.1 || taken/times > 0.9 {
		t.Errorf("the unsure one was taken in %.2f of slots", taken/times)
	}
}

// Over many draws, the share of draws that pick a video equals its propensity,
// both as a pick and as the wildcard.
func TestPropensitiesAreWhatHappens(t *testing.T) {
	all := candidates(24)
	for i := range all {
		all[i].Variance = 0.1 + float64(i%5)/4
	}
	const times = 600
	type tally struct{ taken, claimed float64 }
	roles := map[catalog.Policy]map[string]*tally{catalog.PolicyThompson: {}, catalog.PolicyWildcard: {}}
	for seed := range uint64(times) {
		for _, p := range Choose(all, Options{N: 5, Seed: seed, Exploration: 0.7, Wildcard: true}).Picks {
			c := roles[p.Policy][p.Video.ID]
			if c == nil {
				c = &tally{}
				roles[p.Policy][p.Video.ID] = c
			}
			c.taken++
			c.claimed += p.Propensity
		}
	}
	for policy, videos := range roles {
		checked := 0
		for id, c := range videos {
			often, claims := c.taken/times, c.claimed/c.taken
			if math.Abs(often-claims) > 0.02+3*math.Sqrt(often*(1-often)/times) {
				t.Errorf("%s was the %s pick in %.3f of slots, and claims %.3f", id, policy, often, claims)
			}
			if often > 0.02 && often < 0.98 {
				checked++
			}
		}
		if checked < 3 {
			t.Errorf("only %d videos had a chance as %s that tells anything", checked, policy)
		}
	}
}

func TestNearDuplicatesCollapse(t *testing.T) {
	all := candidates(20)
	a, b, c := int64(200), int64(201), int64(500)
	all[0].Video.Title, all[0].Video.DurationSeconds = "Artist - Song (Official Video)", &a
	all[1].Video.Title, all[1].Video.DurationSeconds = "Artist - Song [Lyrics]", &b
	all[2].Video.Title, all[2].Video.DurationSeconds = "Artist - Song", &c // another recording
	got := map[string]bool{}
	for _, p := range Choose(all, Options{N: 8, Seed: 1}).Picks {
		got[p.Video.ID] = true
	}
	if got[all[0].Video.ID] && got[all[1].Video.ID] {
		t.Error("a re-upload was picked beside the original")
	}
	r := Choose(all[1:2], Options{N: 1, Posted: []Posted{{Video: all[0].Video}}})
	if len(r.Picks) != 0 || r.Short == "" {
		t.Errorf("a re-upload of a posted video was picked: %+v", r)
	}
}

func TestDislikedPushesItsLikeAway(t *testing.T) {
	all := candidates(60)
	all[0].Video.Title, all[1].Video.Title = "harsh noise wall tape", "soft piano evening light"
	all[0].Raw, all[1].Raw = 2.05, 2.0
	disliked := catalog.Video{}
	disliked.ID, disliked.Title, disliked.ChannelID = "elsewhere", "harsh noise wall live", all[0].Video.ChannelID
	if r := Choose(all, Options{N: 1, Disliked: []catalog.Video{disliked}}); r.Picks[0].Video.ID == all[0].Video.ID {
		t.Error("the like of a disliked video was picked first")
	}
	if r := Choose(all, Options{N: 1}); r.Picks[0].Video.ID != all[0].Video.ID {
		t.Error("without dislikes the best was not picked")
	}
}

func TestWildcardIsMarkedAndUnlike(t *testing.T) {
	r := Choose(candidates(120), Options{N: 5, Wildcard: true, Seed: 2})
	last := r.Picks[len(r.Picks)-1]
	if !last.Wildcard || last.Policy != "wildcard" || last.Novelty < 0.3 {
		t.Errorf("%+v", last)
	}
	for _, p := range r.Picks[:4] {
		if p.Wildcard {
			t.Error("two wildcards")
		}
	}
}

// songsOf reads songs as a catalogue does.
type songsOf struct{ song.Directory }

func (s *songsOf) Song(v catalog.Video) string { return s.Directory.Song(v.Song, v.ChannelID) }

func (s *songsOf) Artists(v catalog.Video) (keys []string) {
	for _, name := range v.Song.Artists {
		keys = append(keys, s.Key(name, v.ChannelID))
	}
	return keys
}

// upload is a sure candidate.
func upload(id, title string, kind song.Kind, artists ...string) Candidate {
	v := catalog.Video{Song: song.Song{Artists: artists, Title: title, Kind: kind, Confidence: 1}}
	v.ID, v.Title, v.Channel = id, id, "channel of "+id
	return Candidate{Video: v, Probability: 0.5}
}

// Of a song the best upload is picked, of an artist one song, and what was posted
// bars the same song, not its versions.
func TestChooseBySong(t *testing.T) {
	views := func(c Candidate, n int64) Candidate { c.Video.Views = &n; return c }
	own := func(c Candidate) Candidate { c.Video.Song.Evidence |= song.OwnChannel; return c }
	all := []Candidate{
		views(upload("a", "Ether", song.None, "Lumen"), 900), own(upload("b", "Ether", song.Lyrics, "Lumen")),
		views(upload("c", "Ether", song.None, "The Lumen"), 950),
		upload("d", "Ether", song.Cover, "Orrin"), upload("e", "Basalt", song.None, "Orrin", "Mara Quill"), upload("f", "Slate", song.None, "Mara Quill"),
	}
	picked := func(o Options) (ids []string) {
		o.Songs, o.N, o.ByRule = &songsOf{}, 9, true
		for _, p := range Choose(all, o).Picks {
			ids = append(ids, p.Video.ID)
		}
		slices.Sort(ids)
		return ids
	}
	if got := picked(Options{}); !slices.Equal(got, []string{"b", "d", "f"}) {
		t.Errorf("picked %q", got)
	}
	other := upload("z", "Ether", song.Audio, "Lumen").Video
	if got := picked(Options{Posted: []Posted{{Video: other}}}); !slices.Equal(got, []string{"d", "f"}) {
		t.Errorf("after another upload was posted: %q", got)
	}
	if got := picked(Options{Posted: []Posted{{Video: other, Again: true}}}); !slices.Equal(got, []string{"b", "d", "f"}) {
		t.Errorf("long after: %q", got)
	}
	if got := picked(Options{Posted: []Posted{{Video: upload("z", "Ether", song.Live, "Lumen").Video}}}); !slices.Equal(got, []string{"b", "d", "f"}) {
		t.Errorf("after a live version: %q", got)
	}
	all[1].Video.Song.Confidence = 0.8 // a guess is enough to leave an upload out, for as long
	if got := picked(Options{Posted: []Posted{{Video: other}}}); !slices.Equal(got, []string{"d", "f"}) {
		t.Errorf("a guess at what was posted is picked: %q", got)
	}
	if got := picked(Options{Posted: []Posted{{Video: other, Again: true}}}); !slices.Contains(got, "b") {
		t.Errorf("long after, a guess is not picked: %q", got)
	}
	if got := picked(Options{Posted: []Posted{{Video: upload("z", "Iron", song.Audio, "Lumen").Video}}}); !slices.Contains(got, "b") {
		t.Errorf("a guess is barred by another song: %q", got)
	}
}

// Each rule of Better decides where those before it do not.
func TestBetter(t *testing.T) {
	yes, song4, loop := true, int64(240), int64(3600)
	many, few := int64(100), int64(10)
	steps := []func(v *catalog.Video){
		func(v *catalog.Video) { v.ID = "a" },
		func(v *catalog.Video) { v.Views = &few },
		func(v *catalog.Video) { v.Views = &many },
		func(v *catalog.Video) { v.DurationSeconds, v.Views = &song4, nil },
		func(v *catalog.Video) { v.Embeddable, v.DurationSeconds = &yes, &loop },
		func(v *catalog.Video) { v.ArtistChannel, v.Embeddable = true, nil },
	}
	for i := 1; i < len(steps); i++ {
		var a, b catalog.Video
		a.ID, b.ID = "b", "b"
		steps[i](&a)
		steps[i-1](&b)
		if Better(a, b) <= 0 || Better(b, a) >= 0 || Better(a, a) != 0 {
			t.Errorf("step %d: %d, %d", i, Better(a, b), Better(b, a))
		}
	}
}
