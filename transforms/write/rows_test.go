package write

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"leveler/internal/export"
	"leveler/internal/records"
	"leveler/transforms/decode"
)

type tableRow struct {
	N    int64    `parquet:"n"`
	Tags []string `parquet:"tags,list"`
}

// rowsOf reads rows of a file of the content given.
func rowsOf(t *testing.T, content []byte, positions ...int64) (got []string, path string, err error) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "t.parquet")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	in, _, schema, err := openParquet(path)
	if err != nil {
		return nil, path, err
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	r := run{segment: decode.Segment{File: records.File{Path: path, Size: int64(len(content))}, Row: 1000}}
	for _, p := range positions {
		r.rows = append(r.rows, Row{Row: 1000 + p})
	}
	f := &copyFn{schema: schema.String()}
	err = f.eachRow(r, func(row Row, it *export.Item) error {
		got = append(got, fmt.Sprint(row.Row, " ", it.Values[0].Int64(), " ", len(it.Values)))
		return nil
	})
	return got, path, err
}

func tableBytes(t *testing.T, rows, perGroup int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[tableRow](&b, parquet.MaxRowsPerRowGroup(int64(perGroup)), parquet.PageBufferSize(200))
	for i := range rows {
		if _, err := w.Write([]tableRow{{int64(i), slices.Repeat([]string{"tag"}, i%4)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRowsOfGroups(t *testing.T) {
	b := tableBytes(t, 1000, 300)
	for _, positions := range [][]int64{{0}, {999}, {0, 1, 63, 64, 65, 128, 299, 300, 301, 599, 900, 999}, {250, 950}} {
		var want []string
		for _, p := range positions {
			want = append(want, fmt.Sprint(1000+p, " ", p, " ", 1+max(1, p%4)))
		}
		got, _, err := rowsOf(t, b, positions...)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v: got %v, %v", positions, got, err)
		}
	}
	if _, path, err := rowsOf(t, b, 1000); fmt.Sprint(err) != path+": has 1000 rows, row 1000 was selected" {
		t.Errorf("got %v", err)
	}
}

// TestDamagedRows: what is wrong with a file is a fault of the data that names it,
// never the end of the process.
func TestDamagedRows(t *testing.T) {
	good := tableBytes(t, 100, 50)
	page := bytes.Clone(good)
	copy(page[4:], strings.Repeat("\x1c", 80)) // the first page's header: structs in structs
	torn := bytes.Clone(good)
	for i := 40; i < 400; i++ {
		torn[i] ^= 0x55
	}
	footer := "\x15\x02\x19\xfc\xff\xff\xff\xff\x07" + strings.Repeat("\x00", 64)
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"footer": {[]byte("PAR1" + footer + string(rune(len(footer))) + "\x00\x00\x00PAR1"), "damaged Parquet data: its footer: 2147483647 elements are promised"},
		"page":   {page, "damaged Parquet data: a page's header: it is nested more than 64 deep"},
		"torn":   {torn, "damaged Parquet data"},
		"other":  {[]byte("hello, this is no table"), "is no Parquet file"},
	} {
		_, path, err := rowsOf(t, c.content, 3, 99)
		fault := (*dataFault)(nil)
		if !errors.As(err, &fault) || !strings.HasPrefix(err.Error(), path+": "+c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
