// Package glove holds word vectors of 100,000 words. Words that are used in
// similar ways have similar vectors, so that a vote on a "techno" set says
// something of "trance", which a bot could not learn from its own catalogue at
// the start.
//
// They are GloVe vectors (Pennington, Socher and Manning 2014), learned from
// mostly English Wikipedia articles and news, and placed in the public domain
// by their authors. README.md in this folder says where they come from and how
// vectors.bin was made.
package glove

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
)

// Dims is the length of a vector.
const Dims = 64

// The layout of vectors.bin, with little-endian numbers: the magic; the numbers
// of words and of blocks, uint32 each; the scale of each dimension, float32;
// the offset of each block in the words, uint32; the words, sorted by their
// bytes; for each word a byte for its frequency; for each word its vector, with
// 4 bits for each dimension.
//
// Words are front-coded within a block: the number of bytes shared with the
// previous word, the number of further bytes, and those bytes.
const (
	Magic     = "cratedigger glove 1\n"
	BlockSize = 16       // words
	VectorLen = Dims / 2 // bytes
)

//go:embed vectors.bin
var file string

// table holds slices of the embedded file; nothing is copied until it is looked
// up.
var table = open(file)

type parts struct {
	words, blocks int
	scale         [Dims]float32
	starts        string
	text          string
	frequency     string
	vectors       string
}

// open divides the file into its parts. It does not check the file; a test does.
func open(f string) parts {
	u32 := func(s string, i int) int { return int(binary.LittleEndian.Uint32([]byte(s[4*i : 4*i+4]))) }
	f = strings.TrimPrefix(f, Magic)
	p := parts{words: u32(f, 0), blocks: u32(f, 1)}
	f = f[8:]
	for d := range p.scale {
		p.scale[d] = math.Float32frombits(uint32(u32(f, d)))
	}
	f = f[4*Dims:]
	p.starts, f = f[:4*p.blocks], f[4*p.blocks:]
	text := len(f) - p.words*(1+VectorLen)
	p.text, f = f[:text], f[text:]
	p.frequency, p.vectors = f[:p.words], f[p.words:]
	return p
}

// Sum identifies the table, because vectors of two tables must not be mixed. It
// is a hash of the file's header, whose scales differ between tables.
func Sum() string {
	sum := sha256.Sum256([]byte(file[:len(Magic)+8+4*Dims]))
	return hex.EncodeToString(sum[:8])
}

// find is the number of a word, or -1.
func (p *parts) find(word string) int {
	low, high := 0, p.blocks // the block is in [low, high)
	for high-low > 1 {
		mid := (low + high) / 2
		if p.first(mid) <= word {
			low = mid
		} else {
			high = mid
		}
	}
	at := p.start(low)
	var buffer [64]byte
	w := buffer[:0]
	for i := low * BlockSize; i < min(p.words, (low+1)*BlockSize); i++ {
		shared, more := int(p.text[at]), int(p.text[at+1])
		w = append(w[:shared], p.text[at+2:at+2+more]...)
		at += 2 + more
		if string(w) == word {
			return i
		}
	}
	return -1
}

func (p *parts) start(block int) int {
	return int(binary.LittleEndian.Uint32([]byte(p.starts[4*block : 4*block+4])))
}

func (p *parts) first(block int) string {
	at := p.start(block)
	return p.text[at+2 : at+2+int(p.text[at+1])]
}

// Vector writes the vector of a word, in lower case, into v, which is Dims
// long, and reports whether the word has one; if not it leaves v unchanged. The
// vector has about unit length. The weight is higher for rarer words: a/(a +
// p), where p is the word's share of all text and a is 0.001 (Arora, Liang and
// Ma 2017).
func Vector(word string, v []float64) (weight float64, ok bool) {
	i := table.find(word)
	if i < 0 {
		return 0, false
	}
	packed := table.vectors[i*VectorLen : (i+1)*VectorLen]
	for d := range v[:Dims] {
		q := packed[d/2] >> (4 * (d % 2)) & 15
		v[d] = float64(table.scale[d]) * (float64(q) - 7.5)
	}
	return weights[table.frequency[i]], true
}

// weights are the weights of words, by frequency byte.
var weights = func() (w [256]float64) {
	const a = 1e-3
	for b := range w {
		w[b] = a / (a + share(b))
	}
	return w
}()

// RankSteps is the resolution of the frequency byte: RankSteps times the
// logarithm of the rank.
const RankSteps = 20

// share is a word's share of all text by its frequency byte, as the
// Zipf-Mandelbrot law (Mandelbrot 1953) predicts it from the rank among 400,000
// words.
func share(b int) float64 {
	rank := math.Exp(float64(b)/RankSteps) - 1
	return 1 / ((rank + 2.7) * math.Log(400_000))
}
