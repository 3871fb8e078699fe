package kernel

import "unsafe"

// AVX2 has no masked loads worth having: its kernels take whole registers, and
// what follows adds the dimensions left over, fewer than eight.

// row returns the d floats at p.
func row(p unsafe.Pointer, d int) []float32 { return unsafe.Slice((*float32)(p), d) }

// finish packs the dimensions beyond the last eight.
func (a *packing) finish() {
	from := a.d / 8 * 8
	shift := row(a.shift, a.d)
	dst := row(a.dst, a.d*rowsPerTile)
	for r, off := range a.offsets {
		x := row(unsafe.Add(a.src, off), a.d)
		for t := from; t < a.d; t++ {
			v := x[t] - shift[t]
			dst[t*rowsPerTile+r] = v
			a.squares[r] += float32(v * v)
		}
	}
}

// finish adds the dimensions beyond the last four, in index order.
func (e *exact) finish() {
	from := e.d / 4 * 4
	if from == e.d {
		return
	}
	for l := range e.out {
		a, b := row(e.a[l], e.d)[from:], row(e.b[l], e.d)[from:]
		s := e.out[l]
		for t, v := range a {
			d := float64(v) - float64(b[t])
			s += float64(d * d)
		}
		e.out[l] = s
	}
}

// finish adds the dimensions beyond the last eight.
func (e *refine) finish() {
	from := e.d / 8 * 8
	if from == e.d {
		return
	}
	for l := range e.out {
		a, b := row(e.a[l], e.d)[from:], row(e.b[l], e.d)[from:]
		for t, v := range a {
			d := v - b[t]
			e.out[l] += float32(d * d)
		}
	}
}
