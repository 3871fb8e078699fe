package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// bruteForce is the specification word for word.
func bruteForce(x, c []float32, n, k, d int) []int32 {
	labels := make([]int32, n)
	for i := range labels {
		best := math.Inf(1)
		for j := range k {
			if s := SquaredDistance(x[i*d:(i+1)*d], c[j*d:(j+1)*d]); s < best {
				best, labels[i] = s, int32(j)
			}
		}
	}
	return labels
}

func gaussian(rnd *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rnd.NormFloat64())
	}
	return x
}

func TestDistancesAreTheSpecification(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 1))
	const n, k, d = 23, 7, 37
	x, c := gaussian(rnd, n*d), gaussian(rnd, k*d)
	labels, dist := make([]int32, n), make([]float64, n)
	for i := range labels {
		labels[i] = int32(rnd.IntN(k))
	}
	New(c, k, d).Distances(x, labels, dist)
	for i, got := range dist {
		if want := SquaredDistance(x[i*d:(i+1)*d], c[int(labels[i])*d:][:d]); got != want {
			t.Errorf("distance of row %d: got %v want %v", i, got, want)
		}
	}
}
