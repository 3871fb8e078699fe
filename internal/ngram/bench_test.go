package ngram

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// benchmarkTexts embeds all texts per iteration on one processor.
func benchmarkTexts(b *testing.B, texts [][]byte) {
	e := embedder(b, DefaultDim, 1)
	x := make([]float32, DefaultDim)
	total := 0
	for _, t := range texts {
		total += len(t)
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, t := range texts {
			e.Embed(x, t)
		}
		n += len(texts)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(total)/float64(len(texts)), "bytes/record")
}

// BenchmarkShort embeds questions of about 40 characters.
func BenchmarkShort(b *testing.B) {
	var texts [][]byte
	for _, row := range load(b, "clinc_longtail.jsonl") {
		texts = append(texts, []byte(row.Text))
	}
	benchmarkTexts(b, texts)
}

// BenchmarkGoSource embeds the paragraphs of a part of the standard library.
func BenchmarkGoSource(b *testing.B) {
	files, err := filepath.Glob(runtime.GOROOT() + "/src/net/*/*.go")
	if err != nil || len(files) == 0 {
		b.Skipf("no Go source at %s: %v", runtime.GOROOT(), err)
	}
	var texts [][]byte
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		for p := range bytes.SplitSeq(src, []byte("\n\n")) {
			if len(p) > 0 {
				texts = append(texts, p)
			}
		}
	}
	benchmarkTexts(b, texts)
}
