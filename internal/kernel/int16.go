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

// A reference is what a panel holds of a centroid that stays where it is.
type reference struct {
	at            int
	half, inverse float32
	id            int32
	panel         int32
}

// listReferences lists them for all centroids, and the bounds for each panel and those before it.
func (p *packed) listReferences() {
	p.references = make([]reference, len(p.ids))
	for place, id := range p.ids {
		panel, col := place/p.width, place%p.width
		halves := p.halves[panel*p.halfWords:]
		p.references[place] = reference{p.at[place], halves[col], halves[8+col], id, int32(panel)}
	}
	p.upTo = slices.Clone(p.bounds)
	for i := 1; i < len(p.upTo); i++ {
		p.upTo[i].include(p.upTo[i-1])
	}
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
	none := float32(math.Inf(1))
	last := int32(0) // of the panels that they are from
	for panel := range to.panels {
		halves := (*[16]float32)(to.halves[panel*16:])
		first := panel * p.width
		of := places[first:min(first+p.width, n)]
		for col, place := range of {
			r := &p.references[place]
			to.ids[first+col], to.at[first+col] = r.id, r.at
			halves[col], halves[8+col] = r.half, r.inverse
			last = max(last, r.panel)
		}
		for col := len(of); col < p.width; col++ {
			to.at[first+col], halves[col], halves[8+col] = to.at[first], none, 0
		}
	}
	// One bound for all panels, so that rows may look at the scores alone.
	for i := range to.bounds {
		to.bounds[i] = p.upTo[last]
	}
}
