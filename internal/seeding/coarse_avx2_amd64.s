//go:build !noasm

#include "textflag.h"

// Please refer to coarse.go for the reference implementation, maybeGo.
//
// One row against 8 trials, as in sums8: VPMADDWD multiplies 16 pairs of 16-bit
// integers and adds neighbours.

// func maybeAVX2(rows *int32, n, d int, q *int16, own *float32, terms *rowTerms, trials *int16, t *trialTerms, masks *uint8)
TEXT ·maybeAVX2(SB), NOSPLIT, $0-72
	MOVQ rows+0(FP), R11
	MOVQ n+8(FP), R12
	MOVQ d+16(FP), R9
	MOVQ q+24(FP), R13
	MOVQ trials+48(FP), R8
	MOVQ t+56(FP), R14
	MOVQ own+32(FP), R15
	MOVQ masks+64(FP), DI
	SHLQ $1, R9
	LEAQ (R9)(R9*2), R10

row:
	MOVLQSX (R11), AX
	MOVQ    AX, SI
	IMULQ   R9, SI
	ADDQ    R13, SI
	MOVQ    R8, BX
	LEAQ    (R8)(R9*4), DX
	VPXOR   Y0, Y0, Y0
	VPXOR   Y1, Y1, Y1
	VPXOR   Y2, Y2, Y2
	VPXOR   Y3, Y3, Y3
	VPXOR   Y4, Y4, Y4
	VPXOR   Y5, Y5, Y5
	VPXOR   Y6, Y6, Y6
	VPXOR   Y7, Y7, Y7
	MOVQ    R9, CX

loop:
	VMOVDQU (SI), Y8
	VPMADDWD (BX), Y8, Y9
	VPADDD Y9, Y0, Y0
	VPMADDWD (BX)(R9*1), Y8, Y10
	VPADDD Y10, Y1, Y1
	VPMADDWD (BX)(R9*2), Y8, Y11
	VPADDD Y11, Y2, Y2
	VPMADDWD (BX)(R10*1), Y8, Y12
	VPADDD Y12, Y3, Y3
	VPMADDWD (DX), Y8, Y9
	VPADDD Y9, Y4, Y4
	VPMADDWD (DX)(R9*1), Y8, Y10
	VPADDD Y10, Y5, Y5
	VPMADDWD (DX)(R9*2), Y8, Y11
	VPADDD Y11, Y6, Y6
	VPMADDWD (DX)(R10*1), Y8, Y12
	VPADDD Y12, Y7, Y7
	ADDQ $32, SI
	ADDQ $32, BX
	ADDQ $32, DX
	SUBQ $32, CX
	JNZ  loop

	// The sums of Y0 … Y7 into the lanes of Y0.
	VPHADDD Y1, Y0, Y0
	VPHADDD Y3, Y2, Y2
	VPHADDD Y5, Y4, Y4
	VPHADDD Y7, Y6, Y6
	VPHADDD Y2, Y0, Y0
	VPHADDD Y6, Y4, Y4
	VPERM2I128 $0x20, Y4, Y0, Y8
	VPERM2I128 $0x31, Y4, Y0, Y0
	VPADDD Y8, Y0, Y0
	VCVTDQ2PS Y0, Y0

	// own + n^2 - dot (scale 1/s) - e n - n e >= 0 ?
	VBROADCASTSS (R15)(AX*4), Y9
	LEAQ (AX)(AX*2), AX
	MOVQ terms+40(FP), CX
	VBROADCASTSS (CX)(AX*4), Y10
	VBROADCASTSS 4(CX)(AX*4), Y11
	VBROADCASTSS 8(CX)(AX*4), Y12
	VADDPS (R14), Y9, Y9
	VMULPS 32(R14), Y10, Y10
	VFNMADD231PS Y10, Y0, Y9
	VFNMADD231PS 64(R14), Y11, Y9
	VFNMADD231PS 96(R14), Y12, Y9
	VXORPS Y10, Y10, Y10
	VCMPPS $9, Y10, Y9, Y9 // not greater than or equal
	VMOVMSKPS Y9, AX
	MOVB AX, (DI)
	INCQ DI
	ADDQ $4, R11
	DECQ R12
	JNZ  row
	VZEROUPPER
	RET
