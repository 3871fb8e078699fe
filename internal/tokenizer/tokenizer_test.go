package tokenizer

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"leveler/internal/onnx/onnxtest"
)

// varied are texts of many scripts and oddities.
var varied = []string{
	"", " ", "\t\n", "hello world", "Hello, WORLD! It's 3.14 (approx.)", "unbelievably antidisestablishmentarianism",
	strings.Repeat("a", 100), strings.Repeat("a", 101), strings.Repeat("é", 100) + " x", strings.Repeat("long words ", 400),
	"naïve café Ångström İstanbul Straße ΣΊΣΥΦΟΣ Москва́", "東京都 and 北京, 日本語のテキスト", "안녕하세요 세계", "हिन्दी भाषा", "مرحبا بالعالم", "שלום עולם", "ภาษาไทย",
	"emoji 😀 👩‍👩‍👧‍👦 🇩🇪 ❤️ done", "a\u200bb\u00adc\ufeffd", "x\u0000y\ufffdz", "tab\tnew\nline\r\nend\u00a0nbsp\u3000wide",
	"[CLS] a [SEP] b [MASK][PAD] [UNK] [cls] [ SEP ]", "[[SEP]]", "$100 €5 ^_^ `code` a+b=c <tag> |x|", "don't won't y'all",
	"e\u0301 vs é; \u1e9b\u0323; ﬁ ﬀ Ⅷ ① ½", "𝒜 𝟘 𐍈 🀄 \U000e0041", "https://example.org/a?b=c&d=%20e#f", "1234567890 1,234.5 0x1F",
	"—–…‘’“”«»¡¿§¶†‡•", "ǅ ǆ Ǆ ĳ Ĳ ŉ", "\u0301alone \u0300\u0301", "\u2028line\u2029par",
}

func pythonIDs(t *testing.T, path string, texts []string) [][]int64 {
	t.Helper()
	var want [][]int64
	python(t, encodeScript, map[string]any{"path": path, "texts": texts}, &want)
	return want
}

// compare counts the texts whose ids are not Python's.
func compare(t *testing.T, path string, texts []string) (differ int) {
	t.Helper()
	tok, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range pythonIDs(t, path, texts) {
		got, err := tok.Encode(texts[i], 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			differ++
			if differ <= 20 {
				t.Errorf("%q (%+q):\ngot  %v\nwant %v", texts[i], texts[i], got, want)
			}
		}
	}
	return differ
}

// TestPythonVaried compares with Python's tokenizers on odd texts.
func TestPythonVaried(t *testing.T) {
	compare(t, onnxtest.Need(t).Tokenizer, varied)
}

// TestPythonEveryCodePoint compares on the code points of the first two planes,
// each within a word. Python's tables of categories are those of an old Unicode:
// it takes marks, punctuation and formats that came since for letters.
func TestPythonEveryCodePoint(t *testing.T) {
	var runes []rune
	var texts []string
	for r := rune(1); r < 0x20000; r++ {
		if r < 0xd800 || r >= 0xe000 {
			runes = append(runes, r)
			texts = append(texts, "un"+string(r)+"able")
		}
	}
	tok, err := Open(onnxtest.Need(t).Tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	newer := 0
	for i, want := range pythonIDs(t, onnxtest.Need(t).Tokenizer, texts) {
		got, err := tok.Encode(texts[i], 64)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case slices.Equal(got, want):
		case runes[i] == 0x166d || runes[i] == 0x1734: // moved to another category since
		case runes[i] > 0x600 && unicode.In(runes[i], unicode.Mn, unicode.Cf, unicode.P):
			newer++
		default:
			t.Errorf("%+q: got %v, want %v", texts[i], got, want)
		}
	}
	if newer > 600 {
		t.Errorf("%d marks, formats and punctuation of later Unicodes differ, want 568 at most", newer)
	}
}

// TestPythonRandom compares on random mixtures of pieces of the varied texts.
func TestPythonRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var runes []rune
	for _, s := range varied {
		runes = append(runes, []rune(s)[:min(60, len([]rune(s)))]...)
	}
	var texts []string
	for range 5000 {
		b := make([]rune, r.IntN(40))
		for i := range b {
			b[i] = runes[r.IntN(len(runes))]
		}
		texts = append(texts, string(b))
	}
	compare(t, onnxtest.Need(t).Tokenizer, texts)
}

// TestPythonBPE compares what the library reads, byte-level BPE trained here on
// English questions.
func TestPythonBPE(t *testing.T) {
	train := lines(t)[:3000]
	dir := t.TempDir()
	python(t, trainScript, map[string]any{"dir": dir, "texts": train}, nil)
	texts := slices.Concat(train[:200], varied)
	texts = slices.DeleteFunc(texts, func(s string) bool { return len(s) > 500 }) // it is slow
	if n := compare(t, filepath.Join(dir, "bpe.json"), texts); n > 0 {
		t.Errorf("%d of %d texts differ", n, len(texts))
	}
}

func lines(tb testing.TB) []string {
	tb.Helper()
	b, err := os.ReadFile("../../../shared/data/clinc_longtail.jsonl")
	if err != nil {
		tb.Skip("no shared data: ", err)
	}
	var texts []string
	for line := range strings.Lines(string(b)) {
		var row struct{ Text string }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			tb.Fatal(err)
		}
		texts = append(texts, row.Text)
	}
	return texts
}

// TestLibraryAgrees: the fast path gives what the library gives, where the
// library gives what Python gives.
func TestLibraryAgrees(t *testing.T) {
	path := onnxtest.Need(t).Tokenizer
	fast, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := newLibrary(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range lines(t)[:500] {
		got, err := fast.model.encode(nil, text, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		want, err := slow.encode(nil, text, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, the library %v", text, got, want)
		}
	}
}

func TestMaxLength(t *testing.T) {
	tok, err := Open(onnxtest.Need(t).Tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("hello world ", 400)
	whole, _ := tok.Encode(long, 1<<20)
	for _, n := range []int{2, 3, 10, 256} {
		got, err := tok.Encode(long, n)
		if want := append(slices.Clone(whole[:n-1]), 102); err != nil || !slices.Equal(got, want) {
			t.Errorf("max_length %d: got %d ids that end in %v, error %v", n, len(got), got[len(got)-1], err)
		}
	}
	if _, err := tok.Encode(long, 1); err == nil || !strings.Contains(err.Error(), "max_length must be >= 2") {
		t.Errorf("max_length 1: got %v", err)
	}
	if tok.PadID() != 0 || tok.Kind() != "WordPiece" {
		t.Errorf("got pad id %d, kind %s", tok.PadID(), tok.Kind())
	}
}

func BenchmarkEncode(b *testing.B) {
	path := onnxtest.Need(b).Tokenizer
	fast, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	slow, err := newLibrary(path)
	if err != nil {
		b.Fatal(err)
	}
	texts := lines(b)[:1000]
	for _, tt := range []struct {
		name string
		m    model
	}{{"own", fast.model}, {"library", slow}} {
		b.Run(tt.name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				if _, err := tt.m.encode(nil, texts[n%len(texts)], 256); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "texts/s")
		})
	}
}
