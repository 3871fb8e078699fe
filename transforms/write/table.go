package write

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"

	"github.com/parquet-go/parquet-go"

	"leveler/internal/store"
)

// Row is a row of selection.parquet.
type Row struct {
	Row      int64
	ID       string
	Source   string
	Levels   []int32 // the cluster at level 1, 2 …
	Distance float32 // to the level-1 centroid
	Copies   int64
	// Probability of being selected at least once, over all draws; nil with
	// sampling_strategy c, where it is no importance weight.
	Probability *float64
}

// Schema is that of selection.parquet: row, id, source, level_1 … level_L,
// distance, copies, inclusion_probability.
func Schema(levels int) *parquet.Schema {
	field := func(name string, t reflect.Type, column string) reflect.StructField {
		return reflect.StructField{Name: name, Type: t, Tag: reflect.StructTag(`parquet:"` + column + `"`)}
	}
	fields := []reflect.StructField{
		field("Row", reflect.TypeFor[int64](), "row"),
		field("ID", reflect.TypeFor[string](), "id"),
		field("Source", reflect.TypeFor[string](), "source,dict"),
	}
	for l := range levels {
		fields = append(fields, field(fmt.Sprintf("Level%d", l+1), reflect.TypeFor[int32](), fmt.Sprintf("level_%d", l+1)))
	}
	fields = append(fields,
		field("Distance", reflect.TypeFor[float32](), "distance"),
		field("Copies", reflect.TypeFor[int64](), "copies"),
		field("Probability", reflect.TypeFor[*float64](), "inclusion_probability,optional"))
	return parquet.NewSchema("selection", parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface()))
}

// Writer writes selection.parquet.
type Writer struct {
	w      *parquet.Writer //nolint:staticcheck // its successor is generic over a type known at build time, and the number of levels is not
	levels int
}

// groupRows are the rows of a row group: what a writer holds in memory.
const groupRows = 1 << 17

// NewWriter starts a file of rows with that many levels.
func NewWriter(w io.Writer, levels int) *Writer {
	return &Writer{parquet.NewWriter(w, Schema(levels), parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(groupRows)), levels}
}

// Write appends rows.
func (w *Writer) Write(rows []Row) error {
	out := make([]parquet.Row, 0, len(rows))
	for _, r := range rows {
		row := parquet.Row{
			parquet.Int64Value(r.Row).Level(0, 0, 0),
			parquet.ByteArrayValue([]byte(r.ID)).Level(0, 0, 1),
			parquet.ByteArrayValue([]byte(r.Source)).Level(0, 0, 2),
		}
		for _, c := range r.Levels {
			row = append(row, parquet.Int32Value(c).Level(0, 0, len(row)))
		}
		row = append(row, parquet.FloatValue(r.Distance).Level(0, 0, len(row)))
		row = append(row, parquet.Int64Value(r.Copies).Level(0, 0, len(row)))
		if r.Probability != nil {
			row = append(row, parquet.DoubleValue(*r.Probability).Level(0, 1, len(row)))
		} else {
			row = append(row, parquet.NullValue().Level(0, 0, len(row)))
		}
		out = append(out, row)
	}
	_, err := w.w.WriteRows(out)
	return err
}

// Close finishes the file.
func (w *Writer) Close() error { return w.w.Close() }

// readRows is how many rows of a part are in memory at a time.
const readRows = 4096

// ReadRows calls see with the rows of a part, in order, some at a time.
func ReadRows(ref store.Ref, levels int, see func([]Row) error) error {
	return ReadSome(ref, levels, 0, math.MaxInt64, see)
}

// ReadSome is ReadRows for at most take rows after the first skip.
func ReadSome(ref store.Ref, levels int, skip, take int64, see func([]Row) error) error {
	f, err := store.Open(ref.Path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	if f.Size() != ref.Size {
		return fmt.Errorf("%s: has %d bytes, was committed with %d", ref.Path, f.Size(), ref.Size)
	}
	r := parquet.NewReader(f, Schema(levels))
	defer r.Close() //nolint:errcheck // only read
	if err := r.SeekToRow(skip); err != nil {
		return fmt.Errorf("%s: %w", ref.Path, err)
	}
	in := make([]parquet.Row, readRows)
	for take > 0 {
		n, err := r.ReadRows(in[:min(take, readRows)])
		take -= int64(n)
		if n > 0 {
			rows := make([]Row, n)
			for i := range rows {
				rows[i] = decodeRow(in[i], levels)
			}
			if err := see(rows); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", ref.Path, err)
		}
	}
	return nil
}

func decodeRow(v parquet.Row, levels int) Row {
	r := Row{Row: v[0].Int64(), ID: string(v[1].ByteArray()), Source: string(v[2].ByteArray())}
	for l := range levels {
		r.Levels = append(r.Levels, v[3+l].Int32())
	}
	r.Distance, r.Copies = v[3+levels].Float(), v[4+levels].Int64()
	if p := v[5+levels]; !p.IsNull() {
		d := p.Double()
		r.Probability = &d
	}
	return r
}

// AppendIdentity appends what must be equal on every engine: row, levels, copies
// and inclusion probability.
func (r Row) AppendIdentity(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(r.Row))
	for _, c := range r.Levels {
		b = binary.LittleEndian.AppendUint32(b, uint32(c))
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(r.Copies))
	if r.Probability != nil {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(*r.Probability))
	}
	return b
}
