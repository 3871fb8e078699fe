package quota

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		name         string
		capacity     []int64
		target       int64
		x, remainder int64
	}{
		{"no children", nil, 3, 0, 3},
		{"no target", []int64{4, 9}, 0, 0, 0},
		{"even", []int64{10, 10, 10}, 9, 3, 0},
		{"remainder", []int64{10, 10, 10}, 11, 3, 2}, // 3+3+3 and 2
		{"one is full", []int64{1, 10, 10}, 10, 4, 1},
		{"two are full", []int64{1, 2, 10}, 9, 6, 0},            // 1+2+6
		{"the cut is a capacity", []int64{2, 5, 5}, 6, 2, 0},    // 2+2+2
		{"just below a capacity", []int64{2, 5, 5}, 5, 1, 2},    // 1+1+1 and 2
		{"everything", []int64{1, 2, 3}, 6, 3, 0},               // 1+2+3
		{"more than everything", []int64{1, 2, 3}, 8, 3, 2},     // 2 find no place
		{"empty children", []int64{0, 0, 7}, 5, 5, 0},           // 0+0+5
		{"only empty children", []int64{0, 0}, 5, 0, 5},         // nothing can be given
		{"order does not matter", []int64{10, 1, 10}, 10, 4, 1}, // as "one is full"
		{"the largest there are", []int64{math.MaxInt64, math.MaxInt64, math.MaxInt64}, math.MaxInt64, math.MaxInt64 / 3, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := slices.Clone(c.capacity)
			x, remainder := Cut(c.capacity, c.target)
			if x != c.x || remainder != c.remainder {
				t.Errorf("got %d, %d want %d, %d", x, remainder, c.x, c.remainder)
			}
			if !slices.Equal(c.capacity, before) {
				t.Errorf("the capacities were changed: got %v want %v", c.capacity, before)
			}
		})
	}
}

// TestCutIsTheLargest compares with the definition.
func TestCutIsTheLargest(t *testing.T) {
	sum := func(capacity []int64, x int64) (s int64) {
		for _, c := range capacity {
			s += min(x, c)
		}
		return s
	}
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.SliceOfN(rapid.Int64Range(0, 12), 0, 8).Draw(t, "capacity")
		target := rapid.Int64Range(0, 60).Draw(t, "target")
		x, remainder := Cut(capacity, target)
		if got := sum(capacity, x) + remainder; got != target {
			t.Errorf("cut %d and remainder %d give %d", x, remainder, got)
		}
		if remainder < 0 {
			t.Errorf("remainder: got %d", remainder)
		}
		if largest := slices.Max(append(capacity, 0)); x > largest {
			t.Errorf("cut %d above the largest capacity %d", x, largest)
		} else if x < largest && sum(capacity, x+1) <= target {
			t.Errorf("cut %d is not the largest: %d gives %d", x, x+1, sum(capacity, x+1))
		}
	})
}

func TestSplit(t *testing.T) {
	shares, remainder := Split([]int64{1, 10, 0, 4, 10}, 14) // 1+4+0+4+4 and 1; only the 10s can take it
	want := []Share{{1, false}, {4, true}, {0, false}, {4, false}, {4, true}}
	if !slices.Equal(shares, want) || remainder != 1 {
		t.Errorf("got %v, %d want %v, 1", shares, remainder, want)
	}
}

func TestDrawnTakesTheLowestKeys(t *testing.T) {
	shares := []Share{{0, true}, {0, false}, {0, true}, {0, true}, {0, true}}
	key := []uint64{7, 0, 3, 3, 9} // child 1 is not eligible; 2 and 3 tie
	for n, want := range [][]int{{}, {2}, {2, 3}, {2, 3, 0}, {2, 3, 0, 4}} {
		if got := drawn(shares, int64(n), func(i int) uint64 { return key[i] }); !slices.Equal(got, want) {
			t.Errorf("%d drawn: got %v want %v", n, got, want)
		}
	}
}
