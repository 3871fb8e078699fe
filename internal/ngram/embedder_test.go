package ngram

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func embedder(tb testing.TB, dim int, seed uint64) *Embedder {
	tb.Helper()
	e, err := New(dim, seed)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func embed(tb testing.TB, e *Embedder, text string) []float32 {
	tb.Helper()
	x := make([]float32, e.Dim())
	if !e.Embed(x, []byte(text)) {
		tb.Fatalf("%q has no n-grams", text)
	}
	return x
}

func cosine(tb testing.TB, e *Embedder, a, b string) float64 {
	tb.Helper()
	return float64(dot(embed(tb, e, a), embed(tb, e, b)))
}

// TestGolden guards the bits of the vectors. When it fails and the change is
// meant, raise Version with the digest, so that stored embeddings are made anew.
func TestGolden(t *testing.T) {
	if Version != 1 {
		t.Fatal("raise the digests with Version")
	}
	texts := []string{
		"a", "}", "the quick brown fox", "func main() { fmt.Println(0x1F, 0x1F, 0x1F, \"Grüße\") }",
		"Москва́ ΣΊΣΥΦΟΣ 東京都 हिन्दी İstanbul", strings.Repeat("same words again ", 1000), "!? \xff !?",
	}
	for _, tt := range []struct {
		dim  int
		seed uint64
		want string
	}{
		{256, 1, "6fa47d077a9da486853386e3a4dce544353e3908c85bb42a82779a6beeb61456"},
		{20, math.MaxUint64, "3bc56d55eddd84e9e816857a5d65aeef1a742c98f5226cfc176a209f25bf58c5"},
	} {
		h := sha256.New()
		e := embedder(t, tt.dim, tt.seed)
		for _, text := range texts {
			for _, v := range embed(t, e, text) {
				h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
			}
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != tt.want {
			t.Errorf("%d dimensions, seed %d: got %s, want %s", tt.dim, tt.seed, got, tt.want)
		}
	}
}

// TestOneGram works the definition out by hand for a text of one n-gram, " a ".
func TestOneGram(t *testing.T) {
	e := embedder(t, 64, 3)
	h := mix(e.salt ^ (' ' | 'a'<<21 | ' '<<42))
	want := make([]float32, 64)
	for q := range 4 {
		bits := h >> (16 * q) & 0xffff
		sign := float32(-0.5) // one of four equal values of a unit vector
		if bits&1 == 1 {
			sign = 0.5
		}
		want[16*q+int(bits>>1)/2048] = sign // 2^15 / 16 dimensions of a quarter
	}
	if got := embed(t, e, "a"); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestEqualTexts(t *testing.T) {
	e := embedder(t, 256, 1)
	for _, tt := range []struct{ name, a, b string }{
		{"case", "Hello WORLD Ähre", "hello world ähre"},
		{"white space and punctuation", "  hello,\t(world)\n", "hello world"},
		{"order of words", "one two three", "three one two"},
		{"a repeated text", "one two", "one two one two one two one two"},
		{"underscores and dots separate", "fmt.Print_all", "fmt print all"},
	} {
		if !slices.Equal(embed(t, e, tt.a), embed(t, e, tt.b)) {
			t.Errorf("%s: %q and %q differ", tt.name, tt.a, tt.b)
		}
	}
}

func TestNearAndFar(t *testing.T) {
	e := embedder(t, 256, 1)
	for _, tt := range []struct{ text, near, far string }{
		{"book a flight to berlin", "booking flights to Berlin", "what is the weather today"},
		{"transferring money", "transfer my money please", "play some music"},
		{"return nil, err", "return x, err", "}"},
	} {
		near, far := cosine(t, e, tt.text, tt.near), cosine(t, e, tt.text, tt.far)
		if near < far+0.2 {
			t.Errorf("%q: %.2f to %q, %.2f to %q", tt.text, near, tt.near, far, tt.far)
		}
	}
	// A flood of one word must not drown the rest: 16 (1 + log2 1024) = 11*16.
	if got := cosine(t, e, "alpha beta gamma delta", "alpha beta gamma delta"+strings.Repeat(" zero", 1024)); got < 0.1 {
		t.Errorf("a flood of zeros: got cosine %.2f", got)
	}
}

func TestBlankText(t *testing.T) {
	e := embedder(t, 16, 1)
	for _, text := range []string{"", " ", "\n\t\r\n", "\u00a0\u2003"} {
		x := make([]float32, 16)
		x[3] = 7
		if e.Embed(x, []byte(text)) || slices.Max(x) != 0 {
			t.Errorf("%q: got %v, want false and zeros", text, x)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, dim := range []int{-4, 0, 12, 30, 4100} {
		_, err := New(dim, 1)
		if err == nil || !strings.HasPrefix(err.Error(), "ngram: dim must be a multiple of 4 from 16 to 4096 (got ") {
			t.Errorf("dim %d: got %v", dim, err)
		}
	}
}

func TestSeedsGiveOtherVectors(t *testing.T) {
	a, b := embed(t, embedder(t, 256, 1), "the quick brown fox"), embed(t, embedder(t, 256, 2), "the quick brown fox")
	if c := dot(a, b); c > 0.3 || c < -0.3 {
		t.Errorf("got cosine %.2f between two seeds", c)
	}
}

func TestWeight(t *testing.T) {
	for n, want := range map[int32]int64{1: 16, 2: 32, 3: 40, 4: 48, 6: 56, 8: 64, 1 << 20: 16 * 21, math.MaxInt32: 16*31 + 15} {
		if got := weight(n); got != want {
			t.Errorf("weight(%d): got %d, want %d", n, got, want)
		}
	}
	for n := int32(1); n < 5000; n++ {
		if got, want := float64(weight(n)), 16*(1+math.Log2(float64(n))); got > want+1e-9 || got < want-2.4 {
			t.Errorf("weight(%d): got %v, want within 2.4 below %v", n, got, want) // 16*0.086 of the chord, 1 of the floor
		}
	}
}

// TestAnyText: the vector has length 1 and does not depend on what the embedder
// read before; a clone gives the same.
func TestAnyText(t *testing.T) {
	e := embedder(t, 64, 9)
	got, want := make([]float32, 64), make([]float32, 64)
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(rapid.OneOf(rapid.String(), rapid.StringMatching(`([ab1{} ]{1,5}){0,100}`)).Draw(t, "text"))
		ok := e.Embed(got, text)
		if fresh := e.Clone(); fresh.Embed(want, text) != ok || !slices.Equal(got, want) {
			t.Fatalf("a used embedder and its clone differ")
		}
		var squares float64
		for _, v := range got {
			squares += float64(v) * float64(v)
		}
		if ok && math.Abs(squares-1) > 64*0x1p-23 || !ok && squares != 0 { // each square is off by at most 2^-23 of itself
			t.Fatalf("squared length %v, %t", squares, ok)
		}
	})
}

func FuzzEmbed(f *testing.F) {
	f.Add([]byte("one two one"))
	f.Add([]byte("}\xff\u0301 \x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		e := embedder(t, 32, 1)
		x, again := make([]float32, 32), make([]float32, 32)
		if ok := e.Embed(x, text); ok != e.Embed(again, text) || !slices.Equal(x, again) {
			t.Fatal("the second time differs")
		}
	})
}

func TestEmbedAllocatesNothing(t *testing.T) {
	e := embedder(t, 256, 1)
	x := make([]float32, 256)
	long, short := []byte(strings.Repeat("all kinds of Wörter 12345 ", 100)), []byte("a short one")
	e.Embed(x, long)
	if n := testing.AllocsPerRun(10, func() { e.Embed(x, short); e.Embed(x, long) }); n != 0 {
		t.Errorf("got %v allocations per two texts, want 0", n)
	}
}
