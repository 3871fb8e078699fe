package sound

import (
	"encoding/json"
	"fmt"
	"math"
	"os"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Frontend makes a model's input of a sound, as its preprocessor_config.json (the
// format of Hugging Face's feature extractors) says: the log-mel spectrogram of
// Whisper or the samples of wav2vec 2.0.
type Frontend struct {
	Rate   int // of the samples
	Raw    bool
	Length int // samples that are looked at: the rest is cut off, what is missing is silence
	Mels   int
	Frames int // of a spectrogram

	nfft, hop int
	filters   [][]float64 // mel x bin
	window    []float64
	scale     bool // raw samples get mean 0 and variance 1
}

// maxLength bounds the input of a model.
const maxLength = 1 << 24

// ReadFrontend reads a preprocessor_config.json.
func ReadFrontend(path string) (*Frontend, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := parseFrontend(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

func parseFrontend(b []byte) (*Frontend, error) {
	c := struct {
		Kind    string  `json:"feature_extractor_type"`
		Rate    int     `json:"sampling_rate"`
		Mels    int     `json:"feature_size"`
		NFFT    int     `json:"n_fft"`
		Hop     int     `json:"hop_length"`
		Chunk   float64 `json:"chunk_length"`
		Samples int     `json:"n_samples"`
		Scale   bool    `json:"do_normalize"`
		Max     int     `json:"max_length"`
	}{Rate: 16000, NFFT: 400, Hop: 160, Chunk: 30}
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("is no preprocessor_config.json of audio: %w", err)
	}
	f := &Frontend{Rate: c.Rate, Length: c.Samples, nfft: c.NFFT, hop: c.Hop, scale: c.Scale}
	if f.Length == 0 {
		f.Length = int(c.Chunk * float64(c.Rate))
	}
	switch c.Kind {
	case "WhisperFeatureExtractor":
		f.Mels = c.Mels
		if f.Mels == 0 {
			f.Mels = 80
		}
		f.scale = false
	case "Wav2Vec2FeatureExtractor":
		f.Raw = true
		if c.Max > 0 {
			f.Length = c.Max
		}
	default:
		return nil, fmt.Errorf("feature_extractor_type %q is not supported: WhisperFeatureExtractor and Wav2Vec2FeatureExtractor are", c.Kind)
	}
	if f.Rate < minRate || f.Rate > maxRate || f.Length < 1 || f.Length > maxLength {
		return nil, fmt.Errorf("sampling_rate %d with %d samples is out of bounds", f.Rate, f.Length)
	}
	if !f.Raw {
		if f.nfft < 16 || f.nfft > 1<<14 || f.hop < 1 || f.Mels < 1 || f.Mels > 512 || f.Length <= f.nfft || f.Length%f.hop != 0 {
			return nil, fmt.Errorf("n_fft %d, hop_length %d, feature_size %d with %d samples is out of bounds", f.nfft, f.hop, f.Mels, f.Length)
		}
		f.Frames = f.Length / f.hop
		f.filters = slaney(f.Mels, f.nfft, f.Rate)
		f.window = make([]float64, f.nfft)
		for i := range f.window {
			f.window[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(f.nfft))
		}
	}
	return f, nil
}

// Values is the number of floats of an input.
func (f *Frontend) Values() int {
	if f.Raw {
		return f.Length
	}
	return f.Mels * f.Frames
}

// Apply writes the input for a sound: its samples, or Mels x Frames.
func (f *Frontend) Apply(dst []float32, w Wave) {
	if most := int64(f.Length)*int64(w.Rate)/int64(f.Rate) + int64(w.Rate); int64(len(w.Samples)) > most {
		w.Samples = w.Samples[:most] // and no more is resampled
	}
	x := w.Resample(f.Rate).Samples
	x = x[:min(len(x), f.Length)]
	if !f.Raw {
		f.spectrogram(dst, x)
		return
	}
	clear(dst)
	copy(dst, x)
	if !f.scale {
		return
	}
	var sum, squares float64
	for _, v := range x {
		sum += float64(v)
	}
	mean := sum / float64(len(x))
	for _, v := range x {
		squares += (float64(v) - mean) * (float64(v) - mean)
	}
	deviation := math.Sqrt(squares/float64(len(x)) + 1e-7)
	for i, v := range x {
		dst[i] = float32((float64(v) - mean) / deviation)
	}
}

// spectrogram is Whisper's: frames around every hop of the sound, mirrored at its
// ends, in decades over the loudest less 8, scaled.
func (f *Frontend) spectrogram(dst []float32, x []float32) {
	padded := make([]float64, f.Length)
	for i, v := range x {
		padded[i] = float64(v)
	}
	fft := fourier.NewFFT(f.nfft)
	frame := make([]float64, f.nfft)
	var spectrum []complex128
	power := make([]float64, f.nfft/2+1)
	loudest := math.Inf(-1)
	logs := make([]float64, len(dst))
	for t := range f.Frames {
		for i := range frame {
			at := t*f.hop + i - f.nfft/2
			if at < 0 {
				at = -at
			}
			if at >= f.Length {
				at = 2*(f.Length-1) - at
			}
			frame[i] = padded[at] * f.window[i]
		}
		spectrum = fft.Coefficients(spectrum, frame)
		for k, c := range spectrum {
			power[k] = real(c)*real(c) + imag(c)*imag(c)
		}
		for m, weights := range f.filters {
			var sum float64
			for k, w := range weights {
				sum += w * power[k]
			}
			v := math.Log10(max(sum, 1e-10))
			logs[m*f.Frames+t] = v
			loudest = max(loudest, v)
		}
	}
	for i, v := range logs {
		dst[i] = float32((max(v, loudest-8) + 4) / 4)
	}
}

// slaney makes the filters of Slaney's auditory toolbox: linear below 1 kHz, then
// logarithmic, each triangle of area 1.
func slaney(mels, nfft, rate int) [][]float64 {
	const (
		linear = 200.0 / 3 // Hz a mel
		from   = 1000.0    // Hz: logarithmic from here
	)
	step := math.Log(6.4) / 27
	toMel := func(hz float64) float64 {
		if hz < from {
			return hz / linear
		}
		return from/linear + math.Log(hz/from)/step
	}
	toHz := func(mel float64) float64 {
		if mel < from/linear {
			return mel * linear
		}
		return from * math.Exp(step*(mel-from/linear))
	}
	edges := make([]float64, mels+2)
	for i := range edges {
		edges[i] = toHz(toMel(float64(rate)/2) * float64(i) / float64(mels+1))
	}
	filters := make([][]float64, mels)
	for m := range filters {
		filters[m] = make([]float64, nfft/2+1)
		left, middle, right := edges[m], edges[m+1], edges[m+2]
		for k := range filters[m] {
			hz := float64(k) * float64(rate) / float64(nfft)
			w := max(0, min((hz-left)/(middle-left), (right-hz)/(right-middle)))
			filters[m][k] = w * 2 / (right - left)
		}
	}
	return filters
}
