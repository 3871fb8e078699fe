package records

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// chunk goes through the pages of a column of a row group.
type chunk struct {
	t      *table
	column *parquet.Column
	pages  parquet.Pages
	page   parquet.Page // nil before the first and after the last
}

// open goes before the first page.
func (c *chunk) open(t *table, group int, column *parquet.Column, o Options) error {
	c.t, c.column = t, column
	return t.Guard(func() error {
		meta := &t.File.Metadata().RowGroups[group].Columns[column.Index()].MetaData
		if err := checkPages(t.src, meta, o); err != nil {
			return err
		}
		c.pages = t.File.RowGroups()[group].ColumnChunks()[column.Index()].Pages()
		return nil
	})
}

// next goes to the next page; io.EOF after the last. What the page before gave is then
// no longer valid.
func (c *chunk) next() (err error) {
	parquet.Release(c.page)
	c.page = nil
	c.page, err = c.pages.ReadPage()
	return err
}

func (c *chunk) close() {
	if c.pages == nil {
		return
	}
	_ = c.t.Guard(func() error { // what was read is good already
		parquet.Release(c.page)
		return c.pages.Close()
	})
}

// early makes the end of a column that should go on a CorruptError.
func (c *chunk) early(err error) error {
	if errors.Is(err, io.EOF) {
		return &CorruptError{Reason: fmt.Sprintf("damaged Parquet data: column %q ends early", c.column.Name())}
	}
	return err
}

// cursor goes through a column value by value.
type cursor struct {
	chunk
	values parquet.ValueReader
	buf    []parquet.Value
	at, n  int
}

// bufferedValues is how many values are taken from a page at a time.
const bufferedValues = 1024

// fill takes the next values; io.EOF after the last. What value returned before is
// then no longer valid.
func (c *cursor) fill() error {
	return c.t.Guard(func() (err error) {
		c.at, c.n = 0, 0
		if c.buf == nil {
			c.buf = make([]parquet.Value, bufferedValues)
		}
		for {
			if c.values != nil {
				c.n, err = c.values.ReadValues(c.buf)
				if c.n > 0 {
					return nil
				}
				if err != nil && !errors.Is(err, io.EOF) {
					return err
				}
				c.values = nil
			}
			if err := c.next(); err != nil {
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
