package chart

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var gallery = flag.String("gallery", "", "folder into which the charts of the tests are written, to be looked at")

// charts is one of each kind with made-up numbers.
func charts() map[string]*Chart {
	r := rand.New(rand.NewPCG(1, 2))
	var day, bot, low, high, random []float64
	for i := range 28 {
		rate := 0.25 + 0.4*(1-math.Exp(-float64(i)/9)) + 0.05*r.NormFloat64()
		day, bot = append(day, float64(i+1)), append(bot, rate)
		low, high = append(low, rate-0.1), append(high, rate+0.1)
		random = append(random, 0.25+0.04*r.NormFloat64())
	}
	var times, votes []float64
	start := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for i := range 80 {
		times = append(times, float64(start.AddDate(0, 0, i).Unix()))
		votes = append(votes, float64(r.IntN(12)))
	}
	curve := func(name string, power float64) Curve {
		c := Curve{Name: name, Area: power / (power + 1)}
		for i := range 101 {
			x := float64(i) / 100
			c.X, c.Y = append(c.X, x), append(c.Y, math.Pow(x, 1/power))
		}
		return c
	}
	precision := func(name string, from float64) Curve {
		c := Curve{Name: name, Area: from * 0.7}
		for i := range 101 {
			x := float64(i) / 100
			c.X, c.Y = append(c.X, x), append(c.Y, from-(from-0.2)*x*x)
		}
		return c
	}
	var bins []Bin
	for i := range 10 {
		p := (float64(i) + 0.5) / 10
		bins = append(bins, Bin{Predicted: p, Observed: min(max(p+0.06*r.NormFloat64(), 0), 1), Count: 400 / (i + 1)})
	}
	var liked, other, tried []float64
	for range 400 {
		liked = append(liked, min(max(0.55+0.2*r.NormFloat64(), 0), 1))
		other = append(other, min(max(0.3+0.15*r.NormFloat64(), 0), 1))
	}
	for i := range 60 {
		tried = append(tried, 0.6-0.03*math.Log(float64(i+1))+0.04*r.NormFloat64())
	}
	return map[string]*Chart{
		"hitrate": Lines(Plot{
			Title: "Hit rate of the bot and of random picks", X: Axis{Label: "day", Format: Integer}, Y: Axis{Label: "picks that the server likes", Format: Percent, Min: 0, Max: 0.5},
			Series: []Series{{Name: "Cratedigger", X: day, Y: bot, Low: low, High: high}, {Name: "random picks", X: day, Y: random}},
			Rules:  []Rule{{Name: "all candidates", Y: 0.25}},
		}),
		"votes":       Lines(Plot{Title: "Votes a day", X: Axis{Format: Date}, Y: Axis{Label: "votes", Format: Integer}, Series: []Series{{X: times, Y: votes, Fill: true}}}),
		"roc":         ROC("ROC of the learners, out of fold", []Curve{curve("ensemble", 4), curve("boost", 3), curve("forest", 2.6), curve("linear", 2.2)}, Size{}),
		"precision":   PrecisionRecall("Precision and recall, out of fold", []Curve{precision("ensemble", 0.9), precision("boost", 0.8)}, 0.25, Size{}),
		"reliability": Reliability("How often videos of a score are liked", bins, Size{}),
		"contributions": Bars(BarChart{Title: "Why “Night drive (live session)”", Signed: true, X: Axis{Label: "log-odds"}, Bars: []Bar{
			{"Channel", "KEXP", 0.82, false}, {"live session", "", 0.61, false}, {"views a day", "12.4k", 0.22, false}, {"duration", "14:02", -0.18, false}, {"remix", "", -0.44, false}, {"everything else", "", 0.05, true},
		}}),
		"importances": Bars(BarChart{Title: "What the model looks at", X: Axis{Label: "share of gain", Format: Percent}, Bars: []Bar{
			{"channel", "", 0.31, false}, {"title words", "", 0.24, false}, {"views a day", "", 0.14, false}, {"like ratio", "", 0.11, false}, {"duration", "", 0.08, false}, {"age", "", 0.05, false}, {"tags", "", 0.04, false}, {"a very long name of a column that nobody would ever want to read", "", 0.03, false},
		}}),
		"histogram": Histogram("Scores of the catalogue", Axis{Label: "score", Format: Percent, Min: 0, Max: 1}, "videos", []Group{{"👍 or not yet", liked}, {"not liked", other}}, 30, Size{}),
		"tuning":    Tuning("Search for parameters", "log loss", tried, Size{}),
	}
}

func TestChartsAreWellFormed(t *testing.T) {
	for name, c := range charts() {
		t.Run(name, func(t *testing.T) {
			svg := c.SVG()
			texts := parse(t, svg)
			if !strings.Contains(texts["title"], c.title) || c.title == "" {
				t.Errorf("no <title> %q in the drawing", c.title)
			}
			if len(c.desc) < 30 || !strings.Contains(texts["desc"], c.desc) {
				t.Errorf("no useful text alternative: %q", texts["desc"])
			}
			inline := string(c.Inline())
			parse(t, []byte(inline))
			if strings.Contains(inline, "style") {
				t.Error("the inline form carries style, which a strict policy refuses")
			}
			scale := 1 // TestDrawsWhatItSays draws at 2
			if *gallery != "" {
				scale = 2
			}
			for _, theme := range []Theme{Light, Dark} {
				data, err := c.PNG(theme, scale)
				if err != nil {
					t.Fatal(err)
				}
				img, err := png.Decode(bytes.NewReader(data))
				if err != nil {
					t.Fatal(err)
				}
				if got, want := img.Bounds().Dx(), scale*c.size.Width; got != want {
					t.Errorf("the picture is %d pixels wide, want %d", got, want)
				}
				if *gallery != "" {
					write(t, fmt.Sprintf("%s-%d.png", name, theme), data)
				}
			}
			if *gallery != "" {
				write(t, name+".svg", svg)
			}
		})
	}
}

// TestNumbersWhatTheFontLacks: the picture has numbers where it would have boxes or
// nothing, and the chart tells them; an SVG has the words.
func TestNumbersWhatTheFontLacks(t *testing.T) {
	draw := func() *Chart {
		return Bars(BarChart{Title: "Слова ★ 言葉", Signed: true, Bars: []Bar{
			{Label: "夜に駆ける", Value: 3}, {Label: "Beyoncé ｜ live 🔥", Note: "ひとつ", Value: 2}, {Label: "Кино", Value: 1}, {Label: "🔥🔥", Value: -1}, {Label: "夜に駆ける", Value: -2}}})
	}
	c := draw()
	if got, want := strings.Join(c.Numbered(), "|"), "Слова ★ 言葉|夜に駆ける|ひとつ|🔥🔥"; got != want {
		t.Errorf("numbered are %s, want %s", got, want)
	}
	for _, want := range []string{"夜に駆ける +3", "🔥🔥 -1"} {
		if !strings.Contains(strings.ReplaceAll(c.Text(), "−", "-"), want) {
			t.Errorf("the text lacks %q: %s", want, c.Text())
		}
	}
	if svg := string(c.SVG()); !strings.Contains(svg, "夜に駆ける") || strings.Contains(svg, "[2]") {
		t.Error("the SVG has numbers for words")
	}
	byHand := draw()
	for i, s := range byHand.shapes {
		if n := slices.Index(c.Numbered(), s.text); n >= 0 {
			byHand.shapes[i].text, byHand.shapes[i].number = fmt.Sprintf("[%d]", n+1), 0
		}
		if s.text == "Beyoncé ｜ live 🔥" {
			byHand.shapes[i].text = "Beyoncé  live"
		}
	}
	got, err := c.PNG(Dark, 2)
	if err != nil {
		t.Fatal(err)
	}
	want, err := byHand.PNG(Dark, 2)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the picture shows something else than the numbers")
	}
	if *gallery != "" {
		write(t, "numbered.png", got)
	}
}

// TestDrawsWhatItSays looks at pixels: the middle of a bar has the bar's
// colour, what is right of it the surface's.
func TestDrawsWhatItSays(t *testing.T) {
	c := Bars(BarChart{Title: "x", Bars: []Bar{{Label: "long", Value: 10}, {Label: "short", Value: 2}}})
	data, err := c.PNG(Dark, 2)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var bars []shape
	for _, s := range c.shapes {
		if s.kind == kindArea && s.color == series1 {
			bars = append(bars, s)
		}
	}
	if len(bars) != 2 {
		t.Fatalf("%d bars drawn, want 2", len(bars))
	}
	long, short := bars[0].points, bars[1].points
	if ratio := (long[1].x - long[0].x) / (short[1].x - short[0].x); math.Abs(ratio-5) > 0.01 {
		t.Errorf("10 is drawn %.2f times as long as 2", ratio)
	}
	for _, at := range []struct {
		x    float64
		y    float64
		want role
	}{
		{(long[0].x + long[1].x) / 2, (long[0].y + long[2].y) / 2, series1},
		{(short[0].x + short[1].x) / 2, (short[0].y + short[2].y) / 2, series1},
		{3, 3, surfaceColor},
	} {
		r, g, b, _ := img.At(int(2*at.x), int(2*at.y)).RGBA()
		wr, wg, wb, _ := Dark.color(at.want).RGBA()
		if r>>8 != wr>>8 || g>>8 != wg>>8 || b>>8 != wb>>8 {
			t.Errorf("pixel %.0f,%.0f is %02x%02x%02x, want %s", at.x, at.y, r>>8, g>>8, b>>8, names[at.want])
		}
	}
}

func TestHostileLabels(t *testing.T) {
	hostile := "</text><script>alert(1)</script>\"'&\x00\x1b\u202e\xed\xa0" + strings.Repeat("x", 10_000)
	all := []*Chart{
		Lines(Plot{Title: hostile, About: hostile, X: Axis{Label: hostile}, Y: Axis{Label: hostile}, Series: []Series{{Name: hostile, X: []float64{1}, Y: []float64{1}}}, Rules: []Rule{{hostile, 3}}}),
		ROC(hostile, []Curve{{Name: hostile, X: []float64{0, 1}, Y: []float64{0, 1}, Area: 0.5}}, Size{}),
		PrecisionRecall(hostile, nil, 0.1, Size{}),
		Bars(BarChart{Title: hostile, About: hostile, X: Axis{Label: hostile}, Bars: []Bar{{hostile, hostile, 1, true}, {hostile, "", -1, false}}}),
		Histogram(hostile, Axis{Label: hostile}, hostile, []Group{{hostile, []float64{1, 2}}, {hostile, nil}}, 5, Size{}),
		Tuning(hostile, hostile, []float64{1, 2}, Size{}),
		Reliability(hostile, []Bin{{0.5, 0.5, 3}}, Size{}),
	}
	for _, c := range all {
		svg := c.SVG()
		parse(t, svg)
		if bytes.Contains(svg, []byte("<script")) {
			t.Errorf("%.20q: a label became an element", c.title)
		}
		if len(svg) > 50_000 {
			t.Errorf("%.20q: %d bytes for a few numbers", c.title, len(svg))
		}
		if _, err := c.PNG(Light, 1); err != nil {
			t.Error(err)
		}
	}
}

// TestHostileNumbers draws what is not finite, empty, huge, tiny or uneven.
func TestHostileNumbers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	sets := [][]float64{nil, {}, {0}, {nan}, {inf, -inf}, {1, nan, 3}, {1e300, -1e300}, {1e-300, 2e-300}, {5, 5, 5}, {math.MaxFloat64, 1}, {1e16, 1e16 + 2}, make([]float64, 2_000)}
	for _, f := range []Format{Number, Percent, Integer, Date} {
		for j, y := range sets {
			var bars []Bar
			var bins []Bin
			for _, v := range y {
				bars = append(bars, Bar{"a", "b", v, false})
				bins = append(bins, Bin{v, v, 1})
			}
			drawn := []*Chart{Bars(BarChart{X: Axis{Format: f}, Bars: bars}), Reliability("t", bins, Size{}), Tuning("t", "m", y, Size{})}
			for _, x := range sets {
				drawn = append(drawn,
					Lines(Plot{Title: "t", X: Axis{Format: f}, Y: Axis{Format: f, Label: "y"}, Series: []Series{{X: x, Y: y, Low: y, High: x, Fill: true}}}),
					Histogram("t", Axis{Format: f}, "n", []Group{{"a", x}, {"b", y}}, 7, Size{}))
			}
			for k, c := range drawn {
				if svg := c.SVG(); bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) || len(svg) > 300_000 {
					t.Fatalf("set %d, chart %d, format %d: %d bytes, not finite: %v", j, k, f, len(svg), bytes.Contains(svg, []byte("NaN")))
				}
			}
		}
	}
	if _, err := Lines(Plot{Size: Size{1 << 30, -5}}).PNG(Light, 1); err != nil {
		t.Error(err)
	}
}

func FuzzLabels(f *testing.F) {
	f.Add("Título – “live”", 0.5)
	f.Add("]]><x a='1'>", -1e9)
	f.Fuzz(func(t *testing.T, label string, value float64) {
		c := Bars(BarChart{Title: label, Bars: []Bar{{Label: label, Note: label, Value: value}}})
		parse(t, c.SVG())
	})
}

// parse reads a document strictly and returns the text of its elements by name.
func parse(t *testing.T, doc []byte) map[string]string {
	t.Helper()
	texts := map[string]string{}
	d := xml.NewDecoder(bytes.NewReader(doc))
	name := ""
	for {
		token, err := d.Token()
		if err == io.EOF {
			return texts
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%.300s", err, doc)
		}
		switch token := token.(type) {
		case xml.StartElement:
			name = token.Name.Local
		case xml.CharData:
			texts[name] += string(token)
		}
	}
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(*gallery, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTicks(t *testing.T) {
	for _, tt := range []struct {
		axis      Axis
		low, high float64
		want      string
	}{
		{Axis{Format: Percent, Min: 0, Max: 1}, 0.2, 0.7, "0% 20% 40% 60% 80% 100%"},
		{Axis{Format: Integer}, 0, 3, "0 1 2 3"},
		{Axis{}, -0.3, 0.9, "−0.5 0.0 0.5 1.0"},
		{Axis{}, 0, 2_400_000, "0 500k 1M 1.5M 2M 2.5M"},
		{Axis{Format: Date}, 1788220800, 1788220800 + 28*86400, "3 Sep 10 Sep 17 Sep 24 Sep"},
		{Axis{Format: Date}, 1577836800, 1577836800 + 500*86400, "Jan 2020 Jul 2020 Jan 2021"},
	} {
		s := newScale(tt.axis, tt.low, tt.high, 0, 500, 5)
		var got []string
		for _, v := range s.ticks {
			got = append(got, s.label(v))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("ticks from %g to %g: %q, want %q", tt.low, tt.high, strings.Join(got, " "), tt.want)
		}
	}
}

func BenchmarkPNG(b *testing.B) {
	c := charts()["hitrate"]
	for b.Loop() {
		if _, err := c.PNG(Dark, 2); err != nil {
			b.Fatal(err)
		}
	}
}

// TestRestIsLast: what is not told apart is a grey bar below the others, however long.
func TestRestIsLast(t *testing.T) {
	c := Bars(BarChart{Title: "x", Signed: true, Bars: []Bar{{Label: "all else", Value: 9, Rest: true}, {Label: "short", Value: 2}, {Label: "against", Value: -1}}})
	var colors []role
	for _, s := range c.shapes {
		if s.kind == kindArea && (s.color == goodColor || s.color == badColor || s.color == softColor) {
			colors = append(colors, s.color)
		}
	}
	if want := []role{goodColor, badColor, softColor}; !slices.Equal(colors, want) {
		t.Errorf("the bars have the colours %v, want %v", colors, want)
	}
}
