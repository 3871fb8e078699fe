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
	"strings"
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
	files := []string{"5.jpg", "6.webp"}
	for i, m := range pictures {
		files = append(files, fmt.Sprintf("%d.png", i))
		write(t, dir, files[i+2], encode(t, "png", m))
	}
	for name, c := range configs {
		write(t, dir, name+".json", []byte(c))
	}
	pythontest.Run(t, python, dir, `
import json, glob, numpy as np, transformers
from PIL import Image
Image.open("0.png").convert("RGB").save("5.jpg", quality=90, subsampling=2)
Image.open("0.png").convert("RGB").save("6.webp", quality=90)
for path in sorted(glob.glob("*.json")):
    name = path[:-5]
    module = name.replace("ImageProcessorPil", "").lower()
    cls = getattr(__import__(f"transformers.models.{module}.image_processing_pil_{module}", fromlist=[name]), name)
    p = cls(**json.load(open(path)))
    for f in glob.glob("[0-9].[pjw]*"):
        x = p(Image.open(f).convert("RGB"), return_tensors="np")["pixel_values"][0]
        x.astype("<f4").tofile(f"{name}-{f}")
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
		for _, f := range files {
			m, err := Decode(read(t, dir, f))
			if err != nil {
				t.Fatal(err)
			}
			got := make([]float32, p.Values())
			if err := p.Apply(got, m); err != nil {
				t.Fatal(err)
			}
			b := read(t, dir, fmt.Sprintf("%s-%s", name, f))
			if len(b) != 4*len(got) {
				t.Fatalf("%s: %s: got %d values, want %d", name, f, len(got), len(b)/4)
			}
			var greatest, mean float64
			for j, v := range got {
				want := math.Float32frombits(binary.LittleEndian.Uint32(b[4*j:]))
				d := math.Abs(float64(v)-float64(want)) * p.std[j/(p.Width*p.Height)] * 255
				greatest, mean = max(greatest, d), mean+d/float64(len(got))
			}
			most := least
			if f == "5.jpg" {
				most += 3 // see TestColoursArePillows
			}
			t.Logf("%s: %s: at most %.1g levels of 255 apart, %.1g on average", name, f, greatest, mean)
			if greatest > most || mean > 0.15 {
				t.Errorf("%s: %s: %g levels of 255 apart, %g on average, want at most %g", name, f, greatest, mean, most)
			}
		}
	}
}

// TestColoursArePillows: of JPEG up to the last bits of the cosine transform, which the
// standard leaves open, moved by up to 1.772 for a level of colour; of WebP to the bit.
func TestColoursArePillows(t *testing.T) {
	python, dir := pythontest.Need(t, "PIL"), t.TempDir()
	pictures := map[string]image.Image{"stripes": scene(301, 203, 0.5, red), "noise": noise(304, 208)}
	for _, s := range [][2]int{{1, 1}, {2, 3}, {3, 2}, {4, 5}, {5, 4}, {6, 1}, {1, 7}, {16, 16}, {17, 33}} {
		pictures[fmt.Sprintf("%dx%d", s[0], s[1])] = noise(s[0], s[1])
	}
	for name, m := range pictures {
		write(t, dir, name+".png", encode(t, "png", m))
	}
	pythontest.Run(t, python, dir, `
import glob
from PIL import Image

def again(name, to, factors, size):
    """A file whose blocks are read in another order, as those of a ratio that Pillow does not write."""
    b = bytearray(open(name, "rb").read())
    at = b.index(b"\xff\xc0")
    b[at + 5:at + 9] = size[1].to_bytes(2, "big") + size[0].to_bytes(2, "big")
    b[at + 11] = factors
    open(to, "wb").write(b)

for path in glob.glob("*.png"):
    m, name = Image.open(path).convert("RGB"), path[:-4]
    for s in (0, 1, 2):
        m.save(f"{name} {['444', '422', '420'][s]}.jpg", quality=90, subsampling=s)
    m.save(f"{name} progressive.jpg", quality=75, progressive=True)
    m.convert("CMYK").save(f"{name} cmyk.jpg", quality=90)
    m.save(f"{name} lossy.webp", quality=80)
    m.save(f"{name} lossless.webp", lossless=True)
    alpha = m.copy()
    alpha.putalpha(m.convert("L"))
    alpha.save(f"{name} alpha.webp", quality=80)
again("noise 422.jpg", "noise 440.jpg", 0x12, (152, 416))
again("noise 422.jpg", "noise 440 odd.jpg", 0x12, (145, 403))
again("noise 420.jpg", "noise 411.jpg", 0x41, (608, 104))
again("noise 420.jpg", "noise 411 odd.jpg", 0x41, (578, 99))
for path in glob.glob("*.jpg") + glob.glob("*.webp"):
    open(path + ".rgb", "wb").write(Image.open(path).convert("RGB").tobytes())
`)
	if t.Failed() {
		return
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.rgb"))
	if err != nil || len(files) != 8*len(pictures)+4 {
		t.Fatalf("got %d pictures (%v)", len(files), err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".rgb")
		m, err := Decode(read(t, dir, name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, want := ToRGB(m), read(t, dir, name+".rgb")
		greatest, mean := differ(t, got.Pix, want)
		most := [2]float64{3, 0.25}
		if strings.HasSuffix(name, ".webp") {
			most = [2]float64{}
		}
		if greatest > most[0] || mean > most[1] {
			t.Errorf("%s: at most %v levels apart, %.4f on average, want at most %v", name, greatest, mean, most)
		}
		if v, ok := m.(video); ok {
			m = v.YCbCr
		}
		if ycc, ok := m.(*image.YCbCr); ok && got.Width*got.Height > 50_000 {
			before := nearest(ycc)
			g, a := differ(t, before, want)
			t.Logf("%s: at most %v levels apart, %.3f on average, the embeddings %.1g; by the nearest sample %v, %.3f and %.1g",
				name, greatest, mean, apart(got, got.Pix, want), g, a, apart(got, before, want))
		}
	}
}

// differ has the greatest and the mean difference of bytes.
func differ(t *testing.T, got, want []uint8) (greatest, mean float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d bytes, want %d", len(got), len(want))
	}
	for i := range got {
		d := math.Abs(float64(got[i]) - float64(want[i]))
		greatest, mean = max(greatest, d), mean+d/float64(len(got))
	}
	return greatest, mean
}

// apart is 1 - cosine of the embeddings of two pictures of a size.
func apart(size RGB, a, b []uint8) float64 {
	var x [2][Dim]float32
	for i, pix := range [][]uint8{a, b} {
		m := image.NewRGBA(image.Rect(0, 0, size.Width, size.Height))
		for j := range m.Pix {
			if j%4 < 3 {
				m.Pix[j] = pix[j/4*3+j%4]
			}
		}
		Embed(x[i][:], m)
	}
	return 1 - cosine(x[0][:], x[1][:])
}
