package main

const (
	panelWidth2 = 6
	halfBytes2  = 32
	slotBytes2  = panelWidth2 * rowsPerTile * 4
)

// tile2 emits the scores of 32 rows against panels of 6 centroids, 16 rows at a
// time: two registers of 8 rows by 6 centroids are 12 accumulators of the 16.
func tile2(p *program, second bool) {
	p.tiles("AVX2", "of 6 centroids", second)
	p.load(tileRegisters)
	p.f("XORQ BX, BX")
	p.label("panel")
	p.f("XORL R15, R15") // the hits
	for g := range 2 {
		half := []string{"low", "high"}[g]
		p.f("MOVQ %d(AX), SI", tileX)
		p.f("MOVQ %d(AX), CX", tileD)
		p.f("MOVQ DI, R14")
		for i := range 2 * panelWidth2 {
			p.f("VXORPS Y%d, Y%d, Y%d", i, i, i)
		}
		p.label(half)
		p.f("VMOVUPS %d(SI), Y12", 64*g)
		p.f("VMOVUPS %d(SI), Y13", 64*g+32)
		for j := range panelWidth2 {
			p.f("VBROADCASTSS %d(R14), Y%d", 4*j, 14+j%2)
			p.f("VFMADD231PS Y12, Y%d, Y%d", 14+j%2, 2*j)
			p.f("VFMADD231PS Y13, Y%d, Y%d", 14+j%2, 2*j+1)
		}
		p.f("ADDQ $%d, SI", 4*rowsPerTile)
		p.f("ADDQ $%d, R14", 4*panelWidth2)
		p.f("DECQ CX")
		p.f("JNZ %s", half)
		for j := range panelWidth2 {
			p.f("VBROADCASTSS %d(R8), Y12", 4*j)
			for o := range 2 {
				p.f("VSUBPS Y12, Y%d, Y%d", 2*j+o, 2*j+o)
				p.f("VMOVUPS Y%d, %d(R11)", 2*j+o, 128*j+64*g+32*o)
			}
		}
		for o := range 2 {
			best2(p, o, second)
			bound2(p, 64*g+32*o, second)
		}
	}
	p.f("MOVQ R14, DI")
	p.f("TESTL R15, R15")
	p.f("JZ next")
	p.f("MOVL R13, (R12)(BX*4)")
	p.f("INCQ BX")
	p.f("ADDQ $%d, R11", slotBytes2)
	p.label("next")
	p.f("INCQ R13")
	p.f("ADDQ $%d, R8", halfBytes2)
	p.f("ADDQ $%d, R9", boundBytes)
	p.f("DECQ DX")
	p.f("JNZ panel")
	p.f("MOVQ BX, %d(AX)", tileSlots)
	p.end()
}

// best2 emits the largest score of the panel in Y12 and, when asked, the second
// largest in Y13, for the o-th eight rows.
func best2(p *program, o int, second bool) {
	p.f("VMAXPS Y%d, Y%d, Y12", o, 2+o)
	if second {
		p.f("VMINPS Y%d, Y%d, Y13", o, 2+o)
	}
	for j := 2; j < panelWidth2; j++ {
		if second {
			p.f("VMINPS Y%d, Y12, Y14", 2*j+o)
			p.f("VMAXPS Y14, Y13, Y13")
		}
		p.f("VMAXPS Y%d, Y12, Y12", 2*j+o)
	}
}

// bound2 is bound512 for the eight rows at the given offset; the hits go to R15.
func bound2(p *program, at int, second bool) {
	p.f("VBROADCASTSS %d(R9), Y14", boundScale)
	p.f("VBROADCASTSS %d(R9), Y15", boundAdd)
	p.f("VFMADD231PS %d(R10), Y14, Y15", rowsNorm+at)
	p.f("VSUBPS Y15, Y12, Y14")
	p.f("VMAXPS %d(R10), Y14, Y14", rowsLower+at)
	p.f("VMOVUPS Y14, %d(R10)", rowsLower+at)
	p.f("VSUBPS %d(R10), Y14, Y14", rowsSlack+at)
	p.f("VADDPS Y15, Y12, Y12")
	p.f("VCMPPS $13, Y14, Y12, Y14") // Y12 >= Y14
	p.f("VMOVMSKPS Y14, CX")
	p.f("ORL CX, R15")
	if !second {
		return
	}
	p.f("VADDPS Y15, Y13, Y13")
	p.f("VMOVUPS %d(R10), Y14", rowsUpper+at)
	p.f("VMINPS Y12, Y14, Y15")
	p.f("VMAXPS Y12, Y14, Y14")
	p.f("VMOVUPS Y14, %d(R10)", rowsUpper+at)
	p.f("VMAXPS %d(R10), Y13, Y13", rowsSecond+at)
	p.f("VMAXPS Y15, Y13, Y13")
	p.f("VMOVUPS Y13, %d(R10)", rowsSecond+at)
}

// select2 is selectPanels in AVX2: a byte of eight rows at a time.
func select2(p *program) {
	p.function("selectAVX2", "t", "selectAVX2 marks the rows that a stored centroid may win; see tiles.go.")
	p.load(selectRegisters)
	for q := range 4 {
		p.f("VMOVUPS %d(R10), Y%d", rowsLower+32*q, 12+q)
		p.f("VSUBPS %d(R10), Y%d, Y%d", rowsSlack+32*q, 12+q, 12+q)
	}
	p.label("slot")
	p.f("MOVLQSX (R12), BX")
	p.f("SUBQ R13, BX")
	p.f("SHLQ $4, BX") // times boundBytes
	p.f("VBROADCASTSS %d(R9)(BX*1), Y0", boundScale)
	for q := range 4 {
		p.f("VBROADCASTSS %d(R9)(BX*1), Y%d", boundAdd, 8+q)
		p.f("VFMADD231PS %d(R10), Y0, Y%d", rowsNorm+32*q, 8+q)
	}
	for j := range panelWidth2 {
		for q := range 4 {
			p.f("VADDPS %d(R11), Y%d, Y%d", 128*j+32*q, 8+q, q)
			p.f("VCMPPS $13, Y%d, Y%d, Y%d", 12+q, q, q)
			p.f("VMOVMSKPS Y%d, CX", q)
			p.f("MOVB CX, %d(DI)", 4*j+q)
		}
	}
	p.f("ADDQ $%d, R11", slotBytes2)
	p.f("ADDQ $4, R12")
	p.f("ADDQ $%d, DI", 4*panelWidth2)
	p.f("DECQ DX")
	p.f("JNZ slot")
	p.end()
}

// pack2 emits pack512 for the whole groups of eight dimensions.
func pack2(p *program) {
	p.function("packAVX2", "a", "packAVX2 packs whole groups of eight dimensions of 32 rows; see tiles.go.")
	p.f("MOVQ %d(AX), DI", packDst)
	p.f("MOVQ %d(AX), SI", packSrc)
	p.f("MOVQ %d(AX), R8", packShift)
	p.f("MOVQ %d(AX), DX", packD)
	p.f("MOVQ %d(AX), R9", packNorms)
	p.f("VXORPS Y0, Y0, Y0")
	for q := range 4 {
		p.f("VMOVUPS Y0, %d(R9)", 32*q)
	}
	p.f("SHRQ $3, DX")
	p.f("JZ done")
	p.label("block")
	p.f("MOVQ %d(AX), R10", packOffsets)
	for q := range 4 {
		for i := range 8 {
			p.f("MOVQ %d(R10), R11", 8*(8*q+i))
			p.f("VMOVUPS (SI)(R11*1), Y%d", i)
		}
		transpose8(p)
		p.f("VMOVUPS %d(R9), Y1", 32*q)
		for i := range 8 {
			p.f("VBROADCASTSS %d(R8), Y0", 4*i)
			p.f("VSUBPS Y0, Y%d, Y%d", 8+i, 8+i)
			p.f("VFMADD231PS Y%d, Y%d, Y1", 8+i, 8+i)
			p.f("VMOVUPS Y%d, %d(DI)", 8+i, 128*i+32*q)
		}
		p.f("VMOVUPS Y1, %d(R9)", 32*q)
	}
	p.f("ADDQ $%d, DI", 8*128)
	p.f("ADDQ $32, SI")
	p.f("ADDQ $32, R8")
	p.f("DECQ DX")
	p.f("JNZ block")
	p.label("done")
	p.end()
}

// transpose8 emits the transposition of the 8 x 8 floats in Y0 … Y7 to Y8 … Y15.
func transpose8(p *program) {
	for i := 0; i < 8; i += 2 {
		p.f("VUNPCKLPS Y%d, Y%d, Y%d", i+1, i, 8+i)
		p.f("VUNPCKHPS Y%d, Y%d, Y%d", i+1, i, 9+i)
	}
	for q := 0; q < 8; q += 4 {
		p.f("VUNPCKLPD Y%d, Y%d, Y%d", 10+q, 8+q, q)
		p.f("VUNPCKHPD Y%d, Y%d, Y%d", 10+q, 8+q, q+1)
		p.f("VUNPCKLPD Y%d, Y%d, Y%d", 11+q, 9+q, q+2)
		p.f("VUNPCKHPD Y%d, Y%d, Y%d", 11+q, 9+q, q+3)
	}
	for c := range 4 {
		p.f("VPERM2F128 $0x20, Y%d, Y%d, Y%d", 4+c, c, 8+c)
		p.f("VPERM2F128 $0x31, Y%d, Y%d, Y%d", 4+c, c, 12+c)
	}
}

// exact2 emits exact512 for the whole groups of four dimensions, four pairs at a
// time.
func exact2(p *program) {
	p.function("exactAVX2", "e", "exactAVX2 computes eight squared distances as specified; see exact.go.")
	for g, name := range pairNames {
		regs := loadPairs(p, g)
		p.f("VXORPD Y15, Y15, Y15")
		p.f("SHRQ $2, DX")
		p.f("JZ %sDone", name)
		p.label(name)
		for i := range 4 {
			p.f("VCVTPS2PD (%s)(SI*1), Y%d", regs[i], i)
			p.f("VCVTPS2PD (%s)(SI*1), Y4", regs[4+i])
			p.f("VSUBPD Y4, Y%d, Y%d", i, i)
			p.f("VMULPD Y%d, Y%d, Y%d", i, i, i)
		}
		for i := 0; i < 4; i += 2 {
			p.f("VUNPCKLPD Y%d, Y%d, Y%d", i+1, i, 4+i)
			p.f("VUNPCKHPD Y%d, Y%d, Y%d", i+1, i, 5+i)
		}
		p.f("VPERM2F128 $0x20, Y6, Y4, Y0")
		p.f("VPERM2F128 $0x20, Y7, Y5, Y1")
		p.f("VPERM2F128 $0x31, Y6, Y4, Y2")
		p.f("VPERM2F128 $0x31, Y7, Y5, Y3")
		for i := range 4 {
			p.f("VADDPD Y%d, Y15, Y15", i)
		}
		p.f("ADDQ $16, SI")
		p.f("DECQ DX")
		p.f("JNZ %s", name)
		p.label(name + "Done")
		p.f("VMOVUPD Y15, %d(AX)", pairOuts+32*g)
	}
	p.end()
}

// refine2 emits refine512 for the whole groups of eight dimensions.
func refine2(p *program) {
	p.function("refineAVX2", "e", "refineAVX2 computes eight squared distances in float32; see refine.go.")
	for g, name := range pairNames {
		regs := loadPairs(p, g)
		for i := range 4 {
			p.f("VXORPS Y%d, Y%d, Y%d", i, i, i)
		}
		p.f("SHRQ $3, DX")
		p.f("JZ %sDone", name)
		p.label(name)
		for i := range 4 {
			p.f("VMOVUPS (%s)(SI*1), Y%d", regs[i], 4+i)
			p.f("VSUBPS (%s)(SI*1), Y%d, Y%d", regs[4+i], 4+i, 4+i)
			p.f("VFMADD231PS Y%d, Y%d, Y%d", 4+i, 4+i, i)
		}
		p.f("ADDQ $32, SI")
		p.f("DECQ DX")
		p.f("JNZ %s", name)
		p.label(name + "Done")
		sumPairs(p, g)
	}
	p.end()
}
