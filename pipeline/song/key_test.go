package song_test

import (
	"strings"
	"testing"

	"cratedigger/pipeline/song"
)

func TestArtistKey(t *testing.T) {
	key := song.ArtistKey("The Velvet Otters")
	for _, same := range []string{"Velvet Otters", "the velvet otters", "Velvet Otters - Topic", "TheVelvetOttersVEVO", "VELVET OTTERS", "Velvet-Otters"} {
		if got := song.ArtistKey(same); got != key {
			t.Errorf("%q has the key %q, want %q", same, got, key)
		}
	}
	for _, other := range []string{"Velvet Ötters", "Velvet Otter", "Вельвет"} {
		if song.ArtistKey(other) == key {
			t.Errorf("%q has the same key", other)
		}
	}
	if song.ArtistKey("?!") != "" || song.ArtistKey("") != "" {
		t.Error("a name without letters has a key")
	}
	if !strings.HasPrefix(key, "3:") {
		t.Errorf("the key %q does not begin with its version", key)
	}
}

func TestSongKeys(t *testing.T) {
	read := func(title string) song.Song { return song.Read(song.Upload{Title: title}, nil) }
	video, audio, live := read("Mara Quill - Paper Lanterns (Official Video)"), read("MARA QUILL – Paper Lanterns [Audio]"), read("Mara Quill - Paper Lanterns (Live)")
	if video.Key() == "" || video.Key() != audio.Key() {
		t.Errorf("uploads of one song have the keys %q and %q", video.Key(), audio.Key())
	}
	if live.Key() == video.Key() || live.Kin() != video.Kin() {
		t.Errorf("a live version: key %q, kin %q", live.Key(), live.Kin())
	}
	if mix := read("Deep House Mix 2026 | Chill Vibes | Summer Music"); mix.Key() != "" {
		t.Errorf("a mix has the key %q", mix.Key())
	}
}

func TestDirectory(t *testing.T) {
	var d song.Directory
	add := func(title, channel, id string) {
		s := song.Read(song.Upload{Title: title, Channel: channel}, nil)
		if s.Confidence < song.Sure {
			t.Fatalf("%q is not sure: %.2f (%s)", title, s.Confidence, s.Evidence)
		}
		d.Add(s, channel, id)
	}
	add("Ether", "Lumen - Topic", "UC1")
	add("Lumen - Ether (Official Video)", "Lumen", "UC2")
	if a, b := d.Key("Lumen", "UC1"), d.Key("Lumen", "UC2"); a != b || a == "" {
		t.Errorf("an artist's Topic and own channel: %q and %q", a, b)
	}
	add("Basalt", "Lumen - Topic", "UC3")
	if a, b := d.Key("Lumen", "UC1"), d.Key("Lumen", "UC3"); a == b || !strings.HasPrefix(a, song.ArtistKey("Lumen")) {
		t.Errorf("two Topic channels of one name: %q and %q", a, b)
	}

	if song.ArtistKey("Ирина Лес") == song.ArtistKey("Irina Les") {
		t.Error("scripts are joined without evidence")
	}
	add("Ирина Лес (Irina Les) - Снег (Official Video)", "Ирина Лес", "UC4")
	if a, b := d.Key("Ирина Лес", ""), d.Key("Irina Les", ""); a != b {
		t.Errorf("a name shown in two scripts: %q and %q", a, b)
	}
}

// Uploads of a song in one form share a key; versions share its Kin, and each remix is
// a version of its own.
func TestKeysOfVersions(t *testing.T) {
	read := func(title, channel string) song.Song {
		return song.Read(song.Upload{Title: title, Channel: channel}, nil)
	}
	plain := read("Mara Quill - Paper Lanterns (Official Video)", "Mara Quill")
	for _, same := range []song.Song{read("Paper Lanterns", "Mara Quill - Topic"), read("Mara Quill - Paper Lanterns (Lyrics)", "LyricNest")} {
		if same.Key() != plain.Key() || plain.Key() == "" {
			t.Errorf("%q and %q", same.Key(), plain.Key())
		}
	}
	keys := map[string]bool{plain.Key(): true}
	for _, title := range []string{"(Live at Halle 3)", "(Lumo Remix)", "(Orrin Remix)", "(Sped Up)"} {
		v := read("Mara Quill - Paper Lanterns "+title, "Mara Quill")
		if keys[v.Key()] || v.Kin() != plain.Kin() || song.KinOf(v.Key()) != plain.Kin() {
			t.Errorf("%s has the key %q", title, v.Key())
		}
		keys[v.Key()] = true
	}
	var d song.Directory
	guess := plain
	guess.Confidence = song.Sure - 0.01
	if d.Song(guess, "") != "" || d.Song(plain, "") != plain.Key() {
		t.Errorf("keys of a guess and a sure song: %q, %q", d.Song(guess, ""), d.Song(plain, ""))
	}
}
