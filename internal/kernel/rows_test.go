package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// wide is more than the relative error of a float64 distance, and far less than
// the rounding of a float32 bound.
const wide = 1e-12

// TestBoundsHold compares the bounds with float64 distances, and the labels with
// the specification.
func TestBoundsHold(t *testing.T) {
	everyPath(t, func(t *testing.T) {
		for _, f := range families {
			for _, sh := range []struct{ n, k, d int }{{40, 9, 2}, {70, 100, 2}, {70, 100, 5}, {70, 40, 30}, {33, 130, 65}} {
				rnd := rand.New(rand.NewPCG(5, 5))
				x, c := f.make(rnd, sh.n, sh.k, sh.d)
				name := fmt.Sprintf("%s %v", f.name, sh)
				if !checkRows(t, name, x, c, sh.n, sh.k, sh.d, nil) {
					return
				}
				checkRows(t, name, x, c, sh.n, sh.k, sh.d, []int32{3, 4, 30, 7})
			}
		}
	})
}

func checkRows(t *testing.T, name string, x, c []float32, n, k, d int, rows []int32) bool {
	t.Helper()
	labels := make([]int32, n)
	upper, lower := make([]float32, n), make([]float32, n)
	var s Scratch
	cent := New(c, k, d)
	cent.AssignRows(x, rows, labels, upper, lower, &s)
	chosen := map[int]bool{}
	for _, i := range rows {
		chosen[int(i)] = true
	}
	want := bruteForce(x, c, n, k, d)
	for i := range n {
		if rows != nil && !chosen[i] {
			if labels[i] != 0 || upper[i] != 0 || lower[i] != 0 {
				t.Errorf("%s: row %d was not asked for", name, i)
				return false
			}
			continue
		}
		if labels[i] != want[i] {
			t.Errorf("%s: label of row %d: got %d want %d", name, i, labels[i], want[i])
			return false
		}
		for j := range k {
			dist := math.Sqrt(SquaredDistance(x[i*d:(i+1)*d], c[j*d:(j+1)*d]))
			if int32(j) == want[i] && float64(upper[i]) < dist*(1-wide) {
				t.Errorf("%s: %s: row %d: upper %v is below the distance %v", name, cent.Path(), i, upper[i], dist)
				return false
			}
			if int32(j) != want[i] && float64(lower[i]) > dist*(1+wide) {
				t.Errorf("%s: %s: row %d: lower %v is above the distance %v to %d", name, cent.Path(), i, lower[i], dist, j)
				return false
			}
		}
	}
	return true
}

// TestNearAndStairs moves centroids and checks what follows from bounds made
// before: labels from the neighbours alone, and Stairs.Lower.
func TestNearAndStairs(t *testing.T) {
	everyPath(t, func(t *testing.T) {
		for _, f := range families {
			for _, sh := range []struct{ n, k, d int }{{20, 1, 3}, {60, 40, 2}, {70, 100, 30}, {20, 1100, 26}, {70, 100, 41}} {
				rnd := rand.New(rand.NewPCG(9, 5))
				x, c := f.make(rnd, sh.n, sh.k, sh.d)
				labels := make([]int32, sh.n)
				upper, lower := make([]float32, sh.n), make([]float32, sh.n)
				var s Scratch
				old := New(slices.Clone(c), sh.k, sh.d)
				old.AssignRows(x, nil, labels, upper, lower, &s)
				for j := range sh.k {
					if rnd.IntN(2) == 0 {
						for i := range sh.d {
							c[j*sh.d+i] *= 1 - 0.1*rnd.Float32()
						}
					}
				}
				if !checkMoved(t, fmt.Sprintf("%s %v", f.name, sh), x, New(c, sh.k, sh.d), old, labels, upper, lower, &s) {
					return
				}
			}
		}
	})
}

func checkMoved(t *testing.T, name string, x []float32, c, old *Centroids, labels []int32, upper, lower []float32, s *Scratch) bool {
	t.Helper()
	n := len(labels)
	drift := make([]float32, c.k)
	c.Drift(old, drift)
	var stairs Stairs
	stairs.Prepare(c, drift)
	stairs.Fill(0, c.k, s)
	var all []int32
	for i := range n {
		all = append(all, int32(i))
	}
	dist := func(i, j int) float64 { return math.Sqrt(SquaredDistance(x[i*c.d:(i+1)*c.d], c.Row(j))) }
	c.Tighten(x, all, labels, upper)
	for i := range n {
		l := stairs.Lower(labels[i], upper[i], lower[i])
		for j := range c.k {
			if int32(j) != labels[i] && float64(l) > dist(i, j)*(1+wide) {
				t.Errorf("%s: %s: row %d: the stairs give %v, centroid %d is %v away", name, c.Path(), i, l, j, dist(i, j))
				return false
			}
		}
		if float64(upper[i]) < dist(i, int(labels[i]))*(1-wide) {
			t.Errorf("%s: %s: row %d: tightened below the distance", name, c.Path(), i)
			return false
		}
	}
	radius := make([]float32, c.k)
	members := make([][]int32, c.k)
	for i, j := range labels {
		if r := 2.01 * upper[i] * NearMargin; !math.IsInf(float64(r), 1) {
			radius[j] = max(radius[j], r)
			members[j] = append(members[j], int32(i))
		}
	}
	var near Near
	near.Prepare(c, nil, radius)
	near.Fill(0, c.k, s)
	want := bruteForce(x, c.rows, n, c.k, c.d)
	for a, rows := range members {
		if near.none || near.large[a] || len(rows) == 0 {
			continue
		}
		near.Assign(x, a, rows, labels, upper, lower, s)
		for _, i := range rows {
			if labels[i] != want[i] {
				t.Errorf("%s: %s: label of row %d near %d: got %d want %d", name, c.Path(), i, a, labels[i], want[i])
				return false
			}
			for j := range c.k {
				b, above := float64(lower[i]), int32(j) != want[i]
				if !above {
					b = float64(upper[i])
				}
				if v := dist(int(i), j); above && b > v*(1+wide) || !above && b < v*(1-wide) {
					t.Errorf("%s: %s: row %d near %d: bound %v of centroid %d at %v", name, c.Path(), i, a, b, j, dist(int(i), j))
					return false
				}
			}
		}
	}
	return true
}
