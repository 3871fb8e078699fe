package fit

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// plainLloyd is k-means written down plainly: float64 distances in index order,
// ties to the lowest cluster, means in big.Float, empty clusters stay.
func plainLloyd(x, c []float32, d, iters int) (labels []int32, centroids []float32) {
	n, k := len(x)/d, len(c)/d
	c = slices.Clone(c)
	assign := func() []int32 {
		labels := make([]int32, n)
		for i := range labels {
			best := -1.
			for j := range k {
				var s float64
				for a := range d {
					diff := float64(x[i*d+a]) - float64(c[j*d+a])
					s += float64(diff * diff)
				}
				if best < 0 || s < best {
					best, labels[i] = s, int32(j)
				}
			}
		}
		return labels
	}
	for range iters {
		labels := assign()
		for j := range k {
			count := 0
			sums := make([]big.Float, d)
			for i, l := range labels {
				if l == int32(j) {
					count++
					for a := range d {
						sums[a].SetPrec(300).Add(&sums[a], big.NewFloat(float64(x[i*d+a])))
					}
				}
			}
			for a := range d {
				if count > 0 {
					c[j*d+a], _ = sums[a].Quo(&sums[a], big.NewFloat(float64(count)).SetPrec(300)).Float32()
				}
			}
		}
	}
	return assign(), c
}

func TestEqualsPlainLloyd(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	far := make([]float32, 300*4) // the reference lost 25 of 40 clusters here
	for i := range far {
		far[i] = 1e4 + float32(0.01*rnd.NormFloat64())
	}
	mixed := make([]float32, 200*3) // one row of 1e6 among rows of 1e-3
	for i := range mixed {
		mixed[i] = float32(1e-3 * rnd.NormFloat64())
	}
	copy(mixed[300:], []float32{1e6, -1e6, 1e6})
	for _, c := range []struct {
		name    string
		x       []float32
		d, k    int
		centres []int // rows to begin from
	}{
		{"blobs", blobs(3, 500, 6, 8), 6, 12, nil},
		{"far from the origin", far, 4, 10, nil},
		{"one cluster drowned by a large row", mixed, 3, 1, nil},
		{"a large row among small ones", mixed, 3, 3, []int{0, 1, 2}},
		{"denormals", []float32{1e-45, 3e-45, 0, 7e-45, 1e-44, 0}, 1, 2, []int{0, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := params(c.k)
			p.EmptyClusters = Keep
			l := newLevel(t, c.x, c.d, 2, p)
			var first []float32
			for i := range c.k {
				row := 17 * i
				if c.centres != nil {
					row = c.centres[i]
				}
				first = append(first, c.x[row*c.d:(row+1)*c.d]...)
			}
			got := l.outcome(t, l.byPasses(t, l.from(t, first), 2, 1, false, nil))
			labels, centroids := plainLloyd(c.x, first, c.d, p.NIters)
			if !slices.Equal(got.Labels, labels) {
				t.Error("labels differ")
			}
			if !slices.Equal(got.Centroids, centroids) {
				t.Errorf("centroids: got %v want %v", got.Centroids[:c.d], centroids[:c.d])
			}
			for i := 1; i < len(got.Iterations); i++ {
				if before, after := got.Iterations[i-1].Inertia, got.Iterations[i].Inertia; after > before*(1+1e-6) { // float32 centroids
					t.Errorf("iteration %d: inertia rises from %v to %v", i, before, after)
				}
			}
		})
	}
}
