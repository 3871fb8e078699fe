package configs

// Embed says how records become points.
type Embed struct {
	// Kind is EmbedPrecomputed (npy input) or EmbedBuiltin (text and jsonl); Complete
	// derives it from the kind of input.
	Kind string `yaml:"kind" json:"kind"`
	// Dim is the dimension of the points that EmbedBuiltin makes; 0 with
	// EmbedPrecomputed, where the input says it.
	Dim int `yaml:"dim" json:"dim"`
}

// The kinds of embedding.
const (
	EmbedPrecomputed = "precomputed" // the rows of the input are the points
	EmbedBuiltin     = "builtin"     // hashed character n-grams: lexical, not semantic
)

const (
	defaultDim = 256
	maxDim     = 1 << 16
)

func (e *Embed) complete(in *Input) {
	if e.Kind == "" && in.Kind != "" {
		e.Kind = EmbedBuiltin
		if in.Embedded() {
			e.Kind = EmbedPrecomputed
		}
	}
	if e.Kind == EmbedBuiltin && e.Dim == 0 {
		e.Dim = defaultDim
	}
}

func (e *Embed) validate(f *faults, in *Input) {
	switch e.Kind {
	case EmbedPrecomputed:
		f.check(in.Embedded() || in.Kind == "", "embed.kind", "must be builtin for %s input (got precomputed)", in.Kind)
		f.check(e.Dim == 0, "embed.dim", "must be left out with precomputed embeddings, which have their own (got %d)", e.Dim)
	case EmbedBuiltin:
		f.check(!in.Embedded(), "embed.kind", "must be precomputed for %s input (got builtin)", in.Kind)
		f.check(e.Dim >= 1 && e.Dim <= maxDim, "embed.dim", "must be from 1 to %d (got %d)", maxDim, e.Dim)
	case "onnx":
		f.add("embed.kind", "onnx is not built yet; must be precomputed or builtin")
	case "":
		// follows from input.kind, about which there is a fault already
	default:
		f.add("embed.kind", "must be precomputed or builtin (got %q)", e.Kind)
	}
}
