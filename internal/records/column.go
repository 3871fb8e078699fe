package records

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"

	"leveler/internal/npy"
)

// cursor goes through a column of a row group, value by value.
type cursor struct {
	t      *table
	group  int
	column *parquet.Column

	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buf    []parquet.Value
	at, n  int
}

// bufferedValues is how many values are taken from a page at a time.
const bufferedValues = 1024

// open goes to the first value.
func (c *cursor) open(o Options) error {
	return c.t.guard(func() error {
		meta := &c.t.file.Metadata().RowGroups[c.group].Columns[c.column.Index()].MetaData
		if err := checkPages(c.t.src, meta, o); err != nil {
			return err
		}
		c.pages = c.t.file.RowGroups()[c.group].ColumnChunks()[c.column.Index()].Pages()
		c.buf = make([]parquet.Value, bufferedValues)
		return nil
	})
}

func (c *cursor) close() {
	if c.pages == nil {
		return
	}
	_ = c.t.guard(func() error { // what was read is good already
		parquet.Release(c.page)
		return c.pages.Close()
	})
}

// fill takes the next values; io.EOF after the last. What value returned before is
// then no longer valid.
func (c *cursor) fill() error {
	return c.t.guard(func() (err error) {
		c.at, c.n = 0, 0
		for {
			if c.values != nil {
				c.n, err = c.values.ReadValues(c.buf)
				if c.n > 0 {
					return nil
				}
				if err != nil && !errors.Is(err, io.EOF) {
					return err
				}
				parquet.Release(c.page)
				c.page, c.values = nil, nil
			}
			if c.page, err = c.pages.ReadPage(); err != nil {
				return err
			}
			c.values = c.page.Values()
		}
	})
}

// value returns the next row's value, valid until the next call.
func (c *cursor) value() (parquet.Value, error) {
	if c.at == c.n {
		if err := c.fill(); err != nil {
			return parquet.Value{}, c.early(err)
		}
	}
	c.at++
	return c.buf[c.at-1], nil
}

// early makes the end of a column that should go on a CorruptError.
func (c *cursor) early(err error) error {
	if errors.Is(err, io.EOF) {
		return &CorruptError{Reason: fmt.Sprintf("damaged Parquet data: column %q ends early", c.column.Name())}
	}
	return err
}

// vector appends one list as little-endian float32; float64 rounds to the nearest.
func (c *cursor) vector(dst []byte, o Options) (out []byte, reason string, err error) {
	deepest := c.column.MaxDefinitionLevel()
	for first := true; ; first = false {
		if c.at == c.n {
			switch err := c.fill(); {
			case errors.Is(err, io.EOF) && !first:
				return dst, reason, nil // the row group's last list
			case err != nil:
				return dst, "", c.early(err)
			}
		}
		v := &c.buf[c.at]
		if v.RepetitionLevel() == 0 && !first {
			return dst, reason, nil
		}
		c.at++
		switch {
		case v.IsNull() && c.column.Optional() && v.DefinitionLevel() == deepest-1:
			reason = "has a null in its list"
		case v.IsNull():
			reason = "is null or an empty list"
		case len(dst)+4 > o.MaxRecordBytes:
			reason = fmt.Sprintf("is larger than max_record_bytes (%d)", o.MaxRecordBytes)
		default:
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(asFloat32(v)))
		}
	}
}

func asFloat32(v *parquet.Value) float32 {
	switch v.Kind() {
	case parquet.Double:
		return float32(v.Double())
	case parquet.FixedLenByteArray:
		return npy.FromHalf(binary.LittleEndian.Uint16(v.ByteArray()))
	}
	return v.Float()
}
