package kernel

import (
	"cmp"
	"math"
	"slices"
	"unsafe"
)

// pairing is the argument of the kernel that scores two rows against panels of
// centroids, each of its own neighbours.
type pairing struct {
	x         unsafe.Pointer // the first row; the second is stride bytes on
	c         unsafe.Pointer
	at        unsafe.Pointer // [panels][w]int, the centroids' places in bytes from c
	halves    unsafe.Pointer // [panels][16]float32
	inverse   unsafe.Pointer // of the two rows
	out       unsafe.Pointer // the first row's scores; two more than there are centroids are written
	stride    int
	blocks    int // of 16 dimensions
	panels    int
	outStride int // in bytes, to the second row's scores
}

// pairPanels is how many panels meet one pair of rows after another: about 24 kB of
// centroids of 384 dimensions, which stay in the L1 cache.
const pairBytes = 20 << 10

// rings is into how many rings of equal area a neighbourhood is divided.
const rings = 32

// reaches are the outer radii of the rings, in radii of the neighbourhood, rounded down.
var reaches = func() (r [rings]float32) {
	for i := range r {
		r[i] = float32(math.Sqrt(float64(i+1)/rings)) * (1 - 0x1p-20)
	}
	return r
}()

// ring returns the ring around centre a of what is at a squared distance: it rises with it.
func (s *Near) ring(a int, square float32) uint8 {
	switch v := square * s.perRing[a]; {
	case v >= rings-1:
		return rings - 1
	case v > 0:
		return uint8(v)
	default: // NaN too: not known, so near
		return 0
	}
}

// sortRings lists the neighbours of centre a, found in these rings, by their rings.
func (s *Near) sortRings(a int, found []int32, of []uint8) {
	var ends [rings]int32
	for _, r := range of {
		ends[r]++
	}
	var at [rings]int32
	sum := int32(0)
	for r, n := range ends {
		at[r] = sum
		sum += n
		ends[r] = sum
	}
	list := s.lists[a]
	for i, r := range of {
		list[at[r]] = found[i]
		at[r]++
	}
	s.ends[a] = ends
}

// within returns the ring of the last neighbours that a row at most u away from centre
// a may be nearer to: those twice as far away. A little more makes the lower bounds last.
func (s *Near) within(a int, u float32) uint8 { return s.ring(a, 4*reachFurther*reachFurther*u*u) }

// reachFurther is how many times as far as needed a row's neighbours are sought.
const reachFurther = 1.1

// Few tells whether a row at most u away from centre a, with bounds as Assign asks for,
// is assigned sooner among the neighbours than among all centroids.
func (s *Near) Few(a int, u float32) bool {
	return s.c.path != pathInt16 || int(s.ends[a][s.within(a, u)])*4 < 3*len(s.c.packed.ids)
}

// A nearRow is a row to be assigned among the first of its neighbours.
type nearRow struct {
	upper float32 // its distance to the centre
	row   int32
	few   int32 // how many neighbours it meets
}

// assignPairs is Near.Assign in 16-bit integers. Rows in order of their bounds meet as
// many of the neighbours, in order of distance, as they need. A row that none of them is
// as near to as the centre, where this is no centroid itself, gets the label -1.
func (s *Near) assignPairs(w *work, a int, scratch *Scratch) {
	list := scratch.list[:0]
	for _, r := range w.rows {
		u := w.upper[r]
		list = append(list, nearRow{u, r, s.ends[a][s.within(a, u)]})
	}
	slices.SortFunc(list, func(a, b nearRow) int { return cmp.Compare(a.upper, b.upper) })
	scratch.list = list
	for lo := 0; lo < len(list); lo += rowsPerTile {
		s.pairBlock(w, a, list[lo:min(lo+rowsPerTile, len(list))], scratch)
	}
	s.c.resolve(w, scratch)
	for _, r := range list {
		// The neighbours that it did not meet, and all others, lie beyond the ring.
		beyond := s.radius[a] * reaches[s.within(a, r.upper)]
		w.lower[r.row] = min(w.lower[r.row], outwardLower(beyond-r.upper))
	}
}

// packApart packs the n rows of scratch.offsets one by one.
func (c *Centroids) packApart(w *work, n int, scratch *Scratch) {
	rows, p := &scratch.blocks[0], w.p
	scratch.reserve(p)
	scratch.packing = packing{
		dst: pointer(scratch.x), src: pointer(w.x), offsets: &scratch.offsets, shift: pointer(p.shift), d: p.d,
		squares: &rows.square, scales: &scratch.scales, rows: n, stride: 4 * p.stride,
		inverse: &rows.inverse, tail: &scratch.tail,
	}
	p.runPack(&scratch.packing)
	for r, q := range rows.square[:n] {
		rows.norm[r] = max(rowNorm(q, c.d), minInt16Norm)
		rows.slack[r] = rowSlack(q, c.d)
	}
}

// pairBlock assigns at most 32 rows.
func (s *Near) pairBlock(w *work, a int, list []nearRow, scratch *Scratch) {
	p := w.p
	for i := range scratch.offsets {
		scratch.offsets[i] = 4 * p.d * int(list[min(i, len(list)-1)].row)
	}
	s.c.packApart(w, len(list), scratch)
	most := int(list[len(list)-1].few)
	outStride := (most/p.width+1)*p.width + 2
	if need := outStride * (rowsPerTile + 1); len(scratch.scores) < need {
		scratch.scores = make([]float32, need)
	}
	rows := &scratch.blocks[0]
	pairs := &scratch.pairing
	pairs.c, pairs.stride, pairs.blocks = pointer(p.values), 4*p.stride, p.stride/8
	pairs.outStride = 4 * outStride
	chunk := max(pairBytes/(4*p.panelWords), 1)
	for first := 0; first*p.width < most; first += chunk {
		pairs.at = unsafe.Pointer(&p.at[first*p.width])
		pairs.halves = unsafe.Pointer(&p.halves[first*p.halfWords])
		// Those that meet the most come last.
		for i := (len(list) - 1) / 2 * 2; i >= 0; i -= 2 {
			few := int(list[min(i+1, len(list)-1)].few)
			pairs.panels = min((few+p.width-1)/p.width-first, chunk)
			if pairs.panels <= 0 {
				break
			}
			pairs.x = unsafe.Pointer(&scratch.x[i*p.stride])
			pairs.inverse = unsafe.Pointer(&rows.inverse[i])
			pairs.out = unsafe.Pointer(&scratch.scores[i*outStride+first*p.width])
			runPair(pairs)
		}
	}
	for i, r := range list {
		s.pick(w, a, r, i, scratch.scores[i*outStride:][:r.few], scratch)
	}
}

// pick labels the i-th row of a block by its scores, or lists its pairs.
func (s *Near) pick(w *work, a int, r nearRow, i int, scores []float32, scratch *Scratch) {
	c, rows := s.c, &scratch.blocks[0]
	none := float32(math.Inf(-1))
	best, second, at := none, none, -1
	for j, v := range scores {
		if v > second {
			if v > best {
				best, second, at = v, best, j
			} else {
				second = v
			}
		}
	}
	if !(rows.square[i] <= maxSquare) { // scores overflowed
		c.assignExact(w, int(r.row), scratch)
		return
	}
	if at < 0 {
		w.labels[r.row] = -1 // none is near
		return
	}
	// The panels' bounds are those of the whole list.
	e := w.p.bounds[0].error(rows, i)
	if rootDown(rows.distance2(i, best+e, c.d)) > r.upper {
		w.labels[r.row] = -1 // all are farther than the centre
		return
	}
	rows.lower[i] = best - e
	limit := best - e - rows.slack[i]
	if second+e < limit {
		w.labels[r.row] = w.p.ids[at]
		w.upper[r.row] = rootUp(rows.distance2Above(i, c.d))
		w.lower[r.row] = c.lowerFor(w, int(r.row), rows.distance2(i, second+e, c.d))
		return
	}
	n := int32(0)
	for j, v := range scores {
		if v+e >= limit {
			scratch.pairs = append(scratch.pairs, pair{r.row, w.p.ids[j]})
			n++
		}
	}
	scratch.open = append(scratch.open, openRow{r.row, n, rows.distance2(i, rows.lower[i], c.d)})
}
