package kernel

import (
	"math"
	"math/bits"
	"slices"
	"unsafe"
)

// work is a call's rows and where their results go.
type work struct {
	x            []float32
	rows         []int32 // which rows; nil means all
	n            int     // how many
	labels       []int32
	upper, lower []float32 // bounds of distances, or nil

	p *packed // the centroids to be scored
}

// row returns the number in x of the i-th row to be assigned.
func (w *work) row(i int) int {
	if w.rows == nil {
		return i
	}
	return int(w.rows[i])
}

// assignTiles labels the rows from the given one on by tiles. The rows of a block are packed once, then
// a chunk of panels at a time, which stays in the cache, meets all of them. Where
// bf16 leaves too many candidates open, the blocks that follow take float32.
func (c *Centroids) assignTiles(w *work, from int, s *Scratch) {
	for lo := from; lo < w.n; {
		s.reserve(w.p)
		hi := min(lo+s.perCall*rowsPerTile, w.n)
		c.assignBlock(w, lo, hi, s)
		lo = hi
		if w.p == c.packed && c.path.coarse() && s.candidates > c.manyFor(s.perCall) {
			c.blurred.Store(true)
			w.p = c.float32Panels()
		}
	}
}

// manyFor returns how many candidates in a number of tiles make float32 scores the
// faster choice: about 8 + 0.07 d ns each, against 0.0105 k d ns per row (AVX-512).
func (c *Centroids) manyFor(tiles int) int {
	perRow := 0.0105 * float64(c.k*c.d) / (8 + 0.07*float64(c.d))
	return int(perRow+4) * tiles * rowsPerTile
}

// float32Panels returns the centroids packed in float32, also on a coarse path.
func (c *Centroids) float32Panels() *packed {
	c.packFine.Do(func() {
		p := c.packed
		c.fine = &packed{
			shape: c.path.fine().shape(c.d),
			inner: p.inner, shift: p.shift, squares: p.squares, ids: p.ids, twins: p.twins,
		}
		c.fine.packPanels(c)
	})
	return c.fine
}

// assignBlock labels rows [lo, hi) of w.
func (c *Centroids) assignBlock(w *work, lo, hi int, s *Scratch) {
	n := (hi - lo + rowsPerTile - 1) / rowsPerTile
	for b := range n {
		c.packRows(w, lo+b*rowsPerTile, b, s)
	}
	ahead := 0
	for first := 0; first < w.p.panels; first += s.chunk {
		panels := min(s.chunk, w.p.panels-first)
		for b := range n {
			if w.p.path == pathAMX {
				ahead += c.lookAhead(w, hi+ahead, panels, s)
			}
			w.p.score(b, first, panels, w.upper != nil, s)
			w.p.runSelect(&s.tiles)
			w.p.collect(b, s)
		}
	}
	for b := range n {
		from := lo + b*rowsPerTile
		c.settle(w, from, min(from+rowsPerTile, hi), b, s)
	}
	s.candidates = len(s.pairs)
	c.resolve(w, s)
}

// packRows packs the rows from lo on as tile b. Those past the end repeat the last.
func (c *Centroids) packRows(w *work, lo, b int, s *Scratch) {
	for r := range s.offsets {
		s.offsets[r] = 4 * c.d * w.row(min(lo+r, w.n-1))
	}
	rows := &s.blocks[b]
	s.packing = packing{
		dst:     unsafe.Pointer(&s.x[b*w.p.rowWords]),
		src:     pointer(w.x),
		offsets: &s.offsets,
		shift:   pointer(w.p.shift),
		d:       c.d,
		squares: &rows.square,
	}
	s.packing.residues = &rows.lost
	s.packing.blocks = 2 * w.p.steps
	s.packing.scales, s.packing.rows = &s.scales, rowsPerTile
	s.packing.inverse = &rows.inverse
	s.packing.tail = &s.tail
	w.p.runPack(&s.packing)
	if w.p.path == pathAMX {
		for r, q := range rows.lost {
			rows.residue[r] = rowNorm(q, c.d)
		}
	}
	none := float32(math.Inf(-1))
	for r, q := range rows.square {
		rows.norm[r] = rowNorm(q, c.d)
		if w.p.path == pathInt16 {
			rows.norm[r] = max(rows.norm[r], minInt16Norm)
		}
		rows.slack[r] = rowSlack(q, c.d)
		rows.lower[r], rows.upper[r], rows.second[r] = none, none, none
	}
	s.found[b], s.crowded[b] = s.found[b][:0], false
}

// lookAhead chooses the rows that scoring n panels brings from memory: one each, as
// a panel has as many steps as a row has pairs of cache lines. It returns how many
// of them are new. Packing waited for memory otherwise: 235 of 940 ns per row
// (workload A).
func (c *Centroids) lookAhead(w *work, from, n int, s *Scratch) int {
	fresh := max(min(n, w.n-from), 0)
	for i := range n {
		s.ahead[i] = unsafe.Pointer(&w.x[c.d*w.row(min(from+i, w.n-1))])
	}
	return fresh
}

// score runs the tile kernels on tile b and panels [first, first + panels).
func (p *packed) score(b, first, panels int, second bool, s *Scratch) {
	s.tiles = tiles{
		x:      unsafe.Pointer(&s.x[b*p.rowWords]),
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
		ahead:  unsafe.Pointer(&s.ahead),
	}
	if p.path == pathInt16 {
		s.tiles.c, s.tiles.at = pointer(p.values), unsafe.Pointer(&p.at[first*p.width])
	} else {
		s.tiles.c = unsafe.Pointer(&p.values[first*p.panelWords])
	}
	p.runTiles(&s.tiles, second)
}

// collect appends the marked candidates of tile b.
func (p *packed) collect(b int, s *Scratch) {
	found := s.found[b]
	if s.crowded[b] {
		return
	}
	for slot := range s.tiles.slots {
		masks := s.masks[slot*p.width : (slot+1)*p.width]
		// Most words are zero: two at a time.
		for at := 0; at+1 < len(masks); at += 2 {
			if masks[at]|masks[at+1] != 0 {
				found = p.take(found, masks[at], slot, at, b, s)
				found = p.take(found, masks[at+1], slot, at+1, b, s)
			}
		}
	}
	if len(found) > max(crowd, 2*len(p.ids)) {
		s.crowded[b], found = true, found[:0]
	}
	s.found[b] = found
}

// take appends the rows marked in m, of centroid at of a slot.
func (p *packed) take(found []candidate, m uint32, slot, at, b int, s *Scratch) []candidate {
	panel := int(s.ids[slot])
	for ; m != 0; m &= m - 1 {
		r := bits.TrailingZeros32(m)
		score := s.out[(slot*p.width+at)*rowsPerTile+r]
		found = append(found, candidate{
			upper: score + p.bounds[panel].error(&s.blocks[b], r),
			row:   int32(r),
			id:    p.ids[panel*p.width+at],
		})
	}
	return found
}

// error returns a little more than the kernel's error bound for row r.
func (b *bound) error(rows *tileRows, r int) float32 {
	return (b.scale*rows.norm[r] + b.residue*rows.residue[r] + b.add) * (1 + 4*unit32)
}

// settle labels the rows [lo, hi) of w, tile b, that have one candidate left, and
// lists the pairs of the others.
func (c *Centroids) settle(w *work, lo, hi, b int, s *Scratch) {
	rows := &s.blocks[b]
	clear(s.count[:])
	kept := s.found[b][:0]
	for _, f := range s.found[b] {
		r := f.row
		// Later chunks may have raised the lower bound.
		if f.upper >= rows.lower[r]-rows.slack[r] && int(r) < hi-lo {
			s.count[r]++
			w.labels[w.row(lo+int(r))] = f.id
			kept = append(kept, f)
		}
	}
	s.found[b] = kept
	// The pairs of a row follow one another.
	base, open := len(s.pairs), int32(0)
	for r := range hi - lo {
		n, row := s.count[r], w.row(lo+r)
		s.count[r] = -1
		switch {
		case n == 0 || !(rows.square[r] <= maxSquare): // scores overflowed
			c.assignExact(w, row, s)
		case n > 1:
			s.count[r] = open
			open += n
			s.open = append(s.open, openRow{int32(row), n, rows.distance2(r, rows.lower[r], c.d)})
		case w.upper != nil:
			w.upper[row] = rootUp(rows.distance2Above(r, c.d))
			w.lower[row] = c.lowerFor(w, row, rows.distance2(r, rows.second[r], c.d))
		}
	}
	if open == 0 {
		return
	}
	s.pairs = slices.Grow(s.pairs, int(open))[:base+int(open)]
	for _, f := range kept {
		if at := s.count[f.row]; at >= 0 {
			s.pairs[base+int(at)] = pair{int32(w.row(lo + int(f.row))), f.id}
			s.count[f.row]++
		}
	}
}
