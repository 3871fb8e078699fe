package write

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"leveler/internal/export"
	"leveler/internal/records"
	"leveler/internal/store"
)

// rowsLike is a table with the columns of the block's first Parquet file. The
// file's own metadata go with it: they say how Hugging Face and Arrow read the
// columns.
func (f *copyFn) rowsLike(b Block, c *Copied) (export.Container, error) {
	var table export.Table
	err := f.runs(b, func(r run) error {
		in, file, schema, err := openParquet(r.segment.File.Path)
		if err != nil {
			return err
		}
		defer in.Close() //nolint:errcheck // only read
		table.Schema, c.Schema = schema, schema.String()
		for _, kv := range file.File.Metadata().KeyValueMetadata {
			table.Metadata = append(table.Metadata, [2]string{kv.Key, kv.Value})
		}
		return errStop
	})
	if err != nil && err != errStop { //nolint:errorlint // our own, as it is
		return nil, err
	}
	f.schema = c.Schema
	return table, nil
}

// openParquet opens a file of the input and gives the schema of its copy.
func openParquet(path string) (store.File, *records.Parquet, *parquet.Schema, error) {
	in, err := store.Open(path)
	if err != nil {
		return nil, nil, nil, err
	}
	file, err := records.OpenParquet(in)
	var schema *parquet.Schema
	if err == nil {
		err = file.Guard(func() error {
			schema = export.SchemaLike(file.File)
			return nil
		})
	}
	if err != nil {
		_ = in.Close() // only read
		return nil, nil, nil, inParquet(path, err)
	}
	return in, file, schema, nil
}

// inParquet makes what is wrong with a file's content a fault of the data.
func inParquet(path string, err error) error {
	if c := (*records.CorruptError)(nil); errors.As(err, &c) {
		return faultf("%s: %v", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// eachRow reads rows of one Parquet file.
func (f *copyFn) eachRow(r run, emit func(Row, *export.Item) error) error {
	path := r.segment.File.Path
	in, file, schema, err := openParquet(path)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	if in.Size() != r.segment.File.Size {
		return faultf("%s: changed since it was embedded (%d bytes, was %d)", path, in.Size(), r.segment.File.Size)
	}
	if schema.String() != f.schema {
		return faultf("%s: has other columns than the files before it; output.formats rows and hf need one schema", path)
	}
	positions := r.inFile()
	var first int64 // of the row group
	for i, group := range file.File.RowGroups() {
		end := first + group.NumRows()
		n := 0
		for n < len(positions) && positions[n] < end {
			n++
		}
		if n > 0 {
			if err := file.CheckGroup(i, f.Params.Options); err != nil {
				return inParquet(path, err)
			}
			g := groupReader{path: path, file: file, group: group, at: first}
			if err := g.each(positions[:n], r.rows[:n], emit); err != nil {
				return err
			}
		}
		positions, r.rows, first = positions[n:], r.rows[n:], end
	}
	if len(positions) > 0 {
		return faultf("%s: has %d rows, row %d was selected", path, first, positions[0])
	}
	return nil
}

// rowsAhead is how many rows are read at a time.
const rowsAhead = 64

// groupReader goes through a row group. It reads the rows between those that were
// selected as well: to seek, the library begins at the group's start again, or goes
// where an index in the file says that a page begins.
type groupReader struct {
	path  string
	file  *records.Parquet
	group parquet.RowGroup
	at    int64 // the row in the file of what is read next
}

func (g *groupReader) each(positions []int64, rows []Row, emit func(Row, *export.Item) error) error {
	var reader parquet.Rows
	err := g.file.Guard(func() error {
		reader = g.group.Rows()
		return nil
	})
	if err != nil {
		return inParquet(g.path, err)
	}
	defer g.file.Guard(reader.Close) //nolint:errcheck // only read
	batch := make([]parquet.Row, rowsAhead)
	for len(positions) > 0 {
		n := 0
		err := g.file.Guard(func() error {
			var err error
			n, err = reader.ReadRows(batch[:min(rowsAhead, positions[len(positions)-1]-g.at+1)])
			if n > 0 {
				return nil
			}
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("row %d: %w", g.at, err)
		})
		if err != nil {
			return inParquet(g.path, err)
		}
		for i := range n {
			if len(positions) > 0 && positions[0] == g.at {
				if err := emit(rows[0], &export.Item{Values: batch[i]}); err != nil {
					return err
				}
				positions, rows = positions[1:], rows[1:]
			}
			g.at++
		}
	}
	return nil
}
