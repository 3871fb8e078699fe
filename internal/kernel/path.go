package kernel

// A path is one way to the specified labels.
type path uint8

const (
	pathGeneric path = iota // plain Go, float64
	pathExact               // assembly, float64: no approximate score would be finite
	pathAVX2                // float32 tiles of 32 rows x 6 centroids
	pathInt16               // 16-bit integer tiles of the same shape, AVX2
	pathAVX512              // float32 tiles of 32 rows x 14 centroids
	pathDirect              // the same tiles for few dimensions, storing no scores
	pathDirect2             // that with AVX2
	pathAMX                 // bf16 tiles of 32 rows x 32 centroids
)

func (p path) String() string {
	return [...]string{"generic", "exact", "avx2", "int16", "avx512", "direct", "direct2", "amx"}[p]
}

// direct tells whether scores are looked at as they come, and not stored.
func (p path) direct() bool { return p == pathDirect || p == pathDirect2 }

// coarse tells whether scores have less precision than float32.
func (p path) coarse() bool { return p == pathAMX || p == pathInt16 }

// fine returns the float32 path of the instruction set of p.
func (p path) fine() path {
	if p == pathInt16 {
		return pathAVX2
	}
	return pathAVX512
}

// Path names the way in which Assign finds labels, for reports and for tests
// which must prove what they measured.
func (c *Centroids) Path() string { return c.path.String() }

// A shape says how a path cuts rows and centroids into tiles.
type shape struct {
	path
	d          int
	width      int // centroids in a panel
	panelWords int // 4-byte words of a panel
	halfWords  int // words of its halves
	rowWords   int // words of 32 packed rows
	steps      int // inner steps of a tile
	stride     int // of int16: words of a centroid
	group      int // panels that path direct remembers as one: few enough for a mask
}

func (p path) shape(d int) shape {
	switch p {
	case pathAMX:
		steps := (d + 31) / 32
		return shape{p, d, 32, 512 * steps, 512, 512 * steps, steps, 0, 1}
	case pathAVX512, pathDirect:
		return shape{pathAVX512, d, 14, 14 * d, 16, (d + 15) / 16 * 16 * rowsPerTile, d, 0, 1}
	case pathDirect2:
		s := pathAVX2.shape(d)
		if d == 2 {
			s.group = 4 // 24 centroids, which are scored again for each row
		}
		return s
	case pathInt16:
		steps := (d + 3) / 4 * 2 // an even number
		stride := (d + 15) / 16 * 8
		return shape{p, d, 6, 6 * stride, 16, stride * rowsPerTile, steps, stride, 1}
	default:
		return shape{p, d, 6, 6 * d, 8, d * rowsPerTile, d, 0, 1}
	}
}
