package picture

import "image"

// planes reads the rows of a JPEG or of a lossy WebP picture, which keep brightness
// and colour apart, and the colour mostly at half the resolution.
//
// A sample of colour then lies in the middle of the 2 pixels that share it, or of the
// 4, so that along a halved side the next sample is 3 times as far from a pixel as its
// own: the pixel gets 1/4 of the one and 3/4 of the other, and at an edge all of its
// own. This triangle filter is what libjpeg calls fancy upsampling; libwebp has it too.
// The rounding is libjpeg's: sums in 16ths, where 4 samples have a part, are raised by
// 8 in the left pixel of two and by 7 in the right one before they are cut, those in
// 4ths by 1 in the left or upper pixel and by 2 in the other. libwebp takes 8 for both.
type planes struct {
	m             *image.YCbCr
	video         bool
	wide, high    int  // a sample is for 2^wide pixels of a row, for 2^high rows
	triangle      bool // or a pixel has its own sample alone
	left, right   int32
	width, height int // of the samples
	cb, cr        []uint8
	sums          []int32
}

// newPlanes makes the reader of a picture whose corner is at 0, 0. With 4:1:1 and
// 4:1:0, and in a JPEG of up to 4 pixels in width, libjpeg repeats the samples.
func newPlanes(m *image.YCbCr, video bool) *planes {
	p := &planes{m: m, video: video, width: m.Rect.Dx(), height: m.Rect.Dy()}
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		p.wide, p.high = 1, 1
	case image.YCbCrSubsampleRatio422:
		p.wide = 1
	case image.YCbCrSubsampleRatio440:
		p.high = 1
	case image.YCbCrSubsampleRatio411:
		p.wide = 2
	case image.YCbCrSubsampleRatio410:
		p.wide, p.high = 2, 1
	}
	if p.wide+p.high == 0 {
		return p
	}
	p.cb, p.cr = make([]uint8, p.width+1), make([]uint8, p.width+1) // two pixels are written at a time
	p.width, p.height = (p.width+1<<p.wide-1)>>p.wide, (p.height+p.high)>>p.high
	p.triangle = p.wide == 0 || p.wide == 1 && (video || p.width > 2)
	p.sums = make([]int32, p.width)
	switch {
	case video:
		p.left, p.right = 8, 8
	case p.high == 1:
		p.left, p.right = 8, 7
	default:
		p.left, p.right = 1, 2
	}
	return p
}

// read writes row y as RGB.
func (p *planes) read(y int, dst []uint8) {
	cb, cr := p.chroma(y)
	luma := p.m.Y[y*p.m.YStride:][:p.m.Rect.Dx()]
	if p.video {
		videoRGB(dst, luma, cb, cr)
	} else {
		jpegRGB(dst, luma, cb, cr)
	}
}

// chroma has the samples of the pixels of row y, valid until the next call.
func (p *planes) chroma(y int) (cb, cr []uint8) {
	near := y >> p.high
	from := near * p.m.CStride
	cb, cr = p.m.Cb[from:], p.m.Cr[from:]
	switch {
	case p.triangle:
		far := near
		if p.high == 1 {
			far = max(0, min(p.height-1, near-1+y&1*2))
		}
		next := far * p.m.CStride
		p.fill(p.cb, cb[:p.width], p.m.Cb[next:], y)
		p.fill(p.cr, cr[:p.width], p.m.Cr[next:], y)
	case p.wide == 0:
		return cb, cr
	default:
		for x := range p.m.Rect.Dx() {
			p.cb[x], p.cr[x] = cb[x>>p.wide], cr[x>>p.wide]
		}
	}
	return p.cb, p.cr
}

// fill writes the samples of one kind for row y, from those of its own row and of the
// next one to it.
func (p *planes) fill(dst, near, far []uint8, y int) {
	far = far[:len(near)]
	if p.wide == 0 {
		up := 1 + int32(y&1)
		for i, v := range near {
			dst[i] = uint8((3*int32(v) + int32(far[i]) + up) >> 2)
		}
		return
	}
	shift := 2
	if p.high == 0 {
		for i, v := range near {
			p.sums[i] = int32(v)
		}
	} else {
		shift = 4
		for i, v := range near {
			p.sums[i] = 3*int32(v) + int32(far[i])
		}
	}
	last, here := p.sums[0], p.sums[0]
	for i := range p.sums {
		next := here
		if i+1 < len(p.sums) {
			next = p.sums[i+1]
		}
		pair := dst[2*i : 2*i+2]
		pair[0] = uint8((3*here + last + p.left) >> shift)
		pair[1] = uint8((3*here + next + p.right) >> shift)
		last, here = here, next
	}
}
