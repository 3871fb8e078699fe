// Package ngram embeds text without a model: hashed character n-grams, projected
// by signs onto a fixed number of dimensions.
//
// The vectors are lexical, not semantic: texts are near each other when they
// share words or parts of words, in any order. "car" and "automobile" are as far
// apart as any two words, and no two languages are alike. That is enough to find
// near duplicates, generated text, formats and topics with a vocabulary of their
// own; for meaning use a model.
//
// # Definition
//
//  1. Letters, marks and digits are lower-cased, code point by code point, and
//     make words; all else separates them. In a text without any of them every
//     code point but white space counts as a letter, so that "}" and "!!" have
//     vectors too. Bytes that are not UTF-8 count as U+FFFD, a symbol.
//  2. A word is put between two spaces and cut into all n-grams of 3 to 5 code
//     points. (Weighing the beginnings of words, longer words, whole words or
//     2-grams more was measured: no gain on CLINC150.)
//  3. The n-grams of a word that occurs tf times weigh 16 (1 + log2 tf), with the
//     logarithm drawn straight between powers of two: a table of a thousand equal
//     numbers must not drown the words around it.
//  4. An n-gram adds its weight, with a sign, to 4 dimensions, one in each quarter
//     of the vector, all drawn from a hash of its code points and the seed.
//  5. The vector is divided by its length.
//
// # Determinism
//
// Everything up to the division is integer arithmetic, whose order cannot
// matter. The squares are summed in float64 in index order, each product rounded
// by itself so that no compiler fuses it; the square root and the division are
// the IEEE ones; the quotient is rounded once to float32. So the bits are the
// same on every architecture. What is a letter and its lower case come from Go's
// unicode tables: a Go release with a newer Unicode may move texts that use
// characters assigned since. TestGolden guards the bits; change Version with them.
//
// # Memory
//
// An Embedder holds 8 bytes per dimension and about 8 bytes per character of the
// longest text so far.
package ngram

import (
	"fmt"
	"math"

	"leveler/internal/rng"
)

// Version is part of the key of whatever is made from the embeddings. It changes
// with any bit of any vector.
const Version = 1

// DefaultDim is the usual number of dimensions. 10-NN accuracy on CLINC150
// (BenchmarkQuality): 64 .678, 128 .735, 256 .766, 512 .775, 1024 .781.
const DefaultDim = 256

// The bounds of dim: below, distances mean nothing; above, the 15 bits from which
// a dimension is drawn would favour some.
const (
	minDim = 16
	maxDim = 4096
)

// quarters is the number of dimensions that an n-gram adds to.
const quarters = 4

// Embedder turns texts into vectors. It reuses its memory and is not safe for
// concurrent use: give each goroutine its own Clone.
type Embedder struct {
	quarter uint64 // dimensions per quarter
	seed    uint64 // as given
	salt    uint64 // the seed's hash, which begins each n-gram's
	sums    []int64
	words   words
}

// New returns an Embedder of dim dimensions, a multiple of 4 from 16 to 4096.
// Vectors of different seeds or dims have nothing to do with each other.
func New(dim int, seed uint64) (*Embedder, error) {
	if dim < minDim || dim > maxDim || dim%quarters != 0 {
		return nil, fmt.Errorf("ngram: dim must be a multiple of %d from %d to %d (got %d)", quarters, minDim, maxDim, dim)
	}
	return &Embedder{
		quarter: uint64(dim / quarters),
		seed:    seed,
		salt:    rng.Hash(seed, rng.PurposeProjection),
		sums:    make([]int64, dim),
	}, nil
}

// Clone returns an Embedder that gives the same vectors, for another goroutine.
func (e *Embedder) Clone() *Embedder {
	return &Embedder{quarter: e.quarter, seed: e.seed, salt: e.salt, sums: make([]int64, len(e.sums))}
}

// Dim returns the number of dimensions.
func (e *Embedder) Dim() int { return len(e.sums) }

// Embed writes the vector of a text, of length 1, to dst, which must have Dim
// values. It returns false, and zeros in dst, when the text is blank: then it
// has no n-grams and no direction. (So it would where the n-grams of a text
// cancel in every dimension; a single word's practically cannot.)
func (e *Embedder) Embed(dst []float32, text []byte) bool {
	if len(dst) != len(e.sums) {
		panic(fmt.Sprintf("ngram: Embed of %d dimensions into %d values", len(e.sums), len(dst)))
	}
	clear(e.sums)
	e.words.read(text)
	for _, w := range e.words.list {
		e.add(e.words.runes[w.start:w.end], weight(w.count))
	}
	return normalize(dst, e.sums)
}

// add adds all n-grams of a word, given with its two spaces.
func (e *Embedder) add(word []rune, weight int64) {
	for i := 0; i+3 <= len(word); i++ {
		// Code points have 21 bits: the first three fit side by side. The hash of
		// each longer n-gram goes on from that of the one it begins with.
		h := mix(e.salt ^ (uint64(word[i]) | uint64(word[i+1])<<21 | uint64(word[i+2])<<42))
		e.project(h, weight)
		if i+4 <= len(word) {
			h = mix(h ^ uint64(word[i+3]))
			e.project(h, weight)
			if i+5 <= len(word) {
				e.project(mix(h^uint64(word[i+4])), weight)
			}
		}
	}
}

// project adds w to one dimension of each quarter, with the sign that the hash
// gives: 16 bits for each, one for the sign and 15 for the place.
func (e *Embedder) project(h uint64, w int64) {
	sums, n := e.sums, e.quarter
	base := uint64(0)
	for range quarters {
		sign := int64(h&1)*2 - 1
		sums[base+(h>>1&0x7fff)*n>>15] += sign * w
		h >>= 16
		base += n
	}
}

// mix is the finaliser of SplitMix64 with its increment.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// normalize writes sums divided by their length, or returns false when it is 0.
func normalize(dst []float32, sums []int64) bool {
	var squares float64
	for _, s := range sums {
		squares += float64(float64(s) * float64(s)) // the conversion forbids a fused multiply-add
	}
	if squares == 0 {
		clear(dst)
		return false
	}
	length := math.Sqrt(squares)
	for i, s := range sums {
		dst[i] = float32(float64(s) / length)
	}
	return true
}
