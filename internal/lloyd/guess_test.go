package lloyd

import (
	"math/rand/v2"
	"slices"
	"testing"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
)

// TestGuessChangesNothing begins fits from guesses good and bad and compares every pass with a
// fresh Assigner's.
func TestGuessChangesNothing(t *testing.T) {
	const n, k, d = 4000, 120, 48
	rnd := rand.New(rand.NewPCG(7, 1))
	clustered, noise := embeddings(rnd, n, d), gaussian(rnd, n*d)
	for _, test := range []struct {
		name   string
		x      []float32
		guess  func(i int, label int32) int32
		always bool
		want   mode
	}{
		{"the labels themselves", clustered, func(_ int, label int32) int32 { return label }, true, guessed},
		{"a tenth of them wrong", clustered, func(i int, label int32) int32 { return (label + int32(i%10/9)) % k }, true, guessed},
		{"all in one cluster", clustered, func(int, int32) int32 { return k - 1 }, true, guessed},
		{"useless ones of noise", noise, func(i int, _ int32) int32 { return int32(i % k) }, false, fresh},
		{"no cluster's", clustered, func(i int, label int32) int32 { return label + int32(i%2*k) }, true, fresh},
		{"negative", clustered, func(int, int32) int32 { return -1 }, true, fresh},
	} {
		for _, threads := range []int{1, 3} {
			first := NewAssigner(n, d)
			first.Next(test.x, kernel.New(test.x[:k*d], k, d), nil, 1)
			guess := slices.Clone(first.Labels())
			for i, label := range guess {
				guess[i] = test.guess(i, label)
			}
			a := NewAssigner(n, d)
			a.prune.always = test.always
			a.Guess(guess)
			run(a, test.x, n, k, d, 4, threads, func(it int, c *kernel.Centroids, sums *fixed.Sums, moved int64) {
				if it == 0 && (moved != n || a.prune.last.mode != test.want) {
					t.Errorf("%s: first pass moved %d of %d rows, mode %d, not %d", test.name, moved, n, a.prune.last.mode, test.want)
				}
				other := NewAssigner(n, d)
				want := fixed.NewSums(k, d, sums.Scale)
				other.Next(test.x, c, want, 1)
				if !slices.Equal(a.Labels(), other.Labels()) || !slices.Equal(sums.Hi, want.Hi) {
					t.Fatalf("%s, threads %d, pass %d: labels or sums differ from a fresh Assigner's", test.name, threads, it)
				}
				a.Guess(make([]int32, n)) // too late: nothing happens
			})
		}
	}
}

// TestBoundsOfGuessesHold compares the bounds that a pass makes of guesses with the distances.
func TestBoundsOfGuessesHold(t *testing.T) {
	const n, k, d = 3000, 100, 64
	x := embeddings(rand.New(rand.NewPCG(7, 2)), n, d)
	c := kernel.New(x[:k*d], k, d)
	a := NewAssigner(n, d)
	a.prune.always = true
	guess := make([]int32, n)
	for i := range guess {
		guess[i] = int32(i % k)
	}
	c.Assign(x[:n/2*d], guess[:n/2], new(kernel.Scratch)) // half of them right
	a.Guess(guess)
	a.Next(x, c, nil, 2)
	for i, label := range a.Labels() {
		row := x[i*d : (i+1)*d]
		for j := range k {
			v := kernel.SquaredDistance(row, c.Row(j))
			u, l := float64(a.prune.upper[i]), float64(a.prune.lower[i])
			if int(label) == j && v > u*u || int(label) != j && v < l*l {
				t.Fatalf("row %d of cluster %d: squared distance %g to %d is outside the bounds %g, %g", i, label, v, j, u, l)
			}
		}
	}
}
