//go:build !amd64 || noasm

package seeding

import "testing"

// eachPath runs f with each instruction set that the machine has.
func eachPath[T interface {
	testing.TB
	Run(string, func(T)) bool
}](t T, f func(T)) {
	t.Run("go", f)
}
