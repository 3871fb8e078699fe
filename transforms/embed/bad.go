package embed

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"

	"leveler/internal/records"
	"leveler/internal/report"
	"leveler/internal/store"
)

// BadRow is a row that cannot be used: data, not an error. The columns are those
// of bad_records.parquet.
type BadRow struct {
	Number int64  `json:"number" parquet:"row"` // in the whole input
	ID     string `json:"id,omitempty" parquet:"id"`
	Path   string `json:"path" parquet:"source,dict"`
	Row    int64  `json:"row" parquet:"row_in_file"`
	Line   int64  `json:"line,omitempty" parquet:"line"`     // 0 where there are no lines
	Offset int64  `json:"offset,omitempty" parquet:"offset"` // in bytes, decompressed
	Reason string `json:"reason" parquet:"reason"`
}

func badRecord(number int64, r records.Record, reason string) BadRow {
	return BadRow{Number: number, ID: r.ID, Path: r.Source, Row: r.Row, Line: r.Line, Offset: r.Offset, Reason: reason}
}

func (p *Part) bad(b BadRow) {
	p.BadCount++
	p.allBad = append(p.allBad, b)
}

// commitBad writes the shard's bad rows to a file of their own.
func (p *Part) commitBad(dir string) error {
	if len(p.allBad) == 0 {
		return nil
	}
	// Those that the embedder refused came after the rest of their batch.
	slices.SortFunc(p.allBad, func(a, b BadRow) int { return cmp.Compare(a.Number, b.Number) })
	p.Bad = p.allBad[:min(report.MaxBadRows, len(p.allBad))]
	var err error
	p.BadFile, err = commitBadRows(dir, fmt.Sprintf("bad-%05d", p.Shard.Index), p.allBad)
	return err
}

// commitBadRows writes a table of a shard's rows.
func commitBadRows(dir, prefix string, rows []BadRow) (store.Ref, error) {
	return store.Commit(dir, prefix, ".parquet", func(w io.Writer) error {
		return writeBad(w, func(write func([]BadRow) error) error { return write(rows) })
	})
}

// WriteBad joins the bad rows of parts, in their order, as one table.
func WriteBad(w io.Writer, files []store.Ref) error {
	return writeBad(w, func(write func([]BadRow) error) error {
		for _, ref := range files {
			if err := readBad(ref, write); err != nil {
				return fmt.Errorf("%s: %w", ref.Path, err)
			}
		}
		return nil
	})
}

func writeBad(w io.Writer, rows func(write func([]BadRow) error) error) error {
	pw := parquet.NewGenericWriter[BadRow](w, parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(1<<16))
	err := rows(func(b []BadRow) error {
		_, err := pw.Write(b)
		return err
	})
	if err != nil {
		return err
	}
	return pw.Close()
}

// readBad gives a part's bad rows, some at a time.
func readBad(ref store.Ref, see func([]BadRow) error) error {
	f, err := store.Open(ref.Path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	r := parquet.NewGenericReader[BadRow](f)
	defer r.Close() //nolint:errcheck // only read
	buf := make([]BadRow, 1024)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if err := see(buf[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF { //nolint:errorlint // the reader's own
			return nil
		}
		if err != nil {
			return err
		}
	}
}
