// Package tokenizer turns text into the token ids that a model was trained on, as
// its tokenizer.json (the format of Hugging Face's tokenizers) says.
//
// BERT's tokenizers (BertNormalizer, BertPreTokenizer, WordPiece: MiniLM, BGE, E5,
// GTE and most English sentence-transformers) are read by code of this package,
// about 90 times as fast (BenchmarkEncode) as the library that reads all others but
// SentencePiece's, github.com/sugarme/tokenizer. SentencePiece's unigram models (XLM-R,
// multilingual E5, BGE-M3, T5, ALBERT) are read here too: the library's give other ids.
// Tests compare all of them with Python's tokenizers.
//
// Padding and truncation that the file asks for are left alone: the length of a
// batch is the caller's, and so is max_length.
package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
)

// Tokenizer turns texts into token ids. It serves any number of goroutines.
type Tokenizer struct {
	prefix, suffix []int64 // the special tokens around a text
	pad            int64
	kind           string
	model          model
}

// model appends the ids of a text, special tokens of the template left out.
type model interface {
	encode(dst []int64, text string, most int) ([]int64, error)
}

// Open reads a tokenizer.json.
func Open(path string) (*Tokenizer, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	t, err := parse(b, path)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %s: %w", path, err)
	}
	return t, nil
}

func parse(b []byte, path string) (*Tokenizer, error) {
	var f file
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("is no tokenizer.json: %w", err)
	}
	if f.Model.Type == "" {
		return nil, errors.New("is no tokenizer.json: it has no model.type")
	}
	t := &Tokenizer{kind: f.Model.Type, pad: f.padID()}
	var err error
	if t.prefix, t.suffix, err = f.template(); err != nil {
		return nil, err
	}
	switch {
	case f.isBERT():
		t.model, err = newWordPiece(&f)
	case f.Model.Type == "Unigram": // by the library, other ids at spaces and wide characters, and panics
		t.model, err = newUnigram(&f)
	default:
		t.model, err = newLibrary(path)
	}
	return t, err
}

// Kind returns the type of the tokenizer's model, such as WordPiece.
func (t *Tokenizer) Kind() string { return t.kind }

// PadID is the id that fills a batch up.
func (t *Tokenizer) PadID() int64 { return t.pad }

// Encode returns the ids of a text with the special tokens around it, at most
// maxLength of them in all: the text's end is cut off.
func (t *Tokenizer) Encode(text string, maxLength int) ([]int64, error) {
	most := maxLength - len(t.prefix) - len(t.suffix)
	if most < 0 {
		return nil, fmt.Errorf("tokenizer: max_length must be >= %d, the number of special tokens (got %d)", len(t.prefix)+len(t.suffix), maxLength)
	}
	ids := slices.Grow([]int64(nil), 32)
	ids, err := t.model.encode(append(ids, t.prefix...), text, most)
	if err != nil {
		return nil, err
	}
	if n := len(t.prefix) + most; len(ids) > n {
		ids = ids[:n]
	}
	return append(ids, t.suffix...), nil
}
