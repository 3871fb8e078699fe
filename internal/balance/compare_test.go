package balance

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCompare(t *testing.T) {
	// Leaves 0 and 1 under cluster 0, leaves 2 and 3 under cluster 2 of three.
	levels, err := Compare(Input{
		Seed:     1,
		Leaves:   []int64{900, 60, 30, 10},
		Selected: []int64{25, 25, 40, 10},
		Parents:  [][]int32{{0, 0, 2, 2}},
		Widths:   []int{4, 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(levels) != 2 {
		t.Fatalf("got %d levels, want 2", len(levels))
	}
	top := levels[1]
	for name, tt := range map[string]struct{ got, want []int64 }{
		"before": {top.BeforeCounts, []int64{960, 0, 40}},
		"after":  {top.AfterCounts, []int64{50, 0, 50}},
		// Equal shares of 100 over 900, 60, 30, 10: 30, 30, 30, 10.
		"flat leaves": {levels[0].FlatCounts, []int64{30, 30, 30, 10}},
		"flat":        {top.FlatCounts, []int64{60, 0, 40}},
	} {
		if !slices.Equal(tt.got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, tt.got, tt.want)
		}
	}
	if got, want := top.After.Effective, 2.0; got != want {
		t.Errorf("effective clusters after: got %v, want %v", got, want)
	}
	if got := top.Random; got.Total != 100 || got.Clusters != 3 || got.Empty < 1 {
		t.Errorf("random: got %+v, want 100 rows over 3 clusters, one empty", got)
	}
	// A random selection is about as uneven as the rows: 4 of 100 in the small
	// cluster, standard deviation 1.9, averaged over 20 draws.
	if got, want := top.Random.Imbalance, top.Before.Imbalance; math.Abs(got-want) > 0.15 {
		t.Errorf("random imbalance: got %v, want about %v", got, want)
	}
	again, err := Compare(Input{
		Seed: 1, Leaves: []int64{900, 60, 30, 10}, Selected: []int64{25, 25, 40, 10},
		Parents: [][]int32{{0, 0, 2, 2}}, Widths: []int{4, 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range levels {
		if levels[i].Comparison != again[i].Comparison {
			t.Errorf("level %d differs between two calls", i+1)
		}
	}
}

func TestCompareProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.Int64Range(0, 500), 1, 40).Draw(t, "sizes")
		selected := make([]int64, len(sizes))
		for i, n := range sizes {
			selected[i] = rapid.Int64Range(0, n).Draw(t, "selected")
		}
		parents := rapid.SliceOfN(rapid.Int32Range(0, 6), len(sizes), len(sizes)).Draw(t, "parents")
		levels, err := Compare(Input{Leaves: sizes, Selected: selected, Parents: [][]int32{parents}})
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range levels {
			if l.Before.Total != sum(sizes) {
				t.Fatalf("level %d: got %d rows before, want %d", i+1, l.Before.Total, sum(sizes))
			}
			for _, f := range []Figures{l.After, l.Random, l.Flat} {
				if f.Total != sum(selected) || f.Clusters != l.Before.Clusters {
					t.Fatalf("level %d: got %+v, want %d rows over %d clusters", i+1, f, sum(selected), l.Before.Clusters)
				}
				for _, x := range []float64{f.Gini, f.KL, f.Effective, f.Imbalance, f.NormalisedEntropy} {
					if math.IsNaN(x) || math.IsInf(x, 0) {
						t.Fatalf("level %d: %+v is not finite", i+1, f)
					}
				}
			}
		}
	})
}

func TestCompareRefuses(t *testing.T) {
	for want, in := range map[string]Input{
		"2 cluster sizes but 1 selected": {Leaves: []int64{1, 2}, Selected: []int64{1}},
		"level 1 has 2 clusters but 1":   {Leaves: []int64{1, 2}, Selected: []int64{1, 1}, Parents: [][]int32{{0}}},
		"cluster 1 has parent -1":        {Leaves: []int64{1, 2}, Selected: []int64{1, 1}, Parents: [][]int32{{0, -1}}},
		"a child of cluster 4":           {Leaves: []int64{1}, Selected: []int64{1}, Parents: [][]int32{{4}}, Widths: []int{1, 2}},
		"widths [2] for 1 leaves":        {Leaves: []int64{1}, Selected: []int64{1}, Widths: []int{2}},
		"3 rows and -1 selected":         {Leaves: []int64{3}, Selected: []int64{-1}},
	} {
		if _, err := Compare(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}

func BenchmarkCompareMillion(b *testing.B) {
	sizes := make([]int64, 1_000_000)
	for i := range sizes {
		sizes[i] = int64(1_000_000 / (i + 1))
	}
	selected := Flat(1, sizes, 1, 500_000)
	for b.Loop() {
		if _, err := Compare(Input{Leaves: sizes, Selected: selected}); err != nil {
			b.Fatal(err)
		}
	}
}
