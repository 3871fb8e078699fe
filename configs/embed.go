package configs

import (
	"slices"

	"leveler/internal/ngram"
	"leveler/internal/picture"
	"leveler/internal/records"
	"leveler/internal/sound"
)

// Embed says how records become points.
type Embed struct {
	// Kind is EmbedPrecomputed, EmbedBuiltin or EmbedONNX; Complete derives it from
	// the kind of input.
	Kind string `yaml:"kind" json:"kind"`
	// Dim is the dimension of the points; 0 where the input or the model says it.
	Dim int `yaml:"dim" json:"dim"`
	// Precision is how points are stored: PrecisionFloat32 or PrecisionFloat16.
	Precision string `yaml:"precision" json:"precision"`

	// All that follows is for EmbedONNX. Files are local paths or gs:// ones; a
	// SHA-256 (hex) may be given for each.

	// Model is the ONNX file. Required.
	Model       string `yaml:"model" json:"model"`
	ModelSHA256 string `yaml:"model_sha256" json:"model_sha256"`
	// RuntimeLibrary is ONNX Runtime's shared library; a name without a slash is
	// looked for where the system's loader looks.
	RuntimeLibrary       string `yaml:"runtime_library" json:"runtime_library"`
	RuntimeLibrarySHA256 string `yaml:"runtime_library_sha256" json:"runtime_library_sha256"`
	// Tokenizer is the tokenizer.json of a text model.
	Tokenizer       string `yaml:"tokenizer" json:"tokenizer"`
	TokenizerSHA256 string `yaml:"tokenizer_sha256" json:"tokenizer_sha256"`
	// Preprocessor is the preprocessor_config.json of a model of images or audio.
	Preprocessor       string `yaml:"preprocessor" json:"preprocessor"`
	PreprocessorSHA256 string `yaml:"preprocessor_sha256" json:"preprocessor_sha256"`
	// MaxLength is the most tokens of a text; its end is cut off.
	MaxLength int `yaml:"max_length" json:"max_length"`
	// Output is the name of the output that has the embedding; the first if empty.
	Output string `yaml:"output" json:"output"`
	// Pooling is PoolingCLS, PoolingMean or PoolingNone; if empty it follows from
	// the output's shape.
	Pooling string `yaml:"pooling" json:"pooling"`
	// Normalise divides each vector by its length.
	Normalise bool `yaml:"normalise" json:"normalise"`
	// BatchSize is the number of items that the model sees at a time.
	BatchSize int `yaml:"batch_size" json:"batch_size"`
	// ExecutionProvider is ProviderCPU or ProviderCUDA.
	ExecutionProvider string `yaml:"execution_provider" json:"execution_provider"`
}

// The kinds of embedding.
const (
	EmbedPrecomputed = "precomputed" // the rows of the input are the points
	EmbedBuiltin     = "builtin"     // needs no model: hashed n-grams, gradients and colours, log-mel statistics
	EmbedONNX        = "onnx"        // a model
)

// How points are stored.
const (
	PrecisionFloat32 = "float32"
	PrecisionFloat16 = "float16" // half the space, 11 bits of precision
)

// How an output with several vectors becomes one.
const (
	PoolingCLS  = "cls"
	PoolingMean = "mean"
	PoolingNone = "none"
)

// Where a model runs.
const (
	ProviderCPU  = "cpu"
	ProviderCUDA = "cuda"
)

const maxDim = 1 << 16

// builtinDims are the dimensions of the built-in embeddings by medium; a text's is
// a choice.
var builtinDims = map[string]int{MediumText: ngram.DefaultDim, MediumImage: picture.Dim, MediumAudio: sound.Dim}

func defaultEmbed() Embed { return Embed{Precision: PrecisionFloat32, Normalise: true} }

func (e *Embed) complete(in *Input) {
	if e.Kind == "" && in.Kind != "" {
		e.Kind = EmbedBuiltin
		if in.Embedded() {
			e.Kind = EmbedPrecomputed
		}
	}
	if e.Kind == EmbedBuiltin && e.Dim == 0 {
		e.Dim = builtinDims[in.Medium]
	}
	if e.Kind == EmbedONNX {
		e.completeModel(in.Medium)
	}
}

// completeModel fills in what a model needs.
func (e *Embed) completeModel(medium string) {
	set := func(key *string, value string) {
		if *key == "" {
			*key = value
		}
	}
	set(&e.RuntimeLibrary, "libonnxruntime.so")
	set(&e.ExecutionProvider, ProviderCPU)
	if e.Model != "" && medium == records.MediumText {
		set(&e.Tokenizer, beside(e.Model, "tokenizer.json"))
	} else if e.Model != "" && medium != "" {
		set(&e.Preprocessor, beside(e.Model, "preprocessor_config.json"))
	}
	if e.MaxLength == 0 && medium == records.MediumText {
		e.MaxLength = 256
	}
	if e.BatchSize == 0 {
		e.BatchSize = 32
	}
}

// beside is the path of a file in the folder of another.
func beside(path, name string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[:i+1] + name
		}
	}
	return name
}

func (e *Embed) validate(f *faults, in *Input) {
	switch e.Kind {
	case EmbedPrecomputed:
		f.check(in.Embedded() || in.Kind == "", "embed.kind", "must be builtin or onnx for %s input (got precomputed)", in.Kind)
		f.check(e.Dim == 0, "embed.dim", "must be left out with precomputed embeddings, which have their own (got %d)", e.Dim)
	case EmbedBuiltin:
		f.check(!in.Embedded(), "embed.kind", "must be precomputed for %s input (got builtin)", in.Kind)
		switch want := builtinDims[in.Medium]; in.Medium {
		case MediumImage, MediumAudio:
			f.check(e.Dim == want, "embed.dim", "must be left out or %d for the built-in embedding of %s (got %d)", want, in.Medium, e.Dim)
		default:
			f.check(e.Dim >= 0 && e.Dim <= maxDim, "embed.dim", "must be from 1 to %d (got %d)", maxDim, e.Dim)
		}
	case EmbedONNX:
		f.check(!in.Embedded(), "embed.kind", "must be precomputed for %s input (got onnx)", in.Kind)
		f.check(e.Dim >= 0 && e.Dim <= maxDim, "embed.dim", "must be from 1 to %d, or left out (got %d)", maxDim, e.Dim)
	case "":
		// follows from input.kind, about which there is a fault already
	default:
		f.add("embed.kind", "must be precomputed, builtin or onnx (got %q)", e.Kind)
	}
	f.check(e.Precision == PrecisionFloat32 || e.Precision == PrecisionFloat16 && e.Kind == EmbedONNX,
		"embed.precision", "must be float32, or float16 with embed.kind onnx (got %q)", e.Precision)
	e.validateModel(f, in.Medium)
}

// validateModel checks the keys of models.
func (e *Embed) validateModel(f *faults, medium string) {
	if e.Kind != EmbedONNX {
		for _, kv := range [][2]string{
			{"model", e.Model},
			{"model_sha256", e.ModelSHA256},
			{"runtime_library", e.RuntimeLibrary},
			{"runtime_library_sha256", e.RuntimeLibrarySHA256},
			{"tokenizer", e.Tokenizer},
			{"tokenizer_sha256", e.TokenizerSHA256},
			{"preprocessor", e.Preprocessor},
			{"preprocessor_sha256", e.PreprocessorSHA256},
			{"output", e.Output},
			{"pooling", e.Pooling},
			{"execution_provider", e.ExecutionProvider},
		} {
			f.check(kv[1] == "" || e.Kind == "", "embed."+kv[0], "must be left out unless embed.kind is onnx (got %q)", kv[1])
		}
		f.check(e.MaxLength == 0, "embed.max_length", "must be left out unless embed.kind is onnx (got %d)", e.MaxLength)
		f.check(e.BatchSize == 0, "embed.batch_size", "must be left out unless embed.kind is onnx (got %d)", e.BatchSize)
		return
	}
	f.check(e.Model != "", "embed.model", "is required with embed.kind onnx: the path of a model")
	for _, kv := range [][2]string{
		{"model_sha256", e.ModelSHA256},
		{"runtime_library_sha256", e.RuntimeLibrarySHA256},
		{"tokenizer_sha256", e.TokenizerSHA256},
		{"preprocessor_sha256", e.PreprocessorSHA256},
	} {
		f.check(kv[1] == "" || isSHA256(kv[1]), "embed."+kv[0], "must be 64 hexadecimal digits in lower case (got %q)", kv[1])
	}
	if medium == MediumText {
		f.check(e.MaxLength >= 1 && e.MaxLength <= 1<<20, "embed.max_length", "must be from 1 to %d (got %d)", 1<<20, e.MaxLength)
		f.check(e.Preprocessor == "", "embed.preprocessor", "must be left out with text, which has a tokenizer (got %q)", e.Preprocessor)
	} else {
		f.check(e.MaxLength == 0, "embed.max_length", "must be left out unless the input is text (got %d)", e.MaxLength)
		f.check(e.Tokenizer == "", "embed.tokenizer", "must be left out unless the input is text (got %q)", e.Tokenizer)
	}
	f.check(slices.Contains([]string{"", PoolingCLS, PoolingMean, PoolingNone}, e.Pooling), "embed.pooling", "must be cls, mean or none (got %q)", e.Pooling)
	f.check(e.BatchSize >= 1 && e.BatchSize <= 4096, "embed.batch_size", "must be from 1 to 4096 (got %d)", e.BatchSize)
	f.check(e.ExecutionProvider == ProviderCPU || e.ExecutionProvider == ProviderCUDA, "embed.execution_provider", "must be cpu or cuda (got %q)", e.ExecutionProvider)
}

func isSHA256(s string) bool {
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 64
}
