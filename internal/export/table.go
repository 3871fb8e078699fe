package export

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/parquet-go/parquet-go"

	"leveler/internal/records"
)

// groupBytes is about how large a row group gets, before compression.
const groupBytes = 32 << 20

// Table writes Parquet: rows of other Parquet files, or items as Hugging Face
// datasets keeps them.
type Table struct {
	Schema *parquet.Schema
	// Metadata are the file's key-value pairs, in order.
	Metadata [][2]string
	// Row makes the row of an item; nil takes its Values.
	Row func(it *Item) parquet.Row
}

var _ Container = Table{}

// Ext implements Container.
func (Table) Ext() string { return ".parquet" }

// New implements Container.
func (t Table) New(w io.Writer) (Shard, error) {
	options := []parquet.WriterOption{t.Schema, parquet.Compression(&parquet.Snappy), parquet.DataPageStatistics(false)}
	for _, kv := range t.Metadata {
		options = append(options, parquet.KeyValueMetadata(kv[0], kv[1]))
	}
	c := &counter{w: w}
	return &tableShard{row: t.Row, w: parquet.NewWriter(c, options...), c: c}, nil
}

type tableShard struct {
	row   func(it *Item) parquet.Row
	w     *parquet.Writer //nolint:staticcheck // its successor is generic over a type known at build time
	c     *counter
	group int64 // bytes not yet flushed
}

// Add implements Shard.
func (s *tableShard) Add(it *Item) error {
	row := it.Values
	if s.row != nil {
		row = s.row(it)
	}
	if _, err := s.w.WriteRows([]parquet.Row{row}); err != nil {
		return err
	}
	if s.group += it.Size() + 1; s.group < groupBytes {
		return nil
	}
	s.group = 0
	return s.w.Flush()
}

// Size implements Shard.
func (s *tableShard) Size() int64 { return s.c.n + s.group }

// Close implements Shard.
func (s *tableShard) Close() error { return s.w.Close() }

// The kinds of items that ItemTable knows, by the names of Hugging Face's features.
const (
	Image = "Image"
	Audio = "Audio"
	Text  = "Text"
)

// file is a column of Image or Audio.
type file struct {
	Bytes []byte  `parquet:"bytes,optional"`
	Path  *string `parquet:"path,optional"`
}

// ItemTable is a table of items as Hugging Face datasets keeps them: a column
// image or audio of {bytes, path}, or text, then what the selection knows.
func ItemTable(kind string, levels int) Table {
	var fields []reflect.StructField
	var features []string
	add := func(column string, t reflect.Type, feature string) {
		name, _, _ := strings.Cut(column, ",")
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("F%d", len(fields)), Type: t, Tag: reflect.StructTag(`parquet:"` + column + `"`),
		})
		if feature[0] != '{' {
			feature = fmt.Sprintf(`{"dtype": %q, "_type": "Value"}`, feature)
		}
		features = append(features, fmt.Sprintf("%q: %s", name, feature))
	}
	if kind == Text {
		add("text", reflect.TypeFor[string](), "string")
	} else {
		add(strings.ToLower(kind)+",optional", reflect.TypeFor[*file](), fmt.Sprintf(`{"_type": %q}`, kind))
	}
	add("id", reflect.TypeFor[string](), "string")
	add("source", reflect.TypeFor[string](), "string")
	add("row", reflect.TypeFor[int64](), "int64")
	for l := range levels {
		add(fmt.Sprintf("level_%d", l+1), reflect.TypeFor[int32](), "int32")
	}
	add("distance", reflect.TypeFor[float32](), "float32")
	add("inclusion_probability,optional", reflect.TypeFor[*float64](), "float64")
	return Table{
		Schema:   parquet.NewSchema("selection", parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface())),
		Metadata: [][2]string{{"huggingface", `{"info": {"features": {` + strings.Join(features, ", ") + `}}}`}},
		Row:      func(it *Item) parquet.Row { return itemRow(kind, it) },
	}
}

// itemRow is an item in the columns of ItemTable.
func itemRow(kind string, it *Item) parquet.Row {
	var row parquet.Row
	add := func(v parquet.Value, definition int) { row = append(row, v.Level(0, definition, len(row))) }
	m := it.Members[0]
	if kind == Text {
		add(parquet.ByteArrayValue(m.Data), 0)
	} else {
		name := records.SafeName(it.Row.ID)
		add(parquet.ByteArrayValue(m.Data), 2)
		add(parquet.ByteArrayValue([]byte(name)), 2)
	}
	add(parquet.ByteArrayValue([]byte(it.Row.ID)), 0)
	add(parquet.ByteArrayValue([]byte(it.Row.Source)), 0)
	add(parquet.Int64Value(it.Row.Number), 0)
	for _, l := range it.Row.Levels {
		add(parquet.Int32Value(l), 0)
	}
	add(parquet.FloatValue(it.Row.Distance), 0)
	if p := it.Row.Probability; p != nil {
		add(parquet.DoubleValue(*p), 1)
	} else {
		add(parquet.NullValue(), 0)
	}
	return row
}
