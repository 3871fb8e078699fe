package balance

import (
	"cmp"
	"math"
	"slices"

	"leveler/internal/quota"
	"leveler/internal/rng"
)

// The purposes of this package's draws. They decide nothing but figures in
// reports, so they stay out of rng's list and far above its values.
const (
	purposeRandom uint64 = 1<<32 + iota
	purposeFlat
)

// Random returns how many rows of each cluster one random selection of target
// rows would have: a draw from the multivariate hypergeometric distribution,
// named by (seed, draw). When target exceeds the rows, every row is taken as
// often as it can be by all before the rest is drawn.
func Random(seed, draw uint64, sizes []int64, target int64) []int64 {
	out := make([]int64, len(sizes))
	var rows int64
	for _, n := range sizes {
		rows += n
	}
	if rows == 0 || target <= 0 {
		return out
	}
	copies, rest := target/rows, target%rows
	for i, n := range sizes {
		// Cluster by cluster: given the earlier ones, the count of this one is
		// hypergeometric in the rows and draws that are left.
		u := float64(rng.Hash(seed, purposeRandom, draw, uint64(i))>>11) / (1 << 53)
		x := hypergeometric(u, rows, n, rest)
		out[i] = copies*n + x
		rows -= n
		rest -= x
	}
	return out
}

// hypergeometric inverts u in [0, 1): the number of marked rows when drawn rows
// are taken without replacement from rows of which marked are marked. It walks
// outwards from the mode, so it takes about as many steps as the standard
// deviation.
func hypergeometric(u float64, rows, marked, drawn int64) int64 {
	lo, hi := max(0, drawn-(rows-marked)), min(drawn, marked)
	if lo == hi {
		return lo
	}
	mode := int64(float64(drawn+1) * (float64(marked+1) / float64(rows+2)))
	mode = min(max(mode, lo), hi)
	at := math.Exp(logChoose(marked, mode) + logChoose(rows-marked, drawn-mode) - logChoose(rows, drawn))
	u -= at
	if u < 0 {
		return mode
	}
	up, down := at, at
	above, below := mode, mode
	for above < hi || below > lo {
		if above < hi {
			up *= float64(marked-above) / float64(above+1) * (float64(drawn-above) / float64(rows-marked-drawn+above+1))
			above++
			if u -= up; u < 0 {
				return above
			}
		}
		if below > lo {
			down *= float64(below) / float64(marked-below+1) * (float64(rows-marked-drawn+below) / float64(drawn-below+1))
			below--
			if u -= down; u < 0 {
				return below
			}
		}
		if (above == hi || up < 1e-18) && (below == lo || down < 1e-18) {
			break // what is left of u is rounding
		}
	}
	return mode
}

// logChoose is the logarithm of n over k. Its error at a billion rows is about
// 1e-5, invisible in a report.
func logChoose(n, k int64) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// Flat returns how many rows of each cluster a selection of target rows with
// equal shares would have: every cluster gives the same number, or all it has
// (its size times multiplier); the rest goes one each to clusters drawn by
// hash. The sum is target, or all there is.
func Flat(seed uint64, sizes []int64, multiplier, target int64) []int64 {
	multiplier = max(multiplier, 1)
	caps := make([]int64, len(sizes))
	for i, n := range sizes {
		caps[i] = n * multiplier
	}
	share, rest := quota.Cut(caps, max(target, 0))
	out := make([]int64, len(sizes))
	var open []int
	for i, c := range caps {
		out[i] = min(c, share)
		if c > share {
			open = append(open, i)
		}
	}
	if rest = min(rest, int64(len(open))); rest > 0 {
		key := func(i int) uint64 { return rng.Hash(seed, purposeFlat, uint64(i)) }
		slices.SortFunc(open, func(a, b int) int {
			return cmp.Or(cmp.Compare(key(a), key(b)), cmp.Compare(a, b))
		})
		for _, i := range open[:rest] {
			out[i]++
		}
	}
	return out
}
