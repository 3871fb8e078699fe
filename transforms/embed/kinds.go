package embed

import (
	"leveler/internal/ngram"
	"leveler/internal/records"
)

// Embedder turns records into vectors. An instance has one user at a time.
type Embedder interface {
	// Embed writes the embedding of r to dst (dim values, none NaN or infinite).
	// It returns a reason when the record has none: a fault of the data.
	// It may not keep r.Data.
	Embed(dst []float32, r records.Record) (reason string)
	// Clone returns another instance that gives the same vectors.
	Clone() Embedder
}

// kinds are the embedders by the name they have in the configuration.
var kinds = map[string]func(Params) (Embedder, error){
	"builtin": newBuiltin,
}

// builtin embeds text by its character n-grams: lexical, not semantic.
type builtin struct{ e *ngram.Embedder }

var _ Embedder = builtin{}

func newBuiltin(p Params) (Embedder, error) {
	e, err := ngram.New(p.Dim, p.Seed)
	return builtin{e}, err
}

// Embed implements Embedder.
func (b builtin) Embed(dst []float32, r records.Record) string {
	if !b.e.Embed(dst, r.Data) {
		return "no letters or digits to embed"
	}
	return ""
}

// Clone implements Embedder.
func (b builtin) Clone() Embedder { return builtin{b.e.Clone()} }
