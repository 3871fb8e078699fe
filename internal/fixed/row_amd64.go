//go:build !noasm

package fixed

import "golang.org/x/sys/cpu"

// The instruction sets in use. Tests switch them off, the best first.
var (
	useAVX512 = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL
	useAVX2   = cpu.X86.HasAVX2
)

func addRow1(hi []int64, x []float32, s float64) {
	switch {
	case len(x) == 0:
	case useAVX512:
		_ = hi[len(x)-1]
		addRow1AVX512(&hi[0], &x[0], len(x), s)
	case useAVX2:
		n := len(x) &^ 3
		if n > 0 {
			addRow1AVX2(&hi[0], &x[0], n, s)
		}
		addRow1Go(hi[n:], x[n:], s)
	default:
		addRow1Go(hi, x, s)
	}
}

func addRow2(hi, lo []int64, x []float32, s, r float64) {
	switch {
	case len(x) == 0:
	case useAVX512:
		_, _ = hi[len(x)-1], lo[len(x)-1]
		addRow2AVX512(&hi[0], &lo[0], &x[0], len(x), s, r)
	case useAVX2:
		n := len(x) &^ 3
		if n > 0 {
			addRow2AVX2(&hi[0], &lo[0], &x[0], n, s, r)
		}
		addRow2Go(hi[n:], lo[n:], x[n:], s, r)
	default:
		addRow2Go(hi, lo, x, s, r)
	}
}

// addRow1AVX512 is addRow1Go for n values. The conversion rounds as MXCSR says,
// which Go leaves at nearest even.
//
//go:noescape
func addRow1AVX512(hi *int64, x *float32, n int, s float64)

// addRow2AVX512 is addRow2Go for n values.
//
//go:noescape
func addRow2AVX512(hi, lo *int64, x *float32, n int, s, r float64)

// addRow1AVX2 is addRow1Go for n values, a multiple of 4.
//
//go:noescape
func addRow1AVX2(hi *int64, x *float32, n int, s float64)

// addRow2AVX2 is addRow2Go for n values, a multiple of 4.
//
//go:noescape
func addRow2AVX2(hi, lo *int64, x *float32, n int, s, r float64)
