package npy

import (
	"fmt"
	"io"
)

// WriteInt64s writes a 1-D int64 array.
func WriteInt64s(w io.Writer, x []int64) error {
	return writeWhole(w, "<i8", x, (*Writer).WriteInt64s, int64(len(x)))
}

// WriteInt32s writes a 1-D int32 array.
func WriteInt32s(w io.Writer, x []int32) error {
	return writeWhole(w, "<i4", x, (*Writer).WriteInt32s, int64(len(x)))
}

// WriteFloat32s writes a 1-D float32 array.
func WriteFloat32s(w io.Writer, x []float32) error {
	return writeWhole(w, "<f4", x, (*Writer).WriteFloat32s, int64(len(x)))
}

// WriteFloat64s writes a 1-D float64 array.
func WriteFloat64s(w io.Writer, x []float64) error {
	return writeWhole(w, "<f8", x, (*Writer).WriteFloat64s, int64(len(x)))
}

// WriteMatrix writes rows of dim float32 values, one after the other in x.
func WriteMatrix(w io.Writer, x []float32, dim int) error { return writeMatrix(w, "<f4", x, dim) }

// WriteHalves writes rows of dim values as float16, rounded to the nearest.
func WriteHalves(w io.Writer, x []float32, dim int) error { return writeMatrix(w, "<f2", x, dim) }

func writeMatrix(w io.Writer, dtype string, x []float32, dim int) error {
	if dim < 1 || len(x)%dim != 0 {
		return fmt.Errorf("npy: %d values are no rows of %d", len(x), dim)
	}
	return writeWhole(w, dtype, x, (*Writer).WriteFloat32s, int64(len(x)/dim), int64(dim))
}

func writeWhole[T number](w io.Writer, dtype string, x []T, write func(*Writer, []T) error, shape ...int64) error {
	out, err := NewWriter(w, dtype, shape...)
	if err != nil {
		return err
	}
	if err := write(out, x); err != nil {
		return err
	}
	return out.Close()
}
