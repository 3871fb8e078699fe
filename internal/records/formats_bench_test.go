//go:build unix

package records

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// BenchmarkReadFormats reads files of some MB: an index and a whole read, as a run
// does. With LEVELER_INPUTS the files go into that folder, where bench/inputs.py
// reads the same ones with Python's libraries.
func BenchmarkReadFormats(b *testing.B) {
	dir := os.Getenv("LEVELER_INPUTS")
	if dir == "" {
		dir = b.TempDir()
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	picture := func(i int) []byte { // what a jpeg is to a reader: bytes that do not compress
		data := make([]byte, 15_000+rnd.IntN(10_000))
		for j := range data {
			data[j] = byte(rnd.Uint32())
		}
		return append([]byte(jpeg), data...)
	}
	var members []member
	var table []pictures
	var sentences []texts
	var rows []vectors
	var jsonl bytes.Buffer
	for i := range 2000 {
		p := picture(i)
		members = append(members, member{fmt.Sprintf("%06d.jpg", i), string(p), 0}, member{fmt.Sprintf("%06d.json", i), fmt.Sprintf(`{"key": "%06d", "caption": "a picture"}`, i), 0})
		image := pictures{ID: int64(i)}
		image.Image = &struct {
			Bytes []byte `parquet:"bytes,optional"`
			Path  string `parquet:"path"`
		}{p, ""}
		table = append(table, image)
	}
	for i := range 200_000 {
		text := fmt.Sprintf("sentence number %d has some %d words of text in it, as captions have", i, rnd.IntN(1_000_000))
		sentences = append(sentences, texts{ID: ptr(fmt.Sprint(i)), Text: &text})
		fmt.Fprintf(&jsonl, `{"id": "%d", "text": %q, "url": "https://example.org/%d.jpg"}`+"\n", i, text, i)
	}
	for i := range 10_000 {
		e := make([]float32, 256)
		for j := range e {
			e[j] = rnd.Float32()
		}
		rows = append(rows, vectors{ID: fmt.Sprint(i), E: e})
	}
	tar := archive(b, members...)
	for _, c := range []struct {
		file, content string
		o             Options
	}{
		{"images.tar", tar, Options{Format: FormatWebDataset, Medium: MediumImage}},
		{"images.tar.gz", zipped(b, tar), Options{Format: FormatWebDataset, Medium: MediumImage}},
		{"images.parquet", pagedTable(b, 100, table), Options{Format: FormatParquet, Medium: MediumImage, IDField: "id"}},
		{"texts.jsonl", jsonl.String(), Options{Format: FormatJSONL, IDField: "id"}},
		{"texts.jsonl.gz", zipped(b, jsonl.String()), Options{Format: FormatJSONL, IDField: "id"}},
		{"texts.jsonl.zst", zstdOf(b, jsonl.String()), Options{Format: FormatJSONL, IDField: "id"}},
		{"texts.parquet", pagedTable(b, 50_000, sentences), Options{Format: FormatParquet, Medium: MediumText, IDField: "id"}},
		{"embeddings.parquet", pagedTable(b, 5000, rows), Options{Format: FormatParquet, Medium: MediumEmbedding, EmbeddingField: "e", IDField: "id"}},
	} {
		path := filepath.Join(dir, c.file)
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			b.Fatal(err)
		}
		b.Run(c.file, func(b *testing.B) {
			in := bytes.NewReader([]byte(c.content))
			f := File{Path: path, Name: c.file, Size: int64(len(c.content))}
			b.SetBytes(f.Size)
			n, before := 0, cpuSeconds(b)
			for b.Loop() {
				ix, err := IndexFile(in, f, c.o, 1024)
				if err != nil {
					b.Fatal(err)
				}
				err = ReadRange(in, f, ix.Range(0, ix.Rows), c.o, func(r Record) error {
					if r.Bad != "" {
						return fmt.Errorf("row %d: %s", r.Row, r.Bad)
					}
					n++
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			spent := cpuSeconds(b) - before
			b.ReportMetric(float64(n)/spent, "records/cpu-s")
			b.ReportMetric(float64(f.Size)*float64(b.N)/spent/1e6, "MB/cpu-s")
		})
	}
}

// pagedTable writes a table with pages of the usual size and without statistics.
func pagedTable[T any](b *testing.B, perGroup int64, rows []T) string {
	b.Helper()
	var out bytes.Buffer
	w := parquet.NewGenericWriter[T](&out, parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(perGroup), parquet.PageBufferSize(1<<20), parquet.DataPageStatistics(false))
	if _, err := w.Write(rows); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return out.String()
}

// cpuSeconds is what this process has used: on a machine that others use as well,
// only that says anything.
func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Skip(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
