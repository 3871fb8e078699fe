package seeding

import "math"

// lanes is the number of trials that one pass of a row is compared with.
const lanes = 8

// bounds says how a squared distance summed in float32 bounds the specification's.
//
// Let u = 2^-24, and let s be any float32 evaluation of sum (a-b)^2 in whatever
// order, with or without fused multiply-adds. fl(a-b) = (a-b)(1+e), |e| <= u
// (subtraction does not underflow); a square or a fused square and sum adds one
// more rounding, or at most 2^-149 where it underflows; and a term passes fewer
// than d+4 additions, each with a relative rounding. All terms are >= 0, so with
// T the true squared distance
//
//	T (1-u)^(d+8) - d 2^-148 <= s <= T (1+u)^(d+8) + d 2^-148
//
// and (1+u)^(d+8) <= 1 + margin, (1-u)^(d+8) >= 1 - margin for
// margin = (d+8) 2^-23 <= 1/2. The specification's own error, a factor
// 1 ± (d+2) 2^-53, and the rounding of the expressions below fit into one more
// 2^-23. Rows so large that a square could overflow do not use bounds.
type bounds struct {
	usable bool
	margin float64
	tiny   float64
}

func newBounds(x []float32, d int) bounds {
	var top float32
	for _, v := range x {
		if v < 0 {
			v = -v
		}
		if v > top {
			top = v
		}
	}
	// (2 2^40)^2 d 2 stays far below the largest float32, 2^128.
	return bounds{
		usable: top <= 0x1p40 && d <= 1<<20,
		margin: float64(d+9) * 0x1p-23,
		tiny:   float64(d) * 0x1p-148,
	}
}

// limit returns a float32 L such that a float32 sum s >= L proves that the
// specification's distance is at least d2.
func (b bounds) limit(d2 float64) float32 {
	l := (d2 + b.tiny) / (1 - b.margin) * (1 + 0x1p-40)
	f := float32(l)
	if float64(f) < l {
		f = math.Nextafter32(f, inf32)
	}
	return f
}

// near reports whether a row at squared distance d2 from its chosen row c could
// be nearer to a trial whose float32 squared distance from c is s. If not,
//
//	|trial - c|^2 >= s (1 - margin) - tiny >= 4 (1 + 2^-18) d2 + …
//
// so |x - trial| >= |trial - c| - |x - c| >= (1 + 2^-19) |x - c|, whose square
// leaves 2^-18 for the specification's roundings (d <= 2^20, 2^-53 each).
func (b bounds) near(d2 float64, s float32) bool {
	return float64(s)*(1-b.margin)-b.tiny <= 4*(1+0x1p-18)*d2
}
