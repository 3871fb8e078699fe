//go:build !noasm

#include "textflag.h"

// Please refer to sums8_generic.go for the reference implementation.
//
// One row at a time against the 8 rows of the panel, which stays in L1: 8
// accumulators, one subtraction and one fused multiply-add each, so that both
// vector units are busy and every load but the row's comes with an operation.

// STEP adds the squared differences of V (the values at SI) and panel row l.
#define STEP(P, V, T, A) \
	VSUBPS      P, V, T; \
	VFMADD231PS T, T, A

// REDUCE sums Y0 … Y7 into the lanes of Y0; Y8 is clobbered.
#define REDUCE \
	VHADDPS    Y1, Y0, Y0;        \
	VHADDPS    Y3, Y2, Y2;        \
	VHADDPS    Y5, Y4, Y4;        \
	VHADDPS    Y7, Y6, Y6;        \
	VHADDPS    Y2, Y0, Y0;        \
	VHADDPS    Y6, Y4, Y4;        \
	VPERM2F128 $0x20, Y4, Y0, Y8; \
	VPERM2F128 $0x31, Y4, Y0, Y0; \
	VADDPS     Y8, Y0, Y0

// Registers: R11 rows, R12 rows left, DI out, R13 x, R14 panel, R9 bytes of a
// row, R10 three times that; in a row SI, BX (panel rows 0-3), DX (rows 4-7), CX.

// func sums8AVX512(x *float32, rows *int32, n, d int, panel, out *float32)
TEXT ·sums8AVX512(SB), NOSPLIT, $0-48
	MOVQ x+0(FP), R13
	MOVQ rows+8(FP), R11
	MOVQ n+16(FP), R12
	MOVQ d+24(FP), R9
	MOVQ panel+32(FP), R8
	MOVQ out+40(FP), DI
	MOVQ R9, CX
	ANDQ $15, CX
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1
	SHLQ $2, R9
	LEAQ (R9)(R9*2), R10

row512:
	MOVLQSX (R11), SI
	IMULQ   R9, SI
	ADDQ    R13, SI
	MOVQ    R8, BX
	LEAQ    (R8)(R9*4), DX
	VPXORQ  Z0, Z0, Z0
	VPXORQ  Z1, Z1, Z1
	VPXORQ  Z2, Z2, Z2
	VPXORQ  Z3, Z3, Z3
	VPXORQ  Z4, Z4, Z4
	VPXORQ  Z5, Z5, Z5
	VPXORQ  Z6, Z6, Z6
	VPXORQ  Z7, Z7, Z7
	MOVQ    R9, CX
	SUBQ    $64, CX
	JL      tail512

loop512:
	VMOVUPS (SI), Z8
	STEP((BX), Z8, Z16, Z0)
	STEP((BX)(R9*1), Z8, Z17, Z1)
	STEP((BX)(R9*2), Z8, Z18, Z2)
	STEP((BX)(R10*1), Z8, Z19, Z3)
	STEP((DX), Z8, Z20, Z4)
	STEP((DX)(R9*1), Z8, Z21, Z5)
	STEP((DX)(R9*2), Z8, Z22, Z6)
	STEP((DX)(R10*1), Z8, Z23, Z7)
	ADDQ $64, SI
	ADDQ $64, BX
	ADDQ $64, DX
	SUBQ $64, CX
	JGE  loop512

tail512:
	ADDQ $64, CX
	JZ   reduce512
	VMOVUPS.Z (SI), K1, Z8
	VSUBPS.Z (BX), Z8, K1, Z16
	VFMADD231PS Z16, Z16, Z0
	VSUBPS.Z (BX)(R9*1), Z8, K1, Z16
	VFMADD231PS Z16, Z16, Z1
	VSUBPS.Z (BX)(R9*2), Z8, K1, Z16
	VFMADD231PS Z16, Z16, Z2
	VSUBPS.Z (BX)(R10*1), Z8, K1, Z16
	VFMADD231PS Z16, Z16, Z3
	VSUBPS.Z (DX), Z8, K1, Z16
	VFMADD231PS Z16, Z16, Z4
	VSUBPS.Z (DX)(R9*1), Z8, K1, Z16
	VFMADD231PS Z16, Z16, Z5
	VSUBPS.Z (DX)(R9*2), Z8, K1, Z16
	VFMADD231PS Z16, Z16, Z6
	VSUBPS.Z (DX)(R10*1), Z8, K1, Z16
	VFMADD231PS Z16, Z16, Z7

reduce512:
	VEXTRACTF64X4 $1, Z0, Y16
	VEXTRACTF64X4 $1, Z1, Y17
	VEXTRACTF64X4 $1, Z2, Y18
	VEXTRACTF64X4 $1, Z3, Y19
	VEXTRACTF64X4 $1, Z4, Y20
	VEXTRACTF64X4 $1, Z5, Y21
	VEXTRACTF64X4 $1, Z6, Y22
	VEXTRACTF64X4 $1, Z7, Y23
	VADDPS Y16, Y0, Y0
	VADDPS Y17, Y1, Y1
	VADDPS Y18, Y2, Y2
	VADDPS Y19, Y3, Y3
	VADDPS Y20, Y4, Y4
	VADDPS Y21, Y5, Y5
	VADDPS Y22, Y6, Y6
	VADDPS Y23, Y7, Y7
	REDUCE
	VMOVUPS Y0, (DI)
	ADDQ $32, DI
	ADDQ $4, R11
	DECQ R12
	JNZ  row512
	VZEROUPPER
	RET

// func sums8AVX2(x *float32, rows *int32, n, d int, panel, out *float32)
TEXT ·sums8AVX2(SB), NOSPLIT, $0-48
	MOVQ x+0(FP), R13
	MOVQ rows+8(FP), R11
	MOVQ n+16(FP), R12
	MOVQ d+24(FP), R9
	MOVQ panel+32(FP), R8
	MOVQ out+40(FP), DI
	SHLQ $2, R9
	LEAQ (R9)(R9*2), R10

row256:
	MOVLQSX (R11), SI
	IMULQ   R9, SI
	ADDQ    R13, SI
	MOVQ    R8, BX
	LEAQ    (R8)(R9*4), DX
	VXORPS  Y0, Y0, Y0
	VXORPS  Y1, Y1, Y1
	VXORPS  Y2, Y2, Y2
	VXORPS  Y3, Y3, Y3
	VXORPS  Y4, Y4, Y4
	VXORPS  Y5, Y5, Y5
	VXORPS  Y6, Y6, Y6
	VXORPS  Y7, Y7, Y7
	MOVQ    R9, CX
	SUBQ    $32, CX
	JL      reduce256

loop256:
	VMOVUPS (SI), Y8
	STEP((BX), Y8, Y9, Y0)
	STEP((BX)(R9*1), Y8, Y10, Y1)
	STEP((BX)(R9*2), Y8, Y11, Y2)
	STEP((BX)(R10*1), Y8, Y12, Y3)
	STEP((DX), Y8, Y13, Y4)
	STEP((DX)(R9*1), Y8, Y14, Y5)
	STEP((DX)(R9*2), Y8, Y15, Y6)
	STEP((DX)(R10*1), Y8, Y9, Y7)
	ADDQ $32, SI
	ADDQ $32, BX
	ADDQ $32, DX
	SUBQ $32, CX
	JGE  loop256

reduce256:
	REDUCE
	VMOVUPS Y0, (DI)
	ADDQ $32, DI
	ADDQ $4, R11
	DECQ R12
	JNZ  row256
	VZEROUPPER
	RET
