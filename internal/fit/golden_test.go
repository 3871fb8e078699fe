package fit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFourPoints is scikit-learn's hand-computed case, unweighted.
func TestFourPoints(t *testing.T) {
	x := []float32{0, 0, 0.5, 0, 0.5, 1, 1, 1}
	l := newLevel(t, x, 2, 1, params(2))
	got := l.outcome(t, l.inMemory(t, l.from(t, []float32{0, 0, 1, 1}), 1, nil))
	want := outcome{
		Phase:     PhaseDone,
		Centroids: []float32{0.25, 0, 0.75, 1},
		Labels:    []int32{0, 0, 1, 1},
		D2:        []float64{0.0625, 0.0625, 0.0625, 0.0625},
		Sizes:     []int64{2, 2},
		Iterations: []Iteration{
			{Step: 0, Iteration: 0, Points: 4, Inertia: 0.5, Moved: 4, Imbalance: 1}, // 0 + .25 + .25 + 0
			{Step: 0, Iteration: 1, Points: 4, Inertia: 0.25, Moved: 0, Imbalance: 1},
		},
		Final: Final{Inertia: 0.25, Imbalance: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestRelocation is scikit-learn's: ten points on a line, three centroids on the
// first of them. The two farthest, 10 and 9.5, go to clusters 1 and 2; the other
// eight have the mean (-16.5 - 19.5) / 8 = -4.5.
func TestRelocation(t *testing.T) {
	x := []float32{-10, -9.5, -9, -8.5, -8, -1, 1, 9, 9.5, 10}
	p := params(3)
	p.NIters = 1
	for _, shards := range []int{1, 2, 5} {
		l := newLevel(t, x, 1, shards, p)
		got := l.outcome(t, l.byPasses(t, l.from(t, []float32{-10, -10, -10}), 1, 1, true, nil))
		if diff := cmp.Diff([]float32{-4.5, 10, 9.5}, got.Centroids); diff != "" {
			t.Errorf("centroids (-want +got):\n%s", diff)
		}
		if it := got.Iterations[0]; it.Empty != 2 || it.Relocated != 2 {
			t.Errorf("got %+v want 2 empty, 2 relocated", it)
		}
	}
	p.EmptyClusters = Keep
	l := newLevel(t, x, 1, 1, p)
	got := l.outcome(t, l.inMemory(t, l.from(t, []float32{-10, -10, -10}), 1, nil))
	if diff := cmp.Diff([]float32{-1.65, -10, -10}, got.Centroids); diff != "" {
		t.Errorf("keep: centroids (-want +got):\n%s", diff)
	}
}

// TestMoreEmptyClustersThanFarRows: two distinct values beside the centroid can
// fill two of four empty clusters; copies fill none, and the rest stay.
func TestMoreEmptyClustersThanFarRows(t *testing.T) {
	x := []float32{0, 0, 0, 5, 5, 5, 7, 7}
	p := params(5)
	p.NIters = 1
	l := newLevel(t, x, 1, 2, p)
	got := l.outcome(t, l.byPasses(t, l.from(t, []float32{0, 0, 0, 0, 0}), 1, 1, true, nil))
	if it := got.Iterations[0]; it.Empty != 4 || it.Relocated != 2 {
		t.Errorf("got %+v want 4 empty, 2 relocated", it)
	}
	// 7 (row 6) and 5 (row 3) leave; the other six have the mean 17/6.
	if diff := cmp.Diff([]float32{17. / 6, 7, 5, 0, 0}, got.Centroids); diff != "" {
		t.Errorf("centroids (-want +got):\n%s", diff)
	}
}

func TestEveryRowACluster(t *testing.T) {
	for _, seeding := range []string{SeedParallel, SeedPlusPlus, SeedRandom} {
		x := []float32{4, 1, 9, 16, 25, -3}
		p := params(6)
		p.Seeding = seeding
		l := newLevel(t, x, 1, 2, p)
		got := l.outcome(t, l.inMemory(t, start(), 2, nil))
		if got.Phase != PhaseDone || got.Final != (Final{Inertia: 0, Empty: 0, Imbalance: 1}) {
			t.Errorf("%s: got %s %+v want inertia 0 and no empty cluster", seeding, got.Phase, got.Final)
		}
	}
}

func TestWhatCannotBeClustered(t *testing.T) {
	equal := make([]float32, 60)
	two := append(make([]float32, 59), 3)
	for _, c := range []struct {
		name string
		x    []float32
		k    int
		want string
	}{
		{"more clusters than rows", []float32{1, 2, 3}, 4, "levels.0.n_clusters is 4, but the level has only 3 rows; ask for at most 3 clusters"},
		{"all rows equal", equal, 2, "levels.0.n_clusters is 2, but all rows are equal; there is nothing to cluster"},
		{"too few distinct rows", two, 3, "levels.0.n_clusters is 3, but the level has only 2 distinct rows; ask for at most 2 clusters"},
	} {
		for _, seeding := range []string{SeedParallel, SeedPlusPlus, SeedRandom} {
			p := params(c.k)
			p.Seeding = seeding
			l := newLevel(t, c.x, 1, 2, p)
			for _, st := range []*State{l.inMemory(t, start(), 1, nil), l.byPasses(t, start(), 1, 1, true, nil)} {
				if st.Phase != PhaseFailed || st.Failure != c.want {
					t.Errorf("%s, %s: got %s %q want %q", c.name, seeding, st.Phase, st.Failure, c.want)
				}
			}
		}
	}
	l := newLevel(t, equal, 1, 2, params(1)) // one cluster of equal rows is fine
	if st := l.inMemory(t, start(), 1, nil); st.Phase != PhaseDone || st.Final.Inertia != 0 {
		t.Errorf("one cluster: got %s %+v", st.Phase, st.Final)
	}
}

// TestResamplingCountsAsTheReference: n_resampling_steps k-means runs, the first
// on all points, each other on at most sample_size points of every cluster.
func TestResamplingCountsAsTheReference(t *testing.T) {
	const n, k = 300, 6
	for _, strategy := range []string{Closest, Random} {
		for steps := 1; steps <= 3; steps++ {
			for _, size := range []int{4, n} {
				p := params(k)
				p.NResamplingSteps, p.SampleSize, p.SamplingStrategy = steps, size, strategy
				l := newLevel(t, blobs(8, n, 2, 4), 2, 3, p)
				st := l.byPasses(t, start(), 1, 1, false, nil)
				runs := map[int]int64{}
				for _, it := range st.Iterations {
					runs[it.Step] = it.Points
				}
				if len(runs) != steps || runs[0] != n {
					t.Errorf("%s, %d steps of %d: got runs %v", strategy, steps, size, runs)
				}
				for step := 1; step < steps; step++ {
					if got := runs[step]; size == n && got != n || size < n && (got > int64(size*k) || got <= int64(size)) {
						t.Errorf("%s, step %d of sample_size %d: got %d points", strategy, step, size, got)
					}
				}
			}
		}
	}
	p := params(50)
	p.NResamplingSteps, p.SampleSize = 2, 0
	l := newLevel(t, blobs(8, n, 2, 4), 2, 1, p)
	if st := l.inMemory(t, start(), 1, nil); st.Phase != PhaseFailed || !strings.Contains(st.Failure, "raise levels.0.sample_size") {
		t.Errorf("an empty sample: got %s %q", st.Phase, st.Failure)
	}
}
