package youtube

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// The music sections of the recorded watch pages: of 2021 in rows below the description,
// of 2024 in a card. No other page has one, though most have rows or cards.
func TestMusicOfRecordings(t *testing.T) {
	dir := recordingsDir(t)
	want := map[string][]Credit{
		"watch/pt-WXxV9g7lsFE.html.gz":               {{"Replay", "Iyaz"}},
		"innertube/player-iv-no-description.json.gz": {{"Auberge (Single Version; 2019 Remaster)", "Chris Rea"}},
	}
	pages, found := 0, 0
	for _, r := range readIndex(t, dir) {
		var page Page
		switch body := readRecording(t, dir, r.File); r.Kind {
		case "watch-html":
			page = ParseWatch(body)
		case "next-json":
			_, p := ParseInnerTube(body, time.Time{})
			page = *p
		case "player+next":
			page = parsePlayerNext(body, readRecording(t, dir, r.Second))
		default:
			continue
		}
		var got []Credit
		if page.Video != nil {
			got = page.Video.Music
		}
		if pages++; !slices.Equal(got, want[r.File]) {
			t.Errorf("%s: %v, want %v", r.File, got, want[r.File])
		}
		if len(got) > 0 {
			found++
		}
	}
	if t.Logf("%d of %d pages have a music section", found, pages); found != len(want) {
		t.Errorf("%d pages have a music section, want %d", found, len(want))
	}
}

// musicOf is what is read of a page with these parts of the description.
func musicOf(t *testing.T, items ...string) []Credit {
	t.Helper()
	body := `{"contents":{"twoColumnWatchNextResults":{"results":{"results":{"contents":[{"videoPrimaryInfoRenderer":{"title":{"simpleText":"T"}}}]}}}},` +
		`"currentVideoEndpoint":{"watchEndpoint":{"videoId":"AAAAAAAAAAA"}},"engagementPanels":[{"engagementPanelSectionListRenderer":{"content":{"adsEngagementPanelContentRenderer":{}}}},` +
		`{"engagementPanelSectionListRenderer":{"content":{"structuredDescriptionContentRenderer":{"items":[{"videoDescriptionHeaderRenderer":{}},` + strings.Join(items, ",") + `]}}}}]}`
	_, page := ParseInnerTube([]byte(body), testAt)
	if page == nil || page.Video == nil {
		t.Fatalf("no video in %s", body)
	}
	return page.Video.Music
}

func card(title, subtitle, more string) string {
	return fmt.Sprintf(`{"videoAttributeViewModel":{"title":%q,"subtitle":%q%s}}`, title, subtitle, more)
}

const (
	square  = `,"imageStyle":"VIDEO_ATTRIBUTE_IMAGE_STYLE_SQUARE"`
	upright = `,"imageStyle":"VIDEO_ATTRIBUTE_IMAGE_STYLE_PORTRAIT"`
)

func dialog(text string) string {
	return fmt.Sprintf(`,"overflowMenuOnTap":{"innertubeCommand":{"confirmDialogEndpoint":{"content":{"confirmDialogRenderer":{"dialogMessages":[{"runs":[{"text":%q}]}]}}}}}`, text)
}

func TestMusicLayouts(t *testing.T) {
	cards := func(items ...string) string {
		return `{"horizontalCardListRenderer":{"cards":[` + strings.Join(items, ",") + `]}}`
	}
	section := func(items ...string) string {
		return `{"videoAttributesSectionViewModel":{"videoAttributeViewModels":[` + strings.Join(items, ",") + `]}}`
	}
	row := func(label, text string) string {
		return fmt.Sprintf(`{"infoRowRenderer":{"title":{"simpleText":%q},"defaultMetadata":{"runs":[{"text":%q}]}}}`, label, text)
	}
	lockup := func(video string, rows ...string) string {
		return `{"carouselLockupRenderer":{` + video + `"infoRows":[` + strings.Join(rows, ",") + `]}}`
	}
	older := func(lockups ...string) string {
		return `{"videoDescriptionMusicSectionRenderer":{"carouselLockups":[` + strings.Join(lockups, ",") + `]}}`
	}
	for _, test := range []struct {
		name  string
		items []string
		want  []Credit
	}{
		{"a card", []string{cards(card("Paper Lanterns", "Mara Quill", square))}, []Credit{{"Paper Lanterns", "Mara Quill"}}},
		{"a section", []string{section(card(" Paper Lanterns ", "Mara Quill", square))}, []Credit{{"Paper Lanterns", "Mara Quill"}}},
		{"all artists stand in the credits", []string{cards(card("Far Shore", "Oro", square+dialog("Song: Far Shore\n\nArtist: Oro, Nils Vane\n\nAlbum: Tides")))}, []Credit{{"Far Shore", "Oro, Nils Vane"}}},
		{"the credits' album begins like the artist", []string{cards(card("Far Shore", "Oro", square+dialog("Song: Far Shore\n\nArtist: Oro\n\nAlbum: Oro, Live")))}, []Credit{{"Far Shore", "Oro"}}},
		{"a card without style, with credits", []string{cards(card("Far Shore", "Oro", dialog("Song: Far Shore")))}, []Credit{{"Far Shore", "Oro"}}},
		{"people and games", []string{cards(card("Some Actor", "Actor", "")), section(card("Some Game", "2011", upright), card("Other Game", "2012", upright+dialog("x")))}, nil},
		{"one song twice, another, one without a name", []string{cards(card("A", "B", square), card("A", "B", square), card("", "B", square), card("C", "", square))}, []Credit{{"A", "B"}, {"C", ""}}},
		{"2022", []string{older(lockup("", row("SONG", "Far Shore"), row("ARTIST", "Oro"), row("ALBUM", "Tides"), row("LICENSES", "Somebody")))}, []Credit{{"Far Shore", "Oro"}}},
		{"2022, several songs", []string{older(lockup(`"videoLockup":{"compactVideoRenderer":{"title":{"simpleText":"Far Shore"}}},`, row("ARTIST", "Oro")), lockup("", row("SONG", "Near Shore"), row("ARTIST", "Oro")))},
			[]Credit{{"Far Shore", "Oro"}, {"Near Shore", "Oro"}}},
		{"nothing that is known", []string{`{"horizontalCardListRenderer":{"cards":[{"gameCardRenderer":{}},7,null]}}`, `{"videoDescriptionMusicSectionRenderer":{"carouselLockups":"none"}}`}, nil},
	} {
		if got := musicOf(t, test.items...); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	var many []string
	for i := range 3 * maxMusic {
		many = append(many, card(fmt.Sprint("Song ", i), "Oro", square))
	}
	if got := musicOf(t, cards(many...)); len(got) != maxMusic || got[1] != (Credit{"Song 1", "Oro"}) {
		t.Errorf("%d songs of %d, want %d", len(got), len(many), maxMusic)
	}
}

// Rows below the description, as until 2022: other rows pass, and a second song begins
// with its label.
func TestMusicRows(t *testing.T) {
	row := func(label, text string) string {
		return fmt.Sprintf(`{"metadataRowRenderer":{"title":{"simpleText":%q},"contents":[{"simpleText":%q},{"simpleText":"more"}]}}`, label, text)
	}
	body := `{"contents":{"twoColumnWatchNextResults":{"results":{"results":{"contents":[{"videoPrimaryInfoRenderer":{"title":{"simpleText":"T"}}},{"videoSecondaryInfoRenderer":{"metadataRowContainer":{"metadataRowContainerRenderer":{"rows":[` +
		strings.Join([]string{row("Category", "Music"), `{"metadataRowHeaderRenderer":{}}`, row("Song", "Far Shore"), row("Artist", "Oro"), row("Album", "Tides"), row("Song", "Near Shore"), row("Artist", "Mara Quill")}, ",") +
		`]}}}}]}}}},"currentVideoEndpoint":{"watchEndpoint":{"videoId":"AAAAAAAAAAA"}}}`
	_, page := ParseInnerTube([]byte(body), testAt)
	if want := []Credit{{"Far Shore", "Oro"}, {"Near Shore", "Mara Quill"}}; !slices.Equal(page.Video.Music, want) {
		t.Errorf("%q, want %q", page.Video.Music, want)
	}
}
