package kernel

import "math"

// This file is plain Go on every platform: the specification made as fast as
// exact float64 arithmetic allows, and the fallback of the assembly.

// abandon is how many dimensions are summed between two looks at whether a
// centroid can still win. A partial sum of squares never exceeds the whole one,
// in floating point too, since rounding is monotone; so leaving early is exact.
const abandon = 32

func (c *Centroids) assignGeneric(w *work, s *Scratch) {
	d := c.d
	if c.inner {
		for i := range w.n {
			i := w.row(i)
			w.labels[i] = c.largestInner(w.x[i*d : (i+1)*d])
		}
		return
	}
	if cap(s.row) < d {
		s.row = make([]float64, d)
	}
	row := s.row[:d]
	for i := range w.n {
		i := w.row(i)
		for t, v := range w.x[i*d : (i+1)*d] {
			row[t] = float64(v)
		}
		if w.upper == nil {
			w.labels[i], _, _ = c.nearest(row, false)
		} else {
			label, best, second := c.nearest(row, true)
			w.set(i, label, best, second)
		}
	}
}

// nearest returns the specified label of one row, converted to float64, its
// squared distance and, when asked, the next smallest one. Four centroids are
// summed at a time, since one sum in index order is a chain of dependent additions.
func (c *Centroids) nearest(row []float64, next bool) (label int32, best, second float64) {
	best, second = math.Inf(1), math.Inf(1)
	limit := best // sums above it cannot matter
	see := func(s float64, j int) {
		if s < best {
			label, best, second = int32(j), s, best
		} else if s < second {
			second = s
		}
		limit = best
		if next {
			limit = second
		}
	}
	j := 0
	for ; j+4 <= c.k; j += 4 {
		c0, c1, c2, c3 := c.Row(j), c.Row(j+1), c.Row(j+2), c.Row(j+3)
		var s0, s1, s2, s3 float64
		for lo := 0; lo < len(row); lo += abandon {
			hi := min(lo+abandon, len(row))
			r := row[lo:hi]
			a0, a1, a2, a3 := c0[lo:hi], c1[lo:hi], c2[lo:hi], c3[lo:hi]
			for t, v := range r {
				d0 := v - float64(a0[t])
				d1 := v - float64(a1[t])
				d2 := v - float64(a2[t])
				d3 := v - float64(a3[t])
				s0 += float64(d0 * d0)
				s1 += float64(d1 * d1)
				s2 += float64(d2 * d2)
				s3 += float64(d3 * d3)
			}
			if s0 > limit && s1 > limit && s2 > limit && s3 > limit {
				break
			}
		}
		// A sum left early is above the limit, so the comparisons hold for it too.
		if s0 <= limit || s1 <= limit || s2 <= limit || s3 <= limit {
			see(s0, j)
			see(s1, j+1)
			see(s2, j+2)
			see(s3, j+3)
		}
	}
	for ; j < c.k; j++ {
		var s float64
		for t, v := range c.Row(j) {
			d := row[t] - float64(v)
			s += float64(d * d)
		}
		see(s, j)
	}
	return label, best, second
}

// distancesGeneric is Distances in plain Go, four rows at a time for the same
// reason as in nearest.
func (c *Centroids) distancesGeneric(x []float32, labels []int32, dist []float64) {
	d := c.d
	i := 0
	for ; i+4 <= len(labels); i += 4 {
		x0, x1, x2, x3 := x[i*d:(i+1)*d], x[(i+1)*d:(i+2)*d], x[(i+2)*d:(i+3)*d], x[(i+3)*d:(i+4)*d]
		c0 := c.Row(int(labels[i]))[:len(x0)]
		c1 := c.Row(int(labels[i+1]))[:len(x0)]
		c2 := c.Row(int(labels[i+2]))[:len(x0)]
		c3 := c.Row(int(labels[i+3]))[:len(x0)]
		x1, x2, x3 = x1[:len(x0)], x2[:len(x0)], x3[:len(x0)]
		var s0, s1, s2, s3 float64
		for t, v := range x0 {
			d0 := float64(v) - float64(c0[t])
			d1 := float64(x1[t]) - float64(c1[t])
			d2 := float64(x2[t]) - float64(c2[t])
			d3 := float64(x3[t]) - float64(c3[t])
			s0 += float64(d0 * d0)
			s1 += float64(d1 * d1)
			s2 += float64(d2 * d2)
			s3 += float64(d3 * d3)
		}
		dist[i], dist[i+1], dist[i+2], dist[i+3] = s0, s1, s2, s3
	}
	for ; i < len(labels); i++ {
		dist[i] = SquaredDistance(x[i*d:(i+1)*d], c.Row(int(labels[i])))
	}
}
