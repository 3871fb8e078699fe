package records

import (
	"errors"
	"fmt"
	"io"
	"strconv"
)

// errVisit marks an error that emit returned.
var errVisit = errors.New("records: emit")

// ReadRange calls emit with each record of a range, bad rows included. r is the
// file from rg.Mark.Offset on. A file that ends before the range does was
// changed since it was indexed, and that is an error. The error of emit is
// returned as it is. It panics when the options are not valid.
func ReadRange(r io.Reader, f File, rg Range, o Options, emit func(Record) error) error {
	o = mustValid(o)
	if rg.Rows <= 0 {
		return nil
	}
	r, err := f.decompress(r)
	if err != nil {
		return f.fault(err)
	}
	row, end := rg.Mark.Row, rg.First+rg.Rows
	var emitErr error
	err = scan(r, rg.Mark, o, func(fr *frame) error {
		if fr.short {
			return nil
		}
		if row >= rg.First {
			if emitErr = emit(f.record(row, fr, o)); emitErr != nil {
				return errVisit
			}
		}
		if row++; row == end {
			return errStop
		}
		return nil
	})
	switch {
	case emitErr != nil:
		return emitErr
	case errors.Is(err, errStop):
		return nil
	case err != nil:
		return f.fault(err)
	}
	return fmt.Errorf("%s: changed since it was indexed: it ends before row %d", f.Path, end-1)
}

func (f File) record(row int64, fr *frame, o Options) Record {
	rec := Record{Row: row, ID: fr.id, Source: f.Path, Line: fr.line, Data: fr.text, Bad: fr.bad}
	switch {
	case rec.ID != "":
	case o.Split == SplitFile:
		rec.ID = f.Name
	default:
		rec.ID = f.Name + ":" + strconv.FormatInt(fr.line, 10)
	}
	return rec
}
