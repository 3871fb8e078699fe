package configs

// Embed says how records become points.
type Embed struct {
	// Kind is EmbedPrecomputed (npy input) or EmbedBuiltin (text and jsonl).
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

// DefaultDim is the dimension of the built-in embedding.
const DefaultDim = 256
