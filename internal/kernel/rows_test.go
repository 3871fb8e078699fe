package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestBoundsHold compares the bounds with distances in arithmetic wide enough to
// be exact, and the labels with the specification.
func TestBoundsHold(t *testing.T) {
	everyPath(t, func(t *testing.T) {
		for _, f := range families {
			for _, sh := range []struct{ n, k, d int }{{40, 9, 2}, {70, 40, 30}, {33, 130, 65}} {
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
			dist := exactDistance(x[i*d:(i+1)*d], c[j*d:(j+1)*d])
			if int32(j) == want[i] && new(big.Float).SetFloat64(float64(upper[i])).Cmp(dist) < 0 {
				t.Errorf("%s: %s: row %d: upper %v is below the distance %v", name, cent.Path(), i, upper[i], dist)
				return false
			}
			if int32(j) != want[i] && !math.IsInf(float64(lower[i]), 1) &&
				new(big.Float).SetFloat64(float64(lower[i])).Cmp(dist) > 0 {
				t.Errorf("%s: %s: row %d: lower %v is above the distance %v to %d", name, cent.Path(), i, lower[i], dist, j)
				return false
			}
		}
	}
	return true
}

func exactDistance(a, b []float32) *big.Float {
	sum := new(big.Float).SetPrec(700)
	for i := range a {
		v := new(big.Float).SetPrec(700).Sub(big.NewFloat(float64(a[i])), big.NewFloat(float64(b[i])))
		sum.Add(sum, v.Mul(v, v))
	}
	return sum.Sqrt(sum)
}
