package rng

import (
	"math"
	"math/bits"
	"testing"
)

// TestHashIsFrozen: the bits decide every selection ever made; a change here is
// a change of the output format.
func TestHashIsFrozen(t *testing.T) {
	for _, c := range []struct {
		seed  uint64
		parts []uint64
		want  uint64
	}{
		{0, nil, 0x6e789e6aa1b965f4},
		{1, nil, 0xbeeb8da1658eec67},
		{1, []uint64{0}, 0x68338f567178f415},
		{1, []uint64{2, 3}, 0xb17b2ae6e2557a2e},
		{math.MaxUint64, []uint64{math.MaxUint64}, 0xe220a8397b1dcdaf},
	} {
		if got := Hash(c.seed, c.parts...); got != c.want {
			t.Errorf("Hash(%d, %v): got %#x want %#x", c.seed, c.parts, got, c.want)
		}
	}
}

func TestPurposesAreFrozen(t *testing.T) {
	for want, got := range []uint64{
		0, PurposeFirstCentroid, PurposeOversample, PurposeTrial, PurposeRandomSeed, PurposeResample,
		PurposeQuota, PurposeLeaf, PurposeProjection, PurposeSplit,
	} {
		if got != uint64(want) {
			t.Errorf("purpose: got %d want %d", got, want)
		}
	}
}

// TestHashTellsPartsApart: the order, the number and the value of the parts all
// count, small values above all.
func TestHashTellsPartsApart(t *testing.T) {
	seen := map[uint64][]uint64{}
	try := func(parts ...uint64) {
		h := Hash(1, parts...)
		if other, ok := seen[h]; ok {
			t.Errorf("Hash(1, %v) equals Hash(1, %v)", parts, other)
		}
		seen[h] = parts
	}
	try()
	for i := range uint64(40) {
		try(i)
		for j := range uint64(40) {
			try(i, j)
			for k := range uint64(5) {
				try(i, j, k)
			}
		}
	}
}

// TestHashAvalanches: a flipped bit of the last part, a row number, flips each
// bit of the hash half the time.
func TestHashAvalanches(t *testing.T) {
	const rows = 4096
	for bit := range 20 {
		flips := 0
		for row := range uint64(rows) {
			flips += bits.OnesCount64(Hash(1, 2, row) ^ Hash(1, 2, row^1<<bit))
		}
		// 64 x 4096 fair coins: mean 131072, deviation 256; 6 of them.
		if got, want := flips, rows*32; got < want-6*256 || got > want+6*256 {
			t.Errorf("bit %d: got %d flips want %d within %d", bit, got, want, 6*256)
		}
	}
}

func TestBelow(t *testing.T) {
	for _, c := range []struct{ h, n, want uint64 }{
		{0, 1, 0},
		{math.MaxUint64, 1, 0},
		{0, 10, 0},
		{math.MaxUint64, 10, 9},
		{1 << 63, 10, 5},
		{1<<63 - 1, 10, 4},
		{math.MaxUint64, math.MaxUint64, math.MaxUint64 - 1},
	} {
		if got := Below(c.h, c.n); got != c.want {
			t.Errorf("Below(%#x, %d): got %d want %d", c.h, c.n, got, c.want)
		}
	}
}

func TestBelowIsUniform(t *testing.T) {
	const n, draws = 7, 70000
	var count [n]int
	for i := range uint64(draws) {
		count[Below(Hash(3, i), n)]++
	}
	// Binomial: deviation sqrt(70000 x 1/7 x 6/7) = 92.6; 6 of them.
	for v, got := range count {
		if want := draws / n; got < want-556 || got > want+556 {
			t.Errorf("%d: got %d draws want %d within 556", v, got, want)
		}
	}
}

func TestBelowPanicsOnZero(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Below(1, 0) did not panic")
		}
	}()
	Below(1, 0)
}
