package picture

import "image"

// side is that of the square in which a picture is looked at.
const side = 64

// square is a picture of side x side pixels, values from 0 to 255*256.
type square [side][side][3]int32

// shrink averages the area under each pixel of the square, exactly. In units of a
// 64th of a pixel of the picture, pixel x covers [64x, 64x+64) and pixel i of the
// square [i width, (i+1) width).
func shrink(m image.Image) *square {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	line := make([]uint8, 3*w)
	columns := parts(w)
	var sums [side][side][3]uint64
	rows, from := parts(h), newRows(m)
	for y := range h {
		from.read(y, line)
		var across [side][3]uint64
		for _, p := range columns {
			a, px := &across[p.to], line[3*p.from:3*p.from+3]
			a[0] += p.weight * uint64(px[0])
			a[1] += p.weight * uint64(px[1])
			a[2] += p.weight * uint64(px[2])
		}
		for len(rows) > 0 && rows[0].from == y {
			down := &sums[rows[0].to]
			for i := range side {
				for c := range 3 {
					down[i][c] += rows[0].weight * across[i][c]
				}
			}
			rows = rows[1:]
		}
	}
	area := uint64(w) * uint64(h)
	s := new(square)
	for j := range side {
		for i := range side {
			for c := range 3 {
				s[j][i][c] = int32((sums[j][i][c]*256 + area/2) / area)
			}
		}
	}
	return s
}

// part says how much of a pixel of the square is covered by one of the picture.
type part struct {
	from, to int
	weight   uint64 // in 64ths of the picture's pixel
}

// parts lists them along a side of n pixels, by the picture's pixels.
func parts(n int) []part {
	list := make([]part, 0, n+side)
	for x := range n {
		at, end := x*side, (x+1)*side
		for i := at / n; at < end; i++ {
			next := min(end, (i+1)*n)
			list = append(list, part{x, i, uint64(next - at)})
			at = next
		}
	}
	return list
}
