package sound

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"leveler/internal/pythontest"
)

// TestFrontendIsTransformers compares what models get with what Hugging Face's
// feature extractors make of the same samples and the same preprocessor_config.json.
func TestFrontendIsTransformers(t *testing.T) {
	python, dir := pythontest.Need(t, "transformers"), t.TempDir()
	configs := []struct {
		json string
		most float64 // difference of a value
	}{
		{`{"feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 80, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 2, "n_fft": 400, "n_samples": 32000, "padding_value": 0.0}`, 1e-6},
		{`{"feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 128, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}`, 1e-6},
		{`{"feature_extractor_type": "Wav2Vec2FeatureExtractor", "feature_size": 1, "sampling_rate": 16000, "do_normalize": true, "padding_value": 0.0, "return_attention_mask": true, "max_length": 32000}`, 1e-5},
		{`{"feature_extractor_type": "Wav2Vec2FeatureExtractor", "feature_size": 1, "sampling_rate": 16000, "do_normalize": false, "padding_value": 0.0, "max_length": 32000}`, 0},
	}
	// Of 2 s, shorter, longer, and one that is nearly silent.
	rng := rand.New(rand.NewPCG(7, 7))
	var sounds []Wave
	for i, n := range []int{32000, 9001, 50_000, 16000} {
		w := Wave{Rate: 16000, Samples: make([]float32, n)}
		for j := range w.Samples {
			v := 0.4*math.Sin(float64(j)*0.05*float64(i+1)) + 0.1*rng.NormFloat64()
			if i == 3 {
				v *= 1e-4
			}
			w.Samples[j] = float32(v)
		}
		var b []byte
		for _, v := range w.Samples {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.f32", i)), b, 0o600); err != nil {
			t.Fatal(err)
		}
		sounds = append(sounds, w)
	}
	for i, c := range configs {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.json", i)), []byte(c.json), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pythontest.Run(t, python, dir, `
import json, numpy as np, transformers
for i in range(4):
    c = json.load(open(f"{i}.json"))
    length = c.pop("max_length", None)
    f = getattr(transformers, c["feature_extractor_type"])(**c)
    for j in range(4):
        x = np.fromfile(f"{j}.f32", "<f4")
        if length:  # no longer than the model takes, and then silence
            x = f(x, sampling_rate=16000, return_tensors="np", padding="max_length", max_length=length, truncation=True)["input_values"][0]
        else:
            x = f(x, sampling_rate=16000, return_tensors="np")["input_features"][0]
        x.astype("<f4").tofile(f"{i}-{j}")
`)
	if t.Failed() {
		return
	}
	for i, c := range configs {
		f, err := parseFrontend([]byte(c.json))
		if err != nil {
			t.Fatal(err)
		}
		var greatest float64
		for j, w := range sounds {
			got := make([]float32, f.Values())
			f.Apply(got, w)
			b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d-%d", i, j)))
			if err != nil {
				t.Fatal(err)
			}
			if len(b) != 4*len(got) {
				t.Fatalf("%s: sound %d: got %d values, want %d", c.json, j, len(got), len(b)/4)
			}
			for k, v := range got {
				greatest = max(greatest, math.Abs(float64(v)-float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*k:])))))
			}
		}
		t.Logf("%.60s…: at most %.1g apart", c.json, greatest)
		if greatest > c.most {
			t.Errorf("%s: values are %g apart, want %g at most", c.json, greatest, c.most)
		}
	}
}
