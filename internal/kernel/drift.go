package kernel

import (
	"fmt"
	"slices"
	"unsafe"
)

// Drift sets drift[j] to at least the distance between centroid j of c and of
// old, and to 0 just where they are equal. It panics when their shapes or
// len(drift) disagree.
func (c *Centroids) Drift(old *Centroids, drift []float32) {
	if c.k != old.k || c.d != old.d || len(drift) != c.k {
		panic(fmt.Sprintf("kernel: Drift of %d x %d from %d x %d into %d", c.k, c.d, old.k, old.d, len(drift)))
	}
	c.outward(c.k, drift,
		func(i int) []float32 { return c.Row(i) },
		func(i int) []float32 { return old.Row(i) },
		func(i int) int { return i })
	for j, v := range drift {
		// The bound of no difference is not zero, but far below any norm of interest.
		if v < 1e-15 && slices.Equal(c.Row(j), old.Row(j)) {
			drift[j] = 0
		}
	}
}

// Tighten sets upper[i], for each row i listed, to its distance to centroid
// labels[i], rounded up.
func (c *Centroids) Tighten(x []float32, rows, labels []int32, upper []float32) {
	c.check(x, labels)
	c.outward(len(rows), upper,
		func(i int) []float32 { return x[int(rows[i])*c.d : (int(rows[i])+1)*c.d] },
		func(i int) []float32 { return c.Row(int(labels[rows[i]])) },
		func(i int) int { return int(rows[i]) })
}

// outward sets out[to(i)] to at least the distance of a(i) and b(i), i < n.
func (c *Centroids) outward(n int, out []float32, a, b func(int) []float32, to func(int) int) {
	if c.path == pathGeneric {
		for i := range n {
			out[to(i)] = rootUp(SquaredDistance(a(i), b(i)) * (1 + exactError))
		}
		return
	}
	var e refine
	e.d = c.d
	for i := 0; i < n; i += exactWidth {
		m := min(exactWidth, n-i)
		for l := range m {
			e.a[l], e.b[l] = unsafe.Pointer(&a(i + l)[0]), unsafe.Pointer(&b(i + l)[0])
		}
		e.run(m)
		for l, v := range e.out[:m] {
			_, most := refined(v, c.d)
			out[to(i+l)] = rootUp(most)
		}
	}
}
