package write

import (
	"fmt"

	"github.com/parquet-go/parquet-go"

	"leveler/internal/export"
	"leveler/internal/store"
)

// rowsLike is a table with the columns of the block's first Parquet file. The
// file's own metadata go with it: they say how Hugging Face and Arrow read the
// columns.
func (f *copyFn) rowsLike(b Block, c *Copied) (export.Container, error) {
	var table export.Table
	err := f.runs(b, func(r run) error {
		in, file, err := openParquet(r.segment.File.Path)
		if err != nil {
			return err
		}
		defer in.Close() //nolint:errcheck // only read
		table.Schema, c.Schema = file.Schema(), file.Schema().String()
		for _, kv := range file.Metadata().KeyValueMetadata {
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

func openParquet(path string) (store.File, *parquet.File, error) {
	in, err := store.Open(path)
	if err != nil {
		return nil, nil, err
	}
	file, err := parquet.OpenFile(in, in.Size(), parquet.SkipBloomFilters(true))
	if err != nil {
		_ = in.Close() // only read
		return nil, nil, faultf("%s: %v", path, err)
	}
	return in, file, nil
}

// eachRow reads rows of one Parquet file.
func (f *copyFn) eachRow(r run, emit func(Row, *export.Item) error) error {
	path := r.segment.File.Path
	in, file, err := openParquet(path)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	if in.Size() != r.segment.File.Size {
		return faultf("%s: changed since it was embedded (%d bytes, was %d)", path, in.Size(), r.segment.File.Size)
	}
	if file.Schema().String() != f.schema {
		return faultf("%s: has other columns than the files before it; output.formats rows and hf need one schema", path)
	}
	positions := r.inFile()
	var first int64 // of the row group
	for _, group := range file.RowGroups() {
		end := first + group.NumRows()
		n := 0
		for n < len(positions) && positions[n] < end {
			n++
		}
		if n > 0 {
			if err := eachOfGroup(group, first, positions[:n], r.rows[:n], emit); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		positions, r.rows, first = positions[n:], r.rows[n:], end
	}
	if len(positions) > 0 {
		return faultf("%s: has %d rows, row %d was selected", path, first, positions[0])
	}
	return nil
}

// near is how many rows are read and dropped rather than sought over.
const near = 64

func eachOfGroup(group parquet.RowGroup, first int64, positions []int64, rows []Row, emit func(Row, *export.Item) error) error {
	reader := group.Rows()
	defer reader.Close() //nolint:errcheck // only read
	at := first
	one := make([]parquet.Row, 1)
	for i, p := range positions {
		if p-at > near {
			if err := reader.SeekToRow(p - first); err != nil {
				return err
			}
			at = p
		}
		for ; at <= p; at++ {
			n, err := reader.ReadRows(one)
			if n == 0 {
				return fmt.Errorf("row %d: %w", at, err)
			}
		}
		if err := emit(rows[i], &export.Item{Values: one[0]}); err != nil {
			return err
		}
	}
	return nil
}
