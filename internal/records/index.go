package records

import (
	"fmt"
	"sort"
)

// Index is what the first pass learns about a file.
type Index struct {
	Rows    int64            // bad ones included
	Short   int64            `json:",omitempty"` // texts left out because they have fewer than MinChars characters
	Skipped map[string]int64 `json:",omitempty"` // members left out, by what they are
	Marks   []Mark           // of rows 0, every, 2*every …; of row groups; only the first in a compressed file
}

// IndexFile counts the rows of a file and marks every so many of them. The error
// is storage's: damage is a bad row. It panics when every is below 1 or the
// options are not valid.
func IndexFile(in Input, f File, o Options, every int64) (Index, error) {
	o = mustValid(o)
	if every < 1 {
		panic("records: IndexFile needs every >= 1")
	}
	var ix Index
	err := f.scan(in, start, o, false, func(fr *frame) error {
		ix.add(fr, every)
		return nil
	})
	if err != nil {
		return Index{}, fmt.Errorf("%s: %w", f.Path, err)
	}
	return ix, nil
}

// marksPerRange bounds the marks of a table with many small row groups.
const marksPerRange = 8

// SingleRow is the index of a file that is one row.
func SingleRow() Index { return Index{Rows: 1, Marks: []Mark{start}} }

func (ix *Index) add(fr *frame, every int64) {
	switch {
	case fr.skipped != "":
		if ix.Skipped == nil {
			ix.Skipped = map[string]int64{}
		}
		ix.Skipped[fr.skipped]++
		return
	case fr.short:
		ix.Short++
		return
	}
	switch {
	case ix.Rows == 0:
		// Not the frame's own place: what lies before it is skipped again.
		ix.Marks = append(ix.Marks, start)
	case fr.unit && ix.Rows-ix.Marks[len(ix.Marks)-1].Row >= max(1, every/marksPerRange), !fr.streamed && !fr.unit && ix.Rows%every == 0:
		ix.Marks = append(ix.Marks, Mark{Row: ix.Rows, Offset: fr.offset, Line: fr.line})
	}
	ix.Rows++
}

// start is the mark of every file's first byte.
var start = Mark{Line: 1}

// Range is rows First to First+Rows-1 of a file, with a mark at or before First.
type Range struct {
	Mark  Mark
	First int64
	Rows  int64
}

// Range returns the range of rows from first on, read from the nearest mark.
func (ix Index) Range(first, rows int64) Range {
	after := sort.Search(len(ix.Marks), func(i int) bool { return ix.Marks[i].Row > first })
	if after == 0 {
		return Range{Mark: start, First: first, Rows: rows}
	}
	return Range{Mark: ix.Marks[after-1], First: first, Rows: rows}
}

func mustValid(o Options) Options {
	if err := o.Validate(); err != nil {
		panic("records: invalid options: " + err.Error())
	}
	return o.WithDefaults()
}
