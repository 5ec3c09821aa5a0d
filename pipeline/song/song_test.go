package song_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/quick"
	"unicode/utf8"

	"cratedigger/pipeline/song"

	"github.com/google/go-cmp/cmp"
)

// The forms of titles, on invented names.
func TestRead(t *testing.T) {
	for _, c := range []struct {
		title, channel string
		artists, song  string
		kind           song.Kind
	}{
		{"Mara Quill - Paper Lanterns (Official Video)", "", "Mara Quill", "Paper Lanterns", song.Video},
		{"Mara Quill – Paper Lanterns [Official Lyric Video] [4K]", "", "Mara Quill", "Paper Lanterns", song.Lyrics},
		{"Mara Quill -- Paper Lanterns", "", "Mara Quill", "Paper Lanterns", ""},
		{"Mara Quill // Paper Lanterns", "", "Mara Quill", "Paper Lanterns", ""},
		{"Mara Quill : Paper Lanterns", "", "Mara Quill", "Paper Lanterns", ""},
		{"Mara Quill \"Paper Lanterns\" M/V", "", "Mara Quill", "Paper Lanterns", song.Video},
		{"Mara Quill “Paper Lanterns”", "", "Mara Quill", "Paper Lanterns", ""},
		{"マラ「紙の灯」", "", "マラ", "紙の灯", ""},
		{"Paper Lanterns - Mara Quill", "Mara Quill", "Mara Quill", "Paper Lanterns", ""},
		{"Paper Lanterns by Mara Quill", "", "Mara Quill", "Paper Lanterns", ""},
		{"Paper Lanterns", "Mara Quill - Topic", "Mara Quill", "Paper Lanterns", ""},
		{"Paper Lanterns", "MaraQuillVEVO", "Mara Quill", "Paper Lanterns", ""},
		{"Mara Quill - Paper Lanterns (feat. Otto Venn) [prod. by Lumo]", "", "Mara Quill", "Paper Lanterns", ""},
		{"Mara Quill ft. Otto Venn - Paper Lanterns", "", "Mara Quill", "Paper Lanterns", ""},
		{"Mara Quill x Otto Venn - Paper Lanterns", "", "Mara Quill;Otto Venn", "Paper Lanterns", ""},
		{"Mara Quill, Otto Venn - Paper Lanterns", "", "Mara Quill;Otto Venn", "Paper Lanterns", ""},
		{"Mara Quill - Paper Lanterns (Live at Halle 3, 2019)", "", "Mara Quill", "Paper Lanterns", song.Live},
		{"Mara Quill - Paper Lanterns - Live at the Harbour Hall", "", "Mara Quill", "Paper Lanterns", song.Live},
		{"Mara Quill - Paper Lanterns | Radio Nord Live Session", "Radio Nord", "Mara Quill", "Paper Lanterns", song.Live},
		{"Mara Quill - Paper Lanterns Live at Halle 3", "", "Mara Quill", "Paper Lanterns", song.Live},
		{"Mara Quill - Live Forever", "Mara Quill", "Mara Quill", "Live Forever", song.None},
		{"Mara Quill - Paper Lanterns MV (90s)", "Mara Quill", "Mara Quill", "Paper Lanterns", song.Video},
		{"Mara Quill - Paper Lanterns (Lumo Remix)", "", "Mara Quill", "Paper Lanterns", song.Remix},
		{"Mara Quill - Paper Lanterns (sped up)", "", "Mara Quill", "Paper Lanterns", song.SpedUp},
		{"Mara Quill - Paper Lanterns (slowed + reverb)", "", "Mara Quill", "Paper Lanterns", song.Slowed},
		{"Mara Quill - Paper Lanterns [Silk Road] | Deep House | Lumo Records", "Lumo Records", "Mara Quill", "Paper Lanterns", ""},
		{"Paper Lanterns - Mara Quill (Karaoke Version)", "Sing Karaoke", "Mara Quill", "Paper Lanterns", song.Karaoke},
		{"[Eng Sub + Karaoke] Mara Quill - Paper Lanterns", "", "Mara Quill", "Paper Lanterns", song.Lyrics},
		{"Mara Quill - Paper Lanterns (Acústico)", "", "Mara Quill", "Paper Lanterns", ""},
		{"Paper Lanterns (In the Style of Mara Quill)", "Sing Karaoke", "Mara Quill", "Paper Lanterns", song.Karaoke},
		{"Мара Квилл - Бумажные фонари (Премьера клипа, 2021)", "", "Мара Квилл", "Бумажные фонари", song.Video},
		{"Mara Quill - Paper Lanterns (Clipe Oficial)", "", "Mara Quill", "Paper Lanterns", song.Video},
		{"Mara Quill: Sonata No. 2 in C minor, Op. 31", "", "Mara Quill", "Sonata No. 2 in C minor, Op. 31", song.Classical},
		{"Mara Quill - Lantern Season (Full Album)", "", "Mara Quill", "Lantern Season", song.Album},
		{"Best of Mara Quill | Greatest Hits Playlist", "", "Mara Quill", "", song.Mix},
		{"Deep House Mix 2026 | Chill Vibes | Summer Music", "", "", "", song.Mix},
		{"Paper Lanterns - Mara Quill, Otto Venn, Lumo, Ines Aro", "", "Mara Quill;Otto Venn;Lumo;Ines Aro", "Paper Lanterns", ""},
		{"07 Mara Quill - Paper Lanterns", "", "Mara Quill", "Paper Lanterns", ""},
		{"[HQ] 130220 Mara Quill - Paper Lanterns", "", "Mara Quill", "Paper Lanterns", ""},
		{"Mara Quill - Paper Lanterns - Lumo Remix", "", "Mara Quill", "Paper Lanterns", song.Remix},
		{"Paper Lanterns by Mara Quill on a 1965 Lumo LP", "", "Mara Quill", "Paper Lanterns", ""},
		{"Paper Lanterns (Anna Quill)", "old records 78", "Anna Quill", "Paper Lanterns", ""},
		{"Paper Lanterns Anna Quill", "old records 78", "Anna Quill", "Paper Lanterns", ""},
		{"MARA QUILL paper lanterns", "", "MARA QUILL", "paper lanterns", ""},
		{"Are You Still Mad At Your Old Man? By Mara Quill", "", "Mara Quill", "Are You Still Mad At Your Old Man?", ""},
		{"마라 (Mara) '종이등 (Paper Lanterns)' Official MV", "Lumo Records", "마라 (Mara)", "종이등 (Paper Lanterns)", song.Video},
		{"Mara マーラ - Paper Lanterns", "", "Mara (マーラ)", "Paper Lanterns", ""},
		{"紙の灯 / 初音ミク", "マラ / Mara", "マラ", "紙の灯", ""},
		{"Greatest Hits", "Mara Quill - Topic", "Mara Quill", "Greatest Hits", ""},
		{"Mara Quill - Paper Lanterns (Behind the Scenes)", "", "Mara Quill", "Paper Lanterns", song.Talk},
		{"Mara Quill - Lantern Season [Full LP]", "", "Mara Quill", "Lantern Season", song.Album},
		{"Otto Venn - Night Drive (DJ Set)", "", "Otto Venn", "", song.Mix},
		{"FIRST TIME HEARING Mara Quill - Paper Lanterns | REACTION", "", "Mara Quill", "Paper Lanterns", song.Reaction},
		{"Vocal Coach Reacts to Mara Quill - Paper Lanterns", "", "Mara Quill", "Paper Lanterns", song.Reaction},
		{"Mara Quill - Chain Reaction", "", "Mara Quill", "Chain Reaction", ""},
		{"Interview with Mara Quill about her lanterns", "", "", "", song.Talk},
		{"The real reason they left: full interview and documentary", "", "", "", song.Talk},
	} {
		got := song.Read(song.Upload{Title: c.title, Channel: c.channel}, nil)
		if strings.Join(got.Artists, ";") != c.artists || got.Title != c.song || got.Kind != c.kind {
			t.Errorf("%q on %q: %q, %q, %q; want %q, %q, %q", c.title, c.channel, got.Artists, got.Title, got.Kind, c.artists, c.song, c.kind)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct{ title, channel, artist, song, original string }{
		{"Mara Quill - Paper Lanterns (Cover by Otto Venn)", "Otto Venn", "Otto Venn", "Paper Lanterns", "Mara Quill"},
		{"Otto Venn - Paper Lanterns (Mara Quill Cover)", "", "Otto Venn", "Paper Lanterns", "Mara Quill"},
		{"Mara Quill - Paper Lanterns (Otto Venn Cover)", "Otto Venn", "Otto Venn", "Paper Lanterns", ""},
		{"Mara Quill - Paper Lanterns (cover)", "Anna Venn", "Anna Venn", "Paper Lanterns", "Mara Quill"},
		{"Mara Quill - Paper Lanterns (Anna Venn acapella version)", "Anna Venn", "Anna Venn", "Paper Lanterns", "Mara Quill"},
	} {
		got := song.Read(song.Upload{Title: c.title, Channel: c.channel}, nil)
		if got.Artist() != c.artist || got.Kind != song.Cover || c.original != "" && (got.Original != c.original || got.Title != c.song) {
			t.Errorf("%q: %q covers %q of %q (%s)", c.title, got.Artist(), got.Title, got.Original, got.Kind)
		}
	}
}

// What other uploads tell decides "A & B" and the order.
func TestKnown(t *testing.T) {
	uploads := []song.Upload{
		{Title: "Weather Report Two - Nine", Channel: "Weather Report Two"},
		{Title: "Weather Report Two - Elbow", Channel: "Weather Report Two"},
		{Title: "Lumen - Ether", Channel: "Lumen"},
		{Title: "Orrin - Basalt", Channel: "Orrin"},
	}
	var known song.Memory
	for _, u := range uploads {
		known.Add(u)
	}
	turned := song.Upload{Title: "Turnstile Sky - Weather Report Two", Channel: "someone"}
	if s := song.Read(turned, nil); s.Artist() != "Turnstile Sky" {
		t.Fatalf("without evidence the first part is the artist, got %q", s.Artist())
	}
	if s := song.Read(turned, &known); s.Artist() != "Weather Report Two" || s.Title != "Turnstile Sky" {
		t.Errorf("a known artist that stands last: %q, %q", s.Artist(), s.Title)
	}
	both := song.Upload{Title: "Lumen & Orrin - Slate"}
	if s := song.Read(both, &known); len(s.Artists) != 2 {
		t.Errorf("two known artists are %q", s.Artists)
	}
	if s := song.Read(both, nil); len(s.Artists) != 1 {
		t.Errorf("an act with & is %q without evidence", s.Artists)
	}
}

// The music section decides where it agrees with the title, and not otherwise.
func TestMusicSection(t *testing.T) {
	u := song.Upload{Title: "Turnstile Sky - Orrin", Channel: "someone", Music: []song.Credit{{Artist: "Orrin", Song: "Turnstile Sky"}}}
	s := song.Read(u, nil)
	if s.Artist() != "Orrin" || s.Title != "Turnstile Sky" || s.Evidence&song.Credited == 0 || s.Confidence < song.Sure {
		t.Errorf("with a section that agrees: %+v", s)
	}
	u.Music = []song.Credit{{Artist: "Somebody Else", Song: "Another Song"}}
	if s := song.Read(u, nil); s.Artist() != "Turnstile Sky" || s.Evidence&song.Credited != 0 {
		t.Errorf("with a section of another song: %+v", s)
	}
	u.Music = []song.Credit{{Artist: "Orrin", Song: "Another Song"}}
	if s := song.Read(u, nil); s.Evidence&song.Credited != 0 {
		t.Errorf("with another song of the artist: %+v", s)
	}
	credit := func(title, artist string) song.Credit { return song.Credit{Song: title, Artist: artist} }
	for _, test := range []struct {
		title, channel string
		music          []song.Credit
		artist, song   string
		kind           song.Kind
		agrees         bool
	}{
		// The section's own version or doubled artist does not stand in the title.
		{"Orrin - Slate (Official Video)", "OrrinVEVO", []song.Credit{credit("Slate (Extended Mix)", "Orrin")}, "Orrin", "Slate", song.Video, true},
		{"Orrin - Slate", "someone", []song.Credit{credit("Orrin - Slate", "Orrin")}, "Orrin", "Slate", song.None, true},
		{"Slate Orrin (Lyrics)", "someone", []song.Credit{credit("Slate", "Orrin")}, "Orrin", "Slate", song.Lyrics, true},
		{"Orrin Slate ft. Lumen", "someone", []song.Credit{credit("Slate", "Orrin, Lumen")}, "Orrin, Lumen", "Slate", song.None, true},
		// A word of the title is not the song.
		{"Orrin - Slate And Ether", "OrrinVEVO", []song.Credit{credit("Slate", "Orrin")}, "Orrin", "Slate And Ether", song.None, false},
		{"Orrin - Like Toy Houses", "OrrinVEVO", []song.Credit{credit("Like A House", "Orrin")}, "Orrin", "Like Toy Houses", song.None, false},
		// Several songs: the one of the title, none, or both of its parts.
		{"Turnstile Sky - Orrin", "someone", []song.Credit{credit("Ether", "Lumen"), credit("Turnstile Sky", "Orrin"), credit("Turnstile Sky (Live)", "Orrin")}, "Orrin", "Turnstile Sky", song.None, true},
		{"Orrin - Slate", "someone", []song.Credit{credit("Ether", "Lumen"), credit("Sky", "Lumen")}, "Orrin", "Slate", song.None, false},
		{"Slate - Orrin", "someone", []song.Credit{credit("Slate", "Orrin"), credit("Orrin", "Slate")}, "Slate", "Orrin", song.None, false},
		// A cover is heard as the song that it covers.
		{"Orrin - Slate (Cover by Mara Quill)", "Mara Quill", []song.Credit{credit("Slate", "Orrin")}, "Mara Quill", "Slate", song.Cover, false},
		// Many songs, of which the title names none.
		{"Orrin in the harbour hall", "Orrin", []song.Credit{credit("A", "Orrin"), credit("B", "Orrin"), credit("C", "Orrin"), credit("D", "Orrin"), credit("E", "Orrin")}, "Orrin", "", song.Mix, false},
		{"Night drive", "someone", []song.Credit{credit("A", "Orrin"), credit("B", "Lumen"), credit("C", "Orrin"), credit("D", "Orrin"), credit("E", "Orrin")}, "", "", song.Mix, false},
		{"Orrin - Slate", "someone", []song.Credit{credit("A", "Orrin"), credit("B", "Lumen"), credit("C", "Orrin"), credit("D", "Orrin"), credit("D (Live)", "Orrin")}, "Orrin", "Slate", song.None, false},
	} {
		s := song.Read(song.Upload{Title: test.title, Channel: test.channel, Music: test.music}, nil)
		if s.Artist() != test.artist || s.Title != test.song || s.Kind != test.kind || s.Evidence&song.Credited != 0 != test.agrees {
			t.Errorf("%q with %q: %+v", test.title, test.music, s)
		}
	}
	u = song.Upload{Title: "Ether", Channel: "Release", Description: "Provided to YouTube by Lumo Records\n\nEther · Lumen · Orrin\n\nSlate\n"}
	if s := song.Read(u, nil); s.Evidence&song.Credited != 0 {
		t.Errorf("an artist who stands neither in title nor channel was taken: %+v", s)
	}
	u.Channel = "Lumen - Topic"
	if s := song.Read(u, nil); !cmp.Equal(s.Artists, []string{"Lumen", "Orrin"}) || s.Title != "Ether" {
		t.Errorf("a delivered track: %+v", s)
	}
}

// What stands behind a bar is a genre or a label as often as an artist: it is a guess, from
// which nothing is learned, unless something else supports it. On the channel of an artist
// whom other uploads name, the title is the song.
func TestBars(t *testing.T) {
	uploads := []song.Upload{
		{Title: "Riot (Official Music Video) | riff", Channel: "Lumo Records"},
		{Title: "Kiss (Official Video) | riff", Channel: "Lumo Records"},
		{Title: "Fogo (Official Video) | riff", Channel: "Vuve Revota"},
		{Title: "Vuve Revota - Lua (Lyrics)", Channel: "LyricNest"},
		{Title: "Vuve Revota - Sol", Channel: "Crate Uploads"},
		{Title: "Mara Quill | Slate (Official Video)", Channel: "Mara Quill"},
	}
	songs, err := song.ReadAll(t.Context(), uploads)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range songs[:2] {
		if s.Sure() || s.Evidence&song.Guessed == 0 {
			t.Errorf("a genre is an artist: %+v", s)
		}
	}
	if s := songs[2]; s.Artist() != "Vuve Revota" || s.Title != "Fogo" {
		t.Errorf("on an artist's channel: %+v", s)
	}
	if s := songs[5]; s.Artist() != "Mara Quill" || s.Title != "Slate" || !s.Sure() {
		t.Errorf("the channel's name before a bar: %+v", s)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"A - B", "「」", "((((", "【a】「b」", "a by b", "-", "/ / /", "\"", "ft.", "A (feat. B", "#1", "x\u0000y", "1. 2", "𝐎 - ﷺ", "Op. 3", "a & b & c, d x e", "cover", "by", "İ - by İ", "w/", "'''", "~", "Mix 2020", "\u202eA - B\u202c", "😀 A – 😀", "e\u0301\u0301 - a\u0308", "ア A アA - 한글 b", "\u200bA\u200d - \ufeffB", "A (ア) - \"ア (A)\"", "ſ - ẞ"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, title, channel string) {
		s := song.Read(song.Upload{Title: title, Channel: channel, Description: title, Music: []song.Credit{{Artist: channel, Song: title}}}, nil)
		if s.Confidence < 0 || s.Confidence > 1 || s.Confidence > 0 && s.Title == "" && s.Kind.IsSong() && len(s.Artists) > 0 {
			t.Errorf("%+v", s)
		}
		if len(s.Title) > 1024 || len(s.Artists) > 12 || len(s.Version) > 1024 || len(s.Also) > 8 || !utf8.ValidString(s.Title) {
			t.Errorf("too much is said: %+v", s)
		}
		s.Key()
		song.ArtistKey(channel)
		many := song.Upload{Title: title, Channel: channel, Music: slices.Repeat([]song.Credit{{Song: channel, Artist: title}, {Song: title}, {Artist: channel}}, 30)}
		other := song.Read(many, nil)
		a, b := song.WordsOf(song.Upload{Title: title, Channel: channel}, s, 100), song.WordsOf(many, other, 105)
		if a.Likely(b) != b.Likely(a) {
			t.Errorf("%+v is likely %+v, and not the other way round", s, other)
		}
	})
}

// Work is bounded: what stands behind the longest title that YouTube allows is not
// read, and twice the text makes about twice as many words to look at.
func TestLongTitles(t *testing.T) {
	for _, piece := range []string{"(", ")", "a - ", "「", "feat. ", "'a ", "by ", "é", "[a] ", "((a)", "x & ", "\"", "- ", "cover ", "op. 1 ", "a|b ", "ﷺ ", "\u202eab ", "é\u0301\u0301", "😀 ", "あa ", "1. ", "#a ", "A, ", "mix ", "a/", "~a", "_"} {
		work := func(n int) int {
			text := strings.Repeat(piece, n/len(piece))
			return song.Work(song.Upload{Title: text, Channel: text, Description: "Provided to YouTube by " + text})
		}
		half, whole, more := work(200), work(400), work(10_000)
		if whole > 3*half+64 {
			t.Errorf("%q: 200 bytes make %d words to look at, 400 make %d", piece, half, whole)
		}
		if more > 2*whole+64 {
			t.Errorf("%q: 400 bytes make %d words to look at, 10 kB make %d", piece, whole, more)
		}
	}
	if err := quick.Check(func(a, b string) bool { song.Read(song.Upload{Title: a + " - " + b}, nil); return true }, nil); err != nil {
		t.Error(err)
	}
}

// Readings at the same time do not share their memory.
func TestReadTogether(t *testing.T) {
	want := song.Read(song.Upload{Title: "MARA QUILL - Paper Lanterns (Live at Halle 3)", Channel: "Otto Venn"}, nil)
	var together sync.WaitGroup
	for range 8 {
		together.Go(func() {
			for i := range 50 {
				song.Read(song.Upload{Title: strings.Repeat("Other ", i) + "- Words", Channel: "Lumen"}, nil)
				got := song.Read(song.Upload{Title: "MARA QUILL - Paper Lanterns (Live at Halle 3)", Channel: "Otto Venn"}, nil)
				if !slices.Equal(got.Artists, want.Artists) || got.Title != want.Title || got.Key() != want.Key() || got.Confidence != want.Confidence {
					t.Errorf("%+v, want %+v", got, want)
				}
			}
		})
	}
	together.Wait()
}

func BenchmarkRead(b *testing.B) {
	rows := titles(b)
	var known song.Memory
	for _, r := range rows {
		known.Add(song.Upload{Title: r.title, Channel: r.channel})
	}
	for i := 0; b.Loop(); i++ {
		r := rows[i%len(rows)]
		song.Read(song.Upload{Title: r.title, Channel: r.channel, Description: r.description}, &known)
	}
}
