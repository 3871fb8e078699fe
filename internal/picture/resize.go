package picture

import "math"

// A Filter is a kernel of Resize.
type Filter int

// The filters, with the numbers that Python's Pillow gives them.
const (
	Bilinear Filter = 2
	Bicubic  Filter = 3
)

// support is how far the filter reaches, in pixels of the result.
func (f Filter) support() float64 {
	if f == Bicubic {
		return 2
	}
	return 1
}

// at is the filter's weight at a distance.
func (f Filter) at(x float64) float64 {
	x = math.Abs(x)
	if f == Bilinear {
		return max(0, 1-x)
	}
	const a = -0.5
	switch {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

// Resize resamples a picture as Pillow does: the filter is widened where the
// picture shrinks, so that nothing aliases, first across and then down, rounded to
// bytes after each.
func (p RGB) Resize(width, height int, f Filter) RGB {
	return p.across(width, f).transpose().across(height, f).transpose()
}

// across resamples along rows.
func (p RGB) across(width int, f Filter) RGB {
	if width == p.Width {
		return p
	}
	out := RGB{Width: width, Height: p.Height, Pix: make([]uint8, 3*width*p.Height)}
	scale := float64(p.Width) / float64(width)
	wide := max(scale, 1)
	reach := f.support() * wide
	var weights []float64
	for x := range width {
		centre := (float64(x) + 0.5) * scale
		from, to := max(0, int(centre-reach+0.5)), min(p.Width, int(centre+reach+0.5))
		weights = weights[:0]
		var total float64
		for i := from; i < to; i++ {
			w := f.at((float64(i) + 0.5 - centre) / wide)
			weights = append(weights, w)
			total += w
		}
		for y := range p.Height {
			var sum [3]float64
			for i, w := range weights {
				px := p.Pix[3*(y*p.Width+from+i):]
				sum[0] += w * float64(px[0])
				sum[1] += w * float64(px[1])
				sum[2] += w * float64(px[2])
			}
			for c, v := range sum {
				out.Pix[3*(y*width+x)+c] = uint8(max(0, min(255, v/total+0.5)))
			}
		}
	}
	return out
}

func (p RGB) transpose() RGB {
	out := RGB{Width: p.Height, Height: p.Width, Pix: make([]uint8, len(p.Pix))}
	for y := range p.Height {
		for x := range p.Width {
			copy(out.Pix[3*(x*p.Height+y):][:3], p.Pix[3*(y*p.Width+x):])
		}
	}
	return out
}

// Crop cuts the middle out; where the picture is smaller, black surrounds it.
func (p RGB) Crop(width, height int) RGB {
	out := RGB{Width: width, Height: height, Pix: make([]uint8, 3*width*height)}
	left, top := floorHalf(p.Width-width), floorHalf(p.Height-height)
	for y := range height {
		for x := range width {
			if sx, sy := x+left, y+top; sx >= 0 && sx < p.Width && sy >= 0 && sy < p.Height {
				copy(out.Pix[3*(y*width+x):][:3], p.Pix[3*(sy*p.Width+sx):])
			}
		}
	}
	return out
}

// floorHalf is n/2, rounded down.
func floorHalf(n int) int { return int(math.Floor(float64(n) / 2)) }
