package embed

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"leveler/internal/onnx"
	"leveler/internal/onnx/onnxtest"
	"leveler/internal/records"
	"leveler/internal/tokenizer"
)

// miniLM are the parameters of the real text model.
func miniLM(t *testing.T) Params {
	t.Helper()
	files := onnxtest.Need(t)
	return Params{
		Kind: kindONNX, Medium: records.MediumText, Dim: 384, Threads: 2,
		Model: Model{
			Path: files.Model, Library: files.Library, Tokenizer: files.Tokenizer,
			MaxLength: 256, BatchSize: 4, Output: "last_hidden_state", Pooling: PoolingMean, Normalise: true, Provider: onnx.ProviderCPU,
		},
	}
}

func embedTexts(t *testing.T, p Params, texts []string) ([]float32, []string) {
	t.Helper()
	e, err := kinds[p.Kind](p)
	if err != nil {
		t.Fatal(err)
	}
	batch := make([]records.Record, len(texts))
	for i, text := range texts {
		batch[i].Data = []byte(text)
	}
	x, reasons := make([]float32, len(texts)*p.Dim), make([]string, len(texts))
	if err := e.Embed(x, reasons, batch); err != nil {
		t.Fatal(err)
	}
	return x, reasons
}

// expected are sentences with what Python's transformers and torch give for them.
type expected struct {
	Tolerance float64
	Sentences []struct {
		Text     string
		IDs      []int64
		Head     []float64 // the first values of the embedding
		MeanNorm float64   `json:"mean_norm"`
	}
}

// TestMiniLMIsPythons: both outputs, pooled here and by the model, are Python's
// embeddings.
func TestMiniLMIsPythons(t *testing.T) {
	b, err := os.ReadFile("../../../shared/models/minilm_expected.json")
	if err != nil {
		t.Skip("no expected values: ", err)
	}
	var want expected
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, s := range want.Sentences {
		texts = append(texts, s.Text)
	}
	for _, output := range []string{"last_hidden_state", "sentence_embedding"} {
		p := miniLM(t)
		if p.Model.Output = output; output == "sentence_embedding" {
			p.Model.Pooling = PoolingNone
		}
		x, reasons := embedTexts(t, p, texts)
		for i, s := range want.Sentences {
			if reasons[i] != "" {
				t.Errorf("%q: %s", s.Text, reasons[i])
			}
			if len(s.Head) != 8 {
				t.Fatalf("%d expected values, want 8", len(s.Head))
			}
			for j, v := range s.Head {
				if got := float64(x[i*p.Dim+j]); math.Abs(got-v) > want.Tolerance {
					t.Errorf("%s: %.30q: dimension %d: got %v, want %v", output, s.Text, j, got, v)
				}
			}
		}
	}
	p := miniLM(t)
	p.Model.Normalise = false
	x, _ := embedTexts(t, p, texts)
	tokens, err := tokenizer.Open(p.Model.Tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range want.Sentences {
		if ids, err := tokens.Encode(s.Text, 256); err != nil || !slices.Equal(ids, s.IDs) {
			t.Errorf("%.30q: got ids %v, error %v, want %v", s.Text, ids, err, s.IDs)
		}
		var squares float64
		for _, v := range x[i*p.Dim : (i+1)*p.Dim] {
			squares += float64(v) * float64(v)
		}
		if got := math.Sqrt(squares); math.Abs(got-s.MeanNorm) > 1e-5*s.MeanNorm {
			t.Errorf("%.30q: got a mean of length %v, want %v", s.Text, got, s.MeanNorm)
		}
	}
}

// TestBatchesMoveLastBits: how texts are batched changes an embedding by what
// docs/embedders.md says, and threads change nothing.
func TestBatchesMoveLastBits(t *testing.T) {
	var texts []string
	for i := range 24 {
		texts = append(texts, strings.Repeat("a word and another ", 1+i*i%17)+string(rune('a'+i)))
	}
	p := miniLM(t)
	want, _ := embedTexts(t, p, texts)
	p.Threads = 1
	if got, _ := embedTexts(t, p, texts); !slices.Equal(got, want) {
		t.Error("one thread gives other bits than two")
	}
	p.Model.BatchSize = 1
	got, _ := embedTexts(t, p, texts)
	for i := range got {
		if d := math.Abs(float64(got[i] - want[i])); d > 1e-6 {
			t.Fatalf("value %d: %v in a batch of 1, %v in one of 4", i, got[i], want[i])
		}
	}
}

func TestModelFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(p *Params)
		want   string
	}{
		"output":    {func(p *Params) { p.Model.Output = "embedding" }, `has no output "embedding"; it has last_hidden_state float32[batch,seq,384], sentence_embedding float32[batch,384]`},
		"model":     {func(p *Params) { p.Model.Path = "none.onnx" }, "embed.model: none.onnx: no such file"},
		"digest":    {func(p *Params) { p.Model.SHA256 = strings.Repeat("0", 64) }, "minilm-l6-v2.onnx: its SHA-256 is "},
		"library":   {func(p *Params) { p.Model.Library = "libnone.so" }, "embed.runtime_library"},
		"tokenizer": {func(p *Params) { p.Model.Tokenizer = p.Model.Path }, "is no tokenizer.json"},
		"provider":  {func(p *Params) { p.Model.Provider = onnx.ProviderCUDA }, "execution_provider cuda"},
	} {
		p := miniLM(t)
		tt.change(&p)
		if _, err := newModel(p); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tt.want)
		}
	}
	for name, tt := range map[string]struct {
		change func(p *Params)
		want   string
	}{
		"pooling": {func(p *Params) { p.Model.Pooling = PoolingNone }, "none does not go with the output last_hidden_state, whose shape is [1 4 384]"},
		"dim":     {func(p *Params) { p.Dim = 100 }, "gives 384 dimensions, the points have 100"},
	} {
		p := miniLM(t)
		tt.change(&p)
		e, err := newModel(p)
		if err != nil {
			t.Fatal(err)
		}
		err = e.Embed(make([]float32, p.Dim), make([]string, 1), []records.Record{{ID: "x", Data: []byte("two words")}})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tt.want)
		}
	}
}
