package seeding

import (
	"math"
	"math/bits"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
	"leveler/internal/lloyd"
)

// kmeans runs at most iters Lloyd iterations from k centroids, in place, until
// the labels repeat, and returns the labels of the last assignment. An empty
// cluster keeps its centroid.
func kmeans(x []float32, d int, centroids []float32, iters, threads int) []int32 {
	n, k := len(x)/d, len(centroids)/d
	sums := fixed.NewSums(k, d, fixed.ChooseScale(maxAbs(x), int64(n), false))
	a := lloyd.NewAssigner(n, d)
	for range iters {
		sums.Reset()
		// The assigner may keep what it knows of the centroids it was given.
		if a.Next(x, kernel.New(append([]float32(nil), centroids...), k, d), sums, threads) == 0 {
			break
		}
		for j := range k {
			sums.Mean(j, centroids[j*d:(j+1)*d])
		}
	}
	return a.Labels()
}

// inertias returns the sum of the squared distances of each cluster's rows to
// its centroid, as integers of one scale whose sum is below 2^63.
func inertias(x []float32, d int, centroids []float32, labels []int32, threads int) []uint64 {
	dist := make([]float64, len(labels))
	c := kernel.New(centroids, len(centroids)/d, d)
	inParts(len(labels), threads, func(from, to int) {
		c.Distances(x[from*d:to*d], labels[from:to], dist[from:to])
	})
	var top float64
	for _, v := range dist {
		top = max(top, v)
	}
	shift := fixed.ChooseShift(top) - bits.Len(uint(len(dist)))
	sums := make([]uint64, c.K())
	for i, v := range dist {
		sums[labels[i]] += fixed.Quantise(v, shift)
	}
	return sums
}

func maxAbs(x []float32) float64 {
	var top float32
	for _, v := range x {
		if v < 0 {
			v = -v
		}
		if v > top {
			top = v
		}
	}
	return math.Abs(float64(top))
}

// gather returns the rows listed, one after another.
func gather(x []float32, d int, rows []int32) []float32 {
	out := make([]float32, 0, len(rows)*d)
	for _, r := range rows {
		out = append(out, x[int(r)*d:(int(r)+1)*d]...)
	}
	return out
}

// Rows returns the rows listed, one after another: the centroids that a seeding
// by rows means.
func Rows(x []float32, d int, rows []int) []float32 {
	out := make([]float32, 0, len(rows)*d)
	for _, r := range rows {
		out = append(out, x[r*d:(r+1)*d]...)
	}
	return out
}
