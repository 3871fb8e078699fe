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
		return float64(float64((float64((a+2)*x)-(a+3))*x)*x) + 1
	case x < 2:
		return (float64((float64((x-5)*x)+8)*x) - 4) * a
	}
	return 0
}

// Resize resamples a picture as Pillow does, bit for bit: the filter is widened
// where the picture shrinks, so that nothing aliases, first across and then down,
// with weights of 22 bits, rounded to bytes after each. Pillow from 13 on goes down
// first where a picture becomes wider and lower, which moves some bytes by 1.
func (p RGB) Resize(width, height int, f Filter) RGB {
	return p.across(width, f).transpose().across(height, f).transpose()
}

// weightBits are those of a weight: with 8 of a value and a sign, 31 at most.
const weightBits = 22

// across resamples along rows.
func (p RGB) across(width int, f Filter) RGB {
	if width == p.Width {
		return p
	}
	out := RGB{Width: width, Height: p.Height, Pix: make([]uint8, 3*width*p.Height)}
	scale := float64(p.Width) / float64(width)
	wide := max(scale, 1)
	var weights []int64
	for x := range width {
		var from int
		from, weights = f.weights(weights, float64((float64(x)+0.5)*scale), wide, p.Width)
		for y := range p.Height {
			const half = 1 << (weightBits - 1)
			sum := [3]int64{half, half, half}
			for i, w := range weights {
				px := p.Pix[3*(y*p.Width+from+i):]
				sum[0] += w * int64(px[0])
				sum[1] += w * int64(px[1])
				sum[2] += w * int64(px[2])
			}
			for c, v := range sum {
				out.Pix[3*(y*width+x)+c] = uint8(max(0, min(255, v>>weightBits)))
			}
		}
	}
	return out
}

// weights are those of the pixels from the first on, of n, around a place; wide is
// by how much the filter is widened.
func (f Filter) weights(dst []int64, centre, wide float64, n int) (from int, weights []int64) {
	reach := f.support() * wide
	from = max(0, int(centre-reach+0.5))
	var exact []float64
	var total float64
	for i := from; i < min(n, int(centre+reach+0.5)); i++ {
		w := f.at((float64(i) - centre + 0.5) * (1 / wide))
		exact = append(exact, w)
		total += w
	}
	weights = dst[:0]
	for _, w := range exact {
		weights = append(weights, int64(math.Round(float64(w*(1/total))*(1<<weightBits))))
	}
	return from, weights
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
