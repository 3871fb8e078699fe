package embed

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leveler/internal/onnx"
	"leveler/internal/onnx/onnxtest"
	"leveler/internal/records"
	"leveler/internal/sound"
)

// tiny makes a model without weights: its outputs are its input, flattened, and
// the input's mean over the last axis.
func tiny(t *testing.T, medium, preprocessor string, input onnx.Value, flat int64) Params {
	t.Helper()
	library, dir := onnxtest.Library(t), t.TempDir()
	model, config := filepath.Join(dir, "tiny.onnx"), filepath.Join(dir, "preprocessor_config.json")
	if err := os.WriteFile(config, []byte(preprocessor), 0o600); err != nil {
		t.Fatal(err)
	}
	symbols := []string{"batch"}
	means := onnx.Value{Name: "means", Type: input.Type, Shape: input.Shape[:len(input.Shape)-1], Symbols: symbols}
	last := int64(len(input.Shape) - 1)
	onnxtest.Write(t, model, []onnx.Value{input},
		[]onnx.Value{{Name: "flat", Type: input.Type, Shape: []int64{-1, flat}, Symbols: symbols}, means, {Name: "same", Type: input.Type, Shape: input.Shape, Symbols: symbols}},
		onnxtest.Node{Op: "Flatten", In: []string{input.Name}, Out: []string{"flat"}},
		onnxtest.Node{Op: "ReduceMean", In: []string{input.Name}, Out: []string{"means"}, Int: map[string]int64{"keepdims": 0}, Ints: map[string][]int64{"axes": {last}}},
		onnxtest.Node{Op: "Identity", In: []string{input.Name}, Out: []string{"same"}},
	)
	return Params{
		Kind: kindONNX, Medium: medium, Dim: int(flat), Threads: 2,
		Model: Model{
			Path: model, Library: library, Preprocessor: config, BatchSize: 2,
			Output: "flat", Pooling: PoolingNone, Provider: onnx.ProviderCPU,
		},
	}
}

func embedItems(t *testing.T, p Params, items ...[]byte) ([]float32, []string) {
	t.Helper()
	e, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	batch := make([]records.Record, len(items))
	for i := range items {
		batch[i] = records.Record{ID: string(rune('a' + i)), Data: items[i]}
	}
	x, reasons := make([]float32, len(items)*p.Dim), make([]string, len(items))
	if err := e.Embed(x, reasons, batch); err != nil {
		t.Fatal(err)
	}
	return x, reasons
}

// halves is a PNG picture of a left and a right colour.
func halves(t *testing.T, w, h int, left, right color.NRGBA) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := left
			if x >= w/2 {
				c = right
			}
			m.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const imageConfig = `{"size": {"shortest_edge": 4}, "resample": 2, "do_center_crop": true, "crop_size": {"height": 4, "width": 4},
	"image_mean": [0.5, 0.25, 0], "image_std": [0.5, 1, 2]}`

// TestImageModel follows pictures from their files through a model, by values
// worked by hand: decoded, resized by their shorter edge, cropped in the middle,
// normalised by channel, colours first.
func TestImageModel(t *testing.T) {
	p := tiny(t, records.MediumImage, imageConfig, onnx.Value{Name: "pixel_values", Type: onnx.Float32, Shape: []int64{-1, 3, 4, 4}, Symbols: []string{"batch"}}, 48)
	left, right := color.NRGBA{255, 51, 0, 255}, color.NRGBA{0, 255, 102, 255}
	// 48x16 becomes 12x4, of which columns 4 to 7 are left: two of either colour, and
	// those at the border have some of the other.
	x, reasons := embedItems(t, p, halves(t, 48, 16, left, right), []byte("no picture"), halves(t, 16, 48, left, left))
	if reasons[0] != "" || reasons[2] != "" || reasons[1] != "no JPEG, PNG, WebP or GIF picture" {
		t.Errorf("got reasons %q", reasons)
	}
	norm := func(c, v float64) float64 {
		return (v/255 - []float64{0.5, 0.25, 0}[int(c)]) / []float64{0.5, 1, 2}[int(c)]
	}
	for c, v := range [][2]float64{{255, 0}, {51, 255}, {0, 102}} {
		// Column 5 is a triangle over the pixels 18 to 25: those beyond the border,
		// 24 and 25, weigh 3/8 and 1/8 of 4 in all.
		far, near := v[0], v[0]*7/8+v[1]/8
		for y := range 4 {
			for col, want := range []float64{far, near, v[0]/8 + v[1]*7/8, v[1]} {
				got := float64(x[16*c+4*y+col])
				if math.Abs(got-norm(float64(c), want)) > 0.51/255/[]float64{0.5, 1, 2}[c] {
					t.Errorf("channel %d, row %d, column %d: got %v, want %v", c, y, col, got, norm(float64(c), want))
				}
			}
		}
		if got := float64(x[2*48+16*c]); math.Abs(got-norm(float64(c), v[0])) > 1e-6 {
			t.Errorf("a picture of one colour: channel %d: got %v, want %v", c, got, norm(float64(c), v[0]))
		}
	}

	p.Model.Output, p.Model.Pooling, p.Dim = "same", PoolingMean, 3 // [batch, channel, y, x]
	means, _ := embedItems(t, p, halves(t, 20, 20, left, left))
	p.Model.Output, p.Model.Pooling, p.Dim = "means", PoolingCLS, 4 // [batch, token, dim]: here channel and row
	rows, _ := embedItems(t, p, halves(t, 20, 20, left, left))
	for c, v := range []float64{255, 51, 0} {
		if got := float64(means[c]); math.Abs(got-norm(float64(c), v)) > 1e-6 {
			t.Errorf("mean of channel %d: got %v, want %v", c, got, norm(float64(c), v))
		}
	}
	if got := float64(rows[3]); math.Abs(got-norm(0, 255)) > 1e-6 {
		t.Errorf("first vector: got %v, want %v", got, norm(0, 255))
	}
	p.Model.Output, p.Model.Pooling, p.Dim, p.Model.Normalise = "same", PoolingMean, 3, true
	unit, _ := embedItems(t, p, halves(t, 20, 20, left, left))
	if n := float64(unit[0]*unit[0] + unit[1]*unit[1] + unit[2]*unit[2]); math.Abs(n-1) > 1e-6 {
		t.Errorf("normalised: got squared length %v", n)
	}
}

// TestHalfModel: a model of float16 gets float16 and its output is widened.
func TestHalfModel(t *testing.T) {
	p := tiny(t, records.MediumImage, imageConfig, onnx.Value{Name: "pixel_values", Type: onnx.Float16, Shape: []int64{-1, 3, 4, 4}, Symbols: []string{"batch"}}, 48)
	c := color.NRGBA{200, 51, 7, 255}
	x, reasons := embedItems(t, p, halves(t, 20, 20, c, c))
	if reasons[0] != "" {
		t.Fatal(reasons[0])
	}
	for i, want := range []float64{(200.0/255 - 0.5) / 0.5, 51.0/255 - 0.25, 7.0 / 255 / 2} {
		if got := float64(x[16*i]); math.Abs(got-want) > math.Abs(want)/2048+1e-6 || got == float64(float32(want)) {
			t.Errorf("channel %d: got %v, want %v to 11 bits", i, got, want)
		}
	}
}

// wavOf is a WAV file of one channel of 16 bits.
func wavOf(rate int, x []float64) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(2*rate))
	b = append(b, "\x02\x00\x10\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(2*len(x)))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(v*32768)))
	}
	return b
}

// TestAudioModel follows sounds from their files through a model: what it gets is
// the front end's output, which internal/sound compares with Python's.
func TestAudioModel(t *testing.T) {
	tone := func(rate, n int) []byte {
		x := make([]float64, n)
		for i := range x {
			x[i] = 0.5 * math.Sin(2*math.Pi*1000*float64(i)/float64(rate))
		}
		return wavOf(rate, x)
	}
	whisper := `{"feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 16, "sampling_rate": 16000, "hop_length": 160, "n_samples": 8000, "n_fft": 400}`
	p := tiny(t, records.MediumAudio, whisper, onnx.Value{Name: "input_features", Type: onnx.Float32, Shape: []int64{-1, 16, 50}, Symbols: []string{"batch"}}, 16*50)
	items := [][]byte{tone(16000, 8000), tone(44100, 44100), []byte("RIFFno sound"), tone(16000, 2000)}
	x, reasons := embedItems(t, p, items...)
	if reasons[2] != "no WAV or FLAC file" || reasons[0]+reasons[1]+reasons[3] != "" {
		t.Errorf("got reasons %q", reasons)
	}
	front, err := sound.ReadFrontend(p.Model.Preprocessor)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 1, 3} {
		w, err := sound.Decode(items[i])
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float32, p.Dim)
		front.Apply(want, w)
		loudest := 0
		for j, v := range want {
			if got := x[i*p.Dim+j]; got != v {
				t.Fatalf("sound %d: value %d: got %v, want %v", i, j, got, v)
			}
			if v > want[loudest] {
				loudest = j
			}
		}
		// 1 kHz is mel 15 of 45.2, and the bands are 45.2/17 apart.
		if band := loudest / 50; band != 5 {
			t.Errorf("sound %d: the loudest band is %d, want 5", i, band)
		}
	}

	raw := `{"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16000, "do_normalize": false, "max_length": 4}`
	p = tiny(t, records.MediumAudio, raw, onnx.Value{Name: "input_values", Type: onnx.Float32, Shape: []int64{-1, 4}, Symbols: []string{"batch"}}, 4)
	x, _ = embedItems(t, p, wavOf(16000, []float64{0.25, -0.5, 0.125}), wavOf(16000, []float64{0.5, 0.25, 0, -0.25, -1, -1}))
	for i, want := range []float32{0.25, -0.5, 0.125, 0, 0.5, 0.25, 0, -0.25} {
		if x[i] != want {
			t.Errorf("samples: got %v at %d, want %v", x[i], i, want)
		}
	}
}

// TestMediaModelFaults: what does not go together is said before a row is read.
func TestMediaModelFaults(t *testing.T) {
	input := onnx.Value{Name: "pixel_values", Type: onnx.Float32, Shape: []int64{-1, 3, 8, 8}, Symbols: []string{"batch"}}
	p := tiny(t, records.MediumImage, imageConfig, input, 192)
	if _, err := New(p); err == nil || !strings.Contains(err.Error(), "makes an input of shape [3 4 4]") {
		t.Errorf("another size: got %v", err)
	}
	p = tiny(t, records.MediumAudio, imageConfig, input, 192)
	if _, err := New(p); err == nil || !strings.Contains(err.Error(), `feature_extractor_type "" is not supported`) {
		t.Errorf("another medium: got %v", err)
	}
	p.Model.Preprocessor = filepath.Join(t.TempDir(), "none.json")
	if _, err := New(p); err == nil || !strings.Contains(err.Error(), "embed.preprocessor: ") {
		t.Errorf("no preprocessor: got %v", err)
	}
}
