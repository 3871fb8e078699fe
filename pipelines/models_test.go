package pipelines_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leveler/configs"
	"leveler/internal/fakegcs"
	"leveler/internal/npy"
	"leveler/internal/onnx"
	"leveler/internal/onnx/onnxtest"
	"leveler/pipelines"
)

const (
	pictureConfig = `{"size": {"height": 6, "width": 6}, "resample": 3, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}`
	soundConfig   = `{"feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 20, "sampling_rate": 16000, "hop_length": 160, "n_samples": 4000, "n_fft": 400}`
)

// flatten writes a model whose output is its input.
func flatten(t *testing.T, dir, config string, shape ...int64) {
	t.Helper()
	flat := int64(1)
	for _, n := range shape {
		flat *= n
	}
	in := onnx.Value{Name: "x", Type: onnx.Float32, Shape: append([]int64{-1}, shape...), Symbols: []string{"batch"}}
	out := onnx.Value{Name: "flat", Type: onnx.Float32, Shape: []int64{-1, flat}, Symbols: []string{"batch"}}
	onnxtest.Write(t, filepath.Join(dir, "tiny.onnx"), []onnx.Value{in}, []onnx.Value{out}, onnxtest.Node{Op: "Flatten", In: []string{"x"}, Out: []string{"flat"}})
	if err := os.WriteFile(filepath.Join(dir, "preprocessor_config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

// embeddings are the points that a run left, as they are stored.
func (f folder) embeddings() (x []float32, dtype string) {
	f.t.Helper()
	paths := must(filepath.Glob(filepath.Join(f.dir, "work/embeddings/part-*.npy")))
	for _, path := range paths {
		b := must(os.ReadFile(path))
		m, err := npy.OpenMatrix(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			f.t.Fatal(err)
		}
		part := make([]float32, int(m.Rows())*m.Dim())
		if err := m.ReadRows(part, 0, nil); err != nil {
			f.t.Fatal(err)
		}
		x = append(x, part...)
		dtype = string(b[bytes.Index(b, []byte("descr")):][9:12])
	}
	return x, dtype
}

// TestModelsEndToEnd curates pictures and sounds by models, with points of float32
// and float16, the same on both engines and for every shard size.
func TestModelsEndToEnd(t *testing.T) {
	library := onnxtest.Library(t)
	for _, kind := range []string{configs.KindImages, configs.KindAudio} {
		t.Run(kind, func(t *testing.T) {
			f := raw(t, configs.KindImages, 60)
			if kind == configs.KindAudio {
				f = sounds(t, 60)
				flatten(t, f.dir, soundConfig, 20, 25)
			} else {
				flatten(t, f.dir, pictureConfig, 3, 6, 6)
			}
			f.write("x/broken.png", []byte("\x89PNG\r\n\x1a\n"))
			f.write("x/broken.wav", []byte("RIFF\x04\x00\x00\x00WAVE"))
			run := func(sets ...string) string {
				t.Helper()
				c, err := configs.Load("", append([]string{
					"input.kind=" + kind, "input.path=" + f.dir + "/x/...", "work.dir=" + f.dir + "/work", "output.dir=" + f.dir + "/out",
					"embed.kind=onnx", "embed.model=" + f.dir + "/tiny.onnx", "embed.runtime_library=" + library, "embed.normalise=false", "embed.batch_size=7",
					"levels=[{n_clusters: 10, n_iters: 4}]", "sample.target_size=30", "input.on_bad_row=drop",
				}, sets...))
				if err != nil {
					t.Fatal(err)
				}
				s, err := (&pipelines.Run{Config: c}).Curate(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if s.Input.Rows != 61 || s.Input.Bad.Count != 1 || s.Sample.Copies != 30 {
					t.Errorf("got %+v", s.Input)
				}
				return digest(s)
			}
			want := run()
			full, dtype := f.embeddings()
			if dtype != "<f4" {
				t.Errorf("float32 points have the type %s", dtype)
			}
			if got := run("runner.name=prism", "resources.shard_rows=13", "embed.batch_size=3", "resources.threads=1"); got != want {
				t.Error("prism: another selection")
			}
			half := run("embed.precision=float16")
			x, dtype := f.embeddings()
			if dtype != "<f2" || len(x) != len(full) {
				t.Fatalf("float16 points have the type %s, %d values of %d", dtype, len(x), len(full))
			}
			for i, v := range full {
				if x[i] != npy.FromHalf(npy.ToHalf(v)) {
					t.Fatalf("value %d: got %v, want %v to 11 bits", i, x[i], v)
				}
			}
			if got := run("embed.precision=float16", "runner.name=prism", "resources.shard_rows=13"); got != half {
				t.Error("float16 on prism: another selection")
			}
		})
	}
}

// sounds is a folder of n tones.
func sounds(t *testing.T, n int) folder {
	t.Helper()
	f := folder{t, t.TempDir()}
	if err := os.MkdirAll(filepath.Join(f.dir, "x"), 0o750); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data\x40\x1f\x00\x00")
		for j := range 4000 {
			v := int16(9000 * math.Sin(float64(j)*0.01*float64(1+i%7*i)))
			b = append(b, byte(v), byte(v>>8))
		}
		f.write(fmt.Sprintf("x/%03d.wav", i), b)
	}
	return f
}

// TestModelInABucket: model, preprocessor and ONNX Runtime's library are read from
// a bucket, by digest, and another digest is refused.
func TestModelInABucket(t *testing.T) {
	library := onnxtest.Library(t)
	s := fakegcs.New(t, "bkt")
	t.Setenv("XDG_CACHE_HOME", t.TempDir()) // where copies are kept
	f := raw(t, configs.KindImages, 60)
	flatten(t, f.dir, pictureConfig, 3, 6, 6)
	var sets, local []string
	for key, path := range map[string]string{"model": f.dir + "/tiny.onnx", "preprocessor": f.dir + "/preprocessor_config.json", "runtime_library": library} {
		b := must(os.ReadFile(path))
		object := "gs://bkt/m/" + filepath.Base(path)
		s.Put(object, b)
		local = append(local, "embed."+key+"="+path)
		sets = append(sets, "embed."+key+"="+object, fmt.Sprintf("embed.%s_sha256=%x", key, sha256.Sum256(b)))
	}
	run := func(sets ...string) (string, error) {
		c, err := configs.Load("", append([]string{
			"input.kind=images", "input.path=" + f.dir + "/x/...", "work.dir=" + f.dir + "/work", "output.dir=" + f.dir + "/out",
			"embed.kind=onnx", "levels=[{n_clusters: 10, n_iters: 4}]", "sample.target_size=30",
		}, sets...))
		if err != nil {
			t.Fatal(err)
		}
		sum, err := (&pipelines.Run{Config: c}).Curate(t.Context())
		if err != nil {
			return "", err
		}
		return digest(sum), nil
	}
	want, err := run(local...)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := run(append(sets, "work.dir="+f.dir+"/bucket")...); err != nil || got != want {
		t.Errorf("from the bucket: %v, another selection: %v", err, got != want)
	}
	before := s.Count(fakegcs.Read)
	if got, err := run(append(sets, "work.dir="+f.dir+"/again", "runner.name=prism")...); err != nil || got != want || s.Count(fakegcs.Read) != before {
		t.Errorf("again: %v, another selection: %v, %d reads of what is here", err, got != want, s.Count(fakegcs.Read)-before)
	}
	zeros := strings.Repeat("0", 64)
	for _, key := range []string{"model", "preprocessor", "runtime_library"} {
		_, err := run(append(sets, "embed."+key+"_sha256="+zeros, "work.dir="+f.dir+"/"+key)...)
		if err == nil || !strings.Contains(err.Error(), "embed."+key+": gs://bkt/m/") || !strings.Contains(err.Error(), "its SHA-256 is ") || !strings.Contains(err.Error(), "want "+zeros) {
			t.Errorf("%s of another digest: got %v", key, err)
		}
	}
}
