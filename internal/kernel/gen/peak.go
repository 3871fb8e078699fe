package main

// peak emits loops that only multiply and add, from registers: what a core can do
// at most, for benchmarks to compare with.
func peak(p *program) {
	p.function("peakAVX512", "n", "peakAVX512 does n times 28 fused multiply-adds of 16 floats.")
	for i := range 30 {
		p.f("VPXORD Z%d, Z%d, Z%d", i, i, i)
	}
	p.comment("Half, so that no multiplier idles on zeros.")
	p.f("MOVL $0x3f000000, BX")
	p.f("VPBROADCASTD BX, Z28")
	p.f("VPBROADCASTD BX, Z29")
	p.label("loop")
	for i := range 28 {
		p.f("VFMADD231PS Z28, Z29, Z%d", i)
	}
	p.f("DECQ AX")
	p.f("JNZ loop")
	p.end()

	p.function("peakAVX2", "n", "peakAVX2 does n times 12 fused multiply-adds of 8 floats.")
	for i := range 14 {
		p.f("VXORPS Y%d, Y%d, Y%d", i, i, i)
	}
	p.f("MOVL $0x3f000000, BX")
	p.f("MOVQ BX, X12")
	p.f("VBROADCASTSS X12, Y12")
	p.f("VBROADCASTSS X12, Y13")
	p.label("loop")
	for i := range 12 {
		p.f("VFMADD231PS Y12, Y13, Y%d", i)
	}
	p.f("DECQ AX")
	p.f("JNZ loop")
	p.end()

	p.function("peakAMX", "n", "peakAMX does n times 4 products of 16 x 32 and 32 x 16 bf16.")
	p.f("MOVQ $·allTiles(SB), BX")
	p.vex("LDTILECFG (BX)", false, false, 0, ppNone, 0x49, 0x03)
	for i := range 8 {
		p.vex("TILEZERO", false, false, 0, ppF2, 0x49, byte(0xc0|i<<3))
	}
	p.label("loop")
	p.dotBF16(0, 4, 6)
	p.dotBF16(1, 4, 7)
	p.dotBF16(2, 5, 6)
	p.dotBF16(3, 5, 7)
	p.f("DECQ AX")
	p.f("JNZ loop")
	p.vex("TILERELEASE", false, false, 0, ppNone, 0x49, 0xc0)
	p.end()
}
