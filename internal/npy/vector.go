package npy

import (
	"encoding/binary"
	"io"
)

// ReadInt64s reads a whole 1-D array of int64.
func ReadInt64s(r io.ReaderAt, size int64) ([]int64, error) {
	return readVector[int64](r, size, "i8")
}

// ReadInt32s reads a whole 1-D array of int32.
func ReadInt32s(r io.ReaderAt, size int64) ([]int32, error) {
	return readVector[int32](r, size, "i4")
}

// ReadFloat32s reads a whole 1-D array of float32.
func ReadFloat32s(r io.ReaderAt, size int64) ([]float32, error) {
	return readVector[float32](r, size, "f4")
}

// ReadFloat64s reads a whole 1-D array of float64.
func ReadFloat64s(r io.ReaderAt, size int64) ([]float64, error) {
	return readVector[float64](r, size, "f8")
}

// ReadMatrix reads a whole 2-D array of floats as float32, by the rules of
// [OpenMatrix] and [Matrix.ReadRows]; data holds its rows one after the other.
func ReadMatrix(r io.ReaderAt, size int64) (data []float32, rows, dim int, err error) {
	m, err := OpenMatrix(r, size)
	if err != nil {
		return nil, 0, 0, err
	}
	rows, dim = int(m.Rows()), m.Dim()
	data = make([]float32, rows*dim)
	if err := m.ReadRows(data, 0, nil); err != nil {
		return nil, 0, 0, err
	}
	return data, rows, dim, nil
}

// number is an item type that is read and written.
type number interface {
	int32 | int64 | float32 | float64
}

// readVector reads a 1-D array of the dtype given without its byte order.
func readVector[T number](r io.ReaderAt, size int64, dtype string) ([]T, error) {
	h, err := ReadHeader(r, size)
	if err != nil {
		return nil, err
	}
	if h.Dtype[1:] != dtype {
		return nil, formatErrorf("holds %s; need %s", dtypeName(h.Dtype), dtypeName("<"+dtype))
	}
	if len(h.Shape) != 1 {
		return nil, formatErrorf("is %d-D with shape %s; need a vector", len(h.Shape), shapeString(h.Shape))
	}
	// The size is checked against the file's, so a header cannot ask for more memory than there is file.
	x := make([]T, h.Shape[0])
	var order binary.ByteOrder = binary.LittleEndian
	if h.Dtype[0] == '>' {
		order = binary.BigEndian
	}
	buf := make([]byte, min(1<<20, len(x)*h.ItemSize))
	for rest, off := x, h.Offset; len(rest) > 0; {
		n := min(len(buf)/h.ItemSize, len(rest))
		b := buf[:n*h.ItemSize]
		if err := readFull(r, b, off); err != nil {
			return nil, err
		}
		if _, err := binary.Decode(b, order, rest[:n]); err != nil {
			return nil, err
		}
		rest, off = rest[n:], off+int64(len(b))
	}
	return x, nil
}
