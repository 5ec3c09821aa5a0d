package pipeline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cratedigger/pipeline/catalog"
)

// shelf is songs by five artists, who have from seven down to one.
func shelf() (all []record) {
	for k, artist := range []string{"Mara Quill", "Otto Venn", "Ilse Marrow", "Junia Holt", "Bram Tessel"} {
		for n := range max(1, 7-2*k) {
			song := []string{"Slate", "Basalt", "Ether", "Kerosene", "Lantern", "Harbour", "Cinder"}[n]
			all = append(all, record{fmt.Sprintf("%s-%03d", strings.ToLower(artist[:7]), n), artist + " - " + song + " (Official Video)", artist, 100, nil})
		}
	}
	for i := range all {
		all[i].id = strings.ReplaceAll(all[i].id, " ", "_")
	}
	return all
}

func (b *bench) next(n int, exclude ...string) (ids []string) {
	b.t.Helper()
	ranked, err := b.LabelNext(b.t.Context(), guildID, n, exclude)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, r := range ranked {
		ids = append(ids, r.Video.ID)
	}
	return ids
}

// A new guild is asked about different artists, first about those with most songs, and
// it makes no difference how many are asked for at a time, or whether the last one was
// answered or skipped.
func TestLabelNextAsksAboutDifferentArtistsOneByOneAsTogether(t *testing.T) {
	b, other := songBench(t, nil, shelf()...), songBench(t, nil, shelf()...)
	all := b.next(100)
	if len(all) != 17 {
		t.Fatalf("asks about %d songs, want all 17", len(all))
	}
	var artists []string
	for _, id := range all[:3] {
		artists = append(artists, id[:4])
	}
	if fmt.Sprint(artists) != "[mara otto ilse]" {
		t.Errorf("asks first about %v", artists)
	}
	if again := other.next(100); !slices.Equal(again, all) {
		t.Errorf("asks %v, and another time %v", all, again)
	}
	var skipped []string
	for k, want := range all {
		if got := b.next(1, skipped...); len(got) != 1 || got[0] != want {
			t.Fatalf("question %d is about %v, of all together %s", k, got, want)
		}
		if k%2 == 0 {
			skipped = append(skipped, want)
			continue
		}
		if _, err := b.catalog.Vote(t.Context(), catalog.VoteChange{GuildID: guildID, VideoID: want, MemberID: "901", Up: k%4 == 1, Set: true, Source: catalog.SourceImport, At: b.now}); err != nil {
			t.Fatal(err)
		}
	}
	if left := b.next(1, skipped...); len(left) > 0 {
		t.Errorf("at the end asks about %v", left)
	}
}

// A song is asked about once, by its best upload, and not at all if it has a label by
// any upload or somebody told of it.
func TestLabelNextAsksAboutNoKnownSong(t *testing.T) {
	b := songBench(t, nil, records...)
	all := b.next(100)
	for id, want := range map[string]bool{"official-01": true, "lyricvid-01": false, "reupload-01": false, "liveshow-01": true} {
		if slices.Contains(all, id) != want {
			t.Errorf("asks about %s: %v", id, !want)
		}
	}
	ctx := t.Context()
	_, err := b.catalog.Vote(ctx, catalog.VoteChange{GuildID: guildID, VideoID: "reupload-01", MemberID: "901", Up: true, Set: true, Source: catalog.SourceImport, At: b.now})
	if err == nil {
		err = b.catalog.Duel(ctx, catalog.Duel{GuildID: guildID, A: "ottovenn-01", B: "ilsemarr-01", MemberID: "901", Choice: catalog.ChoseA, At: b.now})
	}
	if err == nil {
		told := catalog.Preference{GuildID: guildID, MemberID: "902", Source: catalog.FromCSV, Batch: "b1", Like: true, At: b.now}
		song, video := told, told
		song.Artist, song.Title, video.VideoID = "Junia Holt", "Kerosene", "covering-01"
		_, err = b.catalog.AddPreferences(ctx, song, video)
	}
	if err != nil {
		t.Fatal(err)
	}
	left := b.next(100)
	for _, id := range []string{"official-01", "lyricvid-01", "reupload-01", "ottovenn-01", "ilsemarr-01", "stranger-01", "covering-01"} {
		if slices.Contains(left, id) {
			t.Errorf("asks about %s, which is known", id)
		}
	}
	if !slices.Contains(left, "liveshow-01") || len(left) != 2 {
		t.Errorf("asks about %v", left)
	}
}

// The songs of a duel are among those that would be asked about next.
func TestDuelIsOfTheNextQuestions(t *testing.T) {
	b := songBench(t, nil, append(shelf(), records...)...)
	pair, err := b.Duel(t.Context(), guildID, "", nil)
	if err != nil || len(pair) != 2 {
		t.Fatal(pair, err)
	}
	next := b.next(20)
	for _, r := range pair {
		if !slices.Contains(next, r.Video.ID) {
			t.Errorf("%s is in a duel, and is not among the next questions %v", r.Video.ID, next)
		}
	}
	if rest := b.next(100, next...); len(rest) == 0 {
		t.Error("all songs are among the next questions, so that this test says nothing")
	}
}
