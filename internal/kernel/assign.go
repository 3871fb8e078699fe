package kernel

import (
	"math"
	"math/bits"
	"slices"
	"unsafe"
)

// assignTiles is Assign by float32 tiles. The rows of a block are packed once,
// then a chunk of panels at a time, which stays in the cache, meets all of them.
func (c *Centroids) assignTiles(x []float32, labels []int32, s *Scratch) {
	s.reserve(c)
	block := s.perCall * rowsPerTile
	for lo := 0; lo < len(labels); lo += block {
		hi := min(lo+block, len(labels))
		c.assignBlock(x[lo*c.d:hi*c.d], labels[lo:hi], s)
	}
}

func (c *Centroids) assignBlock(x []float32, labels []int32, s *Scratch) {
	n := (len(labels) + rowsPerTile - 1) / rowsPerTile
	for b := range n {
		c.packRows(x, len(labels), b, s)
	}
	for first := 0; first < c.packed.panels; first += s.chunk {
		panels := min(s.chunk, c.packed.panels-first)
		for b := range n {
			c.score(b, first, panels, s)
			c.collect(b, s)
		}
	}
	for b := range n {
		lo := b * rowsPerTile
		c.settle(x, labels, lo, min(lo+rowsPerTile, len(labels)), b, s)
	}
	c.resolve(x, labels, s)
}

// packRows packs the rows of tile b. Those past the end repeat the last.
func (c *Centroids) packRows(x []float32, n, b int, s *Scratch) {
	for r := range s.offsets {
		s.offsets[r] = 4 * c.d * min(b*rowsPerTile+r, n-1)
	}
	rows := &s.blocks[b]
	s.packing = packing{
		dst:     unsafe.Pointer(&s.x[b*c.packed.rowWords]),
		src:     pointer(x),
		offsets: &s.offsets,
		shift:   pointer(c.packed.shift),
		d:       c.d,
		squares: &rows.square,
	}
	if c.path == pathAMX {
		s.packing.residues = &rows.lost
		s.packing.blocks = 2 * c.packed.steps
		packBF16AVX512(&s.packing)
		for r, q := range rows.lost {
			rows.residue[r] = rowNorm(q, c.d)
		}
	} else {
		packAVX512(&s.packing)
	}
	for r, q := range rows.square {
		rows.norm[r] = rowNorm(q, c.d)
		rows.slack[r] = rowSlack(q, c.d)
		rows.lower[r] = float32(math.Inf(-1))
	}
	s.found[b] = s.found[b][:0]
}

// score runs the tile kernels on tile b and panels [first, first + panels).
func (c *Centroids) score(b, first, panels int, s *Scratch) {
	p := c.packed
	s.tiles = tiles{
		x:      unsafe.Pointer(&s.x[b*p.rowWords]),
		c:      unsafe.Pointer(&p.values[first*p.panelWords]),
		halves: unsafe.Pointer(&p.halves[first*p.halfWords]),
		bounds: unsafe.Pointer(&p.bounds[first]),
		rows:   &s.blocks[b],
		out:    pointer(s.out),
		ids:    pointer(s.ids),
		steps:  p.steps,
		panels: panels,
		first:  first,
		masks:  pointer(s.masks),
		config: &allTiles,
	}
	if c.path == pathAMX {
		tilesAMX(&s.tiles)
		if s.tiles.slots > 0 {
			selectAMX(&s.tiles)
		}
		return
	}
	tilesAVX512(&s.tiles)
	if s.tiles.slots > 0 {
		selectAVX512(&s.tiles)
	}
}

// collect appends the marked candidates of tile b.
func (c *Centroids) collect(b int, s *Scratch) {
	rows := &s.blocks[b]
	found := s.found[b]
	width := c.packed.width
	for slot := range s.tiles.slots {
		panel := int(s.ids[slot])
		bd := &c.packed.bounds[panel]
		for at, m := range s.masks[slot*width : (slot+1)*width] {
			for ; m != 0; m &= m - 1 {
				r := bits.TrailingZeros32(m)
				score := s.out[(slot*width+at)*rowsPerTile+r]
				found = append(found, candidate{
					upper: score + bd.error(rows, r),
					row:   int32(r),
					id:    c.packed.ids[panel*width+at],
				})
			}
		}
	}
	s.found[b] = found
}

// error returns a little more than the kernel's error bound for row r.
func (b *bound) error(rows *tileRows, r int) float32 {
	return (b.scale*rows.norm[r] + b.residue*rows.residue[r] + b.add) * (1 + 4*unit32)
}

// settle labels the rows [lo, hi) of tile b that have one candidate left, and
// lists the pairs of the others.
func (c *Centroids) settle(x []float32, labels []int32, lo, hi, b int, s *Scratch) {
	rows := &s.blocks[b]
	clear(s.count[:])
	kept := s.found[b][:0]
	for _, f := range s.found[b] {
		r := f.row
		// Later chunks may have raised the lower bound.
		if f.upper >= rows.lower[r]-rows.slack[r] && int(r) < hi-lo {
			s.count[r]++
			labels[lo+int(r)] = f.id
			kept = append(kept, f)
		}
	}
	s.found[b] = kept
	// The pairs of a row follow one another, so that resolve needs no table.
	base, open := len(s.pairs), int32(0)
	for r := range hi - lo {
		n := s.count[r]
		s.count[r] = -1
		switch {
		case n == 0 || !(rows.square[r] <= maxSquare): // scores overflowed
			labels[lo+r] = c.nearestExact(x[(lo+r)*c.d:(lo+r+1)*c.d], s)
		case n > 1:
			s.count[r] = open
			open += n
		}
	}
	if open == 0 {
		return
	}
	s.pairs = slices.Grow(s.pairs, int(open))[:base+int(open)]
	for _, f := range kept {
		if at := s.count[f.row]; at >= 0 {
			s.pairs[base+int(at)] = pair{int32(lo) + f.row, f.id}
			s.count[f.row]++
		}
	}
}
