package lloyd

import (
	"math/rand/v2"
	"runtime/debug"
	"testing"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
)

// TestPassesHardlyAllocate counts the allocations of passes once their buffers have grown: some
// closures, whatever the number of rows.
func TestPassesHardlyAllocate(t *testing.T) {
	if testing.Short() {
		t.Skip("under the race detector, for which -short stands here, pools lose buffers")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties pools
	const n, k, d = 6000, 300, 64
	rnd := rand.New(rand.NewPCG(6, 5))
	x := embeddings(rnd, n, d)
	// Two sets of centroids in turn, near each other, so that every pass has rows to assign.
	var sets [2]*kernel.Centroids
	for i := range sets {
		c := append([]float32(nil), x[:k*d]...)
		for j := range c {
			c[j] += 0.003 * float32(rnd.NormFloat64())
		}
		sets[i] = kernel.New(c, k, d)
	}
	sums := fixed.NewSums(k, d, fixed.ChooseScale(1, n, true))
	for _, test := range []struct {
		name string
		a    *Assigner
		mode mode
		most float64
	}{
		{"bounds", NewAssigner(n, d), bounded, 24},
		{"dense", NewAssigner(n, d).WithoutBounds(), dense, 8},
	} {
		test.a.prune.always = true
		pass := 0
		next := func() {
			sums.Reset()
			test.a.Next(x, sets[pass%2], sums, 1)
			pass++
		}
		for range 6 {
			next()
		}
		got := testing.AllocsPerRun(10, next)
		if test.a.prune.last.mode != test.mode {
			t.Errorf("%s: mode %v", test.name, test.a.prune.last.mode)
		}
		if got > test.most {
			t.Errorf("%s: %v allocations a pass, not %v", test.name, got, test.most)
		}
		t.Logf("%s: %v allocations a pass", test.name, got)
	}
}
