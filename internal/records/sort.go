package records

import (
	"cmp"
	"slices"
)

// SortFiles puts files of several patterns into the order that numbers rows.
func SortFiles(files []File) {
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
}
