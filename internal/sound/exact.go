package sound

import "math"

// sinPi returns sin(pi num/den): the Taylor series in [0, pi/2], each product
// rounded by itself.
func sinPi(num, den int64) float64 {
	num %= 2 * den
	if num < 0 {
		num += 2 * den
	}
	sign := 1.0
	if num >= den {
		num, sign = num-den, -1
	}
	if 2*num > den {
		num = den - num
	}
	x := float64(math.Pi*float64(num)) / float64(den)
	square := float64(x * x)
	sum := 1.0
	for k := 23; k >= 3; k -= 2 { // the next term is below 2^-70
		sum = 1 - float64(square*sum)/float64(k*(k-1))
	}
	return sign * float64(x*sum)
}

// cosPi returns cos(pi num/den).
func cosPi(num, den int64) float64 { return sinPi(2*num+den, 2*den) }

// atanh has the coefficients of its series, the last first.
var atanh = [...]float64{1. / 21, 1. / 19, 1. / 17, 1. / 15, 1. / 13, 1. / 11, 1. / 9, 1. / 7, 1. / 5, 1. / 3, 1}

// log2 returns the logarithm of a positive number: the series of atanh near 1.
func log2(x float64) float64 {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	s := (m - 1) / (m + 1) // at most 0.172
	square := float64(s * s)
	sum := 0.0
	for _, term := range atanh {
		sum = float64(square*sum) + term
	}
	return float64(e) + float64(2*float64(s*sum))/math.Ln2
}
