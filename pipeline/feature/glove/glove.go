// Package glove holds what words mean: vectors of 100,000 words, in which words
// that are used alike lie near each other. So a vote on a "techno" set says
// something of "trance", which a bot that begins with nothing but its own
// catalogue could not know.
//
// They are GloVe vectors (Pennington, Socher and Manning 2014), learned from
// Wikipedia and news, mostly English ones, that their authors gave to the public
// domain. See README.md beside this file for where they come from and how
// vectors.bin was made of them.
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

// The layout of vectors.bin, all numbers little-endian: the magic; the number
// of words and of blocks, uint32 each; the scale of each dimension, float32; for
// each block of words the offset of its first in the words, uint32; the words,
// sorted by their bytes; for each word a byte of how frequent it is; for each
// word its vector, half a byte a dimension.
//
// A word is written as the number of bytes that it has in common with the one
// before, the number of further bytes, and those. Nothing is in common with
// another block.
const (
	Magic     = "cratedigger glove 1\n"
	BlockSize = 16       // words
	VectorLen = Dims / 2 // bytes
)

//go:embed vectors.bin
var file string

// table are the parts of the file, which stay in it: nothing of it is copied
// into memory until it is looked up.
var table = open(file)

type parts struct {
	words, blocks int
	scale         [Dims]float32
	starts        string
	text          string
	frequency     string
	vectors       string
}

// open divides the file into its parts. It returns no error, as a test checks the
// file.
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

// Sum identifies the table, as vectors of two tables must not be mixed. It is a
// hash of the file's head, whose scales differ from table to table.
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

// Vector writes the vector of a word, in lower case, into v, which is Dims long,
// and reports whether it has one; else v is left as it is. The vector is of about
// unit length. The weight says how much the word tells by how rare it is: a/(a +
// p), with p its share of all text and a a thousandth (Arora, Liang and Ma 2017).
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

// weights are those of words by the byte of their frequency.
var weights = func() (w [256]float64) {
	const a = 1e-3
	for b := range w {
		w[b] = a / (a + share(b))
	}
	return w
}()

// RankSteps is how finely the rank of a word is kept: in steps of a twentieth
// of its logarithm.
const RankSteps = 20

// share is the share of all text of a word with this frequency byte: by its rank
// among 400,000 words, as the Zipf-Mandelbrot law predicts it (Mandelbrot 1953).
func share(b int) float64 {
	rank := math.Exp(float64(b)/RankSteps) - 1
	return 1 / ((rank + 2.7) * math.Log(400_000))
}
