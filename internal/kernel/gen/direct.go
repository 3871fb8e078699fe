package main

const rowsWinner, rowsInverse = 1024, 1152

// scan512 emits the scan of 32 rows over panels of 14 centroids for few dimensions:
// nothing is stored but which panel holds a row's largest upper score. Registers
// are those of tile512, except that a score begins with -|c|²/2, which saves a
// subtraction in three or four instructions.
func scan512(p *program) {
	p.function("scanAVX512", "t", "scanAVX512 finds the panel that each of 32 rows is nearest to; see direct.go.")
	p.load(tileRegisters)
	p.label("panel")
	p.f("MOVQ %d(AX), SI", tileX)
	p.f("MOVQ %d(AX), CX", tileD)
	p.f("VMOVUPS (SI), Z28")
	p.f("VMOVUPS 64(SI), Z29")
	for i := range 2 * panelWidth512 {
		p.f("VBROADCASTSS %d(DI), Z%d", 4*(i/2), i)
		p.f("VFMSUB213PS.BCST %d(R8), Z%d, Z%d", 4*(i/2), 28+i%2, i)
	}
	p.label("dimension")
	p.f("ADDQ $%d, SI", 4*rowsPerTile)
	p.f("ADDQ $%d, DI", 4*panelWidth512)
	p.f("DECQ CX")
	p.f("JZ best")
	p.f("VMOVUPS (SI), Z28")
	p.f("VMOVUPS 64(SI), Z29")
	for j := range panelWidth512 {
		p.f("VBROADCASTSS %d(DI), Z%d", 4*j, 30+j%2)
		p.f("VFMADD231PS Z%d, Z28, Z%d", 30+j%2, 2*j)
		p.f("VFMADD231PS Z%d, Z29, Z%d", 30+j%2, 2*j+1)
	}
	p.f("JMP dimension")
	p.label("best")
	for h := range 2 {
		best512(p, h, false)
		winner512(p, h)
	}
	p.f("INCQ R13")
	p.f("ADDQ $%d, R8", halfBytes512)
	p.f("ADDQ $%d, R9", boundBytes)
	p.f("DECQ DX")
	p.f("JNZ panel")
	p.end()
}

// winner512 emits, for half h, the new largest lower score, the two largest upper
// scores of panels, and the panel of the largest.
func winner512(p *program, h int) {
	at := 64 * h
	p.f("VBROADCASTSS %d(R9), Z30", boundAdd)
	p.f("VMOVUPS %d(R10), Z31", rowsNorm+at)
	p.f("VFMADD231PS.BCST %d(R9), Z31, Z30", boundScale)
	p.f("VSUBPS Z30, Z28, Z31")
	p.f("VMAXPS %d(R10), Z31, Z31", rowsLower+at)
	p.f("VMOVUPS Z31, %d(R10)", rowsLower+at)
	p.f("VADDPS Z30, Z28, Z28")
	p.f("VMOVUPS %d(R10), Z31", rowsUpper+at)
	p.f("VCMPPS $14, Z31, Z28, K1") // Z28 > Z31
	p.f("VMINPS Z28, Z31, Z30")
	p.f("VMAXPS Z28, Z31, Z31")
	p.f("VMOVUPS Z31, %d(R10)", rowsUpper+at)
	p.f("VMAXPS %d(R10), Z30, Z30", rowsSecond+at)
	p.f("VMOVUPS Z30, %d(R10)", rowsSecond+at)
	p.f("VPBROADCASTD R13, Z29")
	p.f("VMOVDQU32 Z29, K1, %d(R10)", rowsWinner+at)
}

// loadPick emits the beginning of the kernels that pick: R13 is the bytes of a panel, DX the rows left.
func loadPick(p *program, width int) {
	p.load([]field{
		{tileHalf, "R8"}, {tileBound, "R9"}, {tileRows, "R10"}, {tileOut, "R11"}, {tileMasks, "R12"}, {tileX, "SI"},
	})
	p.f("IMUL3Q $%d, %d(AX), R13", 4*width, tileD)
	p.f("MOVQ $%d, DX", rowsPerTile)
}

// pick512 emits the upper scores of each of 32 rows and the centroids of the panel
// found for it, now a centroid to a lane. It marks those that may win, and stores
// the largest of the others.
func pick512(p *program) {
	p.function("pickAVX512", "t", "pickAVX512 scores 32 rows against a panel each; see direct.go.")
	loadPick(p, panelWidth512)
	p.f("MOVL $%d, CX", 1<<panelWidth512-1)
	p.f("KMOVW CX, K1")
	p.f("MOVL $0xff800000, CX") // -Inf
	p.f("VPBROADCASTD CX, Z4")
	p.label("row")
	p.f("MOVLQSX %d(R10), BX", rowsWinner)
	p.f("MOVQ BX, DI")
	p.f("IMULQ R13, DI")
	p.f("ADDQ %d(AX), DI", tileC)
	p.f("MOVQ BX, CX")
	p.f("SHLQ $6, CX") // times halfBytes512
	p.f("SHLQ $4, BX") // times boundBytes
	p.f("VBROADCASTSS %d(R9)(BX*1), X2", boundAdd)
	p.f("VMOVSS %d(R10), X3", rowsNorm)
	p.f("VFMADD231SS %d(R9)(BX*1), X3, X2", boundScale)
	p.f("VMOVUPS.Z (DI), K1, Z0")
	p.f("VMOVUPS (R8)(CX*1), Z1")
	p.f("VFMSUB132PS.BCST (SI), Z1, Z0")
	p.f("MOVQ SI, BX")
	p.f("MOVQ %d(AX), CX", tileD)
	p.f("DECQ CX")
	p.f("JZ bound")
	p.label("dimension")
	p.f("ADDQ $%d, BX", 4*rowsPerTile)
	p.f("ADDQ $%d, DI", 4*panelWidth512)
	p.f("VMOVUPS.Z (DI), K1, Z1")
	p.f("VFMADD231PS.BCST (BX), Z1, Z0")
	p.f("DECQ CX")
	p.f("JNZ dimension")
	p.label("bound")
	p.f("VBROADCASTSS X2, Z2")
	p.f("VADDPS Z2, Z0, Z0")
	p.f("VMOVSS %d(R10), X3", rowsLower)
	p.f("VSUBSS %d(R10), X3, X3", rowsSlack)
	p.f("VBROADCASTSS X3, Z3")
	p.f("VCMPPS $13, Z3, Z0, K1, K2") // Z0 >= Z3
	p.f("KMOVW K2, BX")
	p.f("MOVL BX, (R12)")
	p.comment("The largest of those that may not win; the lanes without a centroid lose too.")
	p.f("KANDNW K1, K2, K3")
	p.f("VMOVAPS Z4, Z1")
	p.f("VMOVAPS Z0, K3, Z1")
	p.f("VEXTRACTF64X4 $1, Z1, Y2")
	p.f("VMAXPS Y2, Y1, Y1")
	endPick(p, 1)
}

// endPick emits the end of the kernels that pick, the largest of register Y being the result.
func endPick(p *program, y int) {
	p.f("VEXTRACTF128 $1, Y%d, X2", y)
	p.f("VMAXPS X2, X%d, X1", y)
	p.f("VPERMILPS $0x4e, X1, X2")
	p.f("VMAXPS X2, X1, X1")
	p.f("VMOVSHDUP X1, X2")
	p.f("VMAXSS X2, X1, X1")
	p.f("VMOVSS X1, (R11)")
	for _, r := range []string{"SI", "R10", "R11", "R12"} {
		p.f("ADDQ $4, %s", r)
	}
	p.f("DECQ DX")
	p.f("JNZ row")
	p.end()
}
