package picture

import (
	"image"
	"image/color"
)

// RGB is a picture of 3 bytes a pixel, row by row.
type RGB struct {
	Width, Height int
	Pix           []uint8
}

// rows reads a picture row by row.
type rows struct {
	m      image.Image
	planes *planes // nil unless the picture has them
}

func newRows(m image.Image) rows {
	switch m := m.(type) {
	case video:
		return rows{m, newPlanes(m.YCbCr, true)}
	case *image.YCbCr:
		if m.Rect.Min == (image.Point{}) {
			return rows{m, newPlanes(m, false)}
		}
	}
	return rows{m: m}
}

// read writes row y, from the top, as RGB: an alpha channel is left out, as Python's
// convert("RGB") does.
func (r rows) read(y int, dst []uint8) {
	if r.planes != nil {
		r.planes.read(y, dst)
		return
	}
	b := r.m.Bounds()
	y += b.Min.Y
	switch m := r.m.(type) {
	case *image.Gray:
		i := m.PixOffset(b.Min.X, y)
		for x := range b.Dx() {
			v := m.Pix[i+x]
			dst[3*x], dst[3*x+1], dst[3*x+2] = v, v, v
		}
	case *image.RGBA: // decoders give it to opaque pictures
		four(dst, m.Pix[m.PixOffset(b.Min.X, y):], b.Dx())
	case *image.NRGBA:
		four(dst, m.Pix[m.PixOffset(b.Min.X, y):], b.Dx())
	default:
		for x := range b.Dx() {
			c, _ := color.NRGBAModel.Convert(m.At(b.Min.X+x, y)).(color.NRGBA)
			dst[3*x], dst[3*x+1], dst[3*x+2] = c.R, c.G, c.B
		}
	}
}

// four copies n pixels of 4 bytes without the last.
func four(dst, src []uint8, n int) {
	for x := range n {
		copy(dst[3*x:3*x+3], src[4*x:])
	}
}

// ToRGB converts a picture.
func ToRGB(m image.Image) RGB {
	b := m.Bounds()
	p := RGB{Width: b.Dx(), Height: b.Dy(), Pix: make([]uint8, 3*b.Dx()*b.Dy())}
	from := newRows(m)
	for y := range p.Height {
		from.read(y, p.Pix[3*y*p.Width:3*(y+1)*p.Width])
	}
	return p
}
