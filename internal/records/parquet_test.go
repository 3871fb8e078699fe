package records

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// tableOf writes rows in groups of the size given.
func tableOf[T any](t testing.TB, perGroup int, rows ...T) string {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, parquet.Compression(&parquet.Zstd), parquet.PageBufferSize(256))
	for i, r := range rows {
		if _, err := w.Write([]T{r}); err != nil {
			t.Fatal(err)
		}
		if (i+1)%perGroup == 0 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type pictures struct {
	ID    int64 `parquet:"id"`
	Image *struct {
		Bytes []byte `parquet:"bytes,optional"`
		Path  string `parquet:"path"`
	} `parquet:"image,optional"`
}

type texts struct {
	ID   *string `parquet:"id,optional"`
	Text *string `parquet:"text,optional"`
	N    []int32 `parquet:"n,list"`
}

type vectors struct {
	ID string    `parquet:"id"`
	E  []float32 `parquet:"e,list"`
	D  []float64 `parquet:"d,list"`
}

func ptr[T any](v T) *T { return &v }

func TestParquet(t *testing.T) {
	f := File{Path: "/data/t.parquet", Name: "t.parquet"}
	type image = struct {
		Bytes []byte `parquet:"bytes,optional"`
		Path  string `parquet:"path"`
	}
	var many []texts
	for i := range 50 {
		many = append(many, texts{ID: ptr(fmt.Sprint(i)), Text: ptr(strings.Repeat(fmt.Sprint("word ", i), i))})
	}
	for name, c := range map[string]struct {
		content string
		o       Options
		want    []string
	}{
		"pictures": {
			tableOf(t, 2, pictures{7, &image{[]byte(jpeg), "a.jpg"}}, pictures{8, nil}, pictures{9, &image{nil, "b.jpg"}},
				pictures{10, &image{[]byte(png), ""}}, pictures{11, &image{[]byte("no picture"), ""}}),
			Options{Format: FormatParquet, Medium: MediumImage, IDField: "id"},
			[]string{
				fmt.Sprintf("0 7 %q", jpeg), `0 8! column "image" is null`, `0 9! column "image" is null`,
				fmt.Sprintf("0 10 %q", png), `0 11! begins with "no pictu"; need image (jpeg, png, webp, gif)`,
			},
		},
		"texts": {
			tableOf(t, 3, texts{ptr("a"), ptr("one"), nil}, texts{nil, ptr("two"), nil}, texts{ptr("c"), nil, nil}, texts{ptr(""), ptr("four"), nil},
				texts{ptr("e"), ptr("x\xff"), nil}, texts{ptr("f"), ptr(""), nil}, texts{ptr(longKey), ptr("seven"), nil}),
			Options{Format: FormatParquet, Medium: MediumText, IDField: "id"},
			[]string{
				`0 a "one"`, `0 t.parquet:1! column "id" is null`, `0 c! column "text" is null`, `0 t.parquet:3! column "id" is empty`,
				"0 e! is not UTF-8: byte 1 is 0xff", "0 f! has fewer than 1 characters (min_chars)",
				"0 " + shortID(longKey) + "! has an id of 4503 bytes; at most 4096 are kept",
			},
		},
		"no ids": {tableOf(t, 10, texts{Text: ptr("one")}), Options{Format: FormatParquet, Medium: MediumText}, []string{`0 t.parquet:0 "one"`}},
		"embeddings": {
			tableOf(t, 2, vectors{"a", []float32{1, -2}, nil}, vectors{"b", nil, nil}, vectors{"c", []float32{3}, nil}, vectors{"d", []float32{float32(math.Inf(1)), 5, 6}, nil}),
			Options{Format: FormatParquet, Medium: MediumEmbedding, IDField: "id", EmbeddingField: "e", MaxRecordBytes: 8},
			[]string{
				`0 a "\x00\x00\x80?\x00\x00\x00\xc0"`, `0 b! column "e" is null or an empty list`, `0 c "\x00\x00@@"`,
				`0 d! column "e" is larger than max_record_bytes (8)`,
			},
		},
		"float64": {
			tableOf(t, 2, vectors{"a", nil, []float64{1, -2}}),
			Options{Format: FormatParquet, Medium: MediumEmbedding, EmbeddingField: "d"},
			[]string{`0 t.parquet:0 "\x00\x00\x80?\x00\x00\x00\xc0"`},
		},
		"no such column": {
			tableOf(t, 2, vectors{}),
			Options{Format: FormatParquet, Medium: MediumText},
			[]string{`0 t.parquet! has no column "text" (its columns: id, e, d); the rest of the file cannot be read`},
		},
		"another type": {
			tableOf(t, 2, vectors{}),
			Options{Format: FormatParquet, Medium: MediumText, TextField: "e"},
			[]string{`0 t.parquet! column "e" cannot be read as text: it is a struct; the rest of the file cannot be read`},
		},
		"no floats": {
			tableOf(t, 2, texts{}),
			Options{Format: FormatParquet, Medium: MediumEmbedding, EmbeddingField: "n"},
			[]string{`0 t.parquet! column "n" cannot be read as embeddings (a list of float16, float32 or float64): it is a list of INT(32,true); the rest of the file cannot be read`},
		},
		"no Parquet": {
			"hello",
			Options{Format: FormatParquet, Medium: MediumText},
			[]string{`0 t.parquet! is no Parquet file: it begins with "hello"; the rest of the file cannot be read`},
		},
		"a png": {
			png, Options{Format: FormatParquet, Medium: MediumText}, []string{`0 t.parquet! is no Parquet file: it is png; the rest of the file cannot be read`},
		},
		"no rows": {tableOf[texts](t, 1), Options{Format: FormatParquet, Medium: MediumText}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range all(t, c.content, f, c.o) {
				got = append(got, short(r))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			checkRanges(t, c.content, f, c.o, 2, 3)
		})
	}
	for _, perGroup := range []int{1, 7, 50} {
		content := tableOf(t, perGroup, many...)
		o := Options{Format: FormatParquet, Medium: MediumText, IDField: "id"}
		for _, step := range []int64{1, 3, 8, 50} {
			checkRanges(t, content, f, o, step, step)
		}
		if got := all(t, content, f, o); len(got) != 50 || string(got[49].Data) != *many[49].Text || got[49].ID != "49" {
			t.Errorf("groups of %d: got %d rows", perGroup, len(got))
		}
	}
}

// TestDamagedParquet: a byte turned over anywhere gives bad rows or other bytes,
// never another number of rows while the footer can be read.
func TestDamagedParquet(t *testing.T) {
	var many []texts
	for i := range 60 {
		many = append(many, texts{ID: ptr(fmt.Sprint(i)), Text: ptr(strings.Repeat(fmt.Sprint("word ", i*i*7919), 20))})
	}
	content := tableOf(t, 20, many...)
	o := Options{Format: FormatParquet, Medium: MediumText, IDField: "id"}
	damage(t, content, o, 13)
	f := File{Path: "t", Name: "t"}
	for n := 0; n < len(content); n += 101 {
		if got := all(t, content[:n], f, o); len(got) != 1 || got[0].Bad == "" {
			t.Errorf("cut at %d: got %d rows", n, len(got))
		}
	}
}

// damage turns one byte in `every` over in a table of 60 rows.
func damage(t *testing.T, content string, o Options, every int) {
	t.Helper()
	bad := 0
	for i := 0; i < len(content); i += every {
		broken := []byte(content)
		broken[i] ^= 0x55
		got := all(t, string(broken), File{Path: "t", Name: "t"}, o)
		if len(got) != 60 && (len(got) != 1 || got[0].Bad == "") {
			t.Errorf("byte %d: got %d rows, the first %s", i, len(got), short(got[0]))
		}
		for _, r := range got {
			if r.Bad != "" {
				bad++
			}
		}
	}
	if bad == 0 {
		t.Error("no damage was found")
	}
}
