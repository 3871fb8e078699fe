package kernel

import "math"

// InnerProduct is the specification of NewInner: the inner product of a and b in float64, summed
// over the dimensions in index order. The products are exact.
func InnerProduct(a, b []float32) float64 {
	b = b[:len(a)]
	var s float64
	for i, v := range a {
		s += float64(float64(v) * float64(b[i]))
	}
	return s
}

// NewInner is New for Assign by the largest InnerProduct, ties to the lowest cluster: with centroids
// of norm 1 that is the largest cosine, whatever the rows' norms. The scores of
// the tiles are inner products less half a squared norm; here that half is zero. There are no bounds
// to keep: AssignRows panics, and Near and Stairs are not for such centroids.
func NewInner(c []float32, k, d int) *Centroids { return newCentroids(c, k, d, true) }

// largestInner returns the specified label of a row.
func (c *Centroids) largestInner(row []float32) int32 {
	best, label := math.Inf(-1), int32(0)
	see := func(s float64, j int) {
		if s > best {
			best, label = s, int32(j)
		}
	}
	j := 0
	for ; j+4 <= c.k; j += 4 { // one sum is a chain of dependent additions
		c0, c1 := c.Row(j)[:len(row)], c.Row(j + 1)[:len(row)]
		c2, c3 := c.Row(j + 2)[:len(row)], c.Row(j + 3)[:len(row)]
		var s0, s1, s2, s3 float64
		for t, v := range row {
			w := float64(v)
			s0 += float64(w * float64(c0[t]))
			s1 += float64(w * float64(c1[t]))
			s2 += float64(w * float64(c2[t]))
			s3 += float64(w * float64(c3[t]))
		}
		see(s0, j)
		see(s1, j+1)
		see(s2, j+2)
		see(s3, j+3)
	}
	for ; j < c.k; j++ {
		see(InnerProduct(row, c.Row(j)), j)
	}
	return label
}

// resolveInner labels the open rows by the specification.
func (c *Centroids) resolveInner(w *work, s *Scratch) {
	i := 0
	for _, o := range s.open {
		row := w.x[int(o.row)*c.d : (int(o.row)+1)*c.d]
		best, label := math.Inf(-1), int32(0)
		for _, p := range s.pairs[i : i+int(o.n)] {
			if v := InnerProduct(row, c.Row(int(p.id))); v > best || v == best && p.id < label {
				best, label = v, p.id
			}
		}
		i += int(o.n)
		w.labels[o.row] = label
	}
	s.pairs, s.open = s.pairs[:0], s.open[:0]
}
