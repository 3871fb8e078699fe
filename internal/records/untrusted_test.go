package records

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// parquetWith is a file of a footer's bytes.
func parquetWith(footer string) string {
	return "PAR1" + footer + string(binary.LittleEndian.AppendUint32(nil, uint32(len(footer)))) + "PAR1"
}

// thriftOf encodes what a footer is made of.
func thriftOf(t testing.TB, v any) string {
	t.Helper()
	b, err := thrift.Marshal(new(thrift.CompactProtocol), v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// schemaOf is the footer of a schema, with some row groups of no columns.
func schemaOf(t testing.TB, groups int, schema ...format.SchemaElement) string {
	t.Helper()
	return thriftOf(t, &format.FileMetaData{Version: 1, Schema: schema, RowGroups: make([]format.RowGroup, groups)})
}

// group is an element of so many children; 0 is a leaf.
func group(children int32) (e format.SchemaElement) {
	e.Name = "g"
	if children == 0 {
		e.Type.Set(format.Int32)
	} else {
		e.NumChildren.Set(children)
	}
	return e
}

// hostile are footers that make the library run out of memory, of stack or of time.
func hostile(t testing.TB) map[string][2]string {
	t.Helper()
	var nested []format.SchemaElement
	for range 20_000 {
		nested = append(nested, group(1))
	}
	wide := []format.SchemaElement{group(100_000)}
	for range 100_000 {
		wide = append(wide, group(0))
	}
	both := group(0) // a leaf with children: the library counts them to measure its paths
	both.NumChildren.Set(1)
	const head = "\x15\x02"                 // version: 1
	const most = "\xfc\xff\xff\xff\xff\x07" // 2^31 - 1 structs
	const short = "elements are promised in"
	return map[string][2]string{
		"a schema of 2^31 elements":        {head + "\x19" + most + strings.Repeat("\x00", 60), short},
		"2^31 row groups":                  {head + "\x39" + most, short},
		"a list of 2^31 in what is new":    {head + "\x0b\xd0\x0f" + "\xff\xff\xff\xff\x07\x88", short},
		"a set of 2^31":                    {head + "\x0a\xd0\x0f" + "\xf1\xff\xff\xff\xff\x07", short},
		"a string of 2^31":                 {head + "\x08\xd0\x0f" + "\xff\xff\xff\xff\x07", short},
		"structs in structs":               {strings.Repeat("\x1c", 4<<20), "it is nested more than 64 deep"},
		"lists in lists":                   {head + "\x09\xd0\x0f" + strings.Repeat("\x19", 4<<20), "it is nested more than 64 deep"},
		"20,000 nested groups":             {schemaOf(t, 0, append(nested, group(0))...), "groups of columns are nested more than 64 deep"},
		"leaves with children":             {schemaOf(t, 0, group(1), both, both, both), "an element of the schema has 1 children"},
		"fewer children than none":         {schemaOf(t, 0, group(-1)), "an element of the schema has -1 children"},
		"more children than elements":      {schemaOf(t, 0, group(math.MaxInt32)), "an element of the schema has 2147483647 children"},
		"100,000 columns in 50,000 groups": {schemaOf(t, 50_000, wide...), "row group 0 has 0 columns, the schema 100000"},
		"two schemas":                      {head + "\x19\x0c" + "\x09\x04\x0c\x00", "a list comes twice"},
		"columns of no bytes":              {head + "\x19\x0c" + "\x29\x1c\x19\xfc\x90\x4e" + strings.Repeat("\x00", 10_000), short},
		"no end":                           {head, "it ends early"},
		"no type":                          {head + "\x10", "a field has no type"},
	}
}

// TestHostileParquet: a file that promises much is a bad row, not the end of the
// process.
func TestHostileParquet(t *testing.T) {
	for name, c := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			content := parquetWith(c[0])
			for _, o := range []Options{
				{Format: FormatParquet, Medium: MediumText, IDField: "id"},
				{Format: FormatParquet, Medium: MediumEmbedding, EmbeddingField: "e"},
			} {
				got := all(t, content, File{Path: "t", Name: "t"}, o)
				if len(got) != 1 || !strings.HasPrefix(got[0].Bad, "damaged Parquet data: its footer: ") || !strings.Contains(got[0].Bad, c[1]) {
					t.Errorf("got %d rows, want one with %q; the first: %s", len(got), c[1], short(got[0]))
				}
			}
		})
	}
}

// TestHostilePages: the same in the header of a page.
func TestHostilePages(t *testing.T) {
	content := tableOf(t, 100, texts{ptr("a"), ptr(strings.Repeat("one ", 2000)), nil}, texts{ptr("b"), ptr("two"), nil})
	p, err := OpenParquet(bytes.NewReader([]byte(content)))
	if err != nil {
		t.Fatal(err)
	}
	at := p.File.Metadata().RowGroups[0].Columns[1].MetaData.DataPageOffset
	for name, c := range map[string][2]string{
		"structs in structs": {strings.Repeat("\x1c", 80), "nested more than 64 deep"},
		"a string of 2^31":   {"\x08\xd0\x0f\xff\xff\xff\xff\x07", "elements are promised"},
		"a list of 2^31":     {"\x09\xd0\x0f\xfc\xff\xff\xff\xff\x07", "elements are promised"},
	} {
		b := []byte(content)
		copy(b[at:], c[0])
		o := Options{Format: FormatParquet, Medium: MediumText, TextField: "text", IDField: "id"}
		got := all(t, string(b), File{Path: "t", Name: "t"}, o)
		if len(got) != 2 || !strings.Contains(got[1].Bad, "damaged Parquet data: a page's header: ") || !strings.Contains(got[1].Bad, c[1]) {
			t.Errorf("%s: got %d rows, the last: %s", name, len(got), short(got[len(got)-1]))
		}
	}
}

// TestLongStatistics: the library writes the least and the greatest text of a page
// into its header, whole.
func TestLongStatistics(t *testing.T) {
	long := strings.Repeat("long ", 200_000)
	content := tableOf(t, 10, texts{ptr("a"), ptr(long), nil}, texts{ptr("b"), ptr(long + "er"), nil})
	o := Options{Format: FormatParquet, Medium: MediumText, TextField: "text", IDField: "id"}
	got := all(t, content, File{Path: "t", Name: "t"}, o)
	if len(got) != 2 || string(got[0].Data) != long || string(got[1].Data) != long+"er" {
		t.Errorf("got %d rows, the first bad: %q", len(got), got[0].Bad)
	}
}

// FuzzFooter: what the walk of a footer passes, the library reads as the same bytes.
func FuzzFooter(f *testing.F) {
	for _, c := range hostile(f) {
		if len(c[0]) < 1<<10 {
			f.Add([]byte(c[0]))
		}
	}
	t := tableOf(f, 2, texts{ptr("a"), ptr("one"), nil}, texts{nil, ptr("two"), []int32{1}})
	size := int(binary.LittleEndian.Uint32([]byte(t[len(t)-8:])))
	f.Add([]byte(t[len(t)-8-size : len(t)-8]))
	f.Fuzz(func(t *testing.T, b []byte) {
		if walkFooter(b) != nil {
			return
		}
		c := compact{b: b}
		if err := c.skip(compactStruct, 0); err != nil {
			t.Fatalf("the walk of the footer passes what that of its bytes does not: %v", err)
		}
		r := new(thrift.CompactProtocol).NewReaderFromBytes(bytes.Clone(b))
		var m format.FileMetaData
		if err := thrift.NewDecoder(r).Decode(&m); err == nil && r.BytesRead() != c.at {
			t.Fatalf("the walk ends at byte %d, the library at %d", c.at, r.BytesRead())
		}
		if _, err := OpenParquet(strings.NewReader(parquetWith(string(b)))); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than a line: %v", err)
		}
	})
}

// TestLZ4 is refused: the library returns other bytes than were written.
func TestLZ4(t *testing.T) {
	for _, codec := range []format.CompressionCodec{format.Lz4, format.Lz4Raw} {
		err := checkPages(nil, &format.ColumnMetaData{Codec: codec, PathInSchema: []string{"e", "list", "element"}}, Options{})
		if want := `column "e.list.element" is compressed by LZ4, which cannot be read rightly; write it with zstd or snappy`; fmt.Sprint(err) != want {
			t.Errorf("%v: got %v, want %s", codec, err, want)
		}
	}
}

// TestHostileNPZ: an archive that promises an array of 2^40 bytes holds no rows.
func TestHostileNPZ(t *testing.T) {
	x := npyOf(t, 1, 1, 2, 3, 4)
	for _, rows := range []int64{1 << 20, 1 << 38} {
		head := strings.Replace(x[:len(x)-16], "(4, 1)", fmt.Sprintf("(%d, 1)", rows), 1)
		head = head[:10] + strings.TrimRight(head[10:], " \n") // into the same header
		head += strings.Repeat(" ", len(x)-16-len(head)-1) + "\n"
		for _, method := range []uint16{zip.Store, zip.Deflate} {
			var b bytes.Buffer
			z := zip.NewWriter(&b)
			size := uint64(len(head)) + 4*uint64(rows)
			w, err := z.CreateRaw(&zip.FileHeader{Name: "a.npy", Method: method, CompressedSize64: size, UncompressedSize64: size})
			if err != nil {
				t.Fatal(err)
			}
			var data bytes.Buffer
			d, err := flate.NewWriter(&data, 9)
			if err == nil && method == zip.Deflate {
				_, err = d.Write([]byte(head))
			}
			if err == nil {
				err = d.Close()
			}
			if method == zip.Store {
				data.Reset()
				data.WriteString(head)
			}
			if err == nil {
				_, err = w.Write(data.Bytes())
			}
			if err == nil {
				err = z.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			got := all(t, b.String(), File{Path: "t.npz", Name: "t.npz"}, Options{Format: FormatNPZ})
			if len(got) != 1 || !strings.Contains(got[0].Bad, "cannot expand from") && !strings.Contains(got[0].Bad, "is truncated: array") {
				t.Errorf("%d rows, method %d, %d bytes: got %d rows, the first: %s", rows, method, b.Len(), len(got), short(got[0]))
			}
		}
	}
}
