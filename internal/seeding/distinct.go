package seeding

import "math"

// countDistinct returns the number of distinct rows of positive weight among the
// rows listed. Rows are told apart by a 128-bit hash; zero and minus zero are
// the same value, as they are at distance zero.
func countDistinct(x []float32, d int, rows []int32, weights []int64) int {
	seen := make(map[[2]uint64]struct{}, len(rows))
	for _, r := range rows {
		if weights != nil && weights[r] == 0 {
			continue
		}
		a, b := uint64(0x243f6a8885a308d3), uint64(0x13198a2e03707344) // digits of pi
		for _, v := range x[int(r)*d : (int(r)+1)*d] {
			bits := uint64(math.Float32bits(v + 0)) // -0 + 0 is 0
			a = (a ^ bits) * 0x9e3779b97f4a7c15
			a ^= a >> 29
			b = (b ^ bits) * 0xc2b2ae3d27d4eb4f
			b ^= b >> 32
		}
		seen[[2]uint64{a, b}] = struct{}{}
	}
	return len(seen)
}
