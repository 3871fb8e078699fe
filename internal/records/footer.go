package records

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	// maxFooter is the most bytes of a footer, which takes some ten times as much
	// when it is read.
	maxFooter = 256 << 20
	// maxSchema is the most elements of a schema: the library's own most columns,
	// and as many groups.
	maxSchema = 1 << 17
	// footerGuess is about how much of a file's end its footer takes.
	footerGuess = 64 << 10
)

// The least bytes of what a footer lists; read, each takes hundreds.
const (
	leastElement = 3  // SchemaElement: its name
	leastGroup   = 5  // RowGroup: its columns, bytes and rows
	leastChunk   = 16 // ColumnChunk: its place and its metadata
)

// checkFooter reads a file's footer before the library does, which allocates what
// the footer promises.
func checkFooter(src *tracked) error {
	b := make([]byte, min(footerGuess, src.Size()))
	if len(b) < 12 {
		return io.ErrUnexpectedEOF
	}
	at := src.Size() - int64(len(b))
	if n, err := src.ReadAt(b, at); n < len(b) {
		return cmp.Or(err, io.ErrUnexpectedEOF)
	}
	tail := b[len(b)-8:]
	if string(tail[4:]) != "PAR1" {
		return nil // the library reads no further
	}
	size := int64(binary.LittleEndian.Uint32(tail))
	switch {
	case size > src.Size()-8:
		return fmt.Errorf("a footer of %d bytes in a file of %d", size, src.Size())
	case size > maxFooter:
		return fmt.Errorf("a footer of %d bytes; at most %d are read", size, maxFooter)
	case size <= int64(len(b))-8:
		b = b[int64(len(b))-8-size : len(b)-8]
	default:
		b = make([]byte, size)
		if n, err := src.ReadAt(b, src.Size()-8-size); n < len(b) {
			return cmp.Or(err, io.ErrUnexpectedEOF)
		}
	}
	if err := walkFooter(b); err != nil {
		return fmt.Errorf("its footer: %w", err)
	}
	return nil
}

// footer is what the parts of a footer have to agree on.
type footer struct {
	compact
	schema, groups bool // were seen
	leaves         int
	columns        []int // of each row group
}

// walkFooter checks the bytes of a FileMetaData: that lists are no longer than what
// is left, how deep they nest, and that each row group has the schema's columns.
func walkFooter(b []byte) error {
	f := &footer{compact: compact{b: b}}
	err := f.fields(func(id int16, kind byte) error {
		switch {
		case id == 2 && kind == compactList:
			return f.walkSchema()
		case id == 4 && kind == compactList:
			return f.walkGroups()
		}
		return f.skip(kind, 1)
	})
	if err != nil {
		return err
	}
	for i, n := range f.columns {
		if n != f.leaves {
			return fmt.Errorf("row group %d has %d columns, the schema %d", i, n, f.leaves)
		}
	}
	return nil
}

var errTwice = errors.New("a list comes twice")

func (f *footer) walkSchema() error {
	if f.schema {
		return errTwice
	}
	f.schema = true
	kind, n, err := f.list(leastElement)
	if err != nil {
		return err
	}
	if kind != compactStruct {
		return f.skipItems(n, 1, kind)
	}
	if n > maxSchema {
		return fmt.Errorf("a schema of %d elements; at most %d are read", n, maxSchema)
	}
	var open []int64 // children yet to come of the groups around an element
	for range n {
		leaf, children, err := f.walkElement()
		switch {
		case err != nil:
			return err
		case children < 0 || children > int64(n) || leaf && children > 0:
			return fmt.Errorf("an element of the schema has %d children", children)
		case len(open) >= maxNesting:
			return fmt.Errorf("groups of columns are nested more than %d deep", maxNesting)
		case leaf:
			f.leaves++
		}
		if children > 0 {
			open = append(open, children)
			continue
		}
		for last := len(open) - 1; last >= 0; last-- {
			if open[last]--; open[last] > 0 {
				break
			}
			open = open[:last]
		}
	}
	return nil
}

// walkElement reads a SchemaElement: only a leaf has a type.
func (f *footer) walkElement() (leaf bool, children int64, err error) {
	err = f.fields(func(id int16, kind byte) (err error) {
		switch {
		case id == 1 && kind == compactI32:
			leaf = true
		case id == 5 && kind == compactI32:
			children, err = f.varint()
			return err
		}
		return f.skip(kind, 3)
	})
	return leaf, children, err
}

func (f *footer) walkGroups() error {
	if f.groups {
		return errTwice
	}
	f.groups = true
	kind, n, err := f.list(leastGroup)
	if err != nil {
		return err
	}
	if kind != compactStruct {
		return f.skipItems(n, 1, kind)
	}
	for range n {
		columns := -1
		err := f.fields(func(id int16, kind byte) error {
			if id != 1 || kind != compactList {
				return f.skip(kind, 3)
			}
			if columns >= 0 {
				return errTwice
			}
			kind, n, err := f.list(leastChunk)
			if columns = n; err != nil {
				return err
			}
			return f.skipItems(n, 3, kind)
		})
		if err != nil {
			return err
		}
		f.columns = append(f.columns, max(0, columns))
	}
	return nil
}
