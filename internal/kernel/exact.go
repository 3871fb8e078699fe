package kernel

import (
	"math"
	"unsafe"
)

// exactWidth is how many pairs the float64 kernel evaluates at a time: a lane
// each, since the sum in index order is one chain.
const exactWidth = 8

// exact is the argument of the float64 kernel: out[i] is SquaredDistance(a[i], b[i]).
type exact struct {
	a, b [exactWidth]unsafe.Pointer
	d    int
	out  [exactWidth]float64
}

// distancesExact is Distances for as many rows as fill the kernel; it returns
// their number.
func (c *Centroids) distancesExact(x []float32, labels []int32, dist []float64) int {
	var e exact
	e.d = c.d
	n := len(labels) / exactWidth * exactWidth
	for i := 0; i < n; i += exactWidth {
		for l := range exactWidth {
			e.a[l] = unsafe.Pointer(&x[(i+l)*c.d])
			e.b[l] = unsafe.Pointer(&c.rows[int(labels[i+l])*c.d])
		}
		exactAVX512(&e)
		copy(dist[i:], e.out[:])
	}
	return n
}

// nearestExact returns the specified label of a row by evaluating all clusters.
func (c *Centroids) nearestExact(row []float32, s *Scratch) int32 {
	e := &s.exact
	e.d = c.d
	for l := range e.a {
		e.a[l] = unsafe.Pointer(&row[0])
	}
	best, at := math.Inf(1), 0
	for j := 0; j < c.k; j += exactWidth {
		n := min(exactWidth, c.k-j)
		for l := range e.b {
			e.b[l] = unsafe.Pointer(&c.rows[(j+min(l, n-1))*c.d])
		}
		exactAVX512(e)
		for l, v := range e.out[:n] {
			if v < best {
				best, at = v, j+l
			}
		}
	}
	return int32(at)
}

// resolve evaluates s.pairs, which holds the candidates of one row after those of
// another, and sets each row's label.
func (c *Centroids) resolve(x []float32, labels []int32, s *Scratch) {
	e := &s.exact
	e.d = c.d
	row, best := int32(-1), 0.0
	for i := 0; i < len(s.pairs); i += exactWidth {
		batch := s.pairs[i:min(i+exactWidth, len(s.pairs))]
		for l := range exactWidth {
			p := batch[min(l, len(batch)-1)]
			e.a[l] = unsafe.Pointer(&x[int(p.row)*c.d])
			e.b[l] = unsafe.Pointer(&c.rows[int(p.id)*c.d])
		}
		exactAVX512(e)
		for l, p := range batch {
			v := e.out[l]
			if p.row != row || v < best || v == best && p.id < labels[row] {
				row, best, labels[p.row] = p.row, v, p.id
			}
		}
	}
	s.pairs = s.pairs[:0]
}
