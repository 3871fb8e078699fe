package seeding

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
	"leveler/internal/rng"
)

// plainPlusPlus is greedy k-means++ by its definition: every distance of every
// trial, big integers for the sums.
func plainPlusPlus(x []float32, d int, weights []int64, k, trials int, key Key) []int {
	m := len(x) / d
	row := func(i int) []float32 { return x[i*d : (i+1)*d] }
	weight := func(i int) float64 {
		if weights == nil {
			return 1
		}
		return float64(weights[i])
	}
	invert := func(terms []*big.Int, h uint64) int {
		total := new(big.Int)
		for _, q := range terms {
			total.Add(total, q)
		}
		target := new(big.Int).Mul(total, new(big.Int).SetUint64(h))
		target.Rsh(target, 64)
		sum := new(big.Int)
		for i, q := range terms {
			if sum.Add(sum, q); target.Cmp(sum) < 0 {
				return i
			}
		}
		return -1
	}
	quantise := func(terms []float64, shift int) (q []*big.Int, sum *big.Int) {
		sum = new(big.Int)
		for _, v := range terms {
			q = append(q, new(big.Int).SetUint64(fixed.Quantise(v, shift)))
			sum.Add(sum, q[len(q)-1])
		}
		return q, sum
	}

	var chosen []int
	if weights == nil {
		chosen = append(chosen, int(key.First(int64(m))))
	} else {
		var q []*big.Int
		for _, w := range weights {
			q = append(q, big.NewInt(w))
		}
		chosen = append(chosen, invert(q, key.hash(rng.PurposeFirstCentroid)))
	}
	d2 := make([]float64, m)
	for i := range d2 {
		d2[i] = kernel.SquaredDistance(row(i), row(chosen[0]))
	}
	for len(chosen) < k {
		terms := make([]float64, m)
		for i := range terms {
			terms[i] = weight(i) * d2[i]
		}
		if slices.Max(terms) == 0 {
			return chosen
		}
		shift := fixed.ChooseShift(slices.Max(terms))
		now, _ := quantise(terms, shift)
		var best *big.Int
		var bestRow int
		var bestD2 []float64
		for t := range trials {
			r := invert(now, key.trial(len(chosen), t))
			next := slices.Clone(d2)
			for i := range next {
				next[i] = min(next[i], kernel.SquaredDistance(row(i), row(r)))
				terms[i] = weight(i) * next[i]
			}
			if _, potential := quantise(terms, shift); best == nil || potential.Cmp(best) < 0 {
				best, bestRow, bestD2 = potential, r, next
			}
		}
		chosen = append(chosen, bestRow)
		d2 = bestD2
	}
	return chosen
}

// clouds returns n rows around a few centres, some of them repeated.
func clouds(n, d int, scale float64, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 5))
	centres := make([]float64, 7*d)
	for i := range centres {
		centres[i] = r.NormFloat64()
	}
	x := make([]float32, 0, n*d)
	for i := range n {
		if i > 0 && r.IntN(10) == 0 { // a duplicate
			at := r.IntN(i) * d
			x = append(x, x[at:at+d]...)
			continue
		}
		c := r.IntN(7) * d
		for j := range d {
			x = append(x, float32((centres[c+j]+.2*r.NormFloat64())*scale))
		}
	}
	return x
}

func TestPlusPlusIsItsDefinition(t *testing.T) { eachPath(t, testPlusPlusIsItsDefinition) }

func testPlusPlusIsItsDefinition(t *testing.T) {
	for _, d := range []int{1, 2, 3, 15, 16, 17, 40, 64, 101} {
		for _, scale := range []float64{1, 1e-30, 1e20, 1e-44} {
			for _, weighted := range []bool{false, true} {
				t.Run(fmt.Sprintf("d=%d scale=%g weighted=%v", d, scale, weighted), func(t *testing.T) {
					const n, k = 600, 25
					x := clouds(n, d, scale, uint64(d))
					var weights []int64
					if weighted {
						r := rand.New(rand.NewPCG(3, 4))
						for range n {
							weights = append(weights, r.Int64N(5)*(1<<r.IntN(40)))
						}
					}
					key := Key{Seed: 9, Level: 2}
					want := plainPlusPlus(x, d, weights, k, Trials(k), key)
					got, err := PlusPlus(x, d, weights, k, key, 1)
					var few *TooFewError
					if errors.As(err, &few) && few.Found == len(want) && few.Found < k {
						return // hardly any float32 numbers at 1e-44
					}
					if err != nil || !slices.Equal(got.Rows, want) {
						t.Errorf("got %v (%v) want %v", got.Rows, err, want)
					}
					for i, j := range got.Near {
						row := x[i*d : (i+1)*d]
						own := kernel.SquaredDistance(row, x[want[j]*d:(want[j]+1)*d])
						for _, r := range want {
							if kernel.SquaredDistance(row, x[r*d:(r+1)*d]) < own {
								t.Fatalf("row %d is nearer to row %d than to the chosen row %d", i, r, want[j])
							}
						}
					}
				})
			}
		}
	}
}

func TestPlusPlusWithAFarRow(t *testing.T) {
	// After the far row is chosen the terms are 2^60 times smaller.
	const n, d, k = 500, 4, 20
	x := clouds(n, d, 1e-3, 1)
	for j := range d {
		x[77*d+j] = 1e6
	}
	key := Key{Seed: 1}
	got, err := PlusPlus(x, d, nil, k, key, 1)
	if want := plainPlusPlus(x, d, nil, k, Trials(k), key); err != nil || !slices.Equal(got.Rows, want) {
		t.Errorf("got %v (%v) want %v", got.Rows, err, want)
	}
}

func TestPlusPlusIsTheSameForAnyThreads(t *testing.T) {
	const n, d, k = 9000, 24, 60
	x := clouds(n, d, 1, 2)
	want, err := PlusPlus(x, d, nil, k, Key{Seed: 3}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{2, 3, 7} {
		if got, err := PlusPlus(x, d, nil, k, Key{Seed: 3}, threads); err != nil || !slices.Equal(got.Rows, want.Rows) || !slices.Equal(got.Near, want.Near) {
			t.Errorf("%d threads: got %v (%v) want %v", threads, got, err, want)
		}
	}
}

func TestPlusPlusNeedsDistinctRows(t *testing.T) {
	x := []float32{1, 1, 2, 2, 1, 1, 3, 3, 0, 0}
	weights := []int64{1, 1, 1, 1, 0}
	for name, c := range map[string]struct {
		weights  []int64
		k, found int
	}{
		"all of them":         {nil, 4, 4},
		"one too few":         {nil, 5, 4},
		"weight zero is none": {weights, 4, 3},
		"no weight at all":    {make([]int64, 5), 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := PlusPlus(x, 2, c.weights, c.k, Key{}, 1)
			var few *TooFewError
			if c.found < c.k {
				if !errors.As(err, &few) || few.Want != c.k || few.Found != c.found {
					t.Fatalf("got %v, %v", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			seen := map[[2]float32]bool{}
			for _, i := range got.Rows {
				seen[[2]float32{x[2*i], x[2*i+1]}] = true
			}
			if len(seen) != c.k {
				t.Errorf("chosen rows %v hold %d distinct ones", got.Rows, len(seen))
			}
		})
	}
}

// A row of weight w counts as w equal rows: the second centroid of two is drawn
// by weight x D^2. Over many seeds the frequency is within 4.5 standard
// deviations, sqrt(p (1-p) / n), of the probability.
func TestTheDrawFollowsWeightAndDistance(t *testing.T) {
	x := []float32{0, 1, 2, 3}
	weights := []int64{1, 3, 2, 1} // first row: drawn by weight alone
	const seeds = 20000
	var first, second [4]float64
	for s := range uint64(seeds) {
		got, err := plusPlus(x, 1, weights, 2, 1, Key{Seed: s}, 1)
		if err != nil {
			t.Fatal(err)
		}
		first[got.Rows[0]]++
		if got.Rows[0] == 0 {
			second[got.Rows[1]]++
		}
	}
	check := func(what string, got, n, p float64) {
		if diff := got/n - p; math.Abs(diff) > 4.5*math.Sqrt(p*(1-p)/n) {
			t.Errorf("%s: frequency %.4f, probability %.4f", what, got/n, p)
		}
	}
	for i, w := range weights {
		check(fmt.Sprintf("first row %d", i), first[i], seeds, float64(w)/7)
	}
	for i, term := range []float64{0, 3 * 1, 2 * 4, 1 * 9} { // weight x D^2 from row 0
		check(fmt.Sprintf("second row %d", i), second[i], first[0], term/20)
	}
}

func TestTrials(t *testing.T) {
	for k := 1; k < 3_000_000; k += 1 + k/50 {
		if got, want := Trials(k), 2+int(math.Floor(math.Log(float64(k)))); got != want {
			t.Fatalf("k = %d: got %d want %d", k, got, want)
		}
	}
	for k := range 5000 {
		if c := CeilSqrt(k); k > 0 && (c*c < k || (c-1)*(c-1) >= k) {
			t.Fatalf("k = %d: got %d", k, c)
		}
	}
}
