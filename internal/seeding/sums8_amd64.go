//go:build !noasm

package seeding

import "golang.org/x/sys/cpu"

// The instruction sets in use. Tests switch them off, the best first.
var (
	useAVX512 = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL
	useVNNI   = useAVX512 && cpu.X86.HasAVX512VNNI
	useAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA
)

// coarsePays reports whether the 16-bit bounds are faster than sums8: measured on a
// Xeon with AMX, a tenth less CPU time for all of PlusPlus at d = 384, but a third more at d = 2.
func coarsePays(d int) bool { return (useVNNI || useAVX2 && !useAVX512) && d >= 64 }

// maybe is maybeGo on the instruction set in use.
func (c *coarse) maybe(rows []int32, q []int16, t *trialTerms, masks []uint8) {
	if len(rows) == 0 || !useVNNI && !useAVX2 {
		c.maybeGo(rows, q, t, masks)
		return
	}
	_, _ = q[lanes*c.d-1], masks[len(rows)-1]
	if useVNNI {
		maybeVNNI(&rows[0], len(rows), c.d, &c.q[0], &c.own[0], &c.rows[0], &q[0], t, &masks[0])
		return
	}
	maybeAVX2(&rows[0], len(rows), c.d, &c.q[0], &c.own[0], &c.rows[0], &q[0], t, &masks[0])
}

// maybeAVX2 is maybeVNNI with AVX2.
//
//go:noescape
func maybeAVX2(rows *int32, n, d int, q *int16, own *float32, terms *rowTerms, trials *int16, t *trialTerms, masks *uint8)

// maybeVNNI is maybeGo for n listed rows of d values, a multiple of 32.
//
//go:noescape
func maybeVNNI(rows *int32, n, d int, q *int16, own *float32, terms *rowTerms, trials *int16, t *trialTerms, masks *uint8)

func sums8(x []float32, rows []int32, d int, panel, out []float32) {
	switch {
	case len(rows) == 0:
	case useAVX512:
		_, _ = panel[lanes*d-1], out[lanes*len(rows)-1]
		sums8AVX512(&x[0], &rows[0], len(rows), d, &panel[0], &out[0])
	case useAVX2:
		_, _ = panel[lanes*d-1], out[lanes*len(rows)-1]
		sums8AVX2(&x[0], &rows[0], len(rows), d, &panel[0], &out[0])
		if d%8 != 0 {
			addTails(x, rows, d, panel, out)
		}
	default:
		sums8Go(x, rows, d, panel, out)
	}
}

// addTails adds the last d mod 8 dimensions, which the AVX2 code leaves out.
func addTails(x []float32, rows []int32, d int, panel, out []float32) {
	for i, r := range rows {
		for l := range lanes {
			for j := d &^ 7; j < d; j++ {
				e := x[int(r)*d+j] - panel[l*d+j]
				out[i*lanes+l] += e * e
			}
		}
	}
}

// sums8AVX512 is sums8Go for n listed rows.
//
//go:noescape
func sums8AVX512(x *float32, rows *int32, n, d int, panel, out *float32)

// sums8AVX2 is sums8Go for n listed rows, of the first d &^ 7 dimensions.
//
//go:noescape
func sums8AVX2(x *float32, rows *int32, n, d int, panel, out *float32)
