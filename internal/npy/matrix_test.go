package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

// file builds a version 1 file by hand: the header text as it is, unpadded.
func file(text string, data []byte) []byte {
	b := append([]byte(magic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	return append(append(b, text...), data...)
}

func open(b []byte) (*Matrix, error) { return OpenMatrix(bytes.NewReader(b), int64(len(b))) }

func TestReadRowsOfEveryDtype(t *testing.T) {
	// Six values that float16 holds exactly: 0 to 5, halved.
	want := []float32{0, 0.5, 1, 1.5, 2, 2.5}
	data := func(order binary.AppendByteOrder, size int) (b []byte) {
		for _, v := range want {
			switch size {
			case 2:
				b = order.AppendUint16(b, ToHalf(v))
			case 4:
				b = order.AppendUint32(b, math.Float32bits(v))
			case 8:
				b = order.AppendUint64(b, math.Float64bits(float64(v)))
			}
		}
		return b
	}
	tests := []struct {
		dtype string
		order binary.AppendByteOrder
		size  int
	}{
		{"<f2", binary.LittleEndian, 2},
		{"<f4", binary.LittleEndian, 4},
		{"<f8", binary.LittleEndian, 8},
		{">f2", binary.BigEndian, 2},
		{">f4", binary.BigEndian, 4},
		{">f8", binary.BigEndian, 8},
	}
	for _, tt := range tests {
		t.Run(tt.dtype, func(t *testing.T) {
			b := file("{'descr': '"+tt.dtype+"', 'fortran_order': False, 'shape': (3, 2), }\n", data(tt.order, tt.size))
			m, err := open(b)
			if err != nil {
				t.Fatal(err)
			}
			if m.Rows() != 3 || m.Dim() != 2 || m.Dtype() != tt.dtype {
				t.Fatalf("got %d x %d of %s, want 3 x 2 of %s", m.Rows(), m.Dim(), m.Dtype(), tt.dtype)
			}
			// Buffers of none, of one item, of less than a row and of more than all.
			for _, buf := range [][]byte{nil, make([]byte, 8), make([]byte, 13), make([]byte, 1000)} {
				got := make([]float32, 4)
				if err := m.ReadRows(got, 1, buf); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, want[2:]) {
					t.Errorf("buffer of %d: got %v, want %v", len(buf), got, want[2:])
				}
			}
		})
	}
}

func TestReadRowsConversion(t *testing.T) {
	b := file("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 6)}", nil)
	for _, v := range []float64{
		1 + 0x1p-24,           // half-way between 1 and 1 + 2^-23: even is 1
		1 + 3*0x1p-24,         // half-way: even is 1 + 2^-22
		1 + 0x1p-24 + 0x1p-50, // above half-way: up
		1e300, -1e300,         // overflow
		0x1p-149, // the smallest subnormal
	} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	m, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, 6)
	if err := m.ReadRows(got, 0, nil); err != nil {
		t.Fatal(err)
	}
	inf := float32(math.Inf(1))
	want := []float32{1, 1 + 0x1p-22, 1 + 0x1p-23, inf, -inf, 0x1p-149}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if col, bad := BadRow(got); !bad || col != 3 {
		t.Errorf("BadRow: got %d %t, want 3 true", col, bad)
	}
}

func TestOpenMatrixRefuses(t *testing.T) {
	text := func(descr, order, shape string) string {
		return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }"
	}
	zeros := func(n int) []byte { return make([]byte, n) }
	f4 := func(shape string, n int) []byte { return file(text("'<f4'", "False", shape), zeros(n)) }
	tests := []struct {
		name string
		b    []byte
		want string
	}{
		{"empty", nil, "is empty (0 bytes)"},
		{"text", []byte("a,b,c\n1,2,3\n"), `is not a .npy file (it begins with "a,b,c\n")`},
		{"npz", []byte("PK\x03\x04aaaaaaaa"), "is a zip archive (.npz?), not a .npy file: save one array per .npy file"},
		{"cut in the magic", []byte("\x93NU"), `is not a .npy file (it begins with "\x93NU")`},
		{"cut after the magic", []byte(magic + "\x01\x00"), "is truncated inside its header: 8 bytes"},
		{"cut in the header", f4("(2, 3)", 24)[:40], "is truncated inside its header: 40 bytes of 69"},
		{"version", []byte(magic + "\x09\x01aaaaaaaaa"), "is .npy version 9.1; versions 1, 2 and 3 are known"},
		{"huge header", []byte(magic + "\x02\x00\xff\xff\xff\x7f"), "has a header of 2147483647 bytes; at most 65536 are read"},
		{"truncated", f4("(10, 3)", 100), "is truncated: shape (10, 3) of <f4 makes 190 bytes, got 170 (8 of 10 rows are whole)"},
		{"trailing", f4("(2, 3)", 30), "has 6 bytes after the end of its data: shape (2, 3) of <f4 makes 93 bytes, got 99"},
		{"1-D", f4("(5,)", 20), "is 1-D with shape (5,); need rows x dim"},
		{"0-D", f4("()", 4), "is 0-D with shape (); need rows x dim"},
		{"3-D", f4("(1, 2, 3)", 24), "is 3-D with shape (1, 2, 3); need rows x dim"},
		{"no rows", f4("(0, 3)", 0), "has no rows: shape (0, 3)"},
		{"no columns", f4("(3, 0)", 0), "has no columns: shape (3, 0)"},
		{"overflow", f4("(4611686018427387904, 4)", 8), "has an impossible shape (4611686018427387904, 4)"},
		{"object", file(text("'|O'", "False", "(2, 3)"), zeros(9)), "holds Python objects (a pickle); refuse to read them: save float32 instead"},
		{"fields", file(text("[('a', '<f4'), ('b', '<i8')]", "False", "(2,)"), zeros(24)), "holds a structured array (several fields); save one plain array per file"},
		{"int64", file(text("'<i8'", "False", "(1, 2)"), zeros(16)), "holds int64 (<i8); need float16, float32 or float64"},
		{"uint8", file(text("'|u1'", "False", "(1, 2)"), zeros(2)), "holds uint8 (|u1); need float16, float32 or float64"},
		{"bool", file(text("'|b1'", "False", "(1, 2)"), zeros(2)), "holds bool (|b1); need float16, float32 or float64"},
		{"strings", file(text("'<U3'", "False", "(1, 2)"), zeros(24)), "holds strings (<U3); need float16, float32 or float64"},
		{"byte strings", file(text("'|S3'", "False", "(1, 2)"), zeros(6)), "holds byte strings (|S3); need float16, float32 or float64"},
		{"complex", file(text("'<c8'", "False", "(1, 2)"), zeros(16)), "holds complex64 (<c8); need float16, float32 or float64"},
		{"dates", file(text("'<M8[ns]'", "False", "(1, 2)"), zeros(16)), "holds dates (<M8[ns]); need float16, float32 or float64"},
		{"long double", file(text("'<f16'", "False", "(1, 2)"), zeros(32)), "holds float128 (<f16); need float16, float32 or float64"},
		{"unknown dtype", file(text("'bfloat16'", "False", "(1, 2)"), zeros(4)), `has an unknown dtype "bfloat16"`},
		{"no byte order", file(text("'|f4'", "False", "(1, 2)"), zeros(8)), `has an unknown dtype "|f4"`},
		{"Fortran", file(text("'<f4'", "True", "(2, 3)"), zeros(24)), "is in Fortran order; save numpy.ascontiguousarray(x) instead"},
		{"Fortran, truncated", file(text("'<f4'", "True", "(2, 3)"), zeros(20)), "is truncated: shape (2, 3) of <f4 makes 92 bytes, got 88"},
		{"garbage header", file("what is this", nil), `bad .npy header: "what is this"`},
		{"missing key", file("{'descr': '<f4', 'shape': (2, 3)}", zeros(24)), `bad .npy header: no key "fortran_order"`},
		{"unknown key", file("{'descr': '<f4', 'x': 1}", nil), `bad .npy header: unknown key "x"`},
		{"negative", f4("(-2, 3)", 24), `bad .npy header: "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3), }"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(tt.b)
			if err == nil {
				t.Fatalf("got no error, want %q", tt.want)
			}
			if err.Error() != tt.want {
				t.Errorf("got  %q\nwant %q", err, tt.want)
			}
			if e := (*FormatError)(nil); !errors.As(err, &e) {
				t.Errorf("got a %T, want a *FormatError", err)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Error("the message has several lines")
			}
		})
	}
}

func TestOpenMatrixAccepts(t *testing.T) {
	tests := []struct{ name, text string }{
		{"as NumPy writes it", "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }      \n"},
		{"Python 2", "{'descr': '<f4', 'fortran_order': False, 'shape': (1L, 3L)}"},
		{"another order, double quotes", `{"shape": (1,3), "fortran_order":False , "descr":"<f4"}`},
		{"one row is both orders", "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 3), }"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := open(file(tt.text, make([]byte, 12)))
			if err != nil {
				t.Fatal(err)
			}
			if m.Rows() != 1 || m.Dim() != 3 {
				t.Errorf("got %d x %d, want 1 x 3", m.Rows(), m.Dim())
			}
		})
	}
}

func TestOpenMatrixVersions2And3(t *testing.T) {
	text := "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n"
	for _, version := range []byte{2, 3} {
		b := append([]byte(magic), version, 0)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
		b = append(append(b, text...), make([]byte, 8)...)
		if _, err := open(b); err != nil {
			t.Errorf("version %d: %v", version, err)
		}
	}
}

func TestOpenMatrixRefusesATransposedOne(t *testing.T) {
	b := file("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 20000000), }", nil)
	_, err := OpenMatrix(bytes.NewReader(b), int64(len(b))+80_000_000) // 4*20000000
	want := "has 20000000 columns; at most 16777216 are read (is it transposed? shape (1, 20000000))"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

// TestReadRowsOfAFileThatShrank opens a file that lost its end after its size was taken.
func TestReadRowsOfAFileThatShrank(t *testing.T) {
	b := file("{'descr': '<f4', 'fortran_order': False, 'shape': (100, 2), }", nil)
	size := int64(len(b) + 800)
	m, err := OpenMatrix(bytes.NewReader(append(b, make([]byte, 400)...)), size)
	if err != nil {
		t.Fatal(err)
	}
	err = m.ReadRows(make([]float32, 20), 45, nil)
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "read rows 45 to 54 of 100") {
		t.Errorf("got %v, want an unexpected EOF of rows 45 to 54", err)
	}
}

func TestReadRowsAllocatesNothing(t *testing.T) {
	for _, dtype := range []string{"<f2", "<f4", "<f8"} {
		size, _ := itemSize(dtype)
		m, err := open(file("{'descr': '"+dtype+"', 'fortran_order': False, 'shape': (64, 16), }", make([]byte, 64*16*size)))
		if err != nil {
			t.Fatal(err)
		}
		dst, buf := make([]float32, 8*16), make([]byte, m.BufferSize(8))
		allocs := testing.AllocsPerRun(10, func() {
			if err := m.ReadRows(dst, 3, buf); err != nil {
				t.Fatal(err)
			}
		})
		if allocs != 0 {
			t.Errorf("%s: got %v allocations per call, want 0", dtype, allocs)
		}
	}
}

func TestReadRowsPanics(t *testing.T) {
	m, err := open(file("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }", make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		values int
		first  int64
	}{{3, 0}, {2, 4}, {10, 0}, {2, -1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d values from row %d: got no panic", tt.values, tt.first)
				}
			}()
			_ = m.ReadRows(make([]float32, tt.values), tt.first, nil)
		}()
	}
}

func BenchmarkReadRows(b *testing.B) {
	for _, dtype := range []string{"<f2", "<f4", "<f8"} {
		b.Run(dtype, func(b *testing.B) {
			size, _ := itemSize(dtype)
			m, err := open(file("{'descr': '"+dtype+"', 'fortran_order': False, 'shape': (1024, 256), }", make([]byte, 1024*256*size)))
			if err != nil {
				b.Fatal(err)
			}
			dst, buf := make([]float32, 1024*256), make([]byte, m.BufferSize(1024))
			b.SetBytes(int64(len(dst) * size))
			for b.Loop() {
				if err := m.ReadRows(dst, 0, buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
