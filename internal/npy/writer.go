package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// dtypes a Writer takes.
var writable = []string{"<f2", "<f4", "<f8", "<i4", "<i8"}

// flushBytes is the size of the writes to the underlying writer.
const flushBytes = 64 << 10

// Writer writes one array whose shape is known from the start: the header goes
// out first, so that nothing is ever rewritten and any io.Writer will do.
type Writer struct {
	w       io.Writer
	dtype   string
	promise int64 // items
	written int64
	buf     []byte
	err     error // the first error, sticky
}

// NewWriter starts an array of dtype "<f2", "<f4", "<f8", "<i4" or "<i8" and the
// given shape. The bytes equal those of numpy.save, so that numpy.load opens them.
func NewWriter(w io.Writer, dtype string, shape ...int64) (*Writer, error) {
	if !slices.Contains(writable, dtype) {
		return nil, fmt.Errorf("npy: cannot write dtype %q: need one of %s", dtype, strings.Join(writable, " "))
	}
	item, _ := itemSize(dtype)
	items, _, ok := Header{Shape: shape, ItemSize: item}.items()
	if !ok || len(shape) > maxDims || slices.ContainsFunc(shape, func(n int64) bool { return n < 0 }) {
		return nil, fmt.Errorf("npy: cannot write shape %s", shapeString(shape))
	}
	out := &Writer{w: w, dtype: dtype, promise: items, buf: make([]byte, 0, flushBytes+8)}
	out.buf = appendHeader(out.buf, dtype, shape)
	return out, nil
}

// appendHeader appends the bytes before the data, as NumPy (since 1.23) writes them:
// room for the first dimension to grow to 21 digits, then spaces and a newline
// to a multiple of 64 bytes, so that the data are aligned for memory maps.
func appendHeader(b []byte, dtype string, shape []int64) []byte {
	const growthDigits, align, prefix = 21, 64, len(magic) + 2 + 2
	text := "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': " + shapeString(shape) + ", }"
	if len(shape) > 0 {
		text += strings.Repeat(" ", growthDigits-len(strconv.FormatInt(shape[0], 10)))
	}
	pad := align - (prefix+len(text)+1)%align
	b = append(b, magic...)
	b = append(b, 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)+pad+1))
	b = append(b, text...)
	b = append(b, strings.Repeat(" ", pad)...)
	return append(b, '\n')
}

// WriteFloat32s appends values to a "<f4" array, or to a "<f2" one, rounded to
// the nearest, ties to even (65520 and more become infinities).
func (w *Writer) WriteFloat32s(x []float32) error {
	if w.dtype == "<f2" {
		return writeItems(w, "<f2", x, appendHalves)
	}
	return writeItems(w, "<f4", x, appendItems)
}

// WriteFloat64s appends values to a "<f8" array.
func (w *Writer) WriteFloat64s(x []float64) error { return writeItems(w, "<f8", x, appendItems) }

// WriteInt32s appends values to a "<i4" array.
func (w *Writer) WriteInt32s(x []int32) error { return writeItems(w, "<i4", x, appendItems) }

// WriteInt64s appends values to a "<i8" array.
func (w *Writer) WriteInt64s(x []int64) error { return writeItems(w, "<i8", x, appendItems) }

func appendItems[T number](b []byte, x []T) ([]byte, error) {
	return binary.Append(b, binary.LittleEndian, x)
}

func appendHalves(b []byte, x []float32) ([]byte, error) {
	for _, v := range x {
		b = binary.LittleEndian.AppendUint16(b, ToHalf(v))
	}
	return b, nil
}

func writeItems[T number](w *Writer, dtype string, x []T, encode func([]byte, []T) ([]byte, error)) error {
	switch {
	case w.err != nil:
		return w.err
	case w.dtype != dtype:
		w.err = fmt.Errorf("npy: cannot write %T to an array of %s", x, w.dtype)
		return w.err
	case int64(len(x)) > w.promise-w.written:
		w.err = fmt.Errorf("npy: the shape promised %d values, got %d", w.promise, w.written+int64(len(x)))
		return w.err
	}
	w.written += int64(len(x))
	for len(x) > 0 && w.err == nil {
		n := min(len(x), 1+(flushBytes-len(w.buf))/8) // at most 8 bytes over, which cap(buf) has
		w.buf, w.err = encode(w.buf, x[:n])
		x = x[n:]
		if len(w.buf) >= flushBytes-8 {
			w.flush()
		}
	}
	return w.err
}

func (w *Writer) flush() {
	if len(w.buf) > 0 && w.err == nil {
		_, w.err = w.w.Write(w.buf)
		w.buf = w.buf[:0]
	}
}

// Close writes what is buffered and checks that as many values came as the
// shape promised. It does not close the underlying writer.
func (w *Writer) Close() error {
	if w.err == nil && w.written != w.promise {
		w.err = fmt.Errorf("npy: the shape promised %d values, got %d", w.promise, w.written)
	}
	w.flush()
	return w.err
}
