package kernel

import (
	"cmp"
	"math"
	"slices"
	"unsafe"
)

// rowsPerTile is how many rows every tile kernel takes, as two registers of 16.
const rowsPerTile = 32

// packed is the form of the centroids that one path's tiles read.
type packed struct {
	shape
	inner   bool      // scores are inner products: no shift, no halves
	shift   []float32 // subtracted from rows and centroids, padded with zeros
	squares []float64 // of each cluster's centroid, about the shift
	ids     []int32   // the cluster of each packed centroid, in panel order
	twins   []bool    // the clusters that equal ones were dropped for, or nil
	panels  int
	values  []float32 // [panel][panelWords]; of low precision, two values to a word
	halves  []float32 // [panel][halfWords]; of int16, then what a unit of each is worth
	at      []int     // of int16: each packed centroid's place in values, in bytes
	bounds  []bound   // per panel

	references []reference // of int16: to each packed centroid
	upTo       []bound     // of int16: per panel, for it and all before it
}

// pack shifts the centroids to their middle, drops those equal to a lower one,
// which they can only tie with, and packs the others by their norm, so that the
// centroids of a panel share a tight error bound. It returns nil when a score
// might overflow.
func pack(c *Centroids, sh shape) *packed {
	p := &packed{shape: sh, inner: c.inner}
	if c.inner {
		p.shift, p.squares = make([]float32, (c.d+31)/32*32), make([]float64, c.k)
		c.squaresFrom(p.shift, p.squares)
	} else {
		p.shift, p.squares = middle(c)
	}
	for _, q := range p.squares {
		if !(q <= maxSquare) {
			return nil
		}
	}
	p.ids, p.twins = distinct(c, p.squares)
	p.packPanels(c)
	if p.path == pathInt16 {
		p.listReferences()
	}
	return p
}

// packPanels packs the centroids p.ids, into the buffers of p where these suffice.
func (p *packed) packPanels(c *Centroids) {
	p.reserve(len(p.ids))
	var buffer [32]float64
	squares := buffer[:p.width]
	for i := range p.panels {
		ids := p.ids[i*p.width : min((i+1)*p.width, len(p.ids))]
		values := p.values[i*p.panelWords : (i+1)*p.panelWords]
		halves := p.halves[i*p.halfWords : (i+1)*p.halfWords]
		for at, id := range ids {
			squares[at] = p.squares[id]
		}
		norm := math.Sqrt(slices.Max(squares[:len(ids)])) * (1 + 8*unit32)
		switch p.path {
		case pathAMX:
			residue := p.packBF16(c, ids, squares, values, halves)
			p.bounds[i] = boundBF16(p.d, norm, p.half(norm*norm), residue)
		case pathInt16:
			residue := p.packInt16(c, ids, squares, values, halves)
			p.bounds[i] = boundInt16(p.d, norm, p.half(norm*norm), residue)
			for at := range p.width {
				p.at[i*p.width+at] = 4 * p.stride * (i*p.width + min(at, len(ids)-1))
			}
		default:
			p.packFloat32(c, ids, squares, values, halves)
			p.bounds[i] = boundFloat32(p.d, norm, p.half(norm*norm))
		}
	}
}

// half returns what is subtracted from the inner product with a centroid of this squared norm.
func (p *packed) half(square float64) float64 {
	if p.inner {
		return 0
	}
	return square / 2
}

// reserve makes room for n centroids. What no centroid will cover is zero or of
// an earlier one of the same shape, hence finite.
func (p *packed) reserve(n int) {
	p.panels = (n + p.width - 1) / p.width
	if n := p.panels*p.panelWords + 2; len(p.values) < n { // pickAVX2 reads two words more
		p.values = aligned(n)
	}
	if n := p.panels * p.halfWords; len(p.halves) < n {
		p.halves = aligned(n)
	}
	p.bounds = slices.Grow(p.bounds[:0], p.panels)[:p.panels]
	if p.path == pathInt16 {
		p.at = slices.Grow(p.at[:0], p.panels*p.width)[:p.panels*p.width]
	}
}

// packFloat32 writes a panel as [dimension][width], and half the squared norms,
// +Inf where there is no centroid.
func (p *packed) packFloat32(c *Centroids, ids []int32, squares []float64, values, halves []float32) {
	for at := range halves {
		halves[at] = float32(math.Inf(1))
	}
	shift := p.shift[:c.d]
	for at, id := range ids {
		halves[at] = float32(p.half(squares[at]))
		row := c.Row(int(id))[:len(shift)]
		for t, m := range shift {
			values[t*p.width+at] = row[t] - m
		}
	}
}

// packBF16 writes a panel as tiles of 16 centroids x 32 dimensions in bf16, the
// halves as tiles of 16 centroids x 16 equal values, negated, and returns the
// largest norm of what rounding took from a centroid.
func (p *packed) packBF16(c *Centroids, ids []int32, squares []float64, values, halves []float32) float64 {
	for at := range halves {
		halves[at] = float32(math.Inf(-1))
	}
	shift := p.shift[:c.d]
	most := 0.0
	for at, id := range ids {
		for l := range 16 {
			halves[at*16+l] = float32(-p.half(squares[at]))
		}
		row := c.Row(int(id))[:len(shift)]
		tile := values[at/16*256+at%16*16:]
		lost := 0.0
		for t := 0; t < len(row); t += 2 {
			v := row[t] - shift[t]
			low := math.Float32bits(v) + 0x8000
			r := float64(v - math.Float32frombits(low&^0xffff))
			lost += r * r
			word := low >> 16
			if t+1 < len(row) {
				v := row[t+1] - shift[t+1]
				high := (math.Float32bits(v) + 0x8000) &^ 0xffff
				r := float64(v - math.Float32frombits(high))
				lost += r * r
				word |= high
			}
			tile[t/32*512+t%32/2] = math.Float32frombits(word)
		}
		most = max(most, lost)
	}
	return math.Sqrt(most+float64(c.d)*0x1p-250) * (1 + 4*unit32)
}

// distinct returns the clusters whose centroid is not equal to a lower one, by
// rising norm, and which of them have equals. Equal centroids have equal norms, so
// only runs of these are looked at.
func distinct(c *Centroids, squares []float64) (kept []int32, twins []bool) {
	ids := make([]int32, c.k)
	for j := range ids {
		ids[j] = int32(j)
	}
	slices.SortFunc(ids, func(a, b int32) int {
		return cmp.Or(cmp.Compare(squares[a], squares[b]), cmp.Compare(a, b))
	})
	kept = ids[:0]
	var seen map[string]int32
	for lo := 0; lo < len(ids); {
		hi := lo + 1
		for hi < len(ids) && squares[ids[hi]] == squares[ids[lo]] {
			hi++
		}
		if hi == lo+1 {
			kept = append(kept, ids[lo])
		} else {
			if seen == nil {
				seen = map[string]int32{}
			}
			clear(seen)
			for _, id := range ids[lo:hi] {
				key := rowKey(c.Row(int(id)))
				first, ok := seen[key]
				if !ok {
					seen[key] = id
					kept = append(kept, id)
					continue
				}
				if twins == nil {
					twins = make([]bool, c.k)
				}
				twins[first] = true
			}
		}
		lo = hi
	}
	return slices.Clip(kept), twins
}

// rowKey returns the bytes of a row, the two zeros as one.
func rowKey(row []float32) string {
	b := make([]byte, 0, 4*len(row))
	for _, v := range row {
		u := math.Float32bits(v + 0) // -0 + 0 is 0
		b = append(b, byte(u), byte(u>>8), byte(u>>16), byte(u>>24))
	}
	return string(b)
}

// middle returns a point that most centroids lie around: any point would be
// right, a near one keeps the bounds tight. It is their mean; where some lie far
// out, the mean of the half nearest to it, twice, since one centroid of 1e6 would
// otherwise shift data of 1e-3 by more than float32 can hold. It also returns the
// squared distances of the centroids from it.
func middle(c *Centroids) (m []float32, squares []float64) {
	m = meanOf(c, nil)
	squares = make([]float64, c.k)
	for again := range 3 {
		c.squaresFrom(m, squares)
		sum, least, most := 0.0, math.Inf(1), 0.0
		for _, q := range squares {
			sum, least, most = sum+q, min(least, q), max(most, q)
		}
		if again == 2 || !(most > 64*sum/float64(c.k)) && !(most > 1e6*least) {
			break
		}
		sorted := slices.Clone(squares)
		slices.Sort(sorted)
		limit := sorted[(c.k-1)/2]
		m = meanOf(c, func(j int) bool { return squares[j] <= limit })
	}
	return m, squares
}

// squaresFrom sets squares to the squared distances of the centroids from m.
func (c *Centroids) squaresFrom(m []float32, squares []float64) {
	var e exact
	e.d = c.d
	for l := range e.b {
		e.b[l] = pointer(m)
	}
	for j := 0; j < c.k; j += exactWidth {
		for l := range e.a {
			e.a[l] = unsafe.Pointer(&c.rows[min(j+l, c.k-1)*c.d])
		}
		e.run()
		copy(squares[j:], e.out[:])
	}
}

// meanOf returns the mean of the chosen centroids, or of all, padded to a
// multiple of 32 dimensions.
func meanOf(c *Centroids, chosen func(j int) bool) []float32 {
	sums := make([]float64, c.d)
	n := 0.0
	for j := range c.k {
		if chosen != nil && !chosen(j) {
			continue
		}
		n++
		for t, v := range c.Row(j) {
			sums[t] += float64(v)
		}
	}
	m := make([]float32, (c.d+31)/32*32)
	for t, s := range sums {
		m[t] = float32(s / n)
	}
	return m
}

// aligned returns n zeros that begin at a cache line.
func aligned(n int) []float32 {
	const line = 64
	s := make([]float32, n+line/4)
	off := int(-uintptr(unsafe.Pointer(unsafe.SliceData(s)))%line) / 4
	return s[off : off+n : off+n]
}
