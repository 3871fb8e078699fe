package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// A family makes n rows and k centroids that some path finds hard.
type family struct {
	name string
	make func(rnd *rand.Rand, n, k, d int) (x, c []float32)
}

var families = []family{
	{"gaussian", func(rnd *rand.Rand, n, k, d int) (x, c []float32) {
		return gaussian(rnd, n*d), gaussian(rnd, k*d)
	}},
	{"rows are centroids", func(rnd *rand.Rand, n, k, d int) (x, c []float32) {
		c = gaussian(rnd, k*d)
		for range n {
			x = append(x, c[rnd.IntN(k)*d:][:d]...)
		}
		return x, c
	}},
	{"duplicates", func(rnd *rand.Rand, n, k, d int) (x, c []float32) {
		for range k {
			for range d {
				c = append(c, float32(rnd.IntN(2))*float32(1-2*rnd.IntN(2)))
			}
		}
		for range n * d {
			x = append(x, float32(rnd.IntN(3)-1))
		}
		return x, c
	}},
	{"far from the origin", func(rnd *rand.Rand, n, k, d int) (x, c []float32) {
		x, c = gaussian(rnd, n*d), gaussian(rnd, k*d)
		for _, s := range [][]float32{x, c} {
			for i := range s {
				s[i] = 1e4 + 0.01*s[i]
			}
		}
		return x, c
	}},
	{"1e-3 with 1e6", func(rnd *rand.Rand, n, k, d int) (x, c []float32) {
		x, c = gaussian(rnd, n*d), gaussian(rnd, k*d)
		for _, s := range [][]float32{x, c} {
			for i := range s {
				s[i] *= []float32{1e-3, 1e6}[i/d%2]
			}
		}
		return x, c
	}},
	{"one far centroid", func(rnd *rand.Rand, n, k, d int) (x, c []float32) {
		x, c = gaussian(rnd, n*d), gaussian(rnd, k*d)
		c[0] = 1e7
		return x, c
	}},
	{"near ties", func(rnd *rand.Rand, n, k, d int) (x, c []float32) {
		base := gaussian(rnd, d)
		for range k {
			for _, v := range base {
				c = append(c, math.Float32frombits(math.Float32bits(v)+uint32(rnd.IntN(3))))
			}
		}
		return gaussian(rnd, n*d), c
	}},
	{"mirrored", func(rnd *rand.Rand, n, k, d int) (x, c []float32) {
		x, c = gaussian(rnd, n*d), gaussian(rnd, k*d)
		for j := 1; j < k; j += 2 { // the mirror image in the first dimension
			copy(c[j*d:(j+1)*d], c[(j-1)*d:j*d])
			c[j*d] = -c[j*d]
		}
		for i := range n { // on the mirror, or next to it
			x[i*d] = float32(rnd.IntN(3)-1) * 1e-30
		}
		return x, c
	}},
	{"denormal", func(rnd *rand.Rand, n, k, d int) (x, c []float32) {
		x, c = gaussian(rnd, n*d), gaussian(rnd, k*d)
		for _, s := range [][]float32{x, c} {
			for i := range s {
				s[i] *= 1e-41
			}
		}
		return x, c
	}},
	{"tiny", func(rnd *rand.Rand, n, k, d int) (x, c []float32) {
		x, c = gaussian(rnd, n*d), gaussian(rnd, k*d)
		for _, s := range [][]float32{x, c} {
			for i := range s {
				s[i] *= 1e-21
			}
		}
		return x, c
	}},
	{"huge", func(rnd *rand.Rand, n, k, d int) (x, c []float32) {
		x, c = gaussian(rnd, n*d), gaussian(rnd, k*d)
		for _, s := range [][]float32{x, c} {
			for i := range s {
				s[i] = float32(math.Copysign(math.MaxFloat32*rnd.Float64(), float64(s[i])))
			}
		}
		return x, c
	}},
	{"huge rows", func(rnd *rand.Rand, n, k, d int) (x, c []float32) {
		x, c = gaussian(rnd, n*d), gaussian(rnd, k*d)
		for i := range x {
			if i/d%3 == 0 {
				x[i] *= 1e30
			}
		}
		return x, c
	}},
	{"equal", func(_ *rand.Rand, n, k, d int) (x, c []float32) {
		return make([]float32, n*d), make([]float32, k*d)
	}},
}

var shapes = []struct{ n, k, d int }{
	{0, 3, 2},
	{1, 1, 1},
	{31, 13, 1},   // k < 14: one panel, not full
	{33, 14, 2},   // a row more than a tile
	{65, 15, 3},   // a centroid more than a panel
	{65, 31, 2},   // a panel more than a group and one of its panels
	{40, 1030, 2}, // groups that a chunk ends
	{40, 64, 15},
	{64, 100, 16},
	{37, 33, 17},
	{300, 57, 33}, // more rows than a block
	{40, 1200, 4}, // more panels than a chunk
	{40, 100, 384},
	{33, 40, 1000},
}

// everyPath runs a test once for each path of this machine. Each step switches
// off what the one before it showed to work.
func everyPath(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	for _, p := range switches() {
		undo := p.off()
		if !t.Run(p.name, test) {
			undo()
			return
		}
		defer undo()
	}
}

// TestPathsAreTaken proves that the tests and benchmarks named for a path take it.
func TestPathsAreTaken(t *testing.T) {
	for _, p := range switches() {
		defer p.off()()
		c := gaussian(rand.New(rand.NewPCG(1, 1)), 3*p.d)
		if got := New(c, 3, p.d).Path(); got != p.name {
			t.Errorf("with %s on top: got path %s", p.name, got)
		}
	}
}

// TestBlurredRowsTakeFloat32 assigns rows with a large component in which the
// centroids are equal: its rounding to bf16 drowns their differences in the others.
func TestBlurredRowsTakeFloat32(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 1))
	const n, k, d = 700, 300, 64
	x, c := gaussian(rnd, n*d), gaussian(rnd, k*d)
	for j := range k {
		c[j*d] = 0
	}
	for i := range n {
		x[i*d] = 1e3
	}
	cent := New(c, k, d)
	if cent.Path() != "amx" {
		t.Skipf("path %s", cent.Path())
	}
	labels := make([]int32, n)
	cent.Assign(x, labels, new(Scratch))
	if !cent.blurred.Load() {
		t.Error("bf16 scores of almost equal centroids were not given up")
	}
	for i, want := range bruteForce(x, c, n, k, d) {
		if labels[i] != want {
			t.Fatalf("label of row %d: got %d want %d", i, labels[i], want)
		}
	}
}

// TestRowsBetweenPanelsTakeTiles assigns rows that path direct cannot settle from one
// panel: a few, which are tried again, and then so many that it is given up.
func TestRowsBetweenPanelsTakeTiles(t *testing.T) {
	const n, k, d = 900, 60, 2
	for _, test := range []struct {
		name    string
		between func(i int) bool
		crowded bool
	}{
		{"none", func(int) bool { return false }, false},
		{"few", func(i int) bool { return i%50 == 0 }, false},
		{"the last block's", func(i int) bool { return i >= 800 }, true},
		{"all", func(int) bool { return true }, true},
	} {
		// Centroids on a ring about the origin, which is equally far from all of them.
		x, c := make([]float32, n*d), make([]float32, k*d)
		for j := range k {
			sin, cos := math.Sincos(2 * math.Pi * float64(j) / k)
			c[j*d], c[j*d+1] = float32(cos), float32(sin)
		}
		for i := range n {
			if !test.between(i) {
				sin, cos := math.Sincos(2 * math.Pi * (float64(i%k) + 0.2) / k)
				x[i*d], x[i*d+1] = float32(3*cos), float32(3*sin)
			}
		}
		cent := New(c, k, d)
		if !cent.path.direct() {
			t.Skipf("path %s", cent.Path())
		}
		labels := make([]int32, n)
		for range 2 { // the second time from the start by tiles, if crowded
			clear(labels)
			cent.Assign(x, labels, new(Scratch))
			for i, want := range bruteForce(x, c, n, k, d) {
				if labels[i] != want {
					t.Fatalf("%s: label of row %d: got %d want %d", test.name, i, labels[i], want)
				}
			}
		}
		if got := cent.crowded.Load(); got != test.crowded {
			t.Errorf("%s: crowded: got %v want %v", test.name, got, test.crowded)
		}
	}
}

func TestEveryPathIsTheSpecification(t *testing.T) {
	everyPath(t, func(t *testing.T) {
		for _, f := range families {
			for _, sh := range shapes {
				rnd := rand.New(rand.NewPCG(uint64(sh.n), uint64(sh.k)))
				x, c := f.make(rnd, sh.n, sh.k, sh.d)
				if !checkAssign(t, fmt.Sprintf("%s %v", f.name, sh), x, c, sh.n, sh.k, sh.d) {
					break
				}
			}
		}
	})
}

// guard marks the memory around a slice, which no kernel may read into a result
// or write to.
const guard = float32(-7.25e33)

// guarded returns a copy of x that begins off floats into its memory, so that
// no alignment is taken for granted, between guards.
func guarded(x []float32, off int) (slice, memory []float32) {
	memory = make([]float32, off+len(x)+9)
	for i := range memory {
		memory[i] = guard
	}
	slice = memory[off : off+len(x) : off+len(x)]
	copy(slice, x)
	return slice, memory
}

func checkAssign(t *testing.T, name string, x, c []float32, n, k, d int) bool {
	t.Helper()
	want := bruteForce(x, c, n, k, d)
	gx, mx := guarded(x, 1)
	gc, mc := guarded(c, 3)
	got := make([]int32, n+2)
	got[0], got[n+1] = -5, -5
	var s Scratch
	cent := New(gc, k, d)
	cent.Assign(gx, got[1:n+1], &s)
	ok := got[0] == -5 && got[n+1] == -5
	if !ok {
		t.Errorf("%s: wrote beyond the labels", name)
	}
	for i := range want {
		if got[i+1] != want[i] {
			t.Errorf("%s: %s: label of row %d: got %d want %d", name, cent.Path(), i, got[i+1], want[i])
			return false
		}
	}
	for _, m := range []struct{ memory, values []float32 }{{mx, x}, {mc, c}} {
		off := map[bool]int{true: 1, false: 3}[&m.memory[0] == &mx[0]]
		for i, v := range m.memory {
			w := guard
			if i >= off && i < off+len(m.values) {
				w = m.values[i-off]
			}
			if v != w {
				t.Errorf("%s: %s: an argument was changed at %d", name, cent.Path(), i-off)
				return false
			}
		}
	}
	ok = checkInner(t, name, gx, gc, n, k, d) && ok
	dist := make([]float64, n)
	cent.Distances(gx, got[1:n+1], dist)
	for i, v := range dist {
		if w := SquaredDistance(x[i*d:(i+1)*d], c[int(want[i])*d:][:d]); v != w {
			t.Errorf("%s: %s: distance of row %d: got %v want %v", name, cent.Path(), i, v, w)
			return false
		}
	}
	return ok
}

func FuzzAssign(f *testing.F) {
	for i := range families {
		f.Add(uint64(i), uint8(i), uint16(40), uint16(33), uint16(17), uint32(0))
		f.Add(uint64(i), uint8(i), uint16(40), uint16(133), uint16(1<<15+1), uint32(0)) // 2 dimensions
	}
	f.Fuzz(func(t *testing.T, seed uint64, which uint8, n, k, d uint16, scale uint32) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		fam := families[int(which)%len(families)]
		rows, clusters, dims := int(n)%130, int(k)%150+1, int(d)%140+1
		if d >= 1<<15 { // those with kernels of their own more often
			dims = int(d)%maxDirectD + 1
		}
		x, c := fam.make(rnd, rows, clusters, dims)
		// Any finite factor, so that the exponents are the fuzzer's.
		if m := math.Float32frombits(scale); m != 0 && !math.IsNaN(float64(m)) && !math.IsInf(float64(m), 0) {
			for _, s := range [][]float32{x, c} {
				for i, v := range s {
					if w := v * m; !math.IsInf(float64(w), 0) {
						s[i] = w
					}
				}
			}
		}
		everyPath(t, func(t *testing.T) {
			checkAssign(t, fam.name, x, c, rows, clusters, dims)
		})
	})
}
