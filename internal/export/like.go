package export

import (
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"
)

// SchemaLike is a file's schema as it can be written again: with the logical types
// that the library does not know, such as FLOAT16, and in encodings that it has for
// every type. A column that has a dictionary keeps one; the others are plain.
func SchemaLike(file *parquet.File) *parquet.Schema {
	elements := []format.SchemaElement(file.Metadata().Schema)
	return parquet.NewSchema(file.Root().Name(), likeColumn(file.Root(), &elements))
}

// likeColumn takes the elements of a column and those below it, which a footer lists
// depth first.
func likeColumn(c *parquet.Column, elements *[]format.SchemaElement) *column {
	e := &(*elements)[0]
	*elements = (*elements)[1:]
	out := &column{Column: c, typ: c.Type()}
	for _, below := range c.Columns() {
		out.fields = append(out.fields, likeColumn(below, elements))
	}
	if !c.Leaf() {
		return out
	}
	out.encoding = &parquet.Plain
	if enc := c.Encoding(); enc != nil && c.Type().Kind() != parquet.Boolean {
		if k := enc.Encoding(); k == format.RLEDictionary || k == format.PlainDictionary { //nolint:staticcheck // older files say so
			out.encoding = &parquet.RLEDictionary
		}
	}
	out.typ = annotated{c.Type(), e}
	return out
}

// column is a column of a file as it is written again.
type column struct {
	*parquet.Column

	typ      parquet.Type
	encoding encoding.Encoding // nil of a group
	fields   []parquet.Field
}

var _ parquet.Field = (*column)(nil)

// Type implements parquet.Node.
func (c *column) Type() parquet.Type { return c.typ }

// Encoding implements parquet.Node.
func (c *column) Encoding() encoding.Encoding { return c.encoding }

// Fields implements parquet.Node.
func (c *column) Fields() []parquet.Field { return c.fields }

// annotated is a type with what the file says of it: the library passes over logical
// types that it does not know, and gives integers one that have none.
type annotated struct {
	parquet.Type

	element *format.SchemaElement
}

// String implements parquet.Type.
func (a annotated) String() string {
	if t := &a.element.LogicalType; t.Value != nil && a.Type.LogicalType() == nil {
		return t.String()
	}
	return a.Type.String()
}

// LogicalType implements parquet.Type. Older files have converted types only.
func (a annotated) LogicalType() *format.LogicalType {
	switch {
	case a.element.LogicalType.Value != nil:
		return &a.element.LogicalType
	case a.element.ConvertedType.Valid:
		return a.Type.LogicalType()
	}
	return nil
}

// ConvertedType implements parquet.Type.
func (a annotated) ConvertedType() *deprecated.ConvertedType {
	if !a.element.ConvertedType.Valid {
		return nil
	}
	return &a.element.ConvertedType.V
}
