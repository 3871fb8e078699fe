package seeding

import (
	"math/bits"

	"leveler/internal/fixed"
)

// Rounds is the number of rounds of kmeans||. Bahmani et al. 2012 (section 5)
// find that five suffice.
const Rounds = 5

// An Oversampler draws the candidates of one round: it keeps a row with
// probability min(1, oversample D^2 / potential), in integer arithmetic.
type Oversampler struct {
	shift      int
	potential  uint64
	oversample uint64
}

// NewOversampler returns the draw of a round with this potential (the sum of
// D^2 over all rows), which must not be zero.
func NewOversampler(potential *fixed.Potential, oversample int) Oversampler {
	return Oversampler{potential.Shift(), potential.Quantise(), uint64(oversample)}
}

// Chosen decides for a row with squared distance d2 to its nearest candidate
// and uniform bits h = key.Oversample(round, row).
//
// With integers P = floor(potential 2^s) of 63 bits and q = round(d2 2^s), the
// row is kept when h / 2^64 < oversample q / P, which is
// floor(h P / 2^64) < oversample q.
func (o Oversampler) Chosen(h uint64, d2 float64) bool {
	return Chosen(h, fixed.Quantise(d2, o.shift), o.potential, o.oversample)
}

// Chosen reports whether h / 2^64 < oversample term / potential.
func Chosen(h, term, potential, oversample uint64) bool {
	over, want := bits.Mul64(oversample, term)
	got, _ := bits.Mul64(h, potential)
	return over > 0 || got < want
}

// Oversample returns the oversampling factor l of a round (0 …) for k clusters:
// k/2 (at least 1), doubled in every round after the usual ones, so that data
// with few far rows reach k candidates in a logarithm of n more rounds.
func Oversample(k, round int) int {
	l := max(1, k/2)
	if more := round - Rounds + 1; more > 0 {
		l <<= min(more, 40)
	}
	return l
}
