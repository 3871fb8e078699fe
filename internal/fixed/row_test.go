package fixed

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Every instruction set gives the bits of the plain Go version and writes
// nothing beyond the row.
func TestRowsOnEveryInstructionSet(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 1))
		for range 3000 {
			n := r.IntN(70)
			x := make([]float32, n)
			var top float64
			for i := range x {
				x[i] = float32(math.Ldexp(r.NormFloat64(), -r.IntN(1+r.IntN(60))))
				if r.IntN(8) == 0 { // ties of both limbs
					x[i] = float32(r.IntN(64)-32) * 0.5
				}
				top = max(top, math.Abs(float64(x[i])))
			}
			s := ChooseScale(top, 1+r.Int64N(1<<r.IntN(50)), false)
			if r.IntN(4) == 0 {
				s.S = r.IntN(4) - 1 // so that halves are ties
				s.R = r.IntN(3)
			}
			checkRow(t, x, s)
		}
	})
}

func FuzzRows(f *testing.F) {
	f.Add(uint32(0x3f000001), uint32(1), 40, 20)
	f.Add(uint32(0x00000001), uint32(0x80000000), 200, 60)
	f.Add(uint32(0x7f7fffff), uint32(0xff7fffff), -67, 10)
	f.Fuzz(func(t *testing.T, a, b uint32, s, r int) {
		x := make([]float32, 11)
		for i := range x {
			x[i] = math.Float32frombits(a + uint32(i)*b)
			if math.Abs(math.Ldexp(float64(x[i]), s)) >= 1<<61 || x[i] != x[i] {
				return
			}
		}
		if s < -120 || s > 230 || r < 0 || r > 60 {
			return
		}
		eachPath(t, func(t *testing.T) { checkRow(t, x, Scale{S: s, R: r, Limbs: 2}) })
	})
}

const guard = 0x5a5a5a5a5a5a5a5a

func checkRow(t *testing.T, x []float32, s Scale) {
	t.Helper()
	n := len(x)
	start := func() []int64 {
		v := make([]int64, n+2)
		for i := range v {
			v[i] = int64(i) * 12345678912345
		}
		v[0], v[n+1] = guard, guard
		return v
	}
	hi1, hi2, lo := start(), start(), start()
	want1, want2, wantLo := start(), start(), start()
	for _, sign := range []float64{1, -1} {
		p, r := math.Ldexp(sign, s.S), math.Ldexp(1, s.R)
		addRow1(hi1[1:n+1], x, p)
		addRow2(hi2[1:n+1], lo[1:n+1], x, p, r)
		addRow1Go(want1[1:n+1], x, p)
		addRow2Go(want2[1:n+1], wantLo[1:n+1], x, p, r)
		if !slices.Equal(hi1, want1) || !slices.Equal(hi2, want2) || !slices.Equal(lo, wantLo) {
			t.Fatalf("%v at %+v, sign %v:\n%v\n%v\n%v\nwant\n%v\n%v\n%v", x, s, sign, hi1, hi2, lo, want1, want2, wantLo)
		}
	}
	if zero := start(); !slices.Equal(lo, zero) || !slices.Equal(hi1, zero) {
		t.Fatal("subtracting does not undo adding")
	}
}

func BenchmarkAddBlock(b *testing.B) {
	const n, d, k = 20000, 384, 1000
	r := rand.New(rand.NewPCG(1, 1))
	x, labels := make([]float32, n*d), make([]int32, n)
	for i := range x {
		x[i] = r.Float32()
	}
	for i := range labels {
		labels[i] = r.Int32N(k)
	}
	for name, unit := range map[string]bool{"one limb": true, "two limbs": false} {
		eachPath(b, func(b *testing.B) {
			b.Run(name, func(b *testing.B) {
				u := NewSums(k, d, ChooseScale(1, n, unit))
				for b.Loop() {
					u.AddBlock(x, labels)
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/(n*d), "ns/value")
			})
		})
	}
}

func BenchmarkMean(b *testing.B) {
	const d = 384
	u := NewSums(1, d, ChooseScale(1, 1000, false))
	r := rand.New(rand.NewPCG(1, 1))
	x := make([]float32, d)
	for range 60 {
		for i := range x {
			x[i] = r.Float32()
		}
		u.Add(0, x)
	}
	for b.Loop() {
		u.Mean(0, x)
	}
}
