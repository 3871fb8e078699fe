// Package quota splits a target over a tree, top-down and evenly: the
// hierarchical sampling of Vo et al. 2024, section 3.3.
package quota

import (
	"cmp"
	"slices"
)

// Cut returns the largest x >= 0 with sum(min(x, capacity_i)) <= target, and
// the remainder target - sum. When the target takes everything, x is the
// largest capacity and the remainder what is left over. Capacities are >= 0.
func Cut(capacity []int64, target int64) (x, remainder int64) {
	if len(capacity) == 0 {
		return 0, target
	}
	sorted := slices.Clone(capacity)
	slices.Sort(sorted)
	left := target
	for i, c := range sorted {
		// The i smallest are full; the other n-i get at least x each.
		n := int64(len(sorted) - i)
		step := c - x
		if step > left/n { // step*n > left, without its overflow
			return x + left/n, left % n
		}
		left -= step * n
		x = c
	}
	return x, left
}

// Share is one child's part of a node's target.
type Share struct {
	Base     int64 // min(x, capacity)
	Eligible bool  // it may get one of the remainder: its capacity is above x
}

// Split splits the target over children by Cut. remainder of the eligible ones
// get one more; who they are is the caller's draw.
func Split(capacity []int64, target int64) (shares []Share, remainder int64) {
	x, remainder := Cut(capacity, target)
	shares = make([]Share, len(capacity))
	for i, c := range capacity {
		shares[i] = Share{Base: min(x, c), Eligible: c > x}
	}
	return shares, remainder
}

// drawn returns the n eligible children with the lowest keys.
func drawn(shares []Share, n int64, key func(child int) uint64) []int {
	type keyed struct {
		key   uint64
		child int
	}
	var all []keyed
	for i, s := range shares {
		if s.Eligible {
			all = append(all, keyed{key(i), i})
		}
	}
	slices.SortFunc(all, func(a, b keyed) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.child, b.child))
	})
	out := make([]int, 0, n)
	for _, k := range all[:n] {
		out = append(out, k.child)
	}
	return out
}
