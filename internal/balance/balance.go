// Package balance says how evenly rows are spread over clusters, and what the
// same number of rows would have looked like when taken at random or evenly from
// a flat clustering. Its figures go into reports and decide nothing, so it uses
// floating-point logarithms; it rounds them so that reports of equal runs are
// equal byte for byte on every machine.
//
// # Memory
//
// A few slices as long as the number of clusters of one level; never anything
// as long as the number of rows.
package balance

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat"
)

// Figures describe one list of counts, one count per cluster. All are defined
// for any list: an empty list or one with no rows gives zeros.
type Figures struct {
	// Clusters is the number of clusters, empty ones included.
	Clusters int64 `json:"clusters"`
	// Total is the number of rows in them.
	Total int64 `json:"total"`
	// Empty is the number of clusters without a row.
	Empty int64 `json:"empty"`
	// Min, Median and Max are the sizes of the smallest, middle and largest cluster.
	Min    int64   `json:"min"`
	Median float64 `json:"median"`
	Max    int64   `json:"max"`
	// Gini is 0 when all clusters are equal and (k-1)/k when one has all rows.
	Gini float64 `json:"gini"`
	// NormalisedEntropy is the entropy divided by log k: 1 is uniform, 0 one cluster.
	NormalisedEntropy float64 `json:"normalised_entropy"`
	// Effective is exp(entropy): as many equal clusters would be as diverse.
	Effective float64 `json:"effective_clusters"`
	// KL is the divergence to the uniform distribution, log k minus the entropy, in nats.
	KL float64 `json:"kl_to_uniform"`
	// Imbalance is k Σn² / (Σn)², FAISS's imbalance factor: 1 is uniform, k one cluster.
	Imbalance float64 `json:"imbalance_factor"`
	// Largest1 and Largest10 are the shares of all rows that lie in the largest
	// 1 % and 10 % of the clusters, rounded up to whole clusters.
	Largest1  float64 `json:"share_of_largest_1_percent"`
	Largest10 float64 `json:"share_of_largest_10_percent"`
}

// Measure computes the figures of counts. It does not depend on their order,
// to the last bit, and leaves counts alone. A negative count is a programmer's
// error and panics.
func Measure(counts []int64) Figures {
	sorted := slices.Clone(counts)
	slices.Sort(sorted)
	return measureSorted(sorted)
}

// measureSorted expects counts in ascending order.
func measureSorted(counts []int64) Figures {
	k := len(counts)
	f := Figures{Clusters: int64(k)}
	if k == 0 {
		return f
	}
	if counts[0] < 0 {
		panic(fmt.Sprintf("balance: a cluster of %d rows", counts[0]))
	}
	f.Min, f.Max = counts[0], counts[k-1]
	f.Median = float64(counts[(k-1)/2]) + float64(counts[k/2]-counts[(k-1)/2])/2
	f.Empty = int64(sortedBelow(counts, 1))
	for _, n := range counts {
		f.Total += n
	}
	if f.Total == 0 {
		return f
	}

	// Shares rather than counts: no product below can overflow.
	shares := make([]float64, k)
	var gini, squares float64
	for i, n := range counts {
		p := float64(n) / float64(f.Total)
		shares[i] = p
		squares += float64(p * p)
		gini += float64(float64(2*i-k+1) * p) // Σ (2i - k - 1) p_i / k with i from 1
	}
	logK := math.Log(float64(k))
	entropy := min(stat.Entropy(shares), logK)
	f.Gini = figure(gini / float64(k))
	f.Effective = figure(math.Exp(entropy))
	f.KL = figure(logK - entropy)
	f.NormalisedEntropy = 1 // of a single cluster, where it would be 0/0
	if k > 1 {
		f.NormalisedEntropy = figure(entropy / logK)
	}
	f.Imbalance = figure(squares * float64(k))
	f.Largest1 = figure(tailShare(counts, f.Total, 100))
	f.Largest10 = figure(tailShare(counts, f.Total, 10))
	return f
}

// sortedBelow is the number of counts below limit in an ascending list.
func sortedBelow(counts []int64, limit int64) int {
	i, _ := slices.BinarySearch(counts, limit)
	return i
}

// tailShare is the share of the largest 1/part of an ascending list.
func tailShare(counts []int64, total int64, part int) float64 {
	var sum int64
	for _, n := range counts[len(counts)-(len(counts)+part-1)/part:] {
		sum += n
	}
	return float64(sum) / float64(total)
}

// figure rounds to nine significant digits: logarithms differ in the last bits
// between processors, and a report must not. What rounding makes of a tiny
// negative difference is zero.
func figure(x float64) float64 {
	if x < 1e-12 {
		return 0
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 9, 64), 64)
	if err != nil {
		panic(err) // FormatFloat's output always parses
	}
	return rounded
}
