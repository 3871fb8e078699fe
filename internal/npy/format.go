// Package npy reads NumPy .npy files by ranges of rows and writes them.
//
// Shards are read with pread (io.ReaderAt), never mapped: mapped pages count
// against a worker's resident memory and a truncated file would end the process
// with SIGBUS instead of an error. Versions 1, 2 and 3 of the format are read;
// version 1 is written, padded exactly as NumPy 1.23 and later pads it.
//
// # Errors
//
// What is wrong with a file's contents is a [*FormatError]: one line without a
// path, to which the caller adds the path ("x.npy: is 1-D with shape …"). All
// other errors are the reader's or the writer's own, and may be worth a retry.
//
// # Memory
//
// A Matrix holds its header only. ReadRows converts through the caller's buffer.
package npy

import (
	"fmt"
	"strconv"
	"strings"
)

// FormatError says what is wrong with the contents of a file: a fault of the
// data, which a retry cannot mend.
type FormatError struct{ Reason string }

// Error returns the reason, one line without the file's path.
func (e *FormatError) Error() string { return e.Reason }

func formatErrorf(format string, args ...any) error {
	return &FormatError{Reason: fmt.Sprintf(format, args...)}
}

// magic opens every .npy file; two bytes of version follow.
const magic = "\x93NUMPY"

// shapeString prints a shape as Python prints a tuple: (), (3,), (3, 4).
func shapeString(shape []int64) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, n := range shape {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.FormatInt(n, 10))
	}
	if len(shape) == 1 {
		b.WriteByte(',')
	}
	b.WriteByte(')')
	return b.String()
}

// itemSize returns the bytes of one item of a NumPy dtype string such as "<f4",
// and false when the string is none that NumPy writes.
func itemSize(dtype string) (int, bool) {
	if len(dtype) < 3 || !strings.ContainsRune("<>|", rune(dtype[0])) {
		return 0, false
	}
	kind, digits := dtype[1], dtype[2:]
	if kind == 'm' || kind == 'M' { // datetime64: "<M8[ns]", "<M8"
		digits, _, _ = strings.Cut(digits, "[")
	}
	n, err := strconv.ParseUint(digits, 10, 24)
	if err != nil || digits[0] < '0' { // ParseUint takes no sign, but be sure
		return 0, false
	}
	size := int(n)
	ok := false
	switch kind {
	case 'b':
		ok = size == 1
	case 'i', 'u', 'm', 'M':
		ok = size == 1 || size == 2 || size == 4 || size == 8
	case 'f':
		ok = size == 2 || size == 4 || size == 8 || size == 12 || size == 16
	case 'c':
		ok = size == 8 || size == 16 || size == 24 || size == 32
	case 'S', 'V', 'a':
		ok = true
	case 'U':
		ok, size = true, 4*size
	}
	if dtype[0] == '|' && size > 1 && kind != 'S' && kind != 'V' && kind != 'a' {
		ok = false // the order of the bytes of a number must be known
	}
	return size, ok
}

// dtypeName explains a dtype string: "int64 (<i8)".
func dtypeName(dtype string) string {
	if len(dtype) < 3 {
		return dtype
	}
	size, _ := itemSize(dtype)
	name := ""
	switch dtype[1] {
	case 'b':
		name = "bool"
	case 'i':
		name = "int" + strconv.Itoa(8*size)
	case 'u':
		name = "uint" + strconv.Itoa(8*size)
	case 'f':
		name = "float" + strconv.Itoa(8*size)
	case 'c':
		name = "complex" + strconv.Itoa(8*size)
	case 'S', 'a':
		name = "byte strings"
	case 'U':
		name = "strings"
	case 'V':
		name = "raw bytes"
	case 'm', 'M':
		name = "dates"
	}
	return name + " (" + dtype + ")"
}
