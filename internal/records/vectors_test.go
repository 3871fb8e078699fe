package records

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leveler/internal/npy"
)

func npyOf(t testing.TB, dim int, x ...float32) string {
	t.Helper()
	var b bytes.Buffer
	if err := npy.WriteMatrix(&b, x, dim); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// npzOf packs arrays, stored or compressed.
func npzOf(t testing.TB, method uint16, arrays ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(arrays); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: arrays[i] + ".npy", Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(arrays[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// vecsOf packs vectors of the fvecs family.
func vecsOf[T float32 | int32 | uint8](t testing.TB, vectors ...[]T) string {
	t.Helper()
	var b []byte
	for _, v := range vectors {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
		var err error
		if b, err = binary.Append(b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	return string(b)
}

// floats prints a vector's bytes.
func floats(b []byte) string {
	var x []float32
	for ; len(b) > 0; b = b[4:] {
		x = append(x, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return fmt.Sprint(x)
}

func TestVectors(t *testing.T) {
	x := npyOf(t, 2, 1, 2, 3, 4, 5, 6)
	y := npyOf(t, 1, 7, 8)
	var long []float32
	for i := range 200_000 { // beyond what a stream keeps of its beginning
		long = append(long, float32(i))
	}
	three := []string{"[1 2]", "[3 4]", "[5 6]"}
	for name, c := range map[string]struct {
		file, content string
		o             Options
		want          []string
	}{
		"npy":                 {"x.npy", x, Options{Format: FormatNPY}, three},
		"npz":                 {"x.npz", npzOf(t, zip.Store, "b32_img", x), Options{Format: FormatNPZ}, three},
		"npz, compressed":     {"x.npz", npzOf(t, zip.Deflate, "b32_img", x), Options{Format: FormatNPZ}, three},
		"npz, by name":        {"x.npz", npzOf(t, zip.Deflate, "b32_img", x, "l14_img", y), Options{Format: FormatNPZ, Array: "l14_img"}, []string{"[7]", "[8]"}},
		"npz, which":          {"x.npz", npzOf(t, zip.Store, "a", x, "b", y), Options{Format: FormatNPZ}, []string{"! holds 2 arrays (a, b); say which by array; the rest of the file cannot be read"}},
		"npz, none":           {"x.npz", npzOf(t, zip.Store, "a", x), Options{Format: FormatNPZ, Array: "b"}, []string{`! has no array "b" (its arrays: a); the rest of the file cannot be read`}},
		"npz, no zip":         {"x.npz", x, Options{Format: FormatNPZ}, []string{"! is no .npz file, or damaged: zip: not a valid zip file; the rest of the file cannot be read"}},
		"npz, bomb":           {"x.npz", npzOf(t, zip.Deflate, "a", npyOf(t, 1, make([]float32, 1<<20)...)), Options{Format: FormatNPZ, MaxFileBytes: 1000}, []string{"! array a.npy expands to more than 1000 bytes (max_expansion 250, max_file_bytes 1000); the rest of the file cannot be read"}},
		"fvecs":               {"x.fvecs", vecsOf(t, []float32{1, 2}, []float32{3, 4}, []float32{5, 6}), Options{Format: FormatVecs}, three},
		"bvecs":               {"x.bvecs", vecsOf(t, []uint8{1, 2}, []uint8{3, 4}, []uint8{5, 6}), Options{Format: FormatVecs}, three},
		"ivecs":               {"x.ivecs", vecsOf(t, []int32{1, -2}), Options{Format: FormatVecs}, []string{"[1 -2]"}},
		"vecs, another":       {"x.fvecs", vecsOf(t, []float32{1, 2}) + "\x05\x00\x00\x0012345678", Options{Format: FormatVecs}, []string{"[1 2]", "[NaN NaN]"}},
		"vecs, truncated":     {"x.fvecs", vecsOf(t, []float32{1, 2})[:11], Options{Format: FormatVecs}, []string{"! is truncated, or its vectors are not all of dimension 2: 11 bytes are left after 0 vectors; the rest of the file cannot be read"}},
		"vecs, none":          {"x.fvecs", "\xff\xff\xff\xff", Options{Format: FormatVecs}, []string{"! is no file of vectors: it begins with the dimension -1; the rest of the file cannot be read"}},
		"vecs, empty":         {"x.fvecs", "", Options{Format: FormatVecs}, []string{"! is no file of vectors: it has 0 bytes; the rest of the file cannot be read"}},
		"npy, larger rows":    {"x.npy", x, Options{Format: FormatNPY, MaxRecordBytes: 7}, []string{"! has 2 columns, 8 bytes a row; larger than max_record_bytes (7); the rest of the file cannot be read"}},
		"npy, no npy":         {"x.npy", "hello", Options{Format: FormatNPY}, []string{`! is not a .npy file (it begins with "hello"); the rest of the file cannot be read`}},
		"npz, long, deflated": {"x.npz", npzOf(t, zip.Deflate, "a", npyOf(t, 50_000, long...)), Options{Format: FormatNPZ}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := File{Path: "/d/" + c.file, Name: c.file}
			var got []string
			for i, r := range all(t, c.content, f, c.o) {
				switch {
				case r.Bad != "":
					got = append(got, "! "+r.Bad)
				case c.want == nil && floats(r.Data[:8]) != fmt.Sprint([]float32{float32(i * 50_000), float32(i*50_000 + 1)}):
					t.Errorf("row %d begins with %s", i, floats(r.Data[:8]))
				case c.want != nil:
					got = append(got, floats(r.Data))
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			checkRanges(t, c.content, f, c.o, 1, 2)
		})
	}
}

type metadata struct {
	Key string `parquet:"key,optional"`
}

func TestIdsBesideVectors(t *testing.T) {
	x := npyOf(t, 1, 1, 2, 3)
	ids := tableOf(t, 2, metadata{"a"}, metadata{""}, metadata{"c"})
	o := Options{Format: FormatNPY, IDField: "key"}
	for _, c := range []struct{ file, table string }{
		{"img_emb_3.npy", "metadata_3.parquet"}, {"img_emb/img_emb_3.npy", "metadata/metadata_3.parquet"}, {"shard-7.npy", "shard-7.parquet"},
	} {
		dir := t.TempDir()
		table := filepath.Join(dir, c.table)
		if err := os.MkdirAll(filepath.Dir(table), 0o700); err != nil {
			t.Fatal(err)
		}
		f := File{Path: filepath.Join(dir, c.file), Name: c.file}
		_, err := IndexFile(strings.NewReader(x), f, o, 1)
		if err == nil || !strings.Contains(err.Error(), "has no table with ids (id_field) beside it: none of "+dir) {
			t.Errorf("%s without a table: got %v", c.file, err)
		}
		for _, tt := range []struct{ content, want string }{
			{ids, ""},
			{tableOf(t, 2, metadata{"a"}), f.Path + ": has 3 rows, but the table of its ids, " + table + ", has 1"},
			{tableOf(t, 2, texts{}, texts{}, texts{}), f.Path + ": its ids: " + table + `: has no column "key" (its columns: id, text, n)`},
		} {
			if err := os.WriteFile(table, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := IndexFile(strings.NewReader(x), f, o, 1)
			if got := fmt.Sprint(err); got != tt.want && (tt.want != "" || err != nil) {
				t.Errorf("%s: got %s want %s", c.file, got, tt.want)
			}
		}
		if err := os.WriteFile(table, []byte(ids), 0o600); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range all(t, x, f, o) {
			got = append(got, fmt.Sprint(r.ID, floats(r.Data), r.Bad))
		}
		if diff := cmp.Diff([]string{"a[1]", c.file + ":1[]column \"key\" is null", "c[3]"}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.file, diff)
		}
		checkRanges(t, x, f, o, 1, 2)
	}
}
