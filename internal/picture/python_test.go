package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"leveler/internal/pythontest"
)

// noise is a picture of smooth noise: every filter has something to do.
func noise(w, h int) *image.NRGBA {
	rng := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := func(k float64) uint8 {
				return uint8(110 + 70*math.Sin(k*float64(x)/9)*math.Cos(float64(y)/(5+k)) + 75*rng.Float64())
			}
			m.SetNRGBA(x, y, color.NRGBA{v(1), v(2.5), v(0.3), 255})
		}
	}
	return m
}

func write(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestResizeIsPillows, bit for bit, across and down. Pillow 13 goes down first for
// some shapes that become relatively wider, which the order here is imposed on.
func TestResizeIsPillows(t *testing.T) {
	python, dir := pythontest.Need(t, "PIL"), t.TempDir()
	pictures := []*image.NRGBA{noise(333, 217), noise(17, 300), noise(64, 64), noise(1, 1), noise(500, 3)}
	for i, m := range pictures {
		write(t, dir, fmt.Sprintf("%d.png", i), encode(t, "png", m))
	}
	pythontest.Run(t, python, dir, `
from PIL import Image
for i in range(5):
    for w, h in [(224, 224), (37, 53), (300, 9), (640, 480), (1, 1)]:
        for f in (2, 3):
            open(f"{i}-{w}-{h}-{f}", "wb").write(Image.open(f"{i}.png").convert("RGB").resize((w, Image.open(f"{i}.png").height), f).resize((w, h), f).tobytes())
`)
	if t.Failed() {
		return
	}
	for i, m := range pictures {
		for _, size := range [][2]int{{224, 224}, {37, 53}, {300, 9}, {640, 480}, {1, 1}} {
			for _, f := range []Filter{Bilinear, Bicubic} {
				got := ToRGB(m).Resize(size[0], size[1], f).Pix
				want := read(t, dir, fmt.Sprintf("%d-%d-%d-%d", i, size[0], size[1], f))
				if !bytes.Equal(got, want) {
					t.Errorf("picture %d to %v by filter %d: other bytes", i, size, f)
				}
			}
		}
	}
}

// TestPreprocessorIsTransformers compares what models get with what Hugging Face's
// image processors make of the same file and the same preprocessor_config.json.
func TestPreprocessorIsTransformers(t *testing.T) {
	python, dir := pythontest.Need(t, "transformers"), t.TempDir()
	configs := map[string]string{
		"CLIPImageProcessorPil": `{"size": {"shortest_edge": 224}, "resample": 3, "do_center_crop": true, "crop_size": {"height": 224, "width": 224}, "do_rescale": true,
			"rescale_factor": 0.00392156862745098, "do_normalize": true, "do_convert_rgb": true, "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}`,
		"ViTImageProcessorPil": `{"size": {"height": 64, "width": 96}, "resample": 2, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}`,
		// Smaller than the crop: black surrounds it.
		"BitImageProcessorPil": `{"size": {"shortest_edge": 40}, "resample": 3, "do_center_crop": true, "crop_size": {"height": 60, "width": 57}, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}`,
	}
	pictures := []image.Image{noise(333, 217), noise(217, 334), noise(40, 41), image.NewGray(image.Rect(0, 0, 70, 50)), noise(500, 120)}
	for i, m := range pictures {
		write(t, dir, fmt.Sprintf("%d.png", i), encode(t, "png", m))
	}
	for name, c := range configs {
		write(t, dir, name+".json", []byte(c))
	}
	pythontest.Run(t, python, dir, `
import json, glob, numpy as np, transformers
from PIL import Image
for path in sorted(glob.glob("*.json")):
    name = path[:-5]
    module = name.replace("ImageProcessorPil", "").lower()
    cls = getattr(__import__(f"transformers.models.{module}.image_processing_pil_{module}", fromlist=[name]), name)
    p = cls(**json.load(open(path)))
    for i in range(5):
        x = p(Image.open(f"{i}.png").convert("RGB"), return_tensors="np")["pixel_values"][0]
        x.astype("<f4").tofile(f"{name}-{i}")
`)
	if t.Failed() {
		return
	}
	for name, c := range configs {
		least := 1e-4 // rounding to float32
		if name == "ViTImageProcessorPil" {
			least = 1.001 // see TestResizeIsPillows
		}
		p, err := parsePreprocessor([]byte(c))
		if err != nil {
			t.Fatal(err)
		}
		var greatest float64
		for i := range pictures {
			m, err := Decode(read(t, dir, fmt.Sprintf("%d.png", i)))
			if err != nil {
				t.Fatal(err)
			}
			got := make([]float32, p.Values())
			if err := p.Apply(got, m); err != nil {
				t.Fatal(err)
			}
			b := read(t, dir, fmt.Sprintf("%s-%d", name, i))
			if len(b) != 4*len(got) {
				t.Fatalf("%s: picture %d: got %d values, want %d", name, i, len(got), len(b)/4)
			}
			for j, v := range got {
				want := math.Float32frombits(binary.LittleEndian.Uint32(b[4*j:]))
				channel := j / (p.Width * p.Height)
				greatest = max(greatest, math.Abs(float64(v)-float64(want))*p.std[channel]*255)
			}
		}
		t.Logf("%s: at most %.1g levels of 255 apart", name, greatest)
		if greatest > least {
			t.Errorf("%s: %g levels of 255 apart, want at most %g", name, greatest, least)
		}
	}
}

// TestJPEGIsNearLibjpegs: decoders may differ in the last bits of the cosine
// transform, and Go's repeats chroma samples that libjpeg interpolates.
func TestJPEGIsNearLibjpegs(t *testing.T) {
	python, dir := pythontest.Need(t, "PIL"), t.TempDir()
	write(t, dir, "m.png", encode(t, "png", scene(300, 200, 0.5, red)))
	pythontest.Run(t, python, dir, `
from PIL import Image
for s in (0, 2):
    Image.open("m.png").convert("RGB").save(f"{s}.jpg", quality=90, subsampling=s)
    open(f"{s}.rgb", "wb").write(Image.open(f"{s}.jpg").convert("RGB").tobytes())
`)
	if t.Failed() {
		return
	}
	for subsampling, most := range map[int]struct{ greatest, mean float64 }{0: {4, 0.5}, 2: {160, 2}} {
		m, err := Decode(read(t, dir, fmt.Sprintf("%d.jpg", subsampling)))
		if err != nil {
			t.Fatal(err)
		}
		got, want := ToRGB(m).Pix, read(t, dir, fmt.Sprintf("%d.rgb", subsampling))
		if len(got) != len(want) {
			t.Fatalf("got %d bytes, want %d", len(got), len(want))
		}
		var greatest, sum float64
		for i := range got {
			d := math.Abs(float64(got[i]) - float64(want[i]))
			greatest, sum = max(greatest, d), sum+d
		}
		mean := sum / float64(len(got))
		t.Logf("subsampling %d: greatest difference %v, mean %.3f", subsampling, greatest, mean)
		if greatest > most.greatest || mean > most.mean {
			t.Errorf("subsampling %d: greatest difference %v, mean %.3f, want at most %v", subsampling, greatest, mean, most)
		}
	}
}
