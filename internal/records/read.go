package records

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// errVisit marks an error that emit returned.
var errVisit = errors.New("records: emit")

// ReadRange calls emit with each record of a range, bad rows included. A file
// that ends before the range does was changed since it was indexed, and that is
// an error. The error of emit is returned as it is. It panics when the options
// are not valid.
func ReadRange(in Input, f File, rg Range, o Options, emit func(Record) error) error {
	o = mustValid(o)
	if rg.Rows <= 0 {
		return nil
	}
	if o.readsAnyRow() {
		rg.Mark.Row = rg.First
	}
	row, end := rg.Mark.Row, rg.First+rg.Rows
	var emitErr error
	err := f.scan(in, rg.Mark, o, true, func(fr *frame) error {
		if fr.short || fr.skipped != "" {
			return nil
		}
		if row >= rg.First {
			if emitErr = emit(f.record(row, fr)); emitErr != nil {
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
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	return fmt.Errorf("%s: changed since it was indexed: it ends before row %d", f.Path, end-1)
}

// FirstSize is the number of bytes of a file's first good record; 0 where it has
// none. The error is storage's.
func FirstSize(in Input, f File, o Options) (n int, err error) {
	o = mustValid(o)
	err = f.scan(in, start, o, true, func(fr *frame) error {
		if fr.short || fr.skipped != "" || fr.bad != "" {
			return nil
		}
		n = len(fr.text)
		return errStop
	})
	if err != nil && !errors.Is(err, errStop) {
		return 0, fmt.Errorf("%s: %w", f.Path, err)
	}
	return n, nil
}

// readsAnyRow tells whether a scan can begin at any row, whatever the marks say.
func (o Options) readsAnyRow() bool { return o.Format == FormatParquet || o.Medium == MediumEmbedding }

// maxIDBytes is the most bytes of an id. A longer one is no name of anything, and
// every output would carry it.
const maxIDBytes = 4096

func (f File) record(row int64, fr *frame) Record {
	rec := Record{Row: row, ID: fr.id, Source: f.Path, Line: fr.line, Offset: fr.offset, Data: fr.text, Bad: fr.bad}
	switch {
	case len(rec.ID) > maxIDBytes:
		if rec.Bad == "" {
			rec.Data, rec.Bad = nil, fmt.Sprintf("has an id of %d bytes; at most %d are kept", len(rec.ID), maxIDBytes)
		}
		rec.ID = shortID(rec.ID)
	case rec.ID != "":
	case fr.wholeFile:
		rec.ID = f.Name
	case fr.line > 0:
		rec.ID = f.Name + ":" + strconv.FormatInt(fr.line, 10)
	default:
		rec.ID = f.Name + ":" + strconv.FormatInt(row, 10)
	}
	return rec
}

// shortID stands for an id that is too long: its beginning and its digest.
func shortID(id string) string {
	sum := sha256.Sum256([]byte(id))
	return strings.ToValidUTF8(id[:64], "\ufffd") + "…sha256:" + hex.EncodeToString(sum[:])
}
