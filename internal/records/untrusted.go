package records

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// Parquet is an open Parquet file whose content is not trusted.
type Parquet struct {
	File *parquet.File
	src  *tracked
}

// OpenParquet opens a Parquet file once its footer is found to promise no more than
// is there. The error is a CorruptError, or storage's.
func OpenParquet(in Input) (*Parquet, error) {
	src := &tracked{in: in}
	p := &Parquet{src: src}
	err := p.Guard(func() (err error) {
		if err := checkFooter(src); err != nil {
			return err
		}
		// Without the page index, whose places in the file nothing has checked.
		p.File, err = parquet.OpenFile(src, src.Size(), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true), parquet.ReadBufferSize(parquetBuffer))
		return err
	})
	if err != nil {
		head := make([]byte, magicBytes)
		n, _ := src.ReadAt(head, 0)
		if is := magic(head[:n]); is != "Parquet" && src.err == nil {
			what := begins(head[:min(n, 8)])
			if is != "" {
				what = "is " + is
			}
			return nil, &CorruptError{Reason: "is no Parquet file: it " + what}
		}
		return nil, err
	}
	// A column of nulls takes next to nothing, but not nothing: a footer that
	// promises more rows would keep the scan busy for ever.
	if rows := p.File.NumRows(); rows < 0 || rows/rowsPerByte > src.Size() {
		return nil, &CorruptError{Reason: fmt.Sprintf("damaged Parquet data: %d rows in %d bytes", rows, src.Size())}
	}
	total := int64(0)
	for _, g := range p.File.RowGroups() {
		if n := g.NumRows(); n < 0 || n > p.File.NumRows()-total {
			return nil, &CorruptError{Reason: fmt.Sprintf("damaged Parquet data: the row groups do not add up to %d rows", p.File.NumRows())}
		}
		total += g.NumRows()
	}
	return p, nil
}

const (
	rowsPerByte   = 1000
	parquetBuffer = 256 << 10 // of the reads: a request each on object storage
)

// Guard makes a fault of the file's content, a panic of the library included, a
// CorruptError.
func (p *Parquet) Guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = p.src.corrupt("damaged Parquet data", fmt.Errorf("%v", v))
		}
	}()
	err = f()
	if c := (*CorruptError)(nil); err != nil && !errors.As(err, &c) {
		return p.src.corrupt("damaged Parquet data", err)
	}
	return err
}

// CheckGroup checks every column of a row group before its pages are read.
func (p *Parquet) CheckGroup(group int, o Options) error {
	o = o.WithDefaults()
	return p.Guard(func() error {
		columns := p.File.Metadata().RowGroups[group].Columns
		for i := range columns {
			if err := checkPages(p.src, &columns[i].MetaData, o); err != nil {
				return err
			}
		}
		return nil
	})
}
