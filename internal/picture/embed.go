package picture

import (
	"image"
	"math"
)

const (
	cells      = 8 // along a side
	cellPixels = side / cells
	directions = 9

	gradientDim = cells * cells * directions
	colourDim   = cells*cells*3 + 1
)

// The lengths of the two parts and the constant that the second ends with: how
// many levels of a byte count as no colour, for the 192 means together.
const (
	gradientWeight = 1.0
	colourWeight   = 0.6
	colourFloor    = 24 * 256 * 13.856406460551018 // sqrt(192)
)

// Embed writes the vector of a picture, of length 1, to dst, of Dim values.
func Embed(dst []float32, m image.Image) {
	if len(dst) != Dim {
		panic("picture: Embed into another number of values than Dim")
	}
	s := shrink(m)
	var x [Dim]float64
	gradients(x[:gradientDim], s)
	colours(x[gradientDim:], s)
	scale(x[:gradientDim], gradientWeight)
	scale(x[gradientDim:], colourWeight)
	scale(x[:], 1)
	for i, v := range x {
		dst[i] = float32(v)
	}
}

// scale gives x a length, unless it is all zero.
func scale(x []float64, length float64) {
	var squares float64
	for _, v := range x {
		squares += float64(v * v) // the conversion forbids a fused multiply-add
	}
	if squares == 0 {
		return
	}
	f := length / math.Sqrt(squares)
	for i := range x {
		x[i] *= f
	}
}

// gradients fills in the directions in each cell. A pixel's gradient goes to the
// direction that it is nearest to, and in parts to the four cells whose middles
// are around it.
func gradients(dst []float64, s *square) {
	var light [side][side]int64
	for y := range side {
		for x := range side {
			p := &s[y][x]
			light[y][x] = (77*int64(p[0]) + 150*int64(p[1]) + 29*int64(p[2])) >> 8
		}
	}
	var sums [cells][cells][directions]int64
	for y := range side {
		above, here, below := &light[max(y-1, 0)], &light[y], &light[min(y+1, side-1)]
		down := &shares[y]
		for x := range side {
			dx := here[min(x+1, side-1)] - here[max(x-1, 0)]
			dy := below[x] - above[x]
			if dx == 0 && dy == 0 {
				continue
			}
			size := int64(math.Sqrt(float64(dx*dx + dy*dy))) // below 2^53: exact, and so is its root's rounding
			to, across := direction(dx, dy), &shares[x]
			for _, cy := range down {
				for _, cx := range across {
					sums[cy.cell][cx.cell][to] += size * cx.weight * cy.weight
				}
			}
		}
	}
	normaliseCells(dst, &sums)
}

// direction is the nearest of the directions k 20 degrees, k = 0 ... 8, to that of a
// gradient, which is not 0, up to its sign; the lower where two are as near. The
// factors are differences of (cos, sin) of neighbours, times 2^14.
func direction(dx, dy int64) int {
	x, y := max(dx, -dx), max(dy, -dy)
	if (dx < 0) == (dy < 0) || dx == 0 || dy == 0 { // from 0 to 90 degrees
		switch {
		case 3658*y > 4359*x:
			if 1946*y > 5347*x {
				return 4
			}
			return 3
		case 4927*y > 2845*x:
			return 2
		case 5604*y > 988*x:
			return 1
		}
		return 0
	}
	switch { // from 90 to 180 degrees
	case 4359*x > 3658*y:
		if 988*x >= 5604*y {
			return 0
		}
		if 2845*x > 4927*y {
			return 8
		}
		return 7
	case 5347*x > 1946*y:
		return 6
	}
	return 5
}

// share is the part of a pixel, in 16ths, that goes to a cell along a side.
type share struct {
	cell   int
	weight int64
}

// shares has the two cells whose middles are around each pixel of a side, by their
// nearness; at the ends one has no weight.
var shares [side][2]share

func init() {
	for x := range shares {
		at := 2*x + 1 - cellPixels // from the middle of cell 0, in half pixels
		c := (at+2*cellPixels)/(2*cellPixels) - 1
		w := int64(at - c*2*cellPixels)
		if c >= 0 {
			shares[x][0] = share{c, 2*cellPixels - w}
		}
		if c+1 < cells {
			shares[x][1] = share{c + 1, w}
		}
	}
}

// normaliseCells divides each cell by the energy of the 3x3 cells around it, with
// a floor that keeps noise small, and cuts off what is still large.
func normaliseCells(dst []float64, sums *[cells][cells][directions]int64) {
	const (
		floor = 4 * 256 * 256 * 64 // gradients of 4 levels in all 64 pixels of a cell, weighed by 16*16
		most  = 0.3
	)
	var energy [cells][cells]float64
	for y := range cells {
		for x := range cells {
			for _, v := range sums[y][x] {
				energy[y][x] += float64(float64(v) * float64(v))
			}
		}
	}
	for y := range cells {
		for x := range cells {
			total := float64(floor) * float64(floor)
			for j := max(0, y-1); j <= min(cells-1, y+1); j++ {
				for i := max(0, x-1); i <= min(cells-1, x+1); i++ {
					total += energy[j][i]
				}
			}
			length := math.Sqrt(total)
			for k, v := range sums[y][x] {
				dst[(y*cells+x)*directions+k] = min(float64(v)/length, most)
			}
		}
	}
}

// colours fills in the means of the cells, less the picture's mean brightness, and
// the constant, which keeps a picture of one grey from having no direction.
func colours(dst []float64, s *square) {
	var sums [cells][cells][3]int64
	var all int64
	for y := range side {
		for x := range side {
			for c := range 3 {
				v := int64(s[y][x][c])
				sums[y/cellPixels][x/cellPixels][c] += v
				all += v
			}
		}
	}
	mean := float64(all) / (3 * side * side)
	for y := range cells {
		for x := range cells {
			for c := range 3 {
				dst[(y*cells+x)*3+c] = float64(sums[y][x][c])/(cellPixels*cellPixels) - mean
			}
		}
	}
	dst[colourDim-1] = colourFloor
}
