package feature

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/model/container"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"

	"pgregory.net/rapid"
)

func TestPackagingIsTakenOut(t *testing.T) {
	p := NewPackaging(DefaultPackaging)
	tests := []struct{ in, want string }{
		{"Song (Official Music Video)", "Song"},
		{"Song [Official  Video] [HD]", "Song"},
		{"Artist - Song | Official MV", "Artist - Song"},
		{"Artist - Song (Official Video) [4K] ft. Other", "Artist - Song ft. Other"},
		{"Ａrtist – Song（ＯＦＦＩＣＩＡＬ ＶＩＤＥＯ）", "Artist – Song"},
		{"Song (Live) (Lyric Video)", "Song (Live)"},
		{"Song (feat. B) - Official Audio", "Song (feat. B)"},
		{"Audio classification with lyrics", "Audio classification"},
		{"The Officials", "The Officials"},
		{"Video Games", "Video Games"},
		{"Clipe Oficial", ""},
		{"Música (Clipe Oficial)", "Música"},
		{"  spaced   out ", "spaced out"},
		{"HDMI cables", "HDMI cables"},
		{"Сон (Официальный клип)", "Сон"},
		{"Song (Official Live Video)", "Song (Live)"},
		{"Song (WSHH Exclusive - Official Music Video)", "Song (WSHH Exclusive)"},
		{"Artist - Audio", "Artist - Audio"},
		{"Short Film (HD)", "Short Film"},
		{"Video", "Video"},
		{"Intro to C++ [4K]", "Intro to C++"},
		{"Learn C# fast", "Learn C# fast"},
		{`"This" - "That"`, `"This" - "That"`},
		{"Is model.fit() enough :)", "Is model.fit() enough :)"},
		{"Artist_-_Song_(Official_Video)", "Artist_-_Song"},
		{"Artist - Song _Official_Video_ ft. Other", "Artist - Song ft. Other"},
		{"What is __init__ for, part_02", "What is __init__ for, part_02"},
		{"[Dir.by Name] Artist - Song (Live)", "Artist - Song (Live)"},
		{"Song (Prod. Other | Dir. by Name)", "Song (Prod. Other)"},
		{"Song (Dir. by Name | Edited by Other | Live)", "Song (Live)"},
		{"Shot By Love", "Shot By Love"},
		{"Song (feat. B) Shot by Love [HD]", "Song (feat. B) Shot by Love"},
		{"Song (I Was Shot by Love)", "Song (I Was Shot by Love)"},
		{"Song (Shot Through the Heart)", "Song (Shot Through the Heart)"},
		{"Tarzan (Dir gehört mein Herz)", "Tarzan (Dir gehört mein Herz)"},
		{"Mass in B Minor (dir. Herreweghe)", "Mass in B Minor (dir. Herreweghe)"},
	}
	for _, c := range tests {
		if got := p.Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// A title with packaging is cleaned to the same text as the title without, for
// many phrasings, brackets and scripts.
func TestPackagingIsKnownInItsManyForms(t *testing.T) {
	p := NewPackaging(DefaultPackaging)
	forms := []string{
		"(Official Music Video)", "[Official Video]", "- Official Audio", "| Lyric Video", "(Official Video) [4K Remastered]", "M/V", "Official M/V",
		"MV Teaser", "Clipe Oficial", "(Visualizer)", "Official Music Video HD", "【MV】", "(Audio)", "[Audio]", "- Audio", "(Video)", "| Full Video",
		"**OFFICIAL VIDEO**", "★Official Video★", "'Official MV'", "“Official Video”", "『Official Video』", "<Official Video>", "｜Official Video", ":: Official Video ::",
		"(Official Film Clip)", "(Official Animated Video)", "(Official Pseudo Video)", "(Official Vertical Video)", "(Official Lyric Visualizer)", "(Official Video 2021)",
		"(Lyric Video, 2021)", "(Remastered in 4K)", "(AI Upscaled 4K)", "(1080p60)", "(4K 60fps)", "(Explicit)", "w/ lyrics", "#MusicVideo", "(Official Music Video)!",
		"(Video Lyric Oficial)", "(Vídeo Oficial)", "(Letra/Lyrics)", "[CLIP OFFICIEL]", "(Clip Vidéo Officiel)", "(Vidéo-clip officiel)", "(Offizielles Musikvideo)",
		"(Videoclip ufficiale)", "(Oficjalny teledysk)", "(Resmi Müzik Videosu)", "(Премьера клипа, 2021)", "(Официальное видео)", "[가사]", "공식 뮤직비디오", "【公式】",
		"公式ミュージックビデオ", "【歌詞付き】", "【官方 Official MV】", "官方完整版MV", "(الفيديو الرسمي)", "(आधिकारिक वीडियो)", "𝐎𝐟𝐟𝐢𝐜𝐢𝐚𝐥 𝐌𝐮𝐬𝐢𝐜 𝐕𝐢𝐝𝐞𝐨", "Official-Music-Video",
		"_Official_Video_", "_OFFICIAL_MUSIC_VIDEO_", "[Official_Video]", "(Dir. by A. Name)", "(Directed by D'Name & Other)", "[DIR BY @name.films]", "（Shot by Name）", "【Filmed by Name】",
		"(Shot & Edited by Name)", "(Shot/Edited by Name)", "(Official Video - Directed and Edited by Name)", "(Official Video Dir. by Name)", "(Official Video 2021, shot by Name)", "(Official Video) (Shot by Name)", "(Dirigido por Nome)",
	}
	for _, title := range []string{"Artist Name - Some Song", "Песня о друге", "夜に駆ける", "Some Song (Live at Wembley)", "How does it work?"} {
		want := p.Clean(title)
		for _, form := range forms {
			if got := p.Clean(title + " " + form); got != want && !(form == "- Audio" && !strings.Contains(title, " - ")) {
				t.Errorf("Clean(%q) = %q, want %q", title+" "+form, got, want)
			}
		}
		for _, music := range []string{"(Live)", "(Acoustic)", "(Remix)", "[Cover]", "(Karaoke)", "(Instrumental)", "(Demo)", "(Full Album)", "(Remastered 2009)", "(feat. B)", "(prod. by B)", "[Prod. B]"} {
			if got := p.Clean(title + " " + music); got != want+" "+music {
				t.Errorf("Clean(%q) = %q", title+" "+music, got)
			}
		}
	}
}

// Numbers are counted on the cleaned title.
func TestNumbersDoNotCountPackaging(t *testing.T) {
	seen := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	plain := catalog.Video{DetailedAt: seen, Video: youtube.Video{ID: "a", Title: "Artist - Song", Description: "A song of the sea.", Tags: []string{"sea"}}}
	packed := plain
	packed.Title += " (OFFICIAL VIDEO) [HD]!"
	packed.Description = "Official Music Video. " + packed.Description
	packed.Tags = append([]string{"official video", "4K"}, packed.Tags...)
	r := NewReader(Options{})
	a, b := r.Read(plain, seen), r.Read(packed, seen)
	for i := range a.nums {
		if diff := math.Abs(a.nums[i] - b.nums[i]); diff > 0.15 {
			t.Errorf("%s is %v, with packaging %v", numberNames[i], a.nums[i], b.nums[i])
		}
	}
}

func FuzzClean(f *testing.F) {
	p := NewPackaging(DefaultPackaging)
	f.Add("Song (Official Music Video)")
	f.Add("([ HD ]) || \u202e 4K\x00")
	f.Fuzz(func(t *testing.T, s string) {
		got := p.Clean(s)
		if again := p.Clean(got); len(again) > len(got) {
			t.Fatalf("%q grew to %q", got, again)
		}
		d := NewReader(Options{}).Read(catalog.Video{Video: youtube.Video{Title: s, Tags: []string{s}, Description: s, Channel: s, Category: s}}, time.Time{})
		for i, x := range d.nums {
			if math.IsInf(x, 0) {
				t.Fatalf("number %s is %v", numberNames[i], x)
			}
		}
	})
}

func TestCharGramsStayWithinWords(t *testing.T) {
	var got []string
	eachCharGram("Ab c", 2, 3, func(s string) { got = append(got, s) })
	want := []string{" a", "ab", "b ", " ab", "ab ", " c", "c ", " c "}
	slices.Sort(got)
	slices.Sort(want)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func number(v int64) *int64 { return &v }

func TestNumbersAreThoseKnownThen(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	v := catalog.Video{Observations: []catalog.Observation{
		{At: day(2), Views: number(100)}, {At: day(4), Views: number(900), Likes: number(90)}, {At: day(9), Views: number(1_000_000)}}}
	v.Views = number(1_000_000)
	v.Published = youtube.Date{Time: day(1), Precision: 24 * time.Hour}
	text := NewReader(Options{}).text(v)
	n := readNumbers(v, text, day(5))
	if got := math.Expm1(n[numViews]); math.Abs(got-900) > 1e-6 {
		t.Errorf("views %v, want the 900 known then", got)
	}
	if got := math.Exp(n[numAge]); math.Abs(got-3) > 1e-9 {
		t.Errorf("age %v days, want that of the observation", got)
	}
	if want := math.Log(910.0/110) / 2; math.Abs(n[numGrowth]-want) > 1e-9 {
		t.Errorf("growth %v a day, want %v", n[numGrowth], want)
	}
	before := readNumbers(v, text, day(1))
	if !math.IsNaN(before[numViews]) || !math.IsNaN(before[numLikeRatio]) {
		t.Error("counts of the future are known")
	}
	if n[numWeekday] != 3 || n[numWeekend] != 0 {
		t.Errorf("weekday %v: 1 January 2026 is a Thursday", n[numWeekday])
	}
	if bare := readNumbers(catalog.Video{}, text, day(5)); !math.IsNaN(bare[numViews]) || !math.IsNaN(bare[numAge]) || !math.IsNaN(bare[numDuration]) {
		t.Error("the unknown became a number")
	}
	month := v
	month.Published.Precision = 365 * 24 * time.Hour
	if n := readNumbers(month, text, day(5)); !math.IsNaN(n[numAge]) {
		t.Error("an age was made of \"3 years ago\"")
	}
}

func TestRobustScaling(t *testing.T) {
	s := robust([]float64{1, 2, 3, 4, 1000})
	if s.Median != 3 || math.Abs(s.Spread-2/1.349) > 1e-9 {
		t.Errorf("%+v", s)
	}
	if got := s.apply(1e9); got != 3 {
		t.Errorf("an outlier scales to %v", got)
	}
	if got := s.apply(math.NaN()); got != 0 {
		t.Errorf("missing scales to %v", got)
	}
	if !robust([]float64{5, 5, 5}).Constant || !robust(nil).Constant {
		t.Error("what never varies is a column")
	}
	if s := robust([]float64{0, 0, 0, 0, 0, 0, 7}); s.Constant || s.Spread <= 0 {
		t.Errorf("a rare value was lost: %+v", s)
	}
}

func library(n int) []catalog.Video {
	words := strings.Fields("red blue green dog cat bird song night day river moon fire rain dance")
	out := make([]catalog.Video, n)
	for i := range out {
		out[i].ID = fmt.Sprintf("v%010d", i)
		out[i].Title = fmt.Sprint(words[i%7], " ", words[(i*3)%11], " ", words[(i*5)%14])
		out[i].Tags = []string{words[i%5]}
		out[i].ChannelID = fmt.Sprint("UC", i%9)
		out[i].Views = number(int64(i * i))
	}
	return out
}

func TestSpaceSurvivesAFileAndAnotherOrderOfReading(t *testing.T) {
	videos := library(120)
	a := NewCache(Options{})
	space, err := a.Space(videos, 4)
	if err != nil {
		t.Fatal(err)
	}
	b := NewCache(Options{})
	backwards := slices.Clone(videos)
	slices.Reverse(backwards)
	b.Documents(backwards, nil)
	other, err := b.Space(videos, 4)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := space.Write(&file); err != nil {
		t.Fatal(err)
	}
	loaded, err := ReadSpace(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for _, view := range Views {
		want, err := space.Matrix(a.Documents(videos, nil), view)
		if err != nil {
			t.Fatal(err)
		}
		second, err := other.Matrix(b.Documents(videos, nil), view)
		if err != nil {
			t.Fatal(err)
		}
		third, err := loaded.Matrix(CacheOf(loaded).Documents(videos, nil), view)
		if err != nil {
			t.Fatal(err)
		}
		for i := range videos {
			for j := range want.Cols() {
				x := want.At(i, j)
				for what, m := range map[string]float64{"read backwards": second.At(i, j), "loaded": third.At(i, j)} {
					if math.Abs(x-m) > 1e-5 && !(math.IsNaN(x) && math.IsNaN(m)) {
						t.Fatalf("view %s, row %d, column %s: %v, %s %v", view, i, want.Name(j), x, what, m)
					}
				}
			}
		}
	}
	for n := 0; n < file.Len(); n += 1 + file.Len()/50 {
		if _, err := ReadSpace(bytes.NewReader(file.Bytes()[:n])); err == nil {
			t.Fatalf("a file cut off at %d loads", n)
		}
	}
}

// Rows of text are of length one, and unknown words change nothing.
func TestTextRowsHaveLengthOne(t *testing.T) {
	c := NewCache(Options{})
	space, err := c.Space(library(100), 1)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		v := catalog.Video{Video: youtube.Video{ID: "x", Title: rapid.String().Draw(t, "title")}}
		m, err := space.Matrix(c.Documents([]catalog.Video{v}, nil), ViewChars)
		if err != nil {
			t.Fatal(err)
		}
		_, vals := m.Sparse(0)
		sum := 0.0
		for _, x := range vals {
			sum += x * x
		}
		if len(vals) > 0 && math.Abs(sum-1) > 1e-9 {
			t.Fatalf("length %v", math.Sqrt(sum))
		}
	})
}

func TestCacheReadsTextOnceAndNumbersAlways(t *testing.T) {
	c := NewCache(Options{})
	v := library(1)
	first := c.Documents(v, nil)[0]
	v[0].Views = number(77)
	second := c.Documents(v, nil)[0]
	if first.Text != second.Text {
		t.Error("the same text was read twice")
	}
	if first.nums[numViews] == second.nums[numViews] {
		t.Error("new views were not read")
	}
	v[0].Title += " remix"
	if c.Documents(v, nil)[0].Text == second.Text {
		t.Error("a new title was not read")
	}
}

// TestCacheNoticesEveryFieldThatTextIsMadeOf: whichever field of a video changes, the
// cache has the text that a reader would read now. A field that Reader.text reads and
// textSum forgets fails here.
func TestCacheNoticesEveryFieldThatTextIsMadeOf(t *testing.T) {
	var full catalog.Video
	eachField(t, reflect.ValueOf(&full).Elem(), func(_ string, change func()) { change() })
	wrapped := catalog.Video{Video: youtube.Video{Title: "Far Shore - Oro (Official Music Video)"}} // whose song is read from other fields, too
	for _, base := range []catalog.Video{full, {}, wrapped} {
		var tried []string
		v := base
		eachField(t, reflect.ValueOf(&v).Elem(), func(name string, change func()) {
			v.ID = "aaaaaaaaaaa"
			c := NewCache(Options{})
			c.Documents([]catalog.Video{v}, nil)
			before := v
			change()
			v.ID = before.ID
			cached := c.Documents([]catalog.Video{v}, nil)[0].Text
			if now := c.reader.Read(v, time.Time{}).Text; !reflect.DeepEqual(cached, now) {
				t.Errorf("the cache did not notice another %s", name)
			}
			v = base
			tried = append(tried, name)
		})
		if !slices.Contains(tried, "Title") || !slices.Contains(tried, "DetailedAt") {
			t.Errorf("fields that changed: %v", tried)
		}
	}
}

// eachField calls f with each field of a struct, and those of structs in it, and with
// a function that gives the field another value.
func eachField(t *testing.T, s reflect.Value, f func(name string, change func())) {
	for field, v := range s.Fields() {
		if field.IsExported() && v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]() {
			eachField(t, v, f)
		} else if field.IsExported() {
			f(field.Name, func() { other(t, v) })
		}
	}
}

// other gives v a value that it does not have.
func other(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "other")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Uint, reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	case reflect.Float64:
		v.SetFloat(v.Float() + 1)
	case reflect.Array:
		other(t, v.Index(0))
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			p.Elem().Set(v.Elem())
		}
		other(t, p.Elem())
		v.Set(p)
	case reflect.Slice:
		item := reflect.New(v.Type().Elem()).Elem()
		switch item.Interface().(type) {
		case string:
			other(t, item)
		case youtube.Credit: // that the title of wrapped agrees with
			item.Set(reflect.ValueOf(youtube.Credit{Song: "Far Shore", Artist: "Oro"}))
		}
		v.Set(reflect.Append(v.Slice3(0, v.Len(), v.Len()), item))
	case reflect.Struct: // a time
		v.Set(reflect.ValueOf(v.Interface().(time.Time).Add(time.Hour)))
	default:
		t.Fatalf("a %s cannot be changed here", v.Type())
	}
}

// Factors are a truncated SVD: they separate groups of titles without common
// columns.
func TestFactorsFindGroups(t *testing.T) {
	videos := library(80)
	for i := range videos {
		videos[i].Tags, videos[i].ChannelID = nil, ""
		videos[i].Title = []string{"piano sonata concert", "thrash metal riff"}[i%2] + fmt.Sprint(" ", i)
	}
	c := NewCache(Options{})
	space, err := c.Space(videos, 2)
	if err != nil {
		t.Fatal(err)
	}
	f := space.Factors(c.Documents(videos, nil))
	cosine := func(a, b []float64) float64 {
		return dot(a[:2], b[:2]) / math.Sqrt(dot(a[:2], a[:2])*dot(b[:2], b[:2]))
	}
	if same, other := cosine(f[0], f[2]), cosine(f[0], f[1]); same < 0.9 || other > 0.5 {
		t.Errorf("likeness within a group %.2f, across %.2f", same, other)
	}
}

func TestKnownTellsHowMuchTextThereIs(t *testing.T) {
	bare := catalog.Video{Video: youtube.Video{ID: "a", Title: "blue song"}}
	full := catalog.Video{Queries: []string{"jazz"}, Video: youtube.Video{ID: "b", Title: "blue song", Description: "words of a song",
		Tags: []string{"jazz"}, Channel: "Artist", ChannelID: "UC1", Category: "Music"}}
	known := func(videos ...catalog.Video) map[View]float64 {
		return Known(NewCache(Options{}).Documents(videos, nil))
	}
	if got := known(full); got[ViewWide] != 1 || got[ViewDense] != 1 {
		t.Errorf("all texts are there, and %v is known", got)
	}
	one, both := known(bare)[ViewWide], known(bare, full)[ViewWide]
	if math.Abs(one-1/3.9) > 1e-9 || math.Abs(both-(1+1/3.9)/2) > 1e-9 {
		t.Errorf("known are %.3f of a title alone and %.3f of it and a full video", one, both)
	}
	if got := known(bare); len(got) != 2 {
		t.Errorf("views of the title alone are always known, but the map is %v", got)
	}
	if got := Known(nil); got != nil {
		t.Errorf("of no video %v is known", got)
	}
}

// A program that has just started keeps the space of the model that it loads, as one that
// ran on would, so that the versions of a guild share it.
func TestLoadedSpaceIsKept(t *testing.T) {
	videos := library(3000)
	first, err := NewCache(Options{}).Space(videos[:largeEnough], 4)
	if err != nil {
		t.Fatal(err)
	}
	bytesOf := func(s *Space) string {
		var file bytes.Buffer
		if err := s.Write(&file); err != nil {
			t.Fatal(err)
		}
		return file.String()
	}
	written := bytesOf(first)
	for _, c := range []struct {
		what   string
		videos []catalog.Video
		kept   bool
	}{
		{"some new", videos[:largeEnough+200], true},
		{"some new, some gone", videos[100 : largeEnough+200], true},
		{"a tenth new", videos[:largeEnough+250], false},
		{"most gone", videos[largeEnough-100:], false},
		{"few", videos[:largeEnough-1], false},
	} {
		loaded, err := ReadSpace(strings.NewReader(written))
		if err != nil {
			t.Fatal(err)
		}
		s, err := CacheOf(loaded).Space(c.videos, 4)
		if err != nil {
			t.Fatal(err)
		}
		if kept := bytesOf(s) == written; kept != c.kept {
			t.Errorf("%s: kept %v, want %v", c.what, kept, c.kept)
		}
	}
}

// Spaces of the version before have a basis of four bytes a value, and are read.
func TestSpaceOfTheVersionBefore(t *testing.T) {
	videos := library(200)
	c := NewCache(Options{})
	space, err := c.Space(videos, 4)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := space.Write(&file); err != nil {
		t.Fatal(err)
	}
	_, payload, err := container.Read(&file, spaceKind, spaceVersion)
	if err != nil {
		t.Fatal(err)
	}
	var older, newer container.Encoder
	for i := range space.factors.basis {
		b := &space.factors.basis[i]
		var values []float32
		for column := range b.exponent {
			row, unit := b.row(int32(column))
			for _, v := range row {
				values = append(values, float32(unit*float64(v)))
			}
		}
		older.Int32s(bits(values))
		newer.Bytes8(unsigned(b.value))
		newer.Bytes8(unsigned(b.exponent))
	}
	var fitted container.Encoder
	fitted.Int32s(steps(space.fitted))
	if bytes.Count(payload, newer.Bytes()) != 1 {
		t.Fatal("the basis lies elsewhere in the file")
	}
	payload = bytes.TrimSuffix(bytes.Replace(payload, newer.Bytes(), older.Bytes(), 1), fitted.Bytes())
	file.Reset()
	if err := container.Write(&file, spaceKind, spaceFloats, payload); err != nil {
		t.Fatal(err)
	}
	loaded, err := ReadSpace(&file)
	if err != nil {
		t.Fatal(err)
	}
	want, got := space.Factors(c.Documents(videos, nil)), loaded.Factors(CacheOf(loaded).Documents(videos, nil))
	for i := range want {
		if !slices.EqualFunc(want[i], got[i], func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Fatalf("the factors of video %d are %v, want %v", i, got[i], want[i])
		}
	}
}

// A value of the basis is at most a 126th of the largest of its row away.
func TestBasisRounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SliceOfN(rapid.Float64Range(-1, 1), 4, 4).Draw(t, "row")
		b := basis{k: 4}
		b.add([]float64{0, 0, 0, 0})
		b.add(row)
		got, unit := b.row(1)
		largest := 0.0
		for _, x := range row {
			largest = max(largest, math.Abs(x))
		}
		for i, x := range row {
			if y := unit * float64(got[i]); math.Abs(x-y) > largest/126+1e-38 {
				t.Fatalf("%v became %v, the row is %v", x, y, row)
			}
		}
	})
}
