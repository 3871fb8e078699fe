package fixed

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// quantised returns x as the rational number that the scale makes of it, by
// arithmetic that shares nothing with the code under test.
func quantised(x float32, s Scale) *big.Rat {
	v := new(big.Rat).SetFloat64(float64(x))
	hi := roundRat(new(big.Rat).Mul(v, pow2(s.S)))
	sum := new(big.Rat).Mul(new(big.Rat).SetInt(hi), pow2(-s.S))
	if s.Limbs == 2 {
		rest := new(big.Rat).Sub(v, sum)
		lo := roundRat(rest.Mul(rest, pow2(s.S+s.R)))
		sum.Add(sum, new(big.Rat).Mul(new(big.Rat).SetInt(lo), pow2(-s.S-s.R)))
	}
	return sum
}

func pow2(e int) *big.Rat {
	one := new(big.Int).Lsh(big.NewInt(1), uint(max(e, -e)))
	if e < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), one)
	}
	return new(big.Rat).SetInt(one)
}

// roundRat rounds to the nearest integer, ties to even.
func roundRat(v *big.Rat) *big.Int {
	twice := new(big.Int).Lsh(v.Num(), 1)
	q, r := new(big.Int).DivMod(twice.Add(twice, v.Denom()), new(big.Int).Lsh(v.Denom(), 1), new(big.Int))
	if r.Sign() == 0 && q.Bit(0) == 1 {
		q.Sub(q, big.NewInt(1))
	}
	return q
}

// anyFloat32 draws finite float32 numbers of all sizes, up to 2^top.
func anyFloat32(top int) *rapid.Generator[float32] {
	return rapid.Custom(func(t *rapid.T) float32 {
		m := rapid.Uint32Range(0, 1<<24-1).Draw(t, "m")
		e := rapid.IntRange(-149, max(-149, top-24)).Draw(t, "e")
		v := float32(math.Ldexp(float64(m), e))
		if rapid.Bool().Draw(t, "negative") {
			return -v
		}
		return v
	})
}

func drawRows(t *rapid.T) (rows [][]float32, maxAbs float64) {
	d := rapid.IntRange(1, 19).Draw(t, "d")
	n := rapid.IntRange(1, 12).Draw(t, "n")
	top := rapid.IntRange(-149, 128).Draw(t, "top")
	for range n {
		row := rapid.SliceOfN(anyFloat32(top), d, d).Draw(t, "row")
		rows = append(rows, row)
		for _, v := range row {
			maxAbs = max(maxAbs, math.Abs(float64(v)))
		}
	}
	return rows, maxAbs
}

func TestMeanIsTheExactMeanRoundedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, maxAbs := drawRows(t)
		d := len(rows[0])
		n := rapid.Int64Range(int64(len(rows)), MaxRows).Draw(t, "n rows")
		s := ChooseScale(maxAbs, n, rapid.Bool().Draw(t, "unit"))
		u := NewSums(1, d, s)
		for _, r := range rows {
			u.Add(0, r)
		}
		got := make([]float32, d)
		if !u.Mean(0, got) {
			t.Fatal("the cluster is said to be empty")
		}
		for i := range got {
			sum := new(big.Rat)
			for _, r := range rows {
				sum.Add(sum, quantised(r[i], s))
			}
			want, _ := sum.Quo(sum, new(big.Rat).SetInt64(int64(len(rows)))).Float32()
			if got[i] != want {
				t.Fatalf("dimension %d: got %v want %v", i, got[i], want)
			}
			if f := quotient(u.Hi[i], low(u, i), s, int64(len(rows))); f != want {
				t.Fatalf("dimension %d: exact path: got %v want %v", i, f, want)
			}
		}
	})
}

func low(u *Sums, i int) int64 {
	if u.Lo == nil {
		return 0
	}
	return u.Lo[i]
}

// The judged case: a row of 1e6 must not drown rows of 1e-3.
func TestOneHugeRowAmongTinyOnes(t *testing.T) {
	for _, n := range []int{2, 3, 1000, 100_000} {
		const d = 5
		r := rand.New(rand.NewPCG(1, uint64(n)))
		s := ChooseScale(1e6, int64(n), false)
		u := NewSums(2, d, s)
		var sums [2][d]*big.Float
		for j := range sums {
			for i := range d {
				sums[j][i] = new(big.Float).SetPrec(400)
			}
		}
		x := make([]float32, d)
		for row := range n {
			for i := range x {
				x[i] = float32((r.Float64() - .5) * 2e-3)
				if row == n/2 {
					x[i] = float32((r.Float64() + 1) * 5e5)
				}
			}
			// Cluster 0 holds the huge row and the tiny ones; 1 only tiny ones.
			for j := range sums {
				if j == 1 && row == n/2 {
					continue
				}
				u.Add(j, x)
				for i, v := range x {
					sums[j][i].Add(sums[j][i], big.NewFloat(float64(v)))
				}
			}
		}
		for j := range sums {
			u.Mean(j, x)
			for i, sum := range sums[j] {
				want, _ := sum.Quo(sum, new(big.Float).SetInt64(u.Counts[j])).Float32()
				if x[i] != want {
					t.Errorf("n=%d cluster %d dimension %d: got %v want %v", n, j, i, x[i], want)
				}
			}
		}
	}
}

// No sum overflows: n rows of the largest value, in closed form.
func TestNoSumOverflows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := float32(math.Abs(float64(anyFloat32(128).Draw(t, "x"))))
		n := rapid.Int64Range(1, MaxRows).Draw(t, "n")
		for _, unit := range []bool{true, false} {
			s := ChooseScale(float64(x), n, unit)
			u := NewSums(1, 1, s)
			u.Add(0, []float32{x})
			limit := new(big.Int).Lsh(big.NewInt(1), 62)
			for _, limb := range []int64{u.Hi[0], low(u, 0)} {
				total := new(big.Int).Mul(big.NewInt(limb), big.NewInt(n))
				if total.CmpAbs(limit) >= 0 {
					t.Fatalf("unit %v: %d rows of %v at %+v sum to %v", unit, n, x, s, total)
				}
			}
			// The low limb of another row may be as large as half a unit of hi.
			if s.R > 0 && n > 1<<61>>(s.R-1) {
				t.Fatalf("%d low limbs of 2^%d", n, s.R-1)
			}
			// What is left over is at most half a unit of the last limb.
			miss := new(big.Rat).Sub(quantised(x, s), new(big.Rat).SetFloat64(float64(x)))
			if miss.Abs(miss).Cmp(pow2(-s.S-s.R-1)) > 0 {
				t.Fatalf("unit %v: %v is off by %v at %+v", unit, x, miss, s)
			}
		}
	})
}

func TestMeanOfEqualRowsIsTheRow(t *testing.T) {
	for _, v := range []float32{
		0, 1, -1, math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, -3e-45, 1e-38, 1.1754942e-38, 0.1,
	} {
		for _, n := range []int{1, 2, 3, 1001} {
			u := NewSums(1, 1, ChooseScale(math.Abs(float64(v)), int64(n), false))
			for range n {
				u.Add(0, []float32{v})
			}
			got := []float32{7}
			if u.Mean(0, got); got[0] != v {
				t.Errorf("%d rows of %v: got %v at %+v", n, v, got[0], u.Scale)
			}
		}
	}
}

func TestMeanOfAnEmptyClusterLeavesDstAlone(t *testing.T) {
	u := NewSums(1, 2, ChooseScale(1, 10, true))
	dst := []float32{3, 4}
	if u.Mean(0, dst) || dst[0] != 3 || dst[1] != 4 {
		t.Errorf("got %v", dst)
	}
}

// drawSums returns the sums of random rows in random clusters.
func drawSums(t *rapid.T, k, d int, s Scale, name string) *Sums {
	u := NewSums(k, d, s)
	n := rapid.IntRange(0, 9).Draw(t, name)
	x := rapid.SliceOfN(anyFloat32(0), n*d, n*d).Draw(t, name)
	labels := rapid.SliceOfN(rapid.Int32Range(-1, int32(k-1)), n, n).Draw(t, name)
	u.AddBlock(x, labels)
	return u
}

func TestMergeIsAssociativeAndCommutative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, d := rapid.IntRange(1, 5).Draw(t, "k"), rapid.IntRange(1, 20).Draw(t, "d")
		s := ChooseScale(1, 100, rapid.Bool().Draw(t, "unit"))
		a, b, c := drawSums(t, k, d, s, "a"), drawSums(t, k, d, s, "b"), drawSums(t, k, d, s, "c")
		left, right := NewSums(k, d, s), NewSums(k, d, s)
		left.CopyFrom(a)
		left.Merge(b)
		left.Merge(c)
		right.CopyFrom(c)
		right.Merge(b)
		right.Merge(a)
		if diff := cmp.Diff(left, right); diff != "" {
			t.Fatal(diff)
		}
		left.Reset()
		if diff := cmp.Diff(left, NewSums(k, d, s)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestSubAndMoveUndoAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, d := rapid.IntRange(2, 5).Draw(t, "k"), rapid.IntRange(1, 40).Draw(t, "d")
		s := ChooseScale(1, 100, rapid.Bool().Draw(t, "unit"))
		u := drawSums(t, k, d, s, "before")
		before := NewSums(k, d, s)
		before.CopyFrom(u)
		x := rapid.SliceOfN(anyFloat32(0), d, d).Draw(t, "x")
		moved := NewSums(k, d, s)
		moved.CopyFrom(u)
		u.Add(0, x)
		moved.Move(x, -1, 1)
		moved.Move(x, 1, 0)
		if diff := cmp.Diff(u, moved); diff != "" {
			t.Fatal(diff)
		}
		u.Sub(0, x)
		moved.Move(x, 0, -1)
		if diff := cmp.Diff(before, u); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(before, moved); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestBlocksCarryTheSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, d := rapid.IntRange(1, 7).Draw(t, "k"), rapid.IntRange(1, 5).Draw(t, "d")
		s := ChooseScale(1, 100, rapid.Bool().Draw(t, "unit"))
		a, b := drawSums(t, k, d, s, "a"), drawSums(t, k, d, s, "b")
		want := NewSums(k, d, s)
		want.CopyFrom(a)
		want.Merge(b)
		step := b.BlockClusters(rapid.IntRange(0, 300).Draw(t, "bytes"))
		for first := 0; first < k; first += step {
			block := b.AppendBlock([]byte{}, first, min(step, k-first))
			if err := a.MergeBlock(block[:len(block)-1]); !errors.Is(err, ErrBlock) {
				t.Fatalf("a block cut short: %v", err)
			}
			if err := a.MergeBlock(block); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, a); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestForeignBlocksAreRefused(t *testing.T) {
	s := ChooseScale(1, 100, false)
	u := NewSums(3, 2, s)
	for name, o := range map[string]*Sums{
		"more clusters":   NewSums(4, 2, s),
		"more dimensions": NewSums(3, 3, s),
		"another scale":   NewSums(3, 2, ChooseScale(2, 100, false)),
		"one limb":        NewSums(3, 2, ChooseScale(1, 100, true)),
	} {
		if err := u.MergeBlock(o.AppendBlock(nil, 0, 1)); !errors.Is(err, ErrBlock) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	far := u.AppendBlock(nil, 0, 1)
	far[24] = 3 // first = 3
	if err := u.MergeBlock(far); !errors.Is(err, ErrBlock) {
		t.Errorf("a block beyond the last cluster: got %v", err)
	}
}

func TestScaleIsPlainJSON(t *testing.T) {
	want := ChooseScale(3.4e38, 1e9, false)
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Scale
	if err := json.Unmarshal(b, &got); err != nil || got != want {
		t.Errorf("got %+v want %+v (%v)", got, want, err)
	}
	if string(b) != `{"s":-97,"r":30,"limbs":2}` { // 61 - 30 - 128, 60 - 30
		t.Errorf("got %s", b)
	}
}
