//go:build !noasm

package seeding

import "testing"

// eachPath runs f with each instruction set that the machine has.
func eachPath[T interface {
	testing.TB
	Run(string, func(T)) bool
}](t T, f func(T)) {
	hasVNNI, has512, has2 := useVNNI, useAVX512, useAVX2
	defer func() { useVNNI, useAVX512, useAVX2 = hasVNNI, has512, has2 }()
	if useVNNI {
		t.Run("vnni", f)
	}
	useVNNI = false
	if useAVX512 {
		t.Run("avx512", f)
	}
	if useAVX512 = false; useAVX2 {
		t.Run("avx2", f)
	}
	useAVX2 = false
	t.Run("go", f)
}
