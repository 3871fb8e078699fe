package kernel

import (
	"cmp"
	"math"
	"slices"
	"unsafe"
)

const (
	stairSteps  = 12   // steps kept for a centroid; ln 1024 = 7 are expected
	stairMovers = 1024 // the centroids looked at, those that moved farthest
)

// Stairs bounds how much nearer to a row centroids may have come. Of Hamerly's
// lower bounds every row pays for the centroid that moved farthest, wherever it
// is; but a centroid at distance r of the row's own is at least r - u away from a
// row whose own is at most u away. So each centroid keeps a falling staircase: all
// centroids that moved farther than drift[i] lie at least radius[i-1] away.
type Stairs struct {
	c      *Centroids
	all    []int32 // the clusters by falling drift
	movers packed  // the first of them
	drift  []float32
	floor  float32 // no other centroid moved farther
	steps  []stair
}

type stair struct {
	n      int32
	drift  [stairSteps]float32 // falling
	radius [stairSteps]float32 // falling
}

// Prepare makes s the stairs of centroids c, drift of which Drift gave. Then Fill
// must be called for all centroids, in any order and from any goroutine.
func (s *Stairs) Prepare(c *Centroids, drift []float32) {
	s.c = c
	ids := slices.Grow(s.all[:0], c.k)[:c.k]
	s.all = ids
	for j := range ids {
		ids[j] = int32(j)
	}
	slices.SortFunc(ids, func(a, b int32) int {
		return cmp.Or(cmp.Compare(drift[b], drift[a]), cmp.Compare(a, b))
	})
	n := min(c.k, stairMovers)
	s.floor = 0
	if n < c.k {
		s.floor = drift[ids[n]]
	}
	for n > 0 && drift[ids[n-1]] == 0 {
		n--
	}
	ids = ids[:n]
	s.drift = s.drift[:0]
	for _, j := range ids {
		s.drift = append(s.drift, drift[j])
	}
	s.steps = slices.Grow(s.steps[:0], c.k)[:c.k]
	s.movers.ids = ids
	if c.packed != nil {
		if s.movers.shape != c.packed.shape {
			s.movers = packed{shape: c.packed.shape, ids: ids}
		}
		s.movers.shift, s.movers.squares = c.packed.shift, c.packed.squares
		s.movers.packPanels(c)
	}
}

// Fill computes the stairs of centroids [lo, hi).
func (s *Stairs) Fill(lo, hi int, scratch *Scratch) {
	for at := lo; at < hi; at += rowsPerTile {
		n := min(rowsPerTile, hi-at)
		for r := range n {
			s.steps[at+r].n = 0
		}
		if s.c.packed == nil {
			s.fillExact(at, n)
		} else if s.movers.panels > 0 {
			s.fillTile(at, n, scratch)
		}
	}
}

// fillExact fills the stairs of centroids [at, at + n) by the specification.
func (s *Stairs) fillExact(at, n int) {
	for r := range n {
		row := s.c.Row(at + r)
		nearest := math.Inf(1)
		for i, j := range s.movers.ids {
			if int(j) == at+r {
				continue
			}
			if v := SquaredDistance(row, s.c.Row(int(j))); v < nearest {
				nearest = v
				s.steps[at+r].add(s.drift[i], rootDown(v*(1-exactError)))
			}
		}
	}
}

// fillTile fills the stairs of centroids [at, at + n) from one tile's scores.
func (s *Stairs) fillTile(at, n int, scratch *Scratch) {
	c, p := s.c, &s.movers
	scratch.reserve(p)
	w := work{x: c.rows, n: at + n, p: p}
	c.packRows(&w, at, 0, scratch)
	rows := &scratch.blocks[0]
	for r := range rows.slack {
		rows.slack[r] = float32(math.Inf(1)) // store every panel
	}
	scratch.aheadNothing(&c.rows[0])
	var best [rowsPerTile]float32
	for r := range best {
		best[r] = float32(math.Inf(-1))
	}
	for first := 0; first < p.panels; first += scratch.chunk {
		panels := min(scratch.chunk, p.panels-first)
		p.score(0, first, panels, false, scratch)
		for slot := range scratch.tiles.slots {
			panel := first + slot
			var e [rowsPerTile]float32
			for r := range e {
				e[r] = p.bounds[panel].error(rows, r)
			}
			ids := p.ids[panel*p.width : min((panel+1)*p.width, len(p.ids))]
			for i, j := range ids {
				scores := (*[rowsPerTile]float32)(unsafe.Pointer(&scratch.out[(slot*p.width+i)*rowsPerTile]))
				for r := range n {
					u := scores[r] + e[r]
					if u <= best[r] || int(j) == at+r {
						continue
					}
					best[r] = u
					s.steps[at+r].add(s.drift[panel*p.width+i], rootDown(rows.distance2(r, u, c.d)))
				}
			}
		}
	}
	for r := range n {
		if !(rows.square[r] <= maxSquare) {
			s.steps[at+r].add(s.drift[0], 0)
			s.steps[at+r].radius[0] = 0
		}
	}
}

// add appends a step. The last one that fits counts for all that come after it.
func (t *stair) add(drift, radius float32) {
	if t.n == stairSteps {
		return
	}
	t.drift[t.n] = drift
	t.radius[t.n] = radius
	if t.n++; t.n == stairSteps {
		t.radius[stairSteps-1] = 0
	}
}

// Lower returns a lower bound of a row's distance to all centroids but its own, a,
// from its bound l before the drift and its upper bound u after it.
func (s *Stairs) Lower(a int32, u, l float32) float32 {
	t := &s.steps[a]
	best, reach := float32(0), float32(math.Inf(1))
	for i := range t.n {
		best = max(best, min(l-t.drift[i], reach))
		reach = t.radius[i] - u
		if reach <= best {
			return outwardLower(best)
		}
	}
	return outwardLower(max(best, min(l-s.floor, reach)))
}

// outwardLower rounds the result of one float32 subtraction downwards.
func outwardLower(v float32) float32 {
	return max(v*(1-4*unit32)-math.SmallestNonzeroFloat32, 0)
}
