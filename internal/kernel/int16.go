package kernel

import (
	"math"
	"slices"
)

// int16Norm is the norm of rows and centroids in 16-bit units: no component exceeds
// 32767, and no sum of products 2^31, whichever dimensions were summed.
const int16Norm = 32000

// minInt16Norm is the norm below which units do not shrink any further.
const minInt16Norm = 0x1p-60

// packInt16 writes a panel as one centroid after another, two dimensions to a word,
// and returns the largest norm of what rounding took from a centroid.
func (p *packed) packInt16(c *Centroids, ids []int32, squares []float64, values, halves []float32) float64 {
	none := float32(math.Inf(1))
	for at := range p.width {
		halves[at], halves[8+at] = none, 0
	}
	shift := p.shift[:c.d]
	most := 0.0
	for at, id := range ids {
		norm := math.Sqrt(squares[at])*(1+8*unit32) + minInt16Norm
		scale := float32(int16Norm / norm)
		halves[at], halves[8+at] = float32(p.half(squares[at])), 1/scale
		row := c.Row(int(id))[:len(shift)]
		words := values[at*p.stride : (at+1)*p.stride]
		clear(words)
		lost := 0.0
		for t, m := range shift {
			v := float64(row[t]-m) * float64(scale)
			q := math.RoundToEven(v)
			lost += (v - q) * (v - q)
			word := math.Float32bits(words[t/2]) | uint32(uint16(int16(q)))<<(t%2*16)
			words[t/2] = math.Float32frombits(word)
		}
		most = max(most, lost/(float64(scale)*float64(scale)))
	}
	return math.Sqrt(most) * (1 + 4*unit32)
}

// refer makes to the panels of the centroids at the given places of p, which stay
// where they are.
func (p *packed) refer(places []int32, to *packed) {
	n := len(places)
	to.shape, to.shift = p.shape, p.shift
	to.panels = (n + p.width - 1) / p.width
	to.values = p.values
	to.ids = slices.Grow(to.ids[:0], n)[:n]
	to.at = slices.Grow(to.at[:0], to.panels*p.width)[:to.panels*p.width]
	to.bounds = slices.Grow(to.bounds[:0], to.panels)[:to.panels]
	to.halves = slices.Grow(to.halves[:0], to.panels*p.halfWords)[:to.panels*p.halfWords]
	var all bound // for all panels, so that rows may look at the scores alone
	none := float32(math.Inf(1))
	for at := range to.at {
		panel, col := at/p.width, at%p.width
		halves := to.halves[panel*p.halfWords : (panel+1)*p.halfWords]
		if at >= n {
			to.at[at], halves[col], halves[8+col] = to.at[at-col], none, 0
			continue
		}
		place := int(places[at])
		from, in := place/p.width, place%p.width
		to.ids[at], to.at[at] = p.ids[place], p.at[place]
		all.include(p.bounds[from])
		halves[col] = p.halves[from*p.halfWords+in]
		halves[8+col] = p.halves[from*p.halfWords+8+in]
	}
	for i := range to.bounds {
		to.bounds[i] = all
	}
}
