// Package picture decodes pictures and embeds them without a model: gradients and
// the layout of colours.
//
// # Definition
//
// A picture (JPEG, PNG, WebP, or the first frame of a GIF; an alpha channel is left
// out, as Python's convert("RGB") does; colours are what libjpeg and libwebp make of
// them) is shrunk to 64x64 by the exact mean of the area under each pixel, whatever its
// proportions. EXIF orientation is ignored, as the loaders of most training code ignore it.
//
//  1. Gradients: of the brightness, by central differences, 9 unsigned directions
//     in 8x8 cells of 8x8 pixels; each cell is divided by the energy of the 3x3
//     cells around it, so that contrast does not count.
//  2. Colours: the mean of R, G and B in each of the 8x8 cells, less the picture's
//     mean brightness, and a constant, so that a picture of one grey has a
//     direction and faint colours count for little.
//
// Both parts are scaled to fixed lengths, and the whole has length 1. The vectors
// tell shapes and colours apart, not things.
//
// # Determinism
//
// Up to the last division all is integer arithmetic or single IEEE operations in
// a fixed order, each rounded by itself, so that the bits are the same on every
// architecture; the decoders of JPEG and WebP are integer code too.
package picture

// Dim is the number of dimensions of an embedding.
const Dim = gradientDim + colourDim

// Version is part of the key of whatever is made from the embeddings. It changes
// with any bit of any vector.
const Version = 2
