package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"unsafe"
)

// Matrix is a 2-D array of floats on storage, read by ranges of rows. It is
// safe for concurrent use when its io.ReaderAt is (an os.File is).
type Matrix struct {
	r      io.ReaderAt
	header Header
	rows   int64
	dim    int
	big    bool // big-endian on storage
}

// maxDim bounds a row: 2^24 float32 are 64 MB, far above any embedding, so that
// a transposed file is refused instead of read a gigabyte a row.
const maxDim = 1 << 24

// OpenMatrix reads the header of a file of size bytes and refuses all that is
// not rows x dim of float16, float32 or float64 in C order.
func OpenMatrix(r io.ReaderAt, size int64) (*Matrix, error) {
	h, err := ReadHeader(r, size)
	if err != nil {
		return nil, err
	}
	shape := shapeString(h.Shape)
	switch {
	case h.Dtype[1] != 'f' || h.ItemSize > 8:
		return nil, formatErrorf("holds %s; need float16, float32 or float64", dtypeName(h.Dtype))
	case len(h.Shape) != 2:
		return nil, formatErrorf("is %d-D with shape %s; need rows x dim", len(h.Shape), shape)
	case h.Shape[0] == 0:
		return nil, formatErrorf("has no rows: shape %s", shape)
	case h.Shape[1] == 0:
		return nil, formatErrorf("has no columns: shape %s", shape)
	case h.Fortran && h.Shape[0] > 1 && h.Shape[1] > 1: // else both orders are the same bytes
		return nil, formatErrorf("is in Fortran order; save numpy.ascontiguousarray(x) instead")
	case h.Shape[1] > maxDim:
		return nil, formatErrorf("has %d columns; at most %d are read (is it transposed? shape %s)", h.Shape[1], maxDim, shape)
	}
	return &Matrix{r: r, header: h, rows: h.Shape[0], dim: int(h.Shape[1]), big: h.Dtype[0] == '>'}, nil
}

// hostBig is whether this machine is big-endian.
var hostBig = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// Rows returns the number of rows.
func (m *Matrix) Rows() int64 { return m.rows }

// Dim returns the number of columns.
func (m *Matrix) Dim() int { return m.dim }

// Dtype returns the dtype on storage, such as "<f4".
func (m *Matrix) Dtype() string { return m.header.Dtype }

// BufferSize returns the bytes of buf with which ReadRows reads rows in one
// pread: none for float32, which is read straight into the destination.
func (m *Matrix) BufferSize(rows int) int {
	if m.header.ItemSize == 4 {
		return 0
	}
	return rows * m.dim * m.header.ItemSize
}

// minBuffer is what ReadRows allocates when buf holds less than one item.
const minBuffer = 64 << 10

// ReadRows reads len(dst)/Dim() rows from row first on. Float16 widens exactly,
// float64 rounds to the nearest float32, ties to even, and what overflows
// becomes an infinity, for [BadRow] to find. Other items than float32 pass
// through buf, as many preads as it takes; nothing is allocated when buf has at
// least 8 bytes. A range outside the matrix or a dst that is no whole number of
// rows is a programmer's error and panics.
func (m *Matrix) ReadRows(dst []float32, first int64, buf []byte) error {
	n := int64(len(dst) / m.dim)
	if len(dst)%m.dim != 0 || first < 0 || first > m.rows-n {
		panic(fmt.Sprintf("npy: ReadRows of %d values from row %d of a %d x %d matrix", len(dst), first, m.rows, m.dim))
	}
	if len(dst) == 0 {
		return nil
	}
	off := m.header.Offset + first*int64(m.dim)*int64(m.header.ItemSize)
	var err error
	if m.header.ItemSize == 4 {
		err = m.readFloat32(dst, off)
	} else {
		err = m.readConverted(dst, off, buf)
	}
	if err != nil {
		return fmt.Errorf("read rows %d to %d of %d: %w", first, first+n-1, m.rows, err)
	}
	return nil
}

// readFloat32 reads into dst's own memory and turns the bytes of each value
// around in place where the file's order is not the machine's.
func (m *Matrix) readFloat32(dst []float32, off int64) error {
	raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(dst))), 4*len(dst))
	if err := readFull(m.r, raw, off); err != nil {
		return err
	}
	if m.big != hostBig {
		for i, v := range dst {
			dst[i] = math.Float32frombits(bits.ReverseBytes32(math.Float32bits(v)))
		}
	}
	return nil
}

func (m *Matrix) readConverted(dst []float32, off int64, buf []byte) error {
	size := m.header.ItemSize
	if len(buf) < size {
		buf = make([]byte, min(minBuffer, size*len(dst)))
	}
	for len(dst) > 0 {
		n := min(len(buf)/size, len(dst))
		b := buf[:n*size]
		if err := readFull(m.r, b, off); err != nil {
			return err
		}
		if size == 2 {
			halves(dst[:n], b, m.big)
		} else {
			doubles(dst[:n], b, m.big)
		}
		dst, off = dst[n:], off+int64(len(b))
	}
	return nil
}

func halves(dst []float32, b []byte, big bool) {
	if big {
		for i := range dst {
			dst[i] = FromHalf(binary.BigEndian.Uint16(b[2*i:]))
		}
		return
	}
	for i := range dst {
		dst[i] = FromHalf(binary.LittleEndian.Uint16(b[2*i:]))
	}
}

func doubles(dst []float32, b []byte, big bool) {
	if big {
		for i := range dst {
			dst[i] = float32(math.Float64frombits(binary.BigEndian.Uint64(b[8*i:])))
		}
		return
	}
	for i := range dst {
		dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
	}
}
