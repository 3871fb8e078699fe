package fixed

import (
	"math"
	"math/bits"
)

// ChooseShift returns the scale at which a term of at most maxTerm is an integer
// below 2^62, so that up to 2^64 of them fit the 128 bits of a U128. It is 0 for
// terms that are all zero.
func ChooseShift(maxTerm float64) int {
	if maxTerm == 0 {
		return 0
	}
	_, e := math.Frexp(maxTerm)
	return 61 - e
}

// Quantise returns the term v >= 0 as an integer: v 2^shift rounded to nearest
// even. It must be below 2^63.
func Quantise(v float64, shift int) uint64 {
	return uint64(int64(math.RoundToEven(math.Ldexp(v, shift))))
}

// A U128 is an unsigned 128-bit integer: a sum of quantised terms.
type U128 struct{ Hi, Lo uint64 }

// Add returns a + v.
func (a U128) Add(v uint64) U128 {
	lo, c := bits.Add64(a.Lo, v, 0)
	return U128{a.Hi + c, lo}
}

// Plus returns a + b.
func (a U128) Plus(b U128) U128 {
	lo, c := bits.Add64(a.Lo, b.Lo, 0)
	hi, _ := bits.Add64(a.Hi, b.Hi, c)
	return U128{hi, lo}
}

// Less reports whether a < b.
func (a U128) Less(b U128) bool { return a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo }

// IsZero reports whether a is zero.
func (a U128) IsZero() bool { return a.Hi|a.Lo == 0 }

// Draw maps the 64 uniform bits h onto 0 … a-1, as floor(h a / 2^64): the target
// of a draw with probability in proportion to the terms, which is the first term
// whose prefix sum, itself included, exceeds it.
func (a U128) Draw(h uint64) U128 {
	hh, hl := bits.Mul64(h, a.Hi)
	lh, _ := bits.Mul64(h, a.Lo)
	lo, c := bits.Add64(hl, lh, 0)
	return U128{hh + c, lo}
}
