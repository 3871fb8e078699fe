package main

// scan2 is scan512 in AVX2: panels of 6 centroids, 16 rows at a time.
func scan2(p *program) {
	p.function("scanAVX2", "t", "scanAVX2 finds the panel that each of 32 rows is nearest to; see direct.go.")
	p.f("MOVQ %d(AX), DI", tileC)
	p.f("MOVQ %d(AX), R8", tileHalf)
	p.f("MOVQ %d(AX), R9", tileBound)
	p.f("MOVQ %d(AX), R10", tileRows)
	p.f("MOVQ %d(AX), R13", tileFirst)
	p.f("MOVQ %d(AX), DX", tilePanels)
	p.label("panel")
	for g := range 2 {
		half := []string{"low", "high"}[g]
		p.f("MOVQ %d(AX), SI", tileX)
		p.f("MOVQ %d(AX), CX", tileD)
		p.f("MOVQ DI, R14")
		p.f("VMOVUPS %d(SI), Y12", 64*g)
		p.f("VMOVUPS %d(SI), Y13", 64*g+32)
		for j := range panelWidth2 {
			p.f("VBROADCASTSS %d(R14), Y14", 4*j)
			p.f("VBROADCASTSS %d(R8), Y15", 4*j)
			for o := range 2 {
				p.f("VMOVAPS Y%d, Y%d", 12+o, 2*j+o)
				p.f("VFMSUB213PS Y15, Y14, Y%d", 2*j+o)
			}
		}
		p.label(half)
		p.f("ADDQ $%d, SI", 4*rowsPerTile)
		p.f("ADDQ $%d, R14", 4*panelWidth2)
		p.f("DECQ CX")
		p.f("JZ %sBest", half)
		p.f("VMOVUPS %d(SI), Y12", 64*g)
		p.f("VMOVUPS %d(SI), Y13", 64*g+32)
		for j := range panelWidth2 {
			p.f("VBROADCASTSS %d(R14), Y%d", 4*j, 14+j%2)
			p.f("VFMADD231PS Y12, Y%d, Y%d", 14+j%2, 2*j)
			p.f("VFMADD231PS Y13, Y%d, Y%d", 14+j%2, 2*j+1)
		}
		p.f("JMP %s", half)
		p.label(half + "Best")
		for o := range 2 {
			best2(p, o, false)
			winner2(p, 64*g+32*o)
		}
	}
	p.f("MOVQ R14, DI")
	p.f("INCQ R13")
	p.f("ADDQ $%d, R8", halfBytes2)
	p.f("ADDQ $%d, R9", boundBytes)
	p.f("DECQ DX")
	p.f("JNZ panel")
	p.end()
}

// winner2 is winner512 for the eight rows at the given offset.
func winner2(p *program, at int) {
	p.f("VBROADCASTSS %d(R9), Y14", boundScale)
	p.f("VBROADCASTSS %d(R9), Y15", boundAdd)
	p.f("VFMADD231PS %d(R10), Y14, Y15", rowsNorm+at)
	p.f("VSUBPS Y15, Y12, Y14")
	p.f("VMAXPS %d(R10), Y14, Y14", rowsLower+at)
	p.f("VMOVUPS Y14, %d(R10)", rowsLower+at)
	p.f("VADDPS Y15, Y12, Y12")
	p.f("VMOVUPS %d(R10), Y14", rowsUpper+at)
	p.f("VCMPPS $14, Y14, Y12, Y13") // Y12 > Y14
	p.f("VMINPS Y12, Y14, Y15")
	p.f("VMAXPS Y12, Y14, Y14")
	p.f("VMOVUPS Y14, %d(R10)", rowsUpper+at)
	p.f("VMAXPS %d(R10), Y15, Y15", rowsSecond+at)
	p.f("VMOVUPS Y15, %d(R10)", rowsSecond+at)
	p.f("VMOVQ R13, X12") // MOVQ would be of SSE, and wait for the upper halves
	p.f("VPBROADCASTD X12, Y12")
	p.f("VMOVUPS %d(R10), Y14", rowsWinner+at)
	p.f("VBLENDVPS Y13, Y12, Y14, Y14")
	p.f("VMOVUPS Y14, %d(R10)", rowsWinner+at)
}

// pick2 is pick512 in AVX2; Y6 masks the six centroids of a panel.
func pick2(p *program) {
	p.function("pickAVX2", "t", "pickAVX2 scores 32 rows against a panel each; see direct.go.")
	p.f("MOVQ %d(AX), R8", tileHalf)
	p.f("MOVQ %d(AX), R9", tileBound)
	p.f("MOVQ %d(AX), R10", tileRows)
	p.f("MOVQ %d(AX), R11", tileOut)
	p.f("MOVQ %d(AX), R12", tileMasks)
	p.f("MOVQ %d(AX), SI", tileX)
	p.f("IMUL3Q $%d, %d(AX), R13", 4*panelWidth2, tileD)
	p.f("VPCMPEQD Y5, Y5, Y5")
	p.f("VXORPS Y6, Y6, Y6")
	p.f("VBLENDPS $%#x, Y5, Y6, Y6", 1<<panelWidth2-1)
	p.f("MOVL $0xff800000, CX") // -Inf
	p.f("VMOVQ CX, X7")
	p.f("VBROADCASTSS X7, Y7")
	p.f("MOVQ $%d, DX", rowsPerTile)
	p.label("row")
	p.f("MOVLQSX %d(R10), BX", rowsWinner)
	p.f("MOVQ BX, DI")
	p.f("IMULQ R13, DI")
	p.f("ADDQ %d(AX), DI", tileC)
	p.f("MOVQ BX, CX")
	p.f("SHLQ $5, CX") // times halfBytes2
	p.f("SHLQ $4, BX") // times boundBytes
	p.f("VMOVSS %d(R9)(BX*1), X2", boundAdd)
	p.f("VMOVSS %d(R10), X3", rowsNorm)
	p.f("VFMADD231SS %d(R9)(BX*1), X3, X2", boundScale)
	p.f("VMASKMOVPS (DI), Y6, Y0")
	p.f("VMOVUPS (R8)(CX*1), Y1")
	p.f("VBROADCASTSS (SI), Y3")
	p.f("VFMSUB213PS Y1, Y3, Y0")
	p.f("MOVQ SI, BX")
	p.f("MOVQ %d(AX), CX", tileD)
	p.f("DECQ CX")
	p.f("JZ bound")
	p.label("dimension")
	p.f("ADDQ $%d, BX", 4*rowsPerTile)
	p.f("ADDQ $%d, DI", 4*panelWidth2)
	p.f("VMASKMOVPS (DI), Y6, Y1")
	p.f("VBROADCASTSS (BX), Y3")
	p.f("VFMADD231PS Y3, Y1, Y0")
	p.f("DECQ CX")
	p.f("JNZ dimension")
	p.label("bound")
	p.f("VBROADCASTSS X2, Y2")
	p.f("VADDPS Y2, Y0, Y0")
	p.f("VMOVSS %d(R10), X3", rowsLower)
	p.f("VSUBSS %d(R10), X3, X3", rowsSlack)
	p.f("VBROADCASTSS X3, Y3")
	p.f("VCMPPS $13, Y3, Y0, Y4") // Y0 >= Y3
	p.f("VANDPS Y6, Y4, Y4")
	p.f("VMOVMSKPS Y4, BX")
	p.f("MOVL BX, (R12)")
	p.f("ADDQ $4, SI")
	p.f("ADDQ $4, R10")
	p.comment("The largest of those that may not win; the lanes without a centroid lose too.")
	p.f("VBLENDVPS Y4, Y7, Y0, Y1")
	p.f("VEXTRACTF128 $1, Y1, X2")
	p.f("VMAXPS X2, X1, X1")
	p.f("VPERMILPS $0x4e, X1, X2")
	p.f("VMAXPS X2, X1, X1")
	p.f("VMOVSHDUP X1, X2")
	p.f("VMAXSS X2, X1, X1")
	p.f("VMOVSS X1, (R11)")
	p.f("ADDQ $4, R11")
	p.f("ADDQ $4, R12")
	p.f("DECQ DX")
	p.f("JNZ row")
	p.end()
}
