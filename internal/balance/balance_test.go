package balance

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// near allows the nine digits that figures are rounded to.
var near = cmpopts.EquateApprox(2e-9, 1e-12)

func TestMeasure(t *testing.T) {
	ln2 := math.Ln2
	ten := make([]int64, 100)
	for i := range ten {
		ten[i] = int64(i + 1)
	}
	tests := map[string]struct {
		counts []int64
		want   Figures
	}{
		"none":   {nil, Figures{}},
		"no row": {[]int64{0, 0, 0}, Figures{Clusters: 3, Empty: 3}},
		"one cluster": {[]int64{7}, Figures{
			Clusters: 1, Total: 7, Min: 7, Median: 7, Max: 7,
			NormalisedEntropy: 1, Effective: 1, Imbalance: 1, Largest1: 1, Largest10: 1,
		}},
		"uniform": {[]int64{5, 5, 5, 5}, Figures{
			Clusters: 4, Total: 20, Min: 5, Median: 5, Max: 5,
			NormalisedEntropy: 1, Effective: 4, Imbalance: 1, Largest1: 0.25, Largest10: 0.25,
		}},
		"all in one": {[]int64{0, 8, 0, 0}, Figures{
			Clusters: 4, Total: 8, Empty: 3, Max: 8,
			Gini: 0.75, Effective: 1, KL: 2 * ln2, Imbalance: 4, Largest1: 1, Largest10: 1,
		}},
		// Shares 1/2, 1/4, 1/4, 0: H = (1/2 + 2/4 + 2/4) ln 2 = 1.5 ln 2; sum of
		// squares 1/4 + 2/16 = 3/8; Gini of 0,1,1,2 = (-3*0 - 1 + 1 + 3*2)/(4*4).
		"quarters": {[]int64{2, 1, 1, 0}, Figures{
			Clusters: 4, Total: 4, Empty: 1, Min: 0, Median: 1, Max: 2,
			Gini: 6.0 / 16, NormalisedEntropy: 0.75, Effective: math.Pow(2, 1.5), KL: 0.5 * ln2,
			Imbalance: 4 * 3.0 / 8, Largest1: 0.5, Largest10: 0.5,
		}},
		"even median": {[]int64{4, 1}, Figures{
			Clusters: 2, Total: 5, Min: 1, Median: 2.5, Max: 4, Gini: 3.0 / 10,
			NormalisedEntropy: entropy(0.2, 0.8) / ln2, Effective: math.Exp(entropy(0.2, 0.8)),
			KL: ln2 - entropy(0.2, 0.8), Imbalance: 2 * (16 + 1) / 25.0, Largest1: 0.8, Largest10: 0.8,
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Measure(tt.counts), near); diff != "" {
				t.Errorf("Measure(%v) (-want +got):\n%s", tt.counts, diff)
			}
		})
	}

	// 1 + ... + 100 = 5050; the largest 1 % is 100, the largest 10 % 91 + ... + 100 = 955.
	got := Measure(ten)
	if want := figure(100.0 / 5050); got.Largest1 != want {
		t.Errorf("largest 1 %% of 1 … 100: got %v, want %v", got.Largest1, want)
	}
	if want := figure(955.0 / 5050); got.Largest10 != want {
		t.Errorf("largest 10 %% of 1 … 100: got %v, want %v", got.Largest10, want)
	}
	// Gini of 1 … k is (k-1)/3k.
	if want := figure(99.0 / 300); got.Gini != want {
		t.Errorf("Gini of 1 … 100: got %v, want %v", got.Gini, want)
	}
}

func entropy(shares ...float64) (h float64) {
	for _, p := range shares {
		h -= p * math.Log(p)
	}
	return h
}

func TestMeasureProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 50).Draw(t, "counts")
		given := slices.Clone(counts)
		f := Measure(counts)
		if !slices.Equal(counts, given) {
			t.Fatalf("Measure changed its argument: %v", counts)
		}
		if permuted := Measure(rapid.Permutation(counts).Draw(t, "permuted")); permuted != f {
			t.Fatalf("order matters: %+v and %+v", f, permuted)
		}
		if f.Total == 0 {
			return
		}
		const slack = 1e-8 // nine digits
		k := float64(len(counts))
		within := func(name string, got, lo, hi float64) {
			if !(got >= lo-slack && got <= hi*(1+slack)+slack) {
				t.Fatalf("%s %v is outside [%v, %v]: %v", name, got, lo, hi, counts)
			}
		}
		within("gini", f.Gini, 0, (k-1)/k)
		within("normalised entropy", f.NormalisedEntropy, 0, 1)
		within("effective", f.Effective, 1, k)
		within("KL", f.KL, 0, math.Log(k))
		within("imbalance", f.Imbalance, 1, k)
		within("largest 1 %", f.Largest1, 1/k, 1)
		within("largest 10 %", f.Largest10, f.Largest1, 1)
		// Rényi's entropies fall with their order: exp(H1) >= exp(H2) = k / imbalance.
		within("k / imbalance", k/f.Imbalance, 1, f.Effective)

		// Doubling every cluster changes no relative figure, moving a row from the
		// largest to the smallest cluster never raises Gini.
		doubled := make([]int64, len(counts))
		for i, n := range counts {
			doubled[i] = 2 * n
		}
		if g := Measure(doubled); g.Gini != f.Gini || g.Effective != f.Effective || g.Imbalance != f.Imbalance {
			t.Fatalf("scale matters: %+v and %+v", f, g)
		}
		if f.Max-f.Min >= 2 {
			moved := slices.Clone(counts)
			moved[slices.Index(moved, f.Max)]--
			moved[slices.Index(moved, f.Min)]++
			if g := Measure(moved); g.Gini > f.Gini+slack || g.Effective < f.Effective*(1-slack) {
				t.Fatalf("a fairer list is worse: %+v, then %+v", f, g)
			}
		}
	})
}

func TestMeasureRefusesNegative(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic for a negative count")
		}
	}()
	Measure([]int64{3, -1})
}
