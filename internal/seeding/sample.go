package seeding

import (
	"cmp"
	"slices"
)

// Sample returns the s of n rows with the lowest keys (ties by the lower row),
// in the order of the rows: a uniform draw without replacement.
func Sample(n, s int, key Key) []int {
	type draw struct {
		h   uint64
		row int
	}
	draws := make([]draw, n)
	for i := range draws {
		draws[i] = draw{key.Random(int64(i)), i}
	}
	slices.SortFunc(draws, func(a, b draw) int {
		return cmp.Or(cmp.Compare(a.h, b.h), cmp.Compare(a.row, b.row))
	})
	rows := make([]int, 0, min(n, s))
	for _, w := range draws[:min(n, s)] {
		rows = append(rows, w.row)
	}
	slices.Sort(rows)
	return rows
}
