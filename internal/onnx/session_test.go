package onnx_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"leveler/internal/onnx"
	"leveler/internal/onnx/onnxtest"
)

func open(t *testing.T) *onnx.Session {
	t.Helper()
	files := onnxtest.Need(t)
	lib, err := onnx.Load(files.Library)
	if err != nil {
		t.Fatal(err)
	}
	s, err := lib.Open(files.Model, onnx.ProviderCPU)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func tokens(ids ...int64) []onnx.Tensor {
	ones, zeros := make([]int64, len(ids)), make([]int64, len(ids))
	for i := range ones {
		ones[i] = 1
	}
	shape := []int64{1, int64(len(ids))}
	return []onnx.Tensor{
		{Name: "input_ids", Shape: shape, Int64: ids},
		{Name: "attention_mask", Shape: shape, Int64: ones},
		{Name: "token_type_ids", Shape: shape, Int64: zeros},
	}
}

func TestDescription(t *testing.T) {
	s := open(t)
	want := "input_ids int64[batch,seq], attention_mask int64[batch,seq], token_type_ids int64[batch,seq]"
	if got := onnx.Describe(s.Inputs()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want = "last_hidden_state float32[batch,seq,384], sentence_embedding float32[batch,384]"
	if got := onnx.Describe(s.Outputs()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !strings.HasPrefix(s.Library().Version(), "1.") {
		t.Errorf("got version %q", s.Library().Version())
	}
}

// TestRunAtOnce: many goroutines on one session get the bits that one gets alone,
// while their stacks grow and move under C's pointers.
func TestRunAtOnce(t *testing.T) {
	s := open(t)
	embed := func(id int64) []float32 {
		x, shape, err := s.Run(tokens(101, id, id+1, 102), "sentence_embedding")
		if err != nil || len(shape) != 2 || shape[1] != 384 {
			t.Errorf("got shape %v, error %v", shape, err)
		}
		return x
	}
	want := make([][]float32, 8)
	for i := range want {
		want[i] = embed(int64(2000 + i))
		var norm float64
		for _, v := range want[i] {
			norm += float64(v) * float64(v)
		}
		if math.Abs(norm-1) > 1e-5 {
			t.Fatalf("got squared norm %v, want 1", norm)
		}
	}
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range want {
				i = (i + g) % len(want)
				deep(10+g*20, func() {
					for j, v := range embed(int64(2000 + i)) {
						if v != want[i][j] {
							t.Errorf("goroutine %d, text %d, dimension %d: got %v, want %v", g, i, j, v, want[i][j])
							return
						}
					}
				})
			}
		})
	}
	wg.Wait()
}

// deep calls f below a stack that has just grown.
func deep(n int, f func()) {
	var frame [1 << 10]byte
	if n == 0 {
		f()
		return
	}
	deep(n-1, f)
	frame[n%len(frame)]++
}

func TestFaultsOfARun(t *testing.T) {
	s := open(t)
	for name, tt := range map[string]struct {
		inputs []onnx.Tensor
		output string
		want   string
	}{
		"output":  {tokens(101, 102), "embedding", "embedding"},
		"missing": {tokens(101, 102)[:2], "sentence_embedding", "token_type_ids"},
		"name":    {append(tokens(101, 102), onnx.Tensor{Name: "pixels", Shape: []int64{1}, Int64: []int64{1}}), "sentence_embedding", "pixels"},
		"token":   {tokens(101, 1<<20, 102), "sentence_embedding", "out of"},
		"shape":   {[]onnx.Tensor{{Name: "input_ids", Shape: []int64{2, 2}, Int64: []int64{1}}}, "sentence_embedding", "1 elements for the shape [2 2]"},
		"type":    {[]onnx.Tensor{{Name: "input_ids", Shape: []int64{1, 1}, Float32: []float32{1}}}, "sentence_embedding", "data type"},
	} {
		if _, _, err := s.Run(tt.inputs, tt.output); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tt.want)
		}
	}
}

func TestFaultsOfLoading(t *testing.T) {
	files := onnxtest.Need(t)
	lib, err := onnx.Load(files.Library)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Open(filepath.Join(t.TempDir(), "none.onnx"), onnx.ProviderCPU); err == nil || !strings.Contains(err.Error(), "none.onnx") {
		t.Errorf("no model: got %v", err)
	}
	torn := filepath.Join(t.TempDir(), "torn.onnx")
	if err := os.WriteFile(torn, []byte("not a model"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Open(torn, onnx.ProviderCPU); err == nil || !strings.Contains(err.Error(), "torn.onnx") {
		t.Errorf("no model: got %v", err)
	}
	if _, err := lib.Open(files.Model, onnx.ProviderCUDA); err == nil || !strings.Contains(err.Error(), "execution_provider cuda") {
		t.Errorf("cuda: got %v", err)
	}
	if _, err := onnx.Load(torn); err == nil || !strings.Contains(err.Error(), "torn.onnx") {
		t.Errorf("no library: got %v", err)
	}
	if _, err := onnx.Load("libc.so.none"); err == nil || !strings.Contains(err.Error(), "embed.runtime_library") {
		t.Errorf("no library: got %v", err)
	}
	if again, err := onnx.Load(files.Library); err != nil || again != lib {
		t.Errorf("loaded again: got %v, %v; want the same", again, err)
	}
}
