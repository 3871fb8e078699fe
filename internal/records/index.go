package records

import (
	"io"
	"sort"
)

// Index is what the first pass learns about a file.
type Index struct {
	Rows     int64  // bad ones included
	Bad      int64  // rows that are bad
	Short    int64  // texts left out because they have fewer than MinChars characters
	FirstBad *Fault // nil when no row is bad
	Marks    []Mark // of rows 0, every, 2*every …; only the first in a compressed file
}

// Fault is a bad row.
type Fault struct {
	Row    int64
	Line   int64
	Reason string
}

// IndexFile counts the rows of a file and marks every so many of them. r is the
// file from its first byte, compressed as it is on storage. It panics when every
// is below 1 or the options are not valid.
func IndexFile(r io.Reader, f File, o Options, every int64) (Index, error) {
	o = mustValid(o)
	if every < 1 {
		panic("records: IndexFile needs every >= 1")
	}
	var ix Index
	r, err := f.decompress(r)
	if err == nil {
		err = scan(r, start, o, func(fr *frame) error {
			ix.add(fr, f, every)
			return nil
		})
	}
	if err != nil {
		return Index{}, f.fault(err)
	}
	return ix, nil
}

func (ix *Index) add(fr *frame, f File, every int64) {
	if fr.short {
		ix.Short++
		return
	}
	switch {
	case f.compressed() && ix.Rows == 0:
		ix.Marks = append(ix.Marks, start)
	case !f.compressed() && ix.Rows%every == 0:
		ix.Marks = append(ix.Marks, Mark{Row: ix.Rows, Offset: fr.offset, Line: fr.line})
	}
	if fr.bad != "" {
		ix.Bad++
		if ix.FirstBad == nil {
			ix.FirstBad = &Fault{Row: ix.Rows, Line: fr.line, Reason: fr.bad}
		}
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
