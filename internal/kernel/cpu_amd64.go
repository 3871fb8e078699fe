//go:build amd64 && !noasm

package kernel

import "golang.org/x/sys/cpu"

// The instruction sets in use, which tests switch off. AMX stands on AVX-512, and
// useAMX asks Linux for the tile registers, once per process.
var (
	useAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA
	useAVX512 = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL
	useAMX    = useAVX512 && cpu.X86.HasAMXTile && cpu.X86.HasAMXBF16 && permitAMX()

	// useDirect allows the paths for few dimensions.
	useDirect = true

	// useInt16 allows 16-bit integers, which stand on AVX2.
	useInt16 = true
)

// minAMXD is the dimension from which AMX wins over path direct: a tile
// multiplication takes 32 dimensions, filled or not (at k 1000 and d 14, 199 to
// 194 ns per row; at d 16, 197 to 221).
const minAMXD = 15

// minInt16D is the dimension from which 16-bit integers win over float32 on AVX2.
const minInt16D = 17

func choosePath(d int) path {
	switch {
	case d > maxTileD:
		return pathGeneric
	case useAMX && useAVX512 && d >= minAMXD:
		return pathAMX
	case useAVX512 && useDirect && d <= maxDirectD:
		return pathDirect
	case useAVX512:
		return pathAVX512
	case useAVX2 && useDirect && d <= maxDirectD:
		return pathDirect2
	case useAVX2 && useInt16 && d >= minInt16D:
		return pathInt16
	case useAVX2:
		return pathAVX2
	default:
		return pathGeneric
	}
}

//go:noescape
func tilesAVX2(t *tiles)

//go:noescape
func tilesSecondAVX2(t *tiles)

//go:noescape
func scanAVX2(t *tiles)

//go:noescape
func planeAVX2(t *tiles)

//go:noescape
func pickAVX2(t *tiles)

//go:noescape
func tilesInt16(t *tiles)

//go:noescape
func tilesSecondInt16(t *tiles)

//go:noescape
func normsInt16(a *packing)

//go:noescape
func packInt16(a *packing)

//go:noescape
func rowsInt16(a *packing)

//go:noescape
func pairInt16(a *pairing)

//go:noescape
func selectAVX2(t *tiles)

//go:noescape
func packAVX2(a *packing)

//go:noescape
func exactAVX2(e *exact)

//go:noescape
func refineAVX2(e *refine)

//go:noescape
func tilesAVX512(t *tiles)

//go:noescape
func tilesSecondAVX512(t *tiles)

//go:noescape
func selectAVX512(t *tiles)

//go:noescape
func scanAVX512(t *tiles)

//go:noescape
func pickAVX512(t *tiles)

//go:noescape
func packAVX512(a *packing)

//go:noescape
func exactAVX512(e *exact)

//go:noescape
func refineAVX512(e *refine)

//go:noescape
func tilesAMX(t *tiles)

//go:noescape
func tilesSecondAMX(t *tiles)

//go:noescape
func selectAMX(t *tiles)

//go:noescape
func packBF16AVX512(a *packing)
