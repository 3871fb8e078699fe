package picture

import "image"

// video is a lossy WebP picture. Its samples are those of video (BT.601: brightness
// from 16 to 235, colours from 16 to 240), which image.YCbCr, and so its At, takes for
// JPEG's.
type video struct{ *image.YCbCr }

// jpegRGB writes pixels as libjpeg does: R = Y + 1.402 Cr, B = Y + 1.772 Cb, G = Y -
// 0.34414 Cb - 0.71414 Cr, Cb and Cr less 128, the factors in 2^-16, each rounded sum
// by itself and G's parts together.
func jpegRGB(dst, luma, cb, cr []uint8) {
	const half = 1 << 15
	cb, cr = cb[:len(luma)], cr[:len(luma)]
	for i, v := range luma {
		y, u, v := int32(v), int32(cb[i])-128, int32(cr[i])-128
		px := dst[3*i : 3*i+3]
		px[0] = level(y + (91881*v+half)>>16)
		px[1] = level(y + (half-22554*u-46802*v)>>16)
		px[2] = level(y + (116130*u+half)>>16)
	}
}

// videoRGB writes pixels as libwebp does: R = 1.164 (Y-16) + 1.596 V, B = 1.164 (Y-16) +
// 2.018 U, G = 1.164 (Y-16) - 0.391 U - 0.813 V, U and V less 128: each product cut to 6
// bits after the point, the sum to none.
func videoRGB(dst, luma, cb, cr []uint8) {
	cb, cr = cb[:len(luma)], cr[:len(luma)]
	for i, v := range luma {
		y, u, v := 19077*int32(v)>>8, int32(cb[i]), int32(cr[i])
		px := dst[3*i : 3*i+3]
		px[0] = level((y + 26149*v>>8 - 14234) >> 6)
		px[1] = level((y - 6419*u>>8 - 13320*v>>8 + 8708) >> 6)
		px[2] = level((y + 33050*u>>8 - 17685) >> 6)
	}
}

// level is v, from 0 to 255.
func level(v int32) uint8 {
	if uint32(v) > 255 {
		v = ^(v >> 31)
	}
	return uint8(v)
}
