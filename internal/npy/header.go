package npy

import (
	"encoding/binary"
	"io"
	"math/bits"
	"strings"
)

// Header is what a .npy file says about itself.
type Header struct {
	Dtype    string  // as NumPy writes it: "<f4"
	Shape    []int64 // () for a single value
	Fortran  bool    // column-major
	Offset   int64   // byte at which the data begin
	ItemSize int     // bytes per item
}

// maxHeader bounds the bytes of the header's text. NumPy itself refuses to
// parse more than 10,000 of an untrusted file; a longer one is no plain array.
const maxHeader = 1 << 16

// ReadHeader reads the header of a file of size bytes and checks that the file
// holds exactly the bytes that it promises. An array of Python objects is
// refused here, since its length follows from a pickle.
func ReadHeader(r io.ReaderAt, size int64) (Header, error) {
	if size == 0 {
		return Header{}, formatErrorf("is empty (0 bytes)")
	}
	text, offset, err := headerText(r, size)
	if err != nil {
		return Header{}, err
	}
	d, err := parseDict(text)
	if err != nil {
		return Header{}, err
	}
	if d.structured {
		return Header{}, formatErrorf("holds a structured array (several fields); save one plain array per file")
	}
	if strings.TrimLeft(d.descr, "|<>=") == "O" || strings.HasPrefix(d.descr, "|O") {
		return Header{}, formatErrorf("holds Python objects (a pickle); refuse to read them: save float32 instead")
	}
	item, ok := itemSize(d.descr)
	if !ok {
		return Header{}, formatErrorf("has an unknown dtype %q", clip(d.descr))
	}
	h := Header{Dtype: d.descr, Shape: d.shape, Fortran: d.fortran, Offset: offset, ItemSize: item}
	return h, h.checkSize(size)
}

// headerText returns the text of the header and the offset of the data.
func headerText(r io.ReaderAt, size int64) (text string, offset int64, err error) {
	var start [12]byte
	first := start[:min(size, int64(len(start)))]
	if err := readFull(r, first, 0); err != nil {
		return "", 0, err
	}
	switch {
	case strings.HasPrefix(string(first), "PK\x03\x04"):
		return "", 0, formatErrorf("is a zip archive (.npz?), not a .npy file: save one array per .npy file")
	case !strings.HasPrefix(string(first), magic):
		return "", 0, formatErrorf("is not a .npy file (it begins with %q)", first[:min(len(first), len(magic))])
	case len(first) < len(start):
		return "", 0, formatErrorf("is truncated inside its header: %d bytes", size)
	}
	major, minor := start[6], start[7]
	var n int64
	switch {
	case major == 1:
		n, offset = int64(binary.LittleEndian.Uint16(start[8:])), 10
	case major == 2 || major == 3:
		n, offset = int64(binary.LittleEndian.Uint32(start[8:])), 12
	default:
		return "", 0, formatErrorf("is .npy version %d.%d; versions 1, 2 and 3 are known", major, minor)
	}
	if n > maxHeader {
		return "", 0, formatErrorf("has a header of %d bytes; at most %d are read", n, maxHeader)
	}
	if offset+n > size {
		return "", 0, formatErrorf("is truncated inside its header: %d bytes of %d", size, offset+n)
	}
	b := make([]byte, n)
	if err := readFull(r, b, offset); err != nil {
		return "", 0, err
	}
	return string(b), offset + n, nil
}

// items returns the number of items and the bytes of the data, false when they
// do not fit in 62 bits.
func (h Header) items() (items, size int64, ok bool) {
	items = 1
	for _, n := range h.Shape {
		if n == 0 {
			return 0, 0, true
		}
	}
	for _, n := range h.Shape {
		hi, lo := bits.Mul64(uint64(items), uint64(n))
		if hi != 0 || lo >= 1<<62 {
			return 0, 0, false
		}
		items = int64(lo)
	}
	hi, lo := bits.Mul64(uint64(items), uint64(h.ItemSize))
	return items, int64(lo), hi == 0 && lo < 1<<62
}

// checkSize refuses a file that is shorter or longer than its header promises.
func (h Header) checkSize(size int64) error {
	_, want, ok := h.items()
	if !ok {
		return formatErrorf("has an impossible shape %s", shapeString(h.Shape))
	}
	want += h.Offset
	switch {
	case size > want:
		return formatErrorf("has %d bytes after the end of its data: shape %s of %s makes %d bytes, got %d",
			size-want, shapeString(h.Shape), h.Dtype, want, size)
	case size == want:
		return nil
	case h.Fortran || len(h.Shape) == 0:
		return formatErrorf("is truncated: shape %s of %s makes %d bytes, got %d",
			shapeString(h.Shape), h.Dtype, want, size)
	}
	rowBytes := (want - h.Offset) / h.Shape[0]
	return formatErrorf("is truncated: shape %s of %s makes %d bytes, got %d (%d of %d rows are whole)",
		shapeString(h.Shape), h.Dtype, want, size, (size-h.Offset)/rowBytes, h.Shape[0])
}

// readFull fills b from offset off. A file that ended early since its size was
// taken gives io.ErrUnexpectedEOF.
func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil // ReadAt may say io.EOF with the last bytes
	}
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
