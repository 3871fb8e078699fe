package balance

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func sum(counts []int64) (total int64) {
	for _, n := range counts {
		total += n
	}
	return total
}

func TestHypergeometric(t *testing.T) {
	// 2 of 5 rows drawn, 3 of the 5 marked: 0 with 1/10, 1 with 6/10, 2 with 3/10.
	want := []float64{0.1, 0.6, 0.3}
	const steps = 10_000
	got := make([]float64, 3)
	for i := range steps {
		got[hypergeometric((float64(i)+0.5)/steps, 5, 3, 2)] += 1.0 / steps
	}
	for x := range want {
		if math.Abs(got[x]-want[x]) > 2.0/steps { // one grid point at each end
			t.Errorf("P(%d): got %v, want %v", x, got[x], want[x])
		}
	}
	// A million marked of a billion, a tenth drawn: mean 1e5, variance
	// 1e8 * 1e-3 * (1 - 1e-3) * 0.9 = 89910, sd 300.
	var mean, square float64
	const big = 50_021 // prime: about 66 grid points at the mode
	for i := range big {
		x := float64(hypergeometric((float64(i)+0.5)/big, 1e9, 1e6, 1e8)) - 1e5
		mean += x / big
		square += x * x / big
	}
	if math.Abs(mean) > 3 { // 1 % of the standard deviation
		t.Errorf("mean: got %v off", mean)
	}
	if sd := math.Sqrt(square - mean*mean); math.Abs(sd-299.85) > 3 {
		t.Errorf("standard deviation: got %v, want 299.85", sd)
	}
}

func TestRandom(t *testing.T) {
	sizes := []int64{1000, 0, 10, 1, 500_000}
	first := Random(1, 0, sizes, 5000)
	if !slices.Equal(first, Random(1, 0, sizes, 5000)) {
		t.Error("the same draw differs")
	}
	if slices.Equal(first, Random(1, 1, sizes, 5000)) {
		t.Error("another draw is the same")
	}
	if got, want := Random(1, 0, []int64{3, 0, 5}, 16), []int64{6, 0, 10}; !slices.Equal(got, want) {
		t.Errorf("twice all rows: got %v, want %v", got, want)
	}
	// The mean over draws is the share of the rows: 30 of 40 and 10 of 40.
	var mean [2]float64
	const draws = 4000
	for d := range uint64(draws) {
		for i, n := range Random(7, d, []int64{30, 10}, 8) {
			mean[i] += float64(n) / draws
		}
	}
	// Variance 8 * 0.75 * 0.25 * 32/39 = 1.23; four standard errors are 0.07.
	if math.Abs(mean[0]-6) > 0.07 || math.Abs(mean[1]-2) > 0.07 {
		t.Errorf("means: got %v, want 6 and 2", mean)
	}
}

func TestRandomProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.Int64Range(0, 1000), 1, 30).Draw(t, "sizes")
		rows := sum(sizes)
		target := rapid.Int64Range(0, 3*rows).Draw(t, "target")
		got := Random(rapid.Uint64().Draw(t, "seed"), 0, sizes, target)
		if sum(got) != target {
			t.Fatalf("got %d rows, want %d", sum(got), target)
		}
		for i, n := range got {
			if most := sizes[i] * (target/max(rows, 1) + 1); n < 0 || n > most {
				t.Fatalf("cluster %d: got %d of at most %d", i, n, most)
			}
		}
	})
}

func TestFlat(t *testing.T) {
	tests := map[string]struct {
		sizes              []int64
		multiplier, target int64
		want               []int64
	}{
		"even":          {[]int64{9, 9, 9}, 1, 6, []int64{2, 2, 2}},
		"capped":        {[]int64{1, 9, 9}, 1, 7, []int64{1, 3, 3}},
		"two capped":    {[]int64{1, 2, 9}, 1, 8, []int64{1, 2, 5}},
		"all there is":  {[]int64{1, 2, 3}, 1, 10, []int64{1, 2, 3}},
		"multiplier":    {[]int64{1, 9}, 3, 8, []int64{3, 5}},
		"empty cluster": {[]int64{0, 5}, 1, 3, []int64{0, 3}},
		"nothing asked": {[]int64{4, 5}, 1, 0, []int64{0, 0}},
		"no cluster":    {nil, 1, 5, nil},
		"zero is one":   {[]int64{1, 9}, 0, 5, []int64{1, 4}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Flat(1, tt.sizes, tt.multiplier, tt.target); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFlatProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.Int64Range(0, 20), 1, 30).Draw(t, "sizes")
		multiplier := rapid.Int64Range(1, 3).Draw(t, "multiplier")
		target := rapid.Int64Range(0, 300).Draw(t, "target")
		got := Flat(3, sizes, multiplier, target)
		if want := min(target, multiplier*sum(sizes)); sum(got) != want {
			t.Fatalf("got %d rows, want %d", sum(got), want)
		}
		most := slices.Max(got)
		for i, n := range got {
			if n > sizes[i]*multiplier {
				t.Fatalf("cluster %d: %d of %d times %d", i, n, sizes[i], multiplier)
			}
			if n < most-1 && n < sizes[i]*multiplier {
				t.Fatalf("cluster %d has %d of %d while another has %d", i, n, sizes[i]*multiplier, most)
			}
		}
	})
}
