package lloyd

import (
	"math/rand/v2"
	"slices"
	"testing"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
)

// run passes over the rows from the first k of them on and calls check, unless nil,
// after each pass.
func run(a *Assigner, x []float32, n, k, d, passes, threads int, check func(it int, c *kernel.Centroids, sums *fixed.Sums, moved int64)) {
	sums := fixed.NewSums(k, d, fixed.ChooseScale(16, int64(n), true))
	c := slices.Clone(x[:k*d])
	for it := range passes {
		cent := kernel.New(c, k, d)
		sums.Reset()
		moved := a.Next(x, cent, sums, threads)
		if check != nil {
			check(it, cent, sums, moved)
		}
		c = slices.Clone(c)
		for j := range k {
			sums.Mean(j, c[j*d:(j+1)*d])
		}
	}
}

// TestFitEqualsFresh compares every pass of a fit with a fresh Assigner's, on data
// for each way of passing over the rows, and checks that these were taken.
func TestFitEqualsFresh(t *testing.T) {
	const n, k, d = 5000, 90, 48
	for _, tc := range []struct {
		name string
		x    func(rnd *rand.Rand) []float32
		want []mode
	}{
		{"embeddings", func(rnd *rand.Rand) []float32 { return embeddings(rnd, n, d) }, []mode{fresh, bounded}},
		{"noise", func(rnd *rand.Rand) []float32 { return gaussian(rnd, n*d) }, []mode{fresh, dense}},
		{"few distinct rows", func(rnd *rand.Rand) []float32 {
			x := make([]float32, n*d)
			for i := range n {
				x[i*d+rnd.IntN(40)] = 1
			}
			return x
		}, []mode{fresh, still}},
	} {
		for _, threads := range []int{1, 3} {
			x := tc.x(rand.New(rand.NewPCG(4, 2)))
			var seen [still + 1]bool
			var before []int32
			a := NewAssigner(n, d)
			a.prune.always = slices.Contains(tc.want, bounded)
			run(a, x, n, k, d, 14, threads, func(it int, c *kernel.Centroids, sums *fixed.Sums, moved int64) {
				seen[a.prune.last.mode] = true
				want := fixed.NewSums(k, d, sums.Scale)
				other := NewAssigner(n, d)
				other.Next(x, c, want, 1)
				if !slices.Equal(a.Labels(), other.Labels()) {
					t.Fatalf("%s, threads %d, pass %d: labels differ from a fresh Assigner's", tc.name, threads, it)
				}
				if !slices.Equal(sums.Hi, want.Hi) || !slices.Equal(sums.Counts, want.Counts) {
					t.Fatalf("%s, threads %d, pass %d: sums differ from a fresh Assigner's", tc.name, threads, it)
				}
				if want := changed(before, a.Labels(), it == 0); moved != want {
					t.Errorf("%s, threads %d, pass %d: moved: got %d want %d", tc.name, threads, it, moved, want)
				}
				before = slices.Clone(a.Labels())
			})
			for _, m := range tc.want {
				if !seen[m] {
					t.Errorf("%s: no pass was %v: the test is of something else", tc.name, m)
				}
			}
		}
	}
}

func TestNextAfterOtherCentroids(t *testing.T) {
	const n, d = 300, 6
	rnd := rand.New(rand.NewPCG(5, 2))
	x := uniform(rnd, n*d)
	a := NewAssigner(n, d)
	for _, k := range []int{10, 4, 4, 1, 1, 20} {
		c := kernel.New(uniform(rnd, k*d), k, d)
		a.Next(x, c, nil, 2)
		other := NewAssigner(n, d)
		other.Next(x, c, nil, 1)
		if !slices.Equal(a.Labels(), other.Labels()) {
			t.Fatalf("k %d: labels differ from a fresh Assigner's", k)
		}
	}
}

func TestWithoutBounds(t *testing.T) {
	const n, k, d = 900, 20, 16
	x := uniform(rand.New(rand.NewPCG(6, 2)), n*d)
	a, b := NewAssigner(n, d), NewAssigner(n, d).WithoutBounds()
	run(a, x, n, k, d, 8, 1, nil)
	run(b, x, n, k, d, 8, 1, nil)
	if !slices.Equal(a.Labels(), b.Labels()) {
		t.Error("labels differ with and without bounds")
	}
	if m := b.prune.last.mode; m != dense && m != still {
		t.Errorf("mode: got %v want dense", m)
	}
}

func TestNoRows(t *testing.T) {
	a := NewAssigner(0, 3)
	for range 3 {
		if moved := a.Next(nil, kernel.New(make([]float32, 6), 2, 3), nil, 4); moved != 0 {
			t.Errorf("moved: got %d want 0", moved)
		}
	}
}

// TestFewDimensionsEqualFresh compares fits of few dimensions, where a pass without
// bounds may be the faster, with fresh Assigners.
func TestFewDimensionsEqualFresh(t *testing.T) {
	const n = 6000
	for _, sh := range []struct{ k, d int }{{50, 2}, {1400, 2}, {900, 8}} {
		x := gaussian(rand.New(rand.NewPCG(6, 2)), n*sh.d)
		a := NewAssigner(n, sh.d)
		run(a, x, n, sh.k, sh.d, 8, 2, func(it int, c *kernel.Centroids, _ *fixed.Sums, _ int64) {
			other := NewAssigner(n, sh.d).WithoutBounds()
			other.Next(x, c, nil, 1)
			if !slices.Equal(a.Labels(), other.Labels()) {
				t.Errorf("k %d, d %d: labels of pass %d are not those of a fresh Assigner", sh.k, sh.d, it)
			}
			if cheap := c.Cheap(boundsCost); cheap && a.prune.last.mode != dense && a.prune.last.mode != still {
				t.Errorf("k %d, d %d: pass %d kept bounds, mode %d", sh.k, sh.d, it, a.prune.last.mode)
			}
		})
	}
}
