//go:build !noasm

package seeding

import "testing"

// eachPath runs f with each instruction set that the machine has.
func eachPath[T interface {
	testing.TB
	Run(string, func(T)) bool
}](t T, f func(T)) {
	has512, has2 := useAVX512, useAVX2
	defer func() { useAVX512, useAVX2 = has512, has2 }()
	if useAVX512 {
		t.Run("avx512", f)
	}
	if useAVX512 = false; useAVX2 {
		t.Run("avx2", f)
	}
	useAVX2 = false
	t.Run("go", f)
}
