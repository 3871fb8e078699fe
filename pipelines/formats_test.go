package pipelines_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"leveler/internal/npy"
)

// The same rows in every format, whole or compressed, cut into shards of any size,
// must give the same selection.

const formatRows = 300

func gz(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zst(t *testing.T, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(b, nil)
}

func tarOf(t *testing.T, names []string, data [][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i, name := range names {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data[i]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parquetOf[T any](t *testing.T, perGroup int, rows []T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, parquet.MaxRowsPerRowGroup(int64(perGroup)), parquet.Compression(&parquet.Snappy))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type textRow struct {
	ID   string `parquet:"id"`
	Text string `parquet:"text"`
}

type vectorRow struct {
	ID int64     `parquet:"id"`
	E  []float32 `parquet:"embeddings,list"`
	D  []float64 `parquet:"doubles,list"`
}

// same runs a configuration with some shard sizes and threads and compares the
// selections with want, which it returns when that is empty.
func (f folder) same(name, want string, sets ...string) string {
	f.t.Helper()
	base := []string{"levels=[{n_clusters: 20, n_iters: 4}, {n_clusters: 4, n_iters: 4}]", "sample.target_size=40"}
	for i, resources := range [][]string{
		{"resources.shard_rows=128", "resources.threads=2"},
		{"resources.shard_rows=7", "resources.threads=1"},
	} {
		work := []string{fmt.Sprintf("work.dir=%s/work-%s-%d", f.dir, name, i), fmt.Sprintf("output.dir=%s/out-%s-%d", f.dir, name, i)}
		s := f.must(append(append(append(base, resources...), work...), sets...)...)
		switch {
		case want == "":
			want = s.Digests.Selection
		case s.Digests.Selection != want:
			f.t.Errorf("%s, %v: another selection", name, resources)
		}
		if s.Input.Rows != formatRows || s.Input.Bad.Count != 0 {
			f.t.Errorf("%s: got %d rows, %d bad", name, s.Input.Rows, s.Input.Bad.Count)
		}
	}
	return want
}

func TestEmbeddingsInEveryFormat(t *testing.T) {
	x := points(formatRows)
	f := newFolder(t, x, 2)
	want := f.same("npy", "")
	var rows []vectorRow
	var ids []struct {
		Key string `parquet:"key"`
	}
	var fvecs []byte
	for i := range formatRows {
		row := x[i*testDim : (i+1)*testDim]
		d := make([]float64, testDim)
		fvecs = binary.LittleEndian.AppendUint32(fvecs, testDim)
		for j, v := range row {
			d[j] = float64(v)
			fvecs = binary.LittleEndian.AppendUint32(fvecs, math.Float32bits(v))
		}
		rows = append(rows, vectorRow{int64(i) * 10, row, d})
		ids = append(ids, struct {
			Key string `parquet:"key"`
		}{fmt.Sprint("key-", i)})
	}
	var b bytes.Buffer
	if err := npy.WriteMatrix(&b, x, testDim); err != nil {
		t.Fatal(err)
	}
	zipped := func(method uint16) []byte {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		w, err := z.CreateHeader(&zip.FileHeader{Name: "l14_img.npy", Method: method})
		if err == nil {
			_, err = w.Write(b.Bytes())
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	f.write("img_emb_0.npy", b.Bytes())
	f.write("metadata_0.parquet", parquetOf(t, 100, ids))
	f.write("e.npz", zipped(zip.Store))
	f.write("e-compressed.npz", zipped(zip.Deflate))
	f.write("e.fvecs", fvecs)
	f.write("e.parquet", parquetOf(t, 50, rows))
	for name, sets := range map[string][]string{
		"ids":     {"input.path=" + f.dir + "/img_emb_0.npy", "input.id_field=key"},
		"npz":     {"input.path=" + f.dir + "/e.npz", "input.array=l14_img"},
		"npzc":    {"input.path=" + f.dir + "/e-compressed.npz"},
		"fvecs":   {"input.path=" + f.dir + "/e.fvecs"},
		"parquet": {"input.path=" + f.dir + "/e.parquet", "input.id_field=id", "embed.kind=precomputed"},
		"float64": {"input.path=" + f.dir + "/e.parquet", "input.embedding_field=doubles"},
	} {
		f.same(name, want, sets...)
	}
}

func TestTextsInEveryFormat(t *testing.T) {
	f := folder{t, t.TempDir()}
	var lines, jsonl strings.Builder
	var rows []textRow
	var names []string
	var data [][]byte
	for i := range formatRows {
		text := fmt.Sprintf("the %d words of number %d are %s", i%7, i*i*7919%1000, strings.Repeat(fmt.Sprint("word", i%13, " "), 1+i%5))
		text = strings.TrimSpace(text)
		id := fmt.Sprintf("%06d", i)
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&lines, text)
		fmt.Fprintf(&jsonl, `{"id": %q, "text": %s}`+"\n", id, quoted)
		rows = append(rows, textRow{id, text})
		names = append(names, id+".txt", id+".json")
		data = append(data, []byte(text), []byte("{}"))
	}
	plain := []byte(lines.String())
	archive := tarOf(t, names, data)
	f.write("t.txt", plain)
	f.write("t.txt.gz", gz(t, plain))
	f.write("t.jsonl.zst", zst(t, []byte(jsonl.String())))
	f.write("t.parquet", parquetOf(t, 60, rows))
	f.write("t.tar", archive)
	f.write("t.tar.gz", gz(t, archive))
	want := f.same("txt", "", "input.path="+f.dir+"/t.txt")
	for name, sets := range map[string][]string{
		"gz":      {"input.path=" + f.dir + "/t.txt.gz"},
		"zst":     {"input.path=" + f.dir + "/t.jsonl.zst", "input.id_field=id"},
		"parquet": {"input.path=" + f.dir + "/t.parquet", "input.text_field=text", "input.id_field=id"},
		"tar":     {"input.path=" + f.dir + "/t.tar", "input.item_ext=txt"},
		"targz":   {"input.path=" + f.dir + "/t.tar.gz", "input.item_ext=[txt]"},
	} {
		f.same(name, want, sets...)
	}
}

// TestBadRecordsAreAllListed: in order, with the place and the reason.
func TestBadRecordsAreAllListed(t *testing.T) {
	f := folder{t, t.TempDir()}
	var b strings.Builder
	for i := range 400 {
		if i%4 == 1 {
			fmt.Fprintf(&b, "{\"id\": %d}\n", i)
			continue
		}
		fmt.Fprintf(&b, "{\"id\": %d, \"text\": \"text number %d of some words\"}\n", i, i*7919%1000)
	}
	f.write("t.jsonl", []byte(b.String()))
	truncated := gz(t, []byte(b.String()))
	f.write("u.jsonl.gz", truncated[:len(truncated)-4])
	sets := []string{
		"input.path=" + f.dir + "/*.jsonl*", "input.kind=jsonl", "input.id_field=id", "levels=[{n_clusters: 4}]", "sample.target_size=20", "input.on_bad_row=drop",
	}
	_, err := f.run(sets...)
	bad := f.dir + "/out/bad_records.parquet"
	want := "input.max_bad_fraction: 201 of 801 rows are bad, more than 0.1 of them; the first: " + f.dir + `/t.jsonl: line 2: has no field "text"; all are in ` + bad
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	s := f.must(append(sets, "input.max_bad_fraction=0.3", "resources.shard_rows=50")...)
	if s.Input.Rows != 801 || s.Input.Bad.Count != 201 || s.Input.Eligible != 600 {
		t.Errorf("got %+v", s.Input)
	}
	rows, err := parquet.ReadFile[struct {
		Row    int64  `parquet:"row"`
		ID     string `parquet:"id"`
		Source string `parquet:"source"`
		InFile int64  `parquet:"row_in_file"`
		Line   int64  `parquet:"line"`
		Offset int64  `parquet:"offset"`
		Reason string `parquet:"reason"`
	}](bad)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 201 {
		t.Fatalf("got %d rows want 201", len(rows))
	}
	for i, r := range rows[:200] {
		row := int64(1 + 4*i)
		if r.Row != row || r.InFile != row%400 || r.Line != row%400+1 || r.Reason != `has no field "text"` || r.Offset == 0 {
			t.Fatalf("row %d: got %+v", i, r)
		}
	}
	if r := rows[200]; r.Row != 800 || !strings.HasPrefix(r.Reason, "damaged or truncated gzip data: unexpected EOF") {
		t.Errorf("the last: got %+v", r)
	}
	f.write("u.jsonl.gz", gz(t, []byte(strings.ReplaceAll(b.String(), "\"id\"", "\"text\": \"x y\", \"id\""))))
	f.write("t.jsonl", []byte(strings.ReplaceAll(b.String(), "\"id\"", "\"text\": \"x y\", \"id\"")))
	if s := f.must(sets...); s.Input.Bad.Count != 0 {
		t.Errorf("mended: got %+v", s.Input)
	}
	if _, err := parquet.ReadFile[struct{}](bad); err == nil {
		t.Error("the list of an earlier run was left")
	}
}
