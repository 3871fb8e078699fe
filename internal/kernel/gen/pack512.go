package main

import "fmt"

func z(i int) string { return fmt.Sprintf("Z%d", i) }

const (
	packDst, packSrc, packOffsets, packShift = 0, 8, 16, 24
	packD, packNorms                         = 32, 40
)

// transpose16 emits the transposition of the 16 x 16 floats in Z0 … Z15, by way
// of Z16 … Z31.
func transpose16(p *program) {
	for i := 0; i < 16; i += 2 {
		p.f("VUNPCKLPS Z%d, Z%d, Z%d", i+1, i, 16+i)
		p.f("VUNPCKHPS Z%d, Z%d, Z%d", i+1, i, 17+i)
	}
	for q := 0; q < 16; q += 4 {
		p.f("VUNPCKLPD Z%d, Z%d, Z%d", 18+q, 16+q, q)
		p.f("VUNPCKHPD Z%d, Z%d, Z%d", 18+q, 16+q, q+1)
		p.f("VUNPCKLPD Z%d, Z%d, Z%d", 19+q, 17+q, q+2)
		p.f("VUNPCKHPD Z%d, Z%d, Z%d", 19+q, 17+q, q+3)
	}
	for c := range 4 {
		p.f("VSHUFF32X4 $0x88, Z%d, Z%d, Z%d", 4+c, c, 16+c)
		p.f("VSHUFF32X4 $0xdd, Z%d, Z%d, Z%d", 4+c, c, 20+c)
		p.f("VSHUFF32X4 $0x88, Z%d, Z%d, Z%d", 12+c, 8+c, 24+c)
		p.f("VSHUFF32X4 $0xdd, Z%d, Z%d, Z%d", 12+c, 8+c, 28+c)
	}
	for c := range 4 {
		p.f("VSHUFF32X4 $0x88, Z%d, Z%d, Z%d", 24+c, 16+c, c)
		p.f("VSHUFF32X4 $0x88, Z%d, Z%d, Z%d", 28+c, 20+c, 4+c)
		p.f("VSHUFF32X4 $0xdd, Z%d, Z%d, Z%d", 24+c, 16+c, 8+c)
		p.f("VSHUFF32X4 $0xdd, Z%d, Z%d, Z%d", 28+c, 20+c, 12+c)
	}
}

// pack512 emits the packing of 32 rows, anywhere in memory, as [dimension][32],
// less a shift, and the sums of their squares.
func pack512(p *program) {
	p.function("packAVX512", "a", "packAVX512 packs 32 rows dimension by dimension, less a shift; see tiles.go.")
	p.f("MOVQ %d(AX), DI", packDst)
	p.f("MOVQ %d(AX), SI", packSrc)
	p.f("MOVQ %d(AX), R8", packShift)
	p.f("MOVQ %d(AX), DX", packD)
	p.f("MOVQ %d(AX), R9", packNorms)
	p.f("VPXORD Z0, Z0, Z0")
	p.f("VMOVUPS Z0, (R9)")
	p.f("VMOVUPS Z0, 64(R9)")
	p.label("block")
	p.comment("K1 covers the dimensions left, at most 16.")
	p.f("MOVL $0xffff, BX")
	p.f("CMPQ DX, $16")
	p.f("JGE whole")
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
		p.f("VMOVUPS %d(R9), Z16", 64*h)
		p.f("VPXORD Z17, Z17, Z17")
		for i := range 16 {
			p.f("VSUBPS.BCST %d(R8), Z%d, Z%d", 4*i, i, i)
			p.f("VFMADD231PS Z%d, Z%d, Z%d", i, i, 16+i%2)
			p.f("VMOVUPS Z%d, %d(DI)", i, 128*i+64*h)
		}
		p.f("VADDPS Z16, Z17, Z16")
		p.f("VMOVUPS Z16, %d(R9)", 64*h)
	}
	p.f("ADDQ $%d, DI", 16*128)
	p.f("ADDQ $64, SI")
	p.f("ADDQ $64, R8")
	p.f("SUBQ $16, DX")
	p.f("JGT block")
	p.end()
}

// exact512 emits eight squared distances as specified: the products of eight
// dimensions are transposed, so that each lane adds its own pair's in order.
func exact512(p *program) {
	p.function("exactAVX512", "e", "exactAVX512 computes eight squared distances as specified; see exact.go.")
	p.f("MOVQ %d(AX), DX", pairsD)
	p.f("XORQ SI, SI")
	p.f("VPXORD Z31, Z31, Z31")
	p.label("block")
	p.f("MOVL $0xff, BX")
	p.f("CMPQ DX, $8")
	p.f("JGE whole")
	p.f("MOVQ DX, CX")
	p.f("MOVL $1, BX")
	p.f("SHLL CX, BX")
	p.f("DECL BX")
	p.label("whole")
	p.f("KMOVW BX, K1")
	for i := range 8 {
		p.f("MOVQ %d(AX), R8", pairsA+8*i)
		p.f("MOVQ %d(AX), R9", pairsB+8*i)
		p.f("VCVTPS2PD.Z (R8)(SI*1), K1, Z%d", i)
		p.f("VCVTPS2PD.Z (R9)(SI*1), K1, Z16")
		p.f("VSUBPD Z16, Z%d, Z%d", i, i)
		p.f("VMULPD Z%d, Z%d, Z%d", i, i, i)
	}
	for i := 0; i < 8; i += 2 {
		p.f("VUNPCKLPD Z%d, Z%d, Z%d", i+1, i, 8+i)
		p.f("VUNPCKHPD Z%d, Z%d, Z%d", i+1, i, 9+i)
	}
	for h := range 2 {
		p.f("VSHUFF64X2 $0x88, Z%d, Z%d, Z%d", 10+h, 8+h, 16+h)
		p.f("VSHUFF64X2 $0xdd, Z%d, Z%d, Z%d", 10+h, 8+h, 18+h)
		p.f("VSHUFF64X2 $0x88, Z%d, Z%d, Z%d", 14+h, 12+h, 20+h)
		p.f("VSHUFF64X2 $0xdd, Z%d, Z%d, Z%d", 14+h, 12+h, 22+h)
	}
	for h := range 2 {
		p.f("VSHUFF64X2 $0x88, Z%d, Z%d, Z%d", 20+h, 16+h, h)
		p.f("VSHUFF64X2 $0x88, Z%d, Z%d, Z%d", 22+h, 18+h, 2+h)
		p.f("VSHUFF64X2 $0xdd, Z%d, Z%d, Z%d", 20+h, 16+h, 4+h)
		p.f("VSHUFF64X2 $0xdd, Z%d, Z%d, Z%d", 22+h, 18+h, 6+h)
	}
	for i := range 8 {
		p.f("VADDPD Z%d, Z31, Z31", i)
	}
	p.f("ADDQ $32, SI")
	p.f("SUBQ $8, DX")
	p.f("JGT block")
	p.f("VMOVUPD Z31, %d(AX)", pairOuts)
	p.end()
}
