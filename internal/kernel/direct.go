package kernel

import (
	"math/bits"
	"unsafe"
)

// maxDirectD is the highest dimension of path direct. With few dimensions the
// scores cost less than storing and selecting them, so only the panel of a row's
// largest upper bound is remembered, or a group of them, and scored again when all were met.
const maxDirectD = 16

// assignDirect labels the rows of w. Rows which two panels may win are left to the
// tiles; where these are more than a few, so are all others.
func (c *Centroids) assignDirect(w *work, s *Scratch) {
	s.reserve(w.p)
	s.retry = s.retry[:0]
	lo := 0
	for lo < w.n && !c.crowded.Load() {
		hi := min(lo+s.perCall*rowsPerTile, w.n)
		before := len(s.retry)
		c.directBlock(w, lo, hi, s)
		if n := len(s.retry) - before; n > 8 && n > (hi-lo)/4 {
			c.crowded.Store(true)
		}
		lo = hi
	}
	if len(s.retry) > 0 {
		left := *w
		left.rows, left.n = s.retry, len(s.retry)
		c.assignTiles(&left, 0, s)
	}
	c.assignTiles(w, lo, s)
}

// directBlock labels rows [lo, hi) of w, or lists them in s.retry.
func (c *Centroids) directBlock(w *work, lo, hi int, s *Scratch) {
	n := (hi - lo + rowsPerTile - 1) / rowsPerTile
	for b := range n {
		c.packRows(w, lo+b*rowsPerTile, b, s)
		s.blocks[b].winner = [rowsPerTile]int32{}
	}
	for first := 0; first < w.p.panels; first += s.chunk {
		for b := range n {
			w.p.aim(b, first, min(s.chunk, w.p.panels-first), s)
			w.p.runScan(&s.tiles)
		}
	}
	for b := range n {
		w.p.aim(b, 0, w.p.panels, s)
		w.p.runPick(&s.tiles)
		from := lo + b*rowsPerTile
		c.settleDirect(w, from, min(from+rowsPerTile, hi), b, s)
	}
	s.candidates = len(s.pairs)
	c.resolve(w, s)
}

// aim makes s.tiles the argument for tile b and panels [first, first + panels).
func (p *packed) aim(b, first, panels int, s *Scratch) {
	t := &s.tiles
	t.x = unsafe.Pointer(&s.x[b*p.rowWords])
	t.c = unsafe.Pointer(&p.values[first*p.panelWords])
	t.halves = unsafe.Pointer(&p.halves[first*p.halfWords])
	t.bounds = unsafe.Pointer(&p.bounds[first])
	t.rows = &s.blocks[b]
	t.out = pointer(s.out)
	t.masks = pointer(s.masks)
	t.steps, t.panels, t.first, t.group = p.steps, panels, first, p.group
}

// settleDirect labels the rows [lo, hi) of w, tile b, that one centroid may win,
// and lists the others: the pairs where one panel holds them, else the row.
func (c *Centroids) settleDirect(w *work, lo, hi, b int, s *Scratch) {
	rows, p := &s.blocks[b], w.p
	for r := range hi - lo {
		row, m := w.row(lo+r), s.masks[r]
		ids := p.ids[int(rows.winner[r])*p.width:]
		switch {
		case !(rows.square[r] <= maxSquare): // scores overflowed
			c.assignExact(w, row, s)
		case m == 0 || rows.second[r] >= rows.lower[r]-rows.slack[r]:
			s.retry = append(s.retry, int32(row))
		case m&(m-1) == 0:
			at := bits.TrailingZeros32(m)
			w.labels[row] = ids[at]
			if w.upper == nil {
				continue
			}
			second := max(rows.second[r], s.out[r]) // of other panels, of this one
			w.upper[row] = rootUp(rows.distance2Above(r, c.d))
			w.lower[row] = c.lowerFor(w, row, rows.distance2(r, second, c.d))
		default:
			s.open = append(s.open, openRow{
				int32(row), int32(bits.OnesCount32(m)),
				rows.distance2(r, rows.lower[r], c.d),
			})
			for ; m != 0; m &= m - 1 {
				s.pairs = append(s.pairs, pair{int32(row), ids[bits.TrailingZeros32(m)]})
			}
		}
	}
}
