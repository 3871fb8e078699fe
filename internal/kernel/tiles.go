package kernel

import "unsafe"

// tiles is the argument of the tile kernels; w is the path's panel width. One
// call scores 32 packed rows against consecutive panels. The score of row x and centroid c, both about the
// shift, is x·c - |c|²/2: the larger, the nearer. Within a panel's bound of it lie
// the exact score's lower and upper bound; the kernel keeps each row's largest
// lower bound and stores, as a slot of out, the scores of each panel that may
// hold a row's winner, that is, with an upper bound not below it. The second
// kernel then marks them with the final lower bounds.
type tiles struct {
	x      unsafe.Pointer // packed rows
	c      unsafe.Pointer // the first panel
	halves unsafe.Pointer // its halves
	bounds unsafe.Pointer // [panels]bound
	rows   *tileRows
	out    unsafe.Pointer // [panels][w][32]float32, the slots
	ids    unsafe.Pointer // [panels]int32: which panel a slot holds
	steps  int            // inner steps of a tile: dimensions, or groups of 32
	panels int
	first  int            // the number of the first panel
	slots  int            // result: slots stored
	masks  unsafe.Pointer // [panels][w]uint32, result of the selection
	config *tileConfig    // of AMX
	ahead  unsafe.Pointer // of AMX: [panels]unsafe.Pointer, a row each to bring nearer
	at     unsafe.Pointer // of int16: [panels][w]int, the centroids' places in bytes from c
	group  int            // of path direct2: panels in a group
}

// tileConfig is what LDTILECFG reads: eight tiles of 16 rows of 64 bytes.
type tileConfig struct {
	palette, _ uint8
	_          [14]uint8
	bytes      [16]uint16
	rows       [16]uint8
}

var allTiles = tileConfig{
	palette: 1,
	bytes:   [16]uint16{64, 64, 64, 64, 64, 64, 64, 64},
	rows:    [16]uint8{16, 16, 16, 16, 16, 16, 16, 16},
}

// tileRows is what a tile knows of its 32 rows.
type tileRows struct {
	norm    [rowsPerTile]float32 // at least |x|
	residue [rowsPerTile]float32 // at least |x - x'|, of low-precision paths
	slack   [rowsPerTile]float32 // twice the specification's own error
	lower   [rowsPerTile]float32 // the largest lower bound of a score
	upper   [rowsPerTile]float32 // the two largest upper bounds
	second  [rowsPerTile]float32
	square  [rowsPerTile]float32 // |x|², as summed in float32
	lost    [rowsPerTile]float32 // |x - x'|², likewise
	winner  [rowsPerTile]int32   // of path direct: the panel of the largest upper bound
	inverse [rowsPerTile]float32 // of int16: what a unit of the row is worth
}

// packing is the argument of the packing kernel: 32 rows, at byte offsets from
// src, to [d rounded up to 16][32], less shift, and their squared norms.
type packing struct {
	dst     unsafe.Pointer
	src     unsafe.Pointer
	offsets *[rowsPerTile]int
	shift   unsafe.Pointer
	d       int
	squares *[rowsPerTile]float32

	residues *[rowsPerTile]float32 // of bf16: the squares of what rounding takes
	blocks   int                   // of low precision: blocks of 16 dimensions
	scales   *[rowsPerTile]float32 // of int16: units to 1
	rows     int                   // of int16: at most 32
	stride   int                   // of int16: from one row to the next where they stay apart, or 0
	inverse  *[rowsPerTile]float32 // of int16: what a unit is worth
	tail     *[rowsPerTile][16]float32
}
