package kernel

import "unsafe"

// The sizes of blocks, in bytes, so that the packed rows of a block and a chunk
// of panels stay in a level-2 cache of 1 MiB together.
const (
	blockBytes   = 256 << 10
	chunkBytes   = 512 << 10
	maxTiles     = 8    // tiles in a block
	maxCentroids = 1024 // in a chunk: their slots take 131 kB
)

// Scratch holds one goroutine's buffers, so that repeated calls allocate
// nothing. The zero value is ready for use.
type Scratch struct {
	row []float64 // one row converted, for plain Go

	x       []float32 // [tile][d rounded up][32]
	out     []float32 // slots
	ids     []int32
	masks   []uint32
	tiles   tiles
	packing packing
	offsets [rowsPerTile]int
	blocks  [maxTiles]tileRows
	found   [maxTiles][]candidate
	exact   exact
	pairs   []pair
	dist    []float64 // of the pairs
	refine  refine
	refined []float32 // their distances in float32
	open    []openRow
	count   [rowsPerTile]int32
	ahead   [maxCentroids / 32]unsafe.Pointer
	near    packed // the centroids around one
	own     []float32
	chunk   int // panels in a chunk
	perCall int // tiles in a block
}

// A candidate is a centroid that may win a row.
type candidate struct {
	upper   float32 // of its score
	row, id int32   // row of the tile, cluster
}

// A pair is a row of x and a cluster to be evaluated as specified.
type pair struct{ row, id int32 }

// reserve sizes the buffers for the centroids p.
func (s *Scratch) reserve(p *packed) {
	s.perCall = min(max(blockBytes/(4*p.rowWords), 1), maxTiles)
	s.chunk = min(max(chunkBytes/(4*p.panelWords), 1), maxCentroids/p.width, p.panels)
	if n := s.perCall * p.rowWords; len(s.x) < n {
		s.x = aligned(n)
	}
	if n := (s.chunk + 1) * p.width; len(s.masks) < n { // one slot more, to write ahead
		s.out = aligned(n * rowsPerTile)
		s.ids = make([]int32, n)
		s.masks = make([]uint32, n)
	}
}

func pointer[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }
