package main

const (
	halfBytes16  = 64 // 6 halves, and at scale16 6 inverse scales
	scale16      = 32
	offsetsBytes = 8 * panelWidth2
	unrolled16   = 2 // steps in a round of the inner loop
)

// tile16 emits the scores of 32 rows against panels of 6 centroids in 16-bit
// integers, 16 rows at a time, as tile2 does: a step multiplies pairs of dimensions and
// adds them to 32-bit sums. Centroids are read where they lie, so that any six make
// a panel.
func tile16(p *program, second bool) {
	centroids := []string{"R8", "R9", "R10", "R11", "R12", "R13"}
	p.tiles("Int16", "of 6 centroids in 16-bit integers", second)
	p.f("MOVQ %d(AX), R14", tileOut)
	p.f("MOVQ %d(AX), DX", tilePanels)
	p.f("XORQ BX, BX") // slots
	p.f("XORQ DI, DI") // the panel
	p.label("panel")
	p.f("XORL R15, R15") // the hits
	for g := range 2 {
		half := []string{"low", "high"}[g]
		p.f("LEAQ (DI)(DI*2), CX")
		p.f("SHLQ $4, CX") // times offsetsBytes
		p.f("ADDQ %d(AX), CX", tileAt)
		p.f("MOVQ %d(AX), SI", tileC)
		for j, r := range centroids {
			p.f("MOVQ %d(CX), %s", 8*j, r)
			p.f("ADDQ SI, %s", r)
		}
		p.comment("CX counts up to zero from minus the steps.")
		p.f("MOVQ %d(AX), CX", tileD)
		for _, r := range centroids {
			p.f("LEAQ (%s)(CX*4), %s", r, r)
		}
		p.f("NEGQ CX")
		p.f("MOVQ %d(AX), SI", tileX)
		for i := range 2 * panelWidth2 {
			p.f("VPXOR Y%d, Y%d, Y%d", i, i, i)
		}
		p.label(half)
		for u := range unrolled16 {
			p.f("VMOVDQU %d(SI), Y12", 64*g+128*u)
			p.f("VMOVDQU %d(SI), Y13", 64*g+128*u+32)
			for j, r := range centroids {
				p.f("VPBROADCASTD %d(%s)(CX*4), Y14", 4*u, r)
				p.f("VPMADDWD Y12, Y14, Y15")
				p.f("VPMADDWD Y13, Y14, Y14")
				p.f("VPADDD Y15, Y%d, Y%d", 2*j, 2*j)
				p.f("VPADDD Y14, Y%d, Y%d", 2*j+1, 2*j+1)
			}
		}
		p.f("ADDQ $%d, SI", 128*unrolled16)
		p.f("ADDQ $%d, CX", unrolled16)
		p.f("JNZ %s", half)
		p.f("MOVQ DI, R8")
		p.f("SHLQ $6, R8") // times halfBytes16
		p.f("ADDQ %d(AX), R8", tileHalf)
		p.f("MOVQ DI, R9")
		p.f("SHLQ $4, R9") // times boundBytes
		p.f("ADDQ %d(AX), R9", tileBound)
		p.f("MOVQ %d(AX), R10", tileRows)
		p.f("VMOVUPS %d(R10), Y12", rowsInverse+64*g)
		p.f("VMOVUPS %d(R10), Y13", rowsInverse+64*g+32)
		for j := range panelWidth2 {
			p.f("VBROADCASTSS %d(R8), Y14", scale16+4*j)
			p.f("VBROADCASTSS %d(R8), Y15", 4*j)
			for o := range 2 {
				p.f("VCVTDQ2PS Y%d, Y%d", 2*j+o, 2*j+o)
				p.f("VMULPS Y%d, Y%d, Y%d", 12+o, 2*j+o, 2*j+o)
				p.f("VFMSUB213PS Y15, Y14, Y%d", 2*j+o)
				p.f("VMOVUPS Y%d, %d(R14)", 2*j+o, 128*j+64*g+32*o)
			}
		}
		for o := range 2 {
			best2(p, o, second)
			bound2(p, 64*g+32*o, second)
		}
	}
	p.f("TESTL R15, R15")
	p.f("JZ next")
	p.f("MOVQ %d(AX), R8", tileIDs)
	p.f("MOVQ %d(AX), CX", tileFirst)
	p.f("ADDQ DI, CX")
	p.f("MOVL CX, (R8)(BX*4)")
	p.f("INCQ BX")
	p.f("ADDQ $%d, R14", slotBytes2)
	p.label("next")
	p.f("INCQ DI")
	p.f("DECQ DX")
	p.f("JNZ panel")
	p.f("MOVQ BX, %d(AX)", tileSlots)
	p.end()
}

// norms16 emits the squared norms of 32 rows less shift, of whole blocks of 16 dimensions, added
// to those that are there: four rows at a time, sixteen sums of each.
func norms16(p *program) {
	p.function("normsInt16", "a", "normsInt16 adds the squared norms of blocks of 16 dimensions of 32 rows; see tiles.go.")
	rows := []string{"R8", "R9", "R10", "R11"}
	p.f("MOVQ %d(AX), R12", packOffsets)
	p.f("MOVQ %d(AX), R13", packNorms)
	p.f("MOVQ %d(AX), DX", packRows)
	p.label("rows")
	p.f("MOVQ %d(AX), SI", packShift)
	for i, r := range rows {
		p.f("MOVQ %d(R12), %s", 8*i, r)
		p.f("ADDQ %d(AX), %s", packSrc, r)
		p.f("VXORPS Y%d, Y%d, Y%d", 2*i, 2*i, 2*i)
		p.f("VXORPS Y%d, Y%d, Y%d", 2*i+1, 2*i+1, 2*i+1)
	}
	p.f("MOVQ %d(AX), CX", packBlocks)
	p.f("XORQ DI, DI")
	p.label("block")
	for h := range 2 {
		p.f("VMOVUPS %d(SI)(DI*1), Y12", 32*h)
		for i, r := range rows {
			p.f("VMOVUPS %d(%s)(DI*1), Y%d", 32*h, r, 8+i)
			p.f("VSUBPS Y12, Y%d, Y%d", 8+i, 8+i)
			p.f("VFMADD231PS Y%d, Y%d, Y%d", 8+i, 8+i, 2*i+h)
		}
	}
	p.f("ADDQ $64, DI")
	p.f("DECQ CX")
	p.f("JNZ block")
	for i := range 4 {
		p.f("VADDPS Y%d, Y%d, Y%d", 2*i+1, 2*i, 2*i)
	}
	p.f("VHADDPS Y2, Y0, Y0")
	p.f("VHADDPS Y6, Y4, Y4")
	p.f("VHADDPS Y4, Y0, Y0")
	p.f("VEXTRACTF128 $1, Y0, X1")
	p.f("VADDPS X1, X0, X0")
	p.f("VADDPS (R13), X0, X0")
	p.f("VMOVUPS X0, (R13)")
	p.f("ADDQ $32, R12")
	p.f("ADDQ $16, R13")
	p.f("SUBQ $4, DX")
	p.f("JG rows")
	p.end()
}

// pack16 emits the packing of whole blocks of 16 dimensions: less shift, times each
// row's scale, rounded to the nearest integer, a pair of dimensions to a word.
func pack16(p *program) {
	p.function("packInt16", "a", "packInt16 packs blocks of 16 dimensions of 32 rows as 16-bit integers; see tiles.go.")
	p.f("MOVQ %d(AX), DI", packDst)
	p.f("MOVQ %d(AX), SI", packSrc)
	p.f("MOVQ %d(AX), R8", packShift)
	p.f("MOVQ %d(AX), DX", packBlocks)
	p.f("MOVQ %d(AX), R9", packScales)
	p.f("MOVQ %d(AX), R10", packOffsets)
	p.label("block")
	for q := range 4 {
		for i := range 8 {
			p.f("MOVQ %d(R10), R11", 8*(8*q+i))
			p.f("VBROADCASTSS %d(R9), Y8", 4*(8*q+i))
			for h := range 2 {
				p.f("VMOVUPS %d(SI)(R11*1), Y%d", 32*h, 9+h)
				p.f("VSUBPS %d(R8), Y%d, Y%d", 32*h, 9+h, 9+h)
				p.f("VMULPS Y8, Y%d, Y%d", 9+h, 9+h)
				p.f("VCVTPS2DQ Y%d, Y%d", 9+h, 9+h)
			}
			p.f("VPACKSSDW Y10, Y9, Y%d", i)
		}
		transpose8(p)
		// VPACKSSDW works within halves of 128 bits.
		for i, step := range []int{0, 1, 4, 5, 2, 3, 6, 7} {
			p.f("VMOVUPS Y%d, %d(DI)", 8+i, 128*step+32*q)
		}
	}
	p.f("ADDQ $%d, DI", 8*128)
	p.f("ADDQ $64, SI")
	p.f("ADDQ $64, R8")
	p.f("DECQ DX")
	p.f("JNZ block")
	p.end()
}

// rows16 emits the same for rows that stay apart, one after another.
func rows16(p *program) {
	p.function("rowsInt16", "a", "rowsInt16 packs blocks of 16 dimensions of rows one by one as 16-bit integers; see tiles.go.")
	p.f("MOVQ %d(AX), DI", packDst)
	p.f("MOVQ %d(AX), R9", packScales)
	p.f("MOVQ %d(AX), R10", packOffsets)
	p.f("MOVQ %d(AX), DX", packRows)
	p.label("row")
	p.f("MOVQ (R10), SI")
	p.f("ADDQ %d(AX), SI", packSrc)
	p.f("MOVQ %d(AX), R8", packShift)
	p.f("MOVQ %d(AX), CX", packBlocks)
	p.f("MOVQ DI, R11")
	p.f("VBROADCASTSS (R9), Y8")
	p.label("block")
	for h := range 2 {
		p.f("VMOVUPS %d(SI), Y%d", 32*h, 9+h)
		p.f("VSUBPS %d(R8), Y%d, Y%d", 32*h, 9+h, 9+h)
		p.f("VMULPS Y8, Y%d, Y%d", 9+h, 9+h)
		p.f("VCVTPS2DQ Y%d, Y%d", 9+h, 9+h)
	}
	p.f("VPACKSSDW Y10, Y9, Y9")
	p.f("VPERMQ $0xd8, Y9, Y9") // VPACKSSDW works within halves of 128 bits
	p.f("VMOVDQU Y9, (R11)")
	p.f("ADDQ $64, SI")
	p.f("ADDQ $64, R8")
	p.f("ADDQ $32, R11")
	p.f("DECQ CX")
	p.f("JNZ block")
	p.f("ADDQ %d(AX), DI", packStride)
	p.f("ADDQ $4, R9")
	p.f("ADDQ $8, R10")
	p.f("DECQ DX")
	p.f("JNZ row")
	p.end()
}

const (
	pairX, pairC, pairAt, pairHalf, pairInverse = 0, 8, 16, 24, 32
	pairOut, pairStride, pairBlocks, pairPanels = 40, 48, 56, 64
	pairOutStride                               = 72
)

// pair16 emits the scores of two rows against panels of 6 centroids: both lie one
// dimension after another, so that rows with different neighbours share no tile.
func pair16(p *program) {
	centroids := []string{"R8", "R9", "R10", "R11", "R12", "R13"}
	p.function("pairInt16", "a", "pairInt16 scores two rows against panels of 6 centroids in 16-bit integers; see near_int16.go.")
	p.f("MOVQ %d(AX), BX", pairAt)
	p.f("MOVQ %d(AX), R14", pairOut)
	p.f("MOVQ %d(AX), DX", pairPanels)
	p.f("MOVQ %d(AX), R15", pairHalf)
	p.label("panel")
	p.f("MOVQ %d(AX), SI", pairC)
	for j, r := range centroids {
		p.f("MOVQ %d(BX), %s", 8*j, r)
		p.f("ADDQ SI, %s", r)
	}
	p.f("MOVQ %d(AX), SI", pairX)
	p.f("MOVQ SI, DI")
	p.f("ADDQ %d(AX), DI", pairStride)
	p.f("MOVQ %d(AX), CX", pairBlocks)
	p.comment("CX counts up to zero from minus the blocks, in bytes.")
	p.f("SHLQ $5, CX")
	for _, r := range append(centroids, "SI", "DI") {
		p.f("ADDQ CX, %s", r)
	}
	p.f("NEGQ CX")
	for i := range 2 * panelWidth2 {
		p.f("VPXOR Y%d, Y%d, Y%d", i, i, i)
	}
	p.label("block")
	p.f("VMOVDQU (SI)(CX*1), Y12")
	p.f("VMOVDQU (DI)(CX*1), Y13")
	for j, r := range centroids {
		p.f("VMOVDQU (%s)(CX*1), Y14", r)
		p.f("VPMADDWD Y12, Y14, Y15")
		p.f("VPMADDWD Y13, Y14, Y14")
		p.f("VPADDD Y15, Y%d, Y%d", j, j)
		p.f("VPADDD Y14, Y%d, Y%d", 6+j, 6+j)
	}
	p.f("ADDQ $32, CX")
	p.f("JNZ block")
	p.f("MOVQ %d(AX), SI", pairInverse)
	p.f("MOVQ %d(AX), CX", pairOutStride)
	for r := range 2 {
		a := 6 * r
		p.f("VPHADDD Y%d, Y%d, Y%d", a+1, a, a)
		p.f("VPHADDD Y%d, Y%d, Y%d", a+3, a+2, a+2)
		p.f("VPHADDD Y%d, Y%d, Y%d", a+5, a+4, a+4)
		p.f("VPHADDD Y%d, Y%d, Y%d", a+2, a, a)
		p.f("VPHADDD Y%d, Y%d, Y%d", a+4, a+4, a+4)
		p.f("VPERM2I128 $0x20, Y%d, Y%d, Y12", a+4, a)
		p.f("VPERM2I128 $0x31, Y%d, Y%d, Y13", a+4, a)
		p.f("VPADDD Y13, Y12, Y12")
		p.f("VCVTDQ2PS Y12, Y12")
		p.f("VBROADCASTSS %d(SI), Y13", 4*r)
		p.f("VMULPS Y13, Y12, Y12")
		p.f("VMOVUPS %d(R15), Y13", scale16)
		p.f("VMOVUPS (R15), Y14")
		p.f("VFMSUB213PS Y14, Y13, Y12")
		p.f("VMOVUPS Y12, (R14)%s", []string{"", "(CX*1)"}[r]) // two of the next panel, to be overwritten
	}
	p.f("ADDQ $%d, R14", 4*panelWidth2)
	p.f("ADDQ $%d, R15", halfBytes16)
	p.f("ADDQ $%d, BX", offsetsBytes)
	p.f("DECQ DX")
	p.f("JNZ panel")
	p.end()
}
