package kernel

import (
	"math"
	"math/bits"
	"slices"
	"unsafe"
)

// NearMargin is how far below half the radius an upper bound must be, so that what
// lies outside loses by more than the specification's rounding.
const NearMargin = 1 + 0x1p-20

// maxListed bounds the neighbours in all lists of a Near: 64 MiB.
const maxListed = 16 << 20

// Near holds for each centroid the ones around it, so that rows whose own it was
// meet only these: a row at most u away from centroid a is nearer to a than to any
// centroid 2u away from a (Hamerly and Drake 2015 call the ball Exponion).
type Near struct {
	c       *Centroids
	centres []float32
	radius  []float32
	lists   [][]int32      // places in packed.ids; of int16 by rising ring
	places  [][]int32      // the lists of a tile, one after another
	ends    [][rings]int32 // of int16: where in the list each ring ends
	perRing []float32      // of int16: rings to a unit of squared distance
	large   []bool         // too many neighbours to list
	none    bool           // no tiles on this path
}

// Prepare makes s the neighbourhoods, among centroids c, of centres: row-major, one for each
// radius, or c's own where nil. Then Fill must be called for all of them, from any
// goroutines.
func (s *Near) Prepare(c *Centroids, centres, radius []float32) {
	if centres == nil {
		centres = c.rows
	}
	n := len(radius)
	s.c, s.centres, s.radius, s.none = c, centres, radius, c.packed == nil
	s.lists = slices.Grow(s.lists[:0], n)[:n]
	s.large = slices.Grow(s.large[:0], n)[:n]
	tiles := (n + rowsPerTile - 1) / rowsPerTile
	s.places = slices.Grow(s.places[:0], tiles)[:tiles]
	if c.path == pathInt16 {
		s.ends = slices.Grow(s.ends[:0], n)[:n]
		s.perRing = slices.Grow(s.perRing[:0], n)[:n]
		for a, r := range radius {
			s.perRing[a] = rings / (r * r)
		}
	}
}

// FillCentroids is how many centres Fill does at a time.
const FillCentroids = rowsPerTile

// Fill finds the neighbours of centres [lo, hi), lo a multiple of FillCentroids.
func (s *Near) Fill(lo, hi int, scratch *Scratch) {
	if s.none {
		return
	}
	for at := lo; at < hi; at += rowsPerTile {
		s.fillTile(at, min(rowsPerTile, hi-at), scratch)
	}
}

// fillTile finds the neighbours of centroids [at, at + n).
func (s *Near) fillTile(at, n int, scratch *Scratch) {
	c, p := s.c, s.c.packed
	scratch.reserve(p)
	w := work{x: s.centres, n: at + n, p: p}
	c.packRows(&w, at, 0, scratch)
	rows := &scratch.blocks[0]
	scratch.aheadNothing(&c.rows[0])
	var limit [rowsPerTile]float32
	for r := range limit {
		limit[r] = float32(math.Inf(1))
		rows.slack[r] = float32(math.Inf(1)) // store every panel
		scratch.listed[r], scratch.ring[r] = scratch.listed[r][:0], scratch.ring[r][:0]
		if r < n {
			s.large[at+r] = false
			limit[r] = rows.scoreOf(r, s.radius[at+r], c.d)
		}
	}
	longest := min(len(p.ids)/2, maxListed/len(s.radius))
	if p.path == pathInt16 {
		longest = min(len(p.ids), maxListed/len(s.radius))
	}
	open := uint32(uint64(1)<<n - 1) // the centres whose list goes on
	for first := 0; first < p.panels && open != 0; first += scratch.chunk {
		panels := min(scratch.chunk, p.panels-first)
		p.score(0, first, panels, false, scratch)
		lower, slack := rows.lower, rows.slack
		rows.lower, rows.slack = limit, [rowsPerTile]float32{}
		p.runSelect(&scratch.tiles)
		rows.lower, rows.slack = lower, slack
		for panel := range panels {
			b := p.bounds[first+panel]
			for i := panel * p.width; i < min((panel+1)*p.width, len(p.ids)-first*p.width); i++ {
				m := scratch.masks[i] & open
				scores := (*[rowsPerTile]float32)(scratch.out[i*rowsPerTile:])
				for ; m != 0; m &= m - 1 {
					r := bits.TrailingZeros32(m)
					scratch.listed[r] = append(scratch.listed[r], int32(first*p.width+i))
					if p.path == pathInt16 {
						square := float32(rows.distance2(r, scores[r]+b.error(rows, r), c.d)) * (1 - 2*unit32)
						scratch.ring[r] = append(scratch.ring[r], s.ring(at+r, square))
					}
					if len(scratch.listed[r]) > longest {
						s.large[at+r] = true
						open &^= 1 << r
					}
				}
			}
		}
	}
	s.keep(at, n, scratch)
}

// keep copies the lists of centres [at, at + n) to memory of their tile's.
func (s *Near) keep(at, n int, scratch *Scratch) {
	total := 0
	for _, list := range scratch.listed[:n] {
		total += len(list)
	}
	tile := &s.places[at/rowsPerTile]
	*tile = slices.Grow((*tile)[:0], total)
	for r, list := range scratch.listed[:n] {
		from := len(*tile)
		*tile = (*tile)[:from+len(list)]
		s.lists[at+r] = (*tile)[from:]
		if s.c.path == pathInt16 {
			s.sortRings(at+r, list, scratch.ring[r])
		} else {
			copy(s.lists[at+r], list)
		}
	}
}

// scoreOf returns at most the least score of a centroid within radius of row r.
func (rows *tileRows) scoreOf(r int, radius float32, d int) float32 {
	if !(rows.square[r] <= maxSquare) || !(float64(radius)*float64(radius) <= maxSquare) {
		return float32(math.Inf(-1))
	}
	v := (rows.distance2(r, 0, d) - float64(radius)*float64(radius)) / 2
	return float32(v - 4*unit32*math.Abs(v) - 0x1p-148)
}

// Assign is AssignRows for rows whose upper bounds hold for the distance to
// centroid a and are below radius/2 by NearMargin. It scores only the neighbours.
func (s *Near) Assign(x []float32, a int, rows, labels []int32, upper, lower []float32, scratch *Scratch) {
	c := s.c
	if c.path == pathInt16 {
		c.packed.refer(s.lists[a], &scratch.near)
		s.assignPairs(&work{x: x, rows: rows, labels: labels, upper: upper, lower: lower, p: &scratch.near}, a, scratch)
		return
	}
	c.packed.gather(s.lists[a], &scratch.near)
	own := slices.Grow(scratch.own[:0], len(rows))[:len(rows)]
	scratch.own = own
	for i, r := range rows {
		own[i] = upper[r] // the distance to a, which may not stay the label
	}
	w := work{x: x, rows: rows, n: len(rows), labels: labels, upper: upper, lower: lower, p: &scratch.near}
	c.assignTiles(&w, 0, scratch)
	for i, r := range rows {
		// What is not among the neighbours is radius away from a.
		lower[r] = min(lower[r], outwardLower(s.radius[a]-own[i]))
	}
}

// gather makes to the panels of the centroids at the given places of p.
func (p *packed) gather(places []int32, to *packed) {
	if to.shape != p.shape {
		*to = packed{shape: p.shape}
	}
	to.shift = p.shift
	to.reserve(len(places))
	to.ids = slices.Grow(to.ids[:0], len(places))[:len(places)]
	clear(to.bounds)
	none := float32(math.Inf(1))
	if p.path == pathAMX {
		none = -none
	}
	last := to.halves[(to.panels-1)*p.halfWords : to.panels*p.halfWords]
	for i := range last {
		last[i] = none
	}
	for at, place := range places {
		from, in := int(place)/p.width, int(place)%p.width
		panel, col := at/p.width, at%p.width
		to.ids[at] = p.ids[place]
		to.bounds[panel].include(p.bounds[from])
		p.copyColumn(to.values[panel*p.panelWords:], p.values[from*p.panelWords:], col, in)
		if p.path == pathAMX {
			copy(to.halves[panel*p.halfWords+16*col:][:16], p.halves[from*p.halfWords+16*in:])
		} else {
			to.halves[panel*p.halfWords+col] = p.halves[from*p.halfWords+in]
		}
	}
}

// copyColumn copies a centroid from one panel to another.
func (p *packed) copyColumn(to, from []float32, col, in int) {
	if p.path != pathAMX {
		for t := range p.d {
			to[t*p.width+col] = from[t*p.width+in]
		}
		return
	}
	to, from = to[col/16*256+col%16*16:], from[in/16*256+in%16*16:]
	for step := range p.steps {
		*(*[16]float32)(to[512*step:]) = *(*[16]float32)(from[512*step:])
	}
}

// include makes b hold for the centroids of o too.
func (b *bound) include(o bound) {
	b.scale = max(b.scale, o.scale)
	b.residue = max(b.residue, o.residue)
	b.add = max(b.add, o.add)
}

// aheadNothing makes the tile kernels bring nothing new from memory.
func (s *Scratch) aheadNothing(near *float32) {
	for i := range s.ahead {
		s.ahead[i] = unsafe.Pointer(near)
	}
}
