package tokenizer

import (
	"slices"
	"strings"
	"testing"
)

// smallUnigram is a file with the vocabulary that TestUnigram works with.
func smallUnigram(rest string) []byte {
	return []byte(`{"added_tokens": [{"id": 8, "content": "<mask>", "lstrip": true}, {"id": 9, "content": "<pad>"}],
	"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true}]},
	"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["▁a", -1], ["b", -2], ["ab", -1.5], ["▁", -3], ["a", -2.5], ["aba", -4], ["é", -3]]}` + rest + "}")
}

// TestUnigram works the best ways out by hand.
func TestUnigram(t *testing.T) {
	tok, err := parse(smallUnigram(""), "")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]int64{
		"":                 nil,
		" \t ":             nil,
		"ab":               {1, 2},       // ▁a b, -3; ▁ ab, -4.5
		"b ab":             {4, 2, 1, 2}, // ▁ b
		"bab":              {4, 2, 3},    // ▁ b ab, -6.5; ▁ b a b, -9.5
		"baba":             {4, 2, 6},    // ▁ b aba, -9, ▁ b ab a, -9 too: the one whose last piece begins first
		"xyz":              {4, 0},       // one unknown for all three
		"xéy":              {4, 0, 7, 0},
		"ab <mask>b<pad>a": {1, 2, 8, 4, 2, 9, 1}, // the mask takes the space before it
	} {
		if got, err := tok.Encode(text, 100); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	if got, err := tok.Encode(strings.Repeat("ab ", 1000), 3); err != nil || !slices.Equal(got, []int64{1, 2, 1}) {
		t.Errorf("max_length 3: got %v, %v", got, err)
	}
	if tok.PadID() != 9 || tok.Kind() != "Unigram" {
		t.Errorf("got pad id %d, kind %s", tok.PadID(), tok.Kind())
	}
}

// TestUnigramRefuses what it would read otherwise than Python does.
func TestUnigramRefuses(t *testing.T) {
	for rest, want := range map[string]string{
		`, "normalizer": {"type": "BertNormalizer"}`:                                                                `normalizer: the type "BertNormalizer" is not supported with Unigram`,
		`, "normalizer": {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"Regex": "(?=a)"}}]}`: `normalizer: the pattern "(?=a)" is not supported`,
		`, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "BAAAAA=="}`:                               "precompiled_charsmap is damaged",
		`, "pre_tokenizer": {"type": "ByteLevel"}`:                                                                  `pre_tokenizer: the type "ByteLevel" is not supported with Unigram`,
		`, "added_tokens": [{"id": 1, "content": "x", "normalized": true}]`:                                         `added_tokens: "x": single_word and normalized are not supported`,
		`, "model": {"type": "Unigram", "unk_id": 8, "vocab": [["a", -1]]}`:                                         "model.unk_id is 8, model.vocab has 1 pieces",
		`, "model": {"type": "Unigram", "vocab": [["a"]]}`:                                                          "model.vocab[0]: want a piece and its score",
		`, "model": {"type": "Unigram", "vocab": {"a": 1}}`:                                                         "model.vocab: ",
	} {
		if _, err := parse(smallUnigram(rest), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", rest, err, want)
		}
	}
	tok, err := parse([]byte(`{"model": {"type": "Unigram", "vocab": [["a", -1]]}}`), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tok.Encode("ab", 10); err == nil || !strings.Contains(err.Error(), "no unk_id") {
		t.Errorf("an unknown character without unk_id: got %v", err)
	}
}

// FuzzUnigram: a damaged table gives other forms, never a panic.
func FuzzUnigram(f *testing.F) {
	f.Add([]byte("\x08\x00\x00\x00\x00\x04\x00\x00a\x01\x00\x00x\x00"), "a\u0301b\r\n")
	tok, err := parse(smallUnigram(""), "")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, table []byte, text string) {
		if m, err := newCharsmap(table); err == nil {
			text = m.apply(text)
		}
		if _, err := tok.Encode(text, 50); err != nil {
			t.Error(err)
		}
	})
}
