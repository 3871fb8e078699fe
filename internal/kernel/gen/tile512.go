package main

// The layout of the structs that the assembly reads; layout_test.go of package
// kernel compares them with the compiler's.
const (
	tileX, tileC, tileHalf, tileBound, tileRows = 0, 8, 16, 24, 32
	tileOut, tileIDs                            = 40, 48
	tileD, tilePanels, tileFirst, tileSlots     = 56, 64, 72, 80
	tileMasks                                   = 88
	tileAt, tileGroup                           = 112, 120

	rowsNorm, rowsResidue, rowsSlack       = 0, 128, 256
	rowsLower, rowsUpper, rowsSecond       = 384, 512, 640
	panelWidth512, rowsPerTile             = 14, 32
	boundScale, boundResidue, boundAdd     = 0, 4, 8
	boundBytes, halfBytes512, slotBytes512 = 16, 64, panelWidth512 * rowsPerTile * 4
)

// tileRegisters hold what tile kernels read of a panel after another.
var tileRegisters = []field{
	{tileC, "DI"},
	{tileHalf, "R8"},
	{tileBound, "R9"},
	{tileRows, "R10"},
	{tileOut, "R11"},
	{tileIDs, "R12"},
	{tileFirst, "R13"},
	{tilePanels, "DX"},
}

// selectRegisters hold what is read of a slot after another.
var selectRegisters = []field{
	{tileBound, "R9"},
	{tileRows, "R10"},
	{tileOut, "R11"},
	{tileIDs, "R12"},
	{tileFirst, "R13"},
	{tileSlots, "DX"},
	{tileMasks, "DI"},
}

// tiles opens the tile kernel of a path, or the one that keeps the second largest scores.
func (p *program) tiles(path, panels string, second bool) {
	if second {
		p.function("tilesSecond"+path, "t", "tilesSecond"+path+" is tiles"+path+" and keeps the two largest upper scores.")
		return
	}
	p.function("tiles"+path, "t", "tiles"+path+" scores 32 rows against panels "+panels+"; see tiles.go.")
}

// tile512 emits the scores of 32 rows against one panel of 14 centroids after
// another. Row halves are h = 0, 1 of 16 lanes; centroid j and half h live in
// register Z(2j+h), all 28 accumulators at once, so that a step of one dimension
// does 28 fused multiply-adds for 2 + 14 loads.
func tile512(p *program, second bool) {
	p.tiles("AVX512", "of 14 centroids", second)
	p.load(tileRegisters)
	p.f("XORQ BX, BX")
	p.label("panel")
	p.f("MOVQ %d(AX), SI", tileX)
	p.f("MOVQ %d(AX), CX", tileD)
	step512(p, "VMULPS %s, Z30, %s", "VMULPS %s, Z31, %s")
	p.f("DECQ CX")
	p.f("JZ score")
	p.label("dimension")
	step512(p, "VFMADD231PS %s, Z30, %s", "VFMADD231PS %s, Z31, %s")
	p.f("DECQ CX")
	p.f("JNZ dimension")
	p.label("score")
	for j := range panelWidth512 {
		p.f("VSUBPS.BCST %d(R8), Z%d, Z%d", 4*j, 2*j, 2*j)
		p.f("VSUBPS.BCST %d(R8), Z%d, Z%d", 4*j, 2*j+1, 2*j+1)
	}
	for h := range 2 {
		best512(p, h, second)
		bound512(p, h, second)
	}
	p.f("KORTESTW K1, K2")
	p.f("JZ next")
	for i := range 2 * panelWidth512 {
		p.f("VMOVUPS Z%d, %d(R11)", i, 64*i)
	}
	p.f("MOVL R13, (R12)(BX*4)")
	p.f("INCQ BX")
	p.f("ADDQ $%d, R11", slotBytes512)
	p.label("next")
	p.f("INCQ R13")
	p.f("ADDQ $%d, R8", halfBytes512)
	p.f("ADDQ $%d, R9", boundBytes)
	p.f("DECQ DX")
	p.f("JNZ panel")
	p.f("MOVQ BX, %d(AX)", tileSlots)
	p.end()
}

// step512 emits one dimension: rows in Z28 and Z29, each centroid's value
// broadcast in turn to Z30 and Z31.
func step512(p *program, even, odd string) {
	p.f("VMOVUPS (SI), Z28")
	p.f("VMOVUPS 64(SI), Z29")
	for j := range panelWidth512 {
		form := even
		if j%2 == 1 {
			form = odd
		}
		p.f("VBROADCASTSS %d(DI), Z%d", 4*j, 30+j%2)
		p.f(form, "Z28", z(2*j))
		p.f(form, "Z29", z(2*j+1))
	}
	p.f("ADDQ $%d, SI", 4*rowsPerTile)
	p.f("ADDQ $%d, DI", 4*panelWidth512)
}

// best512 emits the largest score of the panel in Z28 and, when asked, the
// second largest in Z29, for the rows of half h.
func best512(p *program, h int, second bool) {
	p.f("VMAXPS Z%d, Z%d, Z28", h, 2+h)
	if !second {
		p.f("VMAXPS Z%d, Z%d, Z29", 4+h, 6+h) // two chains: half the latency
		for j := 4; j < panelWidth512; j++ {
			p.f("VMAXPS Z%d, Z%d, Z%d", 2*j+h, 28+j%2, 28+j%2)
		}
		p.f("VMAXPS Z28, Z29, Z28")
		return
	}
	p.f("VMINPS Z%d, Z%d, Z29", h, 2+h)
	for j := 2; j < panelWidth512; j++ {
		p.f("VMINPS Z%d, Z28, Z30", 2*j+h)
		p.f("VMAXPS Z%d, Z28, Z28", 2*j+h)
		p.f("VMAXPS Z30, Z29, Z29")
	}
}

// bound512 emits, for half h, the panel's error bound, the new largest lower
// score, and in K(1+h) the rows whose best in this panel may win.
func bound512(p *program, h int, second bool) {
	at := 64 * h
	p.f("VBROADCASTSS %d(R9), Z30", boundAdd)
	p.f("VMOVUPS %d(R10), Z31", rowsNorm+at)
	p.f("VFMADD231PS.BCST %d(R9), Z31, Z30", boundScale)
	p.f("VSUBPS Z30, Z28, Z31")
	p.f("VMAXPS %d(R10), Z31, Z31", rowsLower+at)
	p.f("VMOVUPS Z31, %d(R10)", rowsLower+at)
	p.f("VSUBPS %d(R10), Z31, Z31", rowsSlack+at)
	p.f("VADDPS Z30, Z28, Z28")
	p.f("VCMPPS $13, Z31, Z28, K%d", 1+h) // Z28 >= Z31
	if !second {
		return
	}
	p.f("VADDPS Z30, Z29, Z29")
	p.f("VMOVUPS %d(R10), Z31", rowsUpper+at)
	p.f("VMINPS Z28, Z31, Z30")
	p.f("VMAXPS Z28, Z31, Z31")
	p.f("VMOVUPS Z31, %d(R10)", rowsUpper+at)
	p.f("VMAXPS %d(R10), Z29, Z29", rowsSecond+at)
	p.f("VMAXPS Z30, Z29, Z29")
	p.f("VMOVUPS Z29, %d(R10)", rowsSecond+at)
}

// selectPanels emits the comparison of the stored panels with the final lower
// scores: one word of 32 rows per centroid.
func selectPanels(p *program, name string, width int) {
	p.function(name, "t", name+" marks the rows that a stored centroid may win; see tiles.go.")
	p.load(selectRegisters)
	for h := range 2 {
		p.f("VMOVUPS %d(R10), Z%d", rowsLower+64*h, 28+h)
		p.f("VSUBPS %d(R10), Z%d, Z%d", rowsSlack+64*h, 28+h, 28+h)
		p.f("VMOVUPS %d(R10), Z%d", rowsNorm+64*h, 26+h)
		p.f("VMOVUPS %d(R10), Z%d", rowsResidue+64*h, 22+h)
	}
	p.label("slot")
	p.f("MOVLQSX (R12), BX")
	p.f("SUBQ R13, BX")
	p.f("SHLQ $4, BX") // times boundBytes
	for h := range 2 {
		p.f("VBROADCASTSS %d(R9)(BX*1), Z%d", boundAdd, 24+h)
		p.f("VFMADD231PS.BCST %d(R9)(BX*1), Z%d, Z%d", boundScale, 26+h, 24+h)
		p.f("VFMADD231PS.BCST %d(R9)(BX*1), Z%d, Z%d", boundResidue, 22+h, 24+h)
	}
	for j := range width {
		for h := range 2 {
			p.f("VADDPS %d(R11), Z%d, Z%d", 128*j+64*h, 24+h, h)
			p.f("VCMPPS $13, Z%d, Z%d, K%d", 28+h, h, 1+h)
		}
		p.f("KUNPCKWD K1, K2, K3")
		p.f("KMOVD K3, %d(DI)", 4*j)
	}
	p.f("ADDQ $%d, R11", 128*width)
	p.f("ADDQ $4, R12")
	p.f("ADDQ $%d, DI", 4*width)
	p.f("DECQ DX")
	p.f("JNZ slot")
	p.end()
}
