package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestImprove compares rows with new centroids around their nearest of the earlier ones, and
// with all, by the specification.
func TestImprove(t *testing.T) {
	everyPath(t, func(t *testing.T) {
		for _, f := range families {
			for _, sh := range []struct{ n, k, d int }{{90, 40, 33}, {70, 3, 70}, {50, 100, 48}, {200, 300, 40}} {
				rnd := rand.New(rand.NewPCG(11, 5))
				x, c := f.make(rnd, sh.n, 2*sh.k, sh.d)
				if cent := New(c[sh.k*sh.d:], sh.k, sh.d); cent.Apart() {
					checkImprove(t, fmt.Sprintf("%s %v", f.name, sh), x, c[:sh.k*sh.d], cent)
					checkImprove(t, fmt.Sprintf("%s %v, rows first", f.name, sh), x, x[:len(x)/2/sh.d*sh.d], cent)
				}
			}
		}
	})
}

func checkImprove(t *testing.T, name string, x, earlier []float32, c *Centroids) {
	t.Helper()
	n, k, d := len(x)/c.d, len(earlier)/c.d, c.d
	near := &Nearest{Best: make([]float64, n), Near: bruteForce(x, earlier, n, k, d)}
	groups, most := make([][]int32, k), make([]float64, k)
	for i, j := range near.Near {
		near.Best[i] = SquaredDistance(x[i*d:(i+1)*d], earlier[int(j)*d:][:d])
		groups[j] = append(groups[j], int32(i))
		most[j] = max(most[j], near.Best[i])
	}
	want := bruteForce(x, append(append([]float32(nil), earlier...), c.rows...), n, k+c.k, d)
	radius := make([]float32, k)
	for j := range radius {
		radius[j] = Reach(most[j])
	}
	var around Near
	var s Scratch
	near.Reserve()
	around.Prepare(c, earlier, radius)
	around.Fill(0, k, &s)
	var rest []int32
	for j, rows := range groups {
		rest = around.Improve(x, j, rows, near, int32(k), rest, &s)
	}
	c.ImproveAll(x, rest, near, int32(k), &s)
	for i, j := range want {
		if near.Near[i] != j {
			t.Errorf("%s: row %d: got %d want %d", name, i, near.Near[i], j)
			return
		}
		row := append(append([]float32(nil), earlier...), c.rows...)[int(j)*d:][:d]
		if v := SquaredDistance(x[i*d:(i+1)*d], row); near.Best[i] != v {
			t.Errorf("%s: row %d: got %v want %v", name, i, near.Best[i], v)
			return
		}
	}
}
