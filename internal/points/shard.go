// Package points describes and reads the points of a level: rows of float32
// that lie in .npy files, cut into shards.
package points

import (
	"fmt"

	"leveler/internal/npy"
	"leveler/internal/store"
)

// Shard is a contiguous range of rows in one .npy file: the element that flows
// through the pipelines in place of vectors.
type Shard struct {
	Index int    `json:"index"` // its place in the set
	Path  string `json:"path"`
	First int64  `json:"first"` // its first row in the file
	Rows  int64  `json:"rows"`
	Start int64  `json:"start"` // position in the set of its first row
	// Row is the row number (DESIGN section 4) of its first row. Where rows were
	// left out the numbers are not consecutive: Numbers then names an int64 .npy
	// that lists them.
	Row     int64     `json:"row"`
	Numbers store.Ref `json:"numbers,omitzero"`
	// Ids names the Parquet file with the rows' ids and sources; without it the
	// id of a row is its number and its source is Source.
	Ids    store.Ref `json:"ids,omitzero"`
	Source string    `json:"source,omitempty"`
	// File is what was committed at Path; zero where the rows lie in an input file.
	File store.Ref `json:"file,omitzero"`
}

// Set is a whole point set, as its manifest says.
type Set struct {
	Dim    int     `json:"dim"`
	Rows   int64   `json:"rows"`
	MaxAbs float64 `json:"max_abs"`
	// Unit says that every row is L2-normalised.
	Unit bool `json:"unit"`
	// Digest identifies the rows and their numbers, whatever the shards.
	Digest string  `json:"digest"`
	Shards []Shard `json:"shards"`
}

// Bytes is the size of the whole set in memory.
func (s *Set) Bytes() int64 { return s.Rows * int64(s.Dim) * 4 }

// At finds the shard that holds the row at a position of the set, and the
// row's offset in it.
func (s *Set) At(position int64) (shard int, offset int64) {
	lo, hi := 0, len(s.Shards)
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if s.Shards[mid].Start <= position {
			lo = mid
		} else {
			hi = mid
		}
	}
	// Empty shards share a start with the next: the last of them holds the row.
	return lo, position - s.Shards[lo].Start
}

// Read returns the shard's rows (Rows x dim float32), in dst when it is large
// enough.
func (s Shard) Read(dim int, dst []float32) ([]float32, error) {
	if s.Rows == 0 {
		return dst[:0], nil
	}
	f, err := store.OpenCached(s.Path) // every pass reads it
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	m, err := npy.OpenMatrix(f, f.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path, err)
	}
	if m.Dim() != dim {
		return nil, fmt.Errorf("%s: has %d columns, the set has %d", s.Path, m.Dim(), dim)
	}
	if have := m.Rows(); s.First < 0 || s.First+s.Rows > have { // the file was replaced, or ReadRows would panic
		return nil, fmt.Errorf("%s: has %d rows, the set was made when it had %d at least", s.Path, have, s.First+s.Rows)
	}
	n := int(s.Rows) * dim
	if cap(dst) < n {
		dst = make([]float32, n)
	}
	dst = dst[:n]
	if err := m.ReadRows(dst, s.First, nil); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path, err)
	}
	return dst, nil
}

// ReadRow returns one row of the set by its position.
func (s *Set) ReadRow(position int64) ([]float32, error) {
	i, off := s.At(position)
	sh := s.Shards[i]
	sh.First += off
	sh.Rows = 1
	return sh.Read(s.Dim, nil)
}

// ReadAll returns every row of the set.
func (s *Set) ReadAll() ([]float32, error) {
	x := make([]float32, int(s.Rows)*s.Dim)
	at := 0
	for _, sh := range s.Shards {
		n := int(sh.Rows) * s.Dim
		if _, err := sh.Read(s.Dim, x[at:at:at+n]); err != nil {
			return nil, err
		}
		at += n
	}
	return x, nil
}

// RowNumbers returns a function from an offset in the shard to the row number.
func (s Shard) RowNumbers() (func(offset int) int64, error) {
	if s.Numbers.IsZero() {
		first := s.Row
		return func(i int) int64 { return first + int64(i) }, nil
	}
	numbers, err := ReadInt64s(s.Numbers.Path)
	if err != nil {
		return nil, err
	}
	if int64(len(numbers)) != s.Rows {
		return nil, fmt.Errorf("%s: lists %d rows, the shard has %d", s.Numbers.Path, len(numbers), s.Rows)
	}
	return func(i int) int64 { return numbers[i] }, nil
}
