package seeding

import (
	"math/bits"

	"leveler/internal/rng"
)

// A Key names one seeding: everything drawn in it is a hash of the key, of what
// the draw is for and of its place, so nothing depends on an order.
type Key struct {
	Seed  uint64
	Level uint64 // of the tree
	Step  uint64 // the k-means run at this level
	Part  uint64 // a part of the seeding, such as a cell; 0 is the whole
}

func (key Key) hash(purpose uint64, parts ...uint64) uint64 {
	return rng.Hash(key.Seed, append([]uint64{purpose, key.Level, key.Step, key.Part}, parts...)...)
}

// First returns the row that begins a seeding of n rows of equal weight.
func (key Key) First(n int64) int64 {
	return int64(rng.Below(key.hash(rng.PurposeFirstCentroid), uint64(n)))
}

// Oversample returns the bits that decide whether a row becomes a candidate in a
// round of kmeans||.
func (key Key) Oversample(round int, row int64) uint64 {
	return key.hash(rng.PurposeOversample, uint64(round), uint64(row))
}

// Random returns the sort key of a row: the k rows with the lowest keys, ties by
// the lower row, are a uniform draw without replacement.
func (key Key) Random(row int64) uint64 {
	return key.hash(rng.PurposeRandomSeed, uint64(row))
}

// trial returns the bits of one trial of one step of greedy k-means++.
func (key Key) trial(step, trial int) uint64 {
	return key.hash(rng.PurposeTrial, uint64(step), uint64(trial))
}

// cell returns the key of a cell of a divided seeding.
func (key Key) cell(c int) Key {
	key.Part = key.hash(rng.PurposeSplit, uint64(c)) | 1
	return key
}

// Trials returns the rows that greedy k-means++ tries in each step,
// 2 + floor(ln k): the rule of scikit-learn and of Arthur and Vassilvitskii's
// own code. It is read from a table, as math.Log may differ between machines.
func Trials(k int) int {
	// ceil(e^i) for i = 1 …; e^i is irrational, so floor(ln k) >= i exactly from
	// there on.
	ceilings := []int{
		3, 8, 21, 55, 149, 404, 1097, 2981, 8104, 22027, 59875, 162755, 442414, 1202605, 3269018,
		8886111, 24154953, 65659970, 178482301, 485165196, 1318815735,
	}
	n := 2
	for _, c := range ceilings {
		if k < c {
			break
		}
		n++
	}
	return n
}

// CeilSqrt returns the smallest c with c*c >= k.
func CeilSqrt(k int) int {
	c := 1 << (bits.Len(uint(k)) / 2) // at least sqrt(k) / sqrt(2), at most 2 sqrt(k)
	for c*c < k {
		c++
	}
	for c > 1 && (c-1)*(c-1) >= k {
		c--
	}
	return c
}
