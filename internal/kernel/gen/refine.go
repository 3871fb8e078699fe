package main

// The arguments of exact and of refine begin alike.
const (
	pairsA, pairsB, pairsD, pairOuts = 0, 64, 128, 136
)

// pairNames prefix the labels of the two groups of four pairs.
var pairNames = []string{"first", "second"}

// loadPairs emits the loading of group g: four pointers each to registers 0 and 4 on of those
// returned, the dimensions to DX and 0 to SI.
func loadPairs(p *program, g int) []string {
	regs := []string{"R8", "R9", "R10", "R11", "R12", "R13", "DI", "CX"}
	for i := range 4 {
		p.f("MOVQ %d(AX), %s", pairsA+8*(4*g+i), regs[i])
		p.f("MOVQ %d(AX), %s", pairsB+8*(4*g+i), regs[4+i])
	}
	p.f("MOVQ %d(AX), DX", pairsD)
	p.f("XORQ SI, SI")
	return regs
}

// refine512 emits eight squared distances in float32, four at a time: sixteen
// sums of every sixteenth dimension each, then added.
func refine512(p *program) {
	p.function("refineAVX512", "e", "refineAVX512 computes eight squared distances in float32; see refine.go.")
	for g, name := range pairNames {
		regs := loadPairs(p, g)
		for i := range 4 {
			p.f("VPXORD Z%d, Z%d, Z%d", i, i, i)
		}
		p.f("SUBQ $16, DX")
		p.f("JL %sTail", name)
		p.label(name + "Block")
		for i := range 4 {
			p.f("VMOVUPS (%s)(SI*1), Z%d", regs[i], 4+i)
			p.f("VSUBPS (%s)(SI*1), Z%d, Z%d", regs[4+i], 4+i, 4+i)
			p.f("VFMADD231PS Z%d, Z%d, Z%d", 4+i, 4+i, i)
		}
		p.f("ADDQ $64, SI")
		p.f("SUBQ $16, DX")
		p.f("JGE %sBlock", name)
		p.label(name + "Tail")
		p.f("ADDQ $16, DX")
		p.f("JZ %sSum", name)
		p.comment("K1 covers the dimensions left; R8 and CX are pointers, so BX and R14 shift.")
		p.f("MOVL $0xffff, BX")
		p.f("MOVL $16, R14")
		p.f("SUBL DX, R14")
		p.f("SHRXL R14, BX, BX")
		p.f("KMOVW BX, K1")
		for i := range 4 {
			p.f("VMOVUPS.Z (%s)(SI*1), K1, Z%d", regs[i], 4+i)
			p.f("VMOVUPS.Z (%s)(SI*1), K1, Z%d", regs[4+i], 8+i)
			p.f("VSUBPS Z%d, Z%d, Z%d", 8+i, 4+i, 4+i)
			p.f("VFMADD231PS Z%d, Z%d, Z%d", 4+i, 4+i, i)
		}
		p.label(name + "Sum")
		for i := range 4 {
			p.f("VEXTRACTF64X4 $1, Z%d, Y%d", i, 4+i)
			p.f("VADDPS Y%d, Y%d, Y%d", 4+i, i, i)
		}
		sumPairs(p, g)
	}
	p.end()
}

// sumPairs emits the sums of Y0 … Y3, the results of group g of four pairs.
func sumPairs(p *program, g int) {
	p.f("VHADDPS Y1, Y0, Y0")
	p.f("VHADDPS Y3, Y2, Y2")
	p.f("VHADDPS Y2, Y0, Y0")
	p.f("VEXTRACTF128 $1, Y0, X1")
	p.f("VADDPS X1, X0, X0")
	p.f("VMOVUPS X0, %d(AX)", pairOuts+16*g)
}
