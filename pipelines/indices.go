package pipelines

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"leveler/internal/npy"
)

// sortIndices sorts row numbers in place and refuses negative and repeated ones.
func sortIndices(v []int64) error {
	if len(v) == 0 {
		return errors.New("names no row")
	}
	for i, n := range v {
		if n < 0 {
			return fmt.Errorf("entry %d is %d; row numbers are >= 0", i, n)
		}
	}
	slices.Sort(v)
	for i := 1; i < len(v); i++ {
		if v[i] == v[i-1] {
			return fmt.Errorf("row %d stands in it more than once", v[i])
		}
	}
	return nil
}

// checkRange refuses row numbers that the input does not have.
func checkRange(key, path string, largest, rows int64) error {
	if largest >= rows {
		return fmt.Errorf("%s: %s: names row %d, but the input has %d rows (0 to %d)", key, path, largest, rows, rows-1)
	}
	return nil
}

func writeInt64s(v []int64) func(io.Writer) error {
	return func(w io.Writer) error { return npy.WriteInt64s(w, v) }
}
