package kernel

import (
	"math"
	"slices"
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

// run evaluates the pairs.
func (e *exact) run() { runExact(e) }

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
		e.run()
		copy(dist[i:], e.out[:])
	}
	return n
}

// assignExact labels row i of w by evaluating all clusters.
func (c *Centroids) assignExact(w *work, i int, s *Scratch) {
	if c.inner {
		w.labels[i] = c.largestInner(w.x[i*c.d : (i+1)*c.d])
		return
	}
	e := &s.exact
	e.d = c.d
	for l := range e.a {
		e.a[l] = unsafe.Pointer(&w.x[i*c.d])
	}
	best, second, at := math.Inf(1), math.Inf(1), 0
	for j := 0; j < c.k; j += exactWidth {
		n := min(exactWidth, c.k-j)
		for l := range e.b {
			e.b[l] = unsafe.Pointer(&c.rows[(j+min(l, n-1))*c.d])
		}
		e.run()
		for l, v := range e.out[:n] {
			if v < best {
				best, second, at = v, best, j+l
			} else {
				second = min(second, v)
			}
		}
	}
	w.set(i, int32(at), best, second)
}

// set stores the label of row i with the specified distances, squared, to its
// centroid and to the next.
func (w *work) set(i int, label int32, best, second float64) {
	w.labels[i] = label
	if w.upper != nil {
		w.upper[i], w.lower[i] = rootUp(best*(1+exactError)), rootDown(second*(1-exactError))
	}
}

// An openRow is a row whose n pairs stand in Scratch.pairs. All other clusters are
// farther than the square root of rest.
type openRow struct {
	row, n int32
	rest   float64
}

// resolve labels the open rows: in float32, where that proves it, or else by the
// specification.
func (c *Centroids) resolve(w *work, s *Scratch) {
	if c.inner {
		c.resolveInner(w, s)
		return
	}
	c.refinePairs(w, s)
	// What float32 leaves open moves to the front of the lists.
	pairs, open, i := s.pairs[:0], s.open[:0], 0
	for _, o := range s.open {
		own := s.pairs[i : i+int(o.n)]
		dist := s.refined[i : i+int(o.n)]
		i += int(o.n)
		limit := math.Inf(1)
		for _, v := range dist {
			_, most := refined(v, c.d)
			limit = min(limit, most)
		}
		rest, n, label := o.rest, int32(0), int32(0)
		for l, p := range own {
			if least, _ := refined(dist[l], c.d); least > limit {
				rest = min(rest, least)
			} else {
				pairs = append(pairs, p)
				n++
				label = p.id
			}
		}
		if n > 1 {
			open = append(open, openRow{o.row, n, rest})
			continue
		}
		pairs = pairs[:len(pairs)-1]
		w.labels[o.row] = label
		if w.upper != nil {
			w.upper[o.row] = rootUp(limit)
			w.lower[o.row] = c.lowerFor(w, int(o.row), rest)
		}
	}
	s.pairs, s.open = pairs, open
	c.specify(w, s)
	s.pairs, s.open = s.pairs[:0], s.open[:0]
}

// refinePairs evaluates the pairs in float32.
func (c *Centroids) refinePairs(w *work, s *Scratch) {
	e := &s.refine
	e.d = c.d
	s.refined = slices.Grow(s.refined[:0], len(s.pairs)+exactWidth)
	for i := 0; i < len(s.pairs); i += exactWidth {
		batch := s.pairs[i:min(i+exactWidth, len(s.pairs))]
		for l, p := range batch {
			e.a[l] = unsafe.Pointer(&w.x[int(p.row)*c.d])
			e.b[l] = unsafe.Pointer(&c.rows[int(p.id)*c.d])
		}
		e.run(len(batch))
		s.refined = append(s.refined, e.out[:len(batch)]...)
	}
}

// specify evaluates the pairs of the open rows as specified and labels these.
func (c *Centroids) specify(w *work, s *Scratch) {
	e := &s.exact
	e.d = c.d
	s.dist = slices.Grow(s.dist[:0], len(s.pairs)+exactWidth)
	for i := 0; i < len(s.pairs); i += exactWidth {
		batch := s.pairs[i:min(i+exactWidth, len(s.pairs))]
		for l := range exactWidth {
			p := batch[min(l, len(batch)-1)]
			e.a[l] = unsafe.Pointer(&w.x[int(p.row)*c.d])
			e.b[l] = unsafe.Pointer(&c.rows[int(p.id)*c.d])
		}
		e.run()
		s.dist = append(s.dist, e.out[:len(batch)]...)
	}
	i := 0
	for _, o := range s.open {
		best, second, label := math.Inf(1), math.Inf(1), int32(0)
		for _, p := range s.pairs[i : i+int(o.n)] {
			v := s.dist[i]
			i++
			switch {
			case v < best:
				best, second, label = v, best, p.id
			case v == best:
				second, label = v, min(label, p.id)
			default:
				second = min(second, v)
			}
		}
		w.set(int(o.row), label, best, second)
		if w.upper != nil {
			w.lower[o.row] = c.lowerFor(w, int(o.row), min(second*(1-exactError), o.rest))
		}
	}
}
