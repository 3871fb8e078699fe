package points

import (
	"fmt"
	"io"

	"leveler/internal/npy"
	"leveler/internal/store"
)

// ReadInt64s reads a whole 1-D int64 .npy file.
func ReadInt64s(path string) ([]int64, error) { return readVector(path, npy.ReadInt64s) }

// ReadInt32s reads a whole 1-D int32 .npy file.
func ReadInt32s(path string) ([]int32, error) { return readVector(path, npy.ReadInt32s) }

// ReadFloat64s reads a whole 1-D float64 .npy file.
func ReadFloat64s(path string) ([]float64, error) { return readVector(path, npy.ReadFloat64s) }

func readVector[T any](path string, read func(io.ReaderAt, int64) ([]T, error)) ([]T, error) {
	f, err := store.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	v, err := read(f, f.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

// ReadMatrix reads a whole 2-D .npy file as float32.
func ReadMatrix(path string) (x []float32, rows, dim int, err error) {
	f, err := store.Open(path)
	if err != nil {
		return nil, 0, 0, err
	}
	defer f.Close() //nolint:errcheck // only read
	x, rows, dim, err = npy.ReadMatrix(f, f.Size())
	if err != nil {
		return nil, 0, 0, fmt.Errorf("%s: %w", path, err)
	}
	return x, rows, dim, nil
}
