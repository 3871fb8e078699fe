package npy

import (
	"math"
	"testing"
)

// TestHalfToFloat checks all 65,536 halves against the definition in float64.
func TestHalfToFloat(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		exp, frac := int(h>>10&0x1f), float64(h&0x3ff)
		want := math.Ldexp(1+frac/1024, exp-15)
		switch {
		case exp == 0:
			want = math.Ldexp(frac, -24)
		case exp == 0x1f && frac == 0:
			want = math.Inf(1)
		case exp == 0x1f:
			want = math.NaN()
		}
		if h&0x8000 != 0 {
			want = -want
		}
		got := FromHalf(h)
		if math.IsNaN(want) != (got != got) || !math.IsNaN(want) && (float64(got) != want || math.Signbit(float64(got)) != math.Signbit(want)) {
			t.Fatalf("FromHalf(%#04x): got %v, want %v", h, got, want)
		}
		if back := ToHalf(got); back != h && got == got {
			t.Fatalf("ToHalf(%v): got %#04x, want %#04x", got, back, h)
		}
		if back := ToHalf(got); got != got && (back&0x7c00 != 0x7c00 || back&0x3ff == 0) {
			t.Fatalf("ToHalf of a NaN: got %#04x, no NaN", back)
		}
	}
}

// TestFloatToHalfRounds checks the mid-point between each pair of neighbours:
// it goes to the even one, and the floats beside it to their own side.
func TestFloatToHalfRounds(t *testing.T) {
	for i := range 0x7bff {
		low, high := uint16(i), uint16(i+1)
		mid := (FromHalf(low) + FromHalf(high)) / 2 // exact: one more bit than a half has
		even := low + low&1
		below := math.Nextafter32(mid, 0)
		above := math.Nextafter32(mid, 1e9)
		if got := ToHalf(mid); got != even {
			t.Fatalf("ToHalf(%v): got %#04x, want %#04x", mid, got, even)
		}
		if got := ToHalf(below); got != low {
			t.Fatalf("ToHalf(%v): got %#04x, want %#04x", below, got, low)
		}
		if got := ToHalf(above); got != high {
			t.Fatalf("ToHalf(%v): got %#04x, want %#04x", above, got, high)
		}
	}
	for f, want := range map[float32]uint16{65519.996: 0x7bff, 65520: 0x7c00, 1e30: 0x7c00, -65520: 0xfc00} {
		if got := ToHalf(f); got != want {
			t.Errorf("ToHalf(%v): got %#04x, want %#04x", f, got, want)
		}
	}
}
