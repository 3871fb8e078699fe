package picture

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"strings"
	"testing"
)

// scene is a picture of w x h pixels: stripes at an angle on a colour.
func scene(w, h int, angle float64, c color.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p := c
			if int(math.Floor(8*(float64(x)/float64(w)*math.Cos(angle)+float64(y)/float64(h)*math.Sin(angle))))&1 == 0 {
				p = color.NRGBA{c.R / 2, c.G / 2, c.B / 2, 255}
			}
			m.SetNRGBA(x, y, p)
		}
	}
	return m
}

var (
	red  = color.NRGBA{230, 40, 30, 255}
	blue = color.NRGBA{20, 60, 220, 255}
)

func encode(t testing.TB, format string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, m)
	case "jpeg":
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 95})
	case "gif":
		err = gif.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func embed(t testing.TB, data []byte) []float32 {
	t.Helper()
	m, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, Dim)
	Embed(x, m)
	return x
}

func cosine(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// TestGolden guards the bits of the vectors. When it fails and the change is
// meant, raise Version with the digest, so that stored embeddings are made anew.
func TestGolden(t *testing.T) {
	if Version != 2 {
		t.Fatal("raise the digest with Version")
	}
	h := sha256.New()
	for _, m := range []image.Image{scene(200, 131, 0.4, red), scene(17, 300, 2, blue), image.NewGray(image.Rect(0, 0, 1, 1)), scene(64, 64, 0, red)} {
		for _, format := range []string{"png", "jpeg", "gif"} {
			for _, v := range embed(t, encode(t, format, m)) {
				h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
			}
		}
	}
	for _, v := range embed(t, []byte(redWebP)) {
		h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
	}
	const want = "fd5ba6699f323bbc4e7ffd47ab3064398c52a49cb5de5e47900f171c02eee74e"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNearAndFar(t *testing.T) {
	a := embed(t, encode(t, "png", scene(300, 200, 0.5, red)))
	if n := cosine(a, a); math.Abs(n-1) > 1e-6 {
		t.Errorf("got squared length %v, want 1", n)
	}
	for name, tt := range map[string]struct {
		b           []byte
		least, most float64
	}{
		"as JPEG":         {encode(t, "jpeg", scene(300, 200, 0.5, red)), 0.98, 1.001},
		"smaller":         {encode(t, "png", scene(150, 100, 0.5, red)), 0.9, 1.001},
		"another colour":  {encode(t, "png", scene(300, 200, 0.5, blue)), 0.4, 0.9},
		"another angle":   {encode(t, "png", scene(300, 200, 2, red)), 0, 0.7},
		"nothing in it":   {encode(t, "png", image.NewGray(image.Rect(0, 0, 50, 50))), 0, 0.4},
		"both are others": {encode(t, "png", scene(300, 200, 2, blue)), -1, 0.5},
	} {
		if c := cosine(a, embed(t, tt.b)); c < tt.least || c > tt.most {
			t.Errorf("%s: got cosine %.3f, want from %v to %v", name, c, tt.least, tt.most)
		}
	}
}

// TestShrinkIsTheMean compares with a plain mean where pixels fit.
func TestShrinkIsTheMean(t *testing.T) {
	m := scene(128, 192, 1, red)
	s := shrink(m)
	for j := range side {
		for i := range side {
			var sum int
			for y := 3 * j; y < 3*j+3; y++ {
				for x := 2 * i; x < 2*i+2; x++ {
					sum += int(m.NRGBAAt(x, y).R)
				}
			}
			if want := int32((sum*256 + 3) / 6); s[j][i][0] != want {
				t.Fatalf("pixel %d,%d: got %d, want %d", i, j, s[j][i][0], want)
			}
		}
	}
	one := image.NewNRGBA(image.Rect(5, 6, 6, 7))
	one.SetNRGBA(5, 6, color.NRGBA{1, 2, 3, 0})
	if got := shrink(one)[63][0]; got != [3]int32{256, 512, 768} {
		t.Errorf("one pixel: got %v", got)
	}
}

func TestFaults(t *testing.T) {
	whole := encode(t, "jpeg", scene(300, 200, 0.5, red))
	bomb := encode(t, "png", image.NewGray(image.Rect(0, 0, 1, 1)))
	binary.BigEndian.PutUint32(bomb[16:], 100_000) // the header's width and height
	binary.BigEndian.PutUint32(bomb[20:], 100_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"empty":     {nil, "no JPEG, PNG, WebP or GIF picture"},
		"text":      {[]byte("<html>not found</html>"), "no JPEG, PNG, WebP or GIF picture"},
		"cut off":   {whole[:len(whole)/2], "a jpeg picture that is cut off"},
		"header":    {whole[:20], "cut off"},
		"bomb":      {bomb, "a png picture of 100000x100000 pixels, want from 1 to 50000000 of them"},
		"zero wide": {[]byte("GIF89a\x00\x00\x10\x00\x00\x00\x00"), "0x16 pixels"},
		"webp":      {[]byte("RIFF\x10\x00\x00\x00WEBPVP8 \x04\x00\x00\x00abcd"), "picture"},
	} {
		if _, err := Decode(tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tt.want)
		}
	}
}

// FuzzDecode: whatever the bytes, a vector of length 1 or an error.
func FuzzDecode(f *testing.F) {
	for _, format := range []string{"png", "jpeg", "gif"} {
		f.Add(encode(f, format, scene(20, 30, 0.5, red)))
	}
	f.Add([]byte(redWebP))
	x := make([]float32, Dim)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		if err != nil {
			return
		}
		if b := m.Bounds(); b.Dx()*b.Dy() > 1<<20 {
			return // slow, not wrong
		}
		Embed(x, m)
		if n := cosine(x, x); math.Abs(n-1) > 1e-5 {
			t.Errorf("got squared length %v", n)
		}
	})
}

func BenchmarkEmbed(b *testing.B) {
	data := encode(b, "jpeg", scene(500, 375, 0.5, red))
	x := make([]float32, Dim)
	for b.Loop() {
		m, err := Decode(data)
		if err != nil {
			b.Fatal(err)
		}
		Embed(x, m)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pictures/s")
}

// TestDirection: that with the largest projection, the first of equals.
func TestDirection(t *testing.T) {
	axis := [directions][2]int64{ // cos and sin, times 2^14
		{16384, 0},
		{15396, 5604},
		{12551, 10531},
		{8192, 14189},
		{2845, 16135},
		{-2845, 16135},
		{-8192, 14189},
		{-12551, 10531},
		{-15396, 5604},
	}
	check := func(dx, dy int64) {
		best, most := 0, int64(-1)
		for k, a := range axis {
			along := dx*a[0] + dy*a[1]
			if along = max(along, -along); along > most {
				best, most = k, along
			}
		}
		if got := direction(dx, dy); got != best {
			t.Fatalf("(%d, %d): direction %d, want %d", dx, dy, got, best)
		}
	}
	for dx := int64(-300); dx <= 300; dx++ {
		for dy := int64(-300); dy <= 300; dy++ {
			if dx != 0 || dy != 0 {
				check(dx, dy)
			}
		}
	}
	// Where two directions are as near, and beside it.
	for _, edge := range [][2]int64{{5604, 988}, {4927, 2845}, {3658, 4359}, {1946, 5347}} {
		for _, sign := range [][2]int64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
			for _, off := range []int64{-1, 0, 1} {
				check(sign[0]*(edge[0]+off), sign[1]*edge[1])
			}
		}
	}
}
