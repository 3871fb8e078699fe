package records

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// scanParquet makes the rows of a table frames. A row group that is damaged ends
// with bad rows, one for each of its rows that cannot be read: the footer says how
// many there are.
func scanParquet(in Input, f File, from Mark, o Options, data bool, visit visitor) error {
	src := &tracked{in: in}
	t, err := openTable(src, o)
	if err != nil {
		return err
	}
	first := int64(0)
	for i, g := range t.file.RowGroups() {
		n := g.NumRows()
		if skip := max(0, from.Row-first); skip < n {
			if !data {
				err = visitRows(n, visit)
			} else {
				err = t.group(i, skip, o, visit)
			}
			if err != nil {
				return err
			}
		}
		first += n
	}
	return nil
}

// visitRows counts the rows of a row group, at whose first a scan can begin.
func visitRows(n int64, visit visitor) error {
	for i := range n {
		if err := visit(&frame{streamed: i > 0, unit: i == 0}); err != nil {
			return err
		}
	}
	return nil
}

// table is an open Parquet file with the columns that make records.
type table struct {
	src      *tracked
	file     *parquet.File
	item, id *parquet.Column // id is nil without IDField
}

func openTable(src *tracked, o Options) (*table, error) {
	t := &table{src: src}
	err := t.guard(func() (err error) {
		if err := checkFooter(src); err != nil {
			return err
		}
		t.file, err = parquet.OpenFile(src, src.Size(), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true), parquet.ReadBufferSize(parquetBuffer))
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
	if rows := t.file.NumRows(); rows < 0 || rows/rowsPerByte > src.Size() {
		return nil, &CorruptError{Reason: fmt.Sprintf("damaged Parquet data: %d rows in %d bytes", rows, src.Size())}
	}
	total := int64(0)
	for _, g := range t.file.RowGroups() {
		if n := g.NumRows(); n < 0 || n > t.file.NumRows()-total {
			return nil, &CorruptError{Reason: fmt.Sprintf("damaged Parquet data: the row groups do not add up to %d rows", t.file.NumRows())}
		}
		total += g.NumRows()
	}
	if t.item, err = t.column(o.itemColumn(), o.Medium); err != nil {
		return nil, err
	}
	if o.IDField != "" {
		t.id, err = t.column(o.IDField, mediumID)
	}
	return t, err
}

// checkFooter reads the length of the footer, which the library allocates as it is.
func checkFooter(src *tracked) error {
	var tail [8]byte
	if n, err := src.ReadAt(tail[:], src.Size()-8); n < len(tail) {
		return cmp.Or(err, io.ErrUnexpectedEOF)
	}
	if n := int64(binary.LittleEndian.Uint32(tail[:])); n > src.Size()-8 {
		return fmt.Errorf("a footer of %d bytes in a file of %d", n, src.Size())
	}
	return nil
}

const (
	rowsPerByte   = 1000
	parquetBuffer = 256 << 10 // of the reads: a request each on object storage
)

// mediumID stands for an id in place of a medium: a string or an integer.
const mediumID = "id"

// itemColumn is the column of the item.
func (o Options) itemColumn() string {
	switch o.Medium {
	case MediumText:
		return o.TextField
	case MediumEmbedding:
		return o.EmbeddingField
	}
	return o.ItemField
}

// guard makes a fault of the file's content, a panic of the library included, a
// CorruptError.
func (t *table) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = t.src.corrupt("damaged Parquet data", fmt.Errorf("%v", p))
		}
	}()
	err = f()
	if c := (*CorruptError)(nil); err != nil && !errors.As(err, &c) {
		return t.src.corrupt("damaged Parquet data", err)
	}
	return err
}

// column finds a column by its name and checks that it can be what is wanted.
func (t *table) column(name, medium string) (*parquet.Column, error) {
	c := t.file.Root().Column(name)
	if c == nil {
		var names []string
		for _, c := range t.file.Root().Columns() {
			names = append(names, c.Name())
		}
		return nil, &CorruptError{Reason: fmt.Sprintf("has no column %q (its columns: %s)", name, strings.Join(names, ", "))}
	}
	if !c.Leaf() && (medium == MediumImage || medium == MediumAudio) {
		if c = c.Column("bytes"); c == nil {
			return nil, &CorruptError{Reason: fmt.Sprintf("column %q is a struct without a field \"bytes\"", name)}
		}
	}
	for medium == MediumEmbedding && !c.Leaf() && len(c.Columns()) == 1 { // list, list.element
		c = c.Columns()[0]
	}
	bad := func(need string) error {
		return &CorruptError{Reason: fmt.Sprintf("column %q cannot be read as %s: it is %s", name, need, typeOf(c))}
	}
	if !c.Leaf() {
		return nil, bad(medium)
	}
	kind := c.Type().Kind()
	switch medium {
	case MediumEmbedding:
		if c.MaxRepetitionLevel() != 1 || floatBytes(c) == 0 {
			return nil, bad("embeddings (a list of float16, float32 or float64)")
		}
	case mediumID:
		if c.MaxRepetitionLevel() > 0 || kind != parquet.ByteArray && kind != parquet.Int32 && kind != parquet.Int64 {
			return nil, bad("ids (strings or integers)")
		}
	default:
		if c.MaxRepetitionLevel() > 0 || kind != parquet.ByteArray {
			return nil, bad(medium)
		}
	}
	return c, nil
}

func typeOf(c *parquet.Column) string {
	switch {
	case !c.Leaf():
		return "a struct"
	case c.MaxRepetitionLevel() > 0:
		return "a list of " + c.Type().String()
	}
	return c.Type().String()
}

// floatBytes is the size of a column's floats, 0 where it has none.
func floatBytes(c *parquet.Column) int {
	switch c.Type().Kind() {
	case parquet.Float:
		return 4
	case parquet.Double:
		return 8
	case parquet.FixedLenByteArray:
		if c.Type().Length() == 2 { // the library does not keep that it says FLOAT16
			return 2
		}
	}
	return 0
}

// group gives the rows of a row group from some row on.
func (t *table) group(group int, skip int64, o Options, visit visitor) error {
	g := rowGroup{t: t, o: o}
	defer g.close()
	damage := g.open(group)
	var fr frame
	// The rows before are read as well, not sought over: where a damaged row group
	// breaks off may not depend on the range.
	for row := range t.file.RowGroups()[group].NumRows() {
		fr = frame{}
		if damage == nil {
			damage = g.row(&fr)
		}
		if c := (*CorruptError)(nil); damage != nil && !errors.As(damage, &c) {
			return damage
		}
		if damage != nil {
			fr = frame{bad: damage.Error()}
		}
		if row < skip {
			continue
		}
		if err := visit(&fr); err != nil {
			return err
		}
	}
	return nil
}

// rowGroup reads a row group's rows.
type rowGroup struct {
	t        *table
	o        Options
	item, id cursor
	list     lists // in place of item, for embeddings
	buf      []byte
}

// open goes before the first row.
func (g *rowGroup) open(group int) error {
	item := &g.item.chunk
	if g.o.Medium == MediumEmbedding {
		item = &g.list.chunk
	}
	if err := item.open(g.t, group, g.t.item, g.o); err != nil || g.t.id == nil {
		return err
	}
	return g.id.open(g.t, group, g.t.id, g.o)
}

func (g *rowGroup) close() {
	g.item.close()
	g.list.close()
	g.id.close()
}

// row fills in a frame; the error is what ends the row group.
func (g *rowGroup) row(fr *frame) error {
	if g.t.id != nil {
		v, err := g.id.value()
		if err != nil {
			return err
		}
		fr.setID(v, g.id.column, g.o)
	}
	var reason string
	var err error
	if g.o.Medium == MediumEmbedding {
		g.buf, reason, err = g.list.vector(g.buf[:0], g.o)
		fr.text = g.buf
	} else {
		var v parquet.Value
		v, err = g.item.value()
		switch {
		case err != nil:
		case v.IsNull():
			reason = "is null"
		case len(v.ByteArray()) > g.o.MaxRecordBytes:
			fr.tooLarge(g.o)
		default:
			fr.text = v.ByteArray()
			fr.checkItem(g.o)
		}
	}
	if err != nil {
		return err
	}
	if reason != "" && fr.bad == "" {
		fr.bad = fmt.Sprintf("column %q %s", g.o.itemColumn(), reason)
	}
	if fr.bad != "" {
		fr.text = nil
	}
	return nil
}
