//go:build !amd64 || noasm

package seeding

func sums8(x []float32, rows []int32, d int, panel, out []float32) { sums8Go(x, rows, d, panel, out) }

// coarsePays reports whether the 16-bit bounds are faster than sums8.
func coarsePays(int) bool { return false }

// maybe is maybeGo on the instruction set in use.
func (c *coarse) maybe(rows []int32, q []int16, t *trialTerms, masks []uint8) {
	c.maybeGo(rows, q, t, masks)
}
