package lloyd

import (
	"math/rand/v2"
	"slices"
	"testing"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
)

// TestNextEqualsFresh drifts centroids and compares every call of one Assigner
// with the first call of a new one.
func TestNextEqualsFresh(t *testing.T) {
	for _, limbs := range []int{1, 2} {
		for _, threads := range []int{1, 3} {
			rnd := rand.New(rand.NewPCG(3, 1))
			const n, k, d = 500, 7, 5
			x, c := uniform(rnd, n*d), uniform(rnd, k*d)
			scale := fixed.Scale{S: 30, R: 10, Limbs: limbs}
			a := NewAssigner(n, d)
			for it := range 6 {
				sums, want := fixed.NewSums(k, d, scale), fixed.NewSums(k, d, scale)
				if it == 3 {
					sums = nil // a call without sums must not lose the moves
				}
				centroids := kernel.New(slices.Clone(c), k, d)
				before := slices.Clone(a.Labels())
				moved := a.Next(x, centroids, sums, threads)
				fresh := NewAssigner(n, d)
				fresh.Next(x, centroids, want, 1)
				if !slices.Equal(a.Labels(), fresh.Labels()) {
					t.Fatalf("limbs %d, threads %d, iteration %d: labels differ from a fresh Assigner's", limbs, threads, it)
				}
				if want := changed(before, a.Labels(), it == 0); moved != want {
					t.Errorf("iteration %d: moved: got %d want %d", it, moved, want)
				}
				if sums != nil && !(slices.Equal(sums.Hi, want.Hi) && slices.Equal(sums.Lo, want.Lo) &&
					slices.Equal(sums.Counts, want.Counts)) {
					t.Errorf("limbs %d, threads %d, iteration %d: sums differ from a fresh Assigner's", limbs, threads, it)
				}
				for i := range c {
					c[i] += 0.1 * (rnd.Float32() - 0.5)
				}
			}
		}
	}
}

func TestNextPanicsInTheCaller(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a panic of a goroutine was not raised in the caller")
		}
	}()
	parallel(2, func(t int) { panic(t) })
}

func changed(before, after []int32, first bool) (n int64) {
	for i, j := range after {
		if first || before[i] != j {
			n++
		}
	}
	return n
}

func uniform(rnd *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = 2*rnd.Float32() - 1
	}
	return x
}
