package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	unicodes "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// ErrNotText says that a file is no text.
var ErrNotText = errors.New("the file is not text: save it as CSV (UTF-8)")

// ErrEncoding says that a text is in an encoding that cannot be told.
var ErrEncoding = errors.New("the file is neither in UTF-8 nor in an encoding of western Europe: save it as CSV (UTF-8)")

// Decode turns a file that an editor or a spreadsheet has saved into UTF-8 without a
// byte order mark. It knows UTF-8 and UTF-16, with or without a mark. Other bytes it
// reads as Windows-1252, or as Mac OS Roman if lines end in CR alone. In a text that is
// mostly UTF-8, it replaces the other bytes by U+FFFD.
func Decode(data []byte) ([]byte, error) {
	e, err := detect(data)
	if err != nil || e == nil {
		return data, err
	}
	if data, err = e.NewDecoder().Bytes(data); err != nil {
		return nil, fmt.Errorf("the text cannot be decoded: %w", err)
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, ErrNotText
	}
	return data, nil
}

// sampled is how much of a stream tells its encoding and its line ends.
const sampled = 64 << 10

// Stream decodes a text that is too long for memory, as Decode does. It finds the
// encoding and the line ends by the first 64 KB. Every CR that ends a line becomes LF,
// even inside quotes.
func Stream(r io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, sampled)
	sample, err := in.Peek(sampled)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	if len(sample) == sampled { // a letter may be cut in two
		for n := 0; n < utf8.UTFMax && len(sample) > 0 && !utf8.RuneStart(sample[len(sample)-1]); n++ {
			sample = sample[:len(sample)-1]
		}
		sample = sample[:len(sample)-1]
	}
	e, err := detect(sample)
	if err != nil {
		return nil, err
	}
	if e != nil {
		in = bufio.NewReaderSize(transform.NewReader(in, e.NewDecoder()), sampled)
		if sample, err = in.Peek(sampled); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	if _, _, cr := cutLine(sample); cr {
		in = bufio.NewReaderSize(transform.NewReader(in, lineEnds{}), sampled)
	}
	return in, nil
}

// lineEnds turns CR and CRLF into LF.
type lineEnds struct{ transform.NopResetter }

// Transform does so.
func (lineEnds) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		c, size := src[nSrc], 1
		if c == '\r' {
			if nSrc+1 == len(src) && !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			if nSrc+1 < len(src) && src[nSrc+1] == '\n' {
				size = 2
			}
			c = '\n'
		}
		if nDst == len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		dst[nDst] = c
		nDst++
		nSrc += size
	}
	return nDst, nSrc, nil
}

// detect returns the encoding of a text, or nil if the text is UTF-8 without a mark.
func detect(data []byte) (encoding.Encoding, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return unicodes.UTF8BOM, nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return unicodes.UTF16(unicodes.LittleEndian, unicodes.ExpectBOM), nil
	case bytes.IndexByte(data, 0) >= 0:
		return wide(data)
	case utf8.Valid(data):
		return nil, nil
	}
	letters, wrong := 0, 0
	for rest := data; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			wrong++
		case size > 1:
			letters++
		}
		rest = rest[size:]
	}
	if letters >= wrong {
		return unicodes.UTF8, nil // with a few bytes damaged
	}
	return western(data)
}

// wide is UTF-16 without a mark, if the first two characters, those of a header,
// are ASCII in it.
func wide(data []byte) (encoding.Encoding, error) {
	ascii := func(a, b int) bool { return len(data) > 3 && data[a] != 0 && data[a] < 0x80 && data[b] == 0 }
	switch {
	case ascii(0, 1) && ascii(2, 3):
		return unicodes.UTF16(unicodes.LittleEndian, unicodes.IgnoreBOM), nil
	case ascii(1, 0) && ascii(3, 2):
		return unicodes.UTF16(unicodes.BigEndian, unicodes.IgnoreBOM), nil
	}
	return nil, ErrNotText
}

// western is the one-byte encoding that makes the likelier words, if any does.
func western(data []byte) (encoding.Encoding, error) {
	if foreign(data) {
		return nil, ErrEncoding
	}
	if _, _, cr := cutLine(data); cr && likelihood(data, charmap.Macintosh) >= likelihood(data, charmap.Windows1252) {
		return charmap.Macintosh, nil
	}
	return charmap.Windows1252, nil
}

// foreign reports whether most letters beyond ASCII come three and more in a
// row: whole words of them, as of no language that Windows-1252 is for.
func foreign(data []byte) bool {
	long, short, run := 0, 0, 0
	for i := 0; i <= len(data); i++ {
		switch {
		case i < len(data) && data[i] >= 0x80:
			run++
			continue
		case run > 2:
			long++
		case run > 0:
			short++
		}
		run = 0
	}
	return long > short
}

// likelihood is how many of the characters beyond ASCII stand where they would
// in an encoding, less those that do not: a letter beside letters, a capital
// behind none that is small, quotation marks and dashes around words.
func likelihood(data []byte, m *charmap.Charmap) int {
	at := func(i int) rune {
		if i < 0 || i >= len(data) {
			return ' '
		}
		return m.DecodeByte(data[i])
	}
	sum := 0
	for i, c := range data {
		if c < 0x80 {
			continue
		}
		before, r, after := at(i-1), at(i), at(i+1)
		switch inside := unicode.IsLetter(before) && unicode.IsLetter(after); {
		case unicode.IsLetter(r) && (unicode.IsUpper(r) && unicode.IsLower(before) || unicode.IsLower(r) && unicode.IsUpper(after)):
			sum--
		case unicode.IsLetter(r) && (unicode.IsLetter(before) || unicode.IsLetter(after)):
			sum++
		case unicode.IsLetter(r):
		case strings.ContainsRune("–—“”‘«»…€•°©®™", r) && !inside, r == '’', r == '\u00a0':
			sum++
		default:
			sum--
		}
	}
	return sum
}
