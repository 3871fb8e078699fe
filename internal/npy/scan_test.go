package npy

import (
	"math"
	"testing"
)

func TestBadRowAndMaxAbs(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	tests := []struct {
		name   string
		x      []float32
		col    int
		bad    bool
		maxAbs float32
	}{
		{"nothing", nil, 0, false, 0},
		{"zeros", []float32{0, 0, 0}, 0, false, 0},
		{"largest negative", []float32{1, -7, 3, 4, 5}, 0, false, 7},
		{"largest float", []float32{math.MaxFloat32, 0, 0, 0, 0, 0}, 0, false, math.MaxFloat32},
		{"subnormal", []float32{-0x1p-149}, 0, false, 0x1p-149},
		{"infinity in the tail", []float32{0, 1, 2, 3, -inf}, 4, true, inf},
		{"the first of two", []float32{0, 1, inf, nan, 4}, 2, true, nan},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if col, bad := BadRow(tt.x); col != tt.col || bad != tt.bad {
				t.Errorf("BadRow: got %d %t, want %d %t", col, bad, tt.col, tt.bad)
			}
			if got := MaxAbs(tt.x); got != tt.maxAbs && (got == got || tt.maxAbs == tt.maxAbs) {
				t.Errorf("MaxAbs: got %v, want %v", got, tt.maxAbs)
			}
		})
	}
	for at := range 9 { // every lane and the tail
		x := make([]float32, 9)
		x[at] = nan
		if col, bad := BadRow(x); !bad || col != at {
			t.Errorf("NaN at %d: got %d %t", at, col, bad)
		}
	}
}

func BenchmarkBadRow(b *testing.B) {
	x := make([]float32, 256)
	b.SetBytes(4 * 256)
	for b.Loop() {
		if _, bad := BadRow(x); bad {
			b.Fatal("bad")
		}
	}
}
