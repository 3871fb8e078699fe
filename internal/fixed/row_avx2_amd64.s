//go:build !noasm

#include "textflag.h"

// Please refer to row_generic.go for the reference implementation.
//
// AVX2 cannot convert to int64. A number below 2^51 in absolute value is rounded
// by adding 1.5 2^52, whose low bits then are the integer. A larger one, up to
// 2^62, is cut in two first:
//
//	a = round(v 2^-31);  b = round(v - a 2^31);  round(v) = a 2^31 + b
//
// v has 24 bits, so a 2^31 and the difference are exact; a 2^31 is even, so a tie
// of b is a tie of v and goes to the same side.

// 1.5 2^52 as float64; its bits as int64 are subtracted again.
DATA magic<>+0(SB)/8, $0x4338000000000000
GLOBL magic<>(SB), RODATA, $8
// 2^-31 and 2^31
DATA down<>+0(SB)/8, $0x3e00000000000000
GLOBL down<>(SB), RODATA, $8
DATA up<>+0(SB)/8, $0x41e0000000000000
GLOBL up<>(SB), RODATA, $8

// ROUND sets I to round(V) as int64 and F to it as float64, where F is of use;
// A is clobbered. Y15 is the magic number, Y14 2^-31, Y13 2^31.
#define ROUND(V, I, F, A) \
	VMULPD  Y14, V, A;   \
	VADDPD  Y15, A, A;   \
	VSUBPD  Y15, A, F;   \
	VPSUBQ  Y15, A, I;   \
	VPSLLQ  $31, I, I;   \
	VMULPD  Y13, F, F;   \
	VSUBPD  F, V, A;     \
	VADDPD  Y15, A, A;   \
	VPADDQ  A, I, I;     \
	VPSUBQ  Y15, I, I;   \
	VSUBPD  Y15, A, A;   \
	VADDPD  A, F, F

// func addRow1AVX2(hi *int64, x *float32, n int, s float64)
TEXT ·addRow1AVX2(SB), NOSPLIT, $0-32
	MOVQ hi+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSD s+24(FP), Y12
	VBROADCASTSD magic<>(SB), Y15
	VBROADCASTSD down<>(SB), Y14
	VBROADCASTSD up<>(SB), Y13
	SUBQ $4, CX
	JL   done1

loop1:
	VCVTPS2PD (SI), Y0
	VMULPD    Y12, Y0, Y0
	ROUND(Y0, Y1, Y2, Y3)
	VPADDQ    (DI), Y1, Y1
	VMOVDQU   Y1, (DI)
	ADDQ $16, SI
	ADDQ $32, DI
	SUBQ $4, CX
	JGE  loop1

done1:
	VZEROUPPER
	RET

// func addRow2AVX2(hi, lo *int64, x *float32, n int, s, r float64)
TEXT ·addRow2AVX2(SB), NOSPLIT, $0-48
	MOVQ hi+0(FP), DI
	MOVQ lo+8(FP), DX
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	VBROADCASTSD s+32(FP), Y12
	VBROADCASTSD r+40(FP), Y11
	VBROADCASTSD magic<>(SB), Y15
	VBROADCASTSD down<>(SB), Y14
	VBROADCASTSD up<>(SB), Y13
	SUBQ $4, CX
	JL   done2

loop2:
	VCVTPS2PD (SI), Y0
	VMULPD    Y12, Y0, Y0
	ROUND(Y0, Y1, Y2, Y3)
	VPADDQ    (DI), Y1, Y1
	VMOVDQU   Y1, (DI)
	VSUBPD    Y2, Y0, Y0
	VMULPD    Y11, Y0, Y0
	ROUND(Y0, Y1, Y2, Y3)
	VPADDQ    (DX), Y1, Y1
	VMOVDQU   Y1, (DX)
	ADDQ $16, SI
	ADDQ $32, DI
	ADDQ $32, DX
	SUBQ $4, CX
	JGE  loop2

done2:
	VZEROUPPER
	RET
