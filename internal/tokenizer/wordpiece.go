package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// wordPiece is BERT's tokenizer: each word becomes the longest pieces of the
// vocabulary, from its beginning on.
type wordPiece struct {
	normalizer
	added   []addedToken
	starts  map[string]int64 // the pieces that begin a word
	inside  map[string]int64 // the others, without their ##
	longest int              // piece, in bytes
	unknown int64
	chars   int // a longer word is unknown
}

func newWordPiece(f *file) (*wordPiece, error) {
	var vocab map[string]int64
	if err := json.Unmarshal(f.Model.Vocab, &vocab); err != nil {
		return nil, fmt.Errorf("model.vocab: %w", err)
	}
	unknown, ok := vocab[f.Model.Unknown]
	if !ok {
		return nil, fmt.Errorf("model.vocab does not have model.unk_token %q", f.Model.Unknown)
	}
	w := &wordPiece{
		added: f.AddedTokens, starts: map[string]int64{}, inside: map[string]int64{},
		unknown: unknown, chars: f.Model.MostChars,
	}
	if f.Model.Prefix == "" {
		return nil, errors.New("model.continuing_subword_prefix is empty")
	}
	for piece, id := range vocab {
		w.starts[piece] = id
		w.longest = max(w.longest, len(piece))
		if rest, ok := strings.CutPrefix(piece, f.Model.Prefix); ok {
			w.inside[rest] = id
		}
	}
	return w, w.configure(f.Normalizer)
}

// encode implements model. It stops once it has more ids than most.
func (w *wordPiece) encode(dst []int64, text string, most int) ([]int64, error) {
	most += len(dst)
	for text != "" && len(dst) <= most {
		at, token := nextAdded(w.added, text)
		dst = w.plain(dst, text[:at], most)
		if token == nil {
			break
		}
		dst = append(dst, token.ID)
		text = text[at+len(token.Content):]
	}
	return dst, nil
}

// nextAdded finds the first added token in a text, the longest where several
// begin at one place.
func nextAdded(added []addedToken, text string) (int, *addedToken) {
	at, found := len(text), (*addedToken)(nil)
	for i := range added {
		t := &added[i]
		if j := strings.Index(text, t.Content); j >= 0 && (j < at || j == at && len(t.Content) > len(found.Content)) {
			at, found = j, t
		}
	}
	return at, found
}

// plain encodes a text that has no added tokens in it.
func (w *wordPiece) plain(dst []int64, text string, most int) []int64 {
	var room [512]byte
	clean := w.normalize(room[:0], text)
	for i := 0; i < len(clean) && len(dst) <= most; {
		r, n := rune(clean[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(clean[i:])
		}
		switch {
		case isSpace(r):
			i += n
			continue
		case isPunctuation(r):
			dst = w.word(dst, clean[i:i+n])
			i += n
			continue
		}
		start := i
		for i < len(clean) {
			r, n := rune(clean[i]), 1
			if r >= utf8.RuneSelf {
				r, n = utf8.DecodeRune(clean[i:])
			}
			if isSpace(r) || isPunctuation(r) {
				break
			}
			i += n
		}
		dst = w.word(dst, clean[start:i])
	}
	return dst
}

// word appends the pieces of a word, or unknown where it has no pieces.
func (w *wordPiece) word(dst []int64, word []byte) []int64 {
	if len(word) > w.chars && utf8.RuneCount(word) > w.chars {
		return append(dst, w.unknown)
	}
	first := len(dst)
	pieces := w.starts
	for len(word) > 0 {
		end := min(len(word), w.longest)
		for ; end > 0; end-- {
			if id, ok := pieces[string(word[:end])]; ok {
				dst = append(dst, id)
				break
			}
		}
		if end == 0 {
			return append(dst[:first], w.unknown)
		}
		word = word[end:]
		pieces = w.inside
	}
	return dst
}
