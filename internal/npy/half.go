package npy

import "math"

// FromHalf widens an IEEE 754 binary16 exactly: every half, subnormals
// included, is a normal float32. The payload of a NaN is kept.
func FromHalf(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exp := uint32(h>>10) & 0x1f
	frac := uint32(h & 0x3ff)
	switch exp {
	case 0: // zero or subnormal: frac * 2^-24, exact in float32
		f := float32(frac) * 0x1p-24
		return math.Float32frombits(sign | math.Float32bits(f))
	case 0x1f: // infinity or NaN
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
}

// ToHalf rounds to the nearest half, ties to even; what is 65520 or more
// becomes infinity, and a NaN stays a NaN.
func ToHalf(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b >> 16 & 0x8000)
	b &= 0x7fffffff
	switch {
	case b > 0x7f800000:
		return sign | 0x7e00 | uint16(b>>13&0x1ff)
	case b >= 0x477ff000: // 65520, half-way between 65504 and 2^16
		return sign | 0x7c00
	case b < 0x38800000: // below 2^-14: a subnormal, in units of 2^-24
		// Adding 0.5 puts the units at the end of the float32's fraction, so that
		// the addition itself rounds, ties to even.
		sum := math.Float32frombits(b) + 0.5
		return sign | uint16(math.Float32bits(sum)-math.Float32bits(0.5))
	}
	b += 0xfff + b>>13&1 // nearest even on the 13 bits that go
	return sign | uint16((b-(127-15)<<23)>>13)
}

// RoundHalf rounds every value to what WriteHalves keeps of it.
func RoundHalf(x []float32) {
	for i, v := range x {
		x[i] = FromHalf(ToHalf(v))
	}
}
