package fixed

import (
	"fmt"
	"math"
	"math/bits"
)

// Mean sets dst to the mean of the rows of cluster j: the exact mean of the
// quantised values, rounded once to float32 (nearest even). It returns false and
// leaves dst alone when the cluster is empty.
func (u *Sums) Mean(j int, dst []float32) bool {
	if len(dst) != u.D {
		panic(fmt.Sprintf("fixed: Mean: %d values, not %d", len(dst), u.D))
	}
	n := u.Counts[j]
	if n <= 0 {
		return false
	}
	hi := u.Hi[j*u.D : (j+1)*u.D]
	var lo []int64
	if u.Lo != nil {
		lo = u.Lo[j*u.D : (j+1)*u.D]
	}
	// Almost always the float64 quotient already decides the float32: it is
	// within err of the truth, and both ends round to the same number. (The
	// conversions, the sum, the reciprocal and the product err by at most
	// 5 2^-53 of |a| + |b|; err is 2^-49 of it.) A tie, or a sum that cancels,
	// takes the exact path.
	a := math.Ldexp(1/float64(n), -u.Scale.S)
	b := math.Ldexp(1/float64(n), -u.Scale.S-u.Scale.R)
	for i := range dst {
		var l int64
		p := float64(hi[i]) * a
		q, err := p, math.Abs(p)
		if lo != nil {
			l = lo[i]
			t := float64(l) * b
			q = p + t
			err += math.Abs(t)
		}
		err *= 0x1p-49
		f := float32(q - err)
		if f != float32(q+err) || f == 0 {
			f = quotient(hi[i], l, u.Scale, n)
		}
		dst[i] = f
	}
	return true
}

// quotient returns (hi 2^R + lo) 2^-(S+R) / n rounded to float32.
func quotient(hi, lo int64, s Scale, n int64) float32 {
	// The 128-bit integer hi 2^R + lo, as sign and magnitude.
	th, tl := uint64(hi>>(64-s.R)), uint64(hi)<<s.R
	var carry uint64
	tl, carry = bits.Add64(tl, uint64(lo), 0)
	th, _ = bits.Add64(th, uint64(lo>>63), carry)
	neg := int64(th) < 0
	if neg {
		var borrow uint64
		tl, borrow = bits.Sub64(0, tl, 0)
		th, _ = bits.Sub64(0, th, borrow)
	}
	if th|tl == 0 {
		return 0
	}
	// Shift it to the top of the 128 bits: its quotient by n < 2^63 then keeps
	// at least 64 bits, and the remainder only says "and a little more".
	z := bits.LeadingZeros64(th)
	if th == 0 {
		z = 64 + bits.LeadingZeros64(tl)
	}
	th, tl = shl(th, tl, uint(z))
	qh, rem := th/uint64(n), th%uint64(n)
	ql, rem := bits.Div64(rem, tl, uint64(n))
	f := round32(qh, ql, rem != 0, -s.S-s.R-z)
	if neg {
		return -f
	}
	return f
}

// round32 returns (q + sticky) 2^e rounded to the nearest float32, ties to even,
// where q is qh 2^64 + ql, at least 2^63, and sticky stands for a fraction
// between 0 and 1.
func round32(qh, ql uint64, sticky bool, e int) float32 {
	top := bits.Len64(qh) + 63 // of the leading bit of q
	if qh == 0 {
		top = bits.Len64(ql) - 1
	}
	last := max(top+e-23, -149) // exponent of the last bit of the result
	drop := last - e            // bits of q below it, at least 40
	if drop > 128 {
		return 0 // below half of the smallest float32
	}
	m, half, rest := split(qh, ql, uint(drop))
	if half && (rest || sticky || m&1 == 1) {
		m++
	}
	// m carries the implicit bit into the exponent, and so does its overflow.
	return math.Float32frombits(uint32(last+149)<<23 + uint32(m))
}

// split cuts q = qh 2^64 + ql at bit drop (1 … 128): m = q >> drop, the bit just
// below, and whether anything is left below that.
func split(qh, ql uint64, drop uint) (m uint64, half, rest bool) {
	if drop > 64 {
		d := drop - 64
		m = qh >> d // 0 when d is 64
		low := qh << (64 - d)
		return m, low>>63 == 1, low<<1 != 0 || ql != 0
	}
	m = ql>>drop | qh<<(64-drop)
	low := ql << (64 - drop)
	return m, low>>63 == 1, low<<1 != 0
}

func shl(h, l uint64, z uint) (uint64, uint64) {
	if z >= 64 {
		return l << (z - 64), 0
	}
	return h<<z | l>>(64-z), l << z
}
