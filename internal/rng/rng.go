// Package rng draws random numbers without a generator: every draw is a hash of
// what it is for, so no draw depends on another, on an order or on a worker.
package rng

import "math/bits"

// Hash mixes a seed and the parts that name one draw (purpose, level, step,
// row …) into 64 uniform bits. It is the finaliser of SplitMix64 (Steele et
// al. 2014) chained over the parts; equal arguments give equal bits everywhere.
func Hash(seed uint64, parts ...uint64) uint64 {
	h := mix(seed + golden)
	for _, p := range parts {
		h = mix(h ^ mix(p+golden))
	}
	return h
}

const golden = 0x9e3779b97f4a7c15

func mix(z uint64) uint64 {
	z += golden
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Below maps the 64 uniform bits h onto 0 … n-1. Its bias is at most n/2^64,
// far below what any sample here could show. It panics when n is 0.
func Below(h, n uint64) uint64 {
	if n == 0 {
		panic("rng: Below needs n > 0")
	}
	hi, _ := bits.Mul64(h, n)
	return hi
}
