package fixed

import (
	"fmt"
	"math"
	"math/bits"
)

// MaxRows is the largest number of rows that a Scale can be chosen for. It
// leaves the low limb at least ten bits.
const MaxRows = int64(1) << 50

// A Scale fixes the quantisation of one fit. S and R are exponents of two; S is
// negative when the rows are huge and large when they are tiny.
type Scale struct {
	S     int `json:"s"`     // hi counts units of 2^-S
	R     int `json:"r"`     // lo counts units of 2^-(S+R); 0 with one limb
	Limbs int `json:"limbs"` // 1 or 2
}

// ChooseScale returns the scale for up to n rows whose values are at most
// maxAbs in absolute value. unit says that the rows are normalised, where one
// limb is enough; the others get two.
//
// With 2^(e-1) <= maxAbs < 2^e and 2^L >= n, it sets e + S = 61 - L. Then
//
//	n (maxAbs 2^S + 1) < 2^L (2^(61-L) + 1) = 2^61 + 2^L < 2^62
//
// and, as |lo| <= 2^(R-1) with R = 60 - L, the low limb stays below 2^59: no sum
// of n rows overflows, and subtracting a row leaves room for one of each sign.
//
// It panics when maxAbs is negative, infinite or NaN, or n is above MaxRows.
func ChooseScale(maxAbs float64, n int64, unit bool) Scale {
	if !(maxAbs >= 0) || math.IsInf(maxAbs, 0) {
		panic(fmt.Sprintf("fixed: ChooseScale: maxAbs must be finite and >= 0 (got %v)", maxAbs))
	}
	if n > MaxRows {
		panic(fmt.Sprintf("fixed: ChooseScale: at most %d rows (got %d)", MaxRows, n))
	}
	l := 0
	if n > 1 {
		l = bits.Len64(uint64(n - 1))
	}
	e := 0 // of all-zero rows: any scale will do
	if maxAbs > 0 {
		// No float32 is below 2^-149: a smaller bound is the same bound.
		_, e = math.Frexp(max(maxAbs, math.SmallestNonzeroFloat32))
	}
	s := Scale{S: 61 - l - e, Limbs: 1}
	if !unit {
		s.R, s.Limbs = 60-l, 2
	}
	return s
}
