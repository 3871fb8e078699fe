package fixed

import "math"

// addRow1Go is the specification of the one-limb sum of a row:
//
//	hi[i] += round(x[i] s)      to nearest even; s = ±2^S
func addRow1Go(hi []int64, x []float32, s float64) {
	hi = hi[:len(x)]
	for i, v := range x {
		hi[i] += int64(math.RoundToEven(float64(v) * s))
	}
}

// addRow2Go is the specification of the two-limb sum of a row:
//
//	h = round(x[i] s);  hi[i] += h;  lo[i] += round((x[i] s - h) r)
//
// with s = ±2^S and r = 2^R. Every operation but the two roundings is exact.
func addRow2Go(hi, lo []int64, x []float32, s, r float64) {
	hi, lo = hi[:len(x)], lo[:len(x)]
	for i, v := range x {
		p := float64(v) * s
		h := math.RoundToEven(p)
		hi[i] += int64(h)
		lo[i] += int64(math.RoundToEven((p - h) * r))
	}
}
