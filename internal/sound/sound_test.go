package sound

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"log"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"
)

// tone is a sound of some harmonics that swells and rises.
func tone(hz int, seconds float64) []float64 {
	x := make([]float64, int(seconds*float64(hz)))
	for i := range x {
		t := int64(i)
		loud := float64(i) / float64(len(x))
		for h := int64(1); h <= 5; h++ {
			x[i] += loud / 8 * sinPi(t*h*(400+t*200/int64(len(x))), int64(hz)) / float64(h)
		}
	}
	return x
}

// wav encodes samples, the same in each channel.
func wav(x []float64, hz, channels, bits int, float bool) []byte {
	var data []byte
	for _, v := range x {
		for range channels {
			n := int64(math.Round(v * float64(int64(1)<<(bits-1))))
			switch {
			case float && bits == 32:
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(v)))
			case float:
				data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
			case bits == 8:
				data = append(data, byte(n+128))
			default:
				data = append(data, binary.LittleEndian.AppendUint64(nil, uint64(n))[:bits/8]...)
			}
		}
	}
	format := uint16(1)
	if float {
		format = 3
	}
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00")
	b = binary.LittleEndian.AppendUint16(b, format)
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(hz))
	b = binary.LittleEndian.AppendUint32(b, uint32(hz*channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(bits))
	b = append(b, "LIST\x03\x00\x00\x00abc\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(b, data...)
}

// flacFile encodes samples of 16 bits without prediction.
func flacFile(t testing.TB, x []float64, hz int) []byte {
	t.Helper()
	var b bytes.Buffer
	info := &meta.StreamInfo{BlockSizeMin: 4096, BlockSizeMax: 4096, SampleRate: uint32(hz), NChannels: 1, BitsPerSample: 16, NSamples: uint64(len(x))}
	e, err := flac.NewEncoder(&b, info)
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < len(x); from += 4096 {
		part := x[from:min(from+4096, len(x))]
		samples := make([]int32, len(part))
		for i, v := range part {
			samples[i] = int32(math.Round(v * (1 << 15)))
		}
		sub := &frame.Subframe{SubHeader: frame.SubHeader{Pred: frame.PredVerbatim}, Samples: samples, NSamples: len(samples)}
		f := &frame.Frame{Header: frame.Header{BlockSize: uint16(len(part)), SampleRate: uint32(hz), Channels: frame.ChannelsMono, BitsPerSample: 16}, Subframes: []*frame.Subframe{sub}}
		if err := e.WriteFrame(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func embed(t testing.TB, data []byte) []float32 {
	t.Helper()
	w, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, Dim)
	if !Embed(x, w) {
		t.Fatal("got silence")
	}
	return x
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// TestGolden guards the bits of the vectors. When it fails and the change is
// meant, raise Version with the digest, so that stored embeddings are made anew.
func TestGolden(t *testing.T) {
	if Version != 1 {
		t.Fatal("raise the digest with Version")
	}
	h := sha256.New()
	for _, data := range [][]byte{
		wav(tone(16000, 0.7), 16000, 1, 16, false), wav(tone(44100, 0.3), 44100, 2, 24, false), wav(tone(8000, 0.01), 8000, 1, 8, false),
		flacFile(t, tone(22050, 0.5), 22050),
	} {
		for _, v := range embed(t, data) {
			h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
		}
	}
	const want = "00b683e784c197b12bbc0fc2753e58bc744ac0b4148a982401d9ffae5dd34f18"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestFormats: the same sound has nearly the same vector in every format and rate.
func TestFormats(t *testing.T) {
	want := embed(t, wav(tone(16000, 1), 16000, 1, 16, false))
	if n := dot(want, want); math.Abs(n-1) > 1e-6 {
		t.Errorf("got squared length %v, want 1", n)
	}
	quiet := tone(16000, 1)
	for i := range quiet {
		quiet[i] /= 8
	}
	for name, tt := range map[string]struct {
		data  []byte
		least float64
	}{
		"24 bits, stereo": {wav(tone(16000, 1), 16000, 2, 24, false), 0.999},
		"32 bits":         {wav(tone(16000, 1), 16000, 1, 32, false), 0.999},
		"floats":          {wav(tone(16000, 1), 16000, 1, 32, true), 0.999},
		"doubles":         {wav(tone(16000, 1), 16000, 3, 64, true), 0.999},
		"8 bits":          {wav(tone(16000, 1), 16000, 1, 8, false), 0.8},
		"FLAC":            {flacFile(t, tone(16000, 1), 16000), 0.999},
		"quieter":         {wav(quiet, 16000, 1, 16, false), 0.99},
		"48 kHz":          {wav(tone(48000, 1), 48000, 1, 16, false), 0.99},
		"44.1 kHz":        {wav(tone(44100, 1), 44100, 1, 16, false), 0.99},
	} {
		if c := dot(want, embed(t, tt.data)); c < tt.least {
			t.Errorf("%s: got cosine %.4f, want %v at least", name, c, tt.least)
		}
	}
}

func TestExact(t *testing.T) {
	for num := int64(-900); num < 900; num++ {
		if got, want := sinPi(num, 300), math.Sin(math.Pi*float64(num)/300); math.Abs(got-want) > 3e-15 {
			t.Fatalf("sinPi(%d, 300): got %v, want %v", num, got, want)
		}
		if got, want := cosPi(num, 300), math.Cos(math.Pi*float64(num)/300); math.Abs(got-want) > 3e-15 {
			t.Fatalf("cosPi(%d, 300): got %v, want %v", num, got, want)
		}
	}
	for x := 1e-30; x < 1e30; x *= 1.37 {
		if got, want := log2(x), math.Log2(x); math.Abs(got-want) > 1e-14*max(1, math.Abs(want)) {
			t.Fatalf("log2(%v): got %v, want %v", x, got, want)
		}
	}
}

func TestPower(t *testing.T) {
	var re, im [fftSize]float64
	for i := range re {
		re[i] = math.Cos(2*math.Pi*float64(i)*37/fftSize) + 0.5
	}
	power(&re, &im)
	for k, want := range map[int]float64{0: fftSize * fftSize / 4, 37: fftSize * fftSize / 4, 38: 0, 256: 0} {
		if math.Abs(re[k]-want) > 1e-6 {
			t.Errorf("bin %d: got %v, want %v", k, re[k], want)
		}
	}
}

func TestFaults(t *testing.T) {
	whole := wav(tone(16000, 0.5), 16000, 1, 16, false)
	long := wav(nil, 16000, 1, 16, false)
	packed := flacFile(t, tone(16000, 0.5), 16000)
	bad := wav([]float64{0, math.NaN(), 0}, 16000, 1, 32, true)
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"empty":      {nil, "no WAV or FLAC file"},
		"text":       {[]byte("RIFF is a word"), "no WAV or FLAC file"},
		"cut off":    {whole[:len(whole)/2], "a WAV file that is cut off"},
		"header":     {whole[:30], "cut off"},
		"no samples": {long, "a sound of no samples"},
		"NaN":        {bad, "samples that are no finite numbers"},
		"ADPCM":      {bytes.Replace(whole, []byte("\x10\x00\x00\x00\x01"), []byte("\x10\x00\x00\x00\x02"), 1), "a WAV file of format 2 with 16 bits"},
		"FLAC":       {packed[:len(packed)/2], "cut off"},
		"FLAC head":  {packed[:20], "damaged"},
		"slow":       {wav(tone(16000, 0.1), 10, 1, 16, false), "a sound of 10 Hz"},
	} {
		if _, err := Decode(tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tt.want)
		}
	}
	w, err := Decode(wav(make([]float64, 1000), 16000, 1, 16, false))
	if err != nil || Embed(make([]float32, Dim), w) {
		t.Errorf("silence has a vector, error %v", err)
	}
}

// FuzzDecode: whatever the bytes, a vector of length 1, silence or an error.
func FuzzDecode(f *testing.F) {
	log.SetOutput(io.Discard) // the library of FLAC writes of every rate that it has no file of
	f.Add(wav(tone(16000, 0.05), 16000, 1, 16, false))
	f.Add(wav(tone(16000, 0.05), 44100, 2, 24, false))
	f.Add(flacFile(f, tone(16000, 0.05), 16000))
	x := make([]float32, Dim)
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := Decode(data)
		if err != nil || len(w.Samples) > 1<<16 {
			return
		}
		if n := 0.0; Embed(x, w) {
			if n = dot(x, x); math.Abs(n-1) > 1e-5 {
				t.Errorf("got squared length %v", n)
			}
		}
	})
}

// TestSpokenDigits is the quality that docs/embedders.md states: 10-NN accuracy on
// the Free Spoken Digit Dataset, of which takes 0 to 4 are the test, as its authors say.
func TestSpokenDigits(t *testing.T) {
	files, err := filepath.Glob("../../../shared/data/fsdd/*.wav")
	if err != nil || len(files) == 0 {
		t.Skip("no shared data")
	}
	type item struct {
		digit, speaker string
		x              []float32
	}
	var train, test []item
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p := strings.Split(strings.TrimSuffix(filepath.Base(name), ".wav"), "_")
		it := item{p[0], p[1], embed(t, data)}
		if take, err := strconv.Atoi(p[2]); err == nil && take < 5 {
			test = append(test, it)
		} else {
			train = append(train, it)
		}
	}
	var digits, speakers int
	for _, q := range test {
		type near struct {
			c float64
			i int
		}
		best := make([]near, 0, 11)
		for i, it := range train {
			best = append(best, near{dot(q.x, it.x), i})
			for j := len(best) - 1; j > 0 && best[j].c > best[j-1].c; j-- {
				best[j], best[j-1] = best[j-1], best[j]
			}
			best = best[:min(len(best), 10)]
		}
		vote := func(of func(item) string) string {
			votes, most := map[string]int{}, ""
			for _, b := range best { // ties: the nearest
				v := of(train[b.i])
				if votes[v]++; votes[v] > votes[most] {
					most = v
				}
			}
			return most
		}
		if vote(func(i item) string { return i.digit }) == q.digit {
			digits++
		}
		if vote(func(i item) string { return i.speaker }) == q.speaker {
			speakers++
		}
	}
	d, s := float64(digits)/float64(len(test)), float64(speakers)/float64(len(test))
	t.Logf("%d train, %d test: digits %.3f, speakers %.3f", len(train), len(test), d, s)
	if d < 0.8 || s < 0.8 {
		t.Errorf("digits %.3f, speakers %.3f", d, s)
	}
}

func BenchmarkEmbed(b *testing.B) {
	data := wav(tone(16000, 5), 16000, 1, 16, false)
	x := make([]float32, Dim)
	for b.Loop() {
		w, err := Decode(data)
		if err != nil {
			b.Fatal(err)
		}
		Embed(x, w)
	}
	b.ReportMetric(5*float64(b.N)/b.Elapsed().Seconds(), "s-of-sound/s")
}
