package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRankCurve(t *testing.T) {
	got := rankCurve([]int64{5, 0, 40, 7, 0}, 400)
	want := []rankPoint{{1, 40}, {2, 7}, {3, 5}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := rankCurve([]int64{0, 0}, 400); len(got) != 0 {
		t.Errorf("no rows: got %v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.Int64Range(0, 100), 0, 200).Draw(t, "counts")
		most := rapid.IntRange(2, 50).Draw(t, "most")
		points := rankCurve(counts, most)
		sorted := slices.Clone(counts)
		slices.Sort(sorted)
		slices.Reverse(sorted)
		full := slices.Index(append(sorted, 0), 0) // clusters with rows
		if len(points) > most || (full > 0) != (len(points) > 0) {
			t.Fatalf("got %d points of at most %d for %d clusters", len(points), most, full)
		}
		for i, p := range points {
			if p.Size != sorted[p.Rank-1] {
				t.Fatalf("rank %d: got size %d, want %d", p.Rank, p.Size, sorted[p.Rank-1])
			}
			if i > 0 && p.Rank <= points[i-1].Rank {
				t.Fatalf("ranks do not rise: %v", points)
			}
		}
		if full > 0 && (points[0].Rank != 1 || points[len(points)-1].Rank != int64(full)) {
			t.Fatalf("the ends are missing: %v", points)
		}
	})
}

func TestThin(t *testing.T) {
	if got, want := thin(3, 5), []int{0, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := thin(101, 5), []int{0, 25, 50, 75, 100}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func texts(ticks []tick) string {
	var all []string
	for _, t := range ticks {
		all = append(all, t.Text)
	}
	return strings.Join(all, " ")
}

func TestTicks(t *testing.T) {
	scale := func(lo, hi float64, log bool) axis { return axis{lo, hi, 0, 100, log} }
	for _, tt := range []struct{ got, want string }{
		{texts(scale(1, 1000, true).decades()), "1 10 100 1k"},
		{texts(scale(1, 2.5e6, true).decades()), "1 10 100 1k 10k 100k 1M"},
		{texts(scale(1, 1e9, true).decades()), "1 100 10k 1M 100M"},
		{texts(scale(1, 50, true).decades()), "1 2 5 10 20 50"},
		{texts(scale(100, 1150, true).decades()), "100 200 500 1k"},
		{texts(scale(0, 10, false).steps(true)), "0 2 4 6 8 10"},
		{texts(scale(1, 2, false).steps(true)), "1 2"},
		{texts(scale(1, 50, false).steps(true)), "10 20 30 40 50"},
		{texts(scale(0.38, 0.71, false).steps(false)), "0.4 0.5 0.6 0.7"},
		{texts(scale(0.991, 1.002, false).steps(false)), "0.992 0.994 0.996 0.998 1.000 1.002"},
		{texts(scale(1.1e7, 3.2e7, false).steps(false)), "1.5e+07 2e+07 2.5e+07 3e+07"},
		{texts(scale(1e-5, 4e-5, false).steps(false)), "1e-05 2e-05 3e-05 4e-05"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestAxis(t *testing.T) {
	log := axis{1, 10_000, 10, 50, true}
	if got, want := log.at(100), "30.0"; got != want {
		t.Errorf("logarithmic: got %s, want %s", got, want)
	}
	down := axis{0, 4, 200, 100, false} // SVG's y grows downwards
	if got, want := down.at(1), "175.0"; got != want {
		t.Errorf("linear: got %s, want %s", got, want)
	}
}

func TestInertiaChart(t *testing.T) {
	c := inertiaChart(1, []Iteration{{1, 100, 10}, {1, 50, 10}, {2, 30, 5}, {2, 20, 5}})
	if len(c.Lines) != 2 || len(c.Marks) != 1 || c.Marks[0].Text != "2" {
		t.Fatalf("got %d lines and marks %v, want 2 and one for step 2", len(c.Lines), c.Marks)
	}
	if got, want := c.Lines[1].Dots[1].Text, "step 2, iteration 4: 4.00"; got != want {
		t.Errorf("got tooltip %q, want %q", got, want)
	}
	// The mean, 20/5, is the lowest point and so just above the frame's bottom.
	if got := c.Lines[1].Dots[1].Y; got <= c.Lines[0].Dots[1].Y {
		t.Errorf("4 is drawn at %s, above 5 at %s", got, c.Lines[0].Dots[1].Y)
	}
	for name, its := range map[string][]Iteration{"none": nil, "no number": {{1, math.NaN(), 1}}} {
		if c := inertiaChart(1, its); c != nil {
			t.Errorf("%s: got a chart", name)
		}
	}
	for name, its := range map[string][]Iteration{"flat": {{1, 5, 5}, {1, 5, 5}}, "zero": {{1, 0, 5}}} {
		c := inertiaChart(1, its)
		if c == nil || strings.Contains(c.Lines[0].Points, "N") {
			t.Errorf("%s: got %+v", name, c)
		}
	}
}

func TestEven(t *testing.T) {
	// The most even selection measures as even says, whatever divides whatever.
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.Int64Range(1, 60).Draw(t, "clusters")
		total := rapid.Int64Range(1, 300).Draw(t, "rows")
		counts := make([]int64, k)
		for i := range total {
			counts[i%k]++
		}
		got, want := evenOf(k, total), measure(counts)
		if got.Empty != want.Empty || got.Min != want.Min || got.Max != want.Max || got.Median != want.Median && total%k*2 != k {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		// With a remainder the figures are those of equal real shares.
		if total <= k || total%k == 0 {
			if math.Abs(got.Gini-want.Gini) > 1e-8 || math.Abs(got.KL-want.KL) > 1e-8 || math.Abs(got.Effective-want.Effective) > 1e-6 ||
				math.Abs(got.Imbalance-want.Imbalance) > 1e-6 || math.Abs(got.Largest10-want.Largest10) > 1e-8 || math.Abs(got.NormalisedEntropy-want.NormalisedEntropy) > 1e-8 {
				t.Fatalf("got %+v, want %+v", got, want)
			}
		}
	})
}
