package kernel

import "unsafe"

// The sizes of blocks, in bytes: the packed rows of a block and a chunk of panels
// share a level-2 cache. Workloads A and B are the same within noise from 256/512
// to 1024/512 kB; C (k 10000, d 768) by AVX-512 gains from the longer block, 243 to
// 190 ms, since each block streams all centroids (Sapphire-Rapids-class, min of 5).
const (
	blockBytes   = 512 << 10
	chunkBytes   = 512 << 10
	chunkBytes16 = 256 << 10 // of int16, for the 512 kB of a Zen 3: 3 % sooner than 512, like 128
	maxTiles     = 8         // tiles in a block
	maxCentroids = 1024      // in a chunk: their slots take 131 kB
	crowd        = 1 << 14   // candidates of a tile, or twice the centroids if these are more
)

// Scratch holds one goroutine's buffers, so that repeated calls allocate
// nothing. The zero value is ready for use.
type Scratch struct {
	row []float64 // one row converted, for plain Go

	x          []float32 // [tile][d rounded up][32]
	out        []float32 // slots
	ids        []int32
	masks      []uint32
	tiles      tiles
	packing    packing
	offsets    [rowsPerTile]int
	scales     [rowsPerTile]float32
	tail       [rowsPerTile][16]float32 // the last dimensions, filled up with zeros
	blocks     [maxTiles]tileRows
	found      [maxTiles][]candidate
	crowded    [maxTiles]bool // too many candidates: the rows are evaluated whole
	exact      exact
	pairs      []pair
	dist       []float64 // of the pairs
	refine     refine
	refined    []float32 // their distances in float32
	open       []openRow
	count      [rowsPerTile]int32
	ahead      [maxCentroids / 32]unsafe.Pointer
	candidates int                  // of the last block, where a row had more than one
	retry      []int32              // rows that the direct path left to the tiles
	near       packed               // the centroids around one
	ring       [rowsPerTile][]uint8 // of int16: those of the neighbours found
	listed     [rowsPerTile][]int32 // the neighbours found
	list       []nearRow
	scores     []float32
	pairing    pairing
	few        []int32
	own        []float32
	chunk      int // panels in a chunk
	perCall    int // tiles in a block
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
	bytes := chunkBytes
	if p.path == pathInt16 {
		bytes = chunkBytes16
	}
	s.chunk = min(max(bytes/(4*p.panelWords), 1), maxCentroids/p.width)
	s.chunk = min(max(s.chunk/p.group, 1)*p.group, p.panels)
	if n := s.perCall * p.rowWords; len(s.x) < n {
		s.x = aligned(n)
	}
	if n := max((s.chunk+1)*p.width, rowsPerTile); len(s.masks) < n { // one slot more, to write ahead
		s.out = aligned(n * rowsPerTile)
		s.ids = make([]int32, n)
		s.masks = make([]uint32, n)
	}
}

func pointer[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }
