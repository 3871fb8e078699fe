package points

import "math"

// Normalise scales x to length 1. It returns false and leaves x as it is when
// its length is 0. The squares are summed in float64 in index order, so that the
// bits are the same on every machine.
func Normalise(x []float32) bool {
	var s float64
	for _, v := range x {
		s += float64(float64(v) * float64(v))
	}
	if s == 0 {
		return false
	}
	length := math.Sqrt(s)
	for i, v := range x {
		x[i] = float32(float64(v) / length)
	}
	return true
}
