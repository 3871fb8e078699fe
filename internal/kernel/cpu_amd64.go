//go:build amd64 && !noasm

package kernel

import "golang.org/x/sys/cpu"

// The instruction sets in use, which tests switch off.
var useAVX512 = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL

// useAMX asks the kernel for the tile registers, once per process.
var useAMX = useAVX512 && cpu.X86.HasAMXTile && cpu.X86.HasAMXBF16 && permitAMX()

const minAMXD = 24

func choosePath(d int) path {
	switch {
	case useAMX && useAVX512 && d >= minAMXD && d <= maxTileD:
		return pathAMX
	case useAVX512 && d <= maxTileD:
		return pathAVX512
	default:
		return pathGeneric
	}
}

//go:noescape
func tilesAVX512(t *tiles)

//go:noescape
func tilesSecondAVX512(t *tiles)

//go:noescape
func selectAVX512(t *tiles)

//go:noescape
func tilesAMX(t *tiles)

//go:noescape
func tilesSecondAMX(t *tiles)

//go:noescape
func selectAMX(t *tiles)

//go:noescape
func packBF16AVX512(a *packing)

//go:noescape
func packAVX512(a *packing)

//go:noescape
func exactAVX512(e *exact)

//go:noescape
func refineAVX512(e *refine)

// runTiles scores the panels.
func (p *packed) runTiles(t *tiles, second bool) {
	switch {
	case p.path == pathAMX && second:
		tilesSecondAMX(t)
	case p.path == pathAMX:
		tilesAMX(t)
	case second:
		tilesSecondAVX512(t)
	default:
		tilesAVX512(t)
	}
}

// runSelect marks the candidates in the panels that runTiles stored.
func (p *packed) runSelect(t *tiles) {
	switch {
	case t.slots == 0:
	case p.path == pathAMX:
		selectAMX(t)
	default:
		selectAVX512(t)
	}
}
