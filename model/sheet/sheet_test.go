package sheet_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	unicodes "golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"cratedigger/model/sheet"
)

// encode is text in an encoding.
func encode(t *testing.T, e encoding.Encoding, text string) []byte {
	t.Helper()
	out, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDecode(t *testing.T) {
	const typeset, accents = "title;y\r\nArtist – “Song” €;1\r\n", "title,y\nMañana à Québec – l’été,1\n"
	const mac = "title,y\rArtist – “Song” …,1\rMañana à Québec,0\r"
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"UTF-8":                       {[]byte(accents), accents},
		"UTF-8 with a mark":           {[]byte("\ufeff" + accents), accents},
		"UTF-8 with a byte damaged":   {[]byte("Mañana \xe9té à Québec"), "Mañana \ufffdté à Québec"},
		"UTF-16, little end first":    {encode(t, unicodes.UTF16(unicodes.LittleEndian, unicodes.UseBOM), typeset), typeset},
		"UTF-16, big end first":       {encode(t, unicodes.UTF16(unicodes.BigEndian, unicodes.UseBOM), typeset), typeset},
		"UTF-16 LE without a mark":    {encode(t, unicodes.UTF16(unicodes.LittleEndian, unicodes.IgnoreBOM), typeset), typeset},
		"UTF-16 BE without a mark":    {encode(t, unicodes.UTF16(unicodes.BigEndian, unicodes.IgnoreBOM), typeset), typeset},
		"Windows-1252, typeset":       {encode(t, charmap.Windows1252, typeset), typeset},
		"Windows-1252, accents":       {encode(t, charmap.Windows1252, accents), accents},
		"Windows-1252, CR at the end": {encode(t, charmap.Windows1252, strings.ReplaceAll(typeset+accents, "\r\n", "\r")), strings.ReplaceAll(typeset+accents, "\r\n", "\r")},
		"Mac OS Roman":                {encode(t, charmap.Macintosh, mac), mac},
		"ASCII":                       {[]byte("a,b\n"), "a,b\n"},
		"nothing":                     {nil, ""},
	} {
		got, err := sheet.Decode(c.data)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
		in, err := sheet.Stream(iotest.OneByteReader(bytes.NewReader(c.data)))
		if err != nil {
			t.Errorf("%s, streamed: %v", name, err)
			continue
		}
		want := c.want
		if !strings.Contains(want, "\n") {
			want = strings.ReplaceAll(want, "\r", "\n")
		}
		if got, err := io.ReadAll(in); err != nil || strings.ReplaceAll(string(got), "\r\n", "\n") != strings.ReplaceAll(strings.ReplaceAll(want, "\r\n", "\n"), "\r", "\n") {
			t.Errorf("%s, streamed: %q, %v; want %q", name, got, err, want)
		}
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"an archive":   {[]byte("PK\x03\x04\x00\x00\x08\x00"), sheet.ErrNotText},
		"UTF-32":       {[]byte("\xff\xfe\x00\x00a\x00\x00\x00"), sheet.ErrNotText},
		"Windows-1251": {encode(t, charmap.Windows1251, "title;y\nМузыка для души;1\n"), sheet.ErrEncoding},
		"Windows-1253": {encode(t, charmap.Windows1253, "title;y\nΜουσική;1\n"), sheet.ErrEncoding},
	} {
		if _, err := sheet.Decode(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestStreamOfManyBlocks(t *testing.T) {
	text := strings.Repeat("Mañana,0.5\r", 40_000)
	for name, data := range map[string][]byte{
		"UTF-8":  []byte(text),
		"UTF-16": encode(t, unicodes.UTF16(unicodes.BigEndian, unicodes.UseBOM), text),
	} {
		in, err := sheet.Stream(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(in)
		if err != nil || string(got) != strings.ReplaceAll(text, "\r", "\n") {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestNewReader(t *testing.T) {
	want := [][]string{{"a", "b"}, {"one\nand a half", `6" dub`}, {"", "2"}}
	for name, text := range map[string]string{
		"commas":                     "a,b\n\"one\nand a half\",\"6\"\" dub\"\n,2\n",
		"CRLF":                       "a,b\r\n\"one\r\nand a half\",\"6\"\" dub\"\r\n,2\r\n",
		"CR":                         "a,b\r\"one\nand a half\",\"6\"\" dub\"\r,2\r",
		"CR, a quote inside a field": "a,b\r\"one\nand a half\",6\" dub\r,2",
		"semicolons":                 "a;b\n\"one\nand a half\";\"6\"\" dub\"\n;2\n",
		"tabs":                       "a\tb\n\"one\nand a half\"\t\"6\"\" dub\"\n\t2\n",
		"bars":                       "a|b\n\"one\nand a half\"|\"6\"\" dub\"\n|2\n",
		"sep=":                       "sep=;\na;b\n\"one\nand a half\";\"6\"\" dub\"\n;2\n",
		"sep=, quoted":               "\"sep=;\"\r\na;b\r\n\"one\nand a half\";\"6\"\" dub\"\r\n;2\r\n",
		"sep=, saved again, CR":      "SEP=;;\ra;b\r\"one\nand a half\";\"6\"\" dub\"\r;2\r",
	} {
		records, skipped := sheet.NewReader([]byte(text))
		records.LazyQuotes = true
		got, err := records.ReadAll()
		if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if wantSkipped := strings.Count(strings.ToLower(name), "sep="); skipped != wantSkipped {
			t.Errorf("%s: %d lines skipped", name, skipped)
		}
	}
}

func TestEscape(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "plain": "plain", "a-b": "a-b", "a; b": "a; b", "=1+1": "'=1+1", "-aaaaaaaaaa": "'-aaaaaaaaaa", "\tx": "'\tx", "\t=x": "'\t'=x",
		"'Round Midnight": "'Round Midnight", "''@x": "'''@x", "' =x": "' =x",
		"x;=cmd|'/C calc'!A0": "x;'=cmd|'/C calc'!A0", "x; =cmd": "x; '=cmd", `x;"=cmd"`: `x;"'=cmd"`, "x\t+1": "x\t'+1", "x\n@a\r-b": "x\n'@a\r'-b", ";;=x": ";;'=x",
		"＝1+1": "'＝1+1", "x;＠SUM": "x;'＠SUM", "－2": "'－2", "＋2": "'＋2", "﹣2": "'﹣2", "−2": "'−2", "\u200b=x": "\u200b'=x", "\u00a0=x": "\u00a0'=x",
	} {
		if got := sheet.Escape(s); got != want {
			t.Errorf("%q is escaped as %q, want %q", s, got, want)
		}
		if got := sheet.Unescape(want); got != s {
			t.Errorf("%q is read as %q, want %q", want, got, s)
		}
	}
	t.Run("split anyhow", rapid.MakeCheck(func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("'=＝+-@;\t\n\"a \u200b"))).Draw(t, "text")
		escaped := sheet.Escape(s)
		if got := sheet.Unescape(escaped); got != s {
			t.Fatalf("%q became %q", s, got)
		}
		// However a spreadsheet splits it, no cell begins a formula.
		for cell := range strings.FieldsFuncSeq(escaped, func(r rune) bool { return strings.ContainsRune(";\t\r\n", r) }) {
			if cell = strings.TrimLeft(cell, "\" \u200b"); cell != "" && strings.ContainsRune("=＝+-@", []rune(cell)[0]) {
				t.Fatalf("%q has the formula %q", escaped, cell)
			}
		}
	}))
}

func TestWriter(t *testing.T) {
	var out bytes.Buffer
	w := sheet.NewWriter(&out)
	if err := errors.Join(w.Write([]string{"=a", `x;"=b"`, "c,d"}), w.Flush()); err != nil {
		t.Fatal(err)
	}
	if want := "'=a,\"x;\"\"'=b\"\"\",\"c,d\"\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("a,b\r\"c\n\",d\r"))
	f.Add([]byte("\xff\xfea\x00\r\x00"))
	f.Add([]byte("caf\xe9\r"))
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := sheet.Decode(data)
		if err != nil {
			return
		}
		records, _ := sheet.NewReader(text)
		_, _ = records.ReadAll()
	})
}
