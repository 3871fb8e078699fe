package pick

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestClosestOrdersAsTheDistances(t *testing.T) {
	const denormal = math.SmallestNonzeroFloat64
	values := []float64{0, denormal, 2 * denormal, 0x1p-1022, 1e-300, 1, math.Nextafter(1, 2), 1e300, math.MaxFloat64}
	for i, a := range values {
		for j, b := range values {
			got := Closest(a, 5).Compare(Closest(b, 5))
			if want := min(1, max(-1, i-j)); got != want {
				t.Errorf("%v against %v: got %d want %d", a, b, got, want)
			}
		}
	}
	if got := Closest(1, 2).Compare(Closest(1, 3)); got != -1 {
		t.Errorf("equal distances go to the lower row: got %d want -1", got)
	}
}

func TestRandomIsOfRowSeedAndPurpose(t *testing.T) {
	base := Random(7, 1, 2, 3)
	if base.Row != 7 {
		t.Errorf("row: got %d want 7", base.Row)
	}
	if got := Random(7, 1, 2, 3); got != base {
		t.Errorf("the same draw again: got %v want %v", got, base)
	}
	for name, k := range map[string]Key{
		"row": Random(8, 1, 2, 3), "seed": Random(7, 2, 2, 3), "purpose": Random(7, 1, 3, 3), "step": Random(7, 1, 2, 4),
	} {
		if k.Value == base.Value {
			t.Errorf("another %s gives the same bits %x", name, k.Value)
		}
	}
}

// TestRandomKeepsTheCallersSlice: what the draw is for may be a slice with room
// behind it, shared by goroutines.
func TestRandomKeepsTheCallersSlice(t *testing.T) {
	purpose := []uint64{2, 3, 99}
	Random(7, 1, purpose[:2]...)
	if purpose[2] != 99 {
		t.Errorf("wrote %d behind the caller's slice", purpose[2])
	}
}

func TestKeysAllocateNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Random(7, 1, 2, 3, 4) }); n != 0 {
		t.Errorf("Random: got %v allocations a row want 0", n)
	}
	l := NewLowest([]int64{2})
	l.See(0, Key{1, 1})
	l.See(0, Key{2, 2})
	if n := testing.AllocsPerRun(100, func() { l.See(0, Key{0, 0}) }); n != 0 {
		t.Errorf("See: got %v allocations a row want 0", n)
	}
}

type row struct {
	cluster int32
	key     Key
}

// oracle sorts each cluster's rows and takes the quota.
func oracle(rows []row, quota []int64) []Candidate {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b row) int {
		if a.cluster != b.cluster {
			return int(a.cluster - b.cluster)
		}
		return a.key.Compare(b.key)
	})
	taken := make([]int64, len(quota))
	out := []Candidate{}
	for _, r := range sorted {
		if taken[r.cluster] < quota[r.cluster] {
			taken[r.cluster]++
			out = append(out, Candidate{r.cluster, r.key})
		}
	}
	return out
}

// TestLowestEqualsSorting: whatever the shards, their order and how their
// candidates are merged, the rows at or below the cuts are those that sorting
// finds.
func TestLowestEqualsSorting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quota := rapid.SliceOfN(rapid.Int64Range(0, 6), 1, 5).Draw(t, "quota")
		n := rapid.IntRange(0, 60).Draw(t, "rows")
		rows := make([]row, n)
		for i := range rows {
			// Few values, so that ties abound; row numbers up to the largest.
			rows[i] = row{
				rapid.Int32Range(0, int32(len(quota)-1)).Draw(t, "cluster"),
				Key{rapid.Uint64Range(0, 4).Draw(t, "value") * (math.MaxUint64 / 4), math.MaxInt64 - int64(i)},
			}
		}
		want := oracle(rows, quota)

		seen := rapid.Permutation(rows).Draw(t, "order")
		whole := NewLowest(quota)
		for len(seen) > 0 {
			n := rapid.IntRange(1, len(seen)).Draw(t, "shard")
			shard := NewLowest(quota)
			for _, r := range seen[:n] {
				shard.See(r.cluster, r.key)
			}
			for _, c := range rapid.Permutation(shard.Candidates()).Draw(t, "merge") {
				whole.See(c.Cluster, c.Key)
			}
			if rapid.Bool().Draw(t, "look") { // asking in between must not disturb it
				whole.Candidates()
			}
			seen = seen[n:]
		}
		if diff := cmp.Diff(want, whole.Candidates()); diff != "" {
			t.Errorf("candidates (-want +got):\n%s", diff)
		}
		cuts := whole.Cuts()
		in := []Candidate{}
		for _, r := range rows {
			if cuts.In(r.cluster, r.key) {
				in = append(in, Candidate{r.cluster, r.key})
			}
		}
		slices.SortFunc(in, func(a, b Candidate) int {
			if a.Cluster != b.Cluster {
				return int(a.Cluster - b.Cluster)
			}
			return a.Key.Compare(b.Key)
		})
		if diff := cmp.Diff(want, in); diff != "" {
			t.Errorf("rows within the cuts (-want +got):\n%s", diff)
		}
	})
}

func TestAllAndNone(t *testing.T) {
	cuts := Cuts{All, None}
	for _, k := range []Key{{0, 0}, {0, math.MaxInt64}, {math.MaxUint64, 0}, {math.MaxUint64, math.MaxInt64}} {
		if !cuts.In(0, k) {
			t.Errorf("All leaves %v out", k)
		}
		if cuts.In(1, k) {
			t.Errorf("None takes %v in", k)
		}
	}
}

func TestQuotaZeroKeepsNothing(t *testing.T) {
	l := NewLowest([]int64{0, 1})
	l.See(0, Key{0, 0})
	if got := l.Candidates(); len(got) != 0 {
		t.Errorf("candidates: got %v want none", got)
	}
	if diff := cmp.Diff(Cuts{None, None}, l.Cuts()); diff != "" { // nothing was seen of cluster 1
		t.Errorf("cuts (-want +got):\n%s", diff)
	}
}
