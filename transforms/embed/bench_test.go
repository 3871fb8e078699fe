package embed

import (
	"encoding/json"
	"os"
	"runtime"
	"testing"
	"time"

	"leveler/internal/npy"
	"leveler/internal/onnx"
	"leveler/internal/onnx/onnxtest"
	"leveler/internal/records"

	"golang.org/x/sys/unix"
)

// BenchmarkMiniLM embeds the texts of $BENCH_TEXTS, a JSON list, and writes the
// vectors to $BENCH_OUT: bench/embedding.py runs it against Python. A benchmark of
// CPU time beside the clock's, since machines are shared.
func BenchmarkMiniLM(b *testing.B) {
	files := onnxtest.Need(b)
	texts := []string{"A sentence of some words, neither long nor short, to have something to embed."}
	if path := os.Getenv("BENCH_TEXTS"); path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := json.Unmarshal(data, &texts); err != nil {
			b.Fatal(err)
		}
	}
	const dim = 384
	e, err := New(Params{
		Kind: kindONNX, Medium: records.MediumText, Dim: dim, Threads: runtime.GOMAXPROCS(0),
		Model: Model{
			Path: files.Model, Library: files.Library, Tokenizer: files.Tokenizer,
			MaxLength: 256, BatchSize: 32, Output: "sentence_embedding", Pooling: PoolingNone, Normalise: true, Provider: onnx.ProviderCPU,
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	batch := make([]records.Record, len(texts))
	for i, text := range texts {
		batch[i].Data = []byte(text)
	}
	x, reasons := make([]float32, len(texts)*dim), make([]string, len(texts))
	embed := func() {
		if err := e.Embed(x, reasons, batch); err != nil {
			b.Fatal(err)
		}
	}
	embed() // the first allocates
	n, cpu, start := 0, cpuSeconds(b), time.Now()
	for b.Loop() {
		embed()
		n++
	}
	b.ReportMetric((cpuSeconds(b)-cpu)/float64(n), "cpu-s")
	b.ReportMetric(time.Since(start).Seconds()/float64(n), "wall-s")
	if path := os.Getenv("BENCH_OUT"); path != "" {
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := npy.WriteMatrix(f, x, dim); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// cpuSeconds is what the process has used, of all threads.
func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}
