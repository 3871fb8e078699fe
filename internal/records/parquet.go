package records

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// scanParquet makes the rows of a table frames. A row group that is damaged ends
// with bad rows, one for each of its rows that cannot be read: the footer says how
// many there are.
func scanParquet(in Input, f File, from Mark, o Options, data bool, visit visitor) error {
	t, err := openTable(in, o)
	if err != nil {
		return err
	}
	first := int64(0)
	for i, g := range t.File.RowGroups() {
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
	*Parquet
	item, id *parquet.Column // id is nil without IDField
}

func openTable(in Input, o Options) (*table, error) {
	p, err := OpenParquet(in)
	if err != nil {
		return nil, err
	}
	t := &table{Parquet: p}
	if t.item, err = t.column(o.itemColumn(), o.Medium); err != nil {
		return nil, err
	}
	if o.IDField != "" {
		t.id, err = t.column(o.IDField, mediumID)
	}
	return t, err
}

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

// column finds a column by its name and checks that it can be what is wanted.
func (t *table) column(name, medium string) (*parquet.Column, error) {
	c := t.File.Root().Column(name)
	if c == nil {
		var names []string
		for _, c := range t.File.Root().Columns() {
			names = append(names, c.Name())
		}
		return nil, &CorruptError{Reason: fmt.Sprintf("has no column %q (its columns: %s)", name, listed(names))}
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
	for row := range t.File.RowGroups()[group].NumRows() {
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
