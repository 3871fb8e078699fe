package report

import (
	"math"
	"slices"
)

// maxPoints is the most points of one line in the report: as many as its pixels
// can show, so that ten million clusters make no larger page than a thousand.
const maxPoints = 400

// rankPoint is one point of a rank curve: the size of the cluster of that rank,
// 1 being the largest.
type rankPoint struct{ Rank, Size int64 }

// rankCurve sorts clusters by size, largest first, and keeps at most most points
// of those with rows, evenly spaced on a logarithmic axis of ranks, the first
// and the last among them.
func rankCurve(counts []int64, most int) []rankPoint {
	sorted := slices.DeleteFunc(slices.Clone(counts), func(n int64) bool { return n <= 0 })
	slices.Sort(sorted)
	n := len(sorted)
	points := make([]rankPoint, 0, min(n, most))
	add := func(rank int) {
		points = append(points, rankPoint{Rank: int64(rank), Size: sorted[n-rank]})
	}
	if n <= most {
		for rank := 1; rank <= n; rank++ {
			add(rank)
		}
		return points
	}
	last := 0
	for i := range most {
		rank := int(math.Round(math.Exp(math.Log(float64(n)) * float64(i) / float64(most-1))))
		if rank = min(rank, n); rank > last {
			add(rank)
			last = rank
		}
	}
	return points
}

// thin keeps at most most of the values, evenly spaced, the first and the last
// among them, and returns their places.
func thin(n, most int) []int {
	kept := make([]int, 0, min(n, most))
	if n <= most {
		for i := range n {
			kept = append(kept, i)
		}
		return kept
	}
	for i := range most {
		kept = append(kept, i*(n-1)/(most-1))
	}
	return kept
}
