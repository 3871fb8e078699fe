package lloyd

import (
	"math/rand/v2"
	"slices"
	"testing"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
)

// TestNoiseIsGivenUpSoon counts the passes over Gaussian noise that bounds take part in: each
// costs more than one without.
func TestNoiseIsGivenUpSoon(t *testing.T) {
	const n, k, d, passes = 5000, 250, 48, 12
	x := gaussian(rand.New(rand.NewPCG(6, 3)), n*d)
	a := NewAssigner(n, d)
	var modes []mode
	run(a, x, n, k, d, passes, 2, func(int, *kernel.Centroids, *fixed.Sums, int64) {
		modes = append(modes, a.prune.last.mode)
	})
	// Once on AVX2, at first. What a pass costs differs between paths.
	with := 0
	for _, m := range modes {
		if m != dense {
			with++
		}
	}
	if len(modes) != passes || with > 3 {
		t.Errorf("%d passes with bounds: %v", with, modes)
	}
}

// TestOutlook moves centroids as far as the bounds of all, some and no rows can bear.
func TestOutlook(t *testing.T) {
	const n, k, d = 4000, 800, 64
	c := kernel.New(gaussian(rand.New(rand.NewPCG(6, 4)), k*d), k, d)
	labels, upper, lower := make([]int32, n), make([]float32, n), make([]float32, n)
	for i := range n {
		labels[i] = int32(i % k)
		upper[i], lower[i] = 1, 2+float32(i)/n // gaps of 1 to 2
	}
	var o outlook
	still, all := make([]float32, k), slices.Repeat([]float32{1}, k)
	if o.look(labels, upper, lower); o.promising(still, 0.5, n, c) {
		t.Error("promising before it was judged what an open row costs")
	}
	o.each = c.RowCost()
	for _, test := range []struct {
		name  string
		drift []float32
		most  float32
		want  bool
	}{
		{"no row is open", still, 0.5, true},
		{"a tenth is", still, 1.1, true},
		{"nine tenths are", still, 1.9, false},
		{"all are, by their own centroids", all, 1, false},
	} {
		if got := o.promising(test.drift, test.most, n, c); got != test.want {
			t.Errorf("%s: got %v want %v", test.name, got, test.want)
		}
	}
	if o.fixed = n * c.RowCost(); o.promising(still, 0.5, n, c) {
		t.Error("promising although the tables take as long as a pass")
	}
}
