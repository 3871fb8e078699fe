package seeding

import (
	"math"
	"math/rand/v2"
	"testing"

	"leveler/internal/kernel"
)

// The 16-bit bounds never rule out a trial that improves on a row, on any
// instruction set, and they do rule out most of the others.
func TestCoarseBoundsRuleOutNoImprovement(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 7))
		kept, pairs := 0, 0
		for range 300 {
			d, m := 1+r.IntN(150), 2+r.IntN(30)
			scale := math.Ldexp(1, r.IntN(150)-110)
			x := clouds(m, d, scale, r.Uint64())
			for j := range d { // a row far out, one at the centre of the others
				if r.IntN(2) == 0 {
					x[j] *= 1000
				}
			}
			if r.IntN(3) == 0 { // far from the origin
				for i := range x {
					x[i] += float32(scale * 1e4)
				}
			}
			row := func(i int) []float32 { return x[i*d : (i+1)*d] }
			c := newCoarse(x, d)
			trials := make([]int, 1+r.IntN(lanes))
			for i := range trials {
				trials[i] = r.IntN(m)
			}
			rows := make([]int32, m)
			for i := range rows {
				rows[i] = int32(i)
			}
			exact := func(i, l int) float64 { return kernel.SquaredDistance(row(i), row(trials[min(l, len(trials)-1)])) }
			masks := make([]uint8, m+1)
			masks[m] = 0xa5
			q := make([]int16, lanes*c.d)
			terms := c.trials(trials, q)
			// The hardest case: a trial improves by the last bit.
			d2 := make([]float64, m)
			for i := range d2 {
				d2[i] = math.Nextafter(exact(i, r.IntN(lanes)), math.Inf(1))
				c.setOwn(i, d2[i])
			}
			c.maybe(rows, q, &terms, masks)
			for i := range m {
				for l := range lanes {
					pairs++
					if masks[i]>>l&1 == 1 {
						kept++
					} else if exact(i, l) < d2[i] {
						t.Fatalf("d=%d scale=%g: trial %d at %v is ruled out for row %d at %v",
							d, scale, l, exact(i, l), i, d2[i])
					}
				}
			}
			if masks[m] != 0xa5 {
				t.Fatal("guard violated")
			}
		}
		// Half of the trials improve on a row whose distance is one of theirs.
		if kept > pairs*9/10 {
			t.Errorf("%d of %d pairs are left", kept, pairs)
		}
	})
}
