package labels

import (
	"errors"
	"strings"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
)

// favouritesAre writes favourites as "+artist/title" and "-artist".
func favouritesAre(all []catalog.Preference) string {
	var parts []string
	for _, p := range all {
		part := "-" + p.Artist
		if p.Like {
			part = "+" + p.Artist
		}
		if p.Title != "" {
			part += "/" + p.Title
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}

func TestReadFavourites(t *testing.T) {
	for _, test := range []struct{ liked, disliked, want string }{
		{"", " \n , ;\r\n", ""},
		{"Burial", "", "+Burial"},
		{"Burial, Four Tet; Mára\nOtto Venn\r\n", "Nightcore", "+Burial +Four Tet +Mára +Otto Venn -Nightcore"},
		{"Burial – Archangel, Sigur Rós - Sæglópur\na-ha—Take On Me", "", "+Burial/Archangel +Sigur Rós/Sæglópur +a-ha/Take On Me"},
		{"米津玄師 - Lemon, Jay-Z, AC/DC", "", "+米津玄師/Lemon +Jay-Z +AC/DC"},
		{`"Tyler, The Creator", “Earth, Wind & Fire” – September`, "", "+Tyler, The Creator +Earth, Wind & Fire/September"},
		{`"Weird Al" Yankovic, 12" Mix`, "", `+"Weird Al" Yankovic +12" Mix`},
		// Spellings of one artist or song, and what the title of an upload has more.
		{"The Beatles, beatles, BEATLES", "", "+The Beatles"},
		{"Burial, Burial – Archangel (Official Video), burial - archangel", "", "+Burial +Burial/Archangel"},
		{"Otto Venn", "Otto Venn – Blue Stairs", "+Otto Venn -Otto Venn/Blue Stairs"},
		{"Bad\xff Name, will.i.am, deadmau5", "", "+Bad Name +will.i.am +deadmau5"},
	} {
		all, err := ReadFavourites(test.liked, test.disliked)
		if err != nil || favouritesAre(all) != test.want {
			t.Errorf("%q and %q are %q, %v; want %q", test.liked, test.disliked, favouritesAre(all), err, test.want)
		}
		// What a form shows is read as the same.
		again, err := ReadFavourites(FavouriteText(all, true), FavouriteText(all, false))
		if err != nil || favouritesAre(again) != test.want {
			t.Errorf("shown as %q, it is %q, %v; want %q", FavouriteText(all, true), favouritesAre(again), err, test.want)
		}
	}
}

func TestRefusedFavourites(t *testing.T) {
	names := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, "Band "+strings.Repeat("x", i+1))
		}
		return strings.Join(all, "\n")
	}
	for _, test := range []struct {
		liked, disliked string
		fault           FavouriteFault
		name            string
	}{
		{"Burial\nhttps://youtu.be/dQw4w9WgXcQ", "", FavouriteLink, "https://youtu.be/dQw4w9WgXcQ"},
		{"", "see youtube.com/watch?v=dQw4w9WgXcQ", FavouriteLink, "see youtube.com/watch?v=dQw4w9WgXcQ"},
		{"", "www.evil.example", FavouriteLink, "www.evil.example"},
		{strings.Repeat("é", MaxFavouriteLength+1), "", FavouriteLong, strings.Repeat("é", MaxFavouriteLength)},
		{strings.Repeat("a ", 2_000_000), "", FavouriteLong, strings.Repeat("a ", MaxFavouriteLength/2)},
		{"Burial, !!!, Mára", "", FavouriteUnnamed, "!!!"},
		{"Burial", "burial", FavouriteBoth, "burial"},
		{names(15), strings.ToUpper(strings.ReplaceAll(names(6), "x", "y")), FavouriteMany, ""},
	} {
		all, err := ReadFavourites(test.liked, test.disliked)
		if refused, ok := errors.AsType[*FavouriteError](err); !ok || all != nil || refused.Fault != test.fault || refused.Name != test.name {
			t.Errorf("%.60q and %.60q: %v, want %q", test.liked, test.disliked, err, test.name)
		}
	}
	if all, err := ReadFavourites(names(15), strings.ReplaceAll(names(5), "x", "y")); err != nil || len(all) != MaxFavourites {
		t.Errorf("the most are %d, %v", len(all), err)
	}
}

// TestTellFavourites tells favourites, others, and none; and beside a file.
func TestTellFavourites(t *testing.T) {
	c := open(t)
	now := now
	file := catalog.Preference{GuildID: "g1", Source: catalog.FromCSV, Batch: "file-1", Artist: "Otto Venn", Title: "Blue Stairs", Like: true, At: now}
	if _, err := c.AddPreferences(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	tell := func(liked, disliked, want string) []catalog.Preference {
		t.Helper()
		all, err := TellFavourites(t.Context(), c, "g1", liked, disliked, now)
		if err != nil || favouritesAre(all) != want {
			t.Errorf("told are %q, %v; want %q", favouritesAre(all), err, want)
		}
		now = now.Add(time.Hour)
		return all
	}
	first := tell("Mára\nBurial – Archangel", "Nightcore", "+Burial/Archangel +Mára -Nightcore")
	for _, p := range first {
		if p.MemberID != "" || p.Source != catalog.FromFavourite || !p.At.Equal(now.Add(-time.Hour)) {
			t.Errorf("%+v", p)
		}
	}
	// What is told again was told before; what changed its mind is told now.
	for _, p := range tell("Mára, Nightcore, Zola", "", "+Mára +Nightcore +Zola") {
		if before := p.At.Equal(first[0].At); before != (p.Artist == "Mára") {
			t.Errorf("%s is told at %s", p.Artist, p.At)
		}
	}
	if _, err := TellFavourites(t.Context(), c, "g1", "Burial, www.example.org", "", now); err == nil {
		t.Error("a link was kept")
	}
	tell("Mára, Nightcore, Zola", "", "+Mára +Nightcore +Zola")
	tell("", "", "")
	if left, err := c.Preferences(t.Context(), "g1", ""); err != nil || len(left) != 1 || left[0].Source != catalog.FromCSV {
		t.Errorf("left are %+v, %v", left, err)
	}
	// Without room nothing changes.
	tell("Mára", "", "+Mára")
	var many []catalog.Preference
	for i := range catalog.MemberPreferences {
		p := file
		p.Batch, p.Title = "file-2", strings.Repeat("i", i%250+1)+strings.Repeat("j", i/250)
		many = append(many, p)
	}
	if _, err := c.AddPreferences(t.Context(), many...); err != nil {
		t.Fatal(err)
	}
	if _, err := TellFavourites(t.Context(), c, "g1", "Burial, Zola", "", now); !errors.Is(err, catalog.ErrNoRoom) {
		t.Errorf("without room: %v", err)
	}
	if all, err := Favourites(t.Context(), c, "g1"); err != nil || favouritesAre(all) != "+Mára" {
		t.Errorf("without room %q is left, %v", favouritesAre(all), err)
	}
	tell("Burial", "", "+Burial") // one in the place of one
}
