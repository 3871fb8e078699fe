package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// checkInner compares the labels by inner product with the specification word for word. It
// stands beside every test and fuzzing of Assign.
func checkInner(t *testing.T, name string, x, c []float32, n, k, d int) bool {
	t.Helper()
	got := make([]int32, n)
	cent := NewInner(c, k, d)
	cent.Assign(x, got, new(Scratch))
	for i := range n {
		best, want := math.Inf(-1), 0
		for j := range k {
			if v := InnerProduct(x[i*d:(i+1)*d], c[j*d:(j+1)*d]); v > best {
				best, want = v, j
			}
		}
		if int(got[i]) != want {
			t.Errorf("%s: %s: inner product: label of row %d: got %d want %d", name, cent.Path(), i, got[i], want)
			return false
		}
	}
	return true
}

// TestInnerOfUnitCentroidsIsCosine assigns rows of any norm to directions.
func TestInnerOfUnitCentroidsIsCosine(t *testing.T) {
	x := []float32{5, 1, 0.1, 0.3, -7, -7}
	c := []float32{1, 0, 0, 1, -0.6, -0.8}
	everyPath(t, func(t *testing.T) {
		labels := make([]int32, 3)
		NewInner(c, 3, 2).Assign(x, labels, new(Scratch))
		if want := [3]int32{0, 1, 2}; [3]int32(labels) != want {
			t.Errorf("got %v want %v", labels, want)
		}
	})
}

func TestBoundsOfInnerProductsPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("AssignRows kept bounds of what is no distance")
		}
	}()
	x := gaussian(rand.New(rand.NewPCG(1, 1)), 8)
	NewInner(x, 2, 4).AssignRows(x, nil, make([]int32, 2), make([]float32, 2), make([]float32, 2), new(Scratch))
}
