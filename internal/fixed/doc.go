// Package fixed adds floating-point numbers so that the order does not matter:
// every term is quantised to an integer by one rounding rule (nearest even) and
// integers are added. Sums of rows (Sums) and sums of squared distances
// (Potential) are therefore the same bits for any sharding, thread count, merge
// order and retry, and a row that is subtracted is gone without a trace.
//
// # Sums
//
// A Scale is chosen once per fit from the largest |x| and the number of rows n
// such that no sum of up to n rows can overflow. A value is held as
//
//	hi = round(x 2^S)
//	lo = round((x 2^S - hi) 2^R)      only with two limbs
//
// so it is exact to 2^-(S+R+1). One limb resolves about 2^-60 n of the largest
// |x|, which is plenty for rows of one size (normalised ones); with two, a row of
// 1e6 does not drown rows of 1e-3.
//
// # Exactness
//
// float64(x)·2^S is exact (a power of two, and the exponent range of float64
// holds every float32 times every scale). x has 24 bits, so hi and the remainder
// x 2^S - hi are exact in float64 too; only the last rounding loses anything.
//
// # Determinism
//
// No fused multiply-add can change a result: each product is by a power of two.
// A Sums holds 8 K D Limbs bytes plus the counts.
package fixed
