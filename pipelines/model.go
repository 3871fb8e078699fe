package pipelines

import (
	"fmt"

	"leveler/configs"
	"leveler/internal/asset"
	"leveler/internal/onnx"
	"leveler/transforms/embed"
)

// EmbedModel is the model that a configuration names, read but not loaded.
type EmbedModel struct {
	embed.Model

	// Dim is the dimension of its embeddings.
	Dim int
	// File is what the model's file says of itself.
	File *onnx.Model
}

// ResolveModel reads the files of embed.kind onnx and fills in what follows from
// them. It needs no ONNX Runtime: the machine that submits a job may have none.
// Without a model it returns nothing.
func ResolveModel(c *configs.Config) (EmbedModel, error) {
	e := c.Embed
	if e.Kind != configs.EmbedONNX {
		return EmbedModel{}, nil
	}
	m := EmbedModel{Model: embed.Model{
		Path: e.Model, Library: e.RuntimeLibrary, LibrarySHA256: e.RuntimeLibrarySHA256, Tokenizer: e.Tokenizer, Preprocessor: e.Preprocessor,
		MaxLength: e.MaxLength, BatchSize: e.BatchSize, Output: e.Output, Pooling: e.Pooling, Normalise: e.Normalise, Provider: e.ExecutionProvider,
	}}
	file, err := asset.Local(e.Model, e.ModelSHA256)
	if err != nil {
		return m, fmt.Errorf("embed.model: %w", err)
	}
	m.SHA256 = file.SHA256
	if m.File, err = onnx.Inspect(file.Path); err != nil {
		return m, fmt.Errorf("embed.model: %w", err)
	}
	if err := embed.CheckInputs(c.Input.Medium, m.File.Inputs); err != nil {
		return m, fmt.Errorf("embed.model: %s: %w", e.Model, err)
	}
	if err := m.resolveOutput(e); err != nil {
		return m, err
	}
	for _, f := range []struct {
		key, path, digest string
		got               *string
	}{
		{"embed.tokenizer", e.Tokenizer, e.TokenizerSHA256, &m.TokenizerSHA256},
		{"embed.preprocessor", e.Preprocessor, e.PreprocessorSHA256, &m.PreprocessorSHA256},
	} {
		if f.path == "" {
			continue
		}
		file, err := asset.Local(f.path, f.digest)
		if err != nil {
			return m, fmt.Errorf("%s: %w", f.key, err)
		}
		*f.got = file.SHA256
	}
	return m, nil
}

// resolveOutput finds the output, its pooling and its dimension.
func (m *EmbedModel) resolveOutput(e configs.Embed) error {
	outputs := m.File.Outputs
	if m.Output == "" {
		m.Output = outputs[0].Name
	}
	out, ok := onnx.Find(outputs, m.Output)
	if !ok {
		return fmt.Errorf("embed.output: %s has no output %q; it has %s", e.Model, m.Output, onnx.Describe(outputs))
	}
	rank := len(out.Shape)
	if m.Pooling == "" {
		m.Pooling = configs.PoolingMean
		if rank == 2 {
			m.Pooling = configs.PoolingNone
		}
	}
	fits := map[string]bool{configs.PoolingNone: rank == 2, configs.PoolingCLS: rank == 3, configs.PoolingMean: rank == 3 || rank == 4}
	if rank > 0 && !fits[m.Pooling] {
		return fmt.Errorf("embed.pooling: %s does not go with the output %v: none is for [batch,dim], cls for [batch,token,dim], mean for [batch,token,dim] and [batch,channel,y,x]", m.Pooling, out)
	}
	m.Dim = e.Dim
	if at := rank - 1; rank >= 2 {
		if rank == 4 {
			at = 1
		}
		if n := out.Shape[at]; n > 0 && e.Dim > 0 && int64(e.Dim) != n {
			return fmt.Errorf("embed.dim: must be left out or %d, as the output %v says (got %d)", n, out, e.Dim)
		} else if n > 0 {
			m.Dim = int(n)
		}
	}
	if m.Dim == 0 {
		return fmt.Errorf("embed.dim: must be given: the model leaves the dimension of its output %v open", out)
	}
	return nil
}

// key is what the points depend on of the embedding: what files hold, not where
// they lie; not where the model runs, or on how many items at a time.
func (m *EmbedModel) key(e configs.Embed) configs.Embed {
	if e.Kind != configs.EmbedONNX {
		return e
	}
	e.Model, e.Tokenizer, e.Preprocessor = m.SHA256, m.TokenizerSHA256, m.PreprocessorSHA256
	e.ModelSHA256, e.TokenizerSHA256, e.PreprocessorSHA256 = "", "", ""
	e.RuntimeLibrary, e.RuntimeLibrarySHA256, e.ExecutionProvider, e.BatchSize = "", "", "", 0
	e.Output, e.Pooling, e.Dim = m.Output, m.Pooling, m.Dim
	return e
}

// embedParams are the parameters of the embedder, wherever its shards go.
func (r *Run) embedParams(m EmbedModel) embed.Params {
	c := r.Config
	return embed.Params{
		Kind: c.Embed.Kind, Medium: c.Input.Medium, Dim: max(c.Embed.Dim, m.Dim), Cosine: c.Cosine(),
		Threads: r.threads(), Seed: c.Seed, Half: c.Embed.Precision == configs.PrecisionFloat16, Model: m.Model,
	}
}
