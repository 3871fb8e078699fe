package kernel

import (
	"fmt"
	"math"
)

// AssignRows is Assign for some rows of x, by number, or for all when rows is
// nil, and bounds their distances: on return no distance of row i to its own
// centroid is above upper[i], and none to another centroid is below lower[i]. The
// slices labels, upper and lower are as long as x has rows. The bounds hold for
// exact distances, and depend on the path; the labels do not.
func (c *Centroids) AssignRows(x []float32, rows, labels []int32, upper, lower []float32, s *Scratch) {
	c.check(x, labels)
	if c.inner {
		panic("kernel: AssignRows by inner product, which is no distance")
	}
	if len(upper) != len(labels) || len(lower) != len(labels) {
		panic(fmt.Sprintf("kernel: %d and %d bounds for %d rows", len(upper), len(lower), len(labels)))
	}
	w := work{x: x, rows: rows, n: len(rows), labels: labels, upper: upper, lower: lower}
	if rows == nil {
		w.n = len(labels)
	}
	c.assign(&w, s)
}

func (c *Centroids) assign(w *work, s *Scratch) {
	if w.n == 0 {
		return
	}
	if c.k == 1 && w.upper == nil {
		for i := range w.n {
			w.labels[w.row(i)] = 0
		}
		return
	}
	switch c.path {
	case pathGeneric:
		c.assignGeneric(w, s)
	case pathExact:
		for i := range w.n {
			c.assignExact(w, w.row(i), s)
		}
	default:
		w.p = c.packed
		if c.blurred.Load() {
			w.p = c.float32Panels()
		}
		if c.path.direct() && !c.crowded.Load() {
			c.assignDirect(w, s)
			return
		}
		c.assignTiles(w, 0, s)
	}
}

// exactError bounds the relative error of a specified distance, squared: section 1
// of PROOF.md for d up to 2^27.
const exactError = 0x1p-25

// rootUp and rootDown are the square root rounded outwards to float32; what lies
// below zero by rounding is zero. A lower bound is never infinite, so that no
// difference of bounds is NaN.
func rootUp(v float64) float32 {
	return float32(math.Sqrt(max(v, 0))*(1+2*unit32)) + math.SmallestNonzeroFloat32
}

func rootDown(v float64) float32 {
	v = min(math.Sqrt(max(v, 0))*(1-2*unit32), math.MaxFloat32)
	return max(float32(v)-math.SmallestNonzeroFloat32, 0)
}

// distance2 returns a lower bound of the squared distance of row r to a centroid
// whose score is at most upper.
func (rows *tileRows) distance2(r int, upper float32, d int) float64 {
	square := float64(rows.square[r])
	return square*(1-float64(d+16)*unit32) - float64(d)*0x1p-148 - 2*float64(upper)
}

// distance2Above returns an upper bound of the squared distance of row r to the
// only centroid that may win it.
func (rows *tileRows) distance2Above(r, d int) float64 {
	square := float64(rows.square[r])
	return square*(1+float64(2*d+16)*unit32) + float64(d)*0x1p-148 - 2*float64(rows.lower[r])
}

// lowerFor returns the lower bound of the distances from row i to clusters other
// than its own, given that of the scored ones, squared.
func (c *Centroids) lowerFor(w *work, i int, square float64) float32 {
	if c.packed.twins != nil && c.packed.twins[w.labels[i]] {
		return 0 // an equal centroid, not packed, is as near as the row's own
	}
	return rootDown(square)
}
