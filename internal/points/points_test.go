package points

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leveler/internal/npy"
	"leveler/internal/store"
)

// cut makes a set of n rows of d values in shards of the sizes given.
func cut(t *testing.T, x []float32, d int, sizes ...int) *Set {
	t.Helper()
	dir := t.TempDir()
	s := &Set{Dim: d}
	for i, n := range sizes {
		sh := Shard{Index: i, Rows: int64(n), Start: s.Rows, Row: 100 + s.Rows}
		if n > 0 {
			part := x[int(s.Rows)*d : (int(s.Rows)+n)*d]
			ref, err := store.CommitCache(dir, fmt.Sprint(i), ".npy", func(w io.Writer) error { return npy.WriteMatrix(w, part, d) })
			if err != nil {
				t.Fatal(err)
			}
			sh.Path, sh.File = ref.Path, ref
		}
		s.Rows += int64(n)
		s.Shards = append(s.Shards, sh)
	}
	return s
}

func numbersTo(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i)
	}
	return x
}

func TestReadingASet(t *testing.T) {
	x := numbersTo(12)
	for _, sizes := range [][]int{{6}, {1, 5}, {0, 0, 2, 0, 3, 1, 0}, {1, 1, 1, 1, 1, 1}} {
		s := cut(t, x, 2, sizes...)
		all, err := s.ReadAll()
		if err != nil || !slices.Equal(all, x) {
			t.Errorf("%v: got %v, %v want %v", sizes, all, err, x)
		}
		for i := range int64(6) {
			row, err := s.ReadRow(i)
			if want := x[2*i : 2*i+2]; err != nil || !slices.Equal(row, want) {
				t.Errorf("%v: row %d: got %v, %v want %v", sizes, i, row, err, want)
			}
			shard, off := s.At(i)
			if sh := s.Shards[shard]; off < 0 || off >= sh.Rows || sh.Start+off != i {
				t.Errorf("%v: row %d: got offset %d of shard %+v", sizes, i, off, sh)
			}
		}
	}
}

func TestReadUsesTheBuffer(t *testing.T) {
	s := cut(t, numbersTo(6), 2, 3)
	buf := make([]float32, 100)
	got, err := s.Shards[0].Read(2, buf)
	if err != nil || len(got) != 6 || &got[0] != &buf[0] {
		t.Errorf("got %d values, %v want 6 in the buffer", len(got), err)
	}
	if got, err = s.Shards[0].Read(2, buf[:0:1]); err != nil || len(got) != 6 {
		t.Errorf("with a small buffer: got %d values, %v want 6", len(got), err)
	}
}

func TestReadRefuses(t *testing.T) {
	s := cut(t, numbersTo(6), 2, 3)
	sh := s.Shards[0]
	for _, c := range []struct {
		name  string
		shard Shard
		dim   int
		want  string
	}{
		{"another dim", sh, 3, sh.Path + ": has 2 columns, the set has 3"},
		{"a file that became shorter", Shard{Path: sh.Path, First: 1, Rows: 3}, 2, sh.Path + ": has 3 rows, the set was made when it had 4 at least"},
		{"no file", Shard{Path: sh.Path + "x", Rows: 1}, 2, sh.Path + "x: no such file or directory"},
	} {
		if _, err := c.shard.Read(c.dim, nil); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v want %s", c.name, err, c.want)
		}
	}
}

// writeNpy writes a version 1.0 header by hand, and the bytes.
func writeNpy(t *testing.T, descr string, rows, dim int, data []byte) string {
	t.Helper()
	h := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }", descr, rows, dim)
	h += strings.Repeat(" ", 63-(10+len(h))%64) + "\n"
	path := filepath.Join(t.TempDir(), "x.npy")
	b := append([]byte{0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, byte(len(h)), byte(len(h) >> 8)}, h...)
	if err := os.WriteFile(path, append(b, data...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadHalvesSinglesDoubles(t *testing.T) {
	want := []float32{1, -2, 0.5, 0}
	for descr, data := range map[string][]byte{
		"<f2": {0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38, 0, 0},
		">f2": {0x3c, 0x00, 0xc0, 0x00, 0x38, 0x00, 0, 0},
		"<f4": {0, 0, 0x80, 0x3f, 0, 0, 0x00, 0xc0, 0, 0, 0, 0x3f, 0, 0, 0, 0},
		"<f8": {0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0},
	} {
		sh := Shard{Path: writeNpy(t, descr, 2, 2, data), Rows: 2}
		if got, err := sh.Read(2, nil); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v want %v", descr, got, err, want)
		}
		sh.First, sh.Rows = 1, 1
		if got, err := sh.Read(2, nil); err != nil || !slices.Equal(got, want[2:]) {
			t.Errorf("%s, second row: got %v, %v want %v", descr, got, err, want[2:])
		}
		x, rows, dim, err := ReadMatrix(sh.Path)
		if err != nil || rows != 2 || dim != 2 || !slices.Equal(x, want) {
			t.Errorf("%s, whole: got %v %d x %d, %v want %v", descr, x, rows, dim, err, want)
		}
	}
}

func TestRowNumbers(t *testing.T) {
	ref, err := store.CommitCache(t.TempDir(), "n", ".npy", func(w io.Writer) error { return npy.WriteInt64s(w, []int64{3, 9, 1 << 40}) })
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		shard Shard
		want  []int64
	}{
		{Shard{Rows: 3, Row: 1 << 40}, []int64{1 << 40, 1<<40 + 1, 1<<40 + 2}},
		{Shard{Rows: 3, Row: 3, Numbers: ref}, []int64{3, 9, 1 << 40}},
	} {
		number, err := c.shard.RowNumbers()
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			if got := number(i); got != want {
				t.Errorf("%+v: row %d: got %d want %d", c.shard, i, got, want)
			}
		}
	}
	if _, err := (Shard{Rows: 2, Numbers: ref}).RowNumbers(); err == nil || err.Error() != ref.Path+": lists 3 rows, the shard has 2" {
		t.Errorf("got %v", err)
	}
}

func TestDigestIsOfRowsAndNumbersOnly(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	const n, d = 50, 3
	x := make([]float32, n*d)
	for i := range x {
		x[i] = rnd.Float32()
	}
	add := func(dg *Digest, i int) { dg.Add(int64(i), x[i*d:(i+1)*d], nil) }
	var want Digest
	for i := range n {
		add(&want, i)
	}
	for range 20 { // in any order over any shards, merged in any order
		shards := make([]Digest, 1+rnd.IntN(5))
		for _, i := range rnd.Perm(n) {
			add(&shards[rnd.IntN(len(shards))], i)
		}
		var got Digest
		for _, i := range rnd.Perm(len(shards)) {
			got.Merge(shards[i])
		}
		if got != want {
			t.Fatalf("got %s want %s", got, want)
		}
	}
	for name, c := range map[string]func(*Digest){
		"a row less":         func(*Digest) {},
		"another number":     func(dg *Digest) { dg.Add(n, x[:d], nil) },
		"another value":      func(dg *Digest) { dg.Add(0, []float32{x[0], x[1], x[2] + 1}, nil) },
		"values swapped":     func(dg *Digest) { dg.Add(0, []float32{x[1], x[0], x[2]}, nil) },
		"a row seen twice":   func(dg *Digest) { add(dg, 0); add(dg, 1) },
		"rows swapped round": func(dg *Digest) { dg.Add(0, x[d:2*d], nil) },
	} {
		var got Digest
		for i := 1; i < n; i++ {
			add(&got, i)
		}
		if c(&got); got == want {
			t.Errorf("%s: the digest is the same", name)
		}
	}
	carry := Digest{0, math.MaxUint64}
	if carry.Merge(Digest{0, 1}); carry.String() != "00000000000000010000000000000000" {
		t.Errorf("carry: got %s", carry)
	}
}

func TestNormalise(t *testing.T) {
	third := float32(1 / math.Sqrt(3)) // rounded once from float64
	for _, c := range []struct{ x, want []float32 }{
		{[]float32{3, 4}, []float32{0.6, 0.8}},
		{[]float32{-2, 0}, []float32{-1, 0}},
		{[]float32{1, 1, 1}, []float32{third, third, third}},
		{[]float32{3e38, 4e-38}, []float32{1, 0}},                    // squares beyond float32, both ways
		{[]float32{3e-45, 0}, []float32{1, 0}},                       // denormal
		{[]float32{3 * 0x1p-149, 4 * 0x1p-149}, []float32{0.6, 0.8}}, // denormals
	} {
		got := slices.Clone(c.x)
		if !Normalise(got) || math.Abs(float64(got[1]-c.want[1])) > 1e-37 || got[0] != c.want[0] {
			t.Errorf("%v: got %v want %v", c.x, got, c.want)
		}
	}
	zero := []float32{0, float32(math.Copysign(0, -1))}
	if Normalise(zero) {
		t.Error("a row of length 0: got true")
	}
}

func TestManifest(t *testing.T) {
	s := cut(t, numbersTo(8), 2, 3, 0, 1)
	s.Digest, s.MaxAbs, s.Unit = "d", 7.5, true
	ref, err := s.Commit(t.TempDir(), "points")
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadSet(ref.Path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got.Bytes() != 4*2*4 { // 4 rows x 2 float32
		t.Errorf("Bytes: got %d want 32", got.Bytes())
	}
	if err := os.Truncate(ref.Path, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSet(ref.Path); err == nil || !strings.HasPrefix(err.Error(), ref.Path+": not a point set's manifest") {
		t.Errorf("torn: got %v", err)
	}
}
