//go:build amd64 && !noasm

package kernel

import "unsafe"

// tailOffsets are those of rows that stand in a buffer, 16 dimensions each.
var tailOffsets = func() (o [rowsPerTile]int) {
	for r := range o {
		o[r] = 64 * r
	}
	return o
}()

// packInt16 packs 32 rows. What follows the last whole block of 16 dimensions is
// packed from a copy that zeros fill up.
func (a *packing) packInt16() {
	whole, rest := *a, *a
	whole.blocks, rest.blocks = a.d/16, 0
	if from := a.d / 16 * 16; from < a.d {
		rest.blocks = 1
		rest.src, rest.offsets = unsafe.Pointer(a.tail), &tailOffsets
		rest.shift = unsafe.Add(a.shift, 4*from)
		rest.dst = unsafe.Add(a.dst, 4*rowsPerTile*from/2)
		if a.stride > 0 {
			rest.dst = unsafe.Add(a.dst, 2*from)
		}
		for r, off := range a.offsets[:a.rows] {
			a.tail[r] = [16]float32{}
			copy(a.tail[r][:], row(unsafe.Add(a.src, off), a.d)[from:])
		}
	}
	*a.squares = [rowsPerTile]float32{}
	for _, part := range []*packing{&whole, &rest} {
		if part.blocks > 0 {
			normsInt16(part)
		}
	}
	for r, q := range a.squares[:a.rows] {
		scale := int16Norm / max(rowNorm(q, a.d), minInt16Norm)
		a.scales[r], a.inverse[r] = scale, 1/scale
		if !(q <= maxSquare) {
			a.scales[r], a.inverse[r] = 0, 0 // evaluated as specified
		}
	}
	for _, part := range []*packing{&whole, &rest} {
		switch {
		case part.blocks == 0:
		case part.stride > 0:
			rowsInt16(part)
		default:
			packInt16(part)
		}
	}
}
