package npy

import "math"

const (
	absBits = 0x7fffffff // all but the sign of a float32
	infBits = 0x7f800000 // from here on: infinity and NaN
)

// BadRow returns the first column whose value is NaN or infinite, if any.
func BadRow(x []float32) (col int, bad bool) {
	if maxAbsBits(x) < infBits {
		return 0, false
	}
	for i, v := range x {
		if math.Float32bits(v)&absBits >= infBits {
			return i, true
		}
	}
	return 0, false
}

// MaxAbs returns the largest absolute value, 0 for no values, and NaN when any
// value is NaN.
func MaxAbs(x []float32) float32 { return math.Float32frombits(maxAbsBits(x)) }

// maxAbsBits compares the bits as integers, in the order of the absolute values
// with NaN on top. Four maxima hide the latency of one.
func maxAbsBits(x []float32) uint32 {
	var a, b, c, d uint32
	for ; len(x) >= 4; x = x[4:] {
		a = max(a, math.Float32bits(x[0])&absBits)
		b = max(b, math.Float32bits(x[1])&absBits)
		c = max(c, math.Float32bits(x[2])&absBits)
		d = max(d, math.Float32bits(x[3])&absBits)
	}
	for _, v := range x {
		a = max(a, math.Float32bits(v)&absBits)
	}
	return max(a, b, c, d)
}
