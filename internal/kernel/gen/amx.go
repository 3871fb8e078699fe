package main

import "fmt"

const (
	panelWidthAMX  = 32
	slotBytesAMX   = panelWidthAMX * rowsPerTile * 4
	initBytesAMX   = panelWidthAMX * 64
	amxConfig      = 96 // offsets in tiles
	amxAhead       = 104
	tileStepsPair  = 32 // dimensions of one tile multiplication
	rowBytesPacked = 4 * rowsPerTile
)

// General registers by their number in the encoding.
const (
	regCX, regSI, regDI, regR8, regR11, regR14, regR15 = 1, 6, 7, 8, 11, 14, 15
)

// vex emits an AMX instruction, which Go's assembler does not know, as bytes:
// VEX.128.pp.0F38.W0 op.
func (p *program) vex(comment string, x, b bool, vvvv, pp, op byte, rest ...byte) {
	b1 := byte(0x82) // R bar and map 0F38
	if !x {
		b1 |= 0x40
	}
	if !b {
		b1 |= 0x20
	}
	code := append([]byte{0xc4, b1, (^vvvv&0xf)<<3 | pp, op}, rest...)
	line := ""
	for i, c := range code {
		if i > 0 {
			line += "; "
		}
		line += fmt.Sprintf("BYTE $0x%02x", c)
	}
	p.f("%s // %s", line, comment)
}

const ppNone, pp66, ppF3, ppF2 = 0, 1, 2, 3

// The ways of moving a tile.
var (
	loadTile  = tileMove{"TILELOADD", ppF2}
	storeTile = tileMove{"TILESTORED", ppF3}
	// streamTile keeps what passes once from driving the rest out of the L1 cache:
	// centroids, while the rows stay. 1580 against 2080 GF/s at d = 384, k = 672
	// (Sapphire Rapids under KVM, best of five interleaved runs).
	streamTile = tileMove{"TILELOADDT1", pp66}
)

type tileMove struct {
	name string
	pp   byte
}

// tileMemory emits the move of tile t from or to disp(base), with a row stride in
// register index.
func (p *program) tileMemory(m tileMove, t, base, index int, disp int32) {
	u := uint32(disp)
	p.vex(fmt.Sprintf("%s tmm%d, %d(r%d)(r%d)", m.name, t, disp, base, index), index > 7, base > 7, 0, m.pp, 0x4b,
		byte(0x80|t<<3|4), byte((index&7)<<3|base&7), byte(u), byte(u>>8), byte(u>>16), byte(u>>24))
}

// dotBF16 emits TDPBF16PS: tile c += tile a times tile b.
func (p *program) dotBF16(c, a, b int) {
	p.vex(fmt.Sprintf("TDPBF16PS tmm%d, tmm%d, tmm%d", c, a, b), false, false, byte(b), ppF3, 0x5c,
		byte(0xc0|c<<3|a))
}

// tileAMX emits the scores of 32 rows against panels of 32 centroids by bf16 tile
// multiplication. Tiles 0 … 3 accumulate centroids 0-15 and 16-31 by rows 0-15 and
// 16-31, from minus half the squared norms; 4 and 5 hold centroids, 6 and 7 rows.
func tileAMX(p *program, second bool) {
	p.tiles("AMX", "of 32 centroids in bf16", second)
	p.load(tileRegisters)
	p.f("MOVQ %d(AX), BX", amxConfig)
	p.vex("LDTILECFG (BX)", false, false, 0, ppNone, 0x49, 0x03)
	p.f("MOVQ $64, CX")
	p.f("MOVQ $128, R15")
	p.f("XORQ BX, BX")
	p.label("panel")
	p.comment("R13 is a row that the next block will pack: its lines come in meanwhile.")
	p.f("MOVQ %d(AX), R14", tilePanels)
	p.f("SUBQ DX, R14")
	p.f("MOVQ %d(AX), R13", amxAhead)
	p.f("MOVQ (R13)(R14*8), R13")
	p.f("MOVQ %d(AX), SI", tileX)
	p.f("MOVQ %d(AX), R14", tileD)
	for c := range 4 {
		p.tileMemory(loadTile, c, regR8, regCX, int32(c/2*1024))
	}
	p.label("step")
	p.tileMemory(streamTile, 4, regDI, regCX, 0)
	p.tileMemory(loadTile, 6, regSI, regR15, 0)
	p.dotBF16(0, 4, 6)
	p.tileMemory(loadTile, 7, regSI, regR15, 64)
	p.dotBF16(1, 4, 7)
	p.tileMemory(streamTile, 5, regDI, regCX, 1024)
	p.dotBF16(2, 5, 6)
	p.dotBF16(3, 5, 7)
	p.f("PREFETCHT1 (R13)")
	p.f("PREFETCHT1 64(R13)")
	p.f("ADDQ $128, R13")
	p.f("ADDQ $2048, DI")
	p.f("ADDQ $%d, SI", tileStepsPair/2*rowBytesPacked)
	p.f("DECQ R14")
	p.f("JNZ step")
	for c := range 4 {
		p.tileMemory(storeTile, c, regR11, regR15, int32(c/2*16*rowBytesPacked+c%2*64))
	}
	for h := range 2 {
		bestAMX(p, h, second)
	}
	for h := range 2 {
		boundAMX(p, h, second)
	}
	p.f("KORTESTW K1, K2")
	p.f("JZ next")
	p.f("MOVQ %d(AX), R14", tileFirst)
	p.f("ADDQ %d(AX), R14", tilePanels)
	p.f("SUBQ DX, R14")
	p.f("MOVL R14, (R12)(BX*4)")
	p.f("INCQ BX")
	p.f("ADDQ $%d, R11", slotBytesAMX)
	p.label("next")
	p.f("ADDQ $%d, R8", initBytesAMX)
	p.f("ADDQ $%d, R9", boundBytes)
	p.f("DECQ DX")
	p.f("JNZ panel")
	p.f("MOVQ BX, %d(AX)", tileSlots)
	p.vex("TILERELEASE", false, false, 0, ppNone, 0x49, 0xc0)
	p.end()
}

// bestAMX emits the largest score of the panel for half h in Z(h) and, when asked,
// the second largest in Z(2+h), from two chains over the centroids.
func bestAMX(p *program, h int, second bool) {
	a, b, sa, sb := 4*h+8, 4*h+9, 4*h+10, 4*h+11
	p.f("VMOVUPS %d(R11), Z%d", 64*h, a)
	p.f("VMOVUPS %d(R11), Z%d", 128+64*h, b)
	for j := 2; j < panelWidthAMX; j += 2 {
		for i, best := range []int{a, b} {
			at := 128*(j+i) + 64*h
			if !second {
				p.f("VMAXPS %d(R11), Z%d, Z%d", at, best, best)
				continue
			}
			runner := []int{sa, sb}[i]
			p.f("VMOVUPS %d(R11), Z%d", at, 16+4*h+i)
			if j == 2 {
				p.f("VMINPS Z%d, Z%d, Z%d", 16+4*h+i, best, runner)
			} else {
				p.f("VMINPS Z%d, Z%d, Z%d", 16+4*h+i, best, 18+4*h+i)
				p.f("VMAXPS Z%d, Z%d, Z%d", 18+4*h+i, runner, runner)
			}
			p.f("VMAXPS Z%d, Z%d, Z%d", 16+4*h+i, best, best)
		}
	}
	p.f("VMAXPS Z%d, Z%d, Z%d", a, b, h)
	if second {
		p.f("VMINPS Z%d, Z%d, Z%d", a, b, a)
		p.f("VMAXPS Z%d, Z%d, Z%d", sa, sb, sa)
		p.f("VMAXPS Z%d, Z%d, Z%d", a, sa, 2+h)
	}
}

// boundAMX is bound512 for scores in Z(h) and Z(2+h), and with the residue.
func boundAMX(p *program, h int, second bool) {
	at := 64 * h
	p.f("VBROADCASTSS %d(R9), Z30", boundAdd)
	p.f("VMOVUPS %d(R10), Z31", rowsNorm+at)
	p.f("VMOVUPS %d(R10), Z29", rowsResidue+at)
	p.f("VFMADD231PS.BCST %d(R9), Z31, Z30", boundScale)
	p.f("VFMADD231PS.BCST %d(R9), Z29, Z30", boundResidue)
	p.f("VSUBPS Z30, Z%d, Z31", h)
	p.f("VMAXPS %d(R10), Z31, Z31", rowsLower+at)
	p.f("VMOVUPS Z31, %d(R10)", rowsLower+at)
	p.f("VSUBPS %d(R10), Z31, Z31", rowsSlack+at)
	p.f("VADDPS Z30, Z%d, Z28", h)
	p.f("VCMPPS $13, Z31, Z28, K%d", 1+h) // Z28 >= Z31
	if !second {
		return
	}
	p.f("VADDPS Z30, Z%d, Z29", 2+h)
	p.f("VMOVUPS %d(R10), Z31", rowsUpper+at)
	p.f("VMINPS Z28, Z31, Z30")
	p.f("VMAXPS Z28, Z31, Z31")
	p.f("VMOVUPS Z31, %d(R10)", rowsUpper+at)
	p.f("VMAXPS %d(R10), Z29, Z29", rowsSecond+at)
	p.f("VMAXPS Z30, Z29, Z29")
	p.f("VMOVUPS Z29, %d(R10)", rowsSecond+at)
}

const packResidues, packBlocks, packScales, packRows, packStride = 48, 56, 64, 72, 80

// packBF16 emits the packing of 32 rows as pairs of bf16, [pair][32] words, less
// a shift, with the sums of their squares and of the squares that rounding takes.
func packBF16(p *program) {
	p.function("packBF16AVX512", "a", "packBF16AVX512 packs 32 rows as pairs of bf16, less a shift; see tiles.go.")
	p.f("MOVQ %d(AX), DI", packDst)
	p.f("MOVQ %d(AX), SI", packSrc)
	p.f("MOVQ %d(AX), R8", packShift)
	p.f("MOVQ %d(AX), DX", packD)
	p.f("MOVQ %d(AX), R9", packNorms)
	p.f("MOVQ %d(AX), R12", packResidues)
	p.f("MOVQ %d(AX), R13", packBlocks)
	p.f("VPXORD Z0, Z0, Z0")
	for h := range 2 {
		p.f("VMOVUPS Z0, %d(R9)", 64*h)
		p.f("VMOVUPS Z0, %d(R12)", 64*h)
	}
	p.label("block")
	p.comment("K1 covers the dimensions left, at most 16 and perhaps none.")
	p.f("MOVL $0xffff, BX")
	p.f("CMPQ DX, $16")
	p.f("JGE whole")
	p.f("XORL BX, BX")
	p.f("CMPQ DX, $0")
	p.f("JLE whole")
	p.f("MOVQ DX, CX")
	p.f("MOVL $1, BX")
	p.f("SHLL CX, BX")
	p.f("DECL BX")
	p.label("whole")
	p.f("KMOVW BX, K1")
	for h := range 2 {
		p.f("MOVQ %d(AX), R10", packOffsets)
		for i := range 16 {
			p.f("MOVQ %d(R10), R11", 8*(16*h+i))
			p.f("VMOVUPS.Z (SI)(R11*1), K1, Z%d", i)
		}
		transpose16(p)
		p.f("MOVL $0x8000, BX")
		p.f("VPBROADCASTD BX, Z30")
		p.f("MOVL $0xffff0000, BX")
		p.f("VPBROADCASTD BX, Z31")
		p.f("VMOVUPS %d(R9), Z16", 64*h)
		p.f("VPXORD Z17, Z17, Z17")
		p.f("VMOVUPS %d(R12), Z18", 64*h)
		p.f("VPXORD Z19, Z19, Z19")
		for i := 0; i < 16; i += 2 {
			for o := range 2 {
				p.f("VSUBPS.BCST %d(R8), Z%d, Z%d", 4*(i+o), i+o, i+o)
				p.f("VFMADD231PS Z%d, Z%d, Z%d", i+o, i+o, 16+o)
				p.f("VPADDD Z30, Z%d, Z%d", i+o, 20+o)
				p.f("VPANDD Z31, Z%d, Z%d", 20+o, 22+o)
				p.f("VSUBPS Z%d, Z%d, Z%d", 22+o, i+o, 24+o)
				p.f("VFMADD231PS Z%d, Z%d, Z%d", 24+o, 24+o, 18+o)
			}
			p.f("VPSRLD $16, Z20, Z20")
			p.f("VPORD Z20, Z23, Z20")
			p.f("VMOVUPS Z20, %d(DI)", 64*i+64*h)
		}
		p.f("VADDPS Z16, Z17, Z16")
		p.f("VMOVUPS Z16, %d(R9)", 64*h)
		p.f("VADDPS Z18, Z19, Z18")
		p.f("VMOVUPS Z18, %d(R12)", 64*h)
	}
	p.f("ADDQ $%d, DI", 8*128)
	p.f("ADDQ $64, SI")
	p.f("ADDQ $64, R8")
	p.f("SUBQ $16, DX")
	p.f("DECQ R13")
	p.f("JNZ block")
	p.end()
}
