//go:build !amd64 || noasm

package fixed

func addRow1(hi []int64, x []float32, s float64)        { addRow1Go(hi, x, s) }
func addRow2(hi, lo []int64, x []float32, s, r float64) { addRow2Go(hi, lo, x, s, r) }
