package fixed

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// anyTerm draws what a squared distance of float32 rows can be, times a weight.
func anyTerm() *rapid.Generator[float64] {
	return rapid.Custom(func(t *rapid.T) float64 {
		m := rapid.Uint64Range(0, 1<<53-1).Draw(t, "m")
		return math.Ldexp(float64(m), rapid.IntRange(-298, 310-53).Draw(t, "e"))
	})
}

func exactSum(terms []float64) *big.Float {
	sum := new(big.Float).SetPrec(1200)
	for _, v := range terms {
		sum.Add(sum, big.NewFloat(v))
	}
	return sum
}

func TestPotentialIsTheExactSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfN(anyTerm(), 0, 30).Draw(t, "terms")
		var p, q, r Potential
		for i, v := range terms {
			p.Add(v)
			if i%2 == 0 {
				q.Add(v)
			} else {
				r.Add(v)
			}
		}
		r.Merge(&q)
		if p.Cmp(&r) != 0 {
			t.Fatal("merging changed the sum")
		}
		sum := exactSum(terms)
		want, _ := sum.Float64()
		if got := p.Float64(); got != want {
			t.Fatalf("got %v want %v", got, want)
		}
		if p.IsZero() != (want == 0) {
			t.Fatalf("IsZero %v of %v", p.IsZero(), want)
		}
		// floor(sum 2^Shift), 63 bits
		v, _ := sum.SetMantExp(sum, p.Shift()).Int(nil)
		if got := p.Quantise(); new(big.Int).SetUint64(got).Cmp(v) != 0 {
			t.Fatalf("quantised: got %d want %v", got, v)
		}
		if want != 0 && v.BitLen() != 63 {
			t.Fatalf("quantised to %d bits", v.BitLen())
		}
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Potential
		if err := json.Unmarshal(b, &back); err != nil || back.Cmp(&p) != 0 {
			t.Fatalf("%s came back as %v (%v)", b, back, err)
		}
	})
}

func TestPotentialsAreOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(anyTerm(), 0, 5).Draw(t, "a")
		b := rapid.SliceOfN(anyTerm(), 0, 5).Draw(t, "b")
		var p, q Potential
		for _, v := range a {
			p.Add(v)
		}
		for _, v := range b {
			q.Add(v)
		}
		if got, want := p.Cmp(&q), exactSum(a).Cmp(exactSum(b)); got != want {
			t.Fatalf("got %d want %d", got, want)
		}
	})
}

func TestPotentialRefusesWhatIsNoTerm(t *testing.T) {
	for _, v := range []float64{-1, -1e-300, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v was added", v)
				}
			}()
			var p Potential
			p.Add(v)
		}()
	}
	var p Potential
	p.Add(math.Copysign(0, -1))
	p.Add(math.SmallestNonzeroFloat64) // below half of 2^-320
	if !p.IsZero() {
		t.Error("zeros are something")
	}
}

func TestQuantise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		largest := anyTerm().Draw(t, "max")
		shift := ChooseShift(largest)
		if q := Quantise(largest, shift); q >= 1<<62 || largest > 0 && q < 1<<60 {
			t.Fatalf("the largest term %v became %d", largest, q)
		}
		v := rapid.Float64Range(0, largest).Draw(t, "v")
		r := new(big.Rat).SetFloat64(v)
		if got, want := Quantise(v, shift), roundRat(r.Mul(r, pow2(shift))); want.Cmp(new(big.Int).SetUint64(got)) != 0 {
			t.Fatalf("%v: got %d want %v", v, got, want)
		}
	})
}

func TestDraw(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10000 {
		a := U128{r.Uint64() >> r.IntN(65), r.Uint64()}
		h := r.Uint64()
		got := a.Draw(h)
		want := new(big.Int).Mul(toBig(a), new(big.Int).SetUint64(h))
		if want.Rsh(want, 64).Cmp(toBig(got)) != 0 {
			t.Fatalf("%v drawn by %d: got %v want %v", a, h, got, want)
		}
		if !a.IsZero() && !got.Less(a) {
			t.Fatalf("%v drawn by %d: %v", a, h, got)
		}
		b := U128{r.Uint64() >> 2, r.Uint64()}
		a.Hi >>= 2
		sum := new(big.Int).Add(toBig(a), toBig(b))
		if toBig(a.Plus(b)).Cmp(sum) != 0 || toBig(a.Add(b.Lo)).Cmp(sum.Sub(sum, toBig(U128{Hi: b.Hi}))) != 0 {
			t.Fatalf("%v + %v", a, b)
		}
		if a.Less(b) != (toBig(a).Cmp(toBig(b)) < 0) {
			t.Fatalf("%v < %v", a, b)
		}
	}
}

func toBig(a U128) *big.Int {
	v := new(big.Int).SetUint64(a.Hi)
	return v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(a.Lo))
}
