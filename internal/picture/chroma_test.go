package picture

import (
	"bytes"
	"image"
	"image/color"
	"testing"
)

// TestTriangle works three filters out by hand: the samples of colour are those of a
// row 0, 100, 200 and, where columns are halved, of a second one 40, 60, 80.
func TestTriangle(t *testing.T) {
	for name, tt := range map[string]struct {
		ratio image.YCbCrSubsampleRatio
		size  image.Rectangle
		video bool
		want  [][]uint8
	}{
		"4:2:2": {image.YCbCrSubsampleRatio422, image.Rect(0, 0, 6, 1), false, [][]uint8{{0, 25, 75, 125, 175, 200}}}, // 25 + 2/4, 75 + 1/4, ... cut
		"4:2:0": {image.YCbCrSubsampleRatio420, image.Rect(0, 0, 5, 4), false, [][]uint8{
			{0, 25, 75, 125, 175},
			{10, 30, 70, 110, 150}, // of 10, 90, 170 down the columns: 70 + 8/16, 110 + 7/16, 150 + 8/16 cut
			{30, 40, 60, 80, 100},  // of 30, 70, 110
			{40, 45, 55, 65, 75},   // the last row, whose next one is itself
		}},
		"4:4:0": {image.YCbCrSubsampleRatio440, image.Rect(0, 0, 3, 3), false, [][]uint8{{0, 100, 200}, {10, 90, 170}, {30, 70, 110}}},
		// As libjpeg: too narrow for the filter; WebP's has no such bound.
		"4 wide":       {image.YCbCrSubsampleRatio420, image.Rect(0, 0, 4, 2), false, [][]uint8{{0, 0, 100, 100}, {0, 0, 100, 100}}},
		"4 wide, WebP": {image.YCbCrSubsampleRatio420, image.Rect(0, 0, 4, 3), true, [][]uint8{{0, 25, 75, 100}, {10, 30, 70, 90}, {30, 40, 60, 70}}},
		"1 wide":       {image.YCbCrSubsampleRatio440, image.Rect(0, 0, 1, 3), false, [][]uint8{{0}, {10}, {30}}},
		"4:1:1":        {image.YCbCrSubsampleRatio411, image.Rect(0, 0, 9, 1), false, [][]uint8{{0, 0, 0, 0, 100, 100, 100, 100, 200}}},
		"4:1:0":        {image.YCbCrSubsampleRatio410, image.Rect(0, 0, 5, 3), false, [][]uint8{{0, 0, 0, 0, 100}, {0, 0, 0, 0, 100}, {40, 40, 40, 40, 60}}},
		"4:4:4":        {image.YCbCrSubsampleRatio444, image.Rect(0, 0, 3, 2), false, [][]uint8{{0, 100, 200}, {40, 60, 80}}},
	} {
		m := image.NewYCbCr(tt.size, tt.ratio)
		for i := range m.Cb {
			m.Cb[i] = [][]uint8{{0, 100, 200}, {40, 60, 80}}[i/m.CStride][i%m.CStride]
		}
		copy(m.Cr, m.Cb)
		p := newPlanes(m, tt.video)
		for y, want := range tt.want {
			cb, cr := p.chroma(y)
			if !bytes.Equal(cb[:len(want)], want) || !bytes.Equal(cr[:len(want)], want) {
				t.Errorf("%s, row %d: got %v and %v, want %v", name, y, cb, cr, want)
			}
		}
	}
}

// TestColours has the samples that pure colours are written as.
func TestColours(t *testing.T) {
	for _, tt := range []struct {
		to   func(dst, luma, cb, cr []uint8)
		ycc  [3]uint8
		want [3]uint8
	}{
		{jpegRGB, [3]uint8{76, 85, 255}, [3]uint8{254, 0, 0}}, // 76 + 178.05, 76 - 75.9 - 14.8 (the sum, 0.6, down), 76 - 76.2
		{jpegRGB, [3]uint8{29, 255, 107}, [3]uint8{0, 0, 254}},
		{jpegRGB, [3]uint8{200, 128, 128}, [3]uint8{200, 200, 200}},
		{videoRGB, [3]uint8{81, 90, 240}, [3]uint8{254, 0, 0}}, // (6036 + 24514 - 14234) / 64
		{videoRGB, [3]uint8{16, 128, 128}, [3]uint8{0, 0, 0}},
		{videoRGB, [3]uint8{235, 128, 128}, [3]uint8{255, 255, 255}},
	} {
		var got [3]uint8
		tt.to(got[:], tt.ycc[:1], tt.ycc[1:2], tt.ycc[2:])
		if got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.ycc, got, tt.want)
		}
	}
}

// redWebP is a lossy WebP picture of 5x3 pixels, all of them 250, 10, 0.
const redWebP = "RIFF\x40\x00\x00\x00WEBPVP8 \x34\x00\x00\x00\x10\x02\x00\x9d\x01\x2a\x05\x00\x03\x00\x00\xc0\x12\x25\xa0\x02\x74\xba\x01\xf8\x01\xf8\x00" +
	"\x03\xc8\x00\xfe\xf9\x7d\xbf\xff\x7c\x09\x9a\x76\x37\xfd\xbf\xff\xfd\x2c\x17\xe9\x60\xbf\x4b\x05\xff\xa3\x68\x00\x00"

func TestWebPIsVideo(t *testing.T) {
	m, err := Decode([]byte(redWebP))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ToRGB(m).Pix, bytes.Repeat([]uint8{250, 10, 0}, 15); !bytes.Equal(got, want) {
		t.Errorf("got %v, want 250, 10, 0 everywhere", got)
	}
}

// nearest converts as ToRGB did before it had a filter.
func nearest(m *image.YCbCr) []uint8 {
	b := m.Bounds()
	pix := make([]uint8, 0, 3*b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			i, c := m.YOffset(x, y), m.COffset(x, y)
			r, g, b := color.YCbCrToRGB(m.Y[i], m.Cb[c], m.Cr[c])
			pix = append(pix, r, g, b)
		}
	}
	return pix
}

// BenchmarkToRGB compares with the nearest sample, and with decoding.
func BenchmarkToRGB(b *testing.B) {
	data := encode(b, "jpeg", noise(500, 375))
	m, err := Decode(data)
	if err != nil {
		b.Fatal(err)
	}
	ycc, ok := m.(*image.YCbCr)
	if !ok || ycc.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		b.Fatalf("got %T, want colours at half the resolution", m)
	}
	for name, f := range map[string]func(){
		"triangle": func() { ToRGB(m) },
		"nearest":  func() { nearest(ycc) },
		"decode":   func() { _, _ = Decode(data) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(500 * 375)
			for b.Loop() {
				f()
			}
		})
	}
}
