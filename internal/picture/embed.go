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

// axis has cos and sin of the middle of each direction, 20 degrees apart, times 2^14.
var axis = [directions][2]int64{
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

// gradients fills in the directions in each cell. A pixel's gradient goes to the
// direction that it is nearest to, and in parts to the four cells whose middles
// are around it.
func gradients(dst []float64, s *square) {
	var light [side][side]int64
	for y := range side {
		for x := range side {
			p := s[y][x]
			light[y][x] = (77*int64(p[0]) + 150*int64(p[1]) + 29*int64(p[2])) >> 8
		}
	}
	var sums [cells][cells][directions]int64
	for y := range side {
		for x := range side {
			dx := light[y][min(x+1, side-1)] - light[y][max(x-1, 0)]
			dy := light[min(y+1, side-1)][x] - light[max(y-1, 0)][x]
			if dx == 0 && dy == 0 {
				continue
			}
			size := int64(math.Sqrt(float64(dx*dx + dy*dy))) // below 2^53: exact, and so is its root's rounding
			best, most := 0, int64(-1)
			for k, a := range axis {
				along := dx*a[0] + dy*a[1]
				if along = max(along, -along); along > most {
					best, most = k, along
				}
			}
			share(x, func(cx int, wx int64) {
				share(y, func(cy int, wy int64) { sums[cy][cx][best] += size * wx * wy })
			})
		}
	}
	normaliseCells(dst, &sums)
}

// share calls add for the one or two cells along a side whose middles are around a
// pixel, with its nearness to each in 16ths.
func share(x int, add func(cell int, weight int64)) {
	at := 2*x + 1 - cellPixels // from the middle of cell 0, in half pixels
	c := (at+2*cellPixels)/(2*cellPixels) - 1
	w := int64(at - c*2*cellPixels)
	if c >= 0 {
		add(c, 2*cellPixels-w)
	}
	if c+1 < cells && w > 0 {
		add(c+1, w)
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
