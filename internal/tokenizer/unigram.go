package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// unigram is the tokenizer of SentencePiece's unigram models (XLM-R, multilingual E5,
// BGE-M3, T5, ALBERT): of all ways to cut a word into pieces of the vocabulary it takes
// the one whose scores, logarithms of probabilities, have the greatest sum (Kudo 2018,
// arXiv 1804.10959, by Viterbi's algorithm). A character that no piece is, is unknown,
// and neighbouring ones are one token.
type unigram struct {
	normal  []step // of a text, then of what is between spaces
	words   []splitter
	added   []addedToken
	trie    trie
	score   []float64 // by id
	unknown int64     // -1: none
	penalty float64   // the score of an unknown character
	bytes   [256]int64
	byteIDs bool // an unknown character is its bytes
}

// unknownPenalty is how far below the lowest score an unknown character is.
const unknownPenalty = 10

func newUnigram(f *file) (*unigram, error) {
	var vocab [][2]any
	if err := json.Unmarshal(f.Model.Vocab, &vocab); err != nil {
		return nil, fmt.Errorf("model.vocab: %w", err)
	}
	u := &unigram{added: f.AddedTokens, unknown: -1, score: make([]float64, len(vocab))}
	ids := make(map[string]int64, len(vocab))
	least := math.Inf(1)
	for i, v := range vocab {
		piece, isText := v[0].(string)
		score, isNumber := v[1].(float64)
		if !isText || !isNumber {
			return nil, fmt.Errorf("model.vocab[%d]: want a piece and its score (got %v)", i, v)
		}
		ids[piece], u.score[i] = int64(i), score
		least = min(least, score)
	}
	u.penalty = least - unknownPenalty
	if n := f.Model.UnknownID; n != nil {
		if u.unknown = *n; u.unknown < 0 || u.unknown >= int64(len(vocab)) {
			return nil, fmt.Errorf("model.unk_id is %d, model.vocab has %d pieces", u.unknown, len(vocab))
		}
	}
	u.byteIDs = f.Model.ByteFallback
	for b := range u.bytes {
		id, ok := ids[fmt.Sprintf("<0x%02X>", b)]
		u.bytes[b] = id
		u.byteIDs = u.byteIDs && ok
	}
	for _, t := range u.added {
		if t.SingleWord || t.Normalized || t.Content == "" {
			return nil, fmt.Errorf("added_tokens: %q: single_word and normalized are not supported with Unigram", t.Content)
		}
	}
	u.trie = newTrie(ids)
	var err error
	if u.normal, err = steps(f.Normalizer); err != nil {
		return nil, err
	}
	u.words, err = splitters(f.PreTokenizer)
	return u, err
}

// encode implements model. It stops once it has more ids than most.
func (u *unigram) encode(dst []int64, text string, most int) (_ []int64, err error) {
	most += len(dst)
	var room room
	for first := true; text != "" && len(dst) <= most; first = false {
		at, token := nextAdded(u.added, text)
		before := text[:at]
		if token != nil {
			if text = text[at+len(token.Content):]; token.RStrip {
				text = strings.TrimLeftFunc(text, isSpace)
			}
			if token.LStrip {
				before = strings.TrimRightFunc(before, isSpace)
			}
		} else {
			text = ""
		}
		for _, s := range u.normal {
			before = s(before)
		}
		for _, word := range cut(u.words, before, first) {
			if dst, err = u.word(dst, word, &room); err != nil {
				return nil, err
			}
			if len(dst) > most {
				break
			}
		}
		if token != nil {
			dst = append(dst, token.ID)
		}
	}
	return dst, nil
}

// room is memory that words use one after another.
type room struct {
	best []best
	ends []int
}

// best is the best way to a place in a word.
type best struct {
	score float64
	from  int   // where its last piece begins, -1: there is no way yet
	id    int64 // of its last piece
}

// word appends the ids of a word.
func (u *unigram) word(dst []int64, word string, r *room) ([]int64, error) {
	r.best = append(r.best[:0], best{})
	for range len(word) {
		r.best = append(r.best, best{from: -1})
	}
	for at := 0; at < len(word); {
		_, size := utf8.DecodeRuneInString(word[at:])
		here, single := r.best[at].score, false
		u.trie.prefixes(word[at:], func(n int, id int64) {
			to := &r.best[at+n]
			if score := u.score[id] + here; to.from < 0 || score > to.score {
				*to = best{score, at, id}
			}
			single = single || n == size
		})
		if to := &r.best[at+size]; !single {
			if u.unknown < 0 {
				return nil, errors.New("tokenizer: a character that is not in model.vocab, which has no unk_id")
			}
			if score := u.penalty + here; to.from < 0 || score > to.score {
				*to = best{score, at, u.unknown}
			}
		}
		at += size
	}
	r.ends = r.ends[:0]
	for at := len(word); at > 0; at = r.best[at].from {
		r.ends = append(r.ends, at)
	}
	for i := len(r.ends) - 1; i >= 0; i-- {
		b := r.best[r.ends[i]]
		if b.id != u.unknown {
			dst = append(dst, b.id)
			continue
		}
		for i > 0 && r.best[r.ends[i-1]].id == u.unknown {
			i--
		}
		dst = u.missing(dst, word[b.from:r.ends[i]])
	}
	return dst, nil
}

// missing appends the ids of characters that no pieces are.
func (u *unigram) missing(dst []int64, part string) []int64 {
	if id, ok := u.trie.find(part); ok {
		return append(dst, id)
	}
	if !u.byteIDs {
		return append(dst, u.unknown)
	}
	for i := range len(part) {
		dst = append(dst, u.bytes[part[i]])
	}
	return dst
}
