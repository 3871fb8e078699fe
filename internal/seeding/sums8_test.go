package seeding

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"leveler/internal/kernel"
)

// Every float32 sum keeps to the bounds that are claimed for it, and nothing is
// written beyond the sums.
func TestSumsBoundTheSpecification(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(2, 2))
		for range 500 {
			d, n := 1+r.IntN(70), 1+r.IntN(20)
			x, panel := make([]float32, n*d), make([]float32, lanes*d)
			e := r.IntN(185) - 150
			for _, v := range [][]float32{x, panel} {
				for i := range v {
					v[i] = float32(math.Ldexp(r.NormFloat64(), e-r.IntN(30)))
					if r.IntN(3) == 0 {
						v[i] = float32(math.Ldexp(1, e))
					}
				}
			}
			rows := make([]int32, 1+r.IntN(2*n))
			for i := range rows {
				rows[i] = r.Int32N(int32(n))
			}
			out := make([]float32, lanes*len(rows)+1)
			out[len(out)-1] = 77
			sums8(x, rows, d, panel, out)
			if out[len(out)-1] != 77 {
				t.Fatal("guard violated")
			}
			b := newBounds(append(x, panel...), d)
			if !b.usable {
				t.Fatalf("rows below 2^%d are too large?", e+3)
			}
			for i, row := range rows {
				for l := range lanes {
					exact := kernel.SquaredDistance(x[int(row)*d:(int(row)+1)*d], panel[l*d:(l+1)*d])
					s := out[i*lanes+l]
					if s >= b.limit(math.Nextafter(exact, math.Inf(1))) {
						t.Fatalf("d=%d: float32 %v proves more than %v", d, s, exact)
					}
					if float64(s)*(1-b.margin)-b.tiny > exact*(1+0x1p-40) {
						t.Fatalf("d=%d: float32 %v is above its bound for %v", d, s, exact)
					}
				}
			}
		}
	})
}

func BenchmarkPlusPlus(b *testing.B) {
	for _, c := range []struct{ m, d, k int }{{2500, 384, 1000}, {5000, 384, 1000}, {20000, 64, 1000}} {
		x := clouds(c.m, c.d, 1, 1)
		b.Run(fmt.Sprintf("m=%d/d=%d/k=%d", c.m, c.d, c.k), func(b *testing.B) {
			for b.Loop() {
				if _, err := PlusPlus(x, c.d, nil, c.k, Key{}, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
