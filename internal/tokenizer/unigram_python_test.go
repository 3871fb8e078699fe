package tokenizer

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"leveler/internal/pythontest"
)

// unigramScript trains SentencePiece models on texts.json and saves tokenizer.json
// files as those of XLM-R and multilingual E5, BGE-M3, T5 and ALBERT are, and one with
// bytes for unknown characters; and what Python's tokenizers makes of ask.json.
const unigramScript = `
import io, json, sentencepiece as spm
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers as n, pre_tokenizers as p, processors

texts, ask = json.load(open("texts.json")), json.load(open("ask.json"))

def fields(b):
    """Numbers and bytes of the fields of a protocol buffer's message."""
    at = 0
    def varint():
        nonlocal at
        v = shift = 0
        while True:
            c = b[at]; at += 1
            v |= (c & 127) << shift; shift += 7
            if c < 128: return v
    while at < len(b):
        key = varint()
        if key & 7 == 0: yield key >> 3, varint()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or varint()
            yield key >> 3, b[at:at + size]; at += size

def train(rule, **more):
    out = io.BytesIO()
    spm.SentencePieceTrainer.train(sentence_iterator=iter(texts), model_writer=out, vocab_size=1500, normalization_rule_name=rule, minloglevel=2, hard_vocab_limit=False, **more)
    m = spm.SentencePieceProcessor(model_proto=out.getvalue())
    charsmap = next(v for k, v in fields(next(v for k, v in fields(out.getvalue()) if k == 3)) if k == 2)
    return [(m.id_to_piece(i), m.get_score(i)) for i in range(m.get_piece_size())], charsmap

vocab, nfkc = train("nmt_nfkc")
folded, nfkc_cf = train("nmt_nfkc_cf", character_coverage=0.98)
ids = {piece: i for i, (piece, _) in enumerate(vocab)}
byte_pieces = [(f"<0x{b:02X}>", 0.0) for b in range(256)]
made = {
    "xlmr": (vocab, {}, n.Precompiled(nfkc), p.Sequence([p.WhitespaceSplit(), p.Metaspace()])),
    "bge": (vocab, {}, n.Sequence([n.Precompiled(nfkc), n.Replace(Regex(" {2,}"), " ")]), p.Metaspace()),
    "t5": (vocab, {}, n.Sequence([n.Precompiled(nfkc), n.Strip(left=False, right=True), n.Replace(Regex(" {2,}"), "\u2581")]), p.Metaspace(prepend_scheme="first")),
    "albert": (folded, {}, n.Sequence([n.Replace("` + "``" + `", '"'), n.Replace("''", '"'), n.NFKD(), n.StripAccents(), n.Lowercase(), n.Precompiled(nfkc_cf)]), p.Sequence([p.WhitespaceSplit(), p.Metaspace()])),
    "bytes": (vocab + byte_pieces, dict(byte_fallback=True), n.NFKC(), p.Metaspace(prepend_scheme="never", split=False)),
    "plain": (vocab, {}, None, None),
}
for name, (pieces, options, normalizer, words) in made.items():
    t = Tokenizer(models.Unigram(pieces, 0, **options))
    if normalizer: t.normalizer = normalizer
    if words: t.pre_tokenizer = words
    t.add_special_tokens(["<s>", "</s>", "<pad>", AddedToken("<mask>", lstrip=True), AddedToken("<end>", rstrip=True)])
    t.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", ids["<s>"]), ("</s>", ids["</s>"])])
    t.save(name + ".json")
    json.dump([e.ids for e in t.encode_batch(ask)], open(name + ".ids", "w"))
`

// TestPythonUnigram compares with Python's tokenizers on questions, odd texts and
// random mixtures of them.
func TestPythonUnigram(t *testing.T) {
	python, dir := pythontest.Need(t, "tokenizers", "sentencepiece"), t.TempDir()
	questions := lines(t)
	odd := slices.DeleteFunc(slices.Clone(varied), func(s string) bool { return s == "" })
	odd = append(odd, "a <mask> b", "  <mask><mask> ", "<end>  x", "<s>hi</s>", "<s> <pad>", "a  b   c ", "  lead", "ends  ", "\u2581 a\u2581b", "``quoted'' 'x'", "q\u0301\u0302\u0323 \u1100\u1161\u11a8 \uac01 ｆｕｌｌ ﾊﾝｶｸ", "\r\n\r a\rb")
	r := rand.New(rand.NewPCG(7, 7))
	var runes []rune
	for _, s := range odd {
		runes = append(runes, []rune(s)[:min(60, len([]rune(s)))]...)
	}
	ask := append(slices.Clone(questions[:1500]), odd...)
	for range 3000 {
		b := make([]rune, r.IntN(40))
		for i := range b {
			b[i] = runes[r.IntN(len(runes))]
		}
		ask = append(ask, string(b))
	}
	usual := len(ask)
	for r := rune(1); r < 0x20000; r += 17 {
		if r < 0xd800 || r >= 0xe000 {
			ask = append(ask, "un"+string(r)+"able")
		}
	}
	for name, texts := range map[string][]string{"texts.json": slices.Concat(questions[:3000], odd), "ask.json": ask} {
		b, err := json.Marshal(texts)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pythontest.Run(t, python, dir, unigramScript)
	if t.Failed() {
		return
	}
	for _, name := range []string{"xlmr", "bge", "t5", "albert", "bytes", "plain"} {
		tok, err := Open(filepath.Join(dir, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, name+".ids"))
		if err != nil {
			t.Fatal(err)
		}
		var want [][]int64
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		differ := 0
		for i, text := range ask {
			if i >= usual && (name == "albert" || name == "bytes") {
				break // Python's tables of marks and of NFKC are of an older Unicode
			}
			got, err := tok.Encode(text, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want[i]) {
				if differ++; differ <= 5 {
					t.Errorf("%s: %q (%+q):\ngot  %v\nwant %v", name, text, text, got, want[i])
				}
			}
		}
		t.Logf("%s: %d of %d texts differ", name, differ, len(ask))
	}
}
