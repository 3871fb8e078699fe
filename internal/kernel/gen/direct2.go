package main

// scan2 is scan512 in AVX2: panels of 6 centroids, 16 rows at a time.
func scan2(p *program) {
	p.function("scanAVX2", "t", "scanAVX2 finds the panel that each of 32 rows is nearest to; see direct.go.")
	p.load(tileRegisters)
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
			winner2(p, 64*g+32*o, 0)
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

// plane2 emits scan2 for two dimensions. These stay in Y0 … Y7, and the rows' best of a group
// of panels in Y8 … Y11, which leaves the centroids to be read, and little to be done for
// each panel. Scores are negated, as |c|²/2 less the products, so that a sum begins with the half.
func plane2(p *program) {
	p.function("planeAVX2", "t", "planeAVX2 is scanAVX2 for two dimensions and groups of panels.")
	p.load(tileRegisters)
	p.f("MOVQ %d(AX), SI", tileX)
	for i := range 8 {
		p.f("VMOVUPS %d(SI), Y%d", 32*i, i)
	}
	p.label("group")
	p.f("MOVQ %d(AX), BX", tileGroup)
	p.f("CMPQ DX, BX")
	p.f("CMOVQLT DX, BX")
	p.f("MOVQ BX, R12")
	p.f("MOVL $0x7f800000, CX") // +Inf
	p.f("VMOVQ CX, X8")
	p.f("VBROADCASTSS X8, Y8")
	for v := 1; v < 4; v++ {
		p.f("VMOVAPS Y8, Y%d", 8+v)
	}
	p.label("panel")
	for j := range panelWidth2 {
		for t := range 2 {
			p.f("VBROADCASTSS %d(DI), Y%d", 4*(panelWidth2*t+j), 12+t)
		}
		for v := range 4 {
			sum := 14 + v%2
			p.f("VBROADCASTSS %d(R8), Y%d", 4*j, sum)
			for t := range 2 {
				p.f("VFNMADD231PS Y%d, Y%d, Y%d", 4*t+v, 12+t, sum)
			}
			p.f("VMINPS Y%d, Y%d, Y%d", sum, 8+v, 8+v)
		}
	}
	p.f("ADDQ $%d, DI", 2*4*panelWidth2)
	p.f("ADDQ $%d, R8", halfBytes2)
	p.f("ADDQ $%d, R9", boundBytes)
	p.f("DECQ R12")
	p.f("JNZ panel")
	for v := range 4 {
		p.f("VXORPS Y12, Y12, Y12")
		p.f("VSUBPS Y%d, Y12, Y12", 8+v)
		winner2(p, 32*v, -boundBytes)
	}
	p.f("ADDQ BX, R13")
	p.f("SUBQ BX, DX")
	p.f("JNZ group")
	p.end()
}

// winner2 is winner512 for the eight rows at the given offset, their best score in Y12. The
// bound is that at R9 and an offset; of a group that of the last panel, the largest.
func winner2(p *program, at, bound int) {
	p.f("VBROADCASTSS %d(R9), Y14", bound+boundScale)
	p.f("VBROADCASTSS %d(R9), Y15", bound+boundAdd)
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

// pick2 is pick512 in AVX2, for a group of panels; Y6 masks the six centroids of one.
func pick2(p *program) {
	p.function("pickAVX2", "t", "pickAVX2 scores 32 rows against the panels found for each; see direct.go.")
	loadPick(p, panelWidth2)
	p.f("VPCMPEQD Y5, Y5, Y5")
	p.f("VXORPS Y6, Y6, Y6")
	p.f("VBLENDPS $%#x, Y5, Y6, Y6", 1<<panelWidth2-1)
	p.f("MOVL $0xff800000, CX") // -Inf
	p.f("VMOVQ CX, X7")
	p.f("VBROADCASTSS X7, Y7")
	p.label("row")
	p.f("MOVLQSX %d(R10), BX", rowsWinner)
	p.f("MOVQ BX, DI")
	p.f("IMULQ R13, DI")
	p.f("ADDQ %d(AX), DI", tileC)
	p.f("MOVQ BX, R15")
	p.f("SHLQ $5, R15") // times halfBytes2
	p.f("ADDQ %d(AX), R15", tileHalf)
	p.comment("R14 counts the panels of the group, of which the last has its bound.")
	p.f("MOVQ %d(AX), R14", tilePanels)
	p.f("SUBQ BX, R14")
	p.f("MOVQ %d(AX), CX", tileGroup)
	p.f("CMPQ R14, CX")
	p.f("CMOVQGT CX, R14")
	p.f("ADDQ R14, BX")
	p.f("SHLQ $4, BX") // times boundBytes
	p.f("VMOVSS %d(R9)(BX*1), X2", boundAdd-boundBytes)
	p.f("VMOVSS %d(R10), X3", rowsNorm)
	p.f("VFMADD231SS %d(R9)(BX*1), X3, X2", boundScale-boundBytes)
	p.f("VBROADCASTSS X2, Y2")
	p.f("VMOVSS %d(R10), X3", rowsLower)
	p.f("VSUBSS %d(R10), X3, X3", rowsSlack)
	p.f("VBROADCASTSS X3, Y8")
	p.f("VMOVAPS Y7, Y9")
	p.f("MOVL $0, (R12)")
	p.f("XORL CX, CX") // how far the marks of a panel are shifted
	p.label("panel")
	p.f("MOVQ SI, BX")
	p.f("MOVQ %d(AX), R8", tileD)
	p.f("VXORPS Y0, Y0, Y0")
	p.f("VSUBPS (R15), Y0, Y0")
	p.label("dimension")
	p.f("VBROADCASTSS (BX), Y3")
	p.f("VFMADD231PS (DI), Y3, Y0") // two lanes are of the next dimension, and their halves infinite
	p.f("ADDQ $%d, BX", 4*rowsPerTile)
	p.f("ADDQ $%d, DI", 4*panelWidth2)
	p.f("DECQ R8")
	p.f("JNZ dimension")
	p.f("VADDPS Y2, Y0, Y0")
	p.f("VCMPPS $13, Y8, Y0, Y4") // Y0 >= Y8
	p.f("VANDPS Y6, Y4, Y4")
	p.f("VMOVMSKPS Y4, BX")
	p.f("SHLXL CX, BX, BX")
	p.f("ORL BX, (R12)")
	p.comment("The largest of those that may not win; the lanes without a centroid lose too.")
	p.f("VBLENDVPS Y4, Y7, Y0, Y1")
	p.f("VMAXPS Y1, Y9, Y9")
	p.f("ADDQ $%d, R15", halfBytes2)
	p.f("ADDL $%d, CX", panelWidth2)
	p.f("DECQ R14")
	p.f("JNZ panel")
	endPick(p, 9)
}
