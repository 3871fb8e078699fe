package seeding

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"leveler/internal/fixed"
	"leveler/internal/kernel"

	"pgregory.net/rapid"
)

func TestChosenIsItsInequality(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rapid.Uint64().Draw(t, "h")
		potential := rapid.Uint64Range(1, 1<<63-1).Draw(t, "potential")
		term := rapid.Uint64Range(0, potential).Draw(t, "term")
		l := rapid.Uint64Range(1, 1<<40).Draw(t, "l")
		// h / 2^64 < l term / potential
		left := new(big.Int).Mul(new(big.Int).SetUint64(h), new(big.Int).SetUint64(potential))
		right := new(big.Int).Mul(new(big.Int).SetUint64(l), new(big.Int).SetUint64(term))
		want := left.Cmp(right.Lsh(right, 64)) < 0
		if got := Chosen(h, term, potential, l); got != want {
			t.Fatalf("got %v want %v", got, want)
		}
	})
}

// The expected number of candidates of a round is the sum of min(1, l p); over
// many rounds the count is within 4.5 standard deviations (at most sqrt(l)).
func TestARoundDrawsAsManyAsItShould(t *testing.T) {
	const n, l, rounds = 2000, 50, 200
	var potential fixed.Potential
	for i := range n {
		potential.Add(float64(i * i))
	}
	draw := NewOversampler(&potential, l)
	key := Key{Seed: 5}
	var got, want float64
	for r := range rounds {
		for i := range n {
			want += math.Min(1, l*float64(i*i)/potential.Float64())
			if draw.Chosen(key.Oversample(r, int64(i)), float64(i*i)) {
				got++
			}
		}
	}
	if math.Abs(got-want) > 4.5*math.Sqrt(l*rounds) {
		t.Errorf("%v candidates, expected %v", got, want)
	}
}

func TestCandidatesAreNearestToTheirWeight(t *testing.T) {
	const n, d, k = 3000, 6, 40
	x := clouds(n, d, 1, 8)
	rows, weights, nearest, err := Candidates(x, d, k, 0, Key{Seed: 4}, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]int64, len(rows))
	for i := range n {
		best, at := math.Inf(1), 0
		for c, r := range rows {
			if v := kernel.SquaredDistance(x[i*d:(i+1)*d], x[r*d:(r+1)*d]); v < best {
				best, at = v, c
			}
		}
		if int(nearest[i]) != at {
			t.Fatalf("row %d: nearest to candidate %d, not %d", i, at, nearest[i])
		}
		want[at]++
	}
	if !slices.Equal(weights, want) {
		t.Errorf("weights\n%v\nwant\n%v", weights, want)
	}
	// 1 + 5 rounds of 20 expected
	if len(rows) < 70 || len(rows) > 135 {
		t.Errorf("%d candidates", len(rows))
	}
	for _, threads := range []int{2, 5} {
		again, w, near, err := Candidates(x, d, k, 0, Key{Seed: 4}, threads)
		if err != nil || !slices.Equal(again, rows) || !slices.Equal(w, weights) || !slices.Equal(near, nearest) {
			t.Errorf("%d threads give other candidates (%v)", threads, err)
		}
	}
}

func TestFurtherRoundsFindFarRows(t *testing.T) {
	// Row i lies at 2^i: each round sees little but the farthest rows left.
	const n = 60
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Ldexp(1, i))
	}
	got, err := Parallel(x, 1, n, 0, math.Inf(1), Key{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Sort(got.Rows); len(slices.Compact(got.Rows)) != n {
		t.Errorf("%d rows", len(got.Rows))
	}
	for i, j := range got.Near { // every row is a candidate and chosen, in the end
		if int(got.Near[i]) >= n || slices.Index(got.Near, j) != i {
			t.Errorf("row %d is near chosen row %d, as another is", i, j)
		}
	}
	var few *TooFewError
	if _, err := Parallel(x, 1, n+1, 0, math.Inf(1), Key{}, 1); !errors.As(err, &few) || few.Found != n {
		t.Errorf("one more than there are: %v", err)
	}
}

func TestApportion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "parts")
		shares := rapid.SliceOfN(rapid.Uint64Range(0, 1<<40), n, n).Draw(t, "shares")
		room := rapid.SliceOfN(rapid.IntRange(0, 50), n, n).Draw(t, "room")
		total := 0
		for _, r := range room {
			total += r
		}
		k := rapid.IntRange(0, total+3).Draw(t, "k")
		got := apportion(k, shares, room)
		if k > total {
			if got != nil {
				t.Fatalf("%v", got)
			}
			return
		}
		sum := 0
		for i, q := range got {
			sum += q
			if q < 0 || q > room[i] || k >= n && room[i] > 0 && q == 0 {
				t.Fatalf("part %d of %v gets %d", i, room, q)
			}
			for j, r := range got { // a larger share never gets less, but for room
				if shares[i] > shares[j] && q < r && q < room[i] {
					t.Fatalf("shares %v room %v: %v", shares, room, got)
				}
			}
		}
		if sum != k {
			t.Fatalf("%v sums to %d, not %d", got, sum, k)
		}
	})
}

func TestCellsAndSplit(t *testing.T) {
	const n, d, k = 2000, 5, 90
	x := clouds(n, d, 1, 3)
	weights := make([]int64, n)
	for i := range weights {
		weights[i] = int64(i % 4)
	}
	key := Key{Seed: 2}
	want, err := Cells(x, d, weights, k, key, 1)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range want.Rows {
		if weights[r] == 0 {
			t.Errorf("row %d has no weight", r)
		}
		b := ""
		for _, v := range x[r*d : (r+1)*d] {
			b += string(rune(math.Float32bits(v)>>16)) + string(rune(math.Float32bits(v)&0xffff))
		}
		seen[b] = true
	}
	if len(want.Rows) != k || len(seen) != k {
		t.Errorf("%d rows, %d distinct", len(want.Rows), len(seen))
	}
	for c, r := range want.Rows {
		if int(want.Near[r]) != c {
			t.Errorf("row %d, chosen as %d, is near %d", r, c, want.Near[r])
		}
	}
	if got, err := Cells(x, d, weights, k, key, 3); err != nil || !slices.Equal(got.Rows, want.Rows) || !slices.Equal(got.Near, want.Near) {
		t.Errorf("3 threads: %v (%v)", got, err)
	}
	one, err := Split(x, d, k, key, 1)
	if err != nil {
		t.Fatal(err)
	}
	three, err := Split(x, d, k, key, 3)
	if err != nil || !slices.Equal(one, three) || len(one) != k*d {
		t.Errorf("split: threads differ (%v)", err)
	}
}

func TestCellsGiveEveryDistinctRow(t *testing.T) {
	// 5 distinct rows, many times over, all of them asked for.
	var x []float32
	for i := range 200 {
		x = append(x, float32(i%5), 1)
	}
	got, err := Cells(x, 2, nil, 5, Key{}, 1)
	if err != nil || len(got.Rows) != 5 {
		t.Fatalf("got %v (%v)", got.Rows, err)
	}
	seen := map[float32]bool{}
	for _, r := range got.Rows {
		seen[x[2*r]] = true
	}
	if len(seen) != 5 {
		t.Errorf("got %v", got.Rows)
	}
	var few *TooFewError
	if _, err := Cells(x, 2, nil, 6, Key{}, 1); !errors.As(err, &few) || few.Found != 5 {
		t.Errorf("got %v", err)
	}
}

func TestSample(t *testing.T) {
	got := Sample(100, 10, Key{Seed: 1})
	if len(got) != 10 || !slices.IsSorted(got) || len(slices.Compact(got)) != 10 {
		t.Errorf("got %v", got)
	}
	if all := Sample(5, 10, Key{}); !slices.Equal(all, []int{0, 1, 2, 3, 4}) {
		t.Errorf("got %v", all)
	}
}
