package npy

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// golden is numpy.save of numpy.array([[0, 1, 2], [3, 4, 5]], dtype="<f4"),
// NumPy 2: the shape has room for 21 digits, and 118 = 128 - 10 bytes of header.
var golden = magic + "\x01\x00\x76\x00" +
	"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" + strings.Repeat(" ", 118-59-1) + "\n" +
	"\x00\x00\x00\x00" + "\x00\x00\x80\x3f" + "\x00\x00\x00\x40" +
	"\x00\x00\x40\x40" + "\x00\x00\x80\x40" + "\x00\x00\xa0\x40"

func TestWriteMatrixAsNumPyDoes(t *testing.T) {
	var b bytes.Buffer
	if err := WriteMatrix(&b, []float32{0, 1, 2, 3, 4, 5}, 3); err != nil {
		t.Fatal(err)
	}
	if b.String() != golden {
		t.Errorf("got  %q\nwant %q", b.String(), golden)
	}
	data, rows, dim, err := ReadMatrix(bytes.NewReader([]byte(golden)), int64(len(golden)))
	if err != nil || rows != 2 || dim != 3 || !slices.Equal(data, []float32{0, 1, 2, 3, 4, 5}) {
		t.Errorf("got %v %d x %d, %v", data, rows, dim, err)
	}
}

func TestHeaderIsPaddedTo64Bytes(t *testing.T) {
	for n := int64(1); n < 1e18; n *= 10 {
		if b := appendHeader(nil, "<i8", []int64{n}); len(b)%64 != 0 || b[len(b)-1] != '\n' {
			t.Errorf("shape (%d,): got %d bytes", n, len(b))
		}
	}
}

func TestVectorsRoundTrip(t *testing.T) {
	n := flushBytes + 3 // values: several flushes of each type and an odd rest
	i64, i32, f32, f64 := make([]int64, n), make([]int32, n), make([]float32, n), make([]float64, n)
	for i := range n {
		i64[i], i32[i] = int64(i-5)<<40, int32(i-5)<<8
		f32[i], f64[i] = float32(i)/3, float64(i)/7
	}
	roundTrip(t, i64, WriteInt64s, ReadInt64s)
	roundTrip(t, i32, WriteInt32s, ReadInt32s)
	roundTrip(t, f32, WriteFloat32s, ReadFloat32s)
	roundTrip(t, f64, WriteFloat64s, ReadFloat64s)
	roundTrip(t, []int64{}, WriteInt64s, ReadInt64s)
}

func roundTrip[T number](t *testing.T, want []T, write func(io.Writer, []T) error, read func(io.ReaderAt, int64) ([]T, error)) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%T: what was read is not what was written", want)
	}
}

func TestWriterInSmallPieces(t *testing.T) {
	want := make([]float32, 50_000)
	for i := range want {
		want[i] = float32(i % 2048) // exact in float16
	}
	for _, dtype := range []string{"<f2", "<f4"} {
		var b bytes.Buffer
		w, err := NewWriter(&b, dtype, 1000, 50)
		if err != nil {
			t.Fatal(err)
		}
		for rest := want; len(rest) > 0; {
			n := min(len(rest), 1+len(rest)%977)
			if err := w.WriteFloat32s(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got, rows, dim, err := ReadMatrix(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil || rows != 1000 || dim != 50 || !slices.Equal(got, want) {
			t.Errorf("%s: got %d x %d, %v, or other values", dtype, rows, dim, err)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	start := func(t *testing.T) *Writer {
		w, err := NewWriter(&bytes.Buffer{}, "<f4", 2, 3)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	tests := []struct {
		name string
		do   func(t *testing.T) error
		want string
	}{
		{"dtype", func(*testing.T) error { _, err := NewWriter(nil, "<c8", 1); return err }, `npy: cannot write dtype "<c8": need one of <f2 <f4 <f8 <i4 <i8`},
		{"negative shape", func(*testing.T) error { _, err := NewWriter(nil, "<f4", -1); return err }, "npy: cannot write shape (-1,)"},
		{"too few", func(t *testing.T) error {
			w := start(t)
			_ = w.WriteFloat32s(make([]float32, 5))
			return w.Close()
		}, "npy: the shape promised 6 values, got 5"},
		{"too many", func(t *testing.T) error { return start(t).WriteFloat32s(make([]float32, 7)) }, "npy: the shape promised 6 values, got 7"},
		{"wrong type", func(t *testing.T) error { return start(t).WriteInt64s(make([]int64, 6)) }, "npy: cannot write []int64 to an array of <f4"},
		{"no whole rows", func(*testing.T) error { return WriteMatrix(&bytes.Buffer{}, make([]float32, 7), 3) }, "npy: 7 values are no rows of 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.do(t); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

var errDisk = errors.New("no space left on device")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errDisk }

func TestWriterReportsTheDisk(t *testing.T) {
	if err := WriteFloat64s(fullDisk{}, make([]float64, 10)); !errors.Is(err, errDisk) {
		t.Errorf("got %v, want %v", err, errDisk)
	}
	if err := WriteFloat64s(fullDisk{}, make([]float64, 1<<20)); !errors.Is(err, errDisk) {
		t.Errorf("got %v, want %v", err, errDisk)
	}
}

func TestVectorRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"dtype", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "holds float32 (<f4); need int64 (<i8)"},
		{"2-D", "{'descr': '<i8', 'fortran_order': False, 'shape': (1, 1), }", "is 2-D with shape (1, 1); need a vector"},
		{"truncated", "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", "is truncated: shape (2,) of <i8 makes 83 bytes, got 75 (1 of 2 rows are whole)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := file(tt.text, make([]byte, 8))
			if _, err := ReadInt64s(bytes.NewReader(b), int64(len(b))); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
