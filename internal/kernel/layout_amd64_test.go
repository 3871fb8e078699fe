//go:build amd64 && !noasm

package kernel

import (
	"testing"
	"unsafe"
)

// TestLayout compares the offsets that gen writes into the assembly with the
// compiler's.
func TestLayout(t *testing.T) {
	var ti tiles
	var r tileRows
	var b bound
	var p packing
	var e exact
	var f refine
	var q pairing
	for _, c := range []struct {
		name      string
		got, want uintptr
	}{
		{"tiles.x", unsafe.Offsetof(ti.x), 0},
		{"tiles.c", unsafe.Offsetof(ti.c), 8},
		{"tiles.halves", unsafe.Offsetof(ti.halves), 16},
		{"tiles.bounds", unsafe.Offsetof(ti.bounds), 24},
		{"tiles.rows", unsafe.Offsetof(ti.rows), 32},
		{"tiles.out", unsafe.Offsetof(ti.out), 40},
		{"tiles.ids", unsafe.Offsetof(ti.ids), 48},
		{"tiles.steps", unsafe.Offsetof(ti.steps), 56},
		{"tiles.panels", unsafe.Offsetof(ti.panels), 64},
		{"tiles.first", unsafe.Offsetof(ti.first), 72},
		{"tiles.slots", unsafe.Offsetof(ti.slots), 80},
		{"tiles.masks", unsafe.Offsetof(ti.masks), 88},
		{"tiles.config", unsafe.Offsetof(ti.config), 96},
		{"tiles.ahead", unsafe.Offsetof(ti.ahead), 104},
		{"tiles.at", unsafe.Offsetof(ti.at), 112},
		{"tiles.group", unsafe.Offsetof(ti.group), 120},
		{"tileRows.norm", unsafe.Offsetof(r.norm), 0},
		{"tileRows.residue", unsafe.Offsetof(r.residue), 128},
		{"tileRows.slack", unsafe.Offsetof(r.slack), 256},
		{"tileRows.lower", unsafe.Offsetof(r.lower), 384},
		{"tileRows.upper", unsafe.Offsetof(r.upper), 512},
		{"tileRows.second", unsafe.Offsetof(r.second), 640},
		{"tileRows.winner", unsafe.Offsetof(r.winner), 1024},
		{"tileRows.inverse", unsafe.Offsetof(r.inverse), 1152},
		{"bound.scale", unsafe.Offsetof(b.scale), 0},
		{"bound.residue", unsafe.Offsetof(b.residue), 4},
		{"bound.add", unsafe.Offsetof(b.add), 8},
		{"size of bound", unsafe.Sizeof(b), 16},
		{"packing.dst", unsafe.Offsetof(p.dst), 0},
		{"packing.src", unsafe.Offsetof(p.src), 8},
		{"packing.offsets", unsafe.Offsetof(p.offsets), 16},
		{"packing.shift", unsafe.Offsetof(p.shift), 24},
		{"packing.d", unsafe.Offsetof(p.d), 32},
		{"packing.squares", unsafe.Offsetof(p.squares), 40},
		{"packing.residues", unsafe.Offsetof(p.residues), 48},
		{"packing.blocks", unsafe.Offsetof(p.blocks), 56},
		{"packing.scales", unsafe.Offsetof(p.scales), 64},
		{"packing.rows", unsafe.Offsetof(p.rows), 72},
		{"packing.stride", unsafe.Offsetof(p.stride), 80},
		{"pairing.x", unsafe.Offsetof(q.x), 0},
		{"pairing.c", unsafe.Offsetof(q.c), 8},
		{"pairing.at", unsafe.Offsetof(q.at), 16},
		{"pairing.halves", unsafe.Offsetof(q.halves), 24},
		{"pairing.inverse", unsafe.Offsetof(q.inverse), 32},
		{"pairing.out", unsafe.Offsetof(q.out), 40},
		{"pairing.stride", unsafe.Offsetof(q.stride), 48},
		{"pairing.blocks", unsafe.Offsetof(q.blocks), 56},
		{"pairing.panels", unsafe.Offsetof(q.panels), 64},
		{"pairing.outStride", unsafe.Offsetof(q.outStride), 72},
		{"exact.a", unsafe.Offsetof(e.a), 0},
		{"exact.b", unsafe.Offsetof(e.b), 64},
		{"exact.d", unsafe.Offsetof(e.d), 128},
		{"exact.out", unsafe.Offsetof(e.out), 136},
		{"refine.a", unsafe.Offsetof(f.a), 0},
		{"refine.b", unsafe.Offsetof(f.b), 64},
		{"refine.d", unsafe.Offsetof(f.d), 128},
		{"refine.out", unsafe.Offsetof(f.out), 136},
		{"size of tileConfig", unsafe.Sizeof(tileConfig{}), 64},
		{"tileConfig.rows", unsafe.Offsetof(tileConfig{}.rows), 48},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %d, the assembly has %d", c.name, c.got, c.want)
		}
	}
}
