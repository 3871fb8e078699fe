package kernel

import (
	"math"
	"unsafe"
)

// refine is the argument of the float32 kernel, which is six times faster than
// that of the specification and whose error is relative to the distance itself, so
// that it settles most of what low precision leaves open.
type refine struct {
	a, b [exactWidth]unsafe.Pointer
	d    int
	out  [exactWidth]float32 // about SquaredDistance(a[i], b[i])
}

// refined returns bounds of an exact squared distance, between which every
// specified value lies too, from that of the float32 kernel: section 7 of PROOF.md.
func refined(v float32, d int) (least, most float64) {
	if !(v <= math.MaxFloat32) {
		return 0, math.Inf(1)
	}
	e := float64(d/8+24)*unit32*slop + 4*exactError
	tiny := float64(d+16) * 0x1p-148
	return float64(v)*(1-e) - tiny, float64(v)*(1+e) + tiny
}

// run evaluates the first n pairs.
func (e *refine) run(n int) {
	for l := n; l < exactWidth; l++ {
		e.a[l], e.b[l] = e.a[0], e.b[0]
	}
	runRefine(e)
}
