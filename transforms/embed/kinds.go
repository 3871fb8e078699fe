package embed

import (
	"cmp"
	"fmt"
	"runtime"

	"leveler/internal/ngram"
	"leveler/internal/picture"
	"leveler/internal/records"
	"leveler/internal/sound"
)

// Embedder turns records into vectors. An instance has one user at a time.
type Embedder interface {
	// Embed writes the embedding of batch[i] to dst[i*dim:(i+1)*dim], finite values,
	// or, where it has none, the reason to reasons[i]: a fault of the data. It uses
	// as many threads as Params say and keeps nothing of the batch. An error is a
	// fault of the machine.
	Embed(dst []float32, reasons []string, batch []records.Record) error
}

// The names of kinds in the configuration.
const (
	kindBuiltin = "builtin"
	kindONNX    = "onnx"
)

// kinds are the embedders by their names.
var kinds = map[string]func(Params) (Embedder, error){
	kindBuiltin:   newBuiltin,
	kindONNX:      newModel,
	"precomputed": newStored,
}

// New makes the embedder that the parameters name. Threads of 0 are as many as
// this machine has processors.
func New(p Params) (Embedder, error) {
	p.Threads = cmp.Or(p.Threads, runtime.GOMAXPROCS(0))
	return kinds[p.Kind](p)
}

// BuiltinVersion is the version of a medium's built-in embedder: part of the key
// of what is made with it.
func BuiltinVersion(medium string) int {
	return map[string]int{
		records.MediumText: ngram.Version, records.MediumImage: picture.Version, records.MediumAudio: sound.Version,
	}[medium]
}

// newBuiltin makes the embedder of the medium that needs no model.
func newBuiltin(p Params) (Embedder, error) {
	switch p.Medium {
	case records.MediumText:
		return newNgrams(p)
	case records.MediumImage:
		return items{p, func(dst []float32, data []byte) string {
			m, err := picture.Decode(data)
			if err != nil {
				return err.Error()
			}
			picture.Embed(dst, m)
			return ""
		}}, nil
	case records.MediumAudio:
		return items{p, func(dst []float32, data []byte) string {
			w, err := sound.Decode(data)
			if err != nil {
				return err.Error()
			}
			if !sound.Embed(dst, w) {
				return "silence, which has no direction"
			}
			return ""
		}}, nil
	default:
		return nil, fmt.Errorf("embed: no built-in embedder for the medium %q", p.Medium)
	}
}

// ngrams embeds text by its character n-grams: lexical, not semantic.
type ngrams struct {
	dim     int
	threads []*ngram.Embedder
}

var _ Embedder = (*ngrams)(nil)

func newNgrams(p Params) (Embedder, error) {
	first, err := ngram.New(p.Dim, p.Seed)
	if err != nil {
		return nil, err
	}
	e := &ngrams{dim: p.Dim, threads: []*ngram.Embedder{first}}
	for len(e.threads) < p.Threads {
		e.threads = append(e.threads, first.Clone())
	}
	return e, nil
}

// Embed implements Embedder.
func (e *ngrams) Embed(dst []float32, reasons []string, batch []records.Record) error {
	return eachRecord(len(e.threads), batch, func(thread, i int) error {
		if !e.threads[thread].Embed(dst[i*e.dim:(i+1)*e.dim], batch[i].Data) {
			reasons[i] = "no letters or digits to embed"
		}
		return nil
	})
}

// items embeds each item by itself, with a function that keeps nothing.
type items struct {
	p     Params
	embed func(dst []float32, data []byte) (reason string)
}

var _ Embedder = items{}

// Embed implements Embedder.
func (e items) Embed(dst []float32, reasons []string, batch []records.Record) error {
	return eachRecord(e.p.Threads, batch, func(_, i int) error {
		reasons[i] = e.embed(dst[i*e.p.Dim:(i+1)*e.p.Dim], batch[i].Data)
		return nil
	})
}
