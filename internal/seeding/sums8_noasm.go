//go:build !amd64 || noasm

package seeding

func sums8(x []float32, rows []int32, d int, panel, out []float32) { sums8Go(x, rows, d, panel, out) }
